// Which terms have another value in every iteration, and which two can never meet.
//
// A path or key that is an injective function of something distinct per iteration is distinct.
// Distinct means after str(): integers in one field, or unchanged strings between constants.
#pragma once

#include "dependence/items.h"
#include "effects/values.h"

namespace braid::dependence {

// Where a path lies: in a folder, by names that do not lead out of it again, or by what is not
// known.
enum class Below : std::uint8_t { unknown, somewhere, by_name };

enum class Variation : std::uint8_t { invariant, distinct, unknown };

class Distinctness {
 public:
  Distinctness(const effects::Effects& effects, Items items) : effects_(effects), items_(items) {}
  [[nodiscard]] const Items& items() const { return items_; }
  void know(Items items, const effects::LoopTrace& trace) {
    items_ = std::move(items);
    trace_ = &trace;
  }
  // The program gives files other names: two paths may be one file.
  void may_be_linked() { linked_ = true; }
  // How the term varies from one iteration to another.
  [[nodiscard]] Variation variation(effects::TermId term) const;
  // Distinct also as a path.
  [[nodiscard]] bool distinct_path(effects::TermId term) const;
  // The file that one names in an iteration is not the one that the other names in another one.
  [[nodiscard]] bool never_meet(effects::TermId a, effects::TermId b) const;
  // Distinct, and none lies in another one.
  [[nodiscard]] bool distinct_folder(effects::TermId term) const;
  // a of one iteration never equals b of another (or, in the same iteration, of the same).
  // `index`: of a list.
  [[nodiscard]] bool never_equal(effects::TermId a, effects::TermId b, bool index) const;
  // As a key of a dict (or an index of a list): another one in every iteration.
  [[nodiscard]] bool distinct_key(effects::TermId term, bool index) const;
  // It is the loop's own item or the first part of it, and that is such a key.
  [[nodiscard]] bool is_own_key(effects::TermId term) const;
  // As paths: the file that one names in any iteration is not the other's in any.
  [[nodiscard]] bool never_one_file(effects::TermId a, effects::TermId b) const;
  // Both are the same text in every iteration.
  [[nodiscard]] bool always_equal(effects::TermId a, effects::TermId b) const;
  // Whether the path begins with that of the folder, in each iteration.
  [[nodiscard]] Below below(effects::TermId path, effects::TermId folder) const;

 private:
  struct Piece {
    std::string text;  // a constant
    effects::TermId term;
    bool constant = false;
  };
  void flatten(effects::TermId term, std::vector<Piece>& out) const;
  using Pieces = std::vector<Piece>::const_iterator;
  [[nodiscard]] std::size_t own_folder(const std::vector<Piece>& pieces) const;
  [[nodiscard]] bool stays_below(Pieces from, Pieces end) const;
  [[nodiscard]] Pieces first_varying(const std::vector<Piece>& pieces) const;
  [[nodiscard]] std::vector<Piece> pieces_of(effects::TermId term) const;
  [[nodiscard]] bool integer(effects::TermId term) const;
  [[nodiscard]] bool is_index(effects::TermId term) const;
  [[nodiscard]] bool is_last_name(effects::TermId term) const;
  [[nodiscard]] bool is_number(effects::TermId term) const;
  [[nodiscard]] bool is_made_as(const effects::Term& opaque,
                                std::initializer_list<std::string_view> types) const;
  [[nodiscard]] bool is_one_name(effects::TermId term) const;
  [[nodiscard]] bool leads_down(effects::TermId term) const;
  const effects::Effects& effects_;
  Items items_;
  const effects::LoopTrace* trace_ = nullptr;
  bool linked_ = false;
};

}  // namespace braid::dependence
