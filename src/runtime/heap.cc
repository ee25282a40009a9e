#include "runtime/heap.h"

#include "base/base.h"
#include "runtime/layout.h"

namespace braid::runtime {

std::optional<std::uint64_t> Heap::take(std::uint64_t bytes) {
  bytes = round_up(bytes, 16);
  for (auto at = free_.begin(); at != free_.end(); ++at) {
    if (at->second < bytes) continue;
    const std::uint64_t offset = at->first;
    const std::uint64_t rest = at->second - bytes;
    free_.erase(at);
    if (rest > 0) free_[offset + bytes] = rest;
    return offset;
  }
  return std::nullopt;
}

void Heap::give_back(std::uint64_t offset, std::uint64_t bytes) {
  bytes = round_up(bytes, 16);
  auto after = free_.lower_bound(offset);
  BRAID_CHECK(after == free_.end() || offset + bytes <= after->first);
  if (after != free_.begin()) {
    auto before = std::prev(after);
    BRAID_CHECK(before->first + before->second <= offset);
    if (before->first + before->second == offset) {
      offset = before->first;
      bytes += before->second;
      free_.erase(before);
    }
  }
  if (after != free_.end() && offset + bytes == after->first) {
    bytes += after->second;
    free_.erase(after);
  }
  free_[offset] = bytes;
}

}  // namespace braid::runtime
