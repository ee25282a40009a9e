#include "verify/supervisor.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "verify/confinement.h"
#include "verify/descriptor.h"

namespace braid::verify {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kGrace = 2.0;  // how long processes may outlive the script

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// pid → parent, of every process that can be seen.
std::map<pid_t, pid_t> process_table() {
  std::map<pid_t, pid_t> parents;
  DIR* stream = ::opendir("/proc");
  while (const dirent* entry = stream != nullptr ? ::readdir(stream) : nullptr) {
    pid_t pid = std::atoi(entry->d_name);
    std::string status;
    if (pid <= 0 || !read_file("/proc/" + std::string(entry->d_name) + "/stat", status)) continue;
    std::size_t name_end = status.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= status.size()) continue;
    parents[pid] = std::atoi(status.c_str() + name_end + 4);
  }
  if (stream != nullptr) ::closedir(stream);
  return parents;
}

std::vector<pid_t> descendants(pid_t ancestor) {
  std::map<pid_t, pid_t> parents = process_table();
  std::set<pid_t> members = {ancestor};
  for (bool grew = true; grew;) {
    grew = false;
    for (auto [pid, parent] : parents) {
      if (members.contains(parent) && members.insert(pid).second) grew = true;
    }
  }
  members.erase(ancestor);
  return {members.begin(), members.end()};
}

// False when /proc shows another namespace than the one this process is in.
bool sees_own_processes() {
  char name[32] = {};
  return ::readlink("/proc/self", name, sizeof name - 1) > 0 && std::atoi(name) == ::getpid();
}

// Memory of the tree: each page is counted once, divided among those who share it.
std::uint64_t resident_bytes(const TreeOwner& owner) {
  std::vector<pid_t> tree;
  if (owner.is_namespace_init) {
    for (auto [pid, parent] : process_table()) {
      if (pid != ::getpid()) tree.push_back(pid);
    }
  } else {
    tree = descendants(::getpid());
  }
  std::uint64_t total = 0;
  for (pid_t pid : tree) {
    std::string rollup;
    if (!read_file("/proc/" + std::to_string(pid) + "/smaps_rollup", rollup)) continue;
    std::size_t at = rollup.find("\nPss:");
    if (at != std::string::npos)
      total += std::strtoull(rollup.c_str() + at + 5, nullptr, 10) * 1024;
  }
  return total;
}

// In the new process: becomes the interpreter. Tells `failure` an errno if that is not possible.
[[noreturn]] void start(const Launch& launch, const StandardStreams& streams,
                        const TreeOwner& owner, int failure) {
  auto give_up = [&] {
    int reason = errno;
    (void)!::write(failure, &reason, sizeof reason);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int from[] = {streams.in, streams.out, streams.err, streams.bundle, streams.record, failure};
  int to[] = {0, 1, 2, kBundleDescriptor, kRecordDescriptor, kRecordDescriptor + 1};
  for (int& fd : from) {  // above all targets first, so that none is overwritten
    int moved = ::fcntl(fd, F_DUPFD, kRecordDescriptor + 2);
    if (moved < 0) give_up();
    fd = moved;
  }
  for (int i = 0; i < 6; ++i) {
    if (::dup2(from[i], to[i]) < 0) give_up();
  }
  failure = kRecordDescriptor + 1;
  ::fcntl(failure, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, 3U, static_cast<unsigned>(kBundleDescriptor - 1), 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(failure + 1), ~0U, 0U);
  if (::chdir(launch.working_directory.c_str()) != 0) give_up();
  if (!owner.confined_to.empty()) confine_writes(owner.confined_to);
  std::vector<char*> arguments = pointers(launch.arguments);
  std::vector<char*> environment = pointers(launch.environment);
  ::execve(launch.python.c_str(), arguments.data(), environment.data());
  give_up();
  ::_exit(127);
}

class Tree {
 public:
  Tree(pid_t script, const TreeOwner& owner, Clock::time_point begin)
      : script_(script), owner_(owner), begin_(begin) {}

  // Takes the status of all that have ended. False when nobody is left.
  bool reap() {
    for (;;) {
      int status = 0;
      pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
      if (pid == 0) return true;
      if (pid < 0) return errno == EINTR;
      if (pid == script_) {
        ending.wait_status = status;
        ending.wall_s = seconds_since(begin_);
        script_ended_ = true;
      }
    }
  }

  // Ends every process of the tree, those included that a dying one has just started.
  void end_all() {
    while (reap()) {
      if (owner_.is_namespace_init) {
        ::kill(-1, SIGKILL);
      } else {
        for (pid_t pid : descendants(::getpid())) ::kill(pid, SIGKILL);
      }
      ::poll(nullptr, 0, 2);
    }
  }

  [[nodiscard]] bool script_ended() const { return script_ended_; }
  Ending ending;

 private:
  pid_t script_;
  const TreeOwner& owner_;
  Clock::time_point begin_;
  bool script_ended_ = false;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

void become_supervisor() {
  ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int number :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_DFL);
  }
}

Ending supervise(const Launch& launch, StandardStreams streams, const TreeOwner& owner) {
  if (launch.python.empty()) return {};
  sigset_t child_ended;
  ::sigemptyset(&child_ended);
  ::sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  Descriptor children(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  Pipe failure = make_pipe();
  Ending refused;
  if (!children || !failure.read) {
    refused.failure = std::string("no descriptors left: ") + std::strerror(errno);
    return refused;
  }
  Clock::time_point begin = Clock::now();
  pid_t script = ::fork();
  if (script == 0) start(launch, streams, owner, failure.write.get());
  if (script < 0) {
    refused.failure = std::string("cannot start a process: ") + std::strerror(errno);
    return refused;
  }
  failure.write.reset();
  for (int fd : {streams.in, streams.out, streams.err, streams.bundle, streams.record}) ::close(fd);

  Tree tree(script, owner, begin);
  int reason = 0;
  if (::read(failure.read.get(), &reason, sizeof reason) == sizeof reason) {
    tree.end_all();
    refused.failure = launch.python + ": " + std::strerror(reason);
    return refused;
  }
  bool sampled = sees_own_processes();
  double next_sample = 0.05, grace_end = 0;
  std::uint64_t peak = 0;
  bool anybody = true;
  while (anybody) {
    double now = seconds_since(begin);
    if (tree.script_ended() && grace_end == 0) grace_end = now + kGrace;
    if (grace_end > 0 && now >= grace_end) {
      tree.ending.left_running = true;
      break;
    }
    if (!tree.script_ended() && launch.limit_s && now >= *launch.limit_s) {
      tree.ending.timed_out = true;
      break;
    }
    if (now >= next_sample && !tree.script_ended()) {
      if (sampled) peak = std::max(peak, resident_bytes(owner));
      double cost = seconds_since(begin) - now;
      next_sample = now + std::max(0.1, cost * 50);  // measuring must not be what is measured
    }
    double until = tree.script_ended() ? grace_end : next_sample;
    if (!tree.script_ended() && launch.limit_s) until = std::min(until, *launch.limit_s);
    pollfd sources[] = {{streams.lifeline, POLLIN, 0}, {children.get(), POLLIN, 0}};
    ::poll(sources, 2, std::max(1, static_cast<int>((until - now) * 1000) + 1));
    if (sources[0].revents != 0) {
      tree.ending.abandoned = true;
      break;
    }
    signalfd_siginfo drained;
    while (::read(children.get(), &drained, sizeof drained) > 0) continue;
    anybody = tree.reap();
  }
  tree.end_all();
  if (tree.ending.timed_out) tree.ending.wall_s = seconds_since(begin);
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  tree.ending.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  tree.ending.peak_bytes = std::max(peak, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
  return tree.ending;
}

void Ending::put(WireWriter& writer) const {
  writer.text(failure);
  writer.number(wait_status);
  writer.number(timed_out);
  writer.number(abandoned);
  writer.number(left_running);
  writer.number(wall_s);
  writer.number(cpu_s);
  writer.number(peak_bytes);
}

Ending Ending::get(WireReader& reader) {
  Ending ending;
  ending.failure = reader.text();
  ending.wait_status = reader.number<int>();
  ending.timed_out = reader.number<bool>();
  ending.abandoned = reader.number<bool>();
  ending.left_running = reader.number<bool>();
  ending.wall_s = reader.number<double>();
  ending.cpu_s = reader.number<double>();
  ending.peak_bytes = reader.number<std::uint64_t>();
  return ending;
}

}  // namespace braid::verify
