#include "runtime/returns.h"

#include "runtime/blocks.h"

#include <fcntl.h>
#include <unistd.h>

namespace braid::runtime {
namespace {

constexpr std::uint64_t kMostReturned = std::uint64_t{256} << 20;  // bytes, of all workers

std::atomic<std::uint64_t> fork_count{0};

// False when the worker has not taken what it got before.
bool post(WorkerSlot& worker, std::uint64_t offset, std::uint64_t bytes) {
  for (ReturnedBlock& place : worker.returned) {
    if (place.offset.load(std::memory_order_acquire) != 0) continue;
    place.bytes.store(bytes, std::memory_order_relaxed);
    place.offset.store(offset, std::memory_order_release);
    return true;
  }
  return false;
}

}  // namespace

Returns::Returns(const Segment& segment)
    : segment_(&segment),
      descriptor_(fcntl(segment.descriptor(), F_DUPFD_CLOEXEC, 0)),
      owner_(getpid()) {}

Returns::~Returns() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Returns::begin(std::uint32_t worker, std::uint32_t region) {
  end(worker);
  for (ReturnedBlock& place : segment_->worker(worker).returned) place.offset.store(0);
  workers_[region] = worker;
}

void Returns::end(std::uint32_t worker) {
  for (auto at = workers_.begin(); at != workers_.end();) {
    if (at->second != worker) {
      ++at;
      continue;
    }
    const std::uint64_t begin = at->first * kRegionBytes;
    auto block = returned_.lower_bound(begin);
    while (block != returned_.end() && block->first < begin + kRegionBytes) {
      drop_block(descriptor_, block->first, block->second);
      returned_bytes_ -= block->second;
      block = returned_.erase(block);
    }
    at = workers_.erase(at);
  }
}

void Returns::seen(std::uint64_t offset) {
  const auto block = returned_.find(offset);
  if (block == returned_.end()) return;
  returned_bytes_ -= block->second;
  returned_.erase(block);
}

void Returns::give_back(std::uint64_t offset, std::uint64_t bytes) {
  if (owner_ != getpid()) return;
  const auto worker = workers_.find(static_cast<std::uint32_t>(offset / kRegionBytes));
  const bool again = segment_ != nullptr && worker != workers_.end() &&
                     returned_bytes_ + bytes <= kMostReturned &&
                     post(segment_->worker(worker->second), offset, bytes);
  if (!again) {
    drop_block(descriptor_, offset, bytes);
    return;
  }
  returned_[offset] = bytes;
  returned_bytes_ += bytes;
}

std::uint64_t Returns::forks() { return fork_count.load(std::memory_order_relaxed); }

void Returns::note_fork() { fork_count.fetch_add(1, std::memory_order_relaxed); }

}  // namespace braid::runtime
