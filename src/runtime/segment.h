// One anonymous shared segment: a sparse memfd that has no name anywhere, so that nothing is left
// behind by any kill. The low part is mapped by everybody; blocks further up are mapped on demand.
#pragma once

#include "base/base.h"
#include "runtime/layout.h"

#include <span>

namespace braid::runtime {

class Segment {
 public:
  Segment() = default;
  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();

  // The parent's: lays everything out. ring_bytes: a power of two and a multiple of the page.
  static Result<Segment> create(std::uint32_t workers, std::uint32_t ring_bytes,
                                std::uint64_t heap_bytes);
  // A worker's, over a descriptor that it got. The descriptor is the segment's from now on.
  static Result<Segment> attach(int descriptor);

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] Header& header() const { return *reinterpret_cast<Header*>(base_); }
  [[nodiscard]] BatchRecord& batch(std::uint32_t slot) const;
  [[nodiscard]] WorkerSlot& worker(std::uint32_t slot) const;
  [[nodiscard]] std::byte* at(std::uint64_t offset) const { return base_ + offset; }
  // The ring of a worker, mapped twice in a row, so that every record is contiguous.
  [[nodiscard]] Result<std::byte*> map_ring(std::uint32_t slot) const;
  void unmap_ring(std::byte* ring) const;

 private:
  int descriptor_ = -1;
  std::byte* base_ = nullptr;
  std::uint64_t mapped_ = 0;
};

}  // namespace braid::runtime
