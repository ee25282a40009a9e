// What holds of every tree, whatever the text was. For tests and fuzzing.
#pragma once

#include <string>

#include "syntax/syntax.h"

namespace braid::syntax {

// What the tree violates, in words; empty when all holds:
//   - node 0 is a Module over the whole text; parents stand before their children, and a node's
//     subtree is the range behind it, tiled by its children's;
//   - a node has the slots of nodes.def; what is not optional is there;
//   - a span lies in the parent's (decorators apart) and in the text, and ends at code points;
//   - kHasError is set on an Error and on all around it, and there are errors then;
//   - no path is longer than kMaxDepth; comments and errors are in order and in the text.
std::string violated_invariant(const SyntaxTree& tree);

}  // namespace braid::syntax
