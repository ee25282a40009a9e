// Statements that run as one: what a failure half-way, or a name that they may not bind, would
// show.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

// Why the statements of the unit cannot run elsewhere; none when they can. What they bound before
// one of them fails must be seen by nobody: only their results come back, and only all of them.
std::optional<std::string> cannot_run_as_one(const Module& module, const plan::RunUnit& unit);

}  // namespace braid::rewrite
