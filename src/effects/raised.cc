// Exceptions as values: what they keep, and which of those that the program raises a handler
// catches.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

// Whether objects of this type, a class of the program or of a library, are exceptions.
bool Interpreter::is_exception(const Atom& type) {
  const std::vector<Atom> lineage = lineage_of(type);
  return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    if (each.kind != AtomKind::LibraryType) return false;
    const auto entry = knowledge_.find(text(each.name));
    return entry && entry->type != nullptr && entry->type->exception;
  });
}

// Every exception holds what its class was called with.
void Interpreter::keep_arguments(const Atom& exception, const CallArguments& arguments) {
  ValueId kept = arguments.rest.value;
  if (!kept) kept = values_.nothing();
  for (const Argument& each : arguments.positional) kept = values_.join(kept, each.value);
  heap_write(heap_site(exception), elements_, kept);
}

void Interpreter::raise_value(ValueId raised, ValueId cause, NodeId node) {
  const auto is_class = [](const Atom& atom) {
    return atom.kind == AtomKind::Class || atom.kind == AtomKind::LibraryType;
  };
  ValueId objects = values_.nothing();
  for (AtomId id : values_[raised]) {
    const Atom atom = values_[id];
    const ValueId made =
        is_class(atom) ? call({values_.single(atom), {}}, {}, node).value : values_.single(atom);
    for (AtomId each : values_[made]) {
      const Atom object = values_[each];  // a class that makes a class cannot be raised
      if (!is_class(object)) objects = values_.join(objects, values_.single(object));
    }
  }
  if (objects == values_.nothing()) return;
  for (AtomId id : std::vector<AtomId>(values_[objects]))
    heap_write(heap_site(values_[id]), intern("__cause__"), cause);
  // Where it is raised, and what was handled then, is kept in the object.
  record_object(EffectKind::Write, objects, Part::Attribute, node, intern("__context__"));
  const ValueId grown = raised_ ? values_.join(raised_, objects) : objects;
  if (grown != raised_) changed_ = true;
  raised_ = grown;
}

// What is bound by `except types as name`: one that a library raises, or one of the program's own.
ValueId Interpreter::caught(ValueId types, NodeId handler) {
  ValueId out = allocate("Exception", handler);
  if (!raised_) return out;
  const auto may_catch = [&](const Atom& type, const std::vector<Atom>& lineage) {
    if (type.kind != AtomKind::Class) {
      // Of a library: those that inherit from any library's class but the two that all inherit
      // from.
      const std::string_view name = text(type.name);
      if (type.kind != AtomKind::LibraryType || name == "Exception" || name == "BaseException")
        return true;
      return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
        return each.kind != AtomKind::Class && text(each.name) != "Exception" &&
               text(each.name) != "BaseException";
      });
    }
    return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
      return each.kind == AtomKind::Class && each.module == type.module && each.node == type.node;
    });
  };
  std::vector<Atom> wanted;
  for (AtomId id : values_[types]) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Instance) {
      wanted.push_back(atom);
      continue;
    }
    for (AtomId element : values_[elements_of(atom)]) wanted.push_back(values_[element]);
  }
  for (AtomId id : values_[raised_]) {
    const Atom atom = values_[id];
    std::vector<Atom> lineage;
    if (atom.kind == AtomKind::Object) {
      lineage = lineage_of({.kind = AtomKind::Class, .module = atom.module, .node = atom.node});
    } else {
      lineage = {{.kind = AtomKind::LibraryType, .name = atom.name}};
    }
    const bool catches = atom.kind == AtomKind::Outside || wanted.empty() ||
                         std::any_of(wanted.begin(), wanted.end(),
                                     [&](const Atom& type) { return may_catch(type, lineage); });
    if (catches) out = values_.join(out, values_.single(atom));
  }
  return out;
}

// Whether it writes down the exception that is being handled, without being given it.
bool Interpreter::shows_exception(std::string_view function, const CallArguments& arguments) const {
  if (function.starts_with("traceback.")) return true;
  if (!function.starts_with("logging.")) return false;
  return function.ends_with(".exception") ||
         std::any_of(arguments.keywords.begin(), arguments.keywords.end(),
                     [&](const auto& each) { return text(each.first) == "exc_info"; });
}

// What an exception that Python makes, or links to others, brings along under that name.
ValueId Interpreter::carried_by_exception(const Atom& atom, Symbol name) {
  const std::string_view attribute = text(name);
  ValueId found{};
  if (attribute == "__cause__" || attribute == "__context__") found = raised_;
  if (attribute == "value" && atom.kind == AtomKind::Instance) {
    const TypeModel* model = type_model(atom.name);
    if (model != nullptr && model->exception) found = given_back_;  // it may be a StopIteration
  }
  return found ? from_heap(found, Recency::Before) : values_.nothing();
}

}  // namespace braid::effects
