#include "cli/interpreter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <thread>

#include "cli/source_file.h"

extern char** environ;

namespace braid::cli {
namespace {

namespace fs = std::filesystem;
using rewrite::PythonVersion;

constexpr std::size_t kSmallFile = 1U << 20U;

std::optional<PythonVersion> version_at(std::string_view text) {
  PythonVersion version{0, 0};
  const char* end = text.data() + text.size();
  const auto [dot, first] = std::from_chars(text.data(), end, version.major);
  if (first != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  if (std::from_chars(dot + 1, end, version.minor).ec != std::errc{}) return std::nullopt;
  return version;
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::string> on_path(const std::string& name) {
  const std::string path = environment("PATH");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const fs::path candidate =
        fs::path(begin == end ? "." : path.substr(begin, end - begin)) / name;
    if (is_executable(candidate)) return candidate.string();
    begin = end + 1;
  }
  return std::nullopt;
}

// The environment that `pip install` put this binary into.
std::optional<std::string> beside_the_binary() {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const fs::path folder = binary.parent_path();
  const fs::path python = folder / "python3";
  if (!is_executable(python)) return std::nullopt;
  bool is_ours = fs::exists(folder.parent_path() / "pyvenv.cfg", error);
  for (fs::directory_iterator at(folder.parent_path() / "lib", error), end;
       !is_ours && !error && at != end; at.increment(error)) {
    std::error_code ignored;
    is_ours = at->path().filename().string().starts_with("python3") &&
              (fs::exists(at->path() / "site-packages" / "braid", ignored) ||
               fs::exists(at->path() / "dist-packages" / "braid", ignored));
  }
  if (!is_ours) return std::nullopt;
  return python.string();
}

Result<std::string> choose(const std::optional<std::string>& asked) {
  std::error_code ignored;
  if (asked) {
    if (fs::is_directory(*asked, ignored) && is_executable(fs::path(*asked) / "bin/python3"))
      return *asked + "/bin/python3";
    if (asked->find('/') == std::string::npos) {
      if (auto found = on_path(*asked)) return *found;
    }
    if (is_executable(*asked)) return *asked;
    return std::unexpected(Error{fmt::format("--python {}: there is no such interpreter", *asked)});
  }
  if (auto found = beside_the_binary()) return *found;
  if (const std::string folder = environment("VIRTUAL_ENV"); !folder.empty()) {
    for (const char* name : {"bin/python3", "bin/python"}) {
      if (is_executable(fs::path(folder) / name)) return (fs::path(folder) / name).string();
    }
  }
  if (auto found = on_path("python3")) return *found;
  return std::unexpected(Error{"there is no python3 on the PATH; name one with --python"});
}

std::optional<PythonVersion> version_in_configuration(const fs::path& python) {
  const Result<std::string> text =
      read_bytes((python.parent_path().parent_path() / "pyvenv.cfg").string(), kSmallFile);
  if (!text) return std::nullopt;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = std::string_view(*text).substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = line.find('=');
    if (!line.starts_with("version") || equals == std::string_view::npos) continue;
    const std::size_t value = line.find_first_not_of(" \t", equals + 1);
    if (value == std::string_view::npos) continue;
    if (auto version = version_at(line.substr(value))) return version;
  }
  return std::nullopt;
}

std::string cache_file() {
  std::string folder = environment("XDG_CACHE_HOME");
  if (folder.empty() && !environment("HOME").empty()) folder = environment("HOME") + "/.cache";
  return folder.empty() ? "" : folder + "/braid/interpreters";
}

// What stands before the version in the cache: a changed interpreter has another one.
std::string cache_key(const std::string& python) {
  struct stat status{};
  if (::stat(python.c_str(), &status) != 0) return {};
  return fmt::format("{}\t{}.{}\t{}\t", python, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_size);
}

std::optional<PythonVersion> version_in_cache(const std::string& python) {
  const std::string key = cache_key(python);
  const Result<std::string> text = read_bytes(cache_file(), kSmallFile);
  if (!text || key.empty()) return std::nullopt;
  const std::size_t at = ("\n" + *text).find("\n" + key);
  if (at == std::string::npos) return std::nullopt;
  return version_at(std::string_view(*text).substr(at + key.size()));
}

// Best effort: without a cache the version is only less exact.
void remember(const std::string& python, PythonVersion version) {
  const std::string file = cache_file();
  const std::string key = cache_key(python);
  if (file.empty() || key.empty()) return;
  std::error_code ignored;
  fs::create_directories(fs::path(file).parent_path(), ignored);
  std::string text = read_bytes(file, kSmallFile).value_or("");
  std::string kept;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (!line.starts_with(python + "\t") && kept.size() < kSmallFile / 2) kept += line + "\n";
    begin = end + 1;
  }
  kept += fmt::format("{}{}.{}\n", key, version.major, version.minor);
  (void)write_file(file, kept, std::nullopt);
}

std::optional<PythonVersion> look_up_version(const std::string& python) {
  if (auto version = version_in_configuration(python)) return version;
  std::error_code error;
  const std::string name = fs::canonical(python, error).filename().string();
  if (!error && name.starts_with("python") && name.find('.') != std::string::npos) {
    if (auto version = version_at(std::string_view(name).substr(6))) return version;
  }
  return version_in_cache(python);
}

std::unexpected<Error> too_old(const std::string& python, PythonVersion version) {
  return std::unexpected(
      Error{fmt::format("{} is Python {}.{}; 3.9 is the oldest that Braid writes for", python,
                        version.major, version.minor)});
}

constexpr const char* kCompile =
    "import sys\n"
    "sys.stdout.write('%d.%d\\n' % sys.version_info[:2])\n"
    "sys.stdout.flush()\n"
    "text = sys.stdin.buffer.read()\n"
    "try:\n"
    "    compile(text, sys.argv[1], 'exec', dont_inherit=True)\n"
    "except SyntaxError as error:\n"
    "    sys.stdout.write('line %s: %s' % (error.lineno, error.msg))\n"
    "except Exception as error:\n"
    "    sys.stdout.write('%s: %s' % (type(error).__name__, error))\n";

// Not from the current folder, as `-c` would.
constexpr std::string_view kImport =
    "import sys\n"
    "sys.path[:] = [each for each in sys.path if each]\n";
constexpr std::string_view kImportBraid =
    "import braid\n"
    "braid.ThreadPoolExecutor, braid.ProcessPoolExecutor\n";
// `return_as` came with `parallel_config`.
constexpr std::string_view kImportJoblib =
    "import joblib\n"
    "joblib.Parallel, joblib.delayed, joblib.parallel_config\n";

struct Conversation {
  std::string answer;
  int status = 0;
};

// The child reads all of its input before it answers, so that neither waits for the other.
Result<Conversation> converse(std::vector<std::string> words, std::string_view bytes) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return std::unexpected(Error{std::strerror(errno)});
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int problem =
      ::posix_spawn(&child, words[0].c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (problem != 0) {
    ::close(ends[0]);
    return std::unexpected(Error{std::strerror(problem)});
  }
  while (!bytes.empty()) {
    const ssize_t put = ::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;  // it has ended: the status tells
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  ::shutdown(ends[0], SHUT_WR);
  Conversation result;
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    result.answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  while (::waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
  }
  return result;
}

// quota / period of one control group (version 2: "max 100000" or "150000 100000").
std::optional<double> quota_of(const std::string& folder) {
  const Result<std::string> limit = read_bytes(folder + "/cpu.max", kSmallFile);
  double quota = 0;
  double period = 0;
  if (limit) {
    if (std::sscanf(limit->c_str(), "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0)
      return quota / period;
    return std::nullopt;
  }
  const Result<std::string> old_quota = read_bytes(folder + "/cpu.cfs_quota_us", kSmallFile);
  const Result<std::string> old_period = read_bytes(folder + "/cpu.cfs_period_us", kSmallFile);
  if (!old_quota || !old_period) return std::nullopt;
  quota = std::atof(old_quota->c_str());
  period = std::atof(old_period->c_str());
  if (quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

std::optional<double> control_group_quota() {
  std::optional<double> least;
  const auto take = [&least](std::optional<double> quota) {
    if (quota && (!least || *quota < *least)) least = quota;
  };
  take(quota_of("/sys/fs/cgroup"));
  take(quota_of("/sys/fs/cgroup/cpu"));
  const std::string groups = read_bytes("/proc/self/cgroup", kSmallFile).value_or("");
  const std::size_t at = groups.rfind("0::/");
  if (at == std::string::npos) return least;
  std::string folder = groups.substr(at + 3, groups.find('\n', at) - at - 3);
  while (folder.size() > 1) {
    take(quota_of("/sys/fs/cgroup" + folder));
    folder.erase(std::max<std::size_t>(folder.rfind('/'), 0));
  }
  return least;
}

}  // namespace

Result<Interpreter> find_interpreter(const std::optional<std::string>& asked) {
  Result<std::string> path = choose(asked);
  if (!path) return std::unexpected(path.error());
  Interpreter interpreter{*path, look_up_version(*path)};
  if (interpreter.version && *interpreter.version < PythonVersion{})
    return too_old(*path, *interpreter.version);
  return interpreter;
}

Result<Compiled> compile_with(const Interpreter& interpreter, std::string_view bytes,
                              const std::string& name) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(Error{fmt::format("cannot start {}: {}", interpreter.path, why)});
  };
  const Result<Conversation> result =
      converse({interpreter.path, "-I", "-S", "-B", "-W", "ignore", "-c", kCompile, name}, bytes);
  if (!result) return failed(result.error().message);
  const auto version = version_at(result->answer);
  if (!version) return failed("it does not answer as Python does");
  if (*version < PythonVersion{}) return too_old(interpreter.path, *version);
  if (!WIFEXITED(result->status) || WEXITSTATUS(result->status) != 0)
    return failed("it ended while it compiled");
  if (interpreter.version != version) remember(interpreter.path, *version);
  const std::size_t line_end = result->answer.find('\n');
  return Compiled{*version,
                  line_end == std::string::npos ? "" : result->answer.substr(line_end + 1)};
}

Result<bool> has_package(const Interpreter& interpreter, std::string_view name) {
  const std::string code(
      std::string(kImport).append(name == "joblib" ? kImportJoblib : kImportBraid));
  const Result<Conversation> result = converse({interpreter.path, "-W", "ignore", "-c", code}, {});
  if (!result)
    return std::unexpected(
        Error{fmt::format("cannot start {}: {}", interpreter.path, result.error().message)});
  return WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;
}

int processors() {
  cpu_set_t set;
  int count = 0;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  if (count <= 0) count = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (const auto quota = control_group_quota())
    count = std::min(count, std::max(1, static_cast<int>(*quota + 0.999)));
  return count;
}

}  // namespace braid::cli
