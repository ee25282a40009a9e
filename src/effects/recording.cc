// How effects are recorded: for the traced iteration, or for a summary.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;

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

void note_names(Effect& effect) {
  if (effect.names != 0) return;
  for (const std::string* each : {&effect.unless, &effect.subject})
    mix(effect.names, std::hash<std::string>{}(*each));
  mix(effect.names,
      static_cast<std::uint64_t>(effect.folder.kind) * 2 + (effect.folder.repeatable ? 1 : 0));
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
  note_names(effect);
  if (here.overheard != nullptr) here.overheard->push_back(effect);
  if (!here.traced) {
    tell_callers(effect, effect.place.key, through_call);
  } else if (focus_.recording) {
    focus_.events.push({std::move(effect), node, here.helper_call, through_call,
                        definitions.value_or(Definitions{})});
  }
}

// What the function that the frame is for made for itself is nobody else's yet.
ValueId Interpreter::not_its_own(ValueId objects) {
  Frame& here = frame();
  if (here.others_at != here.allocated.size()) here.others.fill({});
  here.others_at = here.allocated.size();
  auto& [asked, known] = here.others[objects.value % here.others.size()];
  if (asked == objects) return known;
  asked = objects;
  const auto is_own = [&](AtomId id) {
    const Atom& atom = values_[id];
    return atom.recency == Recency::This && atom.site && here.allocated.contains(atom.site.value);
  };
  const Values::Atoms all = values_[objects];
  if (std::none_of(all.begin(), all.end(), is_own)) return known = objects;
  std::vector<AtomId> atoms;
  std::remove_copy_if(all.begin(), all.end(), std::back_inserter(atoms), is_own);
  return known = values_.value(atoms);
}

// An effect becomes one of the function that the frame is for, if its callers can notice it, and
// if it is not known.
void Interpreter::tell_callers(const Effect& effect, TermId key, bool through_call) {
  Frame& here = frame();
  if (here.sink == nullptr) return;
  const Place& place = effect.place;
  if (place.kind == PlaceKind::Variable && place.module == here.module &&
      layout(here.module).owner[place.variable.value] == here.definition &&
      !(through_call && leaks(here.module, here.definition))) {
    return;  // a local of the function itself
  }
  ValueId objects = place.objects;
  if (place.kind == PlaceKind::Object) {
    objects = not_its_own(objects);
    if (objects == values_.nothing()) return;
  }
  std::uint64_t hash = effect.names;
  mix(hash,
      pair_key(static_cast<std::uint32_t>(effect.kind) * 8 + static_cast<std::uint32_t>(place.kind),
               place.module.value));
  mix(hash, pair_key(place.variable.value, objects.value));
  mix(hash, pair_key(static_cast<std::uint32_t>(place.part), place.attribute.value));
  mix(hash, pair_key(static_cast<std::uint32_t>(place.world) * 256 +
                         static_cast<std::uint32_t>(effect.waits),
                     key.value));
  if (!here.seen->insert(hash)) return;
  here.spent.add(effect);
  Effect& told = here.sink->emplace_back(effect);
  told.place.objects = objects;
  told.place.key = key;
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
      if (site && part != Part::Attribute && !placing_.orderly &&
          placing_.disturbed.insert(site.value).second)
        changed_ = true;
      // The workers of the script stop before its first statement that does anything.
      const bool by_its_module = tree().is(frame().definition, NodeKind::Module) && site &&
                                 frame().module.value != 0 &&
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
                               std::string_view unless, std::string subject, FolderMade folder) {
  if (kind == EffectKind::Write || kind == EffectKind::Append)
    this_process_.changed_places.insert(world);
  if (!is_heard()) return;
  Effect effect{.kind = kind};
  effect.place.kind = PlaceKind::World;
  effect.place.world = world;
  effect.place.key = key;
  effect.unless = std::string(unless);
  effect.folder = folder;
  effect.subject = std::move(subject);
  record(std::move(effect), node);
}

}  // namespace braid::effects
