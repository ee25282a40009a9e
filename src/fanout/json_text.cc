// Text as JSON has it: quoting, and what is valid UTF-8.
#include <fmt/format.h>

#include <array>

#include "fanout/json.h"
#include "fanout/json_scan.h"

namespace braid::fanout {
namespace {

// Length of the valid UTF-8 sequence at `at`, or 0.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const unsigned second = byte(at + 1);
    if (!follows(at + 1) || !follows(at + 2)) return 0;
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return 0;
    return 3;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const unsigned second = byte(at + 1);
    if (!follows(at + 1) || !follows(at + 2) || !follows(at + 3)) return 0;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;
    return 4;
  }
  return 0;
}

bool is_ascii(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080U) == 0;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  // What each byte needs: 0 nothing, 1 a \u escape or a short one, 2 a look at the sequence.
  static constexpr auto kNeeds = [] {
    std::array<std::uint8_t, 256> needs{};
    for (std::size_t i = 0; i < 0x20; ++i) needs[i] = 1;
    needs['"'] = needs['\\'] = needs[0x7F] = 1;
    for (std::size_t i = 0x80; i < 0x100; ++i) needs[i] = 2;
    return needs;
  }();
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at + 8 <= text.size() && is_plain(text.data() + at)) at += 8;
    while (at < text.size() && kNeeds[static_cast<unsigned char>(text[at])] == 0) ++at;
    out.append(text, begin, at - begin);
    if (at == text.size()) break;
    const char c = text[at];
    if (kNeeds[static_cast<unsigned char>(c)] == 2) {
      const std::size_t length = sequence_at(text, at);
      if (length == 0) {
        out += "\xEF\xBF\xBD";
        ++at;
      } else {
        out.append(text, at, length);
        at += length;
      }
      continue;
    }
    ++at;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  append_quoted(out, text);
  return out;
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (at + 8 <= text.size() && is_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = sequence_at(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string with_valid_utf8(std::string text) {
  std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos) return text;
  std::string out;
  for (std::string_view rest = text;; bad = find_invalid_utf8(rest)) {
    out += rest.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    rest.remove_prefix(bad + 1);
  }
}

}  // namespace braid::fanout
