// Arguments: how calls give them, and which parameters they reach.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
using syntax::ParameterKind;
namespace slot = syntax::slot;

CallArguments Interpreter::evaluate_arguments(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  CallArguments out;
  Term rest{.kind = TermKind::Apply, .text = intern("starred")};
  bool known = true;
  const auto note = [&](TermId term) {
    known = known && term;
    rest.operands.push_back(term);
  };
  for (NodeId item : t.items(node, slot::Call::arguments_list)) {
    if (t.is(item, NodeKind::Starred)) {
      const Evaluated value = expression(t.child(item, slot::Starred::value));
      if (!surely_iterable(value.value)) raise_here(item);
      const Evaluated element = iterate(value, item);
      order_of_set(value.value, item);
      out.starred = true;
      out.rest.value = values_.join(out.rest.value, element.value);
      out.rest.given = out.rest.maybe = true;
      note(value.term);
      continue;
    }
    const Evaluated value = expression(item);
    if (out.starred) {
      note(value.term);
      out.rest.value = values_.join(out.rest.value, value.value);
      continue;
    }
    out.positional.push_back({value.value, value.term, item, true, false});
  }
  for (NodeId keyword : t.items(node, slot::Call::keywords)) {
    const Evaluated value = expression(t.child(keyword, slot::Keyword::value));
    if (!t[keyword].name) {
      out.double_starred = true;
      if (!surely_mapping(value.value)) raise_here(keyword);
      for (AtomId id : values_[value.value]) {
        const Atom atom = values_[id];
        if (atom.kind == AtomKind::Object) call_methods(atom, Asked::anything, keyword);
      }
      for (AtomId id : values_[value.value]) {
        const Atom atom = values_[id];
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, keyword);
        ValueId held = elements_of(atom);
        if (atom.kind != AtomKind::Instance) held = values_.join(held, values_.single(atom));
        out.rest.value = values_.join(out.rest.value, held);
      }
      out.rest.given = out.rest.maybe = true;
      note(value.term);
      continue;
    }
    out.keywords.emplace_back(t[keyword].name,
                              Argument{value.value, value.term, keyword, true, false});
  }
  if (known && !rest.operands.empty()) out.rest.term = values_.term(rest);
  return out;
}

// functools.partial: the function and its first arguments, for when it is called.
void Interpreter::keep_partial(CallArguments arguments, NodeId node) {
  for (Argument& each : arguments.positional) each.value = settled(each.value);
  for (auto& [name, each] : arguments.keywords) each.value = settled(each.value);
  arguments.rest.value = settled(arguments.rest.value);
  const SiteId site = values_.site({.module = frame().module, .node = node});
  auto [entry, fresh] = partials_.try_emplace(site.value, arguments);
  if (fresh) return;
  CallArguments& kept = entry->second;
  if (kept.positional.size() != arguments.positional.size()) kept.starred = true;
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    ValueId& known = i < kept.positional.size() ? kept.positional[i].value : kept.rest.value;
    known = values_.join(known, arguments.positional[i].value);
  }
  for (std::size_t i = 0; i < arguments.keywords.size() && i < kept.keywords.size(); ++i)
    kept.keywords[i].second.value =
        values_.join(kept.keywords[i].second.value, arguments.keywords[i].second.value);
}

Evaluated Interpreter::call_partial(const CallArguments& kept, Recency recency,
                                    const CallArguments& arguments, NodeId node) {
  CallArguments all = arguments;
  if (kept.positional.empty()) return unknown_call("functools.partial", true, {}, arguments, node);
  std::vector<Argument> first(kept.positional.begin() + 1, kept.positional.end());
  for (Argument& each : first) {
    each.value = from_heap(each.value, recency);
    each.term = {};
  }
  all.positional.insert(all.positional.begin(), first.begin(), first.end());
  for (const auto& [name, value] : kept.keywords) {
    const bool given = std::any_of(all.keywords.begin(), all.keywords.end(),
                                   [&](const auto& each) { return each.first == name; });
    if (given) continue;
    Argument held = value;
    held.value = from_heap(held.value, recency);
    held.term = {};
    all.keywords.emplace_back(name, held);
  }
  all.starred = all.starred || kept.starred;
  all.double_starred = all.double_starred || kept.double_starred;
  all.rest.value = values_.join(all.rest.value, from_heap(kept.rest.value, recency));
  return call({from_heap(kept.positional[0].value, recency), {}}, all, node);
}

std::vector<Argument> Interpreter::bind(const Atom& function, const CallArguments& arguments,
                                        std::optional<Evaluated> self) {
  const syntax::SyntaxTree& t = program_.modules[function.module.value].tree;
  const bool lambda = t.is(function.node, NodeKind::Lambda);
  const NodeId list =
      t.child(function.node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                    : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  const auto parameters = t.items(list, slot::Arguments::parameters);
  std::vector<Argument> positional;
  if (self) positional.push_back({self->value, self->term, {}, true, false});
  positional.insert(positional.end(), arguments.positional.begin(), arguments.positional.end());
  std::vector<Argument> bound(parameters.size());
  std::size_t next = 0;
  std::vector<bool> keyword_used(arguments.keywords.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const syntax::Node& parameter = t[parameters[i]];
    const auto kind = static_cast<ParameterKind>(parameter.op);
    Argument& out = bound[i];
    const SiteId site = values_.site({.module = function.module, .node = parameters[i]});
    if (kind == ParameterKind::VarPositional) {
      out = {instance("tuple", site, Recency::This), {}, {}, true, false};
      for (std::size_t k = 0; next < positional.size(); ++next, ++k) {
        heap_write(site, elements_, positional[next].value);
        heap_write(site, intern("[" + std::to_string(k) + "]"), positional[next].value);
      }
      if (arguments.starred) heap_write(site, elements_, arguments.rest.value);
      continue;
    }
    if (kind == ParameterKind::VarKeyword) {
      out = {instance("dict", site, Recency::This), {}, {}, true, false};
      heap_write(site, keys_, instance("str", {}, Recency::Before));
      for (std::size_t k = 0; k < arguments.keywords.size(); ++k) {
        if (!keyword_used[k]) heap_write(site, elements_, arguments.keywords[k].second.value);
      }
      if (arguments.double_starred) heap_write(site, elements_, arguments.rest.value);
      continue;
    }
    if (kind != ParameterKind::KeywordOnly && next < positional.size()) {
      out = positional[next++];
      continue;
    }
    bool found = false;
    for (std::size_t k = 0; k < arguments.keywords.size(); ++k) {
      if (arguments.keywords[k].first != parameter.name) continue;
      out = arguments.keywords[k].second;
      keyword_used[k] = found = true;
    }
    if (found) continue;
    if (const NodeId value = t.child(parameters[i], slot::Parameter::default_value)) {
      out.value = heap_read(site, keys_, Recency::Before);
      if (t.is(value, NodeKind::Constant)) out.term = constant_term(t, value);
    }
    if (arguments.starred || arguments.double_starred) {
      out.value = values_.join(out.value, arguments.rest.value);
      out.term = {};
      out.maybe = true;
    }
    out.given = true;
  }
  return bound;
}

// A function of the program that needs more than it is given.
bool Interpreter::takes_more(const Atom& callable, const CallArguments& arguments) const {
  const bool is_method = callable.kind == AtomKind::Method;
  if (arguments.starred || (callable.kind != AtomKind::Function && !is_method)) return false;
  const syntax::SyntaxTree& t = program_.modules[callable.module.value].tree;
  const bool lambda = t.is(callable.node, NodeKind::Lambda);
  const NodeId list =
      t.child(callable.node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                    : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  std::size_t needed = 0;
  for (const NodeId each : t.items(list, slot::Arguments::parameters)) {
    const auto kind = static_cast<ParameterKind>(t[each].op);
    if (kind == ParameterKind::VarPositional || kind == ParameterKind::VarKeyword ||
        t.child(each, slot::Parameter::default_value))
      continue;
    const bool named =
        std::any_of(arguments.keywords.begin(), arguments.keywords.end(),
                    [&](const auto& keyword) { return keyword.first == t[each].name; });
    needed += named ? 0 : 1;
  }
  return needed > arguments.positional.size() + (is_method ? 1 : 0);
}

// All that is given, wherever it goes.
ValueId Interpreter::all_given(const CallArguments& arguments) {
  ValueId given = arguments.rest.value;
  for (const Argument& each : arguments.positional) given = values_.join(given, each.value);
  for (const auto& [name, each] : arguments.keywords) given = values_.join(given, each.value);
  return given;
}

}  // namespace braid::effects
