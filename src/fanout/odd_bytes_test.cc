#include "fanout/odd_bytes.h"

#include <gtest/gtest.h>

#include <random>

#include "fanout/json.h"

namespace braid::fanout {
namespace {

TEST(OddBytes, BecomePrivateCharacters) {
  EXPECT_EQ(bytes_shown("caf\xE9 \xFF"), "caf\xEE\xBF\xA9 \xEE\xBF\xBF");
  EXPECT_EQ(bytes_back("caf\xEE\xBF\xA9 \xEE\xBF\xBF"), "caf\xE9 \xFF");
  EXPECT_EQ(bytes_shown("café 字"), "café 字");
  EXPECT_EQ(bytes_back("café 字"), "café 字");
}

// Of a text that is gone through in windows: bytes and characters across each edge.
TEST(OddBytes, ComeBackFromALongText) {
  const std::string_view kBits[] = {"word ", "\u5b57", "\xFF\x80\x80\x80\x80", "\xEE\xBE\x80",
                                    "\xF0\x9F"};
  std::mt19937 random(29);
  std::string text;
  while (text.size() < (5U << 20U)) text += kBits[random() % std::size(kBits)];
  EXPECT_EQ(find_odd_byte(text), find_invalid_utf8(text));
  const Text shown = all_shown(text);
  EXPECT_EQ(find_odd_byte(shown), std::string_view::npos);
  EXPECT_TRUE(all_back(shown) == text);
}

TEST(OddBytes, AreFoundWhereTheyAre) {
  for (const std::size_t at : {0U, 1U, (1U << 20U) - 1, 1U << 20U, (1U << 20U) + 1, 3U << 20U}) {
    std::string text(at, 'a');
    text += "\xFF and more";
    EXPECT_EQ(find_odd_byte(text), at);
  }
}

TEST(OddBytes, ComeBackWhateverTheTextIs) {
  constexpr std::string_view kBits[] = {
      "a",    "é",        "字",       "\xEE",         "\xBE",         "\xBF", "\x80", "\xFF",
      "\xC2", "\xF0\x9F", "\xEE\xBE", "\xEE\xBE\x80", "\xEE\xBF\xBF", "\n",   "\xEF"};
  std::mt19937 random(23);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += kBits[random() % std::size(kBits)];
    const std::string shown = bytes_shown(text);
    ASSERT_EQ(find_invalid_utf8(shown), std::string_view::npos);
    ASSERT_EQ(bytes_back(shown), text);
    // Cut anywhere between characters, it comes back in pieces.
    std::size_t cut = random() % (shown.size() + 1);
    while (cut < shown.size() && (static_cast<unsigned char>(shown[cut]) & 0xC0U) == 0x80U) ++cut;
    ASSERT_EQ(bytes_back(shown.substr(0, cut)) + bytes_back(shown.substr(cut)), text);
  }
}

}  // namespace
}  // namespace braid::fanout
