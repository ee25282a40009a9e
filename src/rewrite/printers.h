// Functions that are told where to print, and the calls whose outcome says what they printed.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

// The name of what gathers the text, in workers and as the functions' new parameter.
std::string printed_name(Module& module);
// Calls of `print` and of functions that print in the unit's text get one more argument.
std::vector<Substitution> told_where(Module& module, const plan::RunUnit& unit);
// Why the unit's text, or a function that it reaches, cannot be told.
std::optional<std::string> cannot_tell(Module& module, const plan::RunUnit& unit);
// The functions that the plan's units reach.
void edit_printers(Module& module, const plan::Plan& plan, SiteDraft& draft);

// `outcome` of an expression, shown and taken: "replay(pending.result())".
std::string replayed(Module& module, const plan::RunUnit& unit, const std::string& outcome,
                     SiteDraft& draft);
// The function that calls another one, and returns what `replay` takes. `portable`: from a worker
// process, where exceptions have to be made portable.
std::string keeper_name(Module& module, bool portable);
Lines keeper_definition(Module& module, const std::string& buffer, bool portable);
Lines replay_definition(Module& module, bool flushes);
// `print(*printed, sep="", end="")`
std::string print_all(const Module& module, const std::string& printed, bool flushes);

}  // namespace braid::rewrite
