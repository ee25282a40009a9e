// TYPE texts and annotations to values, and what containers of known types hold.
#include <algorithm>

#include "effects/holders.h"
#include "effects/ownership.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

// Builtin types whose objects have the attributes that are described, and no others.
bool Interpreter::is_closed(std::string_view type) {
  constexpr std::string_view kClosed[] = {
      "int", "float",     "bool",  "complex", "str",       "bytes", "list", "dict",
      "set", "frozenset", "tuple", "range",   "bytearray", "slice", "None", "json"};
  return std::find(std::begin(kClosed), std::end(kClosed), type) != std::end(kClosed);
}

ValueId Interpreter::elements_of(const Atom& atom, bool but_once) {
  if (atom.kind == AtomKind::Class && is_enumeration(atom))
    return enumerated(atom, values_.nothing());
  if (atom.kind == AtomKind::Instance) {
    const std::string_view type = text(atom.name);
    if (type == "str") return values_.single(atom);
    if (type == "bytes" || type == "bytearray" || type == "range")
      return instance("int", {}, Recency::Before);
    ValueId held = heap_read(atom, elements_);
    for (const Symbol part : {once_, apart_})
      if (!but_once) held = values_.join(held, heap_read(atom, part));
    if (type == "json") {
      const auto parts = parts_.find(atom.site.value);
      if (parts == parts_.end()) held = values_.join(held, values_.single(atom));
      held = values_.join(held, instance("str", {}, Recency::Before));
      held = values_.join(held, values_.join(instance("int", {}, Recency::Before),
                                             instance("None", {}, Recency::Before)));
    }
    // What a lazy object gives comes from its function, or from what it goes over.
    if (atom.site) held = values_.join(held, heap_read(atom, intern("call")));
    return held;
  }
  if (is_anything(atom)) return values_.anything();
  if (atom.kind == AtomKind::Outside) {
    int depth = 0;
    for (SiteId up = atom.site; up && values_[up].parent; up = values_[up].parent) ++depth;
    const SiteId site =
        atom.site && depth < 3 ? values_.site({.parent = atom.site, .part = elements_}) : atom.site;
    return values_.join(outside(site, atom.recency), heap_read(atom, elements_));
  }
  if (atom.kind == AtomKind::Unknown)
    return values_.join(values_.single(atom), Holders::in_unknown(*this, atom));
  return atom.site ? heap_read(atom, elements_) : values_.nothing();
}

ValueId Interpreter::keys_of(const Atom& atom) {
  if (atom.kind == AtomKind::Instance) {
    if (text(atom.name) == "json") return instance("str", {}, Recency::Before);
    return heap_read(atom, keys_);
  }
  return elements_of(atom);
}

ValueId Interpreter::type_value(std::string_view type, NodeId node, Recency recency,
                                std::string_view part, const BoundTo& parameter) {
  const SiteId site = values_.site(
      {.module = frame().module, .node = node, .part = part.empty() ? Symbol{} : intern(part)});
  if (recency == Recency::This) {
    made(site, node);
  }
  ValueId out = values_.nothing();
  for (const TypeText& each : parse_type(type))
    out = values_.join(out, type_value(each, site, recency, parameter));
  return out;
}

ValueId Interpreter::type_value(const TypeText& type, SiteId site, Recency recency,
                                const BoundTo& parameter) {
  const auto part = [&](Symbol name) {
    int depth = 0;
    for (SiteId up = site; up && values_[up].parent; up = values_[up].parent) ++depth;
    return depth < 4 ? values_.site({.parent = site, .part = name}) : site;
  };
  if (!type.parameter.empty() && parameter) {
    ValueId out = values_.nothing();
    for (std::string_view name : names_in(type.parameter)) {
      const Argument argument = parameter(name);
      for (AtomId id : values_[argument.value]) {
        const Atom atom = values_[id];
        if (type.name == "element" || type.name == "each") {
          const TypeModel* model =
              atom.kind == AtomKind::Instance ? type_model(atom.name) : nullptr;
          ValueId held = values_.join(elements_of(atom), said_elements(atom));
          if (atom.kind == AtomKind::Instance &&
              (text(atom.name) == "dict" || text(atom.name) == "collections.defaultdict" ||
               text(atom.name) == "collections.OrderedDict" ||
               text(atom.name) == "collections.Counter") &&
              name != "self") {
            held = keys_of(atom);  // what iterating an argument yields
          }
          if (held == values_.nothing() && model != nullptr && !model->items.empty() &&
              model->items.find("(self)") == std::string_view::npos) {
            for (const TypeText& item : parse_type(model->items))
              held = values_.join(held, type_value(item, part(elements_), recency, {}));
          }
          if (atom.kind == AtomKind::Generator) {
            const auto summary = summaries_.end();
            (void)summary;
            held = values_.join(held, outside(part(elements_), recency));
          }
          out = values_.join(out, held);
        } else if (type.name == "key") {
          out = values_.join(out, keys_of(atom));
        } else if (type.name == "type") {
          if (atom.kind == AtomKind::Instance) {
            out = values_.join(out, instance(text(atom.name), site, recency));
            // What stood there twice still does.
            if (elements_of(atom) != values_.nothing())
              heap_write(site, elements_, outside(part(elements_), recency));
            if (text(atom.name) == "dict") heap_write(site, keys_, keys_of(atom));
          } else if (atom.kind == AtomKind::Object) {
            out = values_.join(out, another_of(atom, site, recency));
          } else {
            out = values_.join(
                out, values_.single({.kind = AtomKind::Outside, .recency = recency, .site = site}));
          }
        } else if (type.name == "instance") {
          if (atom.kind == AtomKind::Class) {
            out = values_.join(out, values_.single({.kind = AtomKind::Object,
                                                    .recency = recency,
                                                    .module = atom.module,
                                                    .node = atom.node,
                                                    .site = site}));
          } else if (atom.kind == AtomKind::LibraryType) {
            out = values_.join(out, instance(text(atom.name), site, recency));
          } else {
            out = values_.join(out, outside(site, recency));
          }
        } else {
          out = values_.join(out, heap_read(site, intern("call"), recency));
        }
      }
    }
    return out;
  }
  if (type.name == "any") return outside(site, recency);
  if (type.name == "value") return instance("int", {}, Recency::Before);
  if (type.name == "module") return values_.nothing();
  if (type.name == "self" && parameter) return parameter("self").value;
  if (type.name == "graph") {
    const ValueId data = instance("json", site, recency);
    heap_write(site, elements_, data);
    return data;
  }
  const ValueId made = instance(type.name, site, recency);
  if (type.name == "json") Ownership(*this).grow_tree(site, recency);
  for (std::size_t i = 0; i < type.arguments.size(); ++i) {
    const bool mapping = type.arguments.size() == 2 && type.name != "tuple";
    const Symbol name = mapping && i == 0 ? keys_ : elements_;
    ValueId held = values_.nothing();
    for (const TypeText& each : type.arguments[i]) {
      if (each.name == "...") continue;
      if (each.name == "each" && parameter) {
        Argument others = parameter(each.parameter);
        others.value = Ownership(*this).copy(others.value, site);
        held = values_.join(
            held, type_value(each, part(name), recency, [&](std::string_view) { return others; }));
        continue;
      }
      held = values_.join(
          held, type_value(
                    each, part(type.name == "tuple" ? intern("[" + std::to_string(i) + "]") : name),
                    recency, parameter));
    }
    heap_write(site, name, held);
    if (type.name == "tuple" && !(type.arguments.size() == 2 && type.arguments[1].size() == 1 &&
                                  type.arguments[1][0].name == "...")) {
      heap_write(site, intern("[" + std::to_string(i) + "]"), held);
    }
  }
  return made;
}

ValueId Interpreter::annotation_value(NodeId annotation, NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const SiteId site = values_.site({.module = frame().module, .node = node});
  const std::function<ValueId(NodeId, SiteId, int)> value_of = [&](NodeId at, SiteId where,
                                                                   int depth) -> ValueId {
    if (depth > 4) return values_.nothing();
    if (t.is(at, NodeKind::Name) || t.is(at, NodeKind::Attribute)) {
      const std::string name = dotted(at);
      constexpr std::string_view kBuiltin[] = {"str",   "int",       "float",   "bool",
                                               "bytes", "list",      "dict",    "set",
                                               "tuple", "frozenset", "complex", "bytearray"};
      constexpr std::pair<std::string_view, std::string_view> kTyping[] = {
          {"List", "list"}, {"Dict", "dict"}, {"Set", "set"}, {"Tuple", "tuple"}, {"Text", "str"}};
      const std::string last =
          name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
      for (const auto& [typing, builtin_name] : kTyping) {
        if (last == typing) return instance(builtin_name, where, Recency::Before);
      }
      if (std::find(std::begin(kBuiltin), std::end(kBuiltin), name) != std::end(kBuiltin))
        return instance(name, where, Recency::Before);
      const ValueId named = t.is(at, NodeKind::Name) ? this->name(at).value : attribute(at).value;
      ValueId out = values_.nothing();
      for (AtomId id : values_[named]) {
        const Atom atom = values_[id];
        if (atom.kind == AtomKind::Class) {
          out = values_.join(out, values_.single({.kind = AtomKind::Object,
                                                  .module = atom.module,
                                                  .node = atom.node,
                                                  .site = where}));
        } else if (atom.kind == AtomKind::LibraryType && !text(atom.name).starts_with("typing.")) {
          out = values_.join(out, instance(text(atom.name), where, Recency::Before));
        }
      }
      return out;
    }
    if (t.is(at, NodeKind::Subscript)) {
      const std::string name = dotted(t.child(at, slot::Subscript::value));
      const NodeId slice = t.child(at, slot::Subscript::slice);
      const std::string last =
          name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
      std::vector<NodeId> arguments;
      if (t.is(slice, NodeKind::Tuple)) {
        for (NodeId item : t.items(slice, 0)) arguments.push_back(item);
      } else {
        arguments.push_back(slice);
      }
      if (last == "Optional" || last == "Union") {
        ValueId out = values_.nothing();
        for (NodeId argument : arguments)
          out = values_.join(out, value_of(argument, where, depth + 1));
        return out;
      }
      const ValueId out = value_of(t.child(at, slot::Subscript::value), where, depth + 1);
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool mapping = arguments.size() == 2 && (last == "dict" || last == "Dict");
        const ValueId held =
            value_of(arguments[i],
                     values_.site({.parent = where, .part = mapping && i == 0 ? keys_ : elements_}),
                     depth + 1);
        heap_write(where, mapping && i == 0 ? keys_ : elements_, held);
      }
      return out;
    }
    if (t.is(at, NodeKind::BinOp)) {  // X | None
      return values_.join(value_of(t.child(at, slot::BinOp::left), where, depth + 1),
                          value_of(t.child(at, slot::BinOp::right), where, depth + 1));
    }
    return values_.nothing();
  };
  ++quiet_;
  const ValueId out = value_of(annotation, site, 0);
  --quiet_;
  return out;
}

}  // namespace braid::effects
