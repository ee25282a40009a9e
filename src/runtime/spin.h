// How long to look for something before sleeping: a moment, as long as that pays.
//
// A sleep and its waking cost about 10 us where a processor is idle, and spinning saves them. Where
// all are busy it keeps the other side from running. So every spin in vain makes the next ones
// rarer, and every one that paid makes them more frequent.
#pragma once

#include "runtime/futex.h"

#include <algorithm>
#include <cstdint>

namespace braid::runtime {

// How many this process may use, as it was asked first.
[[nodiscard]] std::uint32_t processors();

class Spin {
 public:
  // Until when (now_ns) to look before sleeping; 0: not at all. end() follows.
  std::int64_t begin() {
    if (skip_ > 0) {
      --skip_;
      return 0;
    }
    spinning_ = true;
    return now_ns() + kLongestNs;
  }
  void end(bool paid) {
    if (!spinning_) return;
    spinning_ = false;
    vain_ = paid ? vain_ - std::min(vain_, 1U) : std::min(vain_ + 1, kMostVain);
    skip_ = paid ? 0 : (1U << vain_) - 1;
  }

 private:
  static constexpr std::int64_t kLongestNs = 20'000;
  static constexpr std::uint32_t kMostVain = 7;

  std::uint32_t vain_ = 0;  // spins in vain, less those that paid
  std::uint32_t skip_ = 0;  // so many times it is not tried
  bool spinning_ = false;
};

// Looks for `done`, as long as `spin` allows; whether it came.
template <class Done>
bool look_for(Spin& spin, const Done& done) {
  if (done()) return true;
  if (processors() < 2) return false;
  const std::int64_t until = spin.begin();
  while (!done() && now_ns() < until) {
    for (int turn = 0; turn < 32; ++turn) relax();
  }
  const bool found = done();
  spin.end(found);
  return found;
}

}  // namespace braid::runtime
