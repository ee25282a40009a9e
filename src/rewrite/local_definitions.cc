#include "rewrite/local_definitions.h"

#include <algorithm>

#include "rewrite/moving.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

class Places {
 public:
  Places(Module& module, NodeId site) : module_(module), tree_(module.tree), site_(site) {}

  Written<LocalDefinitions> find(std::vector<BindingId> work) {
    std::set<BindingId> seen(work.begin(), work.end());
    while (!work.empty()) {
      const BindingId variable = work.back();
      work.pop_back();
      const NodeId statement = definition_of(variable);
      if (!statement) continue;
      if (auto reason = cannot_repeat(variable, statement)) return Reason(*reason);
      const bool moves = tree_.is(statement, NodeKind::FunctionDef) && can_move(variable, {});
      if (moves) {
        add(found_.moved, statement);
        found_.moved_names.insert(variable);
      } else {
        add(found_.copied, statement);
        found_.copied_names.insert(variable);
      }
      for (const BindingId free : free_variables(statement)) {
        if (free != variable && seen.insert(free).second) work.push_back(free);
      }
    }
    for (const NodeId statement : found_.moved) {
      const Symbol name = tree_[statement].name;
      if (!module_.names.claim(module_.text(name), statement.value))
        return Reason("two inner functions are called `" + module_.text(name) + "`");
    }
    return std::move(found_);
  }

 private:
  static void add(std::vector<NodeId>& all, NodeId one) {
    const auto at = std::lower_bound(all.begin(), all.end(), one);
    if (at == all.end() || *at != one) all.insert(at, one);
  }

  // The function, lambda or import that is the variable's only value, where it stands in a
  // function; none for other variables.
  NodeId definition_of(BindingId variable) const {
    if (module_.is_global(variable)) return {};
    constexpr std::uint16_t kDefines = scope::kImported | scope::kDefinition;
    NodeId statement;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == Access::Read || each.access == Access::none) continue;
      statement = tree_.statement_of(each.node);
      break;
    }
    if (!statement) return {};
    if ((module_.scopes[variable].flags & kDefines) != 0) return statement;
    return tree_.is(statement, NodeKind::Assign) &&
                   tree_.is(tree_.child(statement, slot::Assign::value), NodeKind::Lambda) &&
                   tree_.items(statement, slot::Assign::targets).size() == 1
               ? statement
               : NodeId{};
  }

  std::vector<BindingId> free_variables(NodeId statement) const {
    const std::vector<NodeId> text{statement};
    return variables_of(module_, text).needed;
  }

  // Why the statement does not mean the same elsewhere, or was not evaluated just as it stands.
  std::optional<std::string> cannot_repeat(BindingId variable, NodeId statement) const {
    const std::string name = "`" + module_.name_of(variable) + "`";
    if (tree_.is(statement, NodeKind::ClassDef))
      return "the class " + name + " stands in a function, where worker processes do not find it";
    if (tree_.is(statement, NodeKind::FunctionDef)) {
      if (tree_.flag(statement, syntax::kAsync)) return name + " is asynchronous";
      if (!tree_.items(statement, slot::FunctionDef::decorators).empty())
        return name + " is decorated inside a function, where worker processes do not find it";
    }
    const NodeId home = module_.scopes[module_.scopes[variable].scope].node;
    if (!is_inside(tree_, site_, home)) return name + " cannot be seen from the loop";
    int writes = 0;
    bool attributes = false;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access != Access::Read && each.access != Access::none) ++writes;
      attributes = attributes || tree_.is(tree_.parent(each.node), NodeKind::Attribute);
    }
    const bool imported = (module_.scopes[variable].flags & scope::kImported) != 0;
    if (writes != 1) return name + " is bound more than once";
    if (attributes && !imported) return name + " has attributes of its own";
    if (is_inside(tree_, statement, site_)) return name + " is defined inside the loop";
    if (!is_surely_bound(module_, variable, site_))
      return name + " may not be bound when the loop begins";
    bool constant = true;
    bool declares = false;
    each_node(tree_, statement, [&](NodeId inner) {
      if (tree_.is(inner, NodeKind::Parameter)) {
        const NodeId value = tree_.child(inner, slot::Parameter::default_value);
        constant = constant && (!value || tree_.is(value, NodeKind::Constant));
      }
      declares =
          declares || tree_.is(inner, NodeKind::Global) || tree_.is(inner, NodeKind::Nonlocal);
    });
    if (!constant) return "a default of " + name + " is not a constant";
    if (declares) return name + " declares names of another scope";
    const std::vector<NodeId> text{statement};
    if (is_mangled(module_, text)) return name + " uses names that a class keeps to itself";
    return cannot_move(module_, text, site_, false);
  }

  // Needs nothing of the functions around it but others that move, and its name is free.
  bool can_move(BindingId variable, std::set<BindingId> trail) const {
    if (!trail.insert(variable).second) return true;
    const NodeId statement = definition_of(variable);
    if (!statement || !tree_.is(statement, NodeKind::FunctionDef) ||
        cannot_repeat(variable, statement)) {
      return false;
    }
    if (!module_.layout.starts_line(tree_.span(statement).begin)) return false;
    const NodeId list = tree_.parent(statement);
    if (tree_.children(list).size() < 2) return false;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.node == statement) continue;
      const NodeId call = tree_.parent(each.node);
      if (!tree_.is(call, NodeKind::Call) || tree_.child(call, slot::Call::function) != each.node)
        return false;
    }
    if (is_seen_globally(module_.scopes[variable].name)) return false;
    const std::vector<BindingId> free = free_variables(statement);
    return std::all_of(free.begin(), free.end(), [&](BindingId each) {
      return module_.is_global(each) || can_move(each, trail);
    });
  }

  // Some code of the file means a global or builtin by that name.
  bool is_seen_globally(Symbol name) const {
    for (std::uint32_t i = 0; i < module_.scopes.scopes().size(); ++i) {
      const BindingId found = module_.scopes.find(scope::ScopeId{i}, name);
      if (found &&
          module_.scopes[module_.scopes[found].resolved].scope == module_.scopes.module_scope())
        return true;
    }
    return is_builtin(module_.text(name));
  }

  Module& module_;
  const SyntaxTree& tree_;
  NodeId site_;
  LocalDefinitions found_;
};

}  // namespace

Written<LocalDefinitions> place_local_definitions(Module& module, NodeId site,
                                                  const std::vector<BindingId>& needed) {
  return Places(module, site).find(needed);
}

void move_definitions(const Module& module, const LocalDefinitions& local, SiteDraft& draft) {
  const SyntaxTree& tree = module.tree;
  const Layout& layout = module.layout;
  const Source& source = tree.source();
  std::vector<Definition> definitions;
  for (const NodeId statement : local.moved) {
    std::uint32_t first = layout.line_of(tree.span(statement).begin);
    const std::uint32_t last = layout.line_of(tree.span(statement).end - 1);
    while (layout.is_comment(first - 1)) --first;
    Lines lines;
    if (first < layout.line_of(tree.span(statement).begin)) {
      const std::uint32_t comment = source.line_start(first);
      const std::uint32_t begin =
          comment + static_cast<std::uint32_t>(layout.indent_at(comment).size());
      lines = layout.move({begin, tree.span(statement).end}, "");
    } else {
      lines = layout.move({tree.span(statement).begin, tree.span(statement).end}, "");
    }
    definitions.push_back({definition_anchor(module, statement), std::move(lines), statement});
    // The blank lines behind it go with it.
    std::uint32_t next = last + 1;
    while (next <= source.line_count() && layout.is_blank(next)) ++next;
    draft.edits.push_back(
        {{source.line_start(first), source.line_start(next)}, "", "definition", {}});
  }
  // They stand above what uses them.
  draft.definitions.insert(draft.definitions.begin(), definitions.begin(), definitions.end());
}

}  // namespace braid::rewrite
