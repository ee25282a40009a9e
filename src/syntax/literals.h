// The outer form of string literals.
#pragma once

#include <cstddef>
#include <optional>
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

// The control character that a letter after a backslash stands for (a b f n r t v), as in C.
[[nodiscard]] std::optional<char> control_of_letter(char letter);

// Where the next of several literals in a row begins: behind blanks, line ends and comments.
[[nodiscard]] std::size_t skip_between_literals(std::string_view text, std::size_t at);

}  // namespace braid::syntax
