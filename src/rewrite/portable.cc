#include "rewrite/portable.h"

#include <algorithm>

#include "rewrite/plain.h"
#include "rewrite/process.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

bool defines(const effects::Program& program, std::string_view name) {
  if (name.starts_with("__")) return false;
  return std::any_of(program.modules.begin(), program.modules.end(), [&](const auto& module) {
    for (std::uint32_t i = 0; i < module.tree.size(); ++i) {
      if (module.tree.is(NodeId{i}, NodeKind::FunctionDef) &&
          program.symbols.text(module.tree[NodeId{i}].name) == name)
        return true;
    }
    return false;
  });
}

// It makes text, and does nothing else that somebody could see.
bool only_makes_text(const Module& file, const effects::Module& module, NodeId method) {
  const SymbolTable& symbols = file.program.symbols;
  constexpr std::string_view kFunctions[] = {
      "str",   "repr", "format", "len",    "super", "int", "float", "type",      "tuple",   "list",
      "round", "dict", "sorted", "join",   "strip", "get", "upper", "lower",     "title",   "items",
      "keys",  "min",  "max",    "values", "sum",   "hex", "abs",   "isoformat", "replace", "bool"};
  const SyntaxTree& tree = module.tree;
  bool only = true;
  each_node(tree, method, [&](NodeId node) {
    switch (tree.kind(node)) {
      case NodeKind::Call: {
        const NodeId function = tree.child(node, slot::Call::function);
        const std::string_view name =
            tree[function].name ? symbols.text(tree[function].name) : std::string_view{};
        only = only && !defines(file.program, name) &&
               (name.starts_with("__") || std::find(std::begin(kFunctions), std::end(kFunctions),
                                                    name) != std::end(kFunctions));
        break;
      }
      case NodeKind::Raise:
      case NodeKind::With:
      case NodeKind::Global:
      case NodeKind::Nonlocal:
      case NodeKind::AugAssign:
      case NodeKind::Delete:
      case NodeKind::While:
      case NodeKind::Import:
      case NodeKind::ImportFrom:
      case NodeKind::Yield:
        only = false;
        break;
      default:
        break;
    }
  });
  return only;
}

bool is_named_as_exception(std::string_view name) {
  constexpr std::string_view kEnds[] = {"Error",   "Exception", "Warning", "Exit",
                                        "error",   "Iteration", "Group",   "Interrupt",
                                        "Timeout", "timeout",   "Empty",   "Full"};
  return std::any_of(std::begin(kEnds), std::end(kEnds),
                     [&](std::string_view end) { return name.ends_with(end); });
}

// `Base = OSError`, `from library import Failure as Base`: it may be one.
bool is_other_name(const effects::Module& there, NodeId base) {
  const BindingId variable =
      there.tree.is(base, NodeKind::Name) ? there.scopes.variable(base) : BindingId{};
  if (!variable) return false;
  const auto uses = there.scopes.occurrences(variable);
  return std::any_of(uses.begin(), uses.end(), [&](const scope::Occurrence& use) {
    if (use.access == scope::Access::Read || use.access == scope::Access::none) return false;
    if (there.tree.is(use.node, NodeKind::ImportAlias))
      return static_cast<bool>(there.tree[use.node].alias);
    return !there.tree.is(use.node, NodeKind::ClassDef);
  });
}

}  // namespace

// Whether an exception survives the way back is found out by making a copy and its text.
std::optional<std::string> copying_is_seen(const Module& module) {
  constexpr std::string_view kAsked[] = {
      "__str__",      "__repr__",       "__reduce__",        "__reduce_ex__", "__getstate__",
      "__setstate__", "__getnewargs__", "__getnewargs_ex__", "__new__",       "__format__"};
  for (const effects::Module& each : module.program.modules) {
    for (const NodeId type : each.file->nodes().classes) {
      for (const NodeId method : each.tree.items(type, slot::ClassDef::statements)) {
        if (!each.tree.is(method, NodeKind::FunctionDef)) continue;
        const std::string name = module.text(each.tree[method].name);
        const bool asked =
            std::find(std::begin(kAsked), std::end(kAsked), name) != std::end(kAsked);
        if (asked && !only_makes_text(module, each, method))
          return "a worker process would call `" + name + "` of what is raised there";
      }
    }
  }
  return std::nullopt;
}

bool may_raise_unpicklable(const Module& module) {
  const auto derives = [&](const effects::Module& there, NodeId definition) {
    const auto bases = there.tree.items(definition, slot::ClassDef::bases);
    return std::any_of(bases.begin(), bases.end(), [&](NodeId base) {
      return is_named_as_exception(there.tree.text(base)) || is_other_name(there, base);
    });
  };
  for (const effects::Module& each : module.program.modules) {
    for (std::uint32_t i = 0; i < each.tree.size(); ++i) {
      const NodeId node{i};
      if (each.tree.is(node, NodeKind::ClassDef) && derives(each, node)) return true;
      std::vector<Symbol> names;
      if (each.tree.is(node, NodeKind::ImportFrom) && each.tree[node].name)
        names.push_back(each.tree[node].name);
      if (each.tree.is(node, NodeKind::ImportAlias) &&
          each.tree.is(each.tree.parent(each.tree.parent(node)), NodeKind::Import)) {
        names.push_back(each.tree[node].name);
      }
      for (const Symbol name : names) {
        const std::string text = module.text(name);
        // Of the standard library's own, HTTPError cannot be made again.
        if (text == "urllib" || text == "urllib.error" || text == "urllib.request") return true;
        if (!is_standard_library(text) && !module.program.by_name.contains(text)) return true;
      }
    }
  }
  return false;
}

std::string portable_name(Module& module) {
  return module.names.shared({"call_in_worker", "work_in_process"});
}

std::string portable_error_name(Module& module) {
  return module.names.shared({"make_portable", "prepare_error"});
}

Lines portable_definitions(Module& module, const std::string& copyreg, const std::string& pickle,
                           bool calls) {
  const std::string rebuild = module.names.shared({"rebuild_error", "remake_error"});
  const std::string reduce = module.names.shared({"reduce_error", "take_error_apart"});
  const std::string prepare = portable_error_name(module);
  const std::string root = module.names.shared({"builtin_base", "base_among_builtins"});
  std::vector<std::string> text{
      "def " + root + "(kind):",
      "\twhile kind.__module__ != \"builtins\":",
      "\t\tkind = kind.__base__",
      "\treturn kind",
      "",
      "",
      "def " + rebuild + "(kind, arguments, fields, state):",
      "\tbase = " + root + "(kind)",
      "\terror = base.__new__(kind, *arguments)",
      "\terror.args = arguments",
      "\tfor name, value in fields.items():",
      "\t\tgetattr(base, name).__set__(error, value)",
      "\terror.__dict__.update(state)",
      "\treturn error",
      "",
      "",
      "def " + reduce + "(error):",
      "\tbase = " + root + "(type(error))",
      "\tfields = {}  # what its builtin base keeps beside its arguments, as OSError does errno",
      "\tfor kind in base.__mro__:",
      "\t\tfor name, field in kind.__dict__.items():",
      "\t\t\tif name[0] == \"_\" or not hasattr(field, \"__set__\"):",
      "\t\t\t\tcontinue",
      "\t\t\ttry:",
      "\t\t\t\tvalue = field.__get__(error)",
      "\t\t\texcept AttributeError:",
      "\t\t\t\tcontinue",
      // The others are its arguments, or refer to what it came from.
      "\t\t\tif value is not None and name not in "
      "(\"args\", \"obj\", \"message\", \"exceptions\"):",
      "\t\t\t\tfields[name] = value",
      "\treturn " + rebuild + ", (type(error), error.args, fields, error.__dict__)",
      "",
      "",
      "def " + prepare + "(error):",
      "\t\"\"\"See that `error` survives the way back from a worker process.\"\"\"",
      "\ttry:",
      "\t\tcopy = " + pickle + ".loads(" + pickle + ".dumps(error))",
      "\t\tsame = " + reduce + "(copy) == " + reduce + "(error) and str(copy) == str(error)",
      "\texcept Exception:",
      "\t\tsame = False",
      "\tif not same:",
      "\t\t" + copyreg + ".pickle(type(error), " + reduce + ")",
  };
  if (calls) {
    text.insert(text.end(),
                {"", "", "def " + portable_name(module) + "(function, /, *arguments, **keywords):",
                 "\t\"\"\"Call `function` in a worker process.\"\"\"",
                 "\ttry:", "\t\treturn function(*arguments, **keywords)",
                 "\texcept BaseException as error:", "\t\t" + prepare + "(error)", "\t\traise"});
  }
  return lines_of(module, text);
}

}  // namespace braid::rewrite
