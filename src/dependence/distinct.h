// Which terms have another value in every iteration, and which two can never meet.
//
// A path or key that is an injective function of something distinct per iteration is distinct.
// Distinct means after str(): integers in one field, or unchanged strings between constants.
#pragma once

#include "dependence/dependence.h"
#include "effects/values.h"

namespace braid::dependence {

// What is known of the items that the loop yields.
struct Items {
  enum class Kind : std::uint8_t {
    unknown,
    integers,
    strings,
    pairs_by_position,
    pairs_by_key
  } kind = Kind::unknown;
  // pairs: what the second part is (enumerate over a range, say).
  bool second_distinct = false;
  // Different items name different files: one folder's names. Of any other texts two may name one
  // file (`a` and `./a`).
  bool are_paths = false;
  bool are_names = false;  // names in a folder: no separators, not `..`
};
Items items_of(const effects::Program& program, effects::ModuleId module, NodeId iter);

// Where a path lies: in a folder, by names that do not lead out of it again, or by what is not
// known.
enum class Below : std::uint8_t { unknown, somewhere, by_name };

enum class Variation : std::uint8_t { invariant, distinct, unknown };

class Distinctness {
 public:
  Distinctness(const effects::Effects& effects, Items items) : effects_(effects), items_(items) {}
  void know(Items items) { items_ = items; }
  // The program gives files other names: two paths may be one file.
  void may_be_linked() { linked_ = true; }
  // How the term varies from one iteration to another.
  [[nodiscard]] Variation variation(effects::TermId term) const;
  // Distinct also as a path.
  [[nodiscard]] bool distinct_path(effects::TermId term) const;
  // a of one iteration never equals b of another (or, in the same iteration, of the same).
  [[nodiscard]] bool never_equal(effects::TermId a, effects::TermId b) const;
  // Both are the same text in every iteration.
  [[nodiscard]] bool always_equal(effects::TermId a, effects::TermId b) const;
  // Whether the path begins with that of the folder, in each iteration (folders.cc).
  [[nodiscard]] Below below(effects::TermId path, effects::TermId folder) const;

 private:
  struct Piece {
    std::string text;  // a constant
    effects::TermId term;
    bool constant = false;
  };
  void flatten(effects::TermId term, std::vector<Piece>& out) const;
  [[nodiscard]] bool integer(effects::TermId term) const;
  const effects::Effects& effects_;
  Items items_;
  bool linked_ = false;
};

}  // namespace braid::dependence
