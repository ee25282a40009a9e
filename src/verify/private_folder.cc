#include "verify/private_folder.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include <cstring>
#include <ctime>
#include <vector>

namespace braid::verify {
namespace {

constexpr std::string_view kPrefix = "braid-verify-";

std::string place(bool on_disk) {
  const char* chosen = std::getenv("TMPDIR");
  if (chosen != nullptr && chosen[0] == '/' && ::access(chosen, W_OK | X_OK) == 0) return chosen;
  return on_disk && ::access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp";
}

std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    if (copy >= 0) ::close(copy);
    return names;
  }
  while (const dirent* entry = ::readdir(stream)) {
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
      names.emplace_back(entry->d_name);
    }
  }
  ::closedir(stream);
  return names;
}

// Removes folders whose owner is gone. A folder that is just being made is not yet locked; its
// maker finds the lock taken, or the folder gone, and makes another.
void sweep(const std::string& where) {
  Descriptor directory(::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return;
  for (const std::string& name : names_in(directory.get())) {
    if (!name.starts_with(kPrefix)) continue;
    Descriptor folder(
        ::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) remove_tree(directory.get(), name.c_str());
  }
}

Error failed(const std::string& what, const std::string& path) {
  return Error{"cannot " + what + " " + path + ": " + std::strerror(errno)};
}

bool copy_bytes(int from, int to, std::uint64_t size) {
  if (::ioctl(to, FICLONE, from) == 0) return true;
  std::uint64_t left = size;
  while (left > 0) {
    ssize_t sent = ::sendfile(to, from, nullptr, left);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    if (sent == 0) break;
    left -= static_cast<std::uint64_t>(sent);
  }
  return true;
}

}  // namespace

PrivateFolder& PrivateFolder::operator=(PrivateFolder&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::move(other.path_);
    other.path_.clear();
    lock_ = std::move(other.lock_);
  }
  return *this;
}

Result<PrivateFolder> PrivateFolder::create(bool on_disk) {
  std::string where = place(on_disk);
  sweep(where);
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string path = where + "/" + std::string(kPrefix) + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      return std::unexpected(failed("make a folder in", where));
    PrivateFolder folder;
    folder.lock_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (folder.lock_ && ::flock(folder.lock_.get(), LOCK_EX | LOCK_NB) == 0 &&
        ::stat(path.c_str(), &status) == 0) {
      folder.path_ = std::move(path);
      return folder;
    }
  }
  return std::unexpected(Error{"cannot keep a folder in " + where});
}

void PrivateFolder::remove() {
  if (path_.empty()) return;
  remove_tree(path_);
  path_.clear();
  lock_.reset();
}

void remove_tree(int directory, const char* name) {
  if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return;
  if (::unlinkat(directory, name, AT_REMOVEDIR) == 0) return;
  // A folder without permission for its owner (overlayfs's work folder) must be opened first.
  Descriptor folder(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder && errno == EACCES) {
    ::fchmodat(directory, name, 0700, 0);
    folder.reset(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!folder) return;
  ::fchmod(folder.get(), 0700);
  for (const std::string& below : names_in(folder.get())) remove_tree(folder.get(), below.c_str());
  ::unlinkat(directory, name, AT_REMOVEDIR);
}

void remove_tree(const std::string& path) { remove_tree(AT_FDCWD, path.c_str()); }

Result<bool> copy_tree(const std::string& from, const std::string& to, CopyLimits& limits) {
  struct stat status {};
  if (::lstat(from.c_str(), &status) != 0) return std::unexpected(failed("read", from));
  if (limits.entries == 0) return std::unexpected(Error{from + " holds too many files to copy"});
  --limits.entries;
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (S_ISLNK(status.st_mode)) {
    std::string target(4096, '\0');
    ssize_t length = ::readlink(from.c_str(), target.data(), target.size());
    if (length < 0) return std::unexpected(failed("read", from));
    target.resize(static_cast<std::size_t>(length));
    if (::symlink(target.c_str(), to.c_str()) != 0) return std::unexpected(failed("write", to));
    return true;
  }
  if (S_ISDIR(status.st_mode)) {
    if (::mkdir(to.c_str(), 0700) != 0) return std::unexpected(failed("make", to));
    Descriptor folder(::open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) {
      for (const std::string& name : names_in(folder.get())) {
        if (name.starts_with(kPrefix)) continue;
        Result<bool> copied = copy_tree(from + "/" + name, to + "/" + name, limits);
        if (!copied) return copied;
      }
    }
    ::chmod(to.c_str(), status.st_mode & 07777);
    ::utimensat(AT_FDCWD, to.c_str(), times, 0);
    return true;
  }
  if (!S_ISREG(status.st_mode)) return true;  // pipes, sockets and devices have no content to copy
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limits.bytes)
    return std::unexpected(Error{from + ": the folder is too large to copy"});
  limits.bytes -= size;
  Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return std::unexpected(failed("write", to));
  // A file that this user may not read stays unreadable in the copy.
  if (source && !copy_bytes(source.get(), target.get(), size)) {
    return std::unexpected(failed("copy", from));
  }
  ::fchmod(target.get(), source ? status.st_mode & 07777 : 0);
  ::futimens(target.get(), times);
  return true;
}

bool make_directories(const std::string& path, int mode) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), static_cast<mode_t>(mode));
  }
  return ::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST;
}

}  // namespace braid::verify
