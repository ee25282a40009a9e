// What a value may be: sets of atoms and symbolic terms, hash-consed, so that equal ids mean equal
// values and joins can be remembered.
#pragma once

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
  Outside,          // what a caller passes that nobody sees; `site`: which parameter or part of it
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

class Values {
 public:
  AtomId atom(const Atom& atom);
  SiteId site(const Site& site);
  ValueId value(std::vector<AtomId> atoms);
  ValueId single(const Atom& a) { return value({atom(a)}); }
  TermId term(const Term& term);

  [[nodiscard]] const Atom& operator[](AtomId id) const { return atoms_[id.value]; }
  [[nodiscard]] const Site& operator[](SiteId id) const { return sites_[id.value]; }
  [[nodiscard]] const std::vector<AtomId>& operator[](ValueId id) const {
    return values_[id.value];
  }
  [[nodiscard]] const Term& operator[](TermId id) const { return terms_[id.value]; }

  [[nodiscard]] ValueId nothing() const { return ValueId{0U}; }
  ValueId join(ValueId a, ValueId b);
  // Every atom with another recency.
  ValueId with_recency(ValueId value, Recency from, Recency to);

  Values();

 private:
  std::vector<Atom> atoms_{};
  std::vector<Site> sites_{};
  std::vector<std::vector<AtomId>> values_;
  std::vector<Term> terms_{};
  std::unordered_multimap<std::size_t, std::uint32_t> atom_ids_, site_ids_, value_ids_, term_ids_;
  std::unordered_map<std::uint64_t, ValueId> joins_;
};

// Most atoms one value may hold; more become one Outside atom that may be anything.
inline constexpr std::size_t kMaxAtoms = 24;

}  // namespace braid::effects
