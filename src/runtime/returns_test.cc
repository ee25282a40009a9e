#include "runtime/returns.h"

#include "runtime/blocks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace braid::runtime {
namespace {

constexpr std::uint64_t kBytes = std::uint64_t{1} << 20;

class Returning : public testing::Test {
 protected:
  Returning() {
    returns_.begin(0, kRegion);
    store_.take_returned(segment_.worker(0));
  }

  std::uint64_t write(std::uint8_t letter = 1) {
    const std::vector<std::byte> data(kBytes, std::byte{letter});
    const std::array<std::span<const std::byte>, 1> pieces = {data};
    return *store_.write(pieces);
  }

  // Bytes of the segment that are backed by memory.
  [[nodiscard]] std::uint64_t in_use() const {
    struct stat found {};
    EXPECT_EQ(fstat(segment_.descriptor(), &found), 0);
    return static_cast<std::uint64_t>(found.st_blocks) * 512;
  }

  static constexpr std::uint32_t kRegion = 2;
  Segment segment_ = *Segment::create(2, 4096, 1 << 16);
  Returns returns_{segment_};
  BlockStore store_{segment_.descriptor(), kRegion};
};

TEST_F(Returning, ABlockThatComesBackIsWrittenAgain) {
  const std::uint64_t first = write();
  const std::uint64_t used = in_use();
  returns_.give_back(first, kBytes);
  EXPECT_EQ(write(), first);
  returns_.seen(first);
  EXPECT_NE(write(), first);
  EXPECT_EQ(in_use(), used + kBytes);
}

TEST_F(Returning, WhatTheWorkerHasNotTakenGoesWithIt) {
  const std::uint64_t used = in_use();
  const std::uint64_t first = write();
  const std::uint64_t second = write();
  returns_.give_back(first, kBytes);
  EXPECT_EQ(in_use(), used + 2 * kBytes);
  returns_.end(0);
  EXPECT_EQ(in_use(), used + kBytes);
  returns_.give_back(second, kBytes);  // its worker is gone
  EXPECT_EQ(in_use(), used);
}

TEST_F(Returning, MoreThanTheWorkerTakesGoesToTheSystem) {
  const std::uint64_t used = in_use();
  std::vector<std::uint64_t> blocks;
  for (int count = 0; count < 20; ++count) blocks.push_back(write());
  for (const std::uint64_t block : blocks) returns_.give_back(block, kBytes);
  EXPECT_EQ(in_use(), used + kReturned * kBytes);
  for (std::uint32_t count = 0; count < kReturned; ++count) write();
  EXPECT_EQ(in_use(), used + kReturned * kBytes);
}

TEST_F(Returning, AForkGivesNothingBack) {
  const std::uint64_t first = write(7);
  const std::uint64_t used = in_use();
  const pid_t child = fork();
  if (child == 0) {
    returns_.give_back(first, kBytes);
    _exit(0);
  }
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(in_use(), used);
  EXPECT_NE(write(), first);
}

TEST_F(Returning, AfterTheSegmentEverythingGoesToTheSystem) {
  const std::uint64_t used = in_use();
  const std::uint64_t first = write();
  returns_.forget_segment();
  returns_.give_back(first, kBytes);
  EXPECT_EQ(in_use(), used);
}

// The worker writes and the parent returns, each at its own pace; no block is ever in two hands.
TEST_F(Returning, SideBySide) {
  constexpr std::uint32_t kRounds = 3000;
  std::array<std::atomic<std::uint64_t>, 8> sent{};
  std::thread worker([&] {
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
      std::array<std::uint64_t, 512> data{};
      data.fill(round);
      const std::array<std::span<const std::byte>, 1> pieces = {std::as_bytes(std::span(data))};
      const std::uint64_t block = *store_.write(pieces);
      auto& place = sent[round % sent.size()];
      while (place.load(std::memory_order_acquire) != 0) std::this_thread::yield();
      place.store(block, std::memory_order_release);
    }
  });
  for (std::uint32_t round = 1; round <= kRounds; ++round) {
    auto& place = sent[round % sent.size()];
    std::uint64_t block = 0;
    while ((block = place.exchange(0, std::memory_order_acquire)) == 0) std::this_thread::yield();
    returns_.seen(block);
    std::array<std::uint64_t, 512> data{};
    ASSERT_EQ(pread(segment_.descriptor(), data.data(), sizeof data, static_cast<off_t>(block)),
              static_cast<ssize_t>(sizeof data));
    EXPECT_EQ(data.front(), round);
    EXPECT_EQ(data.back(), round);
    returns_.give_back(block, sizeof data);
  }
  worker.join();
}

}  // namespace
}  // namespace braid::runtime
