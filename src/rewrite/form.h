// How emitted text is broken over lines where it is too long for one: as black does it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace braid::rewrite {

// Text, or a bracket with its items.
struct Form {
  std::string text;  // as it stands; of a bracket: what comes before it opens ("pool.submit")
  char open = 0;     // '(', '[' or '{'; 0: only text
  std::vector<Form> items;  // arguments, or an element and its clauses
  bool commas = true;       // between the items; a comprehension has none

  [[nodiscard]] std::string flat() const;
};

Form words(std::string text);
// `function(items)`
Form call(std::string function, std::vector<Form> items);
// "(a, b)"; a single item stands alone.
Form tuple(std::vector<Form> items);
// "[element for x in y]", with `open` as its bracket.
Form comprehension(char open, Form element, std::string clause);

// The lines of `before + form + after`, which stand at `indent` (not included), at most `width`
// wide where brackets can make it so. `unit`: one level of indentation.
std::vector<std::string> lay_out(std::string_view before, const Form& form, std::string_view after,
                                 std::string_view indent, std::string_view unit, std::size_t width);

}  // namespace braid::rewrite
