// What arguments of the command line may be, once they are parsed.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

// Text, numbers and lists of these, or one of the objects that some parser was given; nothing where
// one was given what makes others.
ValueId Interpreter::parsed_argument(const Atom& arguments, Symbol name, NodeId node) {
  constexpr std::string_view kConversions[] = {"int", "float", "str", "bool", "complex"};
  constexpr std::string_view kPlain[] = {"list", "tuple", "dict", "set", "frozenset", "json"};
  constexpr std::string_view kParsers[] = {"argparse.ArgumentParser", "argparse._ActionsContainer",
                                           "argparse._SubParsersAction", "argparse.Action"};
  const auto is_one_of = [](std::string_view type, const auto& known) {
    return std::find(std::begin(known), std::end(known), type) != std::end(known);
  };
  // Who subclasses its classes, or sets attributes by their names as text, sets what it likes.
  if (!parsers_given_ || extended_libraries_.contains("argparse") || program_.find("vars") ||
      program_.find("setattr") || program_.find("__dict__"))
    return values_.nothing();
  ValueId found = values_.nothing();
  for (AtomId id : std::vector<AtomId>(values_[parsers_given_])) {
    const Atom given = values_[id];
    const std::string_view type = text(given.name);
    if (given.kind == AtomKind::LibraryType && type == "pathlib.Path") {
      found = values_.join(found, instance(type, {}, Recency::Before));
    } else if (given.kind == AtomKind::LibraryType) {
      const bool is_formatter = type.starts_with("argparse.") && type.ends_with("Formatter");
      if (!is_formatter && !is_one_of(type, kConversions)) return values_.nothing();
    } else if (given.kind != AtomKind::Instance) {
      return values_.nothing();
    } else if (is_one_of(type, kPlain)) {
      found = values_.join(found, from_heap(values_.single(given), Recency::Before));
    } else if (type.starts_with("pathlib.")) {
      found = values_.join(found, values_.single(given));
    } else if (type != "None" && !is_one_of(type, kConversions) && !is_one_of(type, kParsers)) {
      return values_.nothing();  // perhaps it is called: `FileType("r")`
    }
  }
  raise_here(node);
  record_object(EffectKind::Read, values_.single(arguments), Part::Attribute, node, name);
  const SiteId site = values_.site({.parent = arguments.site, .part = name});
  for (const TypeText& type : parse_type("json"))
    found = values_.join(found, type_value(type, site, arguments.recency, {}));
  // A list may hold them, too: `action="append_const"`.
  heap_write(site, elements_, mutable_part(reachable(found)));
  return values_.join(found, heap_read(arguments, name));
}

}  // namespace braid::effects
