#include "runtime/worker.h"

#include "runtime/futex.h"

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace braid::runtime {
namespace {

constexpr std::int64_t kMeasureNs = 50'000;
constexpr std::uint32_t kMostUnmeasured = 256;
constexpr std::uint64_t kWorthReading = 8192;  // bytes of answers, however soon they came

}  // namespace

Result<Worker> Worker::attach(const Segment& segment, int bell, std::uint32_t slot) {
  auto ring = segment.map_ring(slot);
  if (!ring) return std::unexpected(ring.error());
  return Worker(segment, bell, slot, *ring);
}

Worker::Worker(const Segment& segment, int bell, std::uint32_t slot, std::byte* ring)
    : segment_(&segment), bell_(bell), slot_(slot), ring_(ring), self_(&segment.worker(slot)) {}

Worker::Worker(Worker&& other) noexcept
    : segment_(other.segment_),
      bell_(other.bell_),
      slot_(other.slot_),
      ring_(std::exchange(other.ring_, nullptr)),
      self_(other.self_) {}

Worker::~Worker() {
  if (ring_ != nullptr) segment_->unmap_ring(ring_);
}

bool Worker::stopping() const {
  return segment_->header().stop.load(std::memory_order_relaxed) != 0;
}

// Takes part in a batch if it is open and has items left.
bool Worker::take(std::uint32_t slot) {
  BatchRecord& record = segment_->batch(slot);
  const std::uint32_t sequence = record.sequence.load(std::memory_order_acquire);
  if ((sequence & 1) == 0) return false;
  self_->holds.store(slot + 1, std::memory_order_seq_cst);
  if (record.sequence.load(std::memory_order_seq_cst) != sequence ||
      record.claim.load(std::memory_order_acquire) >= record.count) {
    self_->holds.store(0, std::memory_order_release);
    return false;
  }
  record_ = &record;
  record_slot_ = slot;
  sequence_ = sequence;
  return true;
}

bool Worker::try_next() {
  Header& header = segment_->header();
  // A batch that nobody has opened.
  std::uint64_t head = header.queue_head.load(std::memory_order_acquire);
  while (head < header.queue_tail.load(std::memory_order_acquire)) {
    const std::uint32_t slot =
        header.queue[head % (2 * kBatchSlots)].load(std::memory_order_relaxed);
    if (header.queue_head.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel)) {
      if (take(slot)) return true;
      head = header.queue_head.load(std::memory_order_acquire);
    }
  }
  // The rest of somebody else's.
  for (std::uint32_t word = 0; word < kBatchSlots / 64; ++word) {
    std::uint64_t bits = header.active[word].load(std::memory_order_acquire);
    while (bits != 0) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
      if (take(word * 64 + bit)) return true;
    }
  }
  return false;
}

Worker::Found Worker::next(std::int64_t idle_ns) {
  Header& header = segment_->header();
  std::int64_t began = 0;
  std::int64_t spin_until = 0;
  for (;;) {
    const std::uint32_t seen = header.work.load(std::memory_order_seq_cst);
    if (stopping()) return Found::stop;
    if (try_next()) break;
    if (silent_) ring();
    const std::uint64_t ended = header.ended.load(std::memory_order_seq_cst);
    if (ended != ended_) {
      ended_ = ended;
      return Found::call_ended;
    }
    if (began == 0) {
      began = now_ns();
      spin_until = processors() > 1 ? spin_.begin() : 0;
    }
    if (now_ns() < spin_until) {
      for (int turn = 0; turn < 64 && header.work.load(std::memory_order_relaxed) == seen; ++turn) {
        relax();
      }
      continue;
    }
    spin_.end(false);
    self_->sleeps.store(1, std::memory_order_seq_cst);
    bool quiet = true;
    if (header.work.load(std::memory_order_seq_cst) == seen) {
      quiet = futex_wait(header.work, seen, idle_ns);
    }
    self_->sleeps.store(0, std::memory_order_release);
    if (!quiet) return Found::interrupted;
    if (idle_ns >= 0 && header.work.load(std::memory_order_seq_cst) == seen &&
        now_ns() - began >= idle_ns) {
      self_->phase.store(static_cast<std::uint32_t>(Phase::leaving), std::memory_order_seq_cst);
      return Found::idle;
    }
  }
  spin_.end(true);
  return Found::batch;
}

void Worker::begin_measuring() {
  measured_ns_ = now_ns();
  since_measured_ = 0;
  measure_every_ = 1;
}

std::span<const std::byte> Worker::payload() const {
  return {segment_->at(record_->offset), record_->bytes};
}

std::optional<std::uint32_t> Worker::claim() {
  if (record_->claim.load(std::memory_order_relaxed) >= record_->count) return std::nullopt;
  const std::uint32_t item = record_->claim.fetch_add(1, std::memory_order_acq_rel);
  if (item >= record_->count) return std::nullopt;
  self_->current.store(item + 1, std::memory_order_release);
  return item;
}

void Worker::leave() {
  if (record_ == nullptr) return;
  const bool awaited = record_->leave_rings != 0;
  measure();
  record_ = nullptr;
  self_->holds.store(0, std::memory_order_seq_cst);
  if (silent_ && !has_queued()) ring();
  if (awaited || segment_->header().leaves_ring.load(std::memory_order_seq_cst) != 0) ring_bell();
}

std::uint32_t Worker::largest_record() const { return segment_->header().ring_bytes / 4; }

std::byte* Worker::reserve(std::uint32_t bytes) {
  const std::uint64_t size = segment_->header().ring_bytes;
  const std::uint64_t tail = self_->tail.load(std::memory_order_relaxed);
  const std::uint64_t needed = sizeof(RecordHead) + round_up(bytes, 8);
  if (tail + needed - self_->head.load(std::memory_order_acquire) > size) return nullptr;
  return ring_ + (tail & (size - 1)) + sizeof(RecordHead);
}

void Worker::wait_for_room() {
  const std::uint32_t seen = self_->room.load(std::memory_order_seq_cst);
  self_->writer_waits.store(1, std::memory_order_seq_cst);
  ring();
  // The moment covers a read that fell between the look at the ring and this flag.
  futex_wait(self_->room, seen, 2'000'000);
  self_->writer_waits.store(0, std::memory_order_relaxed);
}

void Worker::commit(Kind kind, std::uint32_t item, std::uint32_t bytes, std::uint8_t flags) {
  const std::uint64_t size = segment_->header().ring_bytes;
  const std::uint64_t tail = self_->tail.load(std::memory_order_relaxed);
  RecordHead head;
  head.bytes = bytes;
  head.sequence = sequence_;
  head.item = item;
  head.slot = static_cast<std::uint16_t>(record_slot_);
  head.kind = kind;
  head.flags = flags;
  std::memcpy(ring_ + (tail & (size - 1)), &head, sizeof head);
  self_->tail.store(tail + sizeof head + round_up(bytes, 8), std::memory_order_release);
  if (record_ == nullptr) {
    ring();
    return;
  }
  if (kind == Kind::hello) return;  // the item in hand goes on
  self_->current.store(0, std::memory_order_release);
  silent_ = true;
  if (++since_measured_ >= measure_every_) {
    measure();
    ring_if_due();
  }
  if (silent_ && kind != Kind::result) ring();
}

// Right after measure().
void Worker::ring_if_due() {
  Header& header = segment_->header();
  const std::int64_t every = header.ring_every_ns.load(std::memory_order_relaxed);
  const std::uint64_t unread =
      self_->tail.load(std::memory_order_relaxed) - self_->head.load(std::memory_order_relaxed);
  if (unread < std::min<std::uint64_t>(header.ring_bytes / 2, kWorthReading) &&
      measured_ns_ - header.rung_ns.load(std::memory_order_relaxed) < every) {
    return;
  }
  header.rung_ns.store(measured_ns_, std::memory_order_relaxed);
  ring();
}

// Whether a batch waits that nobody has opened: then this worker goes on with that.
bool Worker::has_queued() const {
  const Header& header = segment_->header();
  return header.ring_every_ns.load(std::memory_order_relaxed) > 0 &&
         header.queue_head.load(std::memory_order_acquire) <
             header.queue_tail.load(std::memory_order_acquire);
}

// Reads the clock, and decides after how many items to read it next.
void Worker::measure() {
  if (since_measured_ == 0) return;
  const std::int64_t now = now_ns();
  const std::int64_t took = now - measured_ns_;
  self_->items.store(self_->items.load(std::memory_order_relaxed) + since_measured_,
                     std::memory_order_relaxed);
  self_->busy_ns.store(
      self_->busy_ns.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(took),
      std::memory_order_relaxed);
  const std::int64_t each = took / since_measured_ + 1;
  const auto fitting =
      static_cast<std::uint32_t>(std::min<std::int64_t>(kMeasureNs / each + 1, kMostUnmeasured));
  measure_every_ = std::min(fitting, 2 * measure_every_);
  measured_ns_ = now;
  since_measured_ = 0;
}

void Worker::ring() {
  Header& header = segment_->header();
  silent_ = false;
  header.rung.store(1, std::memory_order_seq_cst);
  // An exchange of its own value: orders the tail before the look at the flag, for all processors.
  self_->tail.fetch_add(0, std::memory_order_seq_cst);
  auto caller = header.caller.load(std::memory_order_seq_cst);
  if (caller != static_cast<std::uint32_t>(Caller::absent)) {
    // It looks at the rings before it leaves, and then rings for what is not its own.
    if (caller == static_cast<std::uint32_t>(Caller::asleep) &&
        header.caller.compare_exchange_strong(caller, static_cast<std::uint32_t>(Caller::awake),
                                              std::memory_order_seq_cst)) {
      futex_wake(header.caller, 1);
    }
    if (caller != static_cast<std::uint32_t>(Caller::absent)) return;
  }
  ring_bell();
}

void Worker::ring_bell() {
  Header& header = segment_->header();
  if (header.parent_sleeps.load(std::memory_order_seq_cst) != 0 &&
      header.parent_sleeps.exchange(0, std::memory_order_seq_cst) != 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = write(bell_, &one, sizeof one);
  }
}

}  // namespace braid::runtime
