// splits: cuts a text into chunks at natural boundaries.
//
// Lossless: the chunks' texts put together are the input, whatever bytes it holds. A chunk is never
// cut inside of a piece (a record, line, paragraph, sentence, section, definition) unless that
// piece alone is longer than `tokens` allows; then it is cut at the next smaller boundary.
#pragma once

#include <string_view>
#include <vector>

#include "fanout/workflow.h"

namespace braid::fanout {

struct Chunk {
  std::string_view text;
  std::string_view context;  // what stands before it and is shown, but not part of it
  std::size_t first = 0;     // number of its first piece
  std::size_t pieces = 0;
};

// The pieces of a text: consecutive views that put together are all of it.
std::vector<std::string_view> cut_pieces(std::string_view text, SplitKind kind,
                                         std::string_view path);

// The chunks of an input: pieces gathered by `batch` or `tokens`, one piece each without these.
// Pieces of blanks alone are joined to the one before.
std::vector<Chunk> cut_chunks(const Input& input);

// A chunk cut in two, near its middle, at a boundary between its pieces, or inside of the single
// one that it is. Fewer than two when there is nothing to cut.
std::vector<std::string_view> cut_in_two(std::string_view chunk, SplitKind kind,
                                         std::string_view path);

// What splitting suits a file of that name.
SplitKind split_for(std::string_view path);

// bytes / 4, the rough count of tokens used wherever nobody has counted.
std::size_t estimate_tokens(std::size_t bytes);

// The text without blanks at its edges, and these blanks: a chunk is sent without its edges, and
// they are put back around the answer.
struct Edges {
  std::string_view before;
  std::string_view text;
  std::string_view after;
};
Edges without_edges(std::string_view text);

}  // namespace braid::fanout
