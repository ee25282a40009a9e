// Names that stand for what is made in one place: bound once, and only looked at.
#pragma once

#include "dependence/dependence.h"

namespace braid::dependence {

// What the name's variable is bound to, a constant, list, tuple, set, dict, comprehension or call:
// in this file, nowhere else, and nothing in the file adds to it or hands it on (it may be sorted,
// or lose items). None: that cannot be told.
NodeId origin_of(const effects::Program& program, effects::ModuleId module, NodeId name);

}  // namespace braid::dependence
