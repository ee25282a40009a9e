#include "rewrite/moving.h"

#include <algorithm>
#include <array>

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

// Names whose meaning depends on the function or frame that they stand in.
constexpr std::array<std::string_view, 9> kBoundToPlace{
    "super", "__class__", "locals", "vars", "dir", "eval", "exec", "globals", "breakpoint"};

bool opens_function(NodeKind kind) {
  return kind == NodeKind::FunctionDef || kind == NodeKind::Lambda || kind == NodeKind::ClassDef;
}

// `node` stands in a function, lambda or class that is itself inside `root`.
bool in_own_function(const SyntaxTree& tree, NodeId node, NodeId root) {
  for (NodeId at = node; at != root;) {
    at = tree.parent(at);
    if (opens_function(tree.kind(at))) return true;
  }
  return false;
}

bool leaves(const SyntaxTree& tree, NodeId exit, NodeId root) {
  for (NodeId at = exit; at != root;) {
    const NodeId child = at;
    at = tree.parent(at);
    const bool loop = tree.is(at, NodeKind::For) || tree.is(at, NodeKind::While);
    // An exit in the else of a loop belongs to the loop around it.
    const std::uint32_t body =
        tree.is(at, NodeKind::For) ? +slot::For::statements : +slot::While::statements;
    if (loop && tree.child(at, body) == child) return false;
  }
  return true;
}

bool is_used_outside(const Module& module, NodeId name, std::span<const NodeId> nodes) {
  const auto uses = module.scopes.occurrences(module.scopes.variable(name));
  return std::any_of(uses.begin(), uses.end(), [&](const scope::Occurrence& each) {
    return std::none_of(nodes.begin(), nodes.end(),
                        [&](NodeId root) { return is_inside(module.tree, each.node, root); });
  });
}

bool is_handled(const SyntaxTree& tree, NodeId raise, NodeId root) {
  for (NodeId at = raise; at != root; at = tree.parent(at)) {
    if (tree.is(at, NodeKind::ExceptHandler)) return true;
  }
  return tree.is(root, NodeKind::ExceptHandler);
}

}  // namespace

std::optional<std::string> cannot_move(const Module& module, std::span<const NodeId> nodes,
                                       NodeId loop, bool exits_replaced) {
  const SyntaxTree& tree = module.tree;
  const bool at_module_level = !function_around(module, loop);
  for (const NodeId root : nodes) {
    std::optional<std::string> reason;
    each_node(tree, root, [&](NodeId node) {
      if (reason) return;
      const std::string quoted = "`" + std::string(tree.text(node).substr(0, 40)) + "`";
      switch (tree.kind(node)) {
        case NodeKind::Error:
          reason = "the text is not Python";
          break;
        case NodeKind::Yield:
        case NodeKind::YieldFrom:
        case NodeKind::Await:
        case NodeKind::Return:
          if (!in_own_function(tree, node, root))
            reason = quoted + " belongs to the function around the loop";
          break;
        case NodeKind::For:
        case NodeKind::With:
        case NodeKind::Comprehension:
          if (tree.flag(node, syntax::kAsync) && !in_own_function(tree, node, root)) {
            reason = quoted + " is asynchronous";
          }
          break;
        case NodeKind::Break:
        case NodeKind::Continue:
          if (!exits_replaced && leaves(tree, node, root))
            reason = quoted + " leaves the costly part";
          break;
        case NodeKind::Global:
        case NodeKind::Nonlocal:
          reason = quoted + " declares names of another scope";
          break;
        case NodeKind::Delete:
          for (const NodeId target : tree.items(node, slot::Delete::targets)) {
            if (tree.is(target, NodeKind::Name) && is_used_outside(module, target, nodes))
              reason = quoted + " unbinds a name";
          }
          break;
        case NodeKind::AnnAssign:
          if (at_module_level) reason = quoted + " annotates a name of the module";
          break;
        case NodeKind::ImportFrom:
          if (tree.flag(node, syntax::kStar)) reason = quoted + " imports unknown names";
          break;
        case NodeKind::Raise:
          if (!tree.child(node, slot::Raise::exception) && !is_handled(tree, node, root)) {
            reason = "a bare `raise` belongs to the handler around it";
          }
          break;
        case NodeKind::Name: {
          const std::string name(tree.text(node));
          if (std::find(kBoundToPlace.begin(), kBoundToPlace.end(), name) != kBoundToPlace.end()) {
            const scope::BindingId variable = module.scopes.variable(node);
            constexpr std::uint16_t kBinds =
                scope::kAssigned | scope::kImported | scope::kDefinition;
            if (!variable || name == "__class__" || (module.scopes[variable].flags & kBinds) == 0) {
              reason = "`" + name + "` means something else in another function";
            }
          }
          break;
        }
        default:
          break;
      }
    });
    if (reason) return reason;
  }
  return std::nullopt;
}

namespace {

// `try: … finally: pool.shutdown(…)`, or a `with` of a pool.
bool ends_pool(const Module& module, NodeId statement) {
  const SyntaxTree& tree = module.tree;
  if (tree.is(statement, NodeKind::With)) {
    const std::string_view text = tree.text(tree.child(statement, slot::With::items));
    return text.find("PoolExecutor(") != std::string_view::npos ||
           text.find("Pool(") != std::string_view::npos;
  }
  if (!tree.is(statement, NodeKind::Try)) return false;
  for (const NodeId each : tree.items(statement, slot::Try::finally_statements)) {
    if (!tree.is(each, NodeKind::ExprStatement)) continue;
    const NodeId call = tree.child(each, slot::ExprStatement::value);
    if (!tree.is(call, NodeKind::Call)) continue;
    const NodeId function = tree.child(call, slot::Call::function);
    if (tree.is(function, NodeKind::Attribute) && module.text(tree[function].name) == "shutdown")
      return true;
  }
  return false;
}

// A pool is handed the function: `pool.submit(function, …)`, `run_all(pool, function)`.
bool is_work_of_pool(const Module& module, NodeId function) {
  constexpr std::string_view kTakers[] = {"submit", "map",     "imap",        "imap_unordered",
                                          "apply",  "starmap", "apply_async", "map_async"};
  const SyntaxTree& tree = module.tree;
  const BindingId name = module.scopes.variable(function);
  if (!name) return false;
  const auto uses = module.scopes.occurrences(name);
  return std::any_of(uses.begin(), uses.end(), [&](const scope::Occurrence& use) {
    const NodeId call = tree.parent(tree.parent(use.node));
    if (use.access != scope::Access::Read || !tree.is(call, NodeKind::Call)) return false;
    const NodeId taker = tree.child(call, slot::Call::function);
    if (tree.is(taker, NodeKind::Attribute) &&
        std::find(std::begin(kTakers), std::end(kTakers), module.text(tree[taker].name)) !=
            std::end(kTakers))
      return true;
    for (NodeId up = call; up; up = tree.parent(up)) {
      if (ends_pool(module, up)) return true;
    }
    return false;
  });
}

}  // namespace

std::optional<std::string> cannot_have_pool(const Module& module, NodeId site) {
  const SyntaxTree& tree = module.tree;
  if (auto reason = is_looked_at(module, site)) return reason;
  if (stands_in_class_body(module, site)) return "it stands in the body of a class";
  const NodeId home = tree.enclosing_definition(site);
  if (tree.is(home, NodeKind::Lambda)) return "it stands in a lambda, which runs later";
  if (tree.is(home, NodeKind::FunctionDef)) {
    if (tree.flag(home, syntax::kAsync)) return "a pool would block the event loop";
    if (is_work_of_pool(module, home)) return "its function is the work of a pool already";
    bool yields = false;
    each_node(tree, home, [&](NodeId node) {
      const bool yield = tree.is(node, NodeKind::Yield) || tree.is(node, NodeKind::YieldFrom);
      yields = yields || (yield && tree.enclosing_definition(node) == home);
    });
    if (yields) return "its function is a generator, whose caller runs between the iterations";
  }
  for (NodeId at = site; at && at != home; at = tree.parent(at)) {
    const NodeId owner = tree.parent(at);
    const bool handles =
        tree.is(at, NodeKind::ExceptHandler) ||
        (tree.is(owner, NodeKind::Try) && tree.child(owner, slot::Try::finally_statements) == at);
    if (ends_pool(module, owner)) return "it stands where a pool runs already";
    if (handles) return "it stands in an exception handler, which new exceptions would name";
  }
  return std::nullopt;
}

namespace {

// A listing of names, rather than one looked up in it.
bool lists_names(const SyntaxTree& tree, NodeId call) {
  const NodeId parent = tree.parent(call);
  if (tree.is(parent, NodeKind::Subscript) || tree.is(parent, NodeKind::CompareItem)) return false;
  return !tree.is(parent, NodeKind::Attribute) || tree.text(parent).ends_with("items") ||
         tree.text(parent).ends_with("keys") || tree.text(parent).ends_with("values") ||
         tree.text(parent).ends_with("copy");
}

// `exc_info()[0]` or `[1]`, or all of it printed: of the traceback no more than its address.
bool takes_exception_alone(const Module& module, NodeId name) {
  const SyntaxTree& tree = module.tree;
  const NodeId call = tree.parent(name);
  if (!tree.text(name).ends_with("exc_info") || !tree.is(call, NodeKind::Call)) return false;
  const NodeId parent = tree.parent(call);
  if (tree.is(parent, NodeKind::Subscript)) {
    const std::string_view index = tree.text(tree.child(parent, slot::Subscript::slice));
    return index == "0" || index == "1";
  }
  return is_builtin_call(module, tree.parent(parent), "print");  // the arguments are a list
}

constexpr std::array<std::string_view, 11> kTraces{
    "__traceback__", "format_exc", "format_tb", "format_exception", "extract_tb",  "tb_lineno",
    "tb_next",       "exc_info",   "walk_tb",   "extract_stack",    "format_stack"};
constexpr std::array<std::string_view, 4> kListings{"globals", "locals", "vars", "dir"};

}  // namespace

std::optional<std::string> is_looked_at(const Module& module, NodeId site) {
  const SyntaxTree& tree = module.tree;
  const NodeId function = function_around(module, site);
  std::optional<std::string> reason;
  each_node(tree, tree.root(), [&](NodeId node) {
    if (reason) return;
    const bool name = tree.is(node, NodeKind::Name);
    if (!name && !tree.is(node, NodeKind::Attribute)) return;
    const std::string word = name ? std::string(tree.text(node)) : module.text(tree[node].name);
    const bool here = function_around(module, node) == function;
    if (here && std::find(kTraces.begin(), kTraces.end(), word) != kTraces.end() &&
        !takes_exception_alone(module, node))
      reason = "`" + word + "` looks at tracebacks, which would show the new text";
    const NodeId call = tree.parent(node);
    if (name && (here || word == "globals") && tree.is(call, NodeKind::Call) &&
        tree.items(call, slot::Call::arguments_list).empty() &&
        std::find(kListings.begin(), kListings.end(), word) != kListings.end() &&
        !module.names.is_rebound(word) && lists_names(tree, call)) {
      reason = "`" + word + "()` would show the new names";
    }
  });
  return reason;
}

namespace {

bool holds_private_name(const SyntaxTree& tree, std::span<const NodeId> nodes) {
  bool found = false;
  for (const NodeId root : nodes) {
    each_node(tree, root, [&](NodeId node) {
      const std::string_view name = tree.is(node, NodeKind::Name) ? tree.text(node)
                                    : tree[node].name_span.empty()
                                        ? std::string_view()
                                        : tree.source().text(tree[node].name_span);
      found = found || (name.starts_with("__") && !name.ends_with("__"));
    });
  }
  return found;
}

NodeId class_around(const SyntaxTree& tree, NodeId node) {
  NodeId at = tree.enclosing_definition(node);
  while (!tree.is(at, NodeKind::ClassDef) && !tree.is(at, NodeKind::Module))
    at = tree.enclosing_definition(at);
  return at;
}

// What the name means where the site stands.
BindingId found_from(const Module& module, Symbol name, NodeId site) {
  const scope::Scopes& scopes = module.scopes;
  const auto of = [&](NodeId node) {
    const scope::ScopeId scope = scopes.scope_of(node);
    const BindingId there = scope ? scopes.find(scope, name) : BindingId{};
    return there ? scopes[there].resolved : BindingId{};
  };
  if (!module.tree.is(site, NodeKind::For)) {
    if (const BindingId there = of(site)) return there;
  }
  bool is_innermost = true;
  for (NodeId at = module.tree.enclosing_definition(site);;
       at = module.tree.enclosing_definition(at)) {
    const bool is_module = module.tree.is(at, NodeKind::Module);
    if (is_innermost || !module.tree.is(at, NodeKind::ClassDef)) {
      if (const BindingId there = of(at); there || is_module) return there;
    }
    is_innermost = false;
  }
}

}  // namespace

bool is_mangled(const Module& module, std::span<const NodeId> nodes) {
  return !nodes.empty() && holds_private_name(module.tree, nodes) &&
         stands_in_class(module, nodes.front());
}

std::optional<std::string> means_otherwise(const Module& module, std::span<const NodeId> nodes,
                                           NodeId home, NodeId site) {
  const SyntaxTree& tree = module.tree;
  const scope::Scopes& scopes = module.scopes;
  if (holds_private_name(tree, nodes) && class_around(tree, home) != class_around(tree, site))
    return "its private names mean something else where the loop stands";
  std::optional<std::string> reason;
  for (const NodeId root : nodes) {
    each_node(tree, root, [&](NodeId node) {
      if (reason || !tree.is(node, NodeKind::Name)) return;
      const BindingId variable = scopes.variable(node);
      if (!variable) return;  // in an annotation that nobody evaluates
      if (is_inside(tree, scopes[scopes[variable].scope].node, home)) return;
      if (found_from(module, scopes[variable].name, site) != variable)
        reason =
            "`" + std::string(tree.text(node)) + "` means something else where the loop stands";
    });
  }
  return reason;
}

bool is_builtin_call(const Module& module, NodeId node, std::string_view name) {
  if (!module.tree.is(node, NodeKind::Call)) return false;
  const NodeId function = module.tree.child(node, slot::Call::function);
  if (!module.tree.is(function, NodeKind::Name) || module.tree.text(function) != name) return false;
  // The function around it may have a name of its own that nothing else sees.
  const BindingId variable = module.scopes.variable(function);
  return module.is_global(variable) && !module.names.is_rebound(std::string(name));
}

bool is_deferred(const SyntaxTree& tree, NodeId root) {
  bool found = false;
  each_node(tree, root, [&](NodeId node) {
    const NodeKind kind = tree.kind(node);
    found = found || opens_function(kind) || kind == NodeKind::GeneratorExp;
  });
  return found;
}

std::optional<std::string> not_always_evaluated(const SyntaxTree& tree, NodeId expression,
                                                NodeId site) {
  const std::string sometimes = "the costly call is only sometimes evaluated by its expression";
  for (NodeId at = expression; at != site;) {
    const NodeId child = at;
    at = tree.parent(at);
    if (!at) return "the costly call is not inside the loop";
    if (tree.is_statement(at)) {
      if (tree.is(at, NodeKind::While)) return "the costly call is the condition of an inner loop";
      if (tree.is(at, NodeKind::Assert))
        return "the costly call stands in an `assert`, which may be switched off";
      if (tree.is(at, NodeKind::FunctionDef) || tree.is(at, NodeKind::ClassDef)) {
        return "the costly call stands in an inner definition";
      }
      return std::nullopt;
    }
    switch (tree.kind(at)) {
      case NodeKind::IfExp:
        if (tree.child(at, slot::IfExp::test) != child) return sometimes;
        break;
      case NodeKind::List: {
        const NodeId owner = tree.parent(at);
        const bool first = tree.children(at).front() == child;
        if (tree.is(owner, NodeKind::BoolOp) && !first) return sometimes;
        if (tree.is(owner, NodeKind::Compare) && !first) return sometimes;
        if (!first && owner != site &&
            (tree.is(owner, NodeKind::ListComp) || tree.is(owner, NodeKind::SetComp) ||
             tree.is(owner, NodeKind::DictComp) || tree.is(owner, NodeKind::GeneratorExp))) {
          return "the costly call stands in an inner comprehension";
        }
        break;
      }
      case NodeKind::Comprehension:
        if (tree.parent(tree.parent(at)) != site &&
            tree.child(at, slot::Comprehension::iter) != child) {
          return "the costly call stands in an inner comprehension";
        }
        break;
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::DictComp:
        if (at != site && tree.child(at, tree[at].child_count - 1) != child) {
          return "the costly call stands in an inner comprehension";
        }
        break;
      case NodeKind::GeneratorExp:
        if (at != site) return "the costly call stands in an inner generator";
        break;
      case NodeKind::JoinedString:
        if (tree.flag(at, syntax::kTemplate)) return "the costly call's own text is kept";
        break;
      case NodeKind::FormattedValue:
        if (tree.flag(at, syntax::kDebug)) return "the costly call's own text is printed";
        break;
      case NodeKind::Lambda:
        return "the costly call stands in a lambda";
      case NodeKind::MatchCase:
        return "the costly call guards a case";
      default:
        break;
    }
  }
  return std::nullopt;
}

bool is_written_in(const Module& module, BindingId variable, NodeId region) {
  const auto occurrences = module.scopes.occurrences(variable);
  return std::any_of(occurrences.begin(), occurrences.end(), [&](const scope::Occurrence& each) {
    return each.access != Access::Read && each.access != Access::none &&
           is_inside(module.tree, each.node, region);
  });
}

bool is_surely_bound(const Module& module, BindingId variable, NodeId node) {
  const SyntaxTree& tree = module.tree;
  const NodeId home = module.scopes[module.scopes[variable].scope].node;
  bool written = false;
  bool deleted = false;
  bool parameter = false;
  bool by_module = false;
  for (const scope::Occurrence& each : module.scopes.occurrences(variable)) {
    if (each.access == Access::Read || each.access == Access::none) continue;
    written = true;
    deleted = deleted || each.access == Access::Delete;
    parameter = parameter || tree.is(each.node, NodeKind::Parameter);
    const NodeId statement = tree.statement_of(each.node);
    const NodeKind kind = tree.kind(statement);
    by_module =
        by_module || (tree.is(tree.parent(tree.parent(statement)), NodeKind::Module) &&
                      kind != NodeKind::If && kind != NodeKind::For && kind != NodeKind::While &&
                      kind != NodeKind::Try && kind != NodeKind::Match);
  }
  if (!written) return tree.is(home, NodeKind::Module) && is_builtin(module.name_of(variable));
  if (parameter && !deleted) return true;
  std::uint32_t part = slot::Module::statements;
  if (tree.is(home, NodeKind::FunctionDef)) {
    part = slot::FunctionDef::statements;
  } else if (!tree.is(home, NodeKind::Module)) {
    return !deleted;  // a comprehension or lambda around the site binds it
  }
  // The statement of the home's own body that holds the site, or the inner definition around it.
  NodeId site = tree.statement_of(node);
  bool in_definition = false;
  for (NodeId at = site; at && at != home; at = tree.parent(at)) {
    if (tree.is(at, NodeKind::FunctionDef) || tree.is(at, NodeKind::ClassDef)) {
      site = at;
      in_definition = true;
    }
  }
  // A function reads its globals when it is called, which is after the module's own code.
  if (in_definition && tree.is(home, NodeKind::Module)) return by_module && !deleted;
  if (in_definition && deleted) return false;
  return bound_at(module, tree.items(home, part), site).contains(variable);
}

}  // namespace braid::rewrite
