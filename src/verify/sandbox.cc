#include "verify/sandbox.h"

#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "verify/overlay_root.h"
#include "verify/sha256.h"

namespace braid::verify {

extern const char kGuardSource[];  // guard.py

namespace {

constexpr std::size_t kKeptOfStream = 64u << 20;

class StreamReader {
 public:
  explicit StreamReader(Descriptor source) : source_(std::move(source)) {
    ::fcntl(source_.get(), F_SETFL, O_NONBLOCK);
  }
  [[nodiscard]] int fd() const { return source_.get(); }

  // Takes what is there. Closes itself at the end.
  void take() {
    char buffer[65536];
    while (source_) {
      ssize_t got = ::read(source_.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return;
      if (got == 0) {
        source_.reset();
        return;
      }
      std::string_view part(buffer, static_cast<std::size_t>(got));
      hash_.add(part);
      stream_.size += part.size();
      if (stream_.kept.size() < limit) {
        stream_.kept += part.substr(0, limit - stream_.kept.size());
      }
    }
  }
  Stream finish() {
    take();
    stream_.digest = hash_.finish();
    return std::move(stream_);
  }

  std::size_t limit = kKeptOfStream;

 private:
  Descriptor source_;
  Sha256 hash_;
  Stream stream_;
};

// While it lives, writing to a pipe that nobody reads is an error and not a signal.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    timespec no_time{};
    while (::sigtimedwait(&pipe_, nullptr, &no_time) > 0) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

void map_own_user(uid_t user, gid_t group) {
  auto write_to = [](const char* path, const std::string& text) {
    Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    if (file) write_all(file.get(), text);
  };
  write_to("/proc/self/setgroups", "deny");
  std::string u = std::to_string(user), g = std::to_string(group);
  write_to("/proc/self/uid_map", u + " " + u + " 1");
  write_to("/proc/self/gid_map", g + " " + g + " 1");
}

void tell_failure(int report, const std::string& what) {
  Ending ending;
  ending.failure = what;
  WireWriter writer;
  ending.put(writer);
  write_all(report, writer.bytes());
}

bool is_at_end(int lifeline) {
  pollfd source{lifeline, POLLIN, 0};
  return ::poll(&source, 1, 0) > 0;
}

// Puts the text where the script stands. When the user may not write there, over it.
bool place_script(const std::string& path, const std::string& text) {
  struct stat status {};
  bool known = ::stat(path.c_str(), &status) == 0;
  {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (file && write_all(file.get(), text)) {
      const timespec times[2] = {status.st_atim, status.st_mtim};
      if (known) ::futimens(file.get(), times);
      return true;
    }
  }
  std::string other = "/dev/.braid-verify-script";
  Descriptor file(::open(other.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file || !write_all(file.get(), text)) return false;
  ::fchmod(file.get(), known ? status.st_mode & 07777 : 0644);
  file.reset();
  bool placed = ::mount(other.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0;
  ::unlink(other.c_str());
  return placed;
}

// Memory holds written files only if it can also hold the marks that overlayfs puts on folders.
bool memory_takes_marks() {
  Descriptor probe(::memfd_create("probe", MFD_CLOEXEC));
  return probe && ::fsetxattr(probe.get(), "user.overlay.probe", "y", 1, 0) == 0;
}

bool may_mount() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return (data[0].effective & (1u << CAP_SYS_ADMIN)) != 0 && ::geteuid() == 0;
}

std::string parent_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool is_in(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

}  // namespace

Result<Sandbox> Sandbox::open(SandboxKind kind, const std::string& script_file) {
  Sandbox sandbox;
  std::error_code none;
  sandbox.working_directory_ = std::filesystem::current_path(none).string();
  if (sandbox.working_directory_.empty()) {
    return std::unexpected(Error{"the working directory is gone"});
  }
  sandbox.script_folder_ = parent_of(script_file);
  if (kind == SandboxKind::automatic) {
    const char* chosen = std::getenv("BRAID_SANDBOX");
    std::string_view name = chosen == nullptr ? "" : chosen;
    if (name == "overlay") kind = SandboxKind::overlay;
    if (name == "copy") kind = SandboxKind::copy;
  }
  std::string refusal;
  if (kind != SandboxKind::copy) {
    sandbox.kind_ = SandboxKind::overlay;
    sandbox.in_user_namespace_ = !may_mount();
    for (;;) {
      if (sandbox.in_user_namespace_ && !memory_takes_marks()) {
        Result<PrivateFolder> folder = PrivateFolder::create(true);
        if (folder) sandbox.folder_ = std::move(*folder);
      }
      Launch trial;
      trial.working_directory = sandbox.working_directory_;
      refusal = sandbox.run_supervised(trial).failure;
      if (refusal.empty()) return sandbox;
      if (sandbox.in_user_namespace_) break;
      sandbox.in_user_namespace_ = true;
    }
    if (kind == SandboxKind::overlay) {
      return std::unexpected(Error{"no copy-on-write view of the file system: " + refusal});
    }
  }
  sandbox.kind_ = SandboxKind::copy;
  for (const std::string& folder : {sandbox.working_directory_, sandbox.script_folder_}) {
    bool inside = std::ranges::any_of(
        sandbox.copied_, [&](const std::string& other) { return is_in(folder, other); });
    if (inside) continue;
    std::erase_if(sandbox.copied_, [&](const std::string& other) { return is_in(other, folder); });
    sandbox.copied_.push_back(folder);
  }
  Result<PrivateFolder> folder = PrivateFolder::create();
  if (!folder) return std::unexpected(folder.error());
  sandbox.folder_ = std::move(*folder);
  std::string hook = sandbox.folder_.path() + "/hook";
  if (::mkdir(hook.c_str(), 0700) != 0) return std::unexpected(Error{"cannot write " + hook});
  Descriptor guard(
      ::open((hook + "/sitecustomize.py").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!guard || !write_all(guard.get(), kGuardSource)) {
    return std::unexpected(Error{"cannot write " + hook});
  }
  return sandbox;
}

std::string Sandbox::inside(const std::string& path) const {
  for (const std::string& folder : copied_) {
    if (is_in(path, folder)) return folder_.path() + "/tree" + path;
  }
  return path;
}

std::string Sandbox::stopped_file() const {
  return kind_ == SandboxKind::copy ? folder_.path() + "/stopped" : "";
}

void Sandbox::set_environment(std::map<std::string, std::string>& environment) const {
  if (kind_ != SandboxKind::copy) return;
  std::string path = folder_.path() + "/hook";
  if (auto found = environment.find("PYTHONPATH");
      found != environment.end() && !found->second.empty()) {
    path += ":" + found->second;
  }
  environment["PYTHONPATH"] = path;
  environment["TMPDIR"] = folder_.path() + "/tmp";
  environment["BRAID_VERIFY_FOLDER"] = folder_.path();
  if (environment.contains("PWD")) environment["PWD"] = inside(working_directory_);
}

Result<bool> Sandbox::fill_copy() {
  std::string base = folder_.path();
  remove_tree(base + "/tree");
  remove_tree(base + "/tmp");
  ::unlink(stopped_file().c_str());
  if (!make_directories(base + "/tmp")) return std::unexpected(Error{"cannot write " + base});
  CopyLimits limits;
  for (const std::string& folder : copied_) {
    std::string to = base + "/tree" + folder;
    if (!make_directories(parent_of(to))) return std::unexpected(Error{"cannot write " + to});
    Result<bool> copied = copy_tree(folder, to, limits);
    if (!copied) return copied;
  }
  return true;
}

RunResult Sandbox::run(const Launch& launch) {
  if (kind_ == SandboxKind::overlay) {
    RunResult result = run_supervised(launch);
    auto script = result.files.find(launch.script_file);
    if (script != result.files.end() && script->second.kind == FileState::Kind::file &&
        script->second.digest == sha256(launch.script_text)) {
      result.files.erase(script);
    }
    return result;
  }
  RunResult result;
  Launch translated = launch;
  translated.working_directory = inside(launch.working_directory);
  translated.script_file = inside(launch.script_file);
  if (Result<bool> filled = fill_copy(); !filled) {
    result.failure = filled.error().message;
    return result;
  }
  ::chmod(translated.script_file.c_str(), 0600);
  struct stat status {};
  bool known = ::stat(launch.script_file.c_str(), &status) == 0;
  if (!place_script(translated.script_file, launch.script_text)) {
    result.failure = "cannot write " + translated.script_file;
    return result;
  }
  if (known) ::chmod(translated.script_file.c_str(), status.st_mode & 07777);
  result = run_supervised(translated);
  KeepBudget budget;
  for (const std::string& folder : copied_) {
    collect_copy(folder, folder_.path() + "/tree" + (folder == "/" ? "" : folder), result.files,
                 budget);
  }
  collect_new("/tmp", folder_.path() + "/tmp", result.files, budget);
  auto script = result.files.find(launch.script_file);
  if (script != result.files.end() && script->second.digest == sha256(launch.script_text)) {
    result.files.erase(script);
  }
  std::string stopped;
  read_file(stopped_file(), stopped);
  std::istringstream lines(stopped);
  for (std::string line; std::getline(lines, line);) {
    if (std::ranges::find(result.stopped, line) == result.stopped.end()) {
      result.stopped.push_back(line);
    }
  }
  return result;
}

RunResult Sandbox::run_supervised(const Launch& launch) {
  RunResult result;
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe(), report = make_pipe(),
       lifeline = make_pipe();
  Descriptor bundle = memory_file("bundle", launch.bundle);
  Descriptor record = memory_file("record", "");
  if (!lifeline.read || !bundle || !record) {
    result.failure = std::string("no descriptors left: ") + std::strerror(errno);
    return result;
  }
  ::fcntl(record.get(), F_SETFL, O_APPEND);

  if (kind_ == SandboxKind::overlay && !folder_.path().empty()) {
    remove_tree(layers_folder());
    make_directories(layers_folder());
  }
  pid_t supervisor = ::fork();
  if (supervisor < 0) {
    result.failure = std::string("cannot start a process: ") + std::strerror(errno);
    return result;
  }
  if (supervisor == 0) {
    for (Descriptor* end : {&in.write, &out.read, &err.read, &report.read, &lifeline.write}) {
      end->reset();
    }
    StandardStreams streams{in.read.get(), out.write.get(), err.write.get(),
                            bundle.get(),  record.get(),    lifeline.read.get()};
    become_supervisor();
    if (kind_ == SandboxKind::overlay) {
      supervise_overlay(launch, streams, report.write.get());
    } else {
      supervise_copy(launch, streams, report.write.get());
    }
    ::_exit(0);
  }
  for (Descriptor* end : {&in.read, &out.write, &err.write, &report.write, &lifeline.read}) {
    end->reset();
  }
  StreamReader output(std::move(out.read)), errors(std::move(err.read)),
      reported(std::move(report.read));
  reported.limit = SIZE_MAX;
  ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  std::string_view input = launch.stdin_bytes;
  NoPipeSignal no_signal;
  while (reported.fd() >= 0) {
    if (input.empty()) in.write.reset();
    pollfd sources[] = {{output.fd(), POLLIN, 0},
                        {errors.fd(), POLLIN, 0},
                        {reported.fd(), POLLIN, 0},
                        {in.write.get(), POLLOUT, 0}};  // negative ones are passed over
    if (::poll(sources, 4, -1) < 0 && errno != EINTR) break;
    output.take();
    errors.take();
    reported.take();
    if (in.write && sources[3].revents != 0) {
      ssize_t written = ::write(in.write.get(), input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
      if (written < 0 && errno != EAGAIN && errno != EINTR) input = {};
    }
  }
  int status = 0;
  while (::waitpid(supervisor, &status, 0) < 0 && errno == EINTR) continue;
  result.out = output.finish();
  result.err = errors.finish();
  if (::lseek(record.get(), 0, SEEK_SET) == 0) result.record = read_all(record.get());
  std::string told = reported.finish().kept;
  WireReader reader(told);
  result.ending = Ending::get(reader);
  result.failure = result.ending.failure;
  if (reader.broken()) {
    result.failure = "the supervisor was killed";
  } else if (!reader.at_end()) {
    result.space_ran_out = reader.number<bool>();
    result.files = get_changes(reader);
    if (reader.broken()) result.failure = "the supervisor was killed";
  }
  return result;
}

void Sandbox::supervise_overlay(const Launch& launch, const StandardStreams& streams, int report) {
  uid_t user = ::geteuid();
  gid_t group = ::getegid();
  std::vector<std::string> own_overlays;
  if (in_user_namespace_) {
    std::vector<std::string> likely = {working_directory_, script_folder_, "/tmp", "/var/tmp"};
    for (const char* name : {"HOME", "TMPDIR", "XDG_CACHE_HOME"}) {
      const char* value = std::getenv(name);
      if (value != nullptr && value[0] == '/') likely.emplace_back(value);
    }
    own_overlays = folders_behind_foreign_ones(likely);
  }
  int spaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;
  if (in_user_namespace_) spaces |= CLONE_NEWUSER;
  if (::unshare(spaces) != 0) {
    tell_failure(report, std::string("no namespaces: ") + std::strerror(errno));
    return;
  }
  if (in_user_namespace_) map_own_user(user, group);
  pid_t init = ::fork();
  if (init < 0) {
    tell_failure(report, std::string("no process namespace: ") + std::strerror(errno));
    return;
  }
  if (init == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (is_at_end(streams.lifeline)) ::_exit(1);
    OverlayRequest request;
    request.in_user_namespace = in_user_namespace_;
    request.disk_folder = layers_folder();
    request.own_overlays = own_overlays;
    request.must_be_writable = working_directory_;
    Result<OverlayRoot> root = OverlayRoot::enter(request);
    if (!root) {
      tell_failure(report, root.error().message);
      ::_exit(0);
    }
    if (!launch.script_file.empty() && !place_script(launch.script_file, launch.script_text)) {
      tell_failure(report, "cannot write " + launch.script_file);
      ::_exit(0);
    }
    Ending ending = supervise(launch, streams, {.is_namespace_init = true, .confined_to = ""});
    WireWriter writer;
    ending.put(writer);
    if (ending.failure.empty() && !ending.abandoned) {
      writer.number(root->is_full());
      put(writer, root->changes());
    }
    write_all(report, writer.bytes());
    ::_exit(0);
  }
  ::close(report);
  for (int fd : {streams.in, streams.out, streams.err, streams.bundle, streams.record}) ::close(fd);
  Descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, init, 0)));
  for (;;) {
    pollfd sources[] = {{streams.lifeline, POLLIN, 0}, {ended.get(), POLLIN, 0}};
    ::poll(sources, 2, ended ? -1 : 20);
    bool abandoned = sources[0].revents != 0;
    if (abandoned) ::kill(init, SIGKILL);
    if (::waitpid(init, nullptr, abandoned ? 0 : WNOHANG) != 0) {
      if (is_at_end(streams.lifeline) && !folder_.path().empty()) remove_tree(folder_.path());
      break;
    }
  }
}

void Sandbox::supervise_copy(const Launch& launch, const StandardStreams& streams, int report) {
  Ending ending =
      supervise(launch, streams, {.is_namespace_init = false, .confined_to = folder_.path()});
  WireWriter writer;
  ending.put(writer);
  write_all(report, writer.bytes());
  if (is_at_end(streams.lifeline)) remove_tree(folder_.path());
}

}  // namespace braid::verify
