#include "fanout/unpacker.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

namespace braid::fanout {
namespace {

// `head`: 31 for gzip, 15 for zlib, -15 for neither.
std::string packed(const std::string& text, int head) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, head, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, ' ');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

using enum Packing;

std::unique_ptr<Unpacker> opened(const std::vector<Packing>& packings = {deflate}) {
  auto out = Unpacker::open(packings);
  EXPECT_TRUE(out) << out.error().message;
  return std::move(*out);
}

// As br and zstd have what is not compressed: a head, the bytes, an end.
std::string as_brotli(const std::string& text) {
  const std::size_t head = (text.size() - 1) << 4U | 1U << 20U;
  std::string out;
  for (int i = 0; i < 3; ++i) out += static_cast<char>(head >> (8 * i));
  return out + text + '\x03';
}
std::string as_zstandard(const std::string& text) {
  const std::size_t head = text.size() << 3U | 1U;
  std::string out("\x28\xB5\x2F\xFD\x00\x50", 6);
  for (int i = 0; i < 3; ++i) out += static_cast<char>(head >> (8 * i));
  return out + text;
}

TEST(Unpacker, GivesWhatWasPackedInPiecesOfAnyLength) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  for (const int head : {31, 15, -15}) {
    const std::string bytes = packed(text, head);
    for (const std::size_t step : {std::size_t{1}, std::size_t{97}, bytes.size()}) {
      const auto unpacker = opened();
      std::string got;
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        EXPECT_TRUE(unpacker->unpack(std::string_view(bytes).substr(at, step), [&](auto more) {
          got += more;
          return true;
        }));
      }
      EXPECT_TRUE(unpacker->unpack("behind the end", [](auto) { return false; }));
      EXPECT_TRUE(got == text) << head << " " << step;
      EXPECT_FALSE(unpacker->is_broken());
    }
  }
}

TEST(Unpacker, KnowsWhatWasNotAskedFor) {
  const std::string text = "{\"answer\": \"a text of more than a few bytes\"}";
  for (const auto& [packings, bytes] : std::vector<std::pair<std::vector<Packing>, std::string>>{
           {{brotli}, as_brotli(text)},
           {{zstandard}, as_zstandard(text)},
           {{zstandard}, as_zstandard(text.substr(0, 9)) + as_zstandard(text.substr(9))},
           {{deflate}, packed(text.substr(0, 7), 31) + packed(text.substr(7), 31)},
           {{deflate, brotli}, as_brotli(packed(text, 31))},
           {{brotli, zstandard, deflate}, packed(as_zstandard(as_brotli(text)), 15)}}) {
    for (const std::size_t step : {std::size_t{1}, bytes.size()}) {
      const auto unpacker = opened(packings);
      std::string got;
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        EXPECT_TRUE(unpacker->unpack(std::string_view(bytes).substr(at, step), [&](auto more) {
          got += more;
          return true;
        }));
      }
      EXPECT_EQ(got, text);
      EXPECT_FALSE(unpacker->is_broken());
    }
    const auto unpacker = opened(packings);
    EXPECT_FALSE(unpacker->unpack("no such thing, as long as it is", [](auto) { return true; }));
    EXPECT_TRUE(unpacker->is_broken());
  }
}

TEST(Unpacker, IsNoneForWhatNobodyKnows) {
  EXPECT_FALSE(Unpacker::open({unknown}));
  EXPECT_FALSE(Unpacker::open({deflate, unknown}));
  EXPECT_FALSE(Unpacker::open({deflate, deflate, deflate, deflate, deflate}));
}

TEST(Unpacker, StopsWhenTheTakerHasEnough) {
  const std::string bomb = packed(std::string(50U << 20U, 'a'), 31);
  std::size_t got = 0;
  const auto unpacker = opened();
  EXPECT_FALSE(unpacker->unpack(bomb, [&](auto more) { return (got += more.size()) < 100'000; }));
  EXPECT_LT(got, 200'000U);
  EXPECT_FALSE(unpacker->is_broken());
}

TEST(Unpacker, TakesAnyBytes) {
  std::mt19937 random(5);
  const std::string good = packed(std::string(3000, 'x') + "end", 31);
  int broken = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto unpacker = opened();
    unpacker->unpack(bytes, [](auto) { return true; });
    broken += unpacker->is_broken() ? 1 : 0;
  }
  EXPECT_GT(broken, 1000);
}

}  // namespace
}  // namespace braid::fanout
