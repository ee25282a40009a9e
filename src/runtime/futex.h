// Sleeping on a word of shared memory until another thread or process rings it.
//
// The futexes are shared ones: they work between processes that map the same segment. A wait may
// end early (a signal, a spurious wake); callers look at their condition again.
#pragma once

#include <atomic>
#include <cstdint>

namespace braid::runtime {

// Nanoseconds of CLOCK_MONOTONIC.
[[nodiscard]] std::int64_t now_ns();

// Sleeps while `word` holds `expected`, at most `timeout_ns` (negative: for ever). False when a
// signal ended it.
bool futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_ns);
void futex_wake(std::atomic<std::uint32_t>& word, int sleepers);

// Tells the processor that this is a waiting loop.
void relax();

}  // namespace braid::runtime
