// What an effect costs, and whether it can be seen from outside the program. Seconds.
#pragma once

#include "effects/effects.h"

namespace braid::dependence {

inline constexpr double kCostly = 1e-3;
inline constexpr double kRepeatable = 5e-3;   // what may be computed twice beside something dearer
inline constexpr double kUnknownCall = 0.05;  // what a call that nobody knows is taken to cost

// A sleep beside a call of the outside is a pause between calls; alone it stands for the work.
double cost_of(const effects::Effect& effect, bool sleep_is_work);

// Seen from outside the program, or by whoever looks at process-wide state.
bool is_visible(const effects::Effect& effect);

}  // namespace braid::dependence
