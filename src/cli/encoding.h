// The encodings of Python source files (PEP 263), to UTF-8 and back byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "base/base.h"

namespace braid::cli {

struct Encoding {
  std::string name = "utf-8";  // as the file names it, in lower case
  bool byte_order_mark = false;
};

// From the byte-order mark and the cookie in the first two lines; Error when the two contradict
// each other.
Result<Encoding> find_encoding(std::string_view bytes);

// Valid UTF-8 without a byte-order mark. Error: the reason with the line, "byte 0xe9 in line 3".
Result<std::string> decode(std::string_view bytes, const Encoding& encoding);

// Error when a character has no form in the encoding. decode, then encode, gives the same bytes.
Result<std::string> encode(std::string_view text, const Encoding& encoding);

}  // namespace braid::cli
