#include "verify/text_difference.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace braid::verify {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kShownLines = 60;
constexpr std::size_t kShownWidth = 400;

// With their line ends, so that a missing one at the end is a difference.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// Words and single other characters.
std::vector<std::string_view> pieces_of(std::string_view line) {
  auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
  };
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= line.size(); ++i) {
    if (i == line.size() || !is_word(line[i]) || !is_word(line[i - 1])) {
      pieces.push_back(line.substr(begin, i - begin));
      begin = i;
    }
  }
  return pieces;
}

struct Step {
  char sign;
  std::string_view line;
};

// The steps from one list of lines to the other: a longest common subsequence where that is cheap.
std::vector<Step> steps_between(const std::vector<std::string_view>& a,
                                const std::vector<std::string_view>& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail + head < a.size() && tail + head < b.size() &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  std::size_t n = a.size() - head - tail, m = b.size() - head - tail;
  std::vector<Step> steps;
  for (std::size_t i = 0; i < head; ++i) steps.push_back({' ', a[i]});
  std::size_t i = 0, j = 0;
  if (n * m <= 4'000'000) {
    std::vector<std::uint32_t> longest((n + 1) * (m + 1));
    for (std::size_t x = n; x-- > 0;) {
      for (std::size_t y = m; y-- > 0;) {
        longest[x * (m + 1) + y] =
            a[head + x] == b[head + y]
                ? longest[(x + 1) * (m + 1) + y + 1] + 1
                : std::max(longest[(x + 1) * (m + 1) + y], longest[x * (m + 1) + y + 1]);
      }
    }
    while (i < n && j < m) {
      if (a[head + i] == b[head + j]) {
        steps.push_back({' ', a[head + i]});
        ++i, ++j;
      } else if (longest[(i + 1) * (m + 1) + j] >= longest[i * (m + 1) + j + 1]) {
        steps.push_back({'-', a[head + i++]});
      } else {
        steps.push_back({'+', b[head + j++]});
      }
    }
  }
  while (i < n) steps.push_back({'-', a[head + i++]});
  while (j < m) steps.push_back({'+', b[head + j++]});
  for (std::size_t k = a.size() - tail; k < a.size(); ++k) steps.push_back({' ', a[k]});
  return steps;
}

std::string shown(const Step& step) {
  std::string text(1, step.sign);
  std::string_view line = step.line;
  bool ends = line.ends_with('\n');
  if (ends) line.remove_suffix(1);
  text += line.substr(0, kShownWidth);
  if (line.size() > kShownWidth) text += "…";
  text += '\n';
  if (!ends) text += "\\ No newline at end of file\n";
  return text;
}

}  // namespace

bool is_text(std::string_view bytes) {
  return bytes.substr(0, 1 << 16).find('\0') == std::string_view::npos;
}

std::string show_difference(std::string_view before, std::string_view after, std::string_view left,
                            std::string_view right) {
  if (!is_text(before) || !is_text(after)) {
    std::size_t at = 0;
    while (at < before.size() && at < after.size() && before[at] == after[at]) ++at;
    return "first differing byte: " + std::to_string(at) + " (of " + std::to_string(before.size()) +
           " and " + std::to_string(after.size()) + ")\n";
  }
  std::vector<Step> steps = steps_between(lines_of(before), lines_of(after));
  std::string diff = "--- " + std::string(left) + "\n+++ " + std::string(right) + "\n";
  std::size_t written = 0, old_line = 1, new_line = 1;
  for (std::size_t i = 0; i < steps.size();) {
    if (steps[i].sign == ' ') {
      ++i, ++old_line, ++new_line;
      continue;
    }
    // A hunk: from here to where more than two contexts of equal lines follow.
    std::size_t begin = i >= kContext ? i - kContext : 0, end = i, equal = 0;
    for (std::size_t k = i; k < steps.size() && equal <= 2 * kContext; ++k) {
      equal = steps[k].sign == ' ' ? equal + 1 : 0;
      if (steps[k].sign != ' ') end = k + 1;
    }
    std::size_t stop = std::min(steps.size(), end + kContext), old_count = 0, new_count = 0;
    for (std::size_t k = begin; k < stop; ++k) {
      old_count += steps[k].sign != '+';
      new_count += steps[k].sign != '-';
    }
    diff += "@@ -" + std::to_string(old_line - (i - begin)) + "," + std::to_string(old_count) +
            " +" + std::to_string(new_line - (i - begin)) + "," + std::to_string(new_count) +
            " @@\n";
    for (std::size_t k = begin; k < stop; ++k) {
      if (++written > kShownLines) return diff + "…\n";
      diff += shown(steps[k]);
    }
    for (; i < stop; ++i) {
      old_line += steps[i].sign != '+';
      new_line += steps[i].sign != '-';
    }
  }
  return diff;
}

StableText::StableText(const std::vector<std::string_view>& texts) : exact_(texts.front()) {
  bool equal = std::ranges::all_of(texts, [&](std::string_view text) { return text == exact_; });
  if (equal) return;
  std::vector<std::vector<std::string_view>> all;
  for (std::string_view text : texts) all.push_back(lines_of(text));
  all_varies_ = !std::ranges::all_of(texts, is_text) ||
                !std::ranges::all_of(all, [&](const auto& l) { return l.size() == all[0].size(); });
  if (all_varies_) return;
  for (std::size_t i = 0; i < all[0].size(); ++i) {
    Line line;
    line.text = std::string(all[0][i]);
    line.varies = !std::ranges::all_of(all, [&](const auto& l) { return l[i] == line.text; });
    if (line.varies) {
      ++varying_;
      std::vector<std::vector<std::string_view>> pieces;
      for (const auto& lines : all) pieces.push_back(pieces_of(lines[i]));
      bool parallel = std::ranges::all_of(
          pieces, [&](const auto& other) { return other.size() == pieces[0].size(); });
      for (std::size_t k = 0; parallel && k < pieces[0].size(); ++k) {
        bool fixed = std::ranges::all_of(
            pieces, [&](const auto& other) { return other[k] == pieces[0][k]; });
        line.pieces.push_back(fixed ? std::optional(std::string(pieces[0][k])) : std::nullopt);
      }
    }
    lines_.push_back(std::move(line));
  }
}

std::string StableText::varying() const {
  if (all_varies_) return "everything";
  std::string list;
  std::size_t named = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!lines_[i].varies) continue;
    if (++named > 5) return list + ", … (" + std::to_string(varying_) + " lines)";
    list += (list.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  return (named == 1 ? "line " : "lines ") + list;
}

bool StableText::agrees(std::string_view text) const {
  if (all_varies_) return true;
  if (varying_ == 0) return text == exact_;
  std::vector<std::string_view> lines = lines_of(text);
  if (lines.size() != lines_.size()) return false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& expected = lines_[i];
    if (!expected.varies) {
      if (lines[i] != expected.text) return false;
      continue;
    }
    std::vector<std::string_view> pieces = pieces_of(lines[i]);
    if (pieces.size() != expected.pieces.size()) continue;
    for (std::size_t k = 0; k < pieces.size(); ++k) {
      if (!expected.pieces[k]) continue;
      // A number in a line that varies may have been the same by chance ("0.8 s" twice).
      bool numbers = std::isdigit(static_cast<unsigned char>(pieces[k][0])) != 0 &&
                     std::isdigit(static_cast<unsigned char>((*expected.pieces[k])[0])) != 0;
      if (!numbers && *expected.pieces[k] != pieces[k]) return false;
    }
  }
  return true;
}

}  // namespace braid::verify
