// template: a prompt with {names} in it. `{{` and `}}` are literal braces. Replacement happens
// once: what is put in is never looked at again.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"

namespace braid::fanout {

class Template {
 public:
  struct Piece {
    std::string text;  // literal text, or the name
    bool is_name = false;
  };

  // An error says what is wrong at which line and column of the prompt.
  static Result<Template> parse(std::string_view text);

  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // Each name once, in the order of their first appearance.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool names(std::string_view name) const;
  [[nodiscard]] std::string fill(
      const std::function<std::string_view(std::string_view name)>& value_of) const;
  // Puts {name} and a blank line before all: parts that share a subject then share their prefix.
  void put_before(std::string_view name);

 private:
  std::vector<Piece> pieces_;
};

// True for what can be a name: a letter or _, then letters, digits, _ or -.
bool is_name(std::string_view text);

}  // namespace braid::fanout
