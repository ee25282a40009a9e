#pragma once

#include "effects/effects.h"

namespace braid::cli {

// One iteration's effects in order of evaluation, one a line: what `braid show effects` prints.
std::string print_effects(const effects::LoopTrace& trace, const effects::Effects& effects,
                          const effects::Program& program);

}  // namespace braid::cli
