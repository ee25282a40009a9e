// The parent's side of a set of workers: what is pushed, what comes back, who died.
//
// In: batches of opaque bytes (the items' encodings). Out: one record for each item that finished,
// and the items whose worker died. Order, windows, retries and errors belong to whoever calls this.
//
// Not here: starting and reaping of processes or threads (the caller does it and reports it),
// Python, signals. One thread at a time may call; wait() alone may run beside the workers' own
// threads. Every item that was pushed is answered exactly once: by a record, by cancel(), or by a
// death.
#pragma once

#include "runtime/blocks.h"
#include "runtime/heap.h"
#include "runtime/segment.h"
#include "runtime/spin.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace braid::runtime {

struct PoolShape {
  std::uint32_t workers = 1;
  std::uint32_t ring_bytes = 1U << 20;
  std::uint64_t heap_bytes = std::uint64_t{64} << 20;
};

struct BatchSpec {
  std::uint64_t call = 0;
  std::uint64_t call_offset = 0;
  std::uint64_t call_bytes = 0;
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t attempt = 0;
  bool leave_rings = false;  // what it holds is worth waking wait() for, when it may be freed
};

// One item's answer, valid until the next call of drain().
struct Answer {
  std::uint64_t call = 0;
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  std::uint32_t worker = 0;
  Kind kind = Kind::result;
  std::uint8_t flags = 0;
  std::span<const std::byte> bytes;
  std::uint32_t slot = 0;  // of the batch, and the item's place in it
  std::uint32_t item = 0;
  std::span<const std::byte> record;  // the item's encoding, as pushed
};

// The item that a worker has in hand, and its place.
struct InHand {
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  std::uint32_t slot = 0;
  std::uint32_t item = 0;
};

// What a dead worker had begun and not finished.
struct Casualty {
  std::uint64_t call = 0;
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  std::vector<std::byte> item;  // its encoding, as pushed
};

class Pool {
 public:
  static Result<std::unique_ptr<Pool>> create(const PoolShape& shape);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] const Segment& segment() const { return segment_; }
  [[nodiscard]] int bell() const { return bell_; }
  [[nodiscard]] std::uint32_t workers() const { return segment_.header().workers; }
  [[nodiscard]] BlockStore& blocks() { return blocks_; }
  [[nodiscard]] Heap& heap() { return heap_; }

  // Puts a batch before the workers. `offsets` has count + 1 entries into `records`. The answer is
  // the batch's slot; none when there is no room now (drain, and try again).
  std::optional<std::uint32_t> push(const BatchSpec& spec, std::span<const std::uint32_t> offsets,
                                    std::span<const std::byte> records);
  // How often workers ring for answers while they have more to do, at most. Whoever is patient()
  // reads answers only when one has rung: now and then, and whenever many have come, or a worker
  // runs out of work, has met a failure, or has no room.
  void set_ring_every(std::int64_t ns);
  [[nodiscard]] bool is_patient() const;
  // Whether there is something to drain, or, where answers are not drained one by one, enough.
  [[nodiscard]] bool is_due() const;
  // Sleeps until is_due(), `other` can be read, or `timeout_ns` has passed (negative: never). True
  // when `other` can be read. Ends early at a signal.
  bool wait(int other, std::int64_t timeout_ns);
  // Hands every answer that has come to `take`, and gives back what finished batches held. It stops
  // early, with the rest kept, when `take` returns false.
  using Take = std::function<bool(const Answer&)>;
  bool drain(const Take& take);
  [[nodiscard]] bool has_answers() const;

  // A thread that waits for one answer of its own. From enter_caller() to leave_caller() workers
  // ring it in place of the bell, while another thread may sleep in wait(). One at a time; false
  // when there is one. What is not its own it leaves: leave_caller() rings the bell for it.
  bool enter_caller();
  void leave_caller();
  // Sleeps until there is something to drain, nudge() was called after `nudges` was read, or
  // `timeout_ns` has passed. Ends early at a signal.
  void wait_as_caller(std::uint32_t nudges, std::int64_t timeout_ns);
  [[nodiscard]] std::uint32_t nudges() const { return nudges_.load(std::memory_order_seq_cst); }
  void nudge();  // the caller looks again at what it waits for
  // Hands the answer to this item to `take`, if it is the next in its worker's ring; it stays there
  // when `take` returns false. The answer is whether it was taken. From then on the caller can only
  // leave, and until then nobody may drain.
  bool take_one(std::uint64_t call, std::uint64_t index, const Take& take);
  [[nodiscard]] bool is_caller_taking() const;

  // Gives back what finished batches held, once no worker looks at them; drain() does it, too.
  void reclaim();

  // Takes back all items of `call` from `from` on that have not begun; how many there were. Those
  // of the batch that holds `from` go as well, since earlier ones of it have begun.
  std::uint64_t cancel(std::uint64_t call, std::uint64_t from);
  // Items of the call that were pushed and have not been answered.
  [[nodiscard]] std::uint64_t unanswered(std::uint64_t call) const;
  // Whether some worker may still look at what belongs to the call.
  [[nodiscard]] bool is_in_use(std::uint64_t call) const;
  [[nodiscard]] std::uint32_t open_batches() const { return open_; }
  // The item that a worker has in hand, if it is one of `call`.
  [[nodiscard]] std::optional<InHand> in_hand(std::uint32_t worker, std::uint64_t call) const;

  // The caller is about to start a worker: its slot is fresh, and it gets the region that is
  // returned.
  std::uint32_t starting(std::uint32_t worker);
  // The worker is gone for certain. Its last answers must have been drained before.
  std::optional<Casualty> gone(std::uint32_t worker);
  // Batches that lost items to a death between claim and begin go to the workers once more.
  void restore_lost();

  // Called with the slot of each batch that no worker can see any more.
  std::function<void(std::uint32_t)> on_free;
  // Called when an item is pushed once more, as the only one of the batch in that slot.
  std::function<void(std::uint32_t, std::span<const std::byte>)> on_again;

  // The call is over: idle workers let go of its function, and of the blocks that it holds.
  void forget(std::uint64_t call);
  void stop();  // all workers leave when they have finished what they have in hand

 private:
  struct Batch {
    BatchSpec spec;
    std::uint32_t remaining = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t queued_at = 0;
    bool open = false;
    bool closed = false;  // finished, but perhaps still held by a worker
    std::vector<bool> answered;
  };

  Pool(Segment segment, int bell);
  [[nodiscard]] std::span<const std::byte> record_of(const Batch& batch, std::uint32_t item) const;
  [[nodiscard]] Answer answer_at(std::uint32_t worker, std::uint64_t head) const;
  void finish(const Answer& answer);
  void advance(std::uint32_t worker, std::uint64_t head);
  template <class Done>
  void spin_until(Spin& spin, const Done& done) const;
  void ring() const;
  std::optional<std::uint64_t> take_room(std::uint64_t bytes);
  void show_whether_leaves_ring();
  void enqueue(std::uint32_t slot);
  void wake(std::uint32_t items);
  void answer(std::uint32_t slot, std::uint32_t item);
  [[nodiscard]] bool is_held(std::uint32_t slot) const;
  [[nodiscard]] bool may_spin() const;

  Segment segment_;
  int bell_;
  Heap heap_;
  BlockStore blocks_;
  std::vector<std::byte*> rings_;
  std::vector<Batch> batches_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> closing_;
  std::uint32_t open_ = 0;
  std::uint32_t incarnations_ = 0;
  std::atomic<std::uint32_t> nudges_{0};
  Spin spin_;
  Spin caller_spin_;
  bool refused_ = false;  // the last batch found no room
  bool deaths_ = false;   // items may have been lost between claim and begin
};

}  // namespace braid::runtime
