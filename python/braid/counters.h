// What this process's engine has done since it began; engine_stats() shows it.
#pragma once

#include <atomic>
#include <cstdint>

namespace braid::python {

struct Counters {
  std::atomic<std::uint64_t> items{0};
  std::atomic<std::uint64_t> batches{0};
};

inline Counters& counters() {
  static Counters all;
  return all;
}

}  // namespace braid::python
