#include "effects/passed.h"

#include <algorithm>

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool is_called(const syntax::SyntaxTree& tree, NodeId mention) {
  const NodeId call = tree.parent(mention);
  return tree.is(call, NodeKind::Call) && tree.child(call, slot::Call::function) == mention;
}

bool is_renamed(const Module& module, Symbol name) {
  const auto& imports = module.file->nodes().imports;
  return std::any_of(imports.begin(), imports.end(), [&](NodeId statement) {
    for (std::uint32_t i = statement.value; i < module.tree[statement].subtree_end; ++i) {
      const NodeId alias{i};
      if (module.tree.is(alias, NodeKind::ImportAlias) && module.tree[alias].name == name)
        return true;
    }
    return false;
  });
}

// A text that may be a program, or what is found by its name: "convert(x)", "convert", pickles.
bool is_named_by_text(const Module& module, std::string_view name) {
  const std::string called = std::string(name) + "(";
  for (std::uint32_t i = 0; i < module.tree.size(); ++i) {
    const NodeId node{i};
    if (!module.tree.is(node, NodeKind::Constant)) continue;
    const std::string_view text = module.tree.text(node);
    if (text.size() < 3 || (text.back() != '"' && text.back() != '\'')) continue;
    const std::string_view inside = text.substr(text.find_first_of("'\"") + 1);
    if (inside.substr(0, inside.size() - 1) == name ||
        text.find(called) != std::string_view::npos ||
        (text.find("__main__") != std::string_view::npos && text.size() > 10))
      return true;
  }
  return false;
}

}  // namespace

// Nobody gets the function itself: each mention of its name calls it.
bool PassedConstants::is_only_called(std::uint64_t function) {
  const auto [known, fresh] = only_called_.try_emplace(function, false);
  if (!fresh) return known->second;
  const Module& home = program_.modules[function >> 32U];
  const NodeId definition{static_cast<std::uint32_t>(function)};
  constexpr std::string_view kOtherWays[] = {
      "globals",       "locals",     "vars",    "eval",         "exec",        "__dict__",
      "getattr",       "modules",    "inspect", "methodcaller", "attrgetter",  "__main__",
      "import_module", "__import__", "runpy",   "doctest",      "f_globals",   "locate",
      "resolve_name",  "cProfile",   "profile", "timeit",       "get_objects", "get_referrers"};
  if (!home.tree.is(definition, NodeKind::FunctionDef) ||
      !home.tree.items(definition, slot::FunctionDef::decorators).empty() ||
      std::any_of(std::begin(kOtherWays), std::end(kOtherWays),
                  [&](std::string_view name) { return static_cast<bool>(program_.find(name)); }))
    return false;
  const Symbol name = home.tree[definition].name;
  if (program_.symbols.text(name).starts_with("__")) return false;
  const bool only =
      std::all_of(program_.modules.begin(), program_.modules.end(), [&](const Module& module) {
        const auto mentions = module.file->nodes().of(name);
        return !is_renamed(module, name) &&
               !is_named_by_text(module, program_.symbols.text(name)) &&
               std::all_of(mentions.begin(), mentions.end(), [&](const auto& mention) {
                 return is_called(module.tree, mention.second);
               });
      });
  return known->second = only;
}

bool PassedConstants::note(const Atom& function, const std::vector<Argument>& bound) {
  bool learnt = false;
  std::vector<std::optional<TermId>>& seen =
      seen_[pair_key(function.module.value, function.node.value)];
  seen.resize(bound.size());
  for (std::size_t i = 0; i < bound.size(); ++i) {
    TermId term = bound[i].maybe ? TermId{} : bound[i].term;
    if (term && values_[term].kind != TermKind::Constant &&
        values_[term].kind != TermKind::Parameter)
      term = {};
    const bool handed_on = term && values_[term].kind == TermKind::Parameter &&
                           values_[term].node == function.node &&
                           values_[term].module == function.module && values_[term].index == i;
    if (handed_on || (seen[i] && (*seen[i] == term || !*seen[i]))) continue;
    seen[i] = seen[i] ? TermId{} : term;
    learnt = true;
  }
  return learnt;
}

TermId PassedConstants::with_constants(TermId id) {
  if (!id) return id;
  Term term = values_[id];
  if (term.kind == TermKind::Parameter) {
    const TermId known = constant(pair_key(term.module.value, term.node.value), term.index, 0);
    return known ? known : id;
  }
  if (term.operands.empty()) return id;
  for (TermId& each : term.operands) each = with_constants(each);
  return values_.term(term);
}

TermId PassedConstants::constant(std::uint64_t function, std::size_t index, int depth) {
  constexpr int kDeepest = 8;
  const auto seen = seen_.find(function);
  if (seen == seen_.end() || index >= seen->second.size() || !seen->second[index] ||
      depth == kDeepest || !is_only_called(function))
    return {};
  const TermId term = *seen->second[index];
  if (!term || values_[term].kind == TermKind::Constant) return term;
  const Term& parameter = values_[term];
  return constant(pair_key(parameter.module.value, parameter.node.value), parameter.index,
                  depth + 1);
}

}  // namespace braid::effects
