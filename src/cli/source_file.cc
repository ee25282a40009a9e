#include "cli/source_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace braid::cli {
namespace {

using diagnostics::Code;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }
  int close() {
    const int result = number_ > STDERR_FILENO ? ::close(number_) : 0;
    number_ = -1;
    return result;
  }

 private:
  int number_;
};

std::unexpected<Error> system_error() { return std::unexpected(Error{std::strerror(errno)}); }

// A half-written temporary file must not stay behind when the user presses Ctrl-C.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

Result<std::string> read_descriptor(int descriptor, std::size_t limit, std::size_t expected) {
  std::string bytes;
  bytes.reserve(std::min(expected, limit) + 1);
  std::size_t chunk = std::max<std::size_t>(expected + 1, 1U << 16U);
  while (true) {
    const std::size_t before = bytes.size();
    bytes.resize(before + chunk);
    const ssize_t got = ::read(descriptor, bytes.data() + before, chunk);
    if (got < 0 && errno == EINTR) {
      bytes.resize(before);
      continue;
    }
    if (got < 0) return system_error();
    bytes.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return bytes;
    if (bytes.size() > limit) {
      return std::unexpected(Error{fmt::format("larger than {} MB", limit >> 20U)});
    }
    chunk = 1U << 16U;
  }
}

// Where the name leads, also when the last link points to nothing yet.
std::string follow_links(const std::string& path) {
  std::string at = path;
  for (int i = 0; i < 40; ++i) {
    char target[PATH_MAX];
    const ssize_t length = ::readlink(at.c_str(), target, sizeof target);
    if (length < 0) return at;
    const std::string link(target, static_cast<std::size_t>(length));
    if (link.starts_with('/')) {
      at = link;
    } else {
      const std::size_t slash = at.rfind('/');
      at = slash == std::string::npos ? link : at.substr(0, slash + 1) + link;
    }
  }
  return at;
}

Result<void> fill_and_rename(Descriptor& temporary, const std::string& name,
                             const std::string& path, const Fill& fill, mode_t mode) {
  if (auto written = fill(temporary.get()); !written) return written;
  if (::fchmod(temporary.get(), mode) != 0) return system_error();
  struct stat old {};
  // Kept where we may; not being allowed to is no failure.
  if (::geteuid() == 0 && ::stat(path.c_str(), &old) == 0 &&
      ::fchown(temporary.get(), old.st_uid, old.st_gid) == 0) {
    ::fchmod(temporary.get(), mode);
  }
  if (::fsync(temporary.get()) != 0 && errno != EINVAL) return system_error();
  if (temporary.close() != 0) return system_error();
  if (::rename(name.c_str(), path.c_str()) != 0) return system_error();
  return {};
}

}  // namespace

Result<std::string> read_bytes(const std::string& path, std::size_t limit) {
  if (path == "-") return read_descriptor(STDIN_FILENO, limit, 0);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error();
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error();
  if (S_ISDIR(status.st_mode)) return std::unexpected(Error{"it is a folder"});
  if (S_ISREG(status.st_mode) && static_cast<std::size_t>(status.st_size) > limit) {
    return std::unexpected(Error{fmt::format("larger than {} MB", limit >> 20U)});
  }
  return read_descriptor(file.get(), limit,
                         S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0);
}

std::expected<SourceFile, FileProblem> read_source(const std::string& path) {
  const std::string shown = path == "-" ? "stdin" : path;
  Result<std::string> bytes = read_bytes(path, kLargestSource);
  if (!bytes) {
    return std::unexpected(FileProblem{
        Code::unreadable_file,
        diagnostics::emit<Code::unreadable_file>({}, shown, bytes.error().message).message});
  }
  const auto not_text = [&](std::string_view encoding, std::string_view why) {
    return std::unexpected(
        FileProblem{Code::undecodable_file, diagnostics::emit<Code::undecodable_file>(
                                                {}, shown, std::string(encoding), std::string(why))
                                                .message});
  };
  SourceFile file;
  Result<Encoding> encoding = find_encoding(*bytes);
  if (!encoding) return not_text("Python", encoding.error().message);
  file.encoding = *encoding;
  if (const std::size_t nul = bytes->find('\0'); nul != std::string::npos) {
    return not_text(file.encoding.name, "it holds a NUL byte, as binary files do");
  }
  Result<std::string> text = decode(*bytes, file.encoding);
  if (!text) return not_text(file.encoding.name, text.error().message);
  if (struct stat status {}; path != "-" && ::stat(path.c_str(), &status) == 0)
    file.mode = status.st_mode & 07777U;
  file.source = std::make_shared<const Source>(path, std::move(*text));
  return file;
}

Result<void> write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error();
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> may_write(const std::string& path) {
  const auto failed = [&](const std::string& why) {
    return std::unexpected(Error{fmt::format("cannot write {}: {}", path, why)});
  };
  const std::string target = follow_links(path);
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return failed("it is a folder");
  if (exists && ::access(target.c_str(), W_OK) != 0) return failed(system_error().error().message);
  if (exists && !S_ISREG(status.st_mode)) return {};
  const std::size_t slash = target.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : target.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return failed(system_error().error().message);
  return {};
}

Result<void> write_file(const std::string& path, std::string_view bytes,
                        std::optional<mode_t> mode) {
  return write_file(path, [&](int descriptor) { return write_all(descriptor, bytes); }, mode);
}

Result<void> write_file(const std::string& path, const Fill& fill, std::optional<mode_t> mode) {
  const auto failed = [&](const Error& error) {
    return std::unexpected(Error{fmt::format("cannot write {}: {}", path, error.message)});
  };
  const std::string target = follow_links(path);
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return failed({"it is a folder"});
  if (exists && !S_ISREG(status.st_mode)) {
    const Descriptor device(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
    if (!device) return failed(system_error().error());
    if (auto written = fill(device.get()); !written) return failed(written.error());
    return {};
  }
  if (exists && ::access(target.c_str(), W_OK) != 0) return failed(system_error().error());
  if (!mode) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    mode = exists ? status.st_mode & 07777U : 0666U & ~mask;
  }
  const std::size_t slash = target.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : target.substr(0, slash + 1);
  std::string name = folder + ".braid-XXXXXX";
  const SignalsHeld held;
  Descriptor temporary(::mkostemp(name.data(), O_CLOEXEC));
  if (!temporary) return failed(system_error().error());
  if (auto done = fill_and_rename(temporary, name, target, fill, *mode); !done) {
    ::unlink(name.c_str());
    return failed(done.error());
  }
  const Descriptor held_folder(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (held_folder) ::fsync(held_folder.get());
  return {};
}

}  // namespace braid::cli
