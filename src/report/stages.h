// Which text of a site belongs to split, run and merge.
#pragma once

#include "plan/plan.h"

namespace braid::report {

struct Stages {
  std::vector<Span> split;
  std::vector<Span> run;
  std::vector<Span> merge;
};

Stages stages_of(const plan::Plan& plan, const syntax::SyntaxTree& tree);

}  // namespace braid::report
