// What the function that does a unit's work is called.
#include <algorithm>

#include "rewrite/worker.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

struct Callee {
  std::string name;
  NodeId statement;
};

// The call that gives the worker its verb: one whose verb is known, else the first of a function
// that is no builtin.
Callee callee_of(const Module& module, const plan::RunUnit& unit) {
  const SyntaxTree& tree = module.tree;
  Callee first;
  Callee known;
  for (const NodeId root : statements_of(tree, unit)) {
    each_node(tree, root, [&](NodeId node) {
      if (!tree.is(node, NodeKind::Call)) return;
      const NodeId function = tree.child(node, slot::Call::function);
      std::string name;
      if (tree.is(function, NodeKind::Name)) name = std::string(tree.text(function));
      if (tree.is(function, NodeKind::Attribute)) name = module.text(tree[function].name);
      if (name.empty() || is_builtin(name)) return;
      const bool plain = tree.is(function, NodeKind::Name);
      if (first.name.empty() && (unit.is_expression || plain))
        first = {name, tree.statement_of(node)};
      if (known.name.empty() && verb_for(name) != name.substr(0, name.find('_')))
        known = {name, tree.statement_of(node)};
    });
  }
  return unit.is_expression || known.name.empty() ? first : known;
}

// The plain name that the statement assigns.
std::string assigned(const SyntaxTree& tree, NodeId statement) {
  if (!statement || !tree.is(statement, NodeKind::Assign)) return "";
  const NodeId target = tree.items(statement, slot::Assign::targets)[0];
  // A single letter says nothing.
  const bool telling = tree.is(target, NodeKind::Name) && tree.text(target).size() > 1;
  return telling ? std::string(tree.text(target)) : "";
}

}  // namespace

std::string result_noun(const Module& module, const plan::RunUnit& unit) {
  const SyntaxTree& tree = module.tree;
  if (unit.is_expression) return assigned(tree, tree.statement_of(unit.first));
  if (unit.results.empty()) return "";
  const std::string costly = assigned(tree, callee_of(module, unit).statement);
  for (const BindingId result : unit.results) {
    if (module.name_of(result) == costly) return costly;
  }
  const std::string last = module.name_of(unit.results.back());
  return last.size() > 1 ? last : "";
}

std::vector<std::string> worker_name_wishes(const Module& module, const plan::RunUnit& unit,
                                            const std::string& item_noun) {
  const std::string callee = callee_of(module, unit).name;
  const std::string verb =
      callee.empty() ? (unit.is_expression ? "compute" : "process") : verb_for(callee);
  std::vector<std::string> wishes;
  const auto wish = [&](const std::string& noun) {
    if (!noun.empty() && noun != verb) wishes.push_back(verb + "_" + noun);
  };
  wish(item_noun);
  wish(result_noun(module, unit));
  wishes.push_back(verb + "_item");
  wishes.push_back(verb + "_one");
  return wishes;
}

}  // namespace braid::rewrite
