#include "rewrite/process.h"

#include <algorithm>
#include <array>
#include <set>

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

std::span<const NodeId> top_level(const Module& module) {
  return module.tree.items(module.tree.root(), slot::Module::statements);
}

bool is_main_guard(const SyntaxTree& tree, NodeId statement) {
  if (!tree.is(statement, NodeKind::If)) return false;
  const NodeId test = tree.child(statement, slot::If::test);
  if (!tree.is(test, NodeKind::Compare)) return false;
  const auto comparators = tree.items(test, slot::Compare::comparators);
  if (comparators.size() != 1 || tree.op(comparators[0]) != syntax::Operator::Eq) return false;
  const std::string_view left = tree.text(tree.child(test, slot::Compare::left));
  const std::string_view right = tree.text(tree.child(comparators[0], slot::CompareItem::value));
  const auto is_main = [](std::string_view text) {
    return text == "\"__main__\"" || text == "'__main__'";
  };
  return (left == "__name__" && is_main(right)) || (right == "__name__" && is_main(left));
}

}  // namespace

bool is_constant(const SyntaxTree& tree, NodeId expression) {
  bool constant = true;
  if (tree.is(expression, NodeKind::Lambda)) {
    each_node(tree, tree.child(expression, slot::Lambda::arguments), [&](NodeId node) {
      const NodeId value = tree.is(node, NodeKind::Parameter)
                               ? tree.child(node, slot::Parameter::default_value)
                               : NodeId{};
      constant = constant && (!value || tree.is(value, NodeKind::Constant));
    });
    return constant;
  }
  each_node(tree, expression, [&](NodeId node) {
    switch (tree.kind(node)) {
      case NodeKind::Constant:
      case NodeKind::Name:
      case NodeKind::Attribute:
      case NodeKind::Tuple:
      case NodeKind::ListLiteral:
      case NodeKind::Set:
      case NodeKind::Dict:
      case NodeKind::List:
      case NodeKind::BinOp:
      case NodeKind::UnaryOp:
      case NodeKind::JoinedString:
      case NodeKind::FormattedValue:
        break;
      case NodeKind::Call: {
        constexpr std::array<std::string_view, 12> kQuiet{
            "re.compile", "Path",         "pathlib.Path",      "set",
            "dict",       "list",         "frozenset",         "tuple",
            "namedtuple", "os.path.join", "logging.getLogger", "range"};
        const std::string_view function = tree.text(tree.child(node, slot::Call::function));
        constant = constant && std::find(kQuiet.begin(), kQuiet.end(), function) != kQuiet.end();
        break;
      }
      case NodeKind::Keyword:
        break;
      default:
        constant = false;
    }
  });
  return constant;
}

bool is_quiet(const SyntaxTree& tree, NodeId statement) {
  const auto all_quiet = [&](std::uint32_t part) {
    const auto items = tree.items(statement, part);
    return std::all_of(items.begin(), items.end(),
                       [&](NodeId each) { return is_quiet(tree, each); });
  };
  switch (tree.kind(statement)) {
    case NodeKind::Import:
    case NodeKind::ImportFrom:
    case NodeKind::Pass:
    case NodeKind::TypeAlias:
      return true;
    case NodeKind::FunctionDef:
    case NodeKind::ClassDef:
      return true;
    case NodeKind::ExprStatement:
      return tree.is(tree.child(statement, 0), NodeKind::Constant);
    case NodeKind::Assign: {
      for (const NodeId target : tree.items(statement, slot::Assign::targets)) {
        bool names = true;
        each_node(tree, target, [&](NodeId node) {
          names = names && (tree.is(node, NodeKind::Name) || tree.is(node, NodeKind::Tuple) ||
                            tree.is(node, NodeKind::List));
        });
        if (!names) return false;
      }
      return is_constant(tree, tree.child(statement, slot::Assign::value));
    }
    case NodeKind::AnnAssign: {
      const NodeId value = tree.child(statement, slot::AnnAssign::value);
      bool calls = false;
      each_node(tree, tree.child(statement, slot::AnnAssign::annotation),
                [&](NodeId node) { calls = calls || tree.is(node, NodeKind::Call); });
      return tree.is(tree.child(statement, slot::AnnAssign::target), NodeKind::Name) && !calls &&
             (!value || is_constant(tree, value));
    }
    case NodeKind::If:
      if (is_main_guard(tree, statement)) return all_quiet(slot::If::else_statements);
      return is_constant(tree, tree.child(statement, slot::If::test)) &&
             all_quiet(slot::If::statements) && all_quiet(slot::If::else_statements);
    case NodeKind::Try: {
      // An import with its substitute.
      for (const NodeId handler : tree.items(statement, slot::Try::handlers)) {
        for (const NodeId each : tree.items(handler, slot::ExceptHandler::statements)) {
          if (!is_quiet(tree, each)) return false;
        }
      }
      return all_quiet(slot::Try::statements) && all_quiet(slot::Try::else_statements) &&
             all_quiet(slot::Try::finally_statements);
    }
    default:
      return false;
  }
}

std::optional<NodeId> first_effect(const Module& module) {
  for (const NodeId statement : top_level(module)) {
    if (!is_quiet(module.tree, statement)) return statement;
  }
  return std::nullopt;
}

namespace {

struct Writes {
  int count = 0;
  NodeId statement;  // of the last one
  NodeId top;        // the top-level statement around it
  bool in_function = false;
};

Writes writes_of(const Module& module, BindingId variable) {
  Writes writes;
  for (const scope::Occurrence& each : module.scopes.occurrences(variable)) {
    if (each.access == Access::Read || each.access == Access::none) continue;
    ++writes.count;
    writes.statement = module.tree.statement_of(each.node);
    writes.top = top_level_statement(module.tree, each.node);
    writes.in_function =
        writes.in_function || module.tree.enclosing_definition(each.node) != module.tree.root();
  }
  return writes;
}

bool is_run_by_workers(const Module& module, NodeId top) {
  const auto effect = first_effect(module);
  return !(effect && top.value >= effect->value) && !is_main_guard(module.tree, top);
}

}  // namespace

bool is_same_everywhere(const Module& module, BindingId variable) {
  const SyntaxTree& tree = module.tree;
  const Writes writes = writes_of(module, variable);
  if (writes.count == 0) return true;  // a builtin
  if (writes.count != 1 || writes.in_function || !is_run_by_workers(module, writes.top))
    return false;
  constexpr std::uint16_t kImportable = scope::kImported | scope::kDefinition;
  if ((module.scopes[variable].flags & kImportable) != 0) return true;
  NodeId value;
  if (tree.is(writes.statement, NodeKind::Assign))
    value = tree.child(writes.statement, slot::Assign::value);
  if (tree.is(writes.statement, NodeKind::AnnAssign))
    value = tree.child(writes.statement, slot::AnnAssign::value);
  if (!value) return false;
  if (tree.is(value, NodeKind::Lambda)) return true;
  bool immutable = true;
  each_node(tree, value, [&](NodeId node) {
    const NodeKind kind = tree.kind(node);
    const bool mutable_call =
        kind == NodeKind::Call && !tree.text(node).starts_with("re.compile") &&
        !tree.text(node).starts_with("Path") && !tree.text(node).starts_with("pathlib.Path") &&
        !tree.text(node).starts_with("frozenset") && !tree.text(node).starts_with("range");
    immutable = immutable && !mutable_call && kind != NodeKind::ListLiteral &&
                kind != NodeKind::Dict && kind != NodeKind::Set;
    // Another name for what may be given to the workers.
    const BindingId other = module.scopes.variable(node);
    if (immutable && other && module.is_global(other) && module.scopes.access(node) == Access::Read)
      immutable = writes_of(module, other).statement.value < writes.statement.value &&
                  is_same_everywhere(module, other);
  });
  return immutable;
}

std::optional<NodeId> done_again(const Module& module, std::span<const NodeId> statements) {
  const auto found = std::find_if(statements.begin(), statements.end(), [&](NodeId each) {
    return is_run_by_workers(module, top_level_statement(module.tree, each));
  });
  return found == statements.end() ? std::nullopt : std::optional(*found);
}

std::optional<NodeId> unseen_by_workers(const Module& module, std::span<const NodeId> definitions) {
  const auto found = std::find_if(definitions.begin(), definitions.end(), [&](NodeId each) {
    return !is_run_by_workers(module, top_level_statement(module.tree, each));
  });
  return found == definitions.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::string> workers_lack(const Module& module, NodeId site,
                                        const std::vector<BindingId>& variables,
                                        std::vector<BindingId>& shared) {
  const SyntaxTree& tree = module.tree;
  std::set<BindingId> seen(variables.begin(), variables.end());
  std::vector<BindingId> work(seen.begin(), seen.end());
  while (!work.empty()) {
    const BindingId variable = work.back();
    work.pop_back();
    if (!module.is_global(variable) ||
        std::find(shared.begin(), shared.end(), variable) != shared.end())
      continue;
    const std::string name = "`" + module.name_of(variable) + "`";
    const Writes writes = writes_of(module, variable);
    if (writes.count == 0) continue;
    if (writes.in_function) return name + " is set while the program runs";
    if (is_same_everywhere(module, variable)) {
      const bool defines = tree.is(writes.statement, NodeKind::FunctionDef) ||
                           tree.is(writes.statement, NodeKind::ClassDef);
      const bool lambda =
          tree.is(writes.statement, NodeKind::Assign) &&
          tree.is(tree.child(writes.statement, slot::Assign::value), NodeKind::Lambda);
      if (!defines && !lambda) continue;
      each_node(tree, writes.statement, [&](NodeId inner) {
        const BindingId read = module.scopes.variable(inner);
        if (read && module.scopes.access(inner) == Access::Read && module.is_global(read) &&
            seen.insert(read).second) {
          work.push_back(read);
        }
      });
      continue;
    }
    constexpr std::uint16_t kImportable = scope::kImported | scope::kDefinition;
    if ((module.scopes[variable].flags & kImportable) != 0)
      return name + " is defined where worker processes do not see it";
    // Once assigned before the loop, its value can be given to the workers.
    const bool before = writes.count == 1 && tree.is(writes.statement, NodeKind::Assign) &&
                        (writes.statement.value < site.value || function_around(module, site));
    if (!before) return name + " is set more than once";
    shared.push_back(variable);
  }
  return std::nullopt;
}

namespace {

// Calls by which anything may be set.
constexpr std::array<std::string_view, 3> kSettings{"globals", "vars", "exec"};

// The name that `a.b[c] = …` changes something of; none for plain names.
NodeId changed_root(const SyntaxTree& tree, NodeId target) {
  bool part = false;
  while (tree.is(target, NodeKind::Attribute) || tree.is(target, NodeKind::Subscript)) {
    part = true;
    target = tree.child(target, tree.is(target, NodeKind::Attribute) ? +slot::Attribute::value
                                                                     : +slot::Subscript::value);
  }
  // decimal.getcontext().prec = 50
  if (part && tree.is(target, NodeKind::Call))
    return dotted_root(tree, tree.child(target, slot::Call::function));
  return part && tree.is(target, NodeKind::Name) ? target : NodeId{};
}

std::vector<NodeId> targets_of(const SyntaxTree& tree, NodeId statement) {
  switch (tree.kind(statement)) {
    case NodeKind::Assign: {
      std::vector<NodeId> all;
      for (const NodeId target : tree.items(statement, slot::Assign::targets)) {
        each_node(tree, target, [&](NodeId node) {
          if (node == target || tree.is(tree.parent(tree.parent(node)), NodeKind::Tuple))
            all.push_back(node);
        });
      }
      return all;
    }
    case NodeKind::AugAssign:
      return {tree.child(statement, slot::AugAssign::target)};
    case NodeKind::AnnAssign:
      return {tree.child(statement, slot::AnnAssign::target)};
    case NodeKind::Delete: {
      const auto items = tree.items(statement, slot::Delete::targets);
      return {items.begin(), items.end()};
    }
    default:
      return {};
  }
}

}  // namespace

std::optional<std::string> workers_differ(const Module& module, const plan::Plan& plan) {
  const SyntaxTree& tree = module.tree;
  constexpr std::uint16_t kShared = scope::kImported | scope::kDefinition;
  constexpr std::array<std::string_view, 4> kLost{"__context__", "__cause__", "__notes__",
                                                  "__traceback__"};
  std::optional<std::string> reason;
  each_node(tree, tree.root(), [&](NodeId node) {
    if (reason) return;
    // As an attribute, or in quotes for getattr().
    std::string named;
    if (tree.is(node, NodeKind::Attribute)) named = module.text(tree[node].name);
    if (tree.is(node, NodeKind::Constant) && tree.text(node).size() > 2)
      named = tree.text(node).substr(1, tree.text(node).size() - 2);
    if (std::find(kLost.begin(), kLost.end(), named) != kLost.end()) {
      reason = "an exception loses its `" + named + "` on the way from a worker process";
      return;
    }
    const bool call = tree.is(node, NodeKind::Call);
    if (!call && !tree.is_statement(node)) return;
    const std::vector<NodeId> targets = call ? std::vector<NodeId>{} : targets_of(tree, node);
    if (!call && targets.empty()) return;
    const bool at_import = tree.is(tree.enclosing_definition(node), NodeKind::Module) &&
                           is_run_by_workers(module, top_level_statement(module.tree, node));
    if (at_import) return;
    const auto changes = [&](NodeId root) {
      const BindingId variable = root ? module.scopes.variable(root) : BindingId{};
      return variable && (module.scopes[variable].flags & kShared) != 0;
    };
    for (const NodeId target : targets) {
      if (changes(changed_root(tree, target)))
        reason = "a worker process would not see what `" + std::string(tree.text(target)) +
                 "` is set to";
    }
    if (!call) return;
    const NodeId function = tree.child(node, slot::Call::function);
    const std::string_view name = tree.text(function);
    const auto arguments = tree.items(node, slot::Call::arguments_list);
    const bool setter = name == "setattr" || name == "delattr";
    if (tree.is(function, NodeKind::Attribute) && name.ends_with(".register") &&
        !name.starts_with("atexit.") && changes(dotted_root(tree, function)))
      reason = "a worker process would not see what `" + std::string(name) + "` adds";
    if (setter && !arguments.empty() && changes(dotted_root(tree, arguments[0])))
      reason = "a worker process would not see what `setattr` changes";
    if (std::find(kSettings.begin(), kSettings.end(), name) != kSettings.end())
      reason = "a worker process would not see what `" + std::string(name) + "` sets";
  });
  if (reason) return reason;
  // The same by whatever name, and calls that set something for all that runs later.
  for (const effects::Setting& each : plan.settings) {
    const SyntaxTree& there = module.program.modules[each.module.value].tree;
    const NodeId top = top_level_statement(there, each.node);
    const bool defines = there.is(top, NodeKind::FunctionDef) || there.is(top, NodeKind::ClassDef);
    const bool at_import =
        there.is(there.enclosing_definition(each.node), NodeKind::Module) ||
        (defines && there.statement_of(each.node) == top);  // a decorator, a default
    const bool is_script = each.module.value == 0;
    if (at_import && (!is_script || is_run_by_workers(module, top))) continue;
    return "a worker process would not see what " + each.what;
  }
  return std::nullopt;
}

Lines share_definition(Module& module, const std::string& name, const std::string& also,
                       const std::vector<BindingId>& variables) {
  const std::string& unit = module.layout.unit();
  std::string names;
  for (const BindingId each : variables)
    names += (names.empty() ? "" : ", ") + module.name_of(each);
  const std::string left = variables.size() == 1 ? "(" + names + ",)" : names;
  Lines lines{{"def " + name + "(*values):", 0},
              {unit + "\"\"\"Give this worker process what all calls read.\"\"\"", 0},
              {unit + "global " + names, 0},
              {unit + left + " = values", 0}};
  if (!also.empty()) lines.push_back({unit + also, 0});
  return lines;
}

void guard(const Module& module, NodeId statement, std::vector<Edit>& edits) {
  const Layout& layout = module.layout;
  const Source& source = module.tree.source();
  const std::uint32_t begin = definition_anchor(module, statement);
  const std::uint32_t first = layout.line_of(begin);
  std::vector<Edit> added;
  added.push_back({{begin, begin},
                   "if __name__ == \"__main__\":" + std::string(layout.newline()),
                   "guard",
                   {first}});
  for (std::uint32_t line = first; line <= source.line_count(); ++line) {
    const std::uint32_t start = source.line_start(line);
    if (start >= source.text().size() || layout.is_blank(line) || layout.begins_in_string(line))
      continue;
    const bool changed = std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
      if (edit.span.begin < start && start < edit.span.end) return true;
      if (edit.span.begin != start) return false;
      // The site indents its own lines; what moves away needs no indentation.
      return edit.reason == "site" || (edit.reason == "definition" && !edit.span.empty());
    });
    if (!changed) added.push_back({{start, start}, layout.unit(), "guard-indent", {line}});
  }
  edits.insert(edits.end(), added.begin(), added.end());
}

}  // namespace braid::rewrite
