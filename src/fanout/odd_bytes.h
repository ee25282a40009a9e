// odd_bytes: text that is not UTF-8, as UTF-8 and back.
//
// A byte that is no part of valid UTF-8 becomes one private character, U+EF00 and the byte's value
// (U+EF80 to U+EFFF), as MirBSD's OPTU-8 has it. Such characters in the text itself have each of
// their bytes written that way, so that bytes_back() of bytes_shown() is the text, whatever it is.
#pragma once

#include <string>
#include <string_view>

#include "fanout/text.h"

namespace braid::fanout {

// Where text is no UTF-8, first; npos where all of it is.
std::size_t find_odd_byte(const Text& text);

std::string bytes_shown(std::string_view text);
std::string bytes_back(std::string text);  // in place

// The same of a long text.
Text all_shown(const Text& text);
Text all_back(const Text& text);

}  // namespace braid::fanout
