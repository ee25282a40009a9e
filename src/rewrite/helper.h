// A costly call inside a function of the file that the loop calls: the function takes the call's
// outcome as one more parameter, and the loop hands it over.
#pragma once

#include <map>

#include "rewrite/worker.h"

namespace braid::rewrite {

struct Helper {
  NodeId definition;
  NodeId call;
  std::map<BindingId, NodeId> values;  // by parameter: the argument, or the default
  std::map<BindingId, bool> is_default;
  Steps steps;                       // the helper's body up to the unit (unit 0)
  std::vector<plan::RunUnit> units;  // that one
  Variables variables;               // of the steps
  std::vector<NodeId> text;          // the arguments that matter
  std::string parameter;             // the new one
};

// A variable of the function that the text of a worker binds itself: where it is read before that,
// it is unbound there, too.
bool is_own_local(const Module& module, NodeId definition, const Variables& variables,
                  BindingId variable);
Written<Helper> read_helper(Module& module, const plan::Plan& plan, const plan::RunUnit& unit);

// `steps`: the loop's own, up to the call. The worker's arguments are text of the loop.
Written<Worker> make_helper_worker(const Scene& scene, const Steps& steps, const Helper& helper);

// The helper's new parameter, and the unit in its body.
void edit_helper(Module& module, const plan::RunUnit& unit, const Helper& helper, SiteDraft& draft);
// More parameters of a function, which have a default: "*, pending=None, printed=None".
Edit added_parameters(const Module& module, NodeId definition,
                      const std::vector<std::string>& names);
// The loop's call hands over `pending`.
Edit hand_over(const Module& module, const Helper& helper, const std::string& pending);

}  // namespace braid::rewrite
