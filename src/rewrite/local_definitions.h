// What stands in a function and worker processes, which find things by their names in the file,
// need too: inner functions, lambdas with a name, imports. A function that needs nothing of the one
// around it moves to the top of the file; everything else is repeated inside the worker's function.
#pragma once

#include <set>

#include "rewrite/draft.h"

namespace braid::rewrite {

struct LocalDefinitions {
  std::vector<NodeId> moved;   // function definitions that leave their place
  std::vector<NodeId> copied;  // statements, in order of the text
  std::set<BindingId> moved_names;
  std::set<BindingId> copied_names;

  [[nodiscard]] bool is_moved(BindingId variable) const { return moved_names.contains(variable); }
};

// For the variables that the text run by workers needs. Error: what no worker process can be given.
Written<LocalDefinitions> place_local_definitions(Module& module, NodeId site,
                                                  const std::vector<BindingId>& needed);

// The functions that leave their place: as definitions at the top, and the lines that go.
void move_definitions(const Module& module, const LocalDefinitions& local, SiteDraft& draft);

}  // namespace braid::rewrite
