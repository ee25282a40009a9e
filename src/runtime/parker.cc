#include "runtime/parker.h"

#include <sched.h>

namespace braid::runtime {

void Parker::call() {
  caller_at_.store(sched_getcpu(), std::memory_order_relaxed);
  if (state_.exchange(called, std::memory_order_acq_rel) == asleep) futex_wake(state_, 1);
}

bool Parker::is_caller_here() const {
  return caller_at_.load(std::memory_order_relaxed) == sched_getcpu();
}

bool Parker::take_call() {
  std::uint32_t expected = called;
  return state_.compare_exchange_strong(expected, empty, std::memory_order_acq_rel);
}

bool Parker::wait(Spin& spin, std::int64_t timeout_ns) {
  // Who shares this processor cannot call while it is looked for.
  if (!is_caller_here()) look_for(spin, [this] { return is_called(); });
  std::uint32_t expected = empty;
  if (state_.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel)) {
    const std::int64_t began = now_ns();
    std::int64_t left = timeout_ns;
    while (state_.load(std::memory_order_acquire) == asleep) {
      if (!futex_wait(state_, asleep, left)) break;
      if (timeout_ns < 0) continue;
      left = timeout_ns - (now_ns() - began);
      if (left <= 0) break;
    }
    expected = asleep;
    if (state_.compare_exchange_strong(expected, empty, std::memory_order_acq_rel)) return false;
  }
  return take_call();
}

}  // namespace braid::runtime
