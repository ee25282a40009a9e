// What the text shows that no pickle can carry to a worker process or back: open files, locks,
// sockets, generators, local classes, what is told by its identity.
//
// Silence proves nothing: whether a value is value-like is for the planner to know.
#pragma once

#include <optional>
#include <string>

#include "rewrite/draft.h"

namespace braid::rewrite {

// Why the variable's value, or what a loop variable stands for, cannot be sent; none when the text
// shows nothing against it.
std::optional<std::string> cannot_be_sent(const Module& module, BindingId variable);
// The same of an expression.
std::optional<std::string> cannot_be_sent(const Module& module, NodeId expression);
// The text shows that the variable holds something that can be iterated once: a generator, an
// iterator, an open file.
bool is_iterated_once(const Module& module, BindingId variable);
// Why what the unit gives cannot come back.
std::optional<std::string> cannot_come_back(const Module& module, const plan::RunUnit& unit);

}  // namespace braid::rewrite
