#include "runtime/pool.h"

#include "runtime/futex.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace braid::runtime {
namespace {

constexpr std::uint32_t word_of(Caller state) { return static_cast<std::uint32_t>(state); }

}  // namespace

Result<std::unique_ptr<Pool>> Pool::create(const PoolShape& shape) {
  auto segment = Segment::create(shape.workers, shape.ring_bytes, shape.heap_bytes);
  if (!segment) return std::unexpected(segment.error());
  const int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (bell < 0) return std::unexpected(Error{std::string("no eventfd: ") + std::strerror(errno)});
  std::unique_ptr<Pool> made(new Pool(std::move(*segment), bell));
  for (std::uint32_t worker = 0; worker < shape.workers; ++worker) {
    auto ring = made->segment_.map_ring(worker);
    if (!ring) return std::unexpected(ring.error());
    made->rings_.push_back(*ring);
  }
  return made;
}

Pool::Pool(Segment segment, int bell)
    : segment_(std::move(segment)),
      bell_(bell),
      heap_(segment_.header().heap, segment_.header().heap_bytes),
      blocks_(segment_.descriptor(), 1),
      batches_(kBatchSlots) {
  for (std::uint32_t slot = kBatchSlots; slot > 0; --slot) free_slots_.push_back(slot - 1);
}

Pool::~Pool() {
  for (std::byte* ring : rings_) segment_.unmap_ring(ring);
  close(bell_);
}

std::optional<std::uint32_t> Pool::push(const BatchSpec& spec,
                                        std::span<const std::uint32_t> offsets,
                                        std::span<const std::byte> records) {
  BRAID_CHECK(spec.count > 0 && offsets.size() == spec.count + 1);
  const std::uint64_t bytes = offsets.size_bytes() + records.size();
  const auto offset = take_room(bytes);
  if (!offset) return std::nullopt;
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  std::memcpy(segment_.at(*offset), offsets.data(), offsets.size_bytes());
  if (!records.empty()) {
    std::memcpy(segment_.at(*offset + offsets.size_bytes()), records.data(), records.size());
  }

  Batch& batch = batches_[slot];
  batch.spec = spec;
  batch.remaining = spec.count;
  batch.offset = *offset;
  batch.bytes = bytes;
  batch.open = true;
  batch.closed = false;
  batch.answered.assign(spec.count, false);
  ++open_;

  BatchRecord& record = segment_.batch(slot);
  record.count = spec.count;
  record.call = spec.call;
  record.call_offset = spec.call_offset;
  record.call_bytes = spec.call_bytes;
  record.first = spec.first;
  record.offset = *offset;
  record.bytes = bytes;
  record.attempt = spec.attempt;
  record.leave_rings = spec.leave_rings ? 1 : 0;
  record.claim.store(0, std::memory_order_relaxed);
  record.sequence.fetch_add(1, std::memory_order_seq_cst);
  segment_.header().active[slot / 64].fetch_or(std::uint64_t{1} << (slot % 64),
                                               std::memory_order_release);
  enqueue(slot);
  wake(spec.count);
  return slot;
}

// Bytes for a batch, where there is a slot for it as well.
std::optional<std::uint64_t> Pool::take_room(std::uint64_t bytes) {
  if (free_slots_.empty()) reclaim();
  auto offset = free_slots_.empty() ? std::nullopt : heap_.take(bytes);
  if (!offset) {
    refused_ = true;
    show_whether_leaves_ring();
    reclaim();  // who left before it was shown did not ring
    if (!free_slots_.empty()) offset = heap_.take(bytes);
  }
  if (offset && refused_) {
    refused_ = false;
    show_whether_leaves_ring();
  }
  return offset;
}

void Pool::show_whether_leaves_ring() {
  segment_.header().leaves_ring.store(refused_ || deaths_ ? 1 : 0, std::memory_order_seq_cst);
}

std::span<const std::byte> Pool::record_of(const Batch& batch, std::uint32_t item) const {
  const std::byte* at = segment_.at(batch.offset);
  std::uint32_t bounds[2];
  std::memcpy(bounds, at + item * sizeof bounds[0], sizeof bounds);
  const std::byte* records = at + (batch.spec.count + 1) * sizeof bounds[0];
  return {records + bounds[0], bounds[1] - bounds[0]};
}

void Pool::enqueue(std::uint32_t slot) {
  Header& header = segment_.header();
  const std::uint64_t tail = header.queue_tail.load(std::memory_order_relaxed);
  BRAID_CHECK(tail - header.queue_head.load(std::memory_order_acquire) < 2 * kBatchSlots);
  header.queue[tail % (2 * kBatchSlots)].store(slot, std::memory_order_relaxed);
  batches_[slot].queued_at = tail;
  header.queue_tail.store(tail + 1, std::memory_order_release);
}

void Pool::wake(std::uint32_t items) {
  Header& header = segment_.header();
  header.work.fetch_add(1, std::memory_order_seq_cst);
  std::uint32_t sleeping = 0;
  for (std::uint32_t worker = 0; worker < workers() && sleeping < items; ++worker) {
    sleeping += segment_.worker(worker).sleeps.load(std::memory_order_seq_cst);
  }
  if (sleeping > 0) futex_wake(header.work, static_cast<int>(sleeping));
}

bool Pool::has_answers() const {
  for (std::uint32_t worker = 0; worker < workers(); ++worker) {
    const WorkerSlot& slot = segment_.worker(worker);
    if (slot.tail.load(std::memory_order_seq_cst) != slot.head.load(std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

// Spinning takes a processor from nobody only while one has nothing to do.
bool Pool::may_spin() const {
  std::uint32_t busy = 0;
  for (std::uint32_t worker = 0; worker < workers() && busy < processors(); ++worker) {
    busy += segment_.worker(worker).holds.load(std::memory_order_relaxed) != 0 ? 1 : 0;
  }
  return busy < processors();
}

template <class Done>
void Pool::spin_until(Spin& spin, const Done& done) const {
  if (may_spin()) look_for(spin, done);
}

void Pool::set_ring_every(std::int64_t ns) {
  segment_.header().ring_every_ns.store(ns, std::memory_order_relaxed);
}

bool Pool::is_patient() const {
  return segment_.header().ring_every_ns.load(std::memory_order_relaxed) > 0;
}

bool Pool::is_due() const {
  if (!is_patient()) return has_answers();
  return segment_.header().rung.load(std::memory_order_seq_cst) != 0;
}

bool Pool::wait(int other, std::int64_t timeout_ns) {
  Header& header = segment_.header();
  if (timeout_ns != 0) spin_until(spin_, [this] { return is_due(); });
  header.parent_sleeps.store(1, std::memory_order_seq_cst);
  pollfd ways[2] = {{bell_, POLLIN, 0}, {other, POLLIN, 0}};
  timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const bool mine = is_due() && !is_caller_taking();
  if (mine) timeout = {0, 0};
  const bool for_ever = timeout_ns < 0 && !mine;
  const int ready = ppoll(ways, other >= 0 ? 2 : 1, for_ever ? nullptr : &timeout, nullptr);
  header.parent_sleeps.store(0, std::memory_order_seq_cst);
  if (ready <= 0) return false;
  if ((ways[0].revents & POLLIN) != 0) {
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t got = read(bell_, &rings, sizeof rings);
  }
  return other >= 0 && ways[1].revents != 0;
}

bool Pool::enter_caller() {
  auto absent = word_of(Caller::absent);
  return segment_.header().caller.compare_exchange_strong(absent, word_of(Caller::awake),
                                                          std::memory_order_seq_cst);
}

void Pool::leave_caller() {
  segment_.header().caller.store(word_of(Caller::absent), std::memory_order_seq_cst);
  if (has_answers()) ring();
}

bool Pool::is_caller_taking() const {
  return segment_.header().caller.load(std::memory_order_seq_cst) == word_of(Caller::taking);
}

void Pool::wait_as_caller(std::uint32_t nudges, std::int64_t timeout_ns) {
  const auto done = [&] { return has_answers() || this->nudges() != nudges; };
  spin_until(caller_spin_, done);
  auto& word = segment_.header().caller;
  word.store(word_of(Caller::asleep), std::memory_order_seq_cst);
  if (!done()) futex_wait(word, word_of(Caller::asleep), timeout_ns);
  word.store(word_of(Caller::awake), std::memory_order_seq_cst);
}

void Pool::nudge() {
  auto& word = segment_.header().caller;
  nudges_.fetch_add(1, std::memory_order_seq_cst);
  auto asleep = word_of(Caller::asleep);
  if (word.compare_exchange_strong(asleep, word_of(Caller::awake), std::memory_order_seq_cst)) {
    futex_wake(word, 1);
  }
}

void Pool::ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = write(bell_, &one, sizeof one);
}

Answer Pool::answer_at(std::uint32_t worker, std::uint64_t head) const {
  const std::uint64_t size = segment_.header().ring_bytes;
  const std::byte* at = rings_[worker] + (head & (size - 1));
  RecordHead record;
  std::memcpy(&record, at, sizeof record);
  BRAID_CHECK(record.slot < kBatchSlots && record.bytes <= size);
  Answer answer;
  answer.worker = worker;
  answer.kind = record.kind;
  answer.flags = record.flags;
  answer.bytes = {at + sizeof record, record.bytes};
  if (record.kind == Kind::hello) return answer;
  const Batch& batch = batches_[record.slot];
  BRAID_CHECK(batch.open && record.item < batch.spec.count && !batch.answered[record.item]);
  answer.call = batch.spec.call;
  answer.index = batch.spec.first + record.item;
  answer.attempt = batch.spec.attempt;
  answer.slot = record.slot;
  answer.item = record.item;
  answer.record = record_of(batch, record.item);
  return answer;
}

void Pool::finish(const Answer& answer) {
  if (answer.kind != Kind::hello) this->answer(answer.slot, answer.item);
}

void Pool::advance(std::uint32_t worker, std::uint64_t head) {
  WorkerSlot& slot = segment_.worker(worker);
  slot.head.store(head, std::memory_order_release);
  if (slot.writer_waits.load(std::memory_order_seq_cst) != 0) {
    slot.room.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(slot.room, 1);
  }
}

bool Pool::drain(const Take& take) {
  bool more = true;
  segment_.header().rung.store(0, std::memory_order_seq_cst);
  for (std::uint32_t worker = 0; worker < workers() && more; ++worker) {
    const WorkerSlot& slot = segment_.worker(worker);
    std::uint64_t head = slot.head.load(std::memory_order_relaxed);
    const std::uint64_t tail = slot.tail.load(std::memory_order_acquire);
    while (head < tail && more) {
      const Answer answer = answer_at(worker, head);
      more = take(answer);
      finish(answer);
      head += sizeof(RecordHead) + round_up(answer.bytes.size(), 8);
    }
    advance(worker, head);
  }
  reclaim();
  return more;
}

bool Pool::take_one(std::uint64_t call, std::uint64_t index, const Take& take) {
  for (std::uint32_t worker = 0; worker < workers(); ++worker) {
    const WorkerSlot& slot = segment_.worker(worker);
    const std::uint64_t head = slot.head.load(std::memory_order_relaxed);
    if (head == slot.tail.load(std::memory_order_acquire)) continue;
    const Answer answer = answer_at(worker, head);
    if (answer.kind == Kind::hello || answer.call != call || answer.index != index) continue;
    segment_.header().caller.store(word_of(Caller::taking), std::memory_order_seq_cst);
    if (!take(answer)) return false;
    finish(answer);
    advance(worker, head + sizeof(RecordHead) + round_up(answer.bytes.size(), 8));
    reclaim();
    return true;
  }
  return false;
}

void Pool::answer(std::uint32_t slot, std::uint32_t item) {
  Batch& batch = batches_[slot];
  batch.answered[item] = true;
  if (--batch.remaining == 0) closing_.push_back(slot);
}

bool Pool::is_held(std::uint32_t slot) const {
  for (std::uint32_t worker = 0; worker < workers(); ++worker) {
    if (segment_.worker(worker).holds.load(std::memory_order_seq_cst) == slot + 1) return true;
  }
  return false;
}

void Pool::reclaim() {
  Header& header = segment_.header();
  // Workers that sleep do not take finished batches from the queue.
  std::uint64_t head = header.queue_head.load(std::memory_order_acquire);
  while (
      head < header.queue_tail.load(std::memory_order_relaxed) &&
      batches_[header.queue[head % (2 * kBatchSlots)].load(std::memory_order_relaxed)].remaining ==
          0) {
    header.queue_head.compare_exchange_strong(head, head + 1, std::memory_order_acq_rel);
    head = header.queue_head.load(std::memory_order_acquire);
  }
  std::erase_if(closing_, [&](std::uint32_t slot) {
    Batch& batch = batches_[slot];
    if (!batch.closed) {
      header.active[slot / 64].fetch_and(~(std::uint64_t{1} << (slot % 64)),
                                         std::memory_order_seq_cst);
      segment_.batch(slot).sequence.fetch_add(1, std::memory_order_seq_cst);
      batch.closed = true;
    }
    if (batch.queued_at >= head || is_held(slot)) return false;
    heap_.give_back(batch.offset, batch.bytes);
    batch.open = false;
    --open_;
    free_slots_.push_back(slot);
    if (on_free) on_free(slot);
    return true;
  });
}

std::uint64_t Pool::cancel(std::uint64_t call, std::uint64_t from) {
  std::uint64_t taken = 0;
  for (std::uint32_t slot = 0; slot < kBatchSlots; ++slot) {
    Batch& batch = batches_[slot];
    if (!batch.open || batch.remaining == 0 || batch.spec.call != call ||
        batch.spec.first + batch.spec.count <= from) {
      continue;
    }
    BatchRecord& record = segment_.batch(slot);
    const std::uint32_t begun = std::min(
        record.claim.exchange(batch.spec.count, std::memory_order_acq_rel), batch.spec.count);
    for (std::uint32_t item = begun; item < batch.spec.count; ++item) {
      if (batch.answered[item]) continue;
      answer(slot, item);
      ++taken;
    }
  }
  reclaim();
  return taken;
}

std::uint64_t Pool::unanswered(std::uint64_t call) const {
  std::uint64_t items = 0;
  for (const Batch& batch : batches_) {
    if (batch.open && batch.spec.call == call) items += batch.remaining;
  }
  return items;
}

bool Pool::is_in_use(std::uint64_t call) const {
  return std::ranges::any_of(
      batches_, [call](const Batch& batch) { return batch.open && batch.spec.call == call; });
}

std::optional<InHand> Pool::in_hand(std::uint32_t worker, std::uint64_t call) const {
  const WorkerSlot& slot = segment_.worker(worker);
  const std::uint32_t held = slot.holds.load(std::memory_order_seq_cst);
  const std::uint32_t current = slot.current.load(std::memory_order_seq_cst);
  if (held == 0 || current == 0) return std::nullopt;
  const Batch& batch = batches_[held - 1];
  if (!batch.open || batch.spec.call != call) return std::nullopt;
  return InHand{batch.spec.first + current - 1, batch.spec.attempt, held - 1, current - 1};
}

std::uint32_t Pool::starting(std::uint32_t worker) {
  WorkerSlot& slot = segment_.worker(worker);
  slot.phase.store(static_cast<std::uint32_t>(Phase::starting));
  slot.pid.store(0);
  slot.sleeps.store(0);
  slot.holds.store(0);
  slot.current.store(0);
  slot.writer_waits.store(0);
  slot.incarnation.store(incarnations_);
  std::memset(segment_.at(segment_.header().traces + std::uint64_t{worker} * kTraceBytes), 0,
              kTraceBytes);
  return 2 + incarnations_++;
}

std::optional<Casualty> Pool::gone(std::uint32_t worker) {
  WorkerSlot& slot = segment_.worker(worker);
  const std::uint32_t held = slot.holds.load(std::memory_order_seq_cst);
  const std::uint32_t current = slot.current.load(std::memory_order_seq_cst);
  slot.phase.store(static_cast<std::uint32_t>(Phase::empty));
  slot.sleeps.store(0);
  slot.holds.store(0, std::memory_order_seq_cst);
  slot.current.store(0);
  deaths_ = true;
  show_whether_leaves_ring();
  if (held == 0 || current == 0) return std::nullopt;
  Batch& batch = batches_[held - 1];
  const std::uint32_t item = current - 1;
  if (!batch.open || item >= batch.spec.count || batch.answered[item]) return std::nullopt;
  Casualty lost;
  lost.call = batch.spec.call;
  lost.index = batch.spec.first + item;
  lost.attempt = batch.spec.attempt;
  const auto record = record_of(batch, item);
  lost.item.assign(record.begin(), record.end());
  answer(held - 1, item);
  reclaim();
  return lost;
}

void Pool::restore_lost() {
  if (!deaths_) return;
  bool suspects = false;
  for (std::uint32_t slot = 0; slot < kBatchSlots; ++slot) {
    Batch& batch = batches_[slot];
    if (!batch.open || batch.remaining == 0) continue;
    if (segment_.batch(slot).claim.load(std::memory_order_seq_cst) < batch.spec.count) {
      // Somebody has to open the rest of what the dead worker left.
      suspects = true;
      continue;
    }
    if (is_held(slot)) {
      suspects = true;
      continue;
    }
    // All are claimed and nobody is in there: what is unanswered was never begun, unless its answer
    // lies in a ring.
    if (has_answers()) {
      suspects = true;
      continue;
    }
    BatchSpec again = batch.spec;
    again.count = 1;
    for (std::uint32_t item = 0; item < batch.spec.count; ++item) {
      if (batch.answered[item]) continue;
      again.first = batch.spec.first + item;
      const auto record = record_of(batch, item);
      const std::uint32_t bounds[2] = {0, static_cast<std::uint32_t>(record.size())};
      const auto pushed = push(again, bounds, record);
      if (!pushed) {
        suspects = true;
        break;
      }
      if (on_again) on_again(*pushed, record);
      answer(slot, item);
    }
  }
  deaths_ = suspects;
  show_whether_leaves_ring();
  wake(workers());
}

void Pool::forget(std::uint64_t call) {
  segment_.header().ended.store(call, std::memory_order_seq_cst);
  wake(workers());
}

void Pool::stop() {
  segment_.header().stop.store(1, std::memory_order_seq_cst);
  segment_.header().work.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(segment_.header().work, INT32_MAX);
}

}  // namespace braid::runtime
