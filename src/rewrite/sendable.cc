#include "rewrite/sendable.h"

#include <algorithm>
#include <array>

#include "rewrite/steps.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

constexpr int kDepth = 6;

struct Kind {
  std::string_view callee;  // with a dot at its end: everything of that module
  std::string_view what;
};

// By the name under which the library has it; the first that fits decides.
constexpr std::array kKinds{
    Kind{"open", "an open file"},
    Kind{"io.StringIO", ""},
    Kind{"io.BytesIO", ""},
    Kind{"io.", "an open file"},
    Kind{"codecs.open", "an open file"},
    Kind{"gzip.open", "an open file"},
    Kind{"bz2.open", "an open file"},
    Kind{"lzma.open", "an open file"},
    Kind{"os.fdopen", "an open file"},
    Kind{"os.popen", "a running command"},
    Kind{"os.scandir", "an iterator"},
    Kind{"tempfile.NamedTemporaryFile", "an open file"},
    Kind{"tempfile.TemporaryFile", "an open file"},
    Kind{"tempfile.SpooledTemporaryFile", "an open file"},
    Kind{"tempfile.TemporaryDirectory", "a folder that goes when its object does"},
    Kind{"zipfile.ZipFile", "an open file"},
    Kind{"tarfile.open", "an open file"},
    Kind{"mmap.mmap", "memory of this process"},
    Kind{"csv.", "bound to an open file"},
    Kind{"threading.get_ident", ""},
    Kind{"multiprocessing.cpu_count", ""},
    Kind{"asyncio.run", ""},
    Kind{"threading.", "of the threads of this process"},
    Kind{"queue.", "a queue of this process"},
    Kind{"multiprocessing.", "shared between processes in its own way"},
    Kind{"concurrent.futures.", "a pool of this process"},
    Kind{"asyncio.", "of the event loop of this process"},
    Kind{"contextvars.", "of the context of this process"},
    Kind{"socket.gethostbyname", ""},
    Kind{"socket.gethostname", ""},
    Kind{"socket.getaddrinfo", ""},
    Kind{"socket.getfqdn", ""},
    Kind{"socket.", "a connection"},
    Kind{"ssl.", "of a connection"},
    Kind{"select.", "of this process"},
    Kind{"selectors.", "of this process"},
    Kind{"sqlite3.", "a connection"},
    Kind{"http.client.", "a connection"},
    Kind{"urllib.request.urlopen", "a connection"},
    Kind{"smtplib.", "a connection"},
    Kind{"ftplib.", "a connection"},
    Kind{"imaplib.", "a connection"},
    Kind{"subprocess.Popen", "a running command"},
    Kind{"weakref.", "a reference to an object of this process"},
    Kind{"iter", "an iterator"},
    Kind{"map", "an iterator"},
    Kind{"filter", "an iterator"},
    Kind{"zip", "an iterator"},
    Kind{"enumerate", "an iterator"},
    Kind{"reversed", "an iterator"},
    Kind{"itertools.", "an iterator"},
    Kind{"memoryview", "memory of this process"},
    Kind{"object", "told by its identity"},
    Kind{"importlib.import_module", "a module"},
    Kind{"__import__", "a module"},
    Kind{"types.ModuleType", "a module"},
};

class Sender {
 public:
  explicit Sender(const Module& module) : module_(module), tree_(module.tree) {}

  // What the value is that cannot be sent, as in "it is …"; empty: nothing is known against it.
  std::string of(NodeId node, int depth) {
    if (!node || depth > kDepth) return {};
    switch (tree_.kind(node)) {
      case NodeKind::Lambda:
        return "a lambda";
      case NodeKind::GeneratorExp:
        return "a generator";
      case NodeKind::Name:
        return of_variable(module_.scopes.variable(node), depth + 1);
      case NodeKind::Call:
        return of_call(node, depth);
      case NodeKind::IfExp:
        return first_of({of(tree_.child(node, slot::IfExp::body), depth + 1),
                         of(tree_.child(node, slot::IfExp::orelse), depth + 1)});
      case NodeKind::BoolOp:
      case NodeKind::Tuple:
      case NodeKind::ListLiteral:
      case NodeKind::Set:
        return first_in(tree_.items(node, 0), depth);
      case NodeKind::Dict:
        return first_in(tree_.items(node, slot::Dict::values), depth);
      case NodeKind::ListComp:
      case NodeKind::SetComp:
        return of(tree_.child(node, slot::ListComp::element), depth + 1);
      case NodeKind::DictComp:
        return of(tree_.child(node, slot::DictComp::value), depth + 1);
      case NodeKind::NamedExpr:
        return of(tree_.child(node, slot::NamedExpr::value), depth + 1);
      case NodeKind::Starred:
        return of(tree_.child(node, slot::Starred::value), depth + 1);
      default:
        return {};
    }
  }

  std::string of_variable(BindingId variable, int depth) {
    if (!variable || depth > kDepth) return {};
    const scope::Binding& binding = module_.scopes[variable];
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == Access::Read || each.access == Access::none) continue;
      if (std::string what = of_write(each.node, binding, depth); !what.empty()) return what;
    }
    return {};
  }

  // An object of a class of this file whose instances hold what cannot be sent.
  std::string of_instance(NodeId definition, int depth) {
    if (depth > kDepth) return {};
    if (!tree_.is(tree_.enclosing_definition(definition), NodeKind::Module))
      return "an object of a class that stands in a function";
    std::string found;
    each_node(tree_, definition, [&](NodeId node) {
      if (!found.empty() || !tree_.is(node, NodeKind::Assign)) return;
      for (const NodeId target : tree_.items(node, slot::Assign::targets)) {
        if (!tree_.is(target, NodeKind::Attribute)) continue;
        const std::string what = of(tree_.child(node, slot::Assign::value), depth + 1);
        if (found.empty() && !what.empty())
          found = "an object whose `" + module_.text(tree_[target].name) + "` is " + what;
      }
    });
    return found;
  }

  // What a call of the function gives.
  std::string of_return(NodeId definition, int depth) {
    std::string found;
    each_node(tree_, definition, [&](NodeId node) {
      if (!found.empty() || tree_.enclosing_definition(node) != definition) return;
      if (tree_.is(node, NodeKind::Yield) || tree_.is(node, NodeKind::YieldFrom))
        found = "a generator";
      if (tree_.is(node, NodeKind::Return))
        found = of(tree_.child(node, slot::Return::value), depth + 1);
    });
    return found;
  }

  NodeId definition_of(BindingId variable) const {
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (tree_.is(each.node, NodeKind::FunctionDef) || tree_.is(each.node, NodeKind::ClassDef))
        return each.node;
    }
    return {};
  }

 private:
  static std::string first_of(std::initializer_list<std::string> all) {
    for (const std::string& each : all) {
      if (!each.empty()) return each;
    }
    return {};
  }

  std::string first_in(std::span<const NodeId> nodes, int depth) {
    for (const NodeId each : nodes) {
      if (std::string what = of(each, depth + 1); !what.empty()) return what;
    }
    return {};
  }

  std::string of_write(NodeId node, const scope::Binding& binding, int depth) {
    const bool global = binding.scope == module_.scopes.module_scope();
    if (tree_.is(node, NodeKind::FunctionDef)) return global ? "" : "a function inside another";
    if (tree_.is(node, NodeKind::ClassDef)) return global ? "" : "a class inside a function";
    if (tree_.is(node, NodeKind::Parameter)) return of_self(node, depth);
    if (tree_.is(node, NodeKind::ImportAlias)) {
      const NodeId import = tree_.parent(tree_.parent(node));
      return tree_.is(import, NodeKind::Import) ? "a module" : "";
    }
    const NodeId parent = tree_.parent(node);
    if (tree_.is(parent, NodeKind::For) && tree_.child(parent, slot::For::target) == node)
      return of_item(tree_.child(parent, slot::For::iter), depth);
    if (tree_.is(parent, NodeKind::Comprehension) &&
        tree_.child(parent, slot::Comprehension::target) == node) {
      return of_item(tree_.child(parent, slot::Comprehension::iter), depth);
    }
    if (tree_.is(parent, NodeKind::WithItem) &&
        tree_.child(parent, slot::WithItem::target) == node) {
      return of(tree_.child(parent, slot::WithItem::context), depth + 1);
    }
    if (tree_.is(parent, NodeKind::NamedExpr) || tree_.is(parent, NodeKind::AnnAssign))
      return of(
          tree_.child(parent, tree_.is(parent, NodeKind::NamedExpr) ? +slot::NamedExpr::value
                                                                    : +slot::AnnAssign::value),
          depth + 1);
    const NodeId owner = tree_.parent(parent);
    if (owner && tree_.is(owner, NodeKind::Assign) &&
        tree_.child(owner, slot::Assign::targets) == parent) {
      return of(tree_.child(owner, slot::Assign::value), depth + 1);
    }
    return {};
  }

  // The first parameter of a method is an object of its class.
  std::string of_self(NodeId parameter, int depth) {
    const NodeId function = tree_.enclosing_definition(parameter);
    if (!function || !tree_.is(function, NodeKind::FunctionDef)) return {};
    const NodeId owner = tree_.enclosing_definition(function);
    const NodeId arguments = tree_.child(function, slot::FunctionDef::arguments);
    if (!tree_.is(owner, NodeKind::ClassDef) ||
        tree_.items(arguments, slot::Arguments::parameters).front() != parameter) {
      return {};
    }
    return of_instance(owner, depth + 1);
  }

  std::string of_item(NodeId iterable, int depth) {
    if (!iterable || depth > kDepth) return {};
    switch (tree_.kind(iterable)) {
      case NodeKind::Name: {
        for (const scope::Occurrence& each :
             module_.scopes.occurrences(module_.scopes.variable(iterable))) {
          if (each.access != Access::Write) continue;
          const NodeId owner = tree_.parent(tree_.parent(each.node));
          if (!owner || !tree_.is(owner, NodeKind::Assign)) continue;
          const NodeId value = tree_.child(owner, slot::Assign::value);
          if (tree_.is(value, NodeKind::Name)) continue;
          if (std::string what = of_item(value, depth + 1); !what.empty()) return what;
        }
        return {};
      }
      case NodeKind::ListLiteral:
      case NodeKind::Tuple:
      case NodeKind::Set:
        return first_in(tree_.items(iterable, 0), depth);
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::GeneratorExp:
        return of(tree_.child(iterable, slot::ListComp::element), depth + 1);
      default:
        return {};
    }
  }

  std::string of_call(NodeId call, int depth) {
    const NodeId function = tree_.child(call, slot::Call::function);
    const NodeId root = dotted_root(tree_, function);
    if (!root) return {};
    const BindingId variable = module_.scopes.variable(root);
    if (root == function && variable) {
      if (const NodeId definition = definition_of(variable)) {
        return tree_.is(definition, NodeKind::ClassDef) ? of_instance(definition, depth + 1)
                                                        : of_return(definition, depth + 1);
      }
    }
    const std::string name = full_name(function, root, variable);
    for (const Kind& kind : kKinds) {
      const bool fits =
          kind.callee.back() == '.' ? name.starts_with(kind.callee) : name == kind.callee;
      if (fits) return std::string(kind.what);
    }
    return {};
  }

  // What the library calls it: `from threading import Lock as L` makes `L` "threading.Lock".
  std::string full_name(NodeId function, NodeId root, BindingId variable) const {
    std::string rest(tree_.text(function).substr(tree_.text(root).size()));
    std::string name(tree_.text(root));
    if (!variable) return name + rest;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == Access::Read || each.access == Access::none) continue;
      if (!tree_.is(each.node, NodeKind::ImportAlias)) return "its own " + name;
      const NodeId import = tree_.parent(tree_.parent(each.node));
      const std::string own = module_.text(tree_[each.node].name);
      if (tree_.is(import, NodeKind::ImportFrom)) {
        if (!tree_[import].name) return "its own " + name;
        return module_.text(tree_[import].name) + "." + own + rest;
      }
      return (tree_[each.node].alias ? own : name) + rest;
    }
    return name + rest;
  }

  const Module& module_;
  const SyntaxTree& tree_;
};

std::string sentence(const std::string& subject, const std::string& what) {
  return subject + " cannot be sent to a worker process: it is " + what;
}

}  // namespace

std::optional<std::string> cannot_be_sent(const Module& module, BindingId variable) {
  const std::string what = Sender(module).of_variable(variable, 0);
  if (what.empty()) return std::nullopt;
  return sentence("`" + module.name_of(variable) + "`", what);
}

std::optional<std::string> cannot_be_sent(const Module& module, NodeId expression) {
  const std::string what = Sender(module).of(expression, 0);
  if (what.empty()) return std::nullopt;
  return sentence("`" + std::string(module.tree.text(expression).substr(0, 40)) + "`", what);
}

bool is_iterated_once(const Module& module, BindingId variable) {
  const std::string what = Sender(module).of_variable(variable, 0);
  return what == "a generator" || what == "an iterator" || what.ends_with("open file");
}

std::optional<std::string> cannot_come_back(const Module& module, const plan::RunUnit& unit) {
  Sender sender(module);
  const SyntaxTree& tree = module.tree;
  if (unit.is_expression) {
    const std::string what = sender.of(unit.first, 0);
    if (what.empty()) return std::nullopt;
    return "the result of `" + std::string(tree.text(unit.first).substr(0, 40)) +
           "` cannot come back from a worker process: it is " + what;
  }
  for (const BindingId result : unit.results) {
    const std::string what = sender.of_variable(result, 0);
    if (what.empty()) continue;
    return "`" + module.name_of(result) + "` cannot come back from a worker process: it is " + what;
  }
  return std::nullopt;
}

}  // namespace braid::rewrite
