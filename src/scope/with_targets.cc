// Names that several `with` statements of one function bind, each for itself.
#include "scope/scope.h"

namespace braid::scope {

using syntax::NodeId;
using syntax::NodeKind;
using syntax::SyntaxTree;
namespace slot = syntax::slot;

bool means_other_with(const SyntaxTree& tree, const Scopes& scopes, NodeId read, NodeId site) {
  const NodeId frame = tree.enclosing_definition(site);
  if (tree.enclosing_definition(read) != frame) return false;
  const BindingId variable = scopes.variable(read);
  NodeId child = read;
  for (NodeId up = tree.parent(read); up && up != frame; child = up, up = tree.parent(up)) {
    if (!tree.is(up, NodeKind::With) || tree.child(up, slot::With::statements) != child) continue;
    for (const NodeId item : tree.items(up, slot::With::items)) {
      const NodeId target = tree.child(item, slot::WithItem::target);
      if (tree.is(target, NodeKind::Name) && scopes.variable(target) == variable)
        return !tree.span(up).contains(tree.span(site));
    }
  }
  return false;
}

}  // namespace braid::scope
