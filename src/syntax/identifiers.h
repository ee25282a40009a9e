// Names outside ASCII: which characters they may hold, and the form in which Python compares them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace braid::syntax {

// Bytes that names are made of, those beyond ASCII among them.
[[nodiscard]] inline bool begins_name(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
[[nodiscard]] inline bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9');
}

// As str.isidentifier has it; the code points are beyond ASCII.
[[nodiscard]] bool starts_identifier(std::uint32_t code);
[[nodiscard]] bool continues_identifier(std::uint32_t code);

// The name in Unicode's normal form KC, in which Python keeps names.
[[nodiscard]] std::string normal_form(std::string_view name);

// The code point that begins at `at`, and its length in bytes; what is not UTF-8 is itself, a byte
// long.
struct CodePoint {
  std::uint32_t code;
  std::uint32_t size;
};
[[nodiscard]] CodePoint code_point(std::string_view text, std::size_t at);
void append_utf8(std::uint32_t code, std::string& out);

}  // namespace braid::syntax
