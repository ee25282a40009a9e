#include "rewrite/statements.h"

#include <algorithm>

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

bool is_write(Access access) { return access != Access::Read && access != Access::none; }

class Unit {
 public:
  Unit(const Module& module, const plan::RunUnit& unit)
      : module_(module), tree_(module.tree), unit_(unit), statements_(statements_of(tree_, unit)) {}

  std::optional<std::string> refuse() const {
    for (const BindingId result : unit_.results) {
      if (is_made_to_be_called(result))
        return "`" + module_.name_of(result) + "` would see other variables when it is called";
      if (!fails_before_binding(statements_, result, false) && is_seen_after_failure(result)) {
        return "if the costly part fails half-way, `" + module_.name_of(result) +
               "` could be seen with the value that it had got already";
      }
    }
    if (!gathered_by(unit_).empty() && keeps_deferred())
      return "what it gathers may be evaluated later, where names mean other things";
    return std::nullopt;
  }

 private:
  bool is_in_unit(NodeId node) const {
    return std::any_of(statements_.begin(), statements_.end(),
                       [&](NodeId each) { return is_inside(tree_, node, each); });
  }

  // Something that is evaluated later, and not at once by the call that it is given to.
  bool keeps_deferred() const {
    bool found = false;
    for (const NodeId root : statements_) {
      each_node(tree_, root, [&](NodeId node) {
        const bool is_deferred =
            tree_.is(node, NodeKind::Lambda) || tree_.is(node, NodeKind::GeneratorExp) ||
            tree_.is(node, NodeKind::FunctionDef) || tree_.is(node, NodeKind::ClassDef);
        found = found || (is_deferred && !is_used_up(node));
      });
    }
    return found;
  }

  // `sorted(rows, key=lambda …)`, `sum(… for …)`, `rows.extend(… for …)`, `", ".join(… for …)`.
  bool is_used_up(NodeId node) const {
    const NodeId around = tree_.parent(node);
    const bool is_key =
        tree_.is(around, NodeKind::Keyword) && module_.text(tree_[around].name) == "key";
    const NodeId list = is_key ? tree_.parent(around) : around;
    const NodeId call = tree_.parent(list);
    if (!tree_.is(list, NodeKind::List) || !tree_.is(call, NodeKind::Call)) return false;
    const NodeId function = tree_.child(call, slot::Call::function);
    const bool is_generator = tree_.is(node, NodeKind::GeneratorExp);
    if (!is_key &&
        (!is_generator || tree_.children(list).front() != node || tree_.children(list).size() != 1))
      return false;
    if (tree_.is(function, NodeKind::Attribute)) return !is_key && takes_all(function);
    constexpr std::string_view kUsers[] = {"sorted", "min",  "max", "sum",   "any",      "all",
                                           "list",   "dict", "set", "tuple", "frozenset"};
    const std::string name(tree_.text(function));
    return tree_.is(function, NodeKind::Name) && !module_.names.is_rebound(name) &&
           std::find(std::begin(kUsers), std::end(kUsers), name) != std::end(kUsers);
  }

  // `rows.extend` of what is gathered, or the `join` of a text.
  bool takes_all(NodeId method) const {
    const NodeId owner = tree_.child(method, slot::Attribute::value);
    const std::string name = module_.text(tree_[method].name);
    if (name == "join")
      return tree_.is(owner, NodeKind::Constant) || tree_.is(owner, NodeKind::JoinedString);
    return name == "extend" && tree_.is(owner, NodeKind::Name) &&
           gathered_by(unit_).contains(module_.scopes.variable(owner));
  }

  bool writes(NodeId root, BindingId variable) const {
    const auto occurrences = module_.scopes.occurrences(variable);
    return std::any_of(occurrences.begin(), occurrences.end(), [&](const scope::Occurrence& each) {
      return is_write(each.access) && is_inside(tree_, each.node, root);
    });
  }

  // A function, lambda or generator: what it reads is read later.
  bool is_made_to_be_called(BindingId result) const {
    for (const scope::Occurrence& each : module_.scopes.occurrences(result)) {
      if (!is_write(each.access) || !is_in_unit(each.node)) continue;
      if (tree_.is(each.node, NodeKind::FunctionDef) || tree_.is(each.node, NodeKind::ClassDef))
        return true;
      const NodeId statement = tree_.statement_of(each.node);
      if (!tree_.is(statement, NodeKind::Assign)) continue;
      const NodeKind kind = tree_.kind(tree_.child(statement, slot::Assign::value));
      if (kind == NodeKind::Lambda || kind == NodeKind::GeneratorExp) return true;
    }
    return false;
  }

  // Once it is bound, nothing in `block` can fail any more. `leaves`: the block is a loop's, so
  // that only a `break` right behind the binding ends it.
  bool fails_before_binding(std::span<const NodeId> block, BindingId variable, bool leaves) const {
    std::size_t last = block.size();
    bool breaks = false;
    while (last > 0) {
      const NodeKind kind = tree_.kind(block[last - 1]);
      if (kind != NodeKind::Pass && kind != NodeKind::Break && kind != NodeKind::Continue) break;
      breaks = breaks || kind == NodeKind::Break;
      --last;
    }
    for (std::size_t i = 0; i < last; ++i) {
      if (!writes(block[i], variable)) continue;
      if (i + 1 != last) return false;
      if (!is_last_action(block[i], variable, leaves && !breaks)) return false;
    }
    return true;
  }

  bool is_last_action(NodeId statement, BindingId variable, bool leaves) const {
    switch (tree_.kind(statement)) {
      case NodeKind::Assign: {
        if (leaves) return false;
        const auto targets = tree_.items(statement, slot::Assign::targets);
        return targets.size() == 1 && binds_names(targets[0]);
      }
      case NodeKind::AnnAssign:
        return !leaves && tree_.is(tree_.child(statement, slot::AnnAssign::target), NodeKind::Name);
      case NodeKind::If:
        return fails_before_binding(tree_.items(statement, slot::If::statements), variable,
                                    leaves) &&
               fails_before_binding(tree_.items(statement, slot::If::else_statements), variable,
                                    leaves);
      case NodeKind::Try:
        return try_binds_last(statement, variable, leaves);
      case NodeKind::For:
      case NodeKind::While: {
        if (leaves) return false;
        const bool is_for = tree_.is(statement, NodeKind::For);
        if (is_for && writes(tree_.child(statement, slot::For::target), variable)) return false;
        return fails_before_binding(tree_.items(statement, is_for ? +slot::For::statements
                                                                  : +slot::While::statements),
                                    variable, true) &&
               fails_before_binding(tree_.items(statement, is_for ? +slot::For::else_statements
                                                                  : +slot::While::else_statements),
                                    variable, false);
      }
      default:
        return false;
    }
  }

  bool try_binds_last(NodeId statement, BindingId variable, bool leaves) const {
    if (!tree_.items(statement, slot::Try::finally_statements).empty()) return false;
    const auto otherwise = tree_.items(statement, slot::Try::else_statements);
    const auto body = tree_.items(statement, slot::Try::statements);
    if (!otherwise.empty() &&
        std::any_of(body.begin(), body.end(), [&](NodeId each) { return writes(each, variable); }))
      return false;
    if (!fails_before_binding(body, variable, leaves) ||
        !fails_before_binding(otherwise, variable, leaves))
      return false;
    const auto handlers = tree_.items(statement, slot::Try::handlers);
    return std::all_of(handlers.begin(), handlers.end(), [&](NodeId handler) {
      return fails_before_binding(tree_.items(handler, slot::ExceptHandler::statements), variable,
                                  leaves);
    });
  }

  bool binds_names(NodeId target) const {
    bool names = true;
    each_node(tree_, target, [&](NodeId node) {
      const NodeKind kind = tree_.kind(node);
      names = names &&
              (kind == NodeKind::Name || kind == NodeKind::Tuple || kind == NodeKind::ListLiteral ||
               kind == NodeKind::List || kind == NodeKind::Starred);
    });
    return names;
  }

  // Somebody may read the variable after the unit has failed and before it is bound again.
  bool is_seen_after_failure(BindingId variable) const {
    const NodeId function = function_around(module_, unit_.first);
    const NodeId home = module_.scopes[module_.scopes[variable].scope].node;
    if (home != (function ? function : tree_.root())) return true;  // global or nonlocal
    NodeId catches;
    for (NodeId at = tree_.parent(unit_.first); at && at != home; at = tree_.parent(at)) {
      const bool may = tree_.is(at, NodeKind::Try) ||
                       (tree_.is(at, NodeKind::With) && !module_.hands_on(module_.id, at));
      if (may && !catches) catches = at;
    }
    if (!catches) return false;
    const std::vector<NodeId> behind = reached_by_success(catches);
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == Access::Write || is_in_unit(each.node)) continue;
      if (std::none_of(behind.begin(), behind.end(),
                       [&](NodeId statement) { return is_inside(tree_, each.node, statement); }))
        return true;
    }
    return false;
  }

  // The statements behind the unit, up to the one that catches, its `else` included: they are
  // reached when the unit did not fail.
  std::vector<NodeId> reached_by_success(NodeId catches) const {
    std::vector<NodeId> behind;
    const auto add = [&](std::span<const NodeId> block, NodeId after) {
      for (const NodeId each : block) {
        if (each.value > after.value) behind.push_back(each);
      }
    };
    for (NodeId at = unit_.last; at != catches; at = tree_.parent(tree_.parent(at))) {
      const NodeId block = tree_.parent(at);
      const NodeId owner = tree_.parent(block);
      if (!tree_.is(block, NodeKind::List) || !tree_.is_statement(at)) break;
      add(tree_.children(block), at);
      const bool loop = tree_.is(owner, NodeKind::For) || tree_.is(owner, NodeKind::While);
      if (owner != catches && loop) break;
      if (owner == catches && tree_.is(owner, NodeKind::Try) &&
          tree_.child(owner, slot::Try::statements) == block) {
        add(tree_.items(owner, slot::Try::else_statements), NodeId{0U});
      }
    }
    return behind;
  }

  const Module& module_;
  const SyntaxTree& tree_;
  const plan::RunUnit& unit_;
  std::vector<NodeId> statements_;
};

}  // namespace

std::optional<std::string> cannot_run_as_one(const Module& module, const plan::RunUnit& unit) {
  return unit.is_expression ? std::nullopt : Unit(module, unit).refuse();
}

}  // namespace braid::rewrite
