#include "verify/file_states.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <string_view>

#include "verify/descriptor.h"
#include "verify/sha256.h"

namespace braid::verify {
namespace {

constexpr std::uint64_t kKeepAtMost = 2u << 20;
constexpr std::size_t kNamesAtMost = 200000;

struct Entry {
  std::string name;
  bool is_directory = false;
};

std::vector<Entry> entries_of(int directory) {
  std::vector<Entry> entries;
  int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    if (copy >= 0) ::close(copy);
    return entries;
  }
  while (const dirent* entry = ::readdir(stream)) {
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat status {};
    bool known = ::fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    entries.push_back({std::string(name), known && S_ISDIR(status.st_mode)});
  }
  ::closedir(stream);
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

Descriptor open_directory(int parent, const char* name) {
  return Descriptor(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_opaque(int directory) {
  char value[2] = {};
  for (const char* name : {"user.overlay.opaque", "trusted.overlay.opaque"}) {
    if (::fgetxattr(directory, name, value, sizeof value) >= 1 && value[0] == 'y') return true;
  }
  return false;
}

void read_content(int directory, const char* name, FileState& state, KeepBudget& budget) {
  Descriptor file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    state.digest = "unreadable";
    return;
  }
  Sha256 hash;
  std::string kept;
  bool keep = state.size <= kKeepAtMost && state.size <= budget.bytes;
  std::uint64_t total = 0;
  std::string buffer(1 << 18, '\0');
  for (;;) {
    ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    std::string_view part(buffer.data(), static_cast<std::size_t>(got));
    hash.add(part);
    total += part.size();
    if (keep && total <= kKeepAtMost) kept += part;
  }
  state.size = total;
  state.digest = hash.finish();
  if (keep && total <= kKeepAtMost) {
    budget.bytes -= std::min<std::uint64_t>(budget.bytes, kept.size());
    state.content = std::move(kept);
  }
}

// Everything below `directory`, which the run created or which nothing shows through.
void collect_copied(int before, int after, const std::string& prefix, FileChanges& changes,
                    KeepBudget& budget) {
  std::vector<Entry> old_entries = before < 0 ? std::vector<Entry>() : entries_of(before);
  std::vector<Entry> new_entries = entries_of(after);
  std::set<std::string> left;
  for (const Entry& entry : new_entries) {
    left.insert(entry.name);
    std::string path = prefix + "/" + entry.name;
    if (is_byproduct(path)) continue;
    FileState now = read_state(after, entry.name.c_str(), budget);
    FileState was;
    if (before >= 0) {
      KeepBudget nothing{0};
      was = read_state(before, entry.name.c_str(), nothing);
    }
    if (!now.looks_like(was)) changes[path] = now;
    if (now.kind == FileState::Kind::directory) {
      Descriptor below = open_directory(after, entry.name.c_str());
      Descriptor old_below = before < 0 || was.kind != FileState::Kind::directory
                                 ? Descriptor()
                                 : open_directory(before, entry.name.c_str());
      if (below) collect_copied(old_below.get(), below.get(), path, changes, budget);
    }
  }
  for (const Entry& entry : old_entries) {
    std::string path = prefix + "/" + entry.name;
    if (!left.contains(entry.name) && !is_byproduct(path)) changes[path] = FileState{};
  }
}

// The paths of everything on the user's disk below `path`.
void add_below(const std::string& path, std::set<std::string>& paths) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return;
  for (const Entry& entry : entries_of(directory.get())) {
    if (paths.size() > kNamesAtMost) return;
    std::string below = path + "/" + entry.name;
    if (is_byproduct(below)) continue;
    paths.insert(below);
    if (entry.is_directory) add_below(below, paths);
  }
}

}  // namespace

bool FileState::looks_like(const FileState& other) const {
  if (kind != other.kind) return false;
  if (kind == Kind::absent) return true;
  if (kind != Kind::symlink && mode != other.mode) return false;
  return kind == Kind::directory || (size == other.size && digest == other.digest);
}

FileState read_state(int directory, const char* name, KeepBudget& budget) {
  struct stat status {};
  FileState state;
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return state;
  state.mode = status.st_mode & 07777;
  if (S_ISREG(status.st_mode)) {
    state.kind = FileState::Kind::file;
    state.size = static_cast<std::uint64_t>(status.st_size);
    read_content(directory, name, state, budget);
  } else if (S_ISDIR(status.st_mode)) {
    state.kind = FileState::Kind::directory;
  } else if (S_ISLNK(status.st_mode)) {
    state.kind = FileState::Kind::symlink;
    std::string target(static_cast<std::size_t>(status.st_size) + 4096, '\0');
    ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
    target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    state.digest = target;
  } else {
    state.kind = FileState::Kind::other;
    state.digest = std::to_string(status.st_mode & S_IFMT) + ":" +
                   std::to_string(major(status.st_rdev)) + ":" +
                   std::to_string(minor(status.st_rdev));
  }
  return state;
}

FileState state_on_disk(const std::string& path) {
  KeepBudget budget;
  return read_state(AT_FDCWD, path.c_str(), budget);
}

bool is_byproduct(std::string_view path) {
  return path.ends_with(".pyc") || path.ends_with("/__pycache__") ||
         path.find("/__pycache__/") != std::string_view::npos ||
         path.find("/braid-verify-") != std::string_view::npos;
}

void collect_upper_layer(int directory, const std::string& prefix, FileChanges& changes,
                         KeepBudget& budget) {
  for (const Entry& entry : entries_of(directory)) {
    std::string path = prefix + "/" + entry.name;
    if (is_byproduct(path)) continue;
    FileState state = read_state(directory, entry.name.c_str(), budget);
    if (state.kind == FileState::Kind::other && state.digest == std::to_string(S_IFCHR) + ":0:0") {
      changes[path] = FileState{};  // overlayfs's mark for a deleted name
      continue;
    }
    Descriptor below;
    if (state.kind == FileState::Kind::directory) {
      below = open_directory(directory, entry.name.c_str());
      state.opaque = below && is_opaque(below.get());
    }
    changes[path] = std::move(state);
    if (below) collect_upper_layer(below.get(), path, changes, budget);
  }
}

void collect_copy(const std::string& before, const std::string& after, FileChanges& changes,
                  KeepBudget& budget) {
  Descriptor old_root(::open(before.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Descriptor new_root(::open(after.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::string prefix = before == "/" ? "" : before;
  if (!new_root) {
    changes[before] = FileState{};
    return;
  }
  collect_copied(old_root.get(), new_root.get(), prefix, changes, budget);
}

void collect_new(const std::string& prefix, const std::string& after, FileChanges& changes,
                 KeepBudget& budget) {
  Descriptor root(::open(after.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root) collect_copied(-1, root.get(), prefix, changes, budget);
}

FileState state_after(const FileChanges& changes, const std::string& path) {
  if (auto found = changes.find(path); found != changes.end()) return found->second;
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    auto parent = changes.find(path.substr(0, slash));
    if (parent == changes.end()) continue;
    if (parent->second.kind != FileState::Kind::directory || parent->second.opaque) return {};
  }
  return state_on_disk(path);
}

std::set<std::string> paths_in_question(const std::vector<const FileChanges*>& runs) {
  std::set<std::string> paths;
  for (const FileChanges* changes : runs) {
    for (const auto& [path, state] : *changes) {
      paths.insert(path);
      if (state.opaque) add_below(path, paths);
    }
  }
  return paths;
}

void put(WireWriter& writer, const FileChanges& changes) {
  writer.number<std::uint64_t>(changes.size());
  for (const auto& [path, state] : changes) {
    writer.text(path);
    writer.number(state.kind);
    writer.number(state.opaque);
    writer.number(state.mode);
    writer.number(state.size);
    writer.text(state.digest);
    writer.number(state.content.has_value());
    if (state.content) writer.text(*state.content);
  }
}

FileChanges get_changes(WireReader& reader) {
  FileChanges changes;
  auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !reader.broken(); ++i) {
    std::string path = reader.text();
    FileState state;
    state.kind = reader.number<FileState::Kind>();
    state.opaque = reader.number<bool>();
    state.mode = reader.number<std::uint32_t>();
    state.size = reader.number<std::uint64_t>();
    state.digest = reader.text();
    if (reader.number<bool>()) state.content = reader.text();
    changes.emplace(std::move(path), std::move(state));
  }
  return changes;
}

}  // namespace braid::verify
