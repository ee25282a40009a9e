// The outer form of string literals.
#pragma once

#include <cstddef>
#include <string_view>

namespace braid::syntax {

struct StringPrefix {
  bool raw = false;
  bool bytes = false;
  bool format = false;  // f and t
  bool template_string = false;
  std::size_t size = 0;
};
[[nodiscard]] StringPrefix string_prefix(std::string_view literal);

// 3 when the quotes at `at` are triple, else 1.
[[nodiscard]] std::size_t quote_size(std::string_view literal, std::size_t at);

// Where the next of several literals in a row begins: behind blanks, line ends and comments.
[[nodiscard]] std::size_t skip_between_literals(std::string_view text, std::size_t at);

}  // namespace braid::syntax
