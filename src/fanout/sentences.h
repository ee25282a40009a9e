// sentences: where a sentence ends. Not for other rooms.
#pragma once

#include <string_view>

namespace braid::fanout {

// Past the sentence that begins at `begin` and the blanks around it; the text's size when it goes
// on to the end. A full stop after an abbreviation or an initial, or before a small letter, ends
// none; an empty line ends one. In time linear in the text, whatever it holds.
std::size_t sentence_end(std::string_view text, std::size_t begin);

}  // namespace braid::fanout
