// odd_bytes: text that is not UTF-8, as UTF-8 and back.
//
// A byte that is no part of valid UTF-8 becomes one private character, U+EF00 and the byte's value
// (U+EF80 to U+EFFF), as MirBSD's OPTU-8 has it. Such characters in the text itself have each of
// their bytes written that way, so that bytes_back() of bytes_shown() is the text, whatever it is.
#pragma once

#include <string>
#include <string_view>

namespace braid::fanout {

std::string bytes_shown(std::string_view text);
std::string bytes_back(std::string text);  // in place

}  // namespace braid::fanout
