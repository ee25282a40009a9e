// digest: 128 bits of a text, to find equal ones again. Not against somebody who wants two texts to
// have the same: the cache compares the texts themselves. MurmurHash3 (x64, 128 bits), which its
// author, Austin Appleby, gave to the public domain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace braid::fanout {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Digest&) const = default;
  [[nodiscard]] std::string hex() const;  // 32 digits
};

Digest digest_of(std::string_view text, std::uint64_t seed = 0);

struct DigestHash {
  std::size_t operator()(const Digest& digest) const { return digest.low; }
};

}  // namespace braid::fanout
