// What all calls of a function pass: where `convert("in.csv", "out.csv")` is the only one, its
// parameters mean these two.
#pragma once

#include "effects/frames.h"

namespace braid::effects {

class PassedConstants {
 public:
  PassedConstants(const Program& program, Values& values) : program_(program), values_(values) {}

  // A call in the text of a function or module, as its summary sees it. Whether it is news.
  bool note(const Atom& function, const std::vector<Argument>& bound);
  // The constant that each call of a function (module, definition) passes, if it is one and the
  // same, through functions that hand on what they were given; else none.
  TermId constant(std::uint64_t function, std::size_t index, int depth = 0);
  // Parameters that are always the same are that.
  TermId with_constants(TermId id);

 private:
  bool is_only_called(std::uint64_t function);

  const Program& program_;
  Values& values_;
  // The one term that all calls pass, a constant or a caller's parameter; none once they differ.
  std::unordered_map<std::uint64_t, std::vector<std::optional<TermId>>, PairHash> seen_;
  std::unordered_map<std::uint64_t, bool, PairHash> only_called_;
};

}  // namespace braid::effects
