#include "runtime/parker.h"

#include <gtest/gtest.h>
#include <atomic>
#include <thread>
#include <vector>

namespace braid::runtime {
namespace {

constexpr std::int64_t kMoment = 5'000'000;
constexpr std::int64_t kForEver = -1;

TEST(Parker, ACallBeforeTheWaitEndsIt) {
  Parker parker;
  Spin spin;
  parker.call();
  parker.call();
  EXPECT_TRUE(parker.wait(spin, kForEver));
  EXPECT_FALSE(parker.wait(spin, kMoment));  // two calls are one
}

TEST(Parker, WithoutACallTheTimeEnds) {
  Parker parker;
  Spin spin;
  const std::int64_t began = now_ns();
  EXPECT_FALSE(parker.wait(spin, kMoment));
  EXPECT_GE(now_ns() - began, kMoment);
  parker.call();
  EXPECT_TRUE(parker.wait(spin, 0));
}

TEST(Parker, NoCallIsLostBetweenTwoThreads) {
  constexpr int kTurns = 20'000;
  Parker here;
  Parker there;
  int ball = 0;  // whoever has been called has it
  std::thread other([&] {
    Spin spin;
    for (int turn = 0; turn < kTurns; ++turn) {
      EXPECT_TRUE(there.wait(spin, kForEver));
      ++ball;
      here.call();
    }
  });
  Spin spin;
  for (int turn = 0; turn < kTurns; ++turn) {
    ++ball;
    there.call();
    EXPECT_TRUE(here.wait(spin, kForEver));
  }
  other.join();
  EXPECT_EQ(ball, 2 * kTurns);
}

TEST(Parker, ShortTimesLoseNoCall) {
  constexpr int kCalls = 2000;
  Parker parker;
  std::atomic<int> sent{0};
  std::atomic<int> seen{0};
  std::thread other([&] {
    for (int call = 0; call < kCalls; ++call) {
      while (seen.load() != call) std::this_thread::yield();
      sent.store(call + 1);
      parker.call();
    }
  });
  Spin spin;
  while (seen.load() < kCalls) {
    if (!parker.wait(spin, 1000)) continue;
    EXPECT_EQ(sent.load(), seen.load() + 1);
    seen.store(sent.load());
  }
  other.join();
}

}  // namespace
}  // namespace braid::runtime
