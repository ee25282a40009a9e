#include "rewrite/passable.h"

#include <algorithm>

#include "rewrite/helper.h"
#include "rewrite/moving.h"
#include "rewrite/plain.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

bool contains(const std::vector<BindingId>& all, BindingId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

Passable::Passable(const Scene& scene, const std::vector<BindingId>& written)
    : scene_(scene), module_(scene.module), tree_(scene.module.tree), written_(written) {}

bool Passable::is_known(BindingId variable) const {
  return contains(scene_.items, variable) || contains(scene_.ahead, variable);
}

// Evaluating it ahead can neither fail nor be seen.
bool Passable::as_function(NodeId function, const Values& values) const {
  const NodeId root = dotted_root(tree_, function);
  if (!root) return false;
  const BindingId variable = module_.scopes.variable(root);
  if (values.contains(variable)) return root == function && !scene_.process;
  if (!is_bound_ahead(variable)) return false;
  if (root == function) return true;
  return is_import(variable);
}

bool Passable::is_import(BindingId variable) const {
  const std::uint16_t flags = module_.scopes[variable].flags;
  return (flags & scope::kImported) != 0 && !is_known(variable);
}

bool Passable::is_bound_ahead(BindingId variable) const {
  if (scene_.caller &&
      (contains(scene_.caller->items, variable) || contains(scene_.caller->ahead, variable)))
    return true;
  return is_known(variable) || is_surely_bound(module_, variable, scene_.plan.node);
}

bool Passable::as_argument(NodeId node, const Values& values) const {
  if (is_deferred(tree_, node)) return false;
  switch (tree_.kind(node)) {
    case NodeKind::Constant:
      return true;
    case NodeKind::Name: {
      const BindingId variable = module_.scopes.variable(node);
      const auto found = values.find(variable);
      if (found == values.end()) return is_bound_ahead(variable);
      // Arguments are judged as they are taken up.
      if (scene_.helper && scene_.helper->values.contains(variable)) return true;
      // The slice does not raise: that is the planner's word. It is evaluated in split anyway.
      return !scene_.plan.slice_may_raise && is_quiet(found->second);
    }
    case NodeKind::Attribute: {
      const NodeId root = dotted_root(tree_, node);
      return root && is_import(module_.scopes.variable(root)) &&
             is_bound_ahead(module_.scopes.variable(root));
    }
    case NodeKind::UnaryOp:
      return plain_type(module_, tree_.child(node, slot::UnaryOp::operand), values) ==
                 Plain::integer &&
             tree_.op(node) == syntax::Operator::USub;
    case NodeKind::Tuple:
    case NodeKind::ListLiteral:
      return std::all_of(tree_.items(node, 0).begin(), tree_.items(node, 0).end(),
                         [&](NodeId item) { return as_argument(item, values); });
    case NodeKind::Dict:
      for (const NodeId key : tree_.items(node, slot::Dict::keys)) {
        if (!tree_.is(key, NodeKind::Constant)) return false;
      }
      return std::all_of(tree_.items(node, slot::Dict::values).begin(),
                         tree_.items(node, slot::Dict::values).end(),
                         [&](NodeId item) { return as_argument(item, values); });
    case NodeKind::JoinedString:
    case NodeKind::BinOp: {
      if (plain_type(module_, node, values) == Plain::unknown) return false;
      bool passable = true;
      each_node(tree_, node, [&](NodeId inner) {
        if (!tree_.is(inner, NodeKind::Name) || !passable) return;
        const NodeId parent = tree_.parent(tree_.parent(inner));
        const bool called =
            tree_.is(parent, NodeKind::Call) || tree_.is(tree_.parent(inner), NodeKind::Call);
        passable = called || as_argument(inner, values);
      });
      return passable;
    }
    default:
      return false;
  }
}

// Holds nothing that is evaluated later or binds a name.
bool Passable::is_quiet(NodeId value) const {
  bool quiet = !is_deferred(tree_, value);
  each_node(tree_, value, [&](NodeId inner) {
    const NodeKind kind = tree_.kind(inner);
    quiet = quiet && kind != NodeKind::NamedExpr && kind != NodeKind::Await &&
            kind != NodeKind::Yield && kind != NodeKind::YieldFrom && kind != NodeKind::ListComp &&
            kind != NodeKind::SetComp && kind != NodeKind::DictComp;
    if (tree_.is(inner, NodeKind::Name) && tree_.parent(inner)) {
      // A value of the slice may name another variable of the slice.
      const BindingId variable = module_.scopes.variable(inner);
      quiet = quiet && (contains(written_, variable) || is_bound_ahead(variable) ||
                        (scene_.helper && scene_.helper->values.contains(variable)));
    }
  });
  return quiet;
}

}  // namespace braid::rewrite
