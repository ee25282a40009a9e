// Objects, where they were made, and what they hold.
#include <algorithm>

#include "effects/ownership.h"

namespace braid::effects {

ValueId Interpreter::mutable_part(ValueId value) const {
  bool any = false;
  for (AtomId id : values_[value]) any = any || !is_immutable(values_[id]);
  return any ? value : values_.nothing();
}

// What was read of the heap here: as long as nothing that it shows has grown.
HeapReads& Interpreter::heap_reads() {
  HeapReads& reads = focus_.active ? focus_.reads : reads_;
  const std::size_t allocated = focus_.active ? focus_.allocated.size() : 0;
  if (reads.allocated != allocated) reads = {};
  if (reads.grown != heap_grown_) {
    reads.reachable.clear();
    reads.viewed.clear();
  }
  reads.grown = heap_grown_;
  reads.allocated = allocated;
  return reads;
}

// What views are views of, through any number of them.
ValueId Interpreter::viewed_through(ValueId objects) {
  ValueId& known = heap_reads().viewed[objects.value];
  if (known) return known;
  ValueId viewed = values_.nothing();
  std::vector<AtomId> work(values_[objects]);
  std::unordered_set<std::uint32_t> seen;
  while (!work.empty()) {
    const AtomId id = work.back();
    work.pop_back();
    const Atom atom = values_[id];
    const bool may_view = atom.kind == AtomKind::Object ||
                          (atom.kind == AtomKind::Instance && atom.site && !is_immutable(atom));
    if (!may_view || !seen.insert(id.value).second) continue;
    const ValueId over = heap_read(atom, intern("over"));
    viewed = values_.join(viewed, over);
    for (AtomId each : values_[over]) work.push_back(each);
  }
  return known = viewed;
}

// Whether the name is one more way to reach the object: what is put there is what it shows.
bool Interpreter::is_own_store(const Atom& atom, Symbol name) {
  const bool own = atom.kind == AtomKind::Object;
  const std::vector<Atom> lineage =
      lineage_of(own ? Atom{.kind = AtomKind::Class, .module = atom.module, .node = atom.node}
                     : Atom{.kind = AtomKind::LibraryType, .name = atom.name});
  return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    if (each.kind != AtomKind::LibraryType) return false;
    const auto entry = knowledge_.find_member(text(each.name), text(name));
    return entry && entry->callable != nullptr && entry->callable->is_property &&
           entry->callable->gives(ReturnOrigin::self);
  });
}

void Interpreter::made(SiteId site, NodeId node) {
  frame().allocated.insert(site.value);
  if (focus_.active && focus_.allocated.insert(site.value)) focus_.stable = false;
  made_in_loop(site, node);
}

void Interpreter::made_in_loop(SiteId site, NodeId node) {
  if (!focus_.active || !frame().traced) return;
  auto& makers = focus_.makers[site.value];
  const std::pair maker(node, frame().helper_call);
  if (std::find(makers.begin(), makers.end(), maker) == makers.end()) makers.push_back(maker);
}

ValueId Interpreter::allocate(std::string_view type, NodeId node, std::string_view part) {
  const SiteId site = values_.site(
      {.module = frame().module, .node = node, .part = part.empty() ? Symbol{} : intern(part)});
  made(site, node);
  return instance(type, site, Recency::This);
}

ValueId Interpreter::outside(SiteId site, Recency recency) {
  return values_.single({.kind = AtomKind::Outside, .recency = recency, .site = site});
}

SiteId Interpreter::heap_site(const Atom& atom) {
  if (atom.kind == AtomKind::Object || atom.kind == AtomKind::Class) {
    // Attributes are kept per class, not per object.
    return values_.site({.module = atom.module, .node = atom.node, .part = elements_});
  }
  if (atom.kind == AtomKind::Module) return values_.site({.module = atom.module, .part = empty_});
  return atom.site;
}

// What the loop in focus may make, or a part of it.
bool Interpreter::is_allocated_in_loop(SiteId site) const {
  if (!focus_.active) return false;
  while (values_[site].parent) site = values_[site].parent;
  return focus_.allocated.contains(site.value);
}

// As whoever comes to it later sees it, perhaps in another iteration.
ValueId Interpreter::settled(ValueId value) {
  return focus_.owns ? values_.with_recency(value, Recency::Own, Recency::Before) : value;
}

ValueId Interpreter::from_heap(ValueId stored, Recency container) {
  if (!stored) return values_.nothing();
  if (container == Recency::This) return stored;
  ValueId& known = heap_reads().stored[stored.value];
  if (known) return known;
  std::vector<AtomId> atoms;
  for (AtomId id : values_[stored]) {
    Atom atom = values_[id];
    if (atom.receiver) atom.receiver = from_heap(atom.receiver, container);
    if (!atom.site) {
      atoms.push_back(values_.atom(atom));
      continue;
    }
    atom.recency = Recency::Before;
    atoms.push_back(values_.atom(atom));
    if (is_allocated_in_loop(atom.site)) {
      for (Recency recency : {Recency::This, Recency::Older}) {
        atom.recency = recency;
        atoms.push_back(values_.atom(atom));
      }
    }
  }
  return known = values_.value(std::move(atoms));
}

ValueId Interpreter::heap_read(SiteId site, Symbol part, Recency container) {
  auto found = heap_.find(pair_key(site.value, part.value));
  return found == heap_.end() ? values_.nothing() : from_heap(found->second, container);
}

ValueId Interpreter::heap_read(const Atom& atom, Symbol part) {
  if (atom.recency == Recency::Own && part == once_) return Ownership(*this).held_once(atom);
  return heap_read(heap_site(atom), part, atom.recency);
}

// The objects, and what they hold, and so on.
ValueId Interpreter::reachable(ValueId objects) {
  ValueId& known = heap_reads().reachable[objects.value];
  if (known) return known;
  std::vector<AtomId> all;
  std::vector<AtomId> work(values_[objects]);
  std::unordered_set<std::uint32_t> seen;
  while (!work.empty()) {
    const AtomId id = work.back();
    work.pop_back();
    if (!seen.insert(id.value).second) continue;
    all.push_back(id);
    if (all.size() > kMaxAtoms) return known = outside({});
    const Atom atom = values_[id];
    if (atom.receiver) {
      for (AtomId each : values_[atom.receiver]) work.push_back(each);
    }
    if (atom.kind == AtomKind::Class || atom.kind == AtomKind::Module) continue;
    const ValueId put = put_by_data(atom);
    for (AtomId each : values_[put]) work.push_back(each);
    const auto parts = parts_.find(heap_site(atom).value);
    if (parts == parts_.end()) continue;
    for (Symbol part : parts->second) {
      const ValueId held = heap_read(atom, part);
      for (AtomId each : values_[held]) work.push_back(each);
    }
  }
  return known = values_.value(std::move(all));
}

void Interpreter::heap_write(SiteId site, Symbol part, ValueId value) {
  heap_hold(site, part, settled(value));
}

void Interpreter::heap_hold(SiteId site, Symbol part, ValueId value) {
  if (!site) return;
  const auto [entry, is_new] =
      heap_.try_emplace(pair_key(site.value, part.value), values_.nothing());
  if (is_new) parts_[site.value].push_back(part);
  ValueId& stored = entry->second;
  const ValueId grown = values_.join(stored, value);
  if (grown == stored) return;
  stored = grown;
  ++heap_grown_;
  changed_ = true;
}

}  // namespace braid::effects
