#include "fanout/odd_bytes.h"

#include <algorithm>
#include <cstring>

#include "fanout/json.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kLength = 3;  // of U+EF80 to U+EFFF: EE BE 80 to EE BF BF

// Where the next of these characters begins.
std::size_t find_shown(std::string_view text, std::size_t at) {
  for (; (at = text.find('\xEE', at)) != std::string_view::npos; ++at) {
    const std::string_view rest = text.substr(at, kLength);
    if (rest.size() == kLength && (rest[1] == '\xBE' || rest[1] == '\xBF') &&
        (static_cast<unsigned char>(rest[2]) & 0xC0U) == 0x80U) {
      return at;
    }
  }
  return std::string_view::npos;
}

void show(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += '\xEE';
    out += static_cast<char>(byte < 0xC0 ? 0xBE : 0xBF);
    out += static_cast<char>(0x80U | (byte & 0x3FU));
  }
}

// Valid text, in which such characters may stand.
void append_valid(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = std::min(find_shown(text, at), text.size());
    out.append(text, at, next - at);
    show(out, text.substr(next, kLength));
    at = std::min(next + kLength, text.size());
  }
}

}  // namespace

std::string bytes_shown(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    const std::size_t bad = find_invalid_utf8(text);
    append_valid(out, text.substr(0, bad));
    if (bad == std::string_view::npos) break;
    show(out, text.substr(bad, 1));
    text.remove_prefix(bad + 1);
  }
  return out;
}

std::string bytes_back(std::string text) {
  std::size_t end = std::min(find_shown(text, 0), text.size());
  for (std::size_t at = end; at < text.size();) {
    const unsigned high = text[at + 1] == '\xBE' ? 0x80U : 0xC0U;
    text[end++] = static_cast<char>(high | (static_cast<unsigned char>(text[at + 2]) & 0x3FU));
    at += kLength;
    const std::size_t next = std::min(find_shown(text, at), text.size());
    std::memmove(text.data() + end, text.data() + at, next - at);
    end += next - at;
    at = next;
  }
  text.resize(end);
  return text;
}

std::size_t find_odd_byte(const Text& text) {
  std::size_t before = 0;
  std::size_t found = std::string_view::npos;
  text.in_windows([&](std::string_view window) {
    found = find_invalid_utf8(window);
    if (found != std::string_view::npos) found += before;
    before += window.size();
    return found == std::string_view::npos;
  });
  return found;
}

Text all_shown(const Text& text) {
  TextWriter out;
  text.in_windows([&](std::string_view window) {
    out.append(bytes_shown(window));
    return true;
  });
  return out.finish();
}

Text all_back(const Text& text) {
  TextWriter out;
  text.in_windows([&](std::string_view window) {
    out.append(bytes_back(std::string(window)));
    return true;
  });
  return out.finish();
}

}  // namespace braid::fanout
