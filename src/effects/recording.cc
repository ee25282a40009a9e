// How effects are recorded: for the traced iteration, or for a summary.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

bool Hashes::insert(std::uint64_t hash) {
  hash = std::max<std::uint64_t>(hash, 1);
  if ((count_ + 1) * 2 > cells_.size()) grow();
  const std::size_t mask = cells_.size() - 1;
  std::size_t at = (hash * 0x9e3779b97f4a7c15ULL >> 20U) & mask;
  for (; cells_[at] != 0; at = (at + 1) & mask) {
    if (cells_[at] == hash) return false;
  }
  cells_[at] = hash;
  ++count_;
  return true;
}

void Hashes::grow() {
  std::vector<std::uint64_t> old(std::max<std::size_t>(cells_.size() * 2, 64));
  old.swap(cells_);
  count_ = 0;
  for (const std::uint64_t each : old) {
    if (each != 0) insert(each);
  }
}

// Whether anybody wants to know what happens here.
bool Interpreter::is_heard() const {
  const Frame& here = *frames_.back();
  if (!here.environment.reachable || quiet_ > 0) return false;
  if (here.overheard != nullptr) return true;
  return here.traced ? focus_.recording : here.sink != nullptr;
}

void Interpreter::record(Effect effect, NodeId node, bool through_call,
                         std::optional<Definitions> definitions) {
  if (!is_heard()) return;
  Frame& here = frame();
  if (!effect.node) {
    effect.module = here.module;
    effect.node = node;
  }
  if (here.overheard != nullptr) here.overheard->push_back(effect);
  if (here.traced) {
    if (!focus_.recording) return;
    focus_.events.push({std::move(effect), node, here.helper_call, through_call,
                        definitions.value_or(Definitions{})});
    return;
  }
  if (here.sink == nullptr) return;
  if (effect.place.kind == PlaceKind::Variable && effect.place.module == here.module &&
      layout(here.module).owner[effect.place.variable.value] == here.definition &&
      !(through_call && leaks(here.module, here.definition))) {
    return;  // a local of the function itself
  }
  if (effect.place.kind == PlaceKind::Object) {
    // What the function made for itself is nobody else's yet.
    const auto is_own = [&](AtomId id) {
      const Atom& atom = values_[id];
      return atom.recency == Recency::This && atom.site && here.allocated.contains(atom.site.value);
    };
    const Values::Atoms all = values_[effect.place.objects];
    if (std::any_of(all.begin(), all.end(), is_own)) {
      std::vector<AtomId> atoms;
      std::remove_copy_if(all.begin(), all.end(), std::back_inserter(atoms), is_own);
      effect.place.objects = values_.value(atoms);
    }
    if (effect.place.objects == values_.nothing()) return;
  }
  std::size_t hash = static_cast<std::size_t>(effect.kind);
  for (std::size_t part :
       {static_cast<std::size_t>(effect.place.kind), std::size_t{effect.place.module.value},
        std::size_t{effect.place.variable.value}, std::size_t{effect.place.objects.value},
        static_cast<std::size_t>(effect.place.part), std::size_t{effect.place.attribute.value},
        static_cast<std::size_t>(effect.place.world), std::size_t{effect.place.key.value},
        static_cast<std::size_t>(effect.waits), std::hash<std::string>{}(effect.unless),
        std::hash<std::string>{}(effect.subject)}) {
    hash ^= part + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
  }
  if (!here.seen->insert(hash)) return;
  here.spent.add(effect);
  here.sink->push_back(std::move(effect));
}

void Interpreter::record_object(EffectKind kind, ValueId objects, Part part, NodeId node,
                                Symbol attribute, TermId key, std::string_view unless,
                                std::string subject) {
  const bool changes = kind == EffectKind::Write || kind == EffectKind::Append;
  if (!changes && !is_heard()) return;
  std::vector<AtomId> atoms;
  for (AtomId id : values_[objects]) {
    if (!is_immutable(values_[id])) atoms.push_back(id);
  }
  // Who looks at a view looks at what it is a view of.
  const ValueId viewed = kind == EffectKind::Read ? viewed_through(objects) : values_.nothing();
  if (part == Part::Deep) {
    const ValueId all = values_.join(reachable(objects), reachable(viewed));
    atoms.clear();
    for (AtomId id : values_[all]) {
      if (!is_immutable(values_[id])) atoms.push_back(id);
    }
  } else if (viewed != values_.nothing() && values_.join(viewed, objects) != objects) {
    record_object(kind, viewed, Part::Elements, node);
  }
  if (atoms.empty()) return;
  if (changes) {
    for (AtomId id : atoms) {
      const SiteId site = heap_site(values_[id]);
      const bool by_its_module = tree().is(frame().definition, NodeKind::Module) && site &&
                                 values_[site].module == frame().module;
      if (site && !by_its_module) changed_sites_.insert(site.value);
    }
  }
  if (!is_heard()) return;
  Effect effect{.kind = kind};
  effect.place.kind = PlaceKind::Object;
  effect.place.objects = values_.value(std::move(atoms));
  effect.place.part = part;
  effect.place.attribute = attribute;
  effect.place.key = key;
  effect.unless = std::string(unless);
  effect.subject = std::move(subject);
  record(std::move(effect), node);
}

void Interpreter::record_world(EffectKind kind, WorldPlace world, TermId key, NodeId node,
                               std::string_view unless, std::string subject) {
  if (!is_heard()) return;
  Effect effect{.kind = kind};
  effect.place.kind = PlaceKind::World;
  effect.place.world = world;
  effect.place.key = key;
  effect.unless = std::string(unless);
  effect.subject = std::move(subject);
  record(std::move(effect), node);
}

}  // namespace braid::effects
