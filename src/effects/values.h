// What a value may be: sets of atoms and symbolic terms, hash-consed, so that equal ids mean equal
// values and joins can be remembered.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "effects/effects.h"

namespace braid::effects {

struct SiteTag;
using SiteId = Id<SiteTag>;
struct AtomTag;
using AtomId = Id<AtomTag>;

enum class AtomKind : std::uint8_t {
  Instance,         // of a described type: `name`
  Object,           // of a class of the program: `node`
  Function,         // def or lambda of the program
  Class,            // class of the program
  Method,           // a function of the program bound to `receiver`
  LibraryCallable,  // `name`
  LibraryType,      // `name`
  LibraryMethod,    // `name` bound to `receiver`
  Module,           // local
  LibraryModule,    // `name`; perhaps without knowledge
  Generator,        // result of calling a generator function: `node`
  Unknown,          // from a library without knowledge: `name` says which
  Outside,          // what a caller passes that nobody sees; `site`: which parameter or part of it;
                    // with a `node`: anything at all
};

// One kind of object, made at one place in the text.
struct Atom {
  AtomKind kind{};
  Recency recency = Recency::Before;
  Symbol name{};
  ModuleId module{};
  NodeId node{};
  SiteId site{};
  ValueId receiver{};
  bool operator==(const Atom&) const = default;
};

// What is left of a value with too many atoms.
inline bool is_anything(const Atom& atom) { return atom.kind == AtomKind::Outside && atom.node; }

// A place in the text that makes objects, or a part of what another one made.
struct Site {
  ModuleId module{};
  NodeId node{};
  SiteId parent{};  // a part of that site's object
  Symbol part{};
  bool operator==(const Site&) const = default;
};

enum class TermKind : std::uint8_t {
  Constant,   // `text`: a literal's value; `is_text`: a string
  Item,       // what the loop in focus yields in this iteration
  Position,   // the iteration's number plus a constant (enumerate)
  Invariant,  // the same in every iteration of the loop in focus; operand: its term before
  Opaque,     // some value made at `node` in this iteration
  Parameter,  // of the function being summarised: `index`
  Concat,     // strings joined: f-strings, +, path joins
  Part,       // operands[0] . attribute or [constant]: `text`
  Apply,      // pure function `text` of operands
};

struct Term {
  TermKind kind{};
  Symbol text{};
  bool is_text = false;
  std::uint32_t index = 0;
  NodeId node{};
  ModuleId module{};
  std::vector<TermId> operands{};
  bool operator==(const Term&) const = default;
};

// Multiply and fold (wyhash's mixing step).
inline void mix(std::uint64_t& seed, std::uint64_t value) {
  const auto product =
      static_cast<unsigned __int128>(seed ^ value ^ 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL;
  seed = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Ids of interned things by their hash: open addressing, in one block.
class InternTable {
 public:
  // The id of a thing with this hash that `is_it` accepts; else `made()` makes it and gives its id.
  template <class IsIt, class Make>
  std::uint32_t find_or_make(std::size_t hash, IsIt is_it, Make made) {
    if ((count_ + 1) * 2 > cells_.size()) grow();
    const std::size_t mask = cells_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32U);
    std::size_t at = hash & mask;
    for (; cells_[at].id != 0; at = (at + 1) & mask) {
      if (cells_[at].tag == tag && is_it(cells_[at].id - 1)) return cells_[at].id - 1;
    }
    const std::uint32_t id = made();
    cells_[at] = {tag, static_cast<std::uint32_t>(hash), id + 1};
    ++count_;
    return id;
  }

 private:
  struct Cell {
    std::uint32_t tag = 0;
    std::uint32_t low = 0;  // of the hash: where it goes when the table grows
    std::uint32_t id = 0;   // plus one; 0: empty
  };
  void grow();

  std::vector<Cell> cells_ = std::vector<Cell>(64);
  std::size_t count_ = 0;
};

class Values {
 public:
  // The atoms of a value, in order of their ids. They never move: sets are interned.
  struct Atoms : std::span<const AtomId> {
    using std::span<const AtomId>::span;
    operator std::vector<AtomId>() const { return {begin(), end()}; }
  };

  AtomId atom(const Atom& atom);
  SiteId site(const Site& site);
  // `atoms` is sorted in place.
  ValueId value(std::vector<AtomId>& atoms);
  ValueId value(std::vector<AtomId>&& atoms) { return value(atoms); }
  ValueId single(AtomId atom);
  ValueId single(const Atom& a) { return single(atom(a)); }
  TermId term(const Term& term);

  [[nodiscard]] const Atom& operator[](AtomId id) const { return atoms_[id.value]; }
  [[nodiscard]] const Site& operator[](SiteId id) const { return sites_[id.value]; }
  [[nodiscard]] Atoms operator[](ValueId id) const { return values_[id.value]; }
  [[nodiscard]] const Term& operator[](TermId id) const { return terms_[id.value]; }

  [[nodiscard]] ValueId nothing() const { return ValueId{0U}; }
  // What is left of a value with too many atoms: joined with others it stays as it is.
  [[nodiscard]] ValueId anything() const { return ValueId{1U}; }
  ValueId join(ValueId a, ValueId b);
  // Every atom with another recency.
  ValueId with_recency(ValueId value, Recency from, Recency to);

  Values();

 private:
  ValueId interned(Atoms sorted);
  Atoms keep(Atoms atoms);

  std::deque<Atom> atoms_{};
  std::deque<Site> sites_{};
  std::vector<Atoms> values_{};
  std::deque<Term> terms_{};
  std::vector<ValueId> singles_{};  // per atom; none: not asked for yet
  // What `values_` refers to: blocks that do not move.
  std::vector<std::unique_ptr<AtomId[]>> blocks_{};
  std::size_t free_ = 0;  // in the last block
  InternTable atom_ids_, site_ids_, value_ids_, term_ids_;
  std::unordered_map<std::uint64_t, ValueId> joins_;
  std::vector<AtomId> merged_;  // while joining
};

// Most atoms one value may hold; more become Values::anything().
inline constexpr std::size_t kMaxAtoms = 24;

}  // namespace braid::effects
