// Where one thread waits to be called by another one of its process: it looks for a moment, as long
// as that pays, then sleeps.
//
// A call that comes before the wait ends it at once; several calls are one. Any thread may call;
// one thread at a time may wait. Nothing is woken, by a system call, that does not sleep.
//
// Source: the permit of java.util.concurrent's LockSupport (Lea, 2005).
#pragma once

#include "runtime/spin.h"

#include <atomic>
#include <cstdint>

namespace braid::runtime {

class Parker {
 public:
  Parker() = default;
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;

  void call();
  // Waits for a call, at most `timeout_ns` (negative: for ever), and uses it up. False when none
  // came: after that time, or at a signal.
  bool wait(Spin& spin, std::int64_t timeout_ns);
  // Whether the last call came from the processor that this thread is on.
  [[nodiscard]] bool is_caller_here() const;

 private:
  enum State : std::uint32_t { empty, asleep, called };

  bool take_call();
  [[nodiscard]] bool is_called() const { return state_.load(std::memory_order_acquire) == called; }

  std::atomic<std::uint32_t> state_{empty};
  std::atomic<int> caller_at_{-1};  // a processor
};

}  // namespace braid::runtime
