// A copy-on-write view of the whole file system, made of overlayfs mounts in a mount namespace of
// its own. As root one overlay covers `/` and one each file system mounted below. In a user
// namespace the kernel refuses to clone a mount that has others below it, so there the folders
// above a mount point are rebuilt in memory and each of their other entries gets an overlay.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/base.h"
#include "verify/descriptor.h"
#include "verify/file_states.h"

namespace braid::verify {

struct OverlayRequest {
  bool in_user_namespace = false;
  std::string disk_folder;                // where written files go; empty: memory
  std::vector<std::string> own_overlays;  // from folders_behind_foreign_ones
  std::string must_be_writable;           // checked, if the user may write there at all
};

// A file below a folder of another user cannot be written through an overlay that begins above that
// folder, when that user has no number in the namespace: the folder cannot be copied up. An overlay
// of its own, begun below, can. In: folders that the script is likely to write. Out: where such
// overlays have to begin. To be asked outside of the namespace, where owners can be told apart.
std::vector<std::string> folders_behind_foreign_ones(
    const std::vector<std::string>& likely_written);

class OverlayRoot {
 public:
  // Replaces this process's root directory. The process must be alone in a mount namespace of its
  // own, with the right to mount.
  static Result<OverlayRoot> enter(const OverlayRequest& request);

  // What was written through the view since.
  [[nodiscard]] FileChanges changes() const;
  // True when the place for written files is full.
  [[nodiscard]] bool is_full() const;

 private:
  struct Layer {
    std::string path;  // "" for the root
    Descriptor upper;
  };
  friend class OverlayBuilder;

  std::vector<Layer> layers_;
  Descriptor plain_;                     // the rebuilt folders, if there are any
  std::set<std::string> plain_folders_;  // their paths
  std::map<std::string, std::int64_t>
      plain_entries_;  // what was put into them, and when (files only)
  Descriptor space_;
};

}  // namespace braid::verify
