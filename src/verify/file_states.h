// What a run left behind on disk, as a map of changes against the files that were there before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "verify/wire.h"

namespace braid::verify {

struct FileState {
  enum class Kind : std::uint8_t { absent, file, directory, symlink, other };
  Kind kind = Kind::absent;
  bool opaque = false;     // a directory that replaced the one below: nothing shows through
  std::uint32_t mode = 0;  // permission bits
  std::uint64_t size = 0;  // of a file
  std::string digest;      // SHA-256 of a file; a symlink's target; device numbers of anything else
  std::optional<std::string> content;  // kept when small, for the diff

  // Same as far as the world can see: kind, mode, content.
  [[nodiscard]] bool looks_like(const FileState& other) const;
};

// Absolute path → state. What is not named is as it was before.
using FileChanges = std::map<std::string, FileState>;

// How much content one collection may still keep.
struct KeepBudget {
  std::uint64_t bytes = 96u << 20;
};

// The state of `name` in the open directory; follows no link.
FileState read_state(int directory, const char* name, KeepBudget& budget);
// The state of the user's own file.
FileState state_on_disk(const std::string& path);

// What the interpreter writes for itself (compiled modules), and this program's own folders, which
// nobody compares.
bool is_byproduct(std::string_view path);

// Adds everything in `directory`, an upper layer of overlayfs, as changes below `prefix`
// (an absolute path, "" for the root).
void collect_upper_layer(int directory, const std::string& prefix, FileChanges& changes,
                         KeepBudget& budget);

// Adds what differs between the folder `before` and the folder `after`, as changes of `before`.
void collect_copy(const std::string& before, const std::string& after, FileChanges& changes,
                  KeepBudget& budget);

// Adds everything in the folder `after`, as new below `prefix`.
void collect_new(const std::string& prefix, const std::string& after, FileChanges& changes,
                 KeepBudget& budget);

// The state of `path` after the run that made `changes`.
FileState state_after(const FileChanges& changes, const std::string& path);
// Every path whose state may differ between two runs.
std::set<std::string> paths_in_question(const std::vector<const FileChanges*>& runs);

void put(WireWriter& writer, const FileChanges& changes);
FileChanges get_changes(WireReader& reader);

}  // namespace braid::verify
