// Who may reach a function or a variable, or look at it, otherwise than by its name.
#pragma once

#include "dependence/dependence.h"

namespace braid::dependence {

// How functions are written is looked at: their code, their parameters. By which name, or none.
std::string_view looks_at_functions(const effects::Program& program);
// A call of the method by its name may reach another function: another class has one of that name,
// or classes may that derive from its class or are made while the program runs.
bool may_be_replaced(const effects::Program& program, ModuleId module, NodeId method);
// A star import behind the definition may give its name to something else.
bool is_rebound_by_star(const effects::Program& program, ModuleId module, NodeId definition);
// Somebody may look at variables by their names as text, or through a frame.
bool reads_names_unseen(const effects::Program& program);
// Another module of the program may look at this one's globals.
bool is_imported(const effects::Program& program, ModuleId module);
// Attributes and modules are named by what is worked out while the program runs, or replaced so.
bool makes_names(const effects::Program& program);

}  // namespace braid::dependence
