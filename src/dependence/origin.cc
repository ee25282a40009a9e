#include "dependence/origin.h"

#include <algorithm>

#include "dependence/reached.h"

namespace braid::dependence {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whoever stands here looks at it, puts it in order or takes something out, and keeps no hold of
// it.
bool adds_nothing(const effects::Module& module, const SymbolTable& symbols, NodeId use) {
  const syntax::SyntaxTree& t = module.tree;
  NodeId around = t.parent(use);
  switch (t.kind(around)) {
    case NodeKind::For:
      return t.child(around, slot::For::iter) == use;
    case NodeKind::Comprehension:
      return t.child(around, slot::Comprehension::iter) == use;
    case NodeKind::CompareItem:
      return true;
    case NodeKind::Attribute: {
      const NodeId call = t.parent(around);
      return t.is(call, NodeKind::Call) && t.child(call, slot::Call::function) == around &&
             is_one_of(symbols.text(t[around].name),
                       {"items", "keys", "values", "get", "index", "count", "sort", "reverse",
                        "remove", "pop", "clear", "discard"});
    }
    case NodeKind::Subscript: {
      const NodeId further = t.parent(around);
      return t.child(around, slot::Subscript::value) == use &&
             (t.is(further, NodeKind::BinOp) || t.is(further, NodeKind::FormattedValue) ||
              t.is(further, NodeKind::Keyword) || t.is(further, NodeKind::CompareItem) ||
              (t.is(further, NodeKind::Assign) && t.child(further, slot::Assign::value) == around));
    }
    case NodeKind::List:
      break;
    default:
      return false;
  }
  const NodeId call = t.parent(around);
  if (!t.is(call, NodeKind::Call)) return false;
  const NodeId function = t.child(call, slot::Call::function);
  if (!t.is(function, NodeKind::Name)) return false;
  const scope::BindingId called = module.scopes.variable(function);
  const bool bound = called && (module.scopes[called].flags &
                                (scope::kAssigned | scope::kParameter | scope::kImported)) != 0;
  return !bound && is_one_of(t.text(function), {"len", "sorted", "enumerate", "zip", "list",
                                                "tuple", "set", "print", "sum", "min", "max"});
}

}  // namespace

NodeId origin_of(const effects::Program& program, effects::ModuleId module, NodeId name) {
  const effects::Module& m = program.modules[module.value];
  const syntax::SyntaxTree& t = m.tree;
  const scope::BindingId variable = m.scopes.variable(name);
  if (!variable || (m.scopes[variable].flags & (scope::kParameter | scope::kImported)) != 0)
    return {};
  const scope::ScopeKind kind = m.scopes[m.scopes[variable].scope].kind;
  const bool global = kind == scope::ScopeKind::Module;
  if (kind == scope::ScopeKind::Class || reads_names_unseen(program) ||
      (global && (makes_names(program) || is_imported(program, module))))
    return {};
  NodeId origin{};
  bool kept = true;
  for (const scope::Occurrence& use : m.scopes.occurrences(variable)) {
    if (use.access == scope::Access::Read) {
      kept = kept && adds_nothing(m, program.symbols, use.node);
      continue;
    }
    const NodeId targets = t.parent(use.node);
    const NodeId statement = t.parent(targets);
    if (use.access != scope::Access::Write || origin || !t.is(statement, NodeKind::Assign) ||
        t.items(statement, slot::Assign::targets).size() != 1 ||
        t.items(statement, slot::Assign::targets)[0] != use.node ||
        is_rebound_by_star(program, module, statement))
      return {};
    origin = t.child(statement, slot::Assign::value);
  }
  if (origin && t.is(origin, NodeKind::Constant)) return origin;
  const auto is_one = [&](NodeKind kind) { return t.is(origin, kind); };
  constexpr NodeKind kKnown[] = {NodeKind::ListLiteral, NodeKind::Tuple,    NodeKind::Set,
                                 NodeKind::Dict,        NodeKind::ListComp, NodeKind::Call};
  return kept && origin && std::any_of(std::begin(kKnown), std::end(kKnown), is_one) ? origin
                                                                                     : NodeId{};
}

}  // namespace braid::dependence
