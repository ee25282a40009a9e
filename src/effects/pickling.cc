#include "effects/pickling.h"

namespace braid::effects {

ValueId Pickling::made_again(const Atom& object, NodeId node) {
  Values& values = in_.values_;
  const ValueId self = values.single(object);
  ValueId gave = in_.special_method(self, {"__reduce_ex__", "__reduce__"}, node);
  for (AtomId tuple : std::vector<AtomId>(values[gave])) {
    for (AtomId id : std::vector<AtomId>(values[in_.elements_of(values[tuple])]))
      gave = values.join(gave, in_.call_back(values[id], node));
  }
  in_.special_method(self, {"__setstate__"}, node);
  return gave;
}

void Pickling::pickle(ValueId given, NodeId node) {
  Values& values = in_.values_;
  constexpr std::string_view kPickle = "pickle";
  const SiteId pickled = in_.registered_with(kPickle);
  for (AtomId id : std::vector<AtomId>(values[given])) {
    const Atom atom = values[id];
    ValueId again = values.nothing();
    if (atom.kind == AtomKind::Object) {
      const ValueId another = in_.another_of(atom, pickled, Recency::Before);
      again = values.join(another, made_again(atom, node));
      const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
      const Symbol hook = in_.intern("__setstate__");
      if (in_.class_member(type, hook)) {
        const ValueId sets = in_.attribute_of({another, {}}, hook, node).value;
        in_.heap_write(pickled, in_.elements_, sets);
      }
    } else if (atom.kind == AtomKind::Class || atom.kind == AtomKind::Function) {
      again = values.single(atom);
    } else {
      continue;
    }
    in_.registered_libraries_.insert(std::string(kPickle));
    in_.heap_write(pickled, in_.intern("call"), again);
  }
}

}  // namespace braid::effects
