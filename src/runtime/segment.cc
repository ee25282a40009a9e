#include "runtime/segment.h"

#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace braid::runtime {
namespace {

constexpr std::uint64_t kFileBytes = std::uint64_t{1} << 62;

std::unexpected<Error> failed(const char* what) {
  return std::unexpected(Error{std::string(what) + ": " + std::strerror(errno)});
}

std::uint64_t batches_at() { return round_up(sizeof(Header), 128); }

}  // namespace

Segment::Segment(Segment&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(base_, other.base_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

Segment::~Segment() {
  if (base_ != nullptr) munmap(base_, mapped_);
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Segment> Segment::create(std::uint32_t workers, std::uint32_t ring_bytes,
                                std::uint64_t heap_bytes) {
  BRAID_CHECK(workers > 0 && workers <= kMostWorkers && ring_bytes % kPage == 0);
  BRAID_CHECK((ring_bytes & (ring_bytes - 1)) == 0);
  Segment made;
  made.descriptor_ = memfd_create("braid", MFD_CLOEXEC);
  if (made.descriptor_ < 0) return failed("no shared memory");
  const std::uint64_t batches = batches_at();
  const std::uint64_t slots = batches + kBatchSlots * sizeof(BatchRecord);
  const std::uint64_t traces = round_up(slots + workers * sizeof(WorkerSlot), kPage);
  const std::uint64_t heap = traces + std::uint64_t{workers} * kTraceBytes;
  const std::uint64_t rings = round_up(heap + heap_bytes, kPage);
  // The rings are mapped one by one.
  made.mapped_ = rings;
  if (ftruncate(made.descriptor_, static_cast<off_t>(kFileBytes)) != 0) {
    return failed("no shared memory of this size");
  }
  void* base = mmap(nullptr, made.mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, made.descriptor_, 0);
  if (base == MAP_FAILED) return failed("shared memory cannot be mapped");
  made.base_ = static_cast<std::byte*>(base);
  // A fresh segment is all zero, which is the initial value of every record.
  Header& header = *new (made.base_) Header{};
  header.workers = workers;
  header.ring_bytes = ring_bytes;
  header.traces = traces;
  header.heap = heap;
  header.heap_bytes = heap_bytes;
  header.rings = rings;
  header.mapped_bytes = made.mapped_;
  // Longer ago than anybody waits; the clock may have begun a minute ago, with the machine.
  header.rung_ns.store(std::numeric_limits<std::int64_t>::min() / 2, std::memory_order_relaxed);
  return made;
}

Result<Segment> Segment::attach(int descriptor) {
  Segment made;
  made.descriptor_ = descriptor;
  void* head = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, descriptor, 0);
  if (head == MAP_FAILED) return failed("shared memory cannot be mapped");
  made.mapped_ = static_cast<Header*>(head)->mapped_bytes;
  munmap(head, kPage);
  void* base = mmap(nullptr, made.mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) return failed("shared memory cannot be mapped");
  made.base_ = static_cast<std::byte*>(base);
  return made;
}

BatchRecord& Segment::batch(std::uint32_t slot) const {
  return reinterpret_cast<BatchRecord*>(base_ + batches_at())[slot];
}

WorkerSlot& Segment::worker(std::uint32_t slot) const {
  const std::uint64_t slots = batches_at() + kBatchSlots * sizeof(BatchRecord);
  return reinterpret_cast<WorkerSlot*>(base_ + slots)[slot];
}

Result<std::byte*> Segment::map_ring(std::uint32_t slot) const {
  const std::uint64_t bytes = header().ring_bytes;
  const auto offset = static_cast<off_t>(header().rings + slot * bytes);
  void* both = mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (both == MAP_FAILED) return failed("no address space for a ring");
  auto* first = static_cast<std::byte*>(both);
  for (std::byte* half : {first, first + bytes}) {
    if (mmap(half, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor_, offset) ==
        MAP_FAILED) {
      auto error = failed("a ring cannot be mapped");
      munmap(both, 2 * bytes);
      return error;
    }
  }
  return first;
}

void Segment::unmap_ring(std::byte* ring) const { munmap(ring, 2 * header().ring_bytes); }

}  // namespace braid::runtime
