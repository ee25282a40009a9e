// Room for what the parent sends: first fit, lowest address first, so that warm pages are used
// again. It lives in the parent's own memory and hands out offsets; nothing of it is shared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace braid::runtime {

class Heap {
 public:
  Heap(std::uint64_t begin, std::uint64_t bytes) : bytes_(bytes) { free_[begin] = bytes; }

  // `bytes` from a multiple of 16 on; none when there is no such room now.
  std::optional<std::uint64_t> take(std::uint64_t bytes);
  void give_back(std::uint64_t offset, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t capacity() const { return bytes_; }

 private:
  std::uint64_t bytes_;
  std::map<std::uint64_t, std::uint64_t> free_;  // offset → bytes, neighbours merged
};

}  // namespace braid::runtime
