#include "runtime/pool.h"

#include "runtime/futex.h"
#include "runtime/worker.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>

namespace braid::runtime {
namespace {

constexpr std::int64_t kMoment = 5'000'000;

// Workers as threads over one segment: each answers an item, which is a number, by its square.
class Crew {
 public:
  explicit Crew(PoolShape shape) : pool_(*Pool::create(shape)) {}
  ~Crew() {
    pool_->stop();
    for (auto& thread : threads_) thread.join();
  }
  Pool& pool() { return *pool_; }

  void start() {
    for (std::uint32_t slot = 0; slot < pool_->workers(); ++slot) {
      pool_->starting(slot);
      threads_.emplace_back([this, slot] {
        auto worker = *Worker::attach(pool_->segment(), pool_->bell(), slot);
        while (worker.next(-1) != Worker::Found::stop) {
          worker.begin_measuring();
          while (const auto item = worker.claim()) answer(worker, *item);
          worker.leave();
        }
      });
    }
  }

  // The item at `place` of the batch in hand.
  static std::uint64_t read(const Worker& worker, std::uint32_t place) {
    const auto payload = worker.payload();
    std::uint64_t number = 0;
    const std::size_t records = (worker.batch().count + 1) * sizeof(std::uint32_t);
    std::memcpy(&number, payload.data() + records + place * sizeof number, sizeof number);
    return number;
  }

  void answer(Worker& worker, std::uint32_t item) {
    const std::uint64_t number = read(worker, item);
    ++begun_[number];
    const std::uint64_t square = number * number;
    std::byte* place = worker.reserve(sizeof square);
    while (place == nullptr) {
      worker.wait_for_room();
      place = worker.reserve(sizeof square);
    }
    std::memcpy(place, &square, sizeof square);
    worker.commit(Kind::result, item, sizeof square);
  }

  bool push(std::uint64_t call, std::uint64_t first, std::uint32_t count) {
    std::vector<std::uint32_t> offsets(count + 1);
    std::vector<std::byte> records(count * sizeof(std::uint64_t));
    for (std::uint32_t item = 0; item < count; ++item) {
      const std::uint64_t number = first + item;
      std::memcpy(records.data() + item * sizeof number, &number, sizeof number);
      offsets[item + 1] = (item + 1) * sizeof number;
    }
    BatchSpec spec;
    spec.call = call;
    spec.first = first;
    spec.count = count;
    return pool_->push(spec, offsets, records).has_value();
  }

  // Drains until nothing of the call is unanswered; squares by index.
  void collect(std::uint64_t call, std::vector<std::uint64_t>& squares) {
    const auto take = [&](const Answer& answer) {
      EXPECT_EQ(answer.call, call);
      std::uint64_t square = 0;
      std::memcpy(&square, answer.bytes.data(), sizeof square);
      EXPECT_EQ(squares.at(answer.index), 0U);
      squares.at(answer.index) = square;
      return true;
    };
    while (pool_->unanswered(call) > 0) {
      pool_->wait(-1, kMoment);
      pool_->drain(take);
      pool_->restore_lost();
    }
  }

  std::atomic<int> begun_[4096] = {};

 private:
  std::unique_ptr<Pool> pool_;
  std::vector<std::thread> threads_;
};

TEST(Pool, WhoIsPatientIsRungForWhatMatters) {
  Crew crew({1, 4096, 1 << 20});
  Pool& pool = crew.pool();
  pool.starting(0);
  auto worker = *Worker::attach(pool.segment(), pool.bell(), 0);
  const auto drop = [](const Answer&) { return true; };
  const std::int64_t hour = std::int64_t{3'600'000'000} * 1000;
  pool.set_ring_every(hour);
  ASSERT_TRUE(crew.push(1, 0, 4));
  ASSERT_TRUE(crew.push(1, 4, 1));
  ASSERT_EQ(worker.next(0), Worker::Found::batch);
  worker.begin_measuring();
  crew.answer(worker, *worker.claim());
  EXPECT_TRUE(pool.is_due());  // the first in a long time
  pool.drain(drop);
  for (int item = 1; item < 3; ++item) {
    crew.answer(worker, *worker.claim());
    EXPECT_TRUE(pool.has_answers());
    EXPECT_FALSE(pool.is_due());
  }
  const auto last = worker.claim();
  ASSERT_NE(worker.reserve(0), nullptr);
  worker.commit(Kind::failure, *last, 0);
  EXPECT_TRUE(pool.is_due());
  pool.drain(drop);
  worker.leave();
  ASSERT_EQ(worker.next(0), Worker::Found::batch);
  worker.begin_measuring();
  crew.answer(worker, *worker.claim());
  EXPECT_FALSE(pool.is_due());
  worker.leave();
  EXPECT_TRUE(pool.is_due());  // there is no more work
  EXPECT_FALSE(pool.wait(-1, -1));
  pool.drain(drop);
  EXPECT_FALSE(pool.is_due());
  EXPECT_EQ(pool.unanswered(1), 0U);
}

TEST(Pool, ManyAnswersAreRungFor) {
  Crew crew({1, 1 << 16, 1 << 20});
  Pool& pool = crew.pool();
  pool.starting(0);
  auto worker = *Worker::attach(pool.segment(), pool.bell(), 0);
  pool.set_ring_every(std::int64_t{3'600'000'000} * 1000);
  ASSERT_TRUE(crew.push(1, 0, 2000));
  ASSERT_EQ(worker.next(0), Worker::Found::batch);
  worker.begin_measuring();
  crew.answer(worker, *worker.claim());
  pool.drain([](const Answer&) { return true; });
  EXPECT_FALSE(pool.is_due());
  for (int item = 1; item < 1500; ++item) crew.answer(worker, *worker.claim());
  EXPECT_TRUE(pool.is_due());
}

TEST(Pool, PatienceLosesNothing) {
  Crew crew({3, 4096, 1 << 20});
  crew.pool().set_ring_every(1'000'000);
  crew.start();
  std::vector<std::uint64_t> squares(4000);
  for (std::uint64_t first = 0; first < 4000; first += 40) {
    while (!crew.push(1, first, 40)) crew.collect(1, squares);
  }
  crew.collect(1, squares);
  for (std::uint64_t index = 0; index < 4000; ++index) EXPECT_EQ(squares[index], index * index);
}

TEST(Pool, AnswersEveryItemOnce) {
  Crew crew({3, 4096, 1 << 20});
  crew.start();
  std::vector<std::uint64_t> squares(4000);
  for (std::uint64_t first = 0; first < 4000; first += 40) {
    while (!crew.push(1, first, 40)) crew.collect(1, squares);
  }
  crew.collect(1, squares);
  for (std::uint64_t number = 0; number < squares.size(); ++number) {
    ASSERT_EQ(squares[number], number * number);
    ASSERT_EQ(crew.begun_[number], 1);
  }
}

TEST(Pool, UsesItsSlotsAndItsHeapAgain) {
  Crew crew({2, 4096, 1 << 14});
  crew.start();
  for (std::uint64_t call = 1; call <= 3 * kBatchSlots; ++call) {
    std::vector<std::uint64_t> squares(8);
    while (!crew.push(call, 0, 8)) crew.pool().drain([](const Answer&) { return true; });
    crew.collect(call, squares);
    ASSERT_EQ(squares[7], 49U);
  }
}

TEST(Pool, SaysWhenThereIsNoRoom) {
  Crew crew({1, 4096, 4096});
  EXPECT_TRUE(crew.push(1, 0, 200));
  EXPECT_FALSE(crew.push(1, 200, 200));
  EXPECT_EQ(crew.pool().cancel(1, 0), 200U);
  EXPECT_TRUE(crew.push(1, 200, 200));
  EXPECT_EQ(crew.pool().cancel(1, 0), 200U);
  EXPECT_EQ(crew.pool().open_batches(), 0U);
}

TEST(Pool, WorkersShareOneBatch) {
  Crew crew({4, 4096, 1 << 20});
  std::vector<std::uint64_t> squares(1000);
  ASSERT_TRUE(crew.push(1, 0, 1000));
  crew.start();
  crew.collect(1, squares);
  EXPECT_EQ(squares[999], 999U * 999U);
}

TEST(Pool, CancelTakesBackWhatHasNotBegun) {
  Crew crew({2, 4096, 1 << 20});
  crew.start();
  for (int round = 1; round <= 200; ++round) {
    const auto call = static_cast<std::uint64_t>(round);
    std::vector<std::uint64_t> squares(300);
    for (std::uint64_t first = 0; first < 300; first += 30) ASSERT_TRUE(crew.push(call, first, 30));
    const std::uint64_t taken = crew.pool().cancel(call, 0);
    crew.collect(call, squares);
    std::uint64_t answered = squares[0] == 0 && taken == 300 ? 0 : 1;  // 0 squared is 0
    for (std::uint64_t number = 1; number < 300; ++number) answered += squares[number] != 0;
    EXPECT_LE(answered + taken, 301U);
    EXPECT_GE(answered + taken, 299U);
  }
}

TEST(Pool, ADeadWorkersItemIsNamedAndTheRestIsDone) {
  Crew crew({2, 4096, 1 << 20});
  ASSERT_TRUE(crew.push(1, 0, 10));
  {
    crew.pool().starting(0);
    auto dying = *Worker::attach(crew.pool().segment(), crew.pool().bell(), 0);
    ASSERT_EQ(dying.next(-1), Worker::Found::batch);
    dying.begin_measuring();
    for (int item = 0; item < 3; ++item) crew.answer(dying, *dying.claim());
    ASSERT_EQ(dying.claim(), 3U);
  }  // it dies with item 3 in hand, and leaves three answers
  std::vector<std::uint64_t> squares(10);
  crew.pool().drain([&](const Answer& answer) {
    std::memcpy(&squares.at(answer.index), answer.bytes.data(), sizeof squares[0]);
    return true;
  });
  EXPECT_EQ(squares[2], 4U);
  const auto lost = crew.pool().gone(0);
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->index, 3U);
  std::uint64_t number = 0;
  ASSERT_EQ(lost->item.size(), sizeof number);
  std::memcpy(&number, lost->item.data(), sizeof number);
  EXPECT_EQ(number, 3U);
  std::fill(squares.begin(), squares.end(), 0);
  crew.start();
  crew.collect(1, squares);
  EXPECT_EQ(squares[9], 81U);
  EXPECT_EQ(crew.begun_[3], 0);
  EXPECT_EQ(crew.begun_[9], 1);
}

TEST(Pool, AnItemThatWasClaimedButNeverBegunIsDoneByAnother) {
  Crew crew({2, 4096, 1 << 20});
  ASSERT_TRUE(crew.push(1, 0, 4));
  {
    crew.pool().starting(0);
    auto dying = *Worker::attach(crew.pool().segment(), crew.pool().bell(), 0);
    ASSERT_EQ(dying.next(-1), Worker::Found::batch);
    ASSERT_EQ(dying.claim(), 0U);
    // As if it had died between the claim and the note of it.
    crew.pool().segment().worker(0).current.store(0);
  }
  EXPECT_FALSE(crew.pool().gone(0).has_value());
  std::vector<std::uint64_t> squares(4);
  crew.start();
  crew.collect(1, squares);
  EXPECT_EQ(squares[3], 9U);
  EXPECT_EQ(crew.begun_[0], 1);
}

TEST(Pool, ACallerTakesItsOwnAnswerAndNoOther) {
  Crew crew({1, 4096, 1 << 20});
  ASSERT_TRUE(crew.push(1, 2, 1));
  ASSERT_TRUE(crew.push(1, 3, 1));
  crew.start();
  ASSERT_TRUE(crew.pool().enter_caller());
  EXPECT_FALSE(crew.pool().enter_caller());
  while (!crew.pool().has_answers()) crew.pool().wait_as_caller(crew.pool().nudges(), kMoment);
  const auto keep = [](const Answer&) { return false; };
  EXPECT_FALSE(crew.pool().take_one(1, 3, keep));  // another's lies before it
  EXPECT_FALSE(crew.pool().take_one(1, 2, keep));
  EXPECT_TRUE(crew.pool().is_caller_taking());
  EXPECT_TRUE(crew.pool().take_one(1, 2, [](const Answer&) { return true; }));
  crew.pool().leave_caller();
  std::vector<std::uint64_t> squares(4);
  crew.collect(1, squares);
  EXPECT_EQ(squares[2], 0U);
  EXPECT_EQ(squares[3], 9U);
}

TEST(Pool, WhatACallerLeavesRingsTheBell) {
  Crew crew({1, 4096, 1 << 20});
  ASSERT_TRUE(crew.pool().enter_caller());
  ASSERT_TRUE(crew.push(1, 5, 1));
  crew.start();
  while (!crew.pool().has_answers()) crew.pool().wait_as_caller(crew.pool().nudges(), kMoment);
  crew.pool().leave_caller();
  std::uint64_t rings = 0;
  EXPECT_EQ(read(crew.pool().bell(), &rings, sizeof rings), ssize_t{sizeof rings});
}

TEST(Pool, ANudgeBeforeTheSleepIsNotLost) {
  Crew crew({1, 4096, 1 << 20});
  ASSERT_TRUE(crew.pool().enter_caller());
  const std::uint32_t nudges = crew.pool().nudges();
  crew.pool().nudge();
  crew.pool().wait_as_caller(nudges, -1);  // would sleep for ever
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    crew.pool().nudge();
  });
  crew.pool().wait_as_caller(nudges + 1, -1);
  other.join();
  crew.pool().leave_caller();
}

// One thread polls, one fetches its own answers, and both sleep without a time-out. A mutex stands
// for the GIL.
TEST(Pool, NoAnswerIsLostBetweenACallerAndWhoPolls) {
  constexpr std::uint64_t kTrips = 2000;
  Crew crew({2, 4096, 1 << 20});
  Pool& pool = crew.pool();
  std::mutex lock;
  std::vector<int> answered(2 * kTrips);
  std::atomic<std::uint64_t> open{0};
  std::atomic<bool> over{false};
  const auto take = [&](const Answer& answer) {
    ++answered.at(answer.index);
    --open;
    return true;
  };
  std::thread poller([&] {
    while (!over.load()) {
      pool.wait(-1, -1);
      const std::lock_guard held(lock);
      if (!pool.is_caller_taking()) pool.drain(take);
      pool.nudge();
    }
  });
  crew.start();
  for (std::uint64_t trip = 0; trip < kTrips; ++trip) {
    {
      const std::lock_guard held(lock);
      ++open;
      ASSERT_TRUE(crew.push(1, 2 * trip, 1));
      if (trip % 5 == 0) {
        ++open;
        ASSERT_TRUE(crew.push(1, 2 * trip + 1, 1));
      }
    }
    ASSERT_TRUE(pool.enter_caller());
    for (;;) {
      const std::uint32_t nudges = pool.nudges();
      {
        const std::lock_guard held(lock);
        if (answered[2 * trip] > 0) break;
        if (pool.has_answers()) {
          pool.take_one(1, 2 * trip, take);
          break;
        }
      }
      pool.wait_as_caller(nudges, -1);
    }
    pool.leave_caller();
    const std::int64_t until = now_ns() + 20'000'000'000;
    while (open.load() > 0 && now_ns() < until) std::this_thread::yield();
    ASSERT_EQ(open.load(), 0U) << "in trip " << trip;
    ASSERT_EQ(answered[2 * trip], 1);
  }
  over.store(true);
  const std::uint64_t one = 1;
  ASSERT_EQ(write(pool.bell(), &one, sizeof one), ssize_t{sizeof one});
  poller.join();
}

TEST(Pool, AnIdleWorkerIsToldThatACallIsOver) {
  Crew crew({1, 4096, 1 << 20});
  crew.pool().starting(0);
  auto worker = *Worker::attach(crew.pool().segment(), crew.pool().bell(), 0);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    crew.pool().forget(3);
  });
  EXPECT_EQ(worker.next(-1), Worker::Found::call_ended);
  EXPECT_EQ(worker.ended(), 3U);
  other.join();
  EXPECT_EQ(worker.next(kMoment), Worker::Found::idle);  // said once
}

TEST(Spin, BecomesRareWhereItIsInVain) {
  Spin spin;
  int tried = 0;
  for (int time = 0; time < 1000; ++time) {
    tried += spin.begin() != 0 ? 1 : 0;
    spin.end(false);
  }
  EXPECT_GT(tried, 5);
  EXPECT_LT(tried, 30);
  for (int time = 0; time < 1000; ++time) {
    spin.begin();
    spin.end(true);
  }
  EXPECT_NE(spin.begin(), 0);
}

TEST(Heap, MergesWhatComesBack) {
  Heap heap(100, 1024);
  const auto first = heap.take(100);
  const auto second = heap.take(100);
  const auto third = heap.take(800);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(*first, 100U);
  EXPECT_FALSE(heap.take(16).has_value());
  heap.give_back(*second, 100);
  heap.give_back(*first, 100);
  heap.give_back(*third, 800);
  EXPECT_EQ(heap.take(1024), 100U);
}

TEST(Blocks, AreReadAsTheyWereWritten) {
  auto segment = *Segment::create(1, 4096, 4096);
  BlockStore blocks(segment.descriptor(), 1);
  const std::vector<std::byte> first(100, std::byte{1});
  const std::vector<std::byte> second(200'000, std::byte{2});
  const std::span<const std::byte> pieces[] = {first, second};
  const auto offset = blocks.write(pieces);
  ASSERT_TRUE(offset.has_value());
  const std::uint64_t size = block_bytes(pieces);
  EXPECT_EQ(size, 128U + 200'000U);
  auto mine = *Mapping::map(segment.descriptor(), *offset, size, Mapping::Writes::private_to_us);
  EXPECT_EQ(mine.bytes()[99], std::byte{1});
  EXPECT_EQ(mine.bytes()[128 + 199'999], std::byte{2});
  mine.bytes()[128] = std::byte{7};
  auto other = *Mapping::map(segment.descriptor(), *offset, size, Mapping::Writes::seen_by_all);
  EXPECT_EQ(other.bytes()[128], std::byte{2});
  blocks.give_back(*offset, size);
  EXPECT_EQ(*blocks.write(pieces), *offset);  // warm pages first
}

}  // namespace
}  // namespace braid::runtime
