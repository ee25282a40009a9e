// What worker processes need of a file: that importing it again does nothing, that what they use is
// there then, and that exceptions survive the way back.
#pragma once

#include <optional>
#include <span>

#include "rewrite/draft.h"

namespace braid::rewrite {

// The first top-level statement that does something when the file is imported, and is not under a
// main guard yet; none when all is quiet.
std::optional<NodeId> first_effect(const Module& module);

// Evaluating it again gives the same and is never seen: literals, names, arithmetic and displays of
// these.
bool is_constant(const SyntaxTree& tree, NodeId expression);
// Running the statement again only defines: importing the file again may do it.
bool is_quiet(const SyntaxTree& tree, NodeId statement);

// Why worker processes, which import the file without running its guarded part, would lack or see
// differently what `variables` need, through the functions of the file that they name; none when
// all is there. Values that the program computes before `site` are added to `shared`.
std::optional<std::string> workers_lack(const Module& module, NodeId site,
                                        const std::vector<BindingId>& variables,
                                        std::vector<BindingId>& shared);
// A global that is the same in every process: a definition, an import, or bound once to something
// that nothing can change.
bool is_same_everywhere(const Module& module, BindingId variable);

// The first of these that workers, who import the script, would do again.
std::optional<NodeId> done_again(const Module& module, std::span<const NodeId> statements);
// The first of these definitions that worker processes do not come to when they import the file.
std::optional<NodeId> unseen_by_workers(const Module& module, std::span<const NodeId> definitions);

// Whether the function that a dotted name of the top level stands for is pickled by just that name:
// not what a decorator made in its place.
bool is_found_by_name(const Module& module, NodeId function);

// Why worker processes would see a module, a class or the interpreter otherwise than the program
// has set it by then (`Base.limit = 3`, `os.environ["HOME"] = …`, `sys.setrecursionlimit(…)`), or
// hand back exceptions less than whole; none when the text shows no such thing.
std::optional<std::string> workers_differ(const Module& module, const plan::Plan& plan);

// One `if __name__ == "__main__":` from `statement` to the end of the file, and its indentation.
// `edits`: what else changes.
void guard(const Module& module, NodeId statement, std::vector<Edit>& edits);

// The function that gives each worker process the values of `variables` once, by the name of each.
// `also`: what else a worker process does before its first call; none if empty.
Lines share_definition(Module& module, const std::string& name, const std::string& also,
                       const std::vector<BindingId>& variables);

}  // namespace braid::rewrite
