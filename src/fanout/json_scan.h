// json_scan: strings of JSON, eight bytes at once. Not for other rooms.
#pragma once

#include <cstdint>
#include <cstring>

namespace braid::fanout {

// True when all are printable ASCII other than the quote, the backslash and
// DEL.
inline bool is_plain(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x & kHigh; };
  const std::uint64_t below = (word - kOnes * 0x20) & ~word & kHigh;
  const std::uint64_t found = (word & kHigh) | below | has_zero(word ^ (kOnes * '"')) |
                              has_zero(word ^ (kOnes * '\\')) | has_zero(word ^ (kOnes * 0x7F));
  return found == 0;
}

}  // namespace braid::fanout
