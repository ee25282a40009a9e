// What lies in the shared segment, byte for byte: seen by the parent and by every worker.
//
//   Header | BatchRecord[kBatchSlots] | WorkerSlot[workers] | traces | heap | rings | … blocks
//
// There is no lock in here (its holder may be killed): each word has one writer, or is changed by
// one atomic operation that leaves it whole. All offsets are bytes from the segment's begin.
//
// Claiming. A batch is opened by the worker that takes its slot from the queue; its items are
// claimed one by one by an atomic add on `claim`, and any idle worker may join. Before a worker
// reads a record it names the slot in its `holds`, then looks at `sequence` again; the parent
// closes a record by changing `sequence` and uses the slot again only when nobody holds it
// (Michael's hazard pointers).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace braid::runtime {

inline constexpr std::uint32_t kBatchSlots = 1024;
inline constexpr std::uint32_t kMostWorkers = 4096;
inline constexpr std::uint32_t kTraceBytes = 8192;  // what a dying worker says about its stack
inline constexpr std::uint32_t kNoSlot = UINT32_MAX;
inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::uint32_t kReturned = 16;  // blocks that wait for their worker to take them
// Blocks of the parent, and of each worker ever started, have a region of their own; the file is
// sparse, so regions cost nothing.
inline constexpr std::uint64_t kRegionBytes = std::uint64_t{1} << 45;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

struct Header {
  std::uint32_t workers = 0;
  std::uint32_t ring_bytes = 0;
  std::uint64_t traces = 0;
  std::uint64_t heap = 0;
  std::uint64_t heap_bytes = 0;
  std::uint64_t rings = 0;
  std::uint64_t mapped_bytes = 0;
  std::atomic<std::uint64_t> setup;  // where the workers' set-up lies, and how long it is
  std::atomic<std::uint64_t> setup_bytes;

  alignas(64) std::atomic<std::uint32_t> work;  // counts pushes; workers sleep on it
  std::atomic<std::uint32_t> stop;              // workers leave
  std::atomic<std::uint64_t> ended;             // the last call whose function is to be forgotten
  alignas(64) std::atomic<std::uint32_t> parent_sleeps;
  std::atomic<std::uint32_t> caller;       // a Caller; one that sleeps, on this word
  std::atomic<std::uint32_t> leaves_ring;  // the parent waits for workers to leave batches
  std::atomic<std::uint32_t> rung;         // since the parent last began to read answers
  // Answers alone ring this often at most; 0: as often as workers look at the clock.
  std::atomic<std::int64_t> ring_every_ns;
  alignas(64) std::atomic<std::int64_t> rung_ns;      // when one last rang
  alignas(64) std::atomic<std::uint64_t> queue_head;  // taken by workers
  alignas(64) std::atomic<std::uint64_t> queue_tail;  // written by the parent
  std::atomic<std::uint32_t> queue[2 * kBatchSlots];
  std::atomic<std::uint64_t> active[kBatchSlots / 64];  // one bit for each open slot
};

struct BatchRecord {
  std::atomic<std::uint32_t> sequence;  // odd while open
  std::uint32_t count = 0;
  std::uint64_t call = 0;
  std::uint64_t call_offset = 0;  // the function, as the parent wrote it
  std::uint64_t call_bytes = 0;
  std::uint64_t first = 0;  // index of the first item
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t attempt = 0;
  std::uint32_t leave_rings = 0;                 // the parent is told when a worker leaves it
  alignas(64) std::atomic<std::uint32_t> claim;  // the next item; `count` or more: none left
};

// A thread of the parent that takes its own answer, beside the one that the bell wakes.
enum class Caller : std::uint32_t { absent, awake, asleep, taking };

enum class Phase : std::uint32_t { empty, starting, ready, leaving };

// A block of a worker's that the parent is done with; the worker sets `offset` to 0 when it takes
// it.
struct ReturnedBlock {
  std::atomic<std::uint64_t> offset;
  std::atomic<std::uint64_t> bytes;
};

struct WorkerSlot {
  std::atomic<std::uint32_t> phase;
  std::atomic<std::int32_t> pid;
  std::atomic<std::uint32_t> incarnation;  // counts from 0 through all slots; names the region
  alignas(64) std::atomic<std::uint32_t> sleeps;
  std::atomic<std::uint32_t> holds;    // slot + 1 of the batch in hand
  std::atomic<std::uint32_t> current;  // item + 1 that has begun
  std::atomic<std::int64_t> began_ns;  // when it began; only kept where the batch asks for it
  std::atomic<std::uint64_t> items;    // finished, and the time they took
  std::atomic<std::uint64_t> busy_ns;
  alignas(64) std::atomic<std::uint64_t> tail;  // bytes ever written to the ring
  alignas(64) std::atomic<std::uint64_t> head;  // bytes ever read from it
  std::atomic<std::uint32_t> room;              // counts reads while the writer waits
  std::atomic<std::uint32_t> writer_waits;
  alignas(64) ReturnedBlock returned[kReturned];
};

// What a worker says about one item.
enum class Kind : std::uint8_t { result, failure, refused, hello };

struct RecordHead {
  std::uint32_t bytes = 0;  // of the payload; the next record begins at the next multiple of 8
  std::uint32_t sequence = 0;
  std::uint32_t item = 0;
  std::uint16_t slot = 0;
  Kind kind = Kind::result;
  std::uint8_t flags = 0;
};
static_assert(sizeof(RecordHead) == 16);

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace braid::runtime
