#include "fanout/digest.h"

#include <bit>
#include <cstring>

namespace braid::fanout {
namespace {

constexpr std::uint64_t kFirst = 0x87c37b91114253d5ULL;
constexpr std::uint64_t kSecond = 0x4cf5ad432745937fULL;

std::uint64_t finished(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33U;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ (value >> 33U);
}

std::uint64_t mixed_first(std::uint64_t word) { return std::rotl(word * kFirst, 31) * kSecond; }
std::uint64_t mixed_second(std::uint64_t word) { return std::rotl(word * kSecond, 33) * kFirst; }

}  // namespace

std::string Digest::hex() const {
  std::string out(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t shift = 60 - 4 * i;
    out[i] = "0123456789abcdef"[(high >> shift) & 0xFU];
    out[16 + i] = "0123456789abcdef"[(low >> shift) & 0xFU];
  }
  return out;
}

Digest digest_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t high = seed;
  std::uint64_t low = seed;
  std::size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    std::uint64_t words[2];
    std::memcpy(words, text.data() + at, 16);
    high = (std::rotl(high ^ mixed_first(words[0]), 27) + low) * 5 + 0x52dce729;
    low = (std::rotl(low ^ mixed_second(words[1]), 31) + high) * 5 + 0x38495ab5;
  }
  std::uint64_t tail[2] = {0, 0};
  if (at < text.size()) std::memcpy(tail, text.data() + at, text.size() - at);
  if (text.size() - at > 8) low ^= mixed_second(tail[1]);
  if (text.size() > at) high ^= mixed_first(tail[0]);
  high ^= text.size();
  low ^= text.size();
  high += low;
  low += high;
  high = finished(high);
  low = finished(low);
  high += low;
  low += high;
  return {high, low};
}

}  // namespace braid::fanout
