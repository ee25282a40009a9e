#include "effects/values.h"

#include <algorithm>

namespace braid::effects {
namespace {

constexpr std::size_t kBlock = 1024;  // atoms

std::uint64_t both(std::uint32_t high, std::uint32_t low) {
  return (std::uint64_t{high} << 32U) | low;
}

}  // namespace

void InternTable::grow() {
  std::vector<Cell> old(cells_.size() * 2);
  old.swap(cells_);
  const std::size_t mask = cells_.size() - 1;
  for (const Cell& cell : old) {
    if (cell.id == 0) continue;
    std::size_t at = cell.low & mask;
    while (cells_[at].id != 0) at = (at + 1) & mask;
    cells_[at] = cell;
  }
}

Values::Values() {
  values_.emplace_back();
  single({.kind = AtomKind::Outside, .node = NodeId{0U}});  // the first atom and value there is
}

AtomId Values::atom(const Atom& atom) {
  std::uint64_t hash =
      static_cast<std::size_t>(atom.kind) * 4 + static_cast<std::size_t>(atom.recency);
  mix(hash, both(atom.name.value, atom.module.value));
  mix(hash, both(atom.node.value, atom.site.value));
  mix(hash, atom.receiver.value);
  return AtomId{atom_ids_.find_or_make(
      hash, [&](std::uint32_t id) { return atoms_[id] == atom; },
      [&] {
        atoms_.push_back(atom);
        return static_cast<std::uint32_t>(atoms_.size() - 1);
      })};
}

SiteId Values::site(const Site& site) {
  std::uint64_t hash = 7;
  mix(hash, both(site.module.value, site.node.value));
  mix(hash, both(site.parent.value, site.part.value));
  return SiteId{site_ids_.find_or_make(
      hash, [&](std::uint32_t id) { return sites_[id] == site; },
      [&] {
        sites_.push_back(site);
        return static_cast<std::uint32_t>(sites_.size() - 1);
      })};
}

Values::Atoms Values::keep(Atoms atoms) {
  if (blocks_.empty() || free_ + atoms.size() > kBlock) {
    blocks_.push_back(std::make_unique<AtomId[]>(kBlock));
    free_ = 0;
  }
  AtomId* const begin = blocks_.back().get() + free_;
  std::copy(atoms.begin(), atoms.end(), begin);
  free_ += atoms.size();
  return {begin, atoms.size()};
}

ValueId Values::interned(Atoms sorted) {
  std::uint64_t hash = sorted.size();
  for (AtomId id : sorted) mix(hash, id.value);
  return ValueId{value_ids_.find_or_make(
      hash,
      [&](std::uint32_t id) {
        return std::equal(sorted.begin(), sorted.end(), values_[id].begin(), values_[id].end());
      },
      [&] {
        values_.push_back(keep(sorted));
        return static_cast<std::uint32_t>(values_.size() - 1);
      })};
}

ValueId Values::single(AtomId atom) {
  if (atom.value >= singles_.size()) singles_.resize(atoms_.size());
  ValueId& known = singles_[atom.value];
  if (!known) known = interned({&atom, 1});
  return known;
}

ValueId Values::value(std::vector<AtomId>& atoms) {
  if (atoms.empty()) return nothing();
  if (atoms.size() == 1) return single(atoms[0]);
  std::sort(atoms.begin(), atoms.end());
  atoms.erase(std::unique(atoms.begin(), atoms.end()), atoms.end());
  if (atoms.size() > kMaxAtoms || atoms[0] == AtomId{0U}) return anything();
  return interned(atoms);
}

TermId Values::term(const Term& term) {
  std::uint64_t hash = static_cast<std::uint64_t>(term.kind);
  mix(hash, both(term.text.value, term.index));
  mix(hash, both(term.node.value, term.module.value));
  for (TermId operand : term.operands) mix(hash, operand.value);
  return TermId{term_ids_.find_or_make(
      hash, [&](std::uint32_t id) { return terms_[id] == term; },
      [&] {
        terms_.push_back(term);
        return static_cast<std::uint32_t>(terms_.size() - 1);
      })};
}

ValueId Values::join(ValueId a, ValueId b) {
  if (!a) return b;  // not yet written
  if (!b || a == b || b == nothing()) return a;
  if (a == nothing()) return b;
  if (a == anything() || b == anything()) return anything();
  if (b < a) std::swap(a, b);
  const auto [found, fresh] = joins_.try_emplace(both(a.value, b.value));
  if (!fresh) return found->second;
  const Atoms left = values_[a.value];
  const Atoms right = values_[b.value];
  merged_.clear();
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(merged_));
  found->second = merged_.size() > kMaxAtoms ? anything() : interned(merged_);
  return found->second;
}

ValueId Values::with_recency(ValueId id, Recency from, Recency to) {
  if (id == anything()) return id;
  const Atoms all = values_[id.value];
  if (std::none_of(all.begin(), all.end(), [&](AtomId each) {
        return atoms_[each.value].recency == from || atoms_[each.value].receiver;
      }))
    return id;
  std::vector<AtomId> atoms(all.begin(), all.end());
  for (AtomId& each : atoms) {
    Atom copy = atoms_[each.value];
    // What a bound method is bound to is as old as it was.
    if (copy.receiver) copy.receiver = with_recency(copy.receiver, from, to);
    if (copy.recency == from) copy.recency = to;
    if (copy == atoms_[each.value]) continue;
    each = atom(copy);
  }
  return value(atoms);
}

}  // namespace braid::effects
