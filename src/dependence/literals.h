// Names that stand for a literal: bound once, and only looked at.
#pragma once

#include "dependence/dependence.h"

namespace braid::dependence {

// The list, tuple, set or dict that the name's variable is bound to: in this file, nowhere else,
// and nothing in the file changes it or hands it on. None: that cannot be told.
NodeId literal_of(const effects::Program& program, effects::ModuleId module, NodeId name);

}  // namespace braid::dependence
