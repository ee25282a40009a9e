// merges: what is made of many texts. Pure: pieces in, a result out; the calls that `best` and
// `synthesise` make are made elsewhere from the texts that stand here.
//
// No piece is lost, doubled or moved: the order is always that of the pieces, never of arrival.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/workflow.h"

namespace braid::fanout {

struct Piece {
  std::string name;  // of its part
  std::size_t index = 0;
  std::size_t draw = 0;
  std::optional<std::string_view> text;  // none: a gap; who holds it outlives this
  std::string error;                     // why there is none
  bool is_chunk = false;                 // the answer to a chunk of an input, whose edges these are
  std::string_view before;
  std::string_view after;
};

// The pieces of a merge, to be gone through as often as wanted: all at hand, or made one by one.
class Pieces {
 public:
  using Take = std::function<void(const Piece&)>;  // the piece is there until the next one

  Pieces(const std::vector<Piece>& all)  // NOLINT(google-explicit-constructor)
      : each_([&all](const Take& take) {
          for (const Piece& piece : all) take(piece);
        }) {}
  explicit Pieces(std::function<void(const Take&)> each) : each_(std::move(each)) {}

  void each(const Take& take) const { each_(take); }

 private:
  std::function<void(const Take&)> each_;
};

struct Merged {
  std::optional<Text> text;  // none: it could not be made
  std::string failure;
  std::vector<std::string> gaps;  // named
  bool is_tie = false;
  std::vector<std::string> notes;  // for the summary: votes, margins, warnings
  Json details;                    // for the report
};

// "nutrition", "tagged 7" or "ballot 7 draw 2"
std::string name_of(const Piece& piece, bool has_index, bool has_draw);

// Applies the rule for gaps: fills in `gaps`, and `failure` when the rule is broken.
void check_missing(const Pieces& pieces, const Missing& rule, Merged& out);

Merged stitch(const Pieces& pieces, std::string_view join, const Missing& missing);
Merged jsonl(const Pieces& pieces, bool record_rows, const Missing& missing);

// The records of a JSON answer: an array's items, an object's one array, JSON lines, or the value.
std::optional<std::vector<Json>> records_of(std::string_view text);

// The block that {parts} stands for; gaps are named in it.
std::string parts_block(const std::vector<Piece>& pieces);

// Groups of pieces whose blocks take at most `most` bytes, in order; a piece that is longer by
// itself is alone in its group.
std::vector<std::vector<Piece>> fit_groups(const std::vector<Piece>& pieces, std::size_t most);

}  // namespace braid::fanout
