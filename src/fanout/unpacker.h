// unpacker: the body of a reply that is compressed (RFC 9110, 8.4.1), piece by piece: gzip and
// deflate by zlib, br and zstd by their libraries, which are loaded when such a reply comes, though
// nothing packed was asked for. Not for other rooms.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/base.h"

namespace braid::fanout {

enum class Packing : std::uint8_t {
  deflate,  // or gzip
  brotli,
  zstandard,
  unknown
};

class Unpacker {
 public:
  // False: enough of it.
  using Take = std::function<bool(std::string_view)>;

  // For a body that was packed in so many ways, the first one first. An error: who could read it is
  // not there.
  static Result<std::unique_ptr<Unpacker>> open(const std::vector<Packing>& packings);
  virtual ~Unpacker() = default;

  // Hands on what `bytes` hold; false: the taker has had enough, or they are broken.
  virtual bool unpack(std::string_view bytes, const Take& take) = 0;
  [[nodiscard]] virtual bool is_broken() const = 0;
};

}  // namespace braid::fanout
