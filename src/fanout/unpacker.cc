#include "fanout/unpacker.h"

#include <zlib.h>

#include <array>

#include "base/base.h"

namespace braid::fanout {
namespace {

constexpr int kAnyHead = MAX_WBITS + 32;  // gzip's or zlib's
constexpr int kNoHead = -MAX_WBITS;       // what some servers call deflate

}  // namespace

struct Unpacker::Stream {
  z_stream z{};
};

Unpacker::Unpacker() : stream_(std::make_unique<Stream>()) {
  BRAID_CHECK(inflateInit2(&stream_->z, kAnyHead) == Z_OK);
}

Unpacker::~Unpacker() { inflateEnd(&stream_->z); }

bool Unpacker::unpack(std::string_view bytes, const Take& take) {
  if (bytes.empty() || has_ended_) return true;  // what follows the end is nobody's
  // The first two bytes tell: those of zlib are a multiple of 31.
  if (!has_begun_ && (static_cast<unsigned char>(bytes[0]) & 0x0fU) != Z_DEFLATED &&
      bytes[0] != '\x1f') {
    inflateReset2(&stream_->z, kNoHead);
  }
  has_begun_ = true;
  return unpack_all(bytes, take);
}

bool Unpacker::unpack_all(std::string_view bytes, const Take& take) {
  z_stream& z = stream_->z;
  std::array<char, 1U << 14U> out;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  do {
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = out.size() - z.avail_out;
    if (made > 0 && !take({out.data(), made})) return false;
    has_ended_ = status == Z_STREAM_END;
    is_broken_ = !has_ended_ && status != Z_OK && status != Z_BUF_ERROR;
  } while (!has_ended_ && !is_broken_ && (z.avail_in > 0 || z.avail_out == 0));
  return !is_broken_;
}

}  // namespace braid::fanout
