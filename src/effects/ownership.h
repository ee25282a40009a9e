// Objects that stand in one place only: in one container, once. A loop over that container meets
// another one in every iteration, whatever else may be said of them.
//
// Kept in the heap beside what may stand anywhere (`elements_`): `once_`, made for that place and
// put there by the expression that made it; `apart_`, in a copy of a container, at most once there.
// What is put anywhere else afterwards is among that place's `elements_`, so that whoever meets it
// there meets an object that may be anybody's.
#pragma once

#include "effects/interpreter.h"

namespace braid::effects {

class Ownership {
 public:
  explicit Ownership(Interpreter& interpreter) : in_(interpreter) {}

  // The container gets what `expression` has given, which is evaluated once for that.
  void put(const Atom& container, ValueId value, NodeId expression);
  // What is assigned to this target and no other; none if that is not seen.
  [[nodiscard]] NodeId value_for(NodeId target) const;
  // The same for the argument of a call.
  void put_argument(const Atom& container, const Argument& argument, NodeId call);
  // The same for what a comprehension gives of each item of `source`; none: of several.
  void take(const Atom& container, ValueId value, NodeId element, ValueId source);
  // The elements of the containers, each at most once, become those of the other. Gives what is no
  // container whose elements are known.
  ValueId copy(ValueId from, SiteId to);
  // What the loop gets of it in one iteration, where no other iteration gets the same; else
  // `element`.
  ValueId item(ValueId iterable, ValueId element, NodeId iter);
  // The element at the loop's own index or key, where no other iteration gets the same.
  std::optional<ValueId> at_own_key(const Atom& container, TermId key);
  // Data as they are parsed: every part stands in one place.
  void grow_tree(SiteId root, Recency recency);
  // It makes what it gives: rows read from a file.
  [[nodiscard]] bool makes_each(const Atom& lazy);
  // What stands once in an object that is an iteration's own is its own too.
  ValueId held_once(const Atom& container);

 private:
  struct Elements {
    ValueId once;   // at most once each, as the heap has them
    ValueId apart;  // the same, as whoever asks sees them
    ValueId others;
  };
  [[nodiscard]] std::optional<Elements> elements_of(const Atom& container);
  [[nodiscard]] std::optional<Elements> values_of_mapping(const Atom& mapping);
  [[nodiscard]] Elements held_by(const Atom& container);
  [[nodiscard]] std::vector<AtomId> sources_of(const Atom& lazy);
  [[nodiscard]] bool is_new(ValueId value, NodeId expression);
  [[nodiscard]] bool is_made_by(const Atom& atom, NodeId expression);
  [[nodiscard]] bool is_new_by_name(ValueId value, NodeId name);
  [[nodiscard]] NodeId value_of_last_assignment(NodeId name) const;
  [[nodiscard]] bool is_once_after(NodeId statement, NodeId use) const;
  [[nodiscard]] std::optional<ValueId> item(const Atom& iterable, NodeId iter);
  [[nodiscard]] bool is_own_key(const Atom& container, TermId key);
  [[nodiscard]] ValueId own(ValueId stored);
  [[nodiscard]] ValueId pair(ValueId first, ValueId second, NodeId iter);

  Interpreter& in_;
  bool for_loop_ = false;
};

}  // namespace braid::effects
