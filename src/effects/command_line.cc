// What arguments of the command line may be, once they are parsed.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

// Text, numbers and lists of these, or one of the objects that the parser was given for it; nothing
// where the parser was given a function to make others.
ValueId Interpreter::parsed_argument(const Atom& arguments, Symbol name, NodeId node) {
  constexpr std::string_view kPlain[] = {"int", "float", "str", "bool", "complex"};
  ValueId found = values_.nothing();
  for (AtomId id : std::vector<AtomId>(values_[elements_of(arguments)])) {
    const Atom given = values_[id];
    const std::string_view type = text(given.name);
    if (given.kind == AtomKind::LibraryType && type == "pathlib.Path") {
      found = values_.join(found, instance(type, {}, Recency::Before));
    } else if (given.kind == AtomKind::LibraryType) {
      if (std::find(std::begin(kPlain), std::end(kPlain), type) == std::end(kPlain))
        return values_.nothing();
    } else if (given.kind != AtomKind::Instance) {
      return values_.nothing();
    } else if (!is_immutable(given) && !type.starts_with("argparse.")) {
      found = values_.join(found, values_.single(given));
    }
  }
  raise_here(node);
  record_object(EffectKind::Read, values_.single(arguments), Part::Attribute, node, name);
  const SiteId site = values_.site({.parent = arguments.site, .part = name});
  for (const TypeText& type : parse_type("json"))
    found = values_.join(found, type_value(type, site, arguments.recency, {}));
  return values_.join(found, heap_read(arguments, name));
}

}  // namespace braid::effects
