#include "dependence/reached.h"

#include <algorithm>

namespace braid::dependence {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool holds_other_method(const syntax::SyntaxTree& tree, NodeId type, Symbol name, NodeId method) {
  for (std::uint32_t i = type.value; i < tree[type].subtree_end; ++i) {
    const NodeId each{i};
    if (tree.is(each, NodeKind::FunctionDef) && tree[each].name == name && each != method &&
        tree.enclosing_definition(each) == type)
      return true;
  }
  return false;
}

// It calls `dir`.
bool lists_names(const effects::Program& program, const effects::Module& module) {
  const auto mentions = module.file->nodes().of(program.find("dir"));
  return std::any_of(mentions.begin(), mentions.end(), [&](const auto& mention) {
    constexpr std::uint16_t kBinds =
        scope::kAssigned | scope::kImported | scope::kDefinition | scope::kParameter;
    const BindingId variable = module.scopes.variable(mention.second);
    return module.tree.is(mention.second, NodeKind::Name) &&
           (!variable || (module.scopes[variable].flags & kBinds) == 0);
  });
}

// A text in it names a global of the script, as pickles do: b"c__main__\nrows\n.".
bool holds_global_names(const effects::Module& module) {
  constexpr std::string_view kMain = "__main__";
  for (std::uint32_t i = 0; i < module.tree.size(); ++i) {
    if (!module.tree.is(NodeId{i}, NodeKind::Constant)) continue;
    const std::string_view text = module.tree.text(NodeId{i});
    if (text.find(kMain) != text.npos && text.size() > kMain.size() + 2) return true;
  }
  return false;
}

}  // namespace

std::string_view looks_at_functions(const effects::Program& program) {
  constexpr std::string_view kLooks[] = {"inspect",        "__code__", "__defaults__",
                                         "__kwdefaults__", "pydoc",    "signature"};
  for (const std::string_view each : kLooks) {
    if (program.find(each)) return each;
  }
  // Not as the name of an argument.
  const bool helps =
      std::any_of(program.modules.begin(), program.modules.end(), [&](const auto& module) {
        const auto mentions = module.file->nodes().of(program.find("help"));
        return std::any_of(mentions.begin(), mentions.end(), [&](const auto& mention) {
          return module.tree.is(mention.second, NodeKind::Name);
        });
      });
  return helps ? "help" : "";
}

bool may_be_replaced(const effects::Program& program, ModuleId module, NodeId method) {
  constexpr std::string_view kMakes[] = {"new_class",         "make_dataclass", "__setattr__",
                                         "__init_subclass__", "__delattr__",    "__bases__",
                                         "__set_name__",      "__prepare__",    "__mro_entries__"};
  if (std::any_of(std::begin(kMakes), std::end(kMakes),
                  [&](std::string_view name) { return static_cast<bool>(program.find(name)); }))
    return true;
  const syntax::SyntaxTree& home = program.modules[module.value].tree;
  const NodeId type = home.enclosing_definition(method);
  const Symbol name = home[method].name;
  const auto is_plain = [](const syntax::SyntaxTree& t, NodeId each) {
    return t.items(each, slot::ClassDef::keywords).empty() &&
           t.items(each, slot::ClassDef::decorators).empty();
  };
  if (!is_plain(home, type)) return true;
  for (const effects::Module& other : program.modules) {
    const syntax::SyntaxTree& t = other.tree;
    if (!other.file->nodes().of(program.find("__class__")).empty()) return true;
    // `type(name, bases, namespace)`
    for (const auto& [symbol, at] : other.file->nodes().of(program.find("type"))) {
      const NodeId call = t.parent(at);
      if (t.is(at, NodeKind::Name) && t.is(call, NodeKind::Call) &&
          t.items(call, slot::Call::arguments_list).size() != 1)
        return true;
    }
    // Who has one base gets its methods from that, or has them itself.
    for (const NodeId each : other.file->nodes().classes) {
      if (holds_other_method(t, each, name, &t == &home ? method : NodeId{})) return true;
      const auto bases = t.items(each, slot::ClassDef::bases);
      const bool own = &t == &home && each == type;
      const bool derives = !bases.empty() && !own;
      if (!t.items(each, slot::ClassDef::keywords).empty() ||
          (derives && (bases.size() > 1 || !is_plain(t, each))))
        return true;
    }
  }
  return false;
}

bool is_rebound_by_star(const effects::Program& program, ModuleId module, NodeId definition) {
  const effects::Module& home = program.modules[module.value];
  const auto& imports = home.file->nodes().imports;
  return std::any_of(imports.begin(), imports.end(), [&](NodeId each) {
    return home.tree.span(each).begin > home.tree.span(definition).begin &&
           home.tree.text(each).ends_with("*");
  });
}

bool reads_names_unseen(const effects::Program& program) {
  constexpr std::string_view kWays[] = {
      "globals",        "locals",      "vars",          "exec",          "eval",
      "__dict__",       "modules",     "inspect",       "__main__",      "_getframe",
      "f_globals",      "f_locals",    "tb_frame",      "gi_frame",      "runpy",
      "doctest",        "dill",        "pdb",           "import_module", "__import__",
      "get_type_hints", "interact",    "breakpoint",    "builtins",      "InteractiveConsole",
      "cProfile",       "profile",     "runctx",        "bdb",           "Trace",
      "rlcompleter",    "get_objects", "get_referrers", "pythonapi"};
  if (std::any_of(std::begin(kWays), std::end(kWays),
                  [&](std::string_view name) { return static_cast<bool>(program.find(name)); }))
    return true;
  return std::any_of(program.modules.begin(), program.modules.end(), [&](const auto& module) {
    return lists_names(program, module) || holds_global_names(module);
  });
}

bool is_imported(const effects::Program& program, ModuleId module) {
  std::string_view stem = program.modules[module.value].tree.source().path();
  stem = stem.substr(stem.rfind('/') == std::string_view::npos ? 0 : stem.rfind('/') + 1);
  stem = stem.substr(0, stem.rfind('.'));
  const auto is_it = [&](std::string_view name) {
    return name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1) == stem;
  };
  return module.value != 0 ||
         std::any_of(program.by_name.begin(), program.by_name.end(),
                     [&](const auto& each) { return is_it(each.first); }) ||
         std::any_of(program.unusable.begin(), program.unusable.end(), is_it);
}

bool makes_names(const effects::Program& program) {
  constexpr std::string_view kWays[] = {"getattr", "setattr",       "eval",         "exec",
                                        "modules", "import_module", "methodcaller", "patch",
                                        "vars",    "__dict__",      "__import__",   "attrgetter"};
  return std::any_of(std::begin(kWays), std::end(kWays),
                     [&](std::string_view way) { return static_cast<bool>(program.find(way)); });
}

}  // namespace braid::dependence
