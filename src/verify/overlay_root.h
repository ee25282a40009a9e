// A copy-on-write view of the whole file system, made of overlayfs mounts in a mount namespace of its
// own. As root one overlay covers `/` and one each file system mounted below. In a user namespace
// the kernel refuses to clone a mount that has others below it, so there the folders above a mount
// point are rebuilt in memory and each of their other entries gets an overlay.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/base.h"
#include "verify/descriptor.h"
#include "verify/file_states.h"

namespace braid::verify {

struct OverlayRequest {
  bool in_user_namespace = false;
  std::string disk_folder;  // where written files go; empty: memory
  // Folders that the script is likely to write: its own, the working directory, home, temporary.
  std::vector<std::string> likely_written;
  std::string must_be_writable;  // checked, if the user may write there at all
};

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
  std::set<std::string> plain_entries_;  // everything that was put into them
  Descriptor space_;
};

}  // namespace braid::verify
