// Whether text means the same when it moves into a function of its own.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

// Why `nodes` (statements of one block, or one expression) cannot move into another function; none
// when they can. `loop`: the site, whose `continue` and `break` the caller replaces itself when
// `exits_replaced`.
std::optional<std::string> cannot_move(const Module& module, std::span<const NodeId> nodes,
                                       NodeId loop, bool exits_replaced);
// Why a pool cannot stand where the site does; none when it can.
std::optional<std::string> cannot_have_pool(const Module& module, NodeId site);
// Why somebody could see in the emitted text itself that it is another: listed names, tracebacks.
std::optional<std::string> is_looked_at(const Module& module, NodeId site);
// Holds a name that a class mangles (`self.__session`): the text must stay inside the class.
bool is_mangled(const Module& module, std::span<const NodeId> nodes);
// Why `nodes`, text of the function `home`, would not mean the same where `site` stands: a name is
// another variable there, or another class mangles it; none when it does.
std::optional<std::string> means_otherwise(const Module& module, std::span<const NodeId> nodes,
                                           NodeId home, NodeId site);
// A call of this builtin.
bool is_builtin_call(const Module& module, NodeId node, std::string_view name);
// Makes something that is evaluated later, when names may mean other things (lambda, generator,
// def).
bool is_deferred(const SyntaxTree& tree, NodeId node);
// The expression is evaluated exactly once whenever its statement is reached without an exception;
// else why not.
std::optional<std::string> not_always_evaluated(const SyntaxTree& tree, NodeId expression,
                                                NodeId site);
// The variable is written, deleted or imported inside `region`.
bool is_written_in(const Module& module, BindingId variable, NodeId region);
// Surely bound whenever code at `node` runs, as far as the text shows without a planner: a builtin,
// or a top-level definition, import or assignment that comes before it.
bool is_surely_bound(const Module& module, BindingId variable, NodeId node);

}  // namespace braid::rewrite
