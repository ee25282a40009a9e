#include "verify/overlay_root.h"

#include <dirent.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <sstream>

namespace braid::verify {
namespace {

constexpr std::string_view kPseudo[] = {
    "proc",      "sysfs",           "devtmpfs",   "devpts", "cgroup",   "cgroup2",     "mqueue",
    "debugfs",   "tracefs",         "pstore",     "bpf",    "configfs", "fusectl",     "hugetlbfs",
    "efivarfs",  "securityfs",      "autofs",     "nsfs",   "ramfs",    "binfmt_misc", "rpc_pipefs",
    "selinuxfs", "fuse.gvfsd-fuse", "fuse.portal"};
constexpr off_t kCopyAtMost = 1 << 20;

struct MountPoint {
  std::string path;
  std::string type;
};

// mountinfo writes blanks and backslashes as octal numbers.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::vector<MountPoint> read_mount_points() {
  std::string table;
  read_file("/proc/self/mountinfo", table);
  std::vector<MountPoint> points;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;) fields.push_back(word);
    auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 5 || dash == fields.end() || dash + 1 == fields.end()) continue;
    points.push_back({unescaped(fields[4]), dash[1]});
  }
  return points;
}

std::string in_option(std::string_view path) {
  std::string escaped;
  for (char c : path) {
    if (c == '\\' || c == ',' || c == ':') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.size() > 1;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string joined(std::string_view folder, std::string_view name) {
  return folder == "/" ? "/" + std::string(name) : std::string(folder) + "/" + std::string(name);
}

void make_read_only(const std::string& path) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), AT_RECURSIVE, &attributes,
                sizeof attributes) == 0) {
    return;
  }
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) return;
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
  if (status.f_flag & ST_NOSUID) flags |= MS_NOSUID;
  if (status.f_flag & ST_NODEV) flags |= MS_NODEV;
  if (status.f_flag & ST_NOEXEC) flags |= MS_NOEXEC;
  ::mount(nullptr, path.c_str(), nullptr, flags, nullptr);
}

bool bind_read_only(const std::string& from, const std::string& to) {
  if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  make_read_only(to);
  return true;
}

std::int64_t changed_at(const struct stat& status) {
  return status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec;
}

std::int64_t changed_at(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? changed_at(status) : 0;
}

bool make_file(const std::string& path, mode_t mode) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return file && ::fchmod(file.get(), mode) == 0;
}

}  // namespace

// Runs once, between the moment when the old root has become /old and the one when it goes away:
// builds the view in /new, with the written files in /up.
class OverlayBuilder {
 public:
  OverlayBuilder(const OverlayRequest& request, std::vector<MountPoint> points)
      : request_(request), points_(std::move(points)) {}

  Result<OverlayRoot> build() {
    if (::mkdir("/new", 0755) != 0) return failure("make the new root");
    std::string whole = "/";
    if (!lay_over(whole)) {
      if (::mount("tmpfs", "/new", "tmpfs", 0, "mode=0755") != 0) return failure("mount memory");
      root_.plain_.reset(::open("/new", O_PATH | O_DIRECTORY | O_CLOEXEC));
      rebuild(whole);
    } else {
      build_mounts_below(whole);
      for (const char* special : {"/proc", "/sys", "/dev"}) build_special(special);
    }
    lay_over_own();
    root_.space_.reset(::open("/up", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!can_write()) return failure("write the working directory through a copy-on-write view");
    return std::move(root_);
  }

 private:
  static std::unexpected<Error> failure(const std::string& what) {
    return std::unexpected(Error{"cannot " + what + ": " + std::strerror(errno)});
  }

  [[nodiscard]] bool has_mounts_below(const std::string& path) const {
    return std::ranges::any_of(points_,
                               [&](const MountPoint& p) { return is_below(p.path, path); });
  }

  [[nodiscard]] const MountPoint* mounted_at(const std::string& path) const {
    const MountPoint* found = nullptr;  // the last one hides the others
    for (const MountPoint& point : points_) {
      if (point.path == path) found = &point;
    }
    return found;
  }

  // An overlay over `path`; its folder in /new is there. False when the kernel refuses.
  bool lay_over(const std::string& path) {
    std::string old_path = path == "/" ? "/old" : "/old" + path;
    std::string new_path = path == "/" ? "/new" : "/new" + path;
    struct stat below {};
    if (::stat(old_path.c_str(), &below) != 0) return false;
    std::string layer = "/up/" + std::to_string(next_layer_++);
    std::string upper = layer + "/u", work = layer + "/w";
    if (::mkdir(layer.c_str(), 0755) != 0 || ::mkdir(upper.c_str(), 0755) != 0 ||
        ::mkdir(work.c_str(), 0755) != 0) {
      return false;
    }
    // The view's top folder takes its owner and mode from the upper layer. Where the owner cannot
    // be had, what the user may not write there must at least stay unwritable.
    mode_t mode = below.st_mode & 07777;
    if (!request_.in_user_namespace) {
      if (::chown(upper.c_str(), below.st_uid, below.st_gid) != 0) return false;
    } else if (::faccessat(AT_FDCWD, old_path.c_str(), W_OK, AT_EACCESS) != 0) {
      mode &= ~static_cast<mode_t>(0222);
    }
    ::chmod(upper.c_str(), mode);
    std::string options = "lowerdir=" + in_option(old_path) + ",upperdir=" + upper +
                          ",workdir=" + work + (request_.in_user_namespace ? ",userxattr" : "");
    if (!request_.in_user_namespace) options += ",redirect_dir=off,metacopy=off";
    if (::mount("overlay", new_path.c_str(), "overlay", 0, options.c_str()) != 0) return false;
    root_.layers_.push_back(
        {path == "/" ? "" : path,
         Descriptor(::open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))});
    return true;
  }

  // `path` is a folder; its folder in /new is there.
  void build_folder(const std::string& path) {
    const MountPoint* point = mounted_at(path);
    if (point != nullptr && std::ranges::find(kPseudo, point->type) != std::end(kPseudo)) {
      bind_read_only("/old" + path, "/new" + path);
    } else if (lay_over(path)) {
      build_mounts_below(path);
    } else if (has_mounts_below(path)) {
      rebuild(path);
    } else {
      bind_read_only("/old" + path, "/new" + path);
    }
  }

  // The file systems mounted below `path`, which an overlay over it does not show.
  void build_mounts_below(const std::string& path) {
    std::set<std::string> top;
    for (const MountPoint& point : points_) {
      if (!is_below(point.path, path) || is_special_or_below(point.path)) continue;
      bool is_top = std::ranges::none_of(points_, [&](const MountPoint& other) {
        return is_below(other.path, path) && is_below(point.path, other.path);
      });
      if (is_top) top.insert(point.path);
    }
    for (const std::string& mounted : top) {
      struct stat status {};
      if (::stat(("/old" + mounted).c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        build_folder(mounted);
      } else {
        bind_read_only("/old" + mounted, "/new" + mounted);
      }
    }
  }

  static bool is_special_or_below(const std::string& path) {
    for (const char* special : {"/proc", "/sys", "/dev"}) {
      if (path == special || is_below(path, special)) return true;
    }
    return false;
  }

  // The folder itself in memory, each entry by its kind.
  void rebuild(const std::string& path) {
    root_.plain_folders_.insert(path);
    std::string old_path = path == "/" ? "/old" : "/old" + path;
    DIR* stream = ::opendir(old_path.c_str());
    if (stream == nullptr) return;
    while (const dirent* entry = ::readdir(stream)) {
      std::string_view name = entry->d_name;
      if (name != "." && name != "..") rebuild_entry(joined(path, name));
    }
    ::closedir(stream);
    struct stat status {};
    if (path != "/" && ::stat(old_path.c_str(), &status) == 0) {
      ::chmod(("/new" + path).c_str(), status.st_mode & 07777);
    }
  }

  void rebuild_entry(const std::string& path) {
    std::string from = "/old" + path, to = "/new" + path;
    struct stat status {};
    if (::lstat(from.c_str(), &status) != 0) return;
    root_.plain_entries_[path] = 0;
    if (S_ISDIR(status.st_mode)) {
      if (::mkdir(to.c_str(), status.st_mode & 07777) != 0) return;
      if (!build_special(path)) build_folder(path);
    } else if (S_ISLNK(status.st_mode)) {
      std::string target(4096, '\0');
      ssize_t length = ::readlink(from.c_str(), target.data(), target.size());
      target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
      if (::symlink(target.c_str(), to.c_str()) != 0) return;
    } else if (S_ISREG(status.st_mode)) {
      std::string bytes;
      if (status.st_size <= kCopyAtMost && read_file(from, bytes)) {
        Descriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (file) write_all(file.get(), bytes);
        if (file) ::fchmod(file.get(), status.st_mode & 07777);
        root_.plain_entries_[path] = changed_at(to);
      } else if (make_file(to, status.st_mode & 07777)) {
        bind_read_only(from, to);
      }
    }
  }

  // /proc, /sys and /dev are not files to copy. False for any other path.
  bool build_special(const std::string& path) {
    struct stat status {};
    if (!is_special_or_below(path) || ::stat(("/new" + path).c_str(), &status) != 0) return false;
    if (path == "/proc") {
      // A container may hide parts of /proc; then the kernel allows no new one.
      if (::mount("proc", "/new/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
        ::mount("/old/proc", "/new/proc", nullptr, MS_BIND | MS_REC, nullptr);
      }
      if (!request_.in_user_namespace) {
        bind_read_only("/new/proc/sys", "/new/proc/sys");
        bind_read_only("/new/proc/sysrq-trigger", "/new/proc/sysrq-trigger");
      }
    } else if (path == "/sys") {
      bind_read_only("/old/sys", "/new/sys");
    } else if (path == "/dev") {
      build_devices();
    }
    return true;
  }

  static void build_devices() {
    if (::mount("tmpfs", "/new/dev", "tmpfs", MS_NOSUID, "mode=0755") != 0) return;
    std::vector<std::string> names = {"null", "zero", "full", "random", "urandom", "tty"};
    // Accelerators: a script that computes on one must find it.
    if (DIR* stream = ::opendir("/old/dev")) {
      while (const dirent* entry = ::readdir(stream)) {
        std::string_view name = entry->d_name;
        if (name.starts_with("nvidia") || name == "dri" || name == "kfd") names.emplace_back(name);
      }
      ::closedir(stream);
    }
    for (const std::string& name : names) {
      std::string from = "/old/dev/" + name, to = "/new/dev/" + name;
      struct stat status {};
      if (::stat(from.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode) ? ::mkdir(to.c_str(), 0755) != 0 : !make_file(to, 0666)) continue;
      ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr);
    }
    const char* links[][2] = {{"/proc/self/fd", "fd"},
                              {"/proc/self/fd/0", "stdin"},
                              {"/proc/self/fd/1", "stdout"},
                              {"/proc/self/fd/2", "stderr"},
                              {"pts/ptmx", "ptmx"}};
    for (auto& [target, name] : links) {
      if (::symlink(target, (std::string("/new/dev/") + name).c_str()) != 0) continue;
    }
    if (::mkdir("/new/dev/shm", 01777) == 0) {
      ::mount("tmpfs", "/new/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
    }
    if (::mkdir("/new/dev/pts", 0755) == 0) {
      ::mount("devpts", "/new/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
              "newinstance,ptmxmode=0666,mode=0620");
    }
  }

  void lay_over_own() {
    for (const std::string& path : request_.own_overlays) {
      bool done = root_.plain_folders_.contains(path) ||
                  std::ranges::any_of(root_.layers_, [&](const auto& l) { return l.path == path; });
      struct stat status {};
      if (!done && !has_mounts_below(path) && ::stat(("/new" + path).c_str(), &status) == 0) {
        lay_over(path);
      }
    }
  }

  [[nodiscard]] bool can_write() const {
    const std::string& path = request_.must_be_writable;
    if (path.empty() || ::faccessat(AT_FDCWD, ("/old" + path).c_str(), W_OK, AT_EACCESS) != 0) {
      return true;
    }
    std::string probe = "/new" + path + "/.braid-verify-probe";
    return make_file(probe, 0600) && ::unlink(probe.c_str()) == 0;
  }

  const OverlayRequest& request_;
  std::vector<MountPoint> points_;
  OverlayRoot root_;
  int next_layer_ = 0;
};

std::vector<std::string> folders_behind_foreign_ones(
    const std::vector<std::string>& likely_written) {
  std::vector<std::string> begins;
  for (const std::string& path : likely_written) {
    std::string begin;
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      std::string part = path.substr(0, end);
      struct stat status {};
      if (part.empty() || ::lstat(part.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        begin.clear();
        break;
      }
      bool mine = status.st_uid == ::geteuid() && status.st_gid == ::getegid();
      if (!mine) begin.clear();
      if (mine ? begin.empty() : end == std::string::npos) begin = part;
      if (end == std::string::npos) break;
    }
    if (!begin.empty() && begin != "/" && std::ranges::find(begins, begin) == begins.end()) {
      begins.push_back(begin);
    }
  }
  return begins;
}

Result<OverlayRoot> OverlayRoot::enter(const OverlayRequest& request) {
  auto failure = [](const char* what) {
    return std::unexpected(Error{std::string("cannot ") + what + ": " + std::strerror(errno)});
  };
  std::vector<MountPoint> points = read_mount_points();
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return failure("make mounts private");
  }
  // Any folder will do to stand on while the root is exchanged; it is seen again under /old.
  const char* base = "/tmp";
  Descriptor disk;
  if (!request.disk_folder.empty()) {
    disk.reset(::open(request.disk_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  if (::mount("tmpfs", base, "tmpfs", 0, "mode=0755") != 0) return failure("mount memory");
  if (::chdir(base) != 0 || ::mkdir("old", 0755) != 0 || ::mkdir("up", 0755) != 0) {
    return failure("prepare the new root");
  }
  if (::syscall(SYS_pivot_root, ".", "old") != 0 || ::chdir("/") != 0) {
    return failure("exchange the root");
  }
  if (disk) {
    std::string from = "/old" + request.disk_folder;
    if (::mount(from.c_str(), "/up", nullptr, MS_BIND, nullptr) != 0)
      return failure("use the disk");
  }
  Result<OverlayRoot> root = OverlayBuilder(request, std::move(points)).build();
  if (!root) return root;
  if (::chdir("/new") != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
      ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) {
    return failure("enter the new root");
  }
  return root;
}

FileChanges OverlayRoot::changes() const {
  FileChanges changes;
  KeepBudget budget;
  for (const Layer& layer : layers_) {
    if (layer.upper) collect_upper_layer(layer.upper.get(), layer.path, changes, budget);
  }
  for (const std::string& folder : plain_folders_) {
    std::string inside = folder == "/" ? "." : folder.substr(1);
    Descriptor directory(
        ::openat(plain_.get(), inside.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) continue;
    FileChanges found;
    std::set<std::string> there;
    DIR* stream = ::fdopendir(::dup(directory.get()));
    while (const dirent* entry = stream != nullptr ? ::readdir(stream) : nullptr) {
      std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      std::string path = joined(folder, name);
      there.insert(path);
      auto put_here = plain_entries_.find(path);
      struct stat status {};
      if (put_here != plain_entries_.end() &&
          ::fstatat(directory.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
          (!S_ISREG(status.st_mode) || put_here->second == 0 ||
           put_here->second == changed_at(status))) {
        continue;  // untouched
      }
      FileState state = read_state(directory.get(), entry->d_name, budget);
      if (state.kind == FileState::Kind::directory) {
        Descriptor below(::openat(directory.get(), entry->d_name,
                                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (below) collect_upper_layer(below.get(), path, changes, budget);
      }
      changes[path] = std::move(state);
    }
    if (stream != nullptr) ::closedir(stream);
    for (const auto& [path, moment] : plain_entries_) {
      std::string parent = path.substr(0, path.rfind('/'));
      if ((parent.empty() ? "/" : parent) == folder && !there.contains(path)) {
        changes[path] = FileState{};
      }
    }
  }
  return changes;
}

bool OverlayRoot::is_full() const {
  struct statvfs status {};
  return space_ && ::fstatvfs(space_.get(), &status) == 0 &&
         (status.f_bavail * status.f_frsize < (1u << 20) ||
          (status.f_files > 0 && status.f_ffree < 16));
}

}  // namespace braid::verify
