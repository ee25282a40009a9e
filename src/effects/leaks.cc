// Closures that outlive the call that made them. While none does, the variables that closures of a
// function use belong to one call of it; else a later call may meet those of an earlier one.
#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;

namespace {

bool may_be_closure(const Atom& atom) {
  switch (atom.kind) {
    case AtomKind::Function:
    case AtomKind::Method:
    case AtomKind::Class:
    case AtomKind::Object:
    case AtomKind::Generator:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool Interpreter::leaks(ModuleId module, NodeId function) const {
  return leaking_.contains(pair_key(module.value, function.value));
}

void Interpreter::hand_out(const Atom& function, ValueId value) {
  const std::uint64_t key = pair_key(function.module.value, function.node.value);
  if (!cell_owners_.contains(key)) return;
  ValueId& all = handed_out_.try_emplace(key, values_.nothing()).first->second;
  all = values_.join(all, value);
}

bool Interpreter::find_leaks() {
  if (cell_owners_.empty()) return false;
  struct Place {
    ModuleId module{};
    NodeId node{};
  };
  const auto place_of = [&](SiteId site) {
    while (values_[site].parent) site = values_[site].parent;
    return Place{values_[site].module, values_[site].node};
  };
  const auto is_inside = [&](Place place, ModuleId module, NodeId function) {
    if (!place.node || place.module != module) return false;
    const syntax::SyntaxTree& t = program_.modules[module.value].tree;
    NodeId at = place.node;
    while (at != function && !t.is(at, NodeKind::Module)) at = t.enclosing_definition(at);
    return at == function;
  };
  std::set<std::pair<std::uint32_t, std::uint64_t>> holders;  // site, function
  bool grew = false;
  bool more = true;
  // For each function around what makes a closure that the value may be: `seen(key, module, node)`.
  const auto each_home = [&](ValueId value, const auto& seen) {
    for (const AtomId id : values_[value]) {
      const Atom& atom = values_[id];
      const Place place = atom.module ? Place{atom.module, atom.node}
                          : atom.site ? place_of(atom.site)
                                      : Place{};
      if (!place.node) continue;
      const syntax::SyntaxTree& t = program_.modules[place.module.value].tree;
      for (NodeId at = place.node; !t.is(at, NodeKind::Module);) {
        at = t.enclosing_definition(at);
        const std::uint64_t key = pair_key(place.module.value, at.value);
        if (!cell_owners_.contains(key)) continue;
        if (may_be_closure(atom) || (atom.site && holders.contains({atom.site.value, key})))
          seen(key, place.module, at);
      }
    }
  };
  const auto held_by = [&](SiteId site, ValueId value) {
    const Place home = place_of(site);
    each_home(value, [&](std::uint64_t key, ModuleId module, NodeId function) {
      if (is_inside(home, module, function)) {
        more = holders.insert({site.value, key}).second || more;
      } else {
        grew = leaking_.insert(key).second || grew;
      }
    });
  };
  while (more) {
    more = false;
    for (const auto& [key, value] : heap_)
      held_by(SiteId{static_cast<std::uint32_t>(key >> 32U)}, value);
    for (const auto& [site, arguments] : partials_) {
      for (const Argument& each : arguments.positional) held_by(SiteId{site}, each.value);
      for (const auto& [name, each] : arguments.keywords) held_by(SiteId{site}, each.value);
      held_by(SiteId{site}, arguments.rest.value);
    }
    for (const auto& [made, arguments] : generator_arguments_) {
      for (const Argument& each : arguments) held_by(SiteId{made.first}, each.value);
    }
  }
  for (const auto& [variable, value] : shared_) {
    const ModuleId home{static_cast<std::uint32_t>(variable >> 32U)};
    const NodeId owner = layout(home).owner[static_cast<std::uint32_t>(variable)];
    each_home(value, [&](std::uint64_t key, ModuleId module, NodeId function) {
      if (!is_inside({home, owner}, module, function)) grew = leaking_.insert(key).second || grew;
    });
  }
  for (const auto& [giver, value] : handed_out_) {
    each_home(value, [&](std::uint64_t key, ModuleId, NodeId) {
      if (key == giver) grew = leaking_.insert(key).second || grew;
    });
  }
  return grew;
}

}  // namespace braid::effects
