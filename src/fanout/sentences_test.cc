#include "fanout/sentences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace braid::fanout {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool is_abbreviation(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !is_blank(text[begin - 1]) && text[begin - 1] != '(') --begin;
  std::string word(text.substr(begin));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (word.size() == 1 && word[0] >= 'a' && word[0] <= 'z') return true;
  const std::vector<std::string> known = {"dr", "mr",  "mrs", "ms",  "prof",   "sr", "jr",
                                          "st", "vs",  "etc", "e.g", "i.e",    "cf", "fig",
                                          "no", "vol", "pp",  "ca",  "approx", "inc"};
  return std::find(known.begin(), known.end(), word) != known.end();
}

// The rule, said byte by byte.
std::size_t plain_mark(std::string_view text, std::size_t begin, std::size_t at) {
  for (const std::string_view mark : {"。", "！", "？"}) {
    if (text.substr(at).starts_with(mark)) return at + mark.size();
  }
  const char c = text[at];
  if (c != '.' && c != '!' && c != '?') return 0;
  std::size_t end = at + 1;
  while (end < text.size() && (text[end] == '.' || text[end] == '!' || text[end] == '?')) ++end;
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view closing : {"\"", "'", ")", "]", "”", "’", "»"}) {
      if (text.substr(end).starts_with(closing)) {
        end += closing.size();
        more = true;
      }
    }
  }
  if (end < text.size() && !is_blank(text[end])) return 0;
  if (c == '.' && end == at + 1 && is_abbreviation(text.substr(begin, at - begin))) return 0;
  std::size_t next = end;
  while (next < text.size() && is_blank(text[next])) ++next;
  if (c == '.' && next < text.size() && text[next] >= 'a' && text[next] <= 'z') return 0;
  return end;
}

std::size_t plain_end(std::string_view text, std::size_t begin) {
  const auto with_blanks = [&](std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
  };
  for (std::size_t at = with_blanks(begin); at < text.size(); ++at) {
    if (const std::size_t end = plain_mark(text, begin, at); end != 0) return with_blanks(end);
    if (text[at] != '\n') continue;
    const std::size_t next = std::min(text.find_first_not_of(" \t\r", at + 1), text.size());
    if (next < text.size() && text[next] == '\n') return with_blanks(next);
  }
  return text.size();
}

TEST(SentenceEnd, IsWhereTheRuleSaysItIs) {
  constexpr std::string_view kBits[] = {
      ".",        "!",    "?",        "\n",   "\r",    "\f",       " ",  "\t", "a",    "Z",
      "e.g",      "Dr",   "approx",   "(",    ")",     "]",        "\"", "'",  "”",    "’",
      "»",        "。",   "！",       "？",   "\xE2",  "\xE2\x80", "é",  "…",  "\xC2", "\xE3",
      "\xE3\x80", "\xEF", "\xEF\xBC", "\xFF", "words", "3.5",      "..", " B"};
  std::mt19937 random(13);
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    // Few kinds of bits at a time, so that runs of the same ones come up.
    const std::size_t first = random() % std::size(kBits);
    const std::size_t kinds = 1 + random() % std::size(kBits);
    for (std::size_t i = random() % 24; i > 0; --i) {
      text += kBits[(first + random() % kinds) % std::size(kBits)];
    }
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = sentence_end(text, at);
      ASSERT_EQ(end, plain_end(text, at)) << testing::PrintToString(text) << " at " << at;
      at = std::max(at + 1, end);
    }
  }
}

// Each would take minutes if marks or blanks were looked at again and again.
TEST(SentenceEnd, OfLongRunsIsFoundAtOnce) {
  const std::size_t size = 4'000'000;
  const std::string marks = std::string(size, '!') + "x";
  EXPECT_EQ(sentence_end(marks, 0), marks.size());
  const std::string stops = std::string(size, '.') + std::string(size, ' ') + "x";
  EXPECT_EQ(sentence_end(stops, 0), stops.size());
  const std::string word = std::string(size, 'w') + ". X";
  EXPECT_EQ(sentence_end(word, 0), size + 2);
}

}  // namespace
}  // namespace braid::fanout
