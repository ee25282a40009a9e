// Blocks: what is too large for the heap and the rings, page-aligned, each written once and mapped
// by whoever reads it. Every process writes only into its own region of the segment.
#pragma once

#include "base/base.h"
#include "runtime/layout.h"

#include <cstddef>
#include <map>
#include <span>
#include <vector>

namespace braid::runtime {

class BlockStore {
 public:
  BlockStore(int descriptor, std::uint64_t region)
      : descriptor_(descriptor), next_(region * kRegionBytes), end_(next_ + kRegionBytes) {}

  // Writes the pieces one after another, each from a multiple of 64 bytes on, into a block of its
  // own and says where it begins.
  Result<std::uint64_t> write(std::span<const std::span<const std::byte>> pieces);
  // The block may be written again; some are kept, because warm pages are several times faster.
  void give_back(std::uint64_t offset, std::uint64_t bytes);
  // A worker's: from now on what the parent returns is written again.
  void take_returned(WorkerSlot& from) { returned_ = &from; }

 private:
  std::uint64_t take(std::uint64_t bytes);
  void collect();

  int descriptor_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::multimap<std::uint64_t, std::uint64_t> kept_;  // bytes → offset
  std::uint64_t kept_bytes_ = 0;
  WorkerSlot* returned_ = nullptr;
};

// How many bytes a block of these pieces has.
[[nodiscard]] std::uint64_t block_bytes(std::span<const std::span<const std::byte>> pieces);

// Gives the memory of a block back to the system. Mappings of it read zeros from then on.
void drop_block(int descriptor, std::uint64_t offset, std::uint64_t bytes);

// A block in this process's memory until the value dies.
class Mapping {
 public:
  enum class Writes { seen_by_all, private_to_us };

  static Result<Mapping> map(int descriptor, std::uint64_t offset, std::uint64_t bytes,
                             Writes writes);
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::span<std::byte> bytes() const { return {base_, bytes_}; }

 private:
  std::byte* base_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace braid::runtime
