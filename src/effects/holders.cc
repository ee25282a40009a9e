#include "effects/holders.h"

#include <algorithm>

namespace braid::effects {

using syntax::NodeKind;

Holders::Holders(Interpreter& interpreter, const Atom& object)
    : in_(interpreter), wanted_(interpreter.heap_site(object)) {}

SiteId Holders::somewhere(Interpreter& interpreter) {
  return interpreter.values_.site({.part = interpreter.intern("kept")});
}

ValueId Holders::in_unknown(Interpreter& interpreter, const Atom& unknown) {
  if (!unknown.site) return interpreter.values_.nothing();
  return interpreter.values_.join(interpreter.heap_read(unknown, interpreter.intern("given")),
                                  interpreter.heap_read(unknown, interpreter.elements_));
}

bool Holders::is_reached_from(ValueId value) const { return is_reached_from(Values{value}); }

bool Holders::is_reached_from(const Values& roots) const {
  const effects::Values& values = in_.values_;
  std::unordered_set<std::uint32_t> seen;  // sites
  std::vector<AtomId> work;
  const auto add = [&](ValueId value) {
    if (!value) return;
    for (AtomId id : values[value]) work.push_back(id);
  };
  for (const ValueId root : roots) add(root);
  while (!work.empty()) {
    const Atom each = values[work.back()];
    work.pop_back();
    add(each.receiver);
    const SiteId site = in_.heap_site(each);
    if (site == wanted_ && each.kind != AtomKind::Class) return true;
    if (!site || each.kind == AtomKind::Class || !seen.insert(site.value).second) continue;
    if (const auto later = in_.lazy_.find(site.value); later != in_.lazy_.end()) {
      for (const Effect& effect : later->second) add(effect.place.objects);
    }
    add(in_.put_by_data(each));
    const auto parts = in_.parts_.find(site.value);
    if (parts == in_.parts_.end()) continue;
    for (Symbol part : parts->second) {
      const auto held = in_.heap_.find(pair_key(site.value, part.value));
      if (held != in_.heap_.end()) add(held->second);
    }
  }
  return false;
}

// What classes, defaults and closures hold.
void Holders::add_definitions(Values& roots) const {
  for (const auto& [key, value] : in_.members_) roots.push_back(value);
  for (const auto& [type, name] : in_.class_attributes_) {
    const ModuleId where{static_cast<std::uint32_t>(type >> 32U)};
    const NodeId node{static_cast<std::uint32_t>(type)};
    roots.push_back(
        in_.heap_read({.kind = AtomKind::Class, .module = where, .node = node}, Symbol{name}));
  }
  for (const auto& [key, value] : in_.heap_) {
    const Site& site = in_.values_[SiteId{static_cast<std::uint32_t>(key >> 32U)}];
    if (!site.node) continue;
    const NodeKind kind = in_.program_.modules[site.module.value].tree.kind(site.node);
    const bool is_default =
        kind == NodeKind::Parameter && Symbol{static_cast<std::uint32_t>(key)} == in_.keys_;
    if (is_default || kind == NodeKind::FunctionDef || kind == NodeKind::Lambda ||
        kind == NodeKind::ClassDef)
      roots.push_back(value);
  }
}

bool Holders::is_held_by_definitions(ModuleId module, NodeId around) const {
  if (!wanted_) return false;
  Values roots;
  add_definitions(roots);
  for (const auto& [key, value] : in_.shared_) {
    const ModuleId where{static_cast<std::uint32_t>(key >> 32U)};
    const syntax::SyntaxTree& t = in_.program_.modules[where.value].tree;
    const BindingId binding{static_cast<std::uint32_t>(key)};
    const NodeId owner = in_.layout(where).owner[binding.value];
    if (!owner || t.is(owner, NodeKind::Module)) {
      // What a decorator made of a definition.
      if ((in_.program_.modules[where.value].scopes[binding].flags & scope::kDefinition) != 0)
        roots.push_back(value);
      continue;
    }
    const bool is_around =
        where == module && owner.value <= around.value && around.value < t[owner].subtree_end;
    if (!is_around && in_.leaks(where, owner)) roots.push_back(value);
  }
  return is_reached_from(roots);
}

bool Holders::is_reached_from_globals() const {
  if (!wanted_) return true;
  Values roots;
  add_definitions(roots);
  for (const auto& [key, value] : in_.shared_) {
    const ModuleId where{static_cast<std::uint32_t>(key >> 32U)};
    const NodeId owner = in_.layout(where).owner[static_cast<std::uint32_t>(key)];
    if (in_.program_.modules[where.value].tree.is(owner, NodeKind::Module)) roots.push_back(value);
  }
  return is_reached_from(roots);
}

bool Holders::is_shared(ModuleId module, BindingId but) const {
  if (!wanted_) return true;
  // Who reaches variables and attributes by their names as text may reach it so.
  for (const std::string_view name : {"globals", "locals", "vars", "eval", "exec", "__dict__",
                                      "modules", "builtins", "__annotations__"}) {
    if (in_.program_.find(name)) return true;
  }
  Values roots{in_.sent_, in_.raised_};
  add_definitions(roots);
  const auto add_arguments = [&](const std::vector<Argument>& all) {
    for (const Argument& each : all) roots.push_back(each.value);
  };
  for (const auto& [key, value] : in_.shared_) {
    if (key != pair_key(module.value, but.value)) roots.push_back(value);
  }
  for (const auto& [name, value] : in_.patched_) roots.push_back(value);
  for (const auto& [function, value] : in_.handed_out_) roots.push_back(value);
  for (const auto& [generator, given] : in_.generator_arguments_) add_arguments(given);
  for (const auto& [site, given] : in_.partials_) {
    add_arguments(given.positional);
    roots.push_back(given.rest.value);
    for (const auto& [name, value] : given.keywords) roots.push_back(value.value);
  }
  // What it holds itself may lead back to it.
  if (const auto parts = in_.parts_.find(wanted_.value); parts != in_.parts_.end()) {
    for (Symbol part : parts->second)
      roots.push_back(in_.heap_.find(pair_key(wanted_.value, part.value))->second);
  }
  if (const auto kept = in_.heap_.find(pair_key(somewhere(in_).value, in_.elements_.value));
      kept != in_.heap_.end())
    roots.push_back(kept->second);
  return is_reached_from(roots);
}

}  // namespace braid::effects
