// Folders of this program's own under the temporary directory. Each is locked for as long as a
// process lives that uses it; what a killed process left is removed by the next one that asks for a
// folder.
#pragma once

#include <string>

#include "base/base.h"
#include "verify/descriptor.h"

namespace braid::verify {

class PrivateFolder {
 public:
  PrivateFolder() = default;
  PrivateFolder(PrivateFolder&&) = default;
  PrivateFolder& operator=(PrivateFolder&& other) noexcept;
  ~PrivateFolder() { remove(); }

  // A new folder that only this user may enter, below $TMPDIR or /tmp (/var/tmp when `on_disk`).
  // Sweeps first.
  static Result<PrivateFolder> create(bool on_disk = false);

  [[nodiscard]] const std::string& path() const { return path_; }
  // The lock, for a process that shall keep the folder after this one is gone.
  [[nodiscard]] int lock() const { return lock_.get(); }
  void remove();
  // The folder stays; another process owns it now.
  void forget() { path_.clear(); }

 private:
  std::string path_;
  Descriptor lock_;
};

// Removes `name` in the open directory and all below; follows no link.
void remove_tree(int directory, const char* name);
void remove_tree(const std::string& path);

struct CopyLimits {
  std::uint64_t bytes = 1u << 30;
  std::uint64_t entries = 100000;
};

// Copies the folder `from` to `to`, which must not exist: files, modes, times and links. Fails when
// it is larger than `limits`, which it uses up.
Result<bool> copy_tree(const std::string& from, const std::string& to, CopyLimits& limits);

bool make_directories(const std::string& path, int mode = 0700);

}  // namespace braid::verify
