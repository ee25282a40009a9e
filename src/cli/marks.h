// The comments `# braid: off` and `# braid: independent`.
#pragma once

#include "syntax/syntax.h"

namespace braid::cli {

struct Marks {
  bool off = false;
  bool independent = false;
};

// What the comments say of the loop or comprehension: on a line of its header, or alone above it,
// or above the first statement of the file.
Marks marks_of(const syntax::SyntaxTree& tree, syntax::NodeId site);

}  // namespace braid::cli
