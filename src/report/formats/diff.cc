// Unified diffs by Myers' greedy algorithm in linear space (An O(ND) Difference Algorithm and Its
// Variations, 1986, section 4b).

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "report/report.h"

namespace braid::report {
namespace {

constexpr std::size_t kContext = 3;

// Lines with their ends, so that a changed line end shows.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

using Line = std::uint32_t;

// Marks the lines of both sides that a shortest script deletes and inserts.
class Comparison {
 public:
  Comparison(const std::vector<Line>& a, const std::vector<Line>& b)
      : deleted(a.size()),
        inserted(b.size()),
        a_(a),
        b_(b),
        forward_(2 * (a.size() + b.size()) + 4),
        backward_(forward_.size()) {
    compare(0, a.size(), 0, b.size());
  }

  std::vector<bool> deleted;
  std::vector<bool> inserted;

 private:
  struct Snake {
    std::size_t begin_a, begin_b, end_a, end_b;
  };

  void compare(std::size_t a_begin, std::size_t a_end, std::size_t b_begin, std::size_t b_end) {
    while (a_begin < a_end && b_begin < b_end && a_[a_begin] == b_[b_begin]) ++a_begin, ++b_begin;
    while (a_begin < a_end && b_begin < b_end && a_[a_end - 1] == b_[b_end - 1]) --a_end, --b_end;
    if (a_begin == a_end) {
      for (std::size_t j = b_begin; j < b_end; ++j) inserted[j] = true;
      return;
    }
    if (b_begin == b_end) {
      for (std::size_t i = a_begin; i < a_end; ++i) deleted[i] = true;
      return;
    }
    const Snake middle = middle_snake(a_begin, a_end, b_begin, b_end);
    compare(a_begin, middle.begin_a, b_begin, middle.begin_b);
    compare(middle.end_a, a_end, middle.end_b, b_end);
  }

  Snake middle_snake(std::size_t a_begin, std::size_t a_end, std::size_t b_begin,
                     std::size_t b_end) {
    const auto n = static_cast<std::ptrdiff_t>(a_end - a_begin);
    const auto m = static_cast<std::ptrdiff_t>(b_end - b_begin);
    const std::ptrdiff_t delta = n - m;
    const std::ptrdiff_t origin = n + m + 1;
    const auto a = [&](std::ptrdiff_t i) { return a_[a_begin + static_cast<std::size_t>(i)]; };
    const auto b = [&](std::ptrdiff_t j) { return b_[b_begin + static_cast<std::size_t>(j)]; };
    const auto at = [&](std::vector<std::ptrdiff_t>& row, std::ptrdiff_t k) -> std::ptrdiff_t& {
      return row[static_cast<std::size_t>(origin + k)];
    };
    const auto absolute = [&](std::ptrdiff_t x1, std::ptrdiff_t y1, std::ptrdiff_t x2,
                              std::ptrdiff_t y2) {
      return Snake{a_begin + static_cast<std::size_t>(x1), b_begin + static_cast<std::size_t>(y1),
                   a_begin + static_cast<std::size_t>(x2), b_begin + static_cast<std::size_t>(y2)};
    };
    at(forward_, 1) = 0;
    at(backward_, 1) = 0;
    for (std::ptrdiff_t d = 0;; ++d) {
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        const bool down = k == -d || (k != d && at(forward_, k - 1) < at(forward_, k + 1));
        std::ptrdiff_t x = down ? at(forward_, k + 1) : at(forward_, k - 1) + 1;
        const std::ptrdiff_t start = x;
        while (x < n && x - k < m && a(x) == b(x - k)) ++x;
        at(forward_, k) = x;
        const std::ptrdiff_t reverse = delta - k;
        const bool odd = (delta % 2) != 0;
        if (odd && reverse >= -(d - 1) && reverse <= d - 1 && x + at(backward_, reverse) >= n) {
          return absolute(start, start - k, x, x - k);
        }
      }
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        const bool down = k == -d || (k != d && at(backward_, k - 1) < at(backward_, k + 1));
        std::ptrdiff_t x = down ? at(backward_, k + 1) : at(backward_, k - 1) + 1;
        const std::ptrdiff_t start = x;
        while (x < n && x - k < m && a(n - 1 - x) == b(m - 1 - (x - k))) ++x;
        at(backward_, k) = x;
        const std::ptrdiff_t reverse = delta - k;
        const bool odd = (delta % 2) != 0;
        if (!odd && reverse >= -d && reverse <= d && x + at(forward_, reverse) >= n) {
          return absolute(n - x, m - (x - k), n - start, m - (start - k));
        }
      }
    }
  }

  const std::vector<Line>& a_;
  const std::vector<Line>& b_;
  std::vector<std::ptrdiff_t> forward_;
  std::vector<std::ptrdiff_t> backward_;
};

struct Entry {
  char sign;
  std::string_view line;
};

std::string paint(const Entry& entry, const Style& style) {
  std::string text = fmt::format("{}{}", entry.sign, entry.line);
  const bool ended = text.ends_with('\n');
  if (ended) text.pop_back();
  if (style.colour && entry.sign != ' ') {
    text = fmt::format("\x1b[{}m{}\x1b[0m", entry.sign == '+' ? "32" : "31", text);
  }
  return text + (ended ? "\n" : "\n\\ No newline at end of file\n");
}

std::string range_of(std::size_t begin, std::size_t count) {
  // An empty range names the line before it.
  if (count == 0) return fmt::format("{},0", begin);
  return count == 1 ? fmt::format("{}", begin + 1) : fmt::format("{},{}", begin + 1, count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after,
                         std::string_view before_name, std::string_view after_name,
                         const Style& style) {
  if (before == after) return {};
  const std::vector<std::string_view> a = lines_of(before);
  const std::vector<std::string_view> b = lines_of(after);
  std::unordered_map<std::string_view, Line> numbers;
  const auto number = [&](const std::vector<std::string_view>& lines) {
    std::vector<Line> out;
    for (const std::string_view line : lines)
      out.push_back(numbers.emplace(line, static_cast<Line>(numbers.size())).first->second);
    return out;
  };
  const std::vector<Line> a_numbers = number(a);
  const std::vector<Line> b_numbers = number(b);
  const Comparison comparison(a_numbers, b_numbers);
  std::vector<Entry> entries;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && comparison.deleted[i]) {
      entries.push_back({'-', a[i++]});
    } else if (j < b.size() && comparison.inserted[j]) {
      entries.push_back({'+', b[j++]});
    } else {
      entries.push_back({' ', a[i++]});
      ++j;
    }
  }
  std::string out = style.colour
                        ? fmt::format("\x1b[1m--- {}\n+++ {}\x1b[0m\n", before_name, after_name)
                        : fmt::format("--- {}\n+++ {}\n", before_name, after_name);
  std::size_t a_line = 0;
  std::size_t b_line = 0;
  for (std::size_t at = 0; at < entries.size();) {
    std::size_t change = at;
    while (change < entries.size() && entries[change].sign == ' ') ++change;
    if (change == entries.size()) break;
    const std::size_t begin = std::max(at, change >= kContext ? change - kContext : 0);
    a_line += begin - at;
    b_line += begin - at;
    std::size_t end = change;
    // Changes with at most twice the context between them share a hunk.
    for (std::size_t same = 0, k = change; k < entries.size() && same <= 2 * kContext; ++k) {
      same = entries[k].sign == ' ' ? same + 1 : 0;
      if (same == 0) end = k + 1;
    }
    end = std::min(end + kContext, entries.size());
    std::size_t a_count = 0;
    std::size_t b_count = 0;
    std::string lines;
    for (std::size_t k = begin; k < end; ++k) {
      a_count += entries[k].sign != '+' ? 1 : 0;
      b_count += entries[k].sign != '-' ? 1 : 0;
      lines += paint(entries[k], style);
    }
    const std::string header =
        fmt::format("@@ -{} +{} @@", range_of(a_line, a_count), range_of(b_line, b_count));
    out += (style.colour ? fmt::format("\x1b[36m{}\x1b[0m", header) : header) + "\n" + lines;
    a_line += a_count;
    b_line += b_count;
    at = end;
  }
  return out;
}

}  // namespace braid::report
