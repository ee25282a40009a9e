// What is known of the file being written, and the changes of one plan until they are whole.
#pragma once

#include <expected>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rewrite/imports.h"
#include "rewrite/names.h"
#include "rewrite/rewrite.h"
#include "rewrite/steps.h"
#include "rewrite/text.h"

namespace braid::rewrite {

// The file as it is, before anything is written.
struct Original {
  Original(const effects::Program& the_program, effects::ModuleId the_id)
      : program(the_program),
        id(the_id),
        layout(the_program.modules[the_id.value].tree),
        names(the_program, the_id) {}

  const effects::Program& program;
  effects::ModuleId id;
  Layout layout;
  Names names;
};

struct Module {
  Module(const Original& original, const Options& the_options)
      : program(original.program),
        id(original.id),
        module(program.modules[id.value]),
        tree(module.tree),
        scopes(module.scopes),
        options(the_options),
        dialect(the_options.dialect),
        layout(original.layout),
        names(original.names),
        imports(program, id, layout, names) {}

  [[nodiscard]] std::string text(Symbol name) const {
    return std::string(program.symbols.text(name));
  }
  [[nodiscard]] std::string name_of(BindingId variable) const {
    return text(scopes[variable].name);
  }
  [[nodiscard]] bool is_global(BindingId variable) const {
    return scopes[variable].scope == scopes.module_scope();
  }

  const effects::Program& program;
  effects::ModuleId id;
  const effects::Module& module;
  const SyntaxTree& tree;
  const scope::Scopes& scopes;
  const Options& options;
  // The `with` hands on whatever is raised in it, as far as the plan in hand knows.
  [[nodiscard]] bool hands_on(effects::ModuleId in, NodeId with) const {
    return hand_on && hand_on->contains({in, with});
  }

  Dialect dialect;                                                          // of the plan in hand
  const std::set<std::pair<effects::ModuleId, NodeId>>* hand_on = nullptr;  // its `with`s
  Layout layout;
  Names names;
  Imports imports;
  // By statement with comprehensions: the kind of its one pool.
  std::map<NodeId, std::string> pools;
  // By unit inside a helper: the helper's new parameter.
  std::map<NodeId, std::string> pending_parameters;
};

// New text at the top level, before the statement that begins at `anchor`.
struct Definition {
  std::uint32_t anchor = 0;
  Lines lines;
  NodeId moved = {};  // the inner function that it was; several sites may move the same
};

struct SiteDraft {
  std::vector<Edit> edits;
  std::vector<Definition> definitions;
  std::set<Need> needs;
  bool look_ahead = false;       // uses the file's one `look_ahead`
  bool chunks = false;           // uses the file's one `call_in_chunks`
  bool progress = false;         // uses the file's one `show_progress`
  bool survives_input = false;   // whose input may raise
  bool eager = false;            // that hands on what is done at once (calls are paced)
  bool uses_processes = false;   // whose workers import this file again
  bool portable = false;         // through `call_in_worker`
  bool portable_errors = false;  // whose workers return exceptions: `make_portable`
  bool delays = false;           // uses the file's one `attempt` (joblib)
  bool stops = false;            // uses the file's one `stop_calls` (joblib)
  bool replays = false;          // uses the file's one `replay`
  bool flushes = false;          // that flushes what it shows
  bool keeps_output = false;     // uses the file's one `keep_output`
  bool keeps_portably = false;   // the one for worker processes
  NodeId node;                   // of the plan
  NodeId surrounded;             // the statement of a comprehension, and its pool
  std::string executor;
  // Functions that are split, and where; or, with no place, told where to print.
  std::vector<std::pair<NodeId, NodeId>> helpers;
  std::vector<std::pair<NodeId, std::string>> parameters;  // that functions get besides
  Span site;                                               // what no other site may touch
};

// Or the reason why the plan cannot be written, for people.
template <class T>
using Written = std::expected<T, std::string>;

using Reason = std::unexpected<std::string>;

// Where a definition for the statement around `node` goes: the line where the top-level statement,
// with the comments that belong to it, begins.
std::uint32_t definition_anchor(const Module& module, NodeId node);
NodeId top_level_statement(const SyntaxTree& tree, NodeId node);
// The colon that ends a compound statement's header, whose last expression ends at `offset`.
std::uint32_t colon_after(const SyntaxTree& tree, std::uint32_t offset);
// The innermost FunctionDef around `node` (through comprehensions and lambdas), or none.
NodeId function_around(const Module& module, NodeId node);
bool stands_in_class_body(const Module& module, NodeId node);
bool stands_in_class(const Module& module, NodeId node);
// A name or dotted name's root; none for other expressions.
NodeId dotted_root(const SyntaxTree& tree, NodeId expression);
// The result of a pending call, as an expression: "pending.result()", "result_of(outcome)".
std::string result_of(Module& module, const std::string& pending);
// What the file calls its `result_of` (joblib).
std::string result_name(Module& module);
// What a pending call is called.
std::string pending_name(Module& module);
// Lines whose indentation is given by tabs.
Lines lines_of(const Module& module, const std::vector<std::string>& text);
// Emitted lines as an insertion at the start of a line.
Edit insertion(std::uint32_t at, const Lines& lines, std::string_view newline,
               std::string_view reason);

}  // namespace braid::rewrite
