// The worker's side: takes batches, claims items one by one, says what became of each.
//
// One Worker belongs to one thread. Nothing here runs the user's code or knows what the bytes mean.
// A result is seen by the parent from the moment of commit(), whatever happens to the worker next;
// the bell is rung for it now and then (Pool::set_ring_every), for a failure, and when no work is
// left.
#pragma once

#include "runtime/segment.h"
#include "runtime/spin.h"

#include <optional>
#include <span>

namespace braid::runtime {

class Worker {
 public:
  enum class Found { batch, stop, idle, interrupted, call_ended };

  // The descriptors stay the caller's. `slot`: which of the segment's workers this is.
  static Result<Worker> attach(const Segment& segment, int bell, std::uint32_t slot);
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;
  Worker(const Worker&) = delete;
  ~Worker();

  // Waits until there is a batch with items left, and takes part in it. `idle`: nothing to do for
  // `idle_ns` (negative: never), and the worker has said that it leaves.
  Found next(std::int64_t idle_ns);
  // Calls up to this one are over, as next() has last said.
  [[nodiscard]] std::uint64_t ended() const { return ended_; }
  // Whether next() would find a batch without waiting.
  bool try_next();

  // The batch in hand. Its bytes stay valid until leave().
  [[nodiscard]] const BatchRecord& batch() const { return *record_; }
  [[nodiscard]] std::span<const std::byte> payload() const;
  // From now on the time between commits is the items' own.
  void begin_measuring();
  // The next item of the batch in hand; from now on it has begun. None: nothing is left.
  std::optional<std::uint32_t> claim();
  // The batch in hand is done with.
  void leave();

  // Room for a payload of `bytes` in the ring (at most largest_record()); null while it is full.
  std::byte* reserve(std::uint32_t bytes);
  // Sleeps until the parent has read something, or a moment has passed.
  void wait_for_room();
  // Publishes what was put at the reserved place.
  void commit(Kind kind, std::uint32_t item, std::uint32_t bytes, std::uint8_t flags = 0);
  // Wakes whoever in the parent sleeps: the caller, if there is one, or who waits for the bell.
  void ring();

  [[nodiscard]] std::uint32_t largest_record() const;
  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  [[nodiscard]] bool stopping() const;

 private:
  Worker(const Segment& segment, int bell, std::uint32_t slot, std::byte* ring);
  bool take(std::uint32_t slot);
  void measure();
  void ring_if_due();
  [[nodiscard]] bool has_queued() const;
  void ring_bell();

  const Segment* segment_;
  int bell_;
  std::uint32_t slot_;
  std::byte* ring_;
  WorkerSlot* self_;
  BatchRecord* record_ = nullptr;
  std::uint32_t record_slot_ = 0;
  std::uint32_t sequence_ = 0;
  std::int64_t measured_ns_ = 0;      // when the clock was last read
  std::uint32_t since_measured_ = 0;  // items since then
  std::uint32_t measure_every_ = 1;   // items
  bool silent_ = false;               // there are answers that have not been rung for
  Spin spin_;
  std::uint64_t ended_ = 0;
};

}  // namespace braid::runtime
