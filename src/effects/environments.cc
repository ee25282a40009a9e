// Which writes a variable's value may come from, and how environments meet.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

DefinitionsId Interpreter::interned(std::vector<std::uint64_t> set) {
  auto [entry, inserted] =
      definition_ids_.emplace(set, static_cast<std::uint32_t>(definition_sets_.size()));
  if (inserted) definition_sets_.push_back(std::move(set));
  return DefinitionsId{entry->second};
}

DefinitionsId Interpreter::definition(Recency recency, NodeId node) {
  const std::uint64_t one = pair_key(static_cast<std::uint32_t>(recency), node.value);
  DefinitionsId& known = single_definitions_[one];
  if (!known) known = interned({one});
  return known;
}

DefinitionsId Interpreter::join(DefinitionsId a, DefinitionsId b) {
  if (a == b) return a;
  if (b < a) std::swap(a, b);
  DefinitionsId& known = joined_definitions_[pair_key(a.value, b.value)];
  if (known) return known;
  std::vector<std::uint64_t> set;
  const auto& left = definition_sets_[a.value];
  const auto& right = definition_sets_[b.value];
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(set));
  return known = interned(std::move(set));
}

// Written in this iteration: in an earlier one, for the next.
DefinitionsId Interpreter::aged(DefinitionsId id) {
  if (id.value >= aged_definitions_.size()) aged_definitions_.resize(definition_sets_.size());
  if (const DefinitionsId known = aged_definitions_[id.value]) return known;
  std::vector<std::uint64_t> set = definition_sets_[id.value];
  for (std::uint64_t& each : set) {
    if ((each >> 32U) == 1) each = pair_key(2, static_cast<std::uint32_t>(each));
  }
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return aged_definitions_[id.value] = interned(std::move(set));
}

TermId Interpreter::aged(TermId term) { return term && !varies(term) ? term : TermId{}; }

bool Interpreter::is_bound(const Slot& slot) const {
  const auto& set = definition_sets_[slot.definitions.value];
  return std::find(set.begin(), set.end(), kUnbound) == set.end();
}

Definitions Interpreter::describe(DefinitionsId id) const {
  Definitions out;
  for (std::uint64_t each : definition_sets_[id.value]) {
    const NodeId node{static_cast<std::uint32_t>(each)};
    switch (each >> 32U) {
      case 0:
        out.before = true;
        break;
      case 1:
        out.here.push_back(node);
        break;
      case 2:
        out.older = true;
        out.earlier.push_back(node);
        break;
      default:
        out.unbound = true;
    }
  }
  return out;
}

std::string Interpreter::describe(ValueId value) const {
  if (!value) return "nothing";
  std::string out;
  for (AtomId id : values_[value]) {
    const Atom& atom = values_[id];
    if (!out.empty()) out += " | ";
    constexpr std::string_view kKinds[] = {
        "",        "object ", "function ", "class ",     "method ",  "callable ", "type ",
        "method ", "module ", "module ",   "generator ", "unknown ", "outside "};
    out += kKinds[static_cast<std::size_t>(atom.kind)];
    if (atom.name) out += text(atom.name);
    if (atom.kind == AtomKind::Object || atom.kind == AtomKind::Class ||
        atom.kind == AtomKind::Function || atom.kind == AtomKind::Method ||
        atom.kind == AtomKind::Generator) {
      const Symbol name = program_.modules[atom.module.value].tree[atom.node].name;
      out += name ? text(name) : "lambda";
    }
    if (atom.site) {
      out += "#" + std::to_string(atom.site.value);
      constexpr std::string_view kMarks[] = {"", "'", "''", "°"};
      out += kMarks[static_cast<std::size_t>(atom.recency)];
    }
  }
  return out.empty() ? "nothing" : out;
}

TermId Interpreter::join_terms(TermId a, TermId b) { return a == b ? a : TermId{}; }

bool Interpreter::varies(TermId term) const {
  if (!term) return true;
  const Term& t = values_[term];
  switch (t.kind) {
    case TermKind::Item:
    case TermKind::Position:
    case TermKind::Opaque:
      return true;
    case TermKind::Constant:
    case TermKind::Invariant:
    case TermKind::Parameter:
      return false;
    default:
      return std::any_of(t.operands.begin(), t.operands.end(), [&](TermId o) { return varies(o); });
  }
}

TermId Interpreter::opaque(NodeId node) {
  if (!frame().traced) return {};
  return values_.term({.kind = TermKind::Opaque, .node = node, .module = frame().module});
}

std::string_view Interpreter::constant_text(TermId term) const {
  if (!term || values_[term].kind != TermKind::Constant) return {};
  return text(values_[term].text);
}

// Whether `target` learnt anything.
bool Interpreter::join_into(Environment& target, const Environment& source) {
  if (!source.reachable) return false;
  if (!target.reachable) {
    target = source;
    return true;
  }
  bool grown = false;
  for (std::size_t i = 0; i < target.slots.size() && i < source.slots.size(); ++i) {
    Slot& each = target.slots[i];
    const Slot& other = source.slots[i];
    if (each == other) continue;
    const Slot joined{values_.join(each.value, other.value), join_terms(each.term, other.term),
                      join(each.definitions, other.definitions)};
    grown = grown || joined != each;
    each = joined;
  }
  return grown;
}

// As the next iteration sees it.
void Interpreter::age(Environment& environment) {
  for (Slot& each : environment.slots) {
    each.value = settled(values_.with_recency(each.value, Recency::This, Recency::Older));
    each.term = aged(each.term);
    each.definitions = aged(each.definitions);
  }
}

}  // namespace braid::effects
