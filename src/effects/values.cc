#include "effects/values.h"

#include <algorithm>

namespace braid::effects {
namespace {

void mix(std::size_t& seed, std::uint32_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U);
}

template <class T, class Equal>
std::uint32_t intern(std::unordered_multimap<std::size_t, std::uint32_t>& ids,
                     std::vector<T>& things, std::size_t hash, const T& thing, Equal equal) {
  auto [begin, end] = ids.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (equal(things[it->second], thing)) return it->second;
  }
  const auto id = static_cast<std::uint32_t>(things.size());
  things.push_back(thing);
  ids.emplace(hash, id);
  return id;
}

constexpr auto kSame = [](const auto& a, const auto& b) { return a == b; };

}  // namespace

Values::Values() { values_.emplace_back(); }

AtomId Values::atom(const Atom& atom) {
  std::size_t hash =
      static_cast<std::size_t>(atom.kind) * 4 + static_cast<std::size_t>(atom.recency);
  for (std::uint32_t part : {atom.name.value, atom.module.value, atom.node.value, atom.site.value,
                             atom.receiver.value}) {
    mix(hash, part);
  }
  return AtomId{intern(atom_ids_, atoms_, hash, atom, kSame)};
}

SiteId Values::site(const Site& site) {
  std::size_t hash = 7;
  for (std::uint32_t part :
       {site.module.value, site.node.value, site.parent.value, site.part.value}) {
    mix(hash, part);
  }
  return SiteId{intern(site_ids_, sites_, hash, site, kSame)};
}

ValueId Values::value(std::vector<AtomId> atoms) {
  std::sort(atoms.begin(), atoms.end());
  atoms.erase(std::unique(atoms.begin(), atoms.end()), atoms.end());
  if (atoms.empty()) return nothing();
  if (atoms.size() > kMaxAtoms) atoms = {atom({.kind = AtomKind::Outside})};
  std::size_t hash = atoms.size();
  for (AtomId id : atoms) mix(hash, id.value);
  return ValueId{intern(value_ids_, values_, hash, atoms, kSame)};
}

TermId Values::term(const Term& term) {
  std::size_t hash = static_cast<std::size_t>(term.kind);
  for (std::uint32_t part : {term.text.value, term.index, term.node.value, term.module.value})
    mix(hash, part);
  for (TermId operand : term.operands) mix(hash, operand.value);
  return TermId{intern(term_ids_, terms_, hash, term, kSame)};
}

ValueId Values::join(ValueId a, ValueId b) {
  if (!a) return b;  // not yet written
  if (!b || a == b || b == nothing()) return a;
  if (a == nothing()) return b;
  if (b < a) std::swap(a, b);
  const std::uint64_t key = (std::uint64_t{a.value} << 32U) | b.value;
  if (auto found = joins_.find(key); found != joins_.end()) return found->second;
  std::vector<AtomId> atoms = values_[a.value];
  atoms.insert(atoms.end(), values_[b.value].begin(), values_[b.value].end());
  const ValueId joined = value(std::move(atoms));
  joins_.emplace(key, joined);
  return joined;
}

ValueId Values::with_recency(ValueId id, Recency from, Recency to) {
  std::vector<AtomId> atoms = values_[id.value];
  bool changed = false;
  for (AtomId& each : atoms) {
    Atom copy = atoms_[each.value];
    // What a bound method is bound to is as old as it was.
    if (copy.receiver) copy.receiver = with_recency(copy.receiver, from, to);
    if (copy.recency == from) copy.recency = to;
    if (copy == atoms_[each.value]) continue;
    each = atom(copy);
    changed = true;
  }
  return changed ? value(std::move(atoms)) : id;
}

}  // namespace braid::effects
