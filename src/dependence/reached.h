// Who may reach a function, or look at it, otherwise than by a call of its name.
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

}  // namespace braid::dependence
