// Masking: the text as the grammar's parser should see it, and what Python's tokenizer alone
// decides.
//
// The parser's own scanner knows neither brackets nor Python's rules for indentation, takes Python
// 2 for Python, and trips over some strings. So it gets a copy of the same length, every byte where
// it was, in which
//   - comments, line joins and line ends inside brackets are blanks, and a lone CR is a line end;
//   - indentation is one blank a level (behind form feeds, which reset the count);
//   - what stands between quotes is x, but for the braces and expressions of f-strings;
//   - `print` and `exec` are ordinary names, and so are `type`, `match` and `case` where no
//     statement or case begins;
//   - a unary star before anything but a name is a blank, because the grammar allows it in few
//   places,
//     and the = of a type parameter's default is a colon;
//   - the slices : and ::1 of a subscript are names, because annotations take no other;
//   - & and ^ change places, because the grammar has their precedence the wrong way round;
//   - what no token can begin with is $.
// Spans of the masked text are spans of the source, and names are read from the source.
//
// Follows CPython's Parser/tokenizer (3.12 and later for f-strings) for errors: brackets,
// indentation, strings, numbers, characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syntax/syntax.h"

namespace braid::syntax {

struct MaskedText {
  std::string text;
  std::vector<Comment> comments;
  std::vector<SyntaxError> errors;
  std::vector<std::uint32_t> line_ends;  // where logical lines end, in order
  // The stars that are blanks now, and where what they unpack begins, in order.
  struct Star {
    std::uint32_t star;
    std::uint32_t operand;
  };
  std::vector<Star> stars;
  // The text in pieces of whole statements, to be parsed one by one: that bounds the parser's
  // memory and how far an error reaches.
  struct Piece {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t tokens = 0;
  };
  std::vector<Piece> pieces;
};

// `text` is valid UTF-8 (other bytes do no harm).
MaskedText mask(std::string_view text);

}  // namespace braid::syntax
