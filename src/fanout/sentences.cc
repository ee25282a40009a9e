#include "fanout/sentences.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace braid::fanout {
namespace {

enum Class : std::uint8_t { kBlank = 1, kLatinMark = 2, kMayEnd = 4 };

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (const unsigned char c : {' ', '\t', '\n', '\r', '\f'}) classes[c] = kBlank;
  for (const unsigned char c : {'.', '!', '?'}) classes[c] = kLatinMark | kMayEnd;
  // A line end, and the first bytes of the marks that are not ASCII.
  for (const unsigned char c : {'\n', '\xE3', '\xEF'}) classes[c] |= kMayEnd;
  return classes;
}();

bool is(char c, Class which) { return (kClasses[static_cast<unsigned char>(c)] & which) != 0; }

std::size_t past(std::string_view text, std::size_t at, Class which) {
  while (at < text.size() && is(text[at], which)) ++at;
  return at;
}

bool has_at(std::string_view text, std::size_t at, std::string_view what) {
  return text.compare(at, what.size(), what) == 0;
}

constexpr std::array<std::string_view, 20> kAbbreviations = {
    "dr",  "mr",  "mrs", "ms",  "prof", "sr",  "jr", "st", "vs",     "etc",
    "e.g", "i.e", "cf",  "fig", "no",   "vol", "pp", "ca", "approx", "inc"};
constexpr std::size_t kLongestAbbreviation = 6;

bool ends_in_abbreviation(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !is(text[begin - 1], kBlank) && text[begin - 1] != '(') {
    --begin;
    if (text.size() - begin > kLongestAbbreviation) return false;
  }
  std::string word(text.substr(begin));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (word.size() == 1 && word[0] >= 'a' && word[0] <= 'z') return true;  // an initial
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

// Past quotes and brackets that close.
std::size_t past_closings(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'' || c == ')' || c == ']') {
      ++at;
    } else if (c == '\xE2' && (has_at(text, at, "”") || has_at(text, at, "’"))) {
      at += 3;
    } else if (c == '\xC2' && has_at(text, at, "»")) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

struct Mark {
  bool ends = false;
  std::size_t next = 0;  // past the sentence and its blanks, or where to look on
};

// What the marks that begin at `at` say of the sentence that begins at `begin`.
Mark look_at_marks(std::string_view text, std::size_t begin, std::size_t at) {
  const std::size_t marks = past(text, at, kLatinMark);
  const std::size_t end = past_closings(text, marks);
  // No later mark of the same run ends a sentence either.
  if (end < text.size() && !is(text[end], kBlank)) return {false, marks};
  const std::size_t next = past(text, end, kBlank);
  if (text[at] != '.') return {true, next};
  // A small letter after a full stop goes on with the sentence.
  if (next < text.size() && text[next] >= 'a' && text[next] <= 'z') {
    return {false, std::min(text.find_first_not_of('.', at), marks)};
  }
  if (end == at + 1 && ends_in_abbreviation(text.substr(begin, at - begin))) return {false, end};
  return {true, next};
}

bool is_wide_mark(std::string_view text, std::size_t at) {
  return text[at] == '\xE3' ? has_at(text, at, "。")
                            : has_at(text, at, "！") || has_at(text, at, "？");
}

// At a line end: the blanks after it, and whether an empty line is among them.
Mark look_at_line_end(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  while (next < text.size() && (text[next] == ' ' || text[next] == '\t' || text[next] == '\r')) {
    ++next;
  }
  if (next == text.size() || text[next] != '\n') return {false, next};
  return {true, past(text, next, kBlank)};
}

}  // namespace

std::size_t sentence_end(std::string_view text, std::size_t begin) {
  std::size_t at = past(text, begin, kBlank);
  while (true) {
    while (at < text.size() && !is(text[at], kMayEnd)) ++at;
    if (at >= text.size()) return text.size();
    Mark mark{false, at + 1};
    if (is(text[at], kLatinMark)) {
      mark = look_at_marks(text, begin, at);
    } else if (text[at] == '\n') {
      mark = look_at_line_end(text, at);
    } else if (is_wide_mark(text, at)) {
      return past(text, at + 3, kBlank);
    }
    if (mark.ends) return mark.next;
    at = mark.next;
  }
}

}  // namespace braid::fanout
