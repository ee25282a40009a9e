// Which functions another process finds by the name that they have there.
#include <algorithm>
#include <array>

#include "rewrite/process.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

constexpr int kDepth = 8;  // names that stand for imported names

// Decorators that give the function its own name back, or the function itself.
bool keeps_name(const SyntaxTree& tree, NodeId decorator) {
  constexpr std::array<std::string_view, 12> kKnown{
      "staticmethod", "classmethod",         "lru_cache",
      "cache",        "functools.lru_cache", "functools.cache",
      "njit",         "numba.njit",          "jit",
      "numba.jit",    "dataclass",           "dataclasses.dataclass"};
  if (tree.is(decorator, NodeKind::Call)) decorator = tree.child(decorator, slot::Call::function);
  return std::find(kKnown.begin(), kKnown.end(), tree.text(decorator)) != kKnown.end();
}

bool is_plain(const SyntaxTree& tree, NodeId definition) {
  std::span<const NodeId> decorators;
  if (tree.is(definition, NodeKind::FunctionDef))
    decorators = tree.items(definition, slot::FunctionDef::decorators);
  else if (tree.is(definition, NodeKind::ClassDef))
    decorators = tree.items(definition, slot::ClassDef::decorators);
  else
    return false;
  return std::all_of(decorators.begin(), decorators.end(),
                     [&](NodeId each) { return keeps_name(tree, each); });
}

class Finder {
 public:
  explicit Finder(const effects::Program& program) : program_(program) {}

  bool in_module(const effects::Module& module, std::span<const Symbol> path, int depth) {
    const BindingId binding = module.scopes.find(module.scopes.module_scope(), path.front());
    return binding && bound(module, binding, path.subspan(1), depth);
  }

  bool bound(const effects::Module& module, BindingId binding, std::span<const Symbol> rest,
             int depth) {
    NodeId made;
    for (const scope::Occurrence& each : module.scopes.occurrences(binding)) {
      if (each.access == Access::Read || each.access == Access::none) continue;
      if (made) return false;
      made = each.node;
    }
    const SyntaxTree& tree = module.tree;
    if (!made || depth > kDepth) return false;
    if (tree.is(made, NodeKind::ImportAlias)) return imported(module, made, rest, depth + 1);
    if (!is_plain(tree, made)) return false;
    if (rest.empty()) return true;
    if (rest.size() > 1 || !tree.is(made, NodeKind::ClassDef)) return false;
    NodeId member;
    for (const NodeId each : tree.items(made, slot::ClassDef::statements)) {
      if (tree.is(each, NodeKind::FunctionDef) && tree[each].name == rest.front()) member = each;
    }
    return member && is_plain(tree, member);
  }

 private:
  bool imported(const effects::Module& module, NodeId alias, std::span<const Symbol> rest,
                int depth) {
    const SyntaxTree& tree = module.tree;
    const NodeId import = tree.parent(tree.parent(alias));
    std::string name(text(tree[alias].name));
    if (tree.is(import, NodeKind::ImportFrom)) {
      std::string from;
      if (const std::uint8_t dots = tree[import].op; dots > 0) {
        from = module.name;
        for (int up = dots - (module.is_package ? 1 : 0); up > 0; --up)
          from = from.rfind('.') == std::string::npos ? "" : from.substr(0, from.rfind('.'));
      }
      if (tree[import].name)
        from += (from.empty() ? "" : ".") + std::string(text(tree[import].name));
      if (const auto found = program_.by_name.find(from); found != program_.by_name.end()) {
        std::vector<Symbol> path{tree[alias].name};
        path.insert(path.end(), rest.begin(), rest.end());
        if (!program_.by_name.contains(from + "." + name))
          return in_module(program_.modules[found->second.value], path, depth);
      }
      name = from + "." + name;
    } else if (!tree[alias].alias) {
      name = name.substr(0, name.find('.'));
    }
    return below(name, rest, depth);
  }

  // In the module of that name, or in one inside it.
  bool below(std::string name, std::span<const Symbol> rest, int depth) {
    if (!is_local(name)) return true;  // a library's
    while (!rest.empty()) {
      const std::string deeper = name + "." + std::string(text(rest.front()));
      if (!is_local(deeper)) break;
      name = deeper;
      rest = rest.subspan(1);
    }
    const auto found = program_.by_name.find(name);
    return found != program_.by_name.end() && !rest.empty() &&
           in_module(program_.modules[found->second.value], rest, depth);
  }

  bool is_local(const std::string& name) const {
    return std::any_of(program_.by_name.begin(), program_.by_name.end(), [&](const auto& each) {
      return each.first == name || each.first.starts_with(name + ".");
    });
  }

  std::string_view text(Symbol symbol) const { return program_.symbols.text(symbol); }

  const effects::Program& program_;
};

}  // namespace

bool is_found_by_name(const Module& module, NodeId function) {
  std::vector<Symbol> path;
  NodeId at = function;
  for (; module.tree.is(at, NodeKind::Attribute);
       at = module.tree.child(at, slot::Attribute::value))
    path.insert(path.begin(), module.tree[at].name);
  const BindingId variable = module.scopes.variable(at);
  if (!variable) return false;
  const auto occurrences = module.scopes.occurrences(variable);
  const bool is_bound = std::any_of(occurrences.begin(), occurrences.end(), [](const auto& each) {
    return each.access != Access::Read && each.access != Access::none;
  });
  if (!is_bound) return true;  // a builtin
  return Finder(module.program).bound(module.module, variable, path, 0);
}

}  // namespace braid::rewrite
