#include "rewrite/kept_alive.h"

#include "rewrite/steps.h"
#include "rewrite/text.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

// Follows an exception out of the site, and out of each function that may be called where one of
// those is mentioned.
class Ways {
 public:
  explicit Ways(const Module& module) : module_(module), program_(module.program) {}

  bool is_caught(effects::ModuleId module, NodeId site) {
    const SyntaxTree& tree = program_.modules[module.value].tree;
    bool inside = false;
    each_node(tree, site, [&](NodeId node) { inside = inside || catches(module, node); });
    if (inside || leaves(module, site)) return true;
    while (!functions_.empty()) {
      const Symbol name = functions_.back();
      functions_.pop_back();
      for (std::size_t i = 0; i < program_.modules.size(); ++i) {
        if (is_mentioned_where_caught(effects::ModuleId{i}, name)) return true;
      }
    }
    return false;
  }

 private:
  bool catches(effects::ModuleId module, NodeId node) const {
    const SyntaxTree& tree = program_.modules[module.value].tree;
    if (tree.is(node, NodeKind::Try)) return !tree.items(node, slot::Try::handlers).empty();
    return tree.is(node, NodeKind::With) && !module_.hands_on(module, node);
  }

  // Up to the function around `node`, which is then to be followed itself.
  bool leaves(effects::ModuleId module, NodeId node) {
    const SyntaxTree& tree = program_.modules[module.value].tree;
    NodeId child = node;
    for (NodeId up = tree.parent(node); up; child = up, up = tree.parent(up)) {
      const bool body =
          (tree.is(up, NodeKind::Try) && tree.child(up, slot::Try::statements) == child) ||
          (tree.is(up, NodeKind::With) && tree.child(up, slot::With::statements) == child);
      if (body && catches(module, up)) return true;
      if (tree.is(up, NodeKind::Lambda)) return true;  // nobody knows where it is called
      if (!tree.is(up, NodeKind::FunctionDef)) continue;
      const Symbol name = tree[up].name;
      const std::string_view text = program_.symbols.text(name);
      if (text.starts_with("__") && text.ends_with("__")) return true;  // called without a mention
      if (followed_.insert(name).second) functions_.push_back(name);
      return false;
    }
    return false;
  }

  bool is_mentioned_where_caught(effects::ModuleId module, Symbol name) {
    const SyntaxTree& tree = program_.modules[module.value].tree;
    bool caught = false;
    each_node(tree, tree.root(), [&](NodeId node) {
      const bool mentions = (tree.is(node, NodeKind::Name) || tree.is(node, NodeKind::Attribute)) &&
                            tree[node].name == name;
      caught = caught || (mentions && leaves(module, node));
    });
    return caught;
  }

  const Module& module_;
  const effects::Program& program_;
  std::set<Symbol> followed_;
  std::vector<Symbol> functions_;
};

}  // namespace

bool must_let_go(const Module& module, const plan::Plan& plan) {
  return plan.leaves_open && Ways(module).is_caught(module.id, plan.node);
}

}  // namespace braid::rewrite
