#include "runtime/spin.h"

#include <sched.h>

namespace braid::runtime {

std::uint32_t processors() {
  static const std::uint32_t count = [] {
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine) != 0) return 1U;
    return static_cast<std::uint32_t>(CPU_COUNT(&mine));
  }();
  return count;
}

}  // namespace braid::runtime
