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

}  // namespace braid::runtime
