// The joblib dialect: a site's calls are a list of `delayed` ones, which one `Parallel` runs. Its
// facts are those of joblib 1.3 and later.
//
// `Parallel` raises the first failure that it sees, not the earliest; so each call's failure is a
// value (`attempt`), which is raised where the call stood (`result_of`). It pulls the calls in
// threads of its own; so they are in a list before it begins. A loop that is left early empties
// that list and waits for what runs (`stop_calls`): a generator of `Parallel` that is closed before
// its end warns, kills worker processes and leaves threads running.
#pragma once

#include "rewrite/loop.h"

namespace braid::rewrite::dialects {

// Why joblib cannot run the plan's calls as the loop needs them; none: it can.
std::optional<std::string> cannot_be_delayed(const Module& module, const plan::Plan& plan);

// What `Parallel` is given besides the calls.
std::vector<Form> parallel_arguments(const Module& module, const plan::Plan& plan,
                                     std::optional<int> workers);

// "Parallel(n_jobs=4)(calls)"
Form run_in_parallel(const Pool& pool, Form calls);

// "delayed(attempt)(fetch, url)"
Form delayed_call(Module& module, const Pool& pool, std::vector<Form> items);

std::string attempt_name(Module& module);
std::string stop_name(Module& module);
// `attempt` and `result_of`, and what a loop needs besides.
Lines attempt_definitions(Module& module, bool loops);

}  // namespace braid::rewrite::dialects
