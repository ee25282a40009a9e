#include "verify/confinement.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "verify/descriptor.h"

namespace braid::verify {
namespace {

constexpr std::uint64_t kTruncate = 1u << 14;  // since the kernel's third version of the interface
constexpr std::uint64_t kWrites = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kRename =
    1u << 13;  // between folders; without it the kernel refuses all such renames

bool allow(int rules, const char* path, std::uint64_t accesses) {
  Descriptor place(::open(path, O_PATH | O_CLOEXEC));
  if (!place) return false;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = accesses;
  rule.parent_fd = place.get();
  return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

bool confine_writes(const std::string& folder) {
  long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  std::uint64_t writes = kWrites;
  if (version >= 2) writes |= kRename;
  if (version >= 3) writes |= kTruncate;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = writes;
  Descriptor rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!rules || !allow(rules.get(), folder.c_str(), writes)) return false;
  std::uint64_t on_files = LANDLOCK_ACCESS_FS_WRITE_FILE | (writes & kTruncate);
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"}) {
    allow(rules.get(), device, on_files);
  }
  allow(rules.get(), "/dev/shm", writes);
  allow(rules.get(), "/dev/pts", on_files);
  allow(rules.get(), "/proc/self", on_files);
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

}  // namespace braid::verify
