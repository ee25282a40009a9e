#include "runtime/blocks.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace braid::runtime {
namespace {

constexpr std::uint64_t kMostKept = std::uint64_t{256} << 20;

}  // namespace

std::uint64_t block_bytes(std::span<const std::span<const std::byte>> pieces) {
  std::uint64_t bytes = 0;
  for (const auto& piece : pieces) bytes = round_up(bytes, 64) + piece.size();
  return bytes;
}

void BlockStore::collect() {
  if (returned_ == nullptr) return;
  for (ReturnedBlock& place : returned_->returned) {
    const std::uint64_t offset = place.offset.load(std::memory_order_acquire);
    if (offset == 0) continue;
    const std::uint64_t bytes = place.bytes.load(std::memory_order_relaxed);
    place.offset.store(0, std::memory_order_release);
    give_back(offset, bytes);
  }
}

std::uint64_t BlockStore::take(std::uint64_t bytes) {
  collect();
  const auto kept = kept_.lower_bound(bytes);
  if (kept != kept_.end() && kept->first <= 2 * bytes) {
    const std::uint64_t offset = kept->second;
    kept_bytes_ -= kept->first;
    // The rest of a larger block is given to the system.
    drop_block(descriptor_, offset + bytes, kept->first - bytes);
    kept_.erase(kept);
    return offset;
  }
  BRAID_CHECK(next_ + bytes <= end_);
  return std::exchange(next_, next_ + bytes);
}

Result<std::uint64_t> BlockStore::write(std::span<const std::span<const std::byte>> pieces) {
  const std::uint64_t bytes = round_up(block_bytes(pieces), kPage);
  const std::uint64_t offset = take(bytes);
  std::uint64_t at = 0;
  for (const auto& piece : pieces) {
    at = round_up(at, 64);
    std::size_t done = 0;
    while (done < piece.size()) {
      // A write has no page faults, so it is twice as fast as storing into fresh pages.
      const ssize_t wrote = pwrite(descriptor_, piece.data() + done, piece.size() - done,
                                   static_cast<off_t>(offset + at + done));
      if (wrote < 0) {
        if (errno == EINTR) continue;
        const int reason = errno;
        drop_block(descriptor_, offset, bytes);
        return std::unexpected(Error{std::string("no shared memory for ") + std::to_string(bytes) +
                                     " bytes: " + std::strerror(reason)});
      }
      done += static_cast<std::size_t>(wrote);
    }
    at += piece.size();
  }
  return offset;
}

void BlockStore::give_back(std::uint64_t offset, std::uint64_t bytes) {
  bytes = round_up(bytes, kPage);
  if (kept_bytes_ + bytes > kMostKept) {
    drop_block(descriptor_, offset, bytes);
    return;
  }
  kept_.emplace(bytes, offset);
  kept_bytes_ += bytes;
}

void drop_block(int descriptor, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes == 0) return;
  fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
            static_cast<off_t>(round_up(bytes, kPage)));
}

Result<Mapping> Mapping::map(int descriptor, std::uint64_t offset, std::uint64_t bytes,
                             Writes writes) {
  Mapping made;
  const int sharing = writes == Writes::private_to_us ? MAP_PRIVATE : MAP_SHARED;
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_NORESERVE, descriptor,
                    static_cast<off_t>(offset));
  if (base == MAP_FAILED) {
    return std::unexpected(Error{std::string("a block of ") + std::to_string(bytes) +
                                 " bytes cannot be mapped: " + std::strerror(errno)});
  }
  made.base_ = static_cast<std::byte*>(base);
  made.bytes_ = bytes;
  return made;
}

Mapping::Mapping(Mapping&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (base_ != nullptr) munmap(base_, bytes_);
}

}  // namespace braid::runtime
