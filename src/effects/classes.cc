// What classes inherit: the order in which Python looks through a class's bases, what it finds
// there, and where `super()` goes on.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

constexpr std::size_t kMostClasses = 60;  // in one line of descent

bool same_class(const Atom& a, const Atom& b) {
  return a.kind == b.kind && a.module == b.module && a.node == b.node && a.name == b.name;
}

bool holds(std::span<const Atom> classes, const Atom& one) {
  return std::any_of(classes.begin(), classes.end(),
                     [&](const Atom& each) { return same_class(each, one); });
}

}  // namespace

std::vector<Atom> Interpreter::class_bases(const Atom& type) {
  auto found = bases_.find(pair_key(type.module.value, type.node.value));
  return found == bases_.end() ? std::vector<Atom>{} : found->second;
}

// The class, then what it inherits from, by C3 linearisation ("The Python 2.3 Method Resolution
// Order", Simionato); where that fails, depth first. Classes of libraries have no bases here.
const std::vector<Atom>& Interpreter::lineage_of(const Atom& type) {
  // Until the bases of a class become known.
  const auto [known, is_new] = lineages_.try_emplace(values_.atom(type).value);
  if (is_new) {
    std::vector<std::uint64_t> open;
    known->second = lineage_of(type, open);
  }
  return known->second;
}

std::vector<Symbol> Interpreter::library_types(const Atom& atom) {
  if (atom.kind == AtomKind::Instance) return {atom.name};
  std::vector<Symbol> types;
  if (atom.kind != AtomKind::Object) return types;
  for (const Atom& each :
       lineage_of({.kind = AtomKind::Class, .module = atom.module, .node = atom.node})) {
    if (each.kind == AtomKind::LibraryType) types.push_back(each.name);
  }
  return types;
}

std::vector<Atom> Interpreter::lineage_of(const Atom& type, std::vector<std::uint64_t>& open) {
  const std::uint64_t key = pair_key(type.module.value, type.node.value);
  std::vector<Atom> out{type};
  if (type.kind != AtomKind::Class || std::find(open.begin(), open.end(), key) != open.end())
    return out;
  open.push_back(key);
  std::vector<std::vector<Atom>> lists;
  const std::vector<Atom> bases = class_bases(type);
  for (const Atom& base : bases) lists.push_back(lineage_of(base, open));
  lists.push_back(bases);
  open.pop_back();
  while (out.size() < kMostClasses) {
    std::erase_if(lists, [](const std::vector<Atom>& list) { return list.empty(); });
    if (lists.empty()) return out;
    const auto is_free = [&](const Atom& candidate) {
      return std::none_of(lists.begin(), lists.end(), [&](const std::vector<Atom>& list) {
        return holds(std::span(list).subspan(1), candidate);
      });
    };
    const auto next = std::find_if(lists.begin(), lists.end(), [&](const std::vector<Atom>& list) {
      return is_free(list.front());
    });
    const Atom chosen = next == lists.end() ? lists.front().front() : next->front();
    if (!holds(out, chosen)) out.push_back(chosen);
    for (std::vector<Atom>& list : lists)
      std::erase_if(list, [&](const Atom& each) { return same_class(each, chosen); });
  }
  return out;
}

// `self.__x` in a class means `_Class__x`, as what the text of the class binds does.
Symbol Interpreter::attribute_name(ModuleId module, NodeId attribute) {
  const syntax::SyntaxTree& t = program_.modules[module.value].tree;
  const std::string_view spelled = text(t[attribute].name);
  if (!spelled.starts_with("__") || spelled.ends_with("__")) return t[attribute].name;
  for (NodeId up = t.parent(attribute); up; up = t.parent(up)) {
    if (t.is(up, NodeKind::ClassDef)) return intern(scope::private_name(text(t[up].name), spelled));
  }
  return t[attribute].name;
}

std::optional<ValueId> Interpreter::own_member(const Atom& type, Symbol name) {
  const SiteId site = values_.site({.module = type.module, .node = type.node, .part = elements_});
  const auto found = members_.find(pair_key(site.value, name.value));
  std::optional<ValueId> own;
  if (found != members_.end()) own = found->second;
  // What is put on the class later is as good.
  if (class_attributes_.contains({pair_key(type.module.value, type.node.value), name.value}))
    own = values_.join(own.value_or(values_.nothing()), heap_read(type, name));
  return own;
}

std::optional<ValueId> Interpreter::class_member(const Atom& type, Symbol name) {
  if (auto own = own_member(type, name)) return own;
  const std::vector<Atom> bases = class_bases(type);
  if (bases.empty()) return std::nullopt;
  for (const Atom& each : lineage_of(type)) {
    if (each.kind != AtomKind::Class) continue;
    if (auto member = own_member(each, name)) return member;
  }
  return std::nullopt;
}

// `del Class.name`: what it inherits shows through.
void Interpreter::uncover(const Atom& type, Symbol name) {
  const auto own = own_member(type, name);
  if (!own) return;
  ValueId all = *own;
  for (const Atom& each : lineage_of(type)) {
    if (each.kind != AtomKind::Class) continue;
    if (const auto member = own_member(each, name)) all = values_.join(all, *member);
  }
  const SiteId site = values_.site({.module = type.module, .node = type.node, .part = elements_});
  if (all != *own) changed_ = true;
  members_[pair_key(site.value, name.value)] = all;
}

// `cached_property`: the first who asks sets the attribute, which others find from then on.
ValueId Interpreter::remember(const Atom& holder, const Atom& property, ValueId given,
                              NodeId node) {
  const Symbol name = program_.modules[property.module.value].tree[property.node].name;
  record_object(EffectKind::Write, values_.single(holder), Part::Attribute, node, name, {}, "memo",
                std::string(text(name)));
  heap_write(heap_site(holder), name, given);
  return heap_read(holder, name);
}

// A member of its class as the object, or the class, has it: functions become methods, properties
// are evaluated.
ValueId Interpreter::bound_member(const Atom& holder, ValueId member, Evaluated object,
                                  NodeId node) {
  const Atom type{.kind = AtomKind::Class, .module = holder.module, .node = holder.node};
  ValueId found = values_.nothing();
  for (AtomId each : values_[member]) {
    const Atom value = values_[each];
    if (is_field(value) && is_record(type)) continue;
    if (value.kind != AtomKind::Function) {
      const ValueId held = from_heap(values_.single(value), Recency::Before);
      found = values_.join(found, held);
      if (holder.kind == AtomKind::Class && is_enumeration(type))
        found = values_.join(found, enumerated(type, held));
      found = values_.join(found, special_method(held, {"__get__"}, node));
      found = values_.join(found, described_by(holder, value, object, node));
      continue;
    }
    const auto decorated = [&](std::string_view name) {
      return has_decorator(value.module, value.node, name);
    };
    const bool other_part = decorated("setter") || decorated("deleter");
    if (other_part || decorated("property") || decorated("cached_property") ||
        decorated("getter")) {
      if (holder.kind != AtomKind::Object) {
        found = values_.join(found, values_.single(value));
      } else if (!other_part) {
        const Evaluated self{values_.single(holder), object.term};
        const ValueId given = call_function(value, {}, node, self).value;
        found = values_.join(found, given);
        if (decorated("cached_property"))
          found = values_.join(found, remember(holder, value, given, node));
      }
      continue;
    }
    const bool of_class = has_decorator(value.module, value.node, "classmethod");
    const bool is_static = has_decorator(value.module, value.node, "staticmethod");
    if (is_static || (holder.kind == AtomKind::Class && !of_class)) {
      found = values_.join(found, values_.single(value));
    } else {
      const ValueId self = of_class ? values_.single(type) : values_.single(holder);
      found = values_.join(found, values_.single({.kind = AtomKind::Method,
                                                  .recency = holder.recency,
                                                  .module = value.module,
                                                  .node = value.node,
                                                  .receiver = self}));
    }
  }
  return found;
}

// `x = property(get)`, `make = classmethod(f)`: what the descriptor keeps is called with the
// object.
ValueId Interpreter::described_by(const Atom& holder, const Atom& descriptor, Evaluated object,
                                  NodeId node) {
  ValueId found = values_.nothing();
  if (descriptor.kind != AtomKind::Instance) return found;
  const std::string_view kind = text(descriptor.name);
  const bool computed = kind.ends_with("property");
  const bool of_class = kind == "classmethod";
  if (!computed && !of_class && kind != "staticmethod") return found;
  if (computed && holder.kind != AtomKind::Object) return found;
  CallArguments arguments;
  if (computed)
    arguments.positional.push_back(
        {.value = values_.single(holder), .term = object.term, .given = true});
  for (AtomId id :
       std::vector<AtomId>(values_[from_heap(elements_of(descriptor), Recency::Before)])) {
    const Atom kept = values_[id];
    const bool function = kept.kind == AtomKind::Function;
    if (computed) {
      if (kept.kind != AtomKind::Instance || !is_immutable(kept) ||
          knowledge_.find_member(text(kept.name), "__call__"))
        found = values_.join(found, call({values_.single(kept), {}}, arguments, node).value);
    } else if (of_class && function) {
      const Atom type{.kind = AtomKind::Class, .module = holder.module, .node = holder.node};
      found = values_.join(found, values_.single({.kind = AtomKind::Method,
                                                  .recency = holder.recency,
                                                  .module = kept.module,
                                                  .node = kept.node,
                                                  .receiver = values_.single(type)}));
    } else {
      found = values_.join(found, values_.single(kept));
    }
  }
  return found;
}

bool Interpreter::is_enumeration(const Atom& type) {
  const std::vector<Atom> lineage = lineage_of(type);
  return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    return each.kind == AtomKind::LibraryType && text(each.name).starts_with("enum.");
  });
}

// The member of an Enum that stands for a value.
ValueId Interpreter::enumerated(const Atom& type, ValueId value) {
  const Atom member{.kind = AtomKind::Object,
                    .recency = Recency::Before,
                    .module = type.module,
                    .node = type.node,
                    .site = heap_site(type)};
  for (std::string_view name : {"value", "_value_"})
    heap_write(heap_site(member), intern(name), value);
  return values_.single(member);
}

// An object of the same class that a library makes: it has what the class has. What it holds itself
// may be copies of what the other one holds.
ValueId Interpreter::another_of(const Atom& object, SiteId site, Recency recency) {
  const Atom other{.kind = AtomKind::Object,
                   .recency = recency,
                   .module = object.module,
                   .node = object.node,
                   .site = site};
  const auto parts = parts_.find(heap_site(object).value);
  if (parts == parts_.end()) return values_.single(other);
  int depth = 0;
  for (SiteId up = site; up && values_[up].parent; up = values_[up].parent) ++depth;
  for (const Symbol part : std::vector<Symbol>(parts->second)) {
    const SiteId there = depth < 3 ? values_.site({.parent = site, .part = part}) : site;
    ValueId held = values_.nothing();
    for (AtomId id : std::vector<AtomId>(values_[heap_read(object, part)])) {
      const Atom each = values_[id];
      if (each.kind == AtomKind::Object && depth < 3)
        held = values_.join(held, another_of(each, there, recency));
      else if (each.kind == AtomKind::Instance && !is_immutable(each))
        held = values_.join(held, instance(text(each.name), there, recency));
      else if (each.kind == AtomKind::Object || each.kind == AtomKind::Outside)
        held = values_.join(held, outside(there, recency));
      else
        held = values_.join(held, values_.single(each));
    }
    heap_write(site, part, held);
  }
  return values_.single(other);
}

// What classes that are not the program's own give: a described method, or nobody knows what.
ValueId Interpreter::library_member(const Atom& holder, std::span<const Atom> lineage, Symbol name,
                                    NodeId node) {
  ValueId found = values_.nothing();
  for (const Atom& base : lineage) {
    if (base.kind == AtomKind::Class) continue;
    if (base.kind == AtomKind::LibraryType) {
      if (const auto entry = knowledge_.find_member(text(base.name), text(name));
          entry && entry->callable != nullptr) {
        if (entry->callable->is_property) {
          const Evaluated self{values_.single(holder), {}};
          found = values_.join(found, apply_model(*entry->callable, self, {}, node).value);
          continue;
        }
        found = values_.join(found, values_.single({.kind = AtomKind::LibraryMethod,
                                                    .recency = holder.recency,
                                                    .name = intern(entry->name),
                                                    .receiver = values_.single(holder)}));
        continue;
      }
    }
    const std::string from(base.name ? text(base.name) : "base");
    found =
        values_.join(found, values_.single({.kind = AtomKind::Unknown,
                                            .recency = holder.recency,
                                            .name = intern(from + "." + std::string(text(name))),
                                            .site = holder.site,
                                            .receiver = values_.single(holder)}));
  }
  return found;
}

bool Interpreter::is_super(NodeId call) {
  const syntax::SyntaxTree& t = tree();
  if (!t.is(call, NodeKind::Call)) return false;
  const NodeId function = t.child(call, slot::Call::function);
  return t.is(function, NodeKind::Name) && text(t[function].name) == "super";
}

// The method in which `super()` stands, and its first parameter; none where there is no such
// method.
std::optional<std::pair<NodeId, BindingId>> Interpreter::method_around(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  NodeId around = t.enclosing_definition(node);
  while (around && !t.is(around, NodeKind::Module) &&
         !t.is(t.enclosing_definition(around), NodeKind::ClassDef))
    around = t.enclosing_definition(around);
  if (!t.is(around, NodeKind::FunctionDef)) return std::nullopt;
  const auto parameters =
      t.items(t.child(around, slot::FunctionDef::arguments), slot::Arguments::parameters);
  const BindingId first = parameters.empty() ? BindingId{} : scopes().variable(parameters[0]);
  if (!first) return std::nullopt;
  return std::pair{around, first};
}

std::optional<Atom> Interpreter::class_around(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  NodeId around = t.enclosing_definition(node);
  while (around && !t.is(around, NodeKind::Module) && !t.is(around, NodeKind::ClassDef))
    around = t.enclosing_definition(around);
  if (!t.is(around, NodeKind::ClassDef)) return std::nullopt;
  return Atom{.kind = AtomKind::Class, .module = frame().module, .node = around};
}

// `super()` that is kept: whatever is called on it may do anything to the object.
Evaluated Interpreter::super_object(NodeId call) {
  const CallArguments arguments = evaluate_arguments(call);
  ValueId self = arguments.rest.value;
  for (const Argument& each : arguments.positional) self = values_.join(self, each.value);
  if (const auto method = method_around(call))
    self = values_.join(self, read_variable(method->second, call).value);
  return {values_.single({.kind = AtomKind::Unknown, .name = intern("super"), .receiver = self}),
          {}};
}

// `super().name` in a method: what comes after the method's class, bound to its first argument.
std::optional<Evaluated> Interpreter::super_attribute(NodeId call, Symbol name, NodeId node) {
  if (!is_super(call)) return std::nullopt;
  const syntax::SyntaxTree& t = tree();
  const auto method = method_around(node);
  if (!method) return std::nullopt;
  const auto [around, first] = *method;
  const auto given = t.items(call, slot::Call::arguments_list);
  if (!given.empty() && t[given[0]].name != t[t.enclosing_definition(around)].name)
    return std::nullopt;
  const Atom type{
      .kind = AtomKind::Class, .module = frame().module, .node = t.enclosing_definition(around)};
  const Evaluated self = read_variable(first, node);
  Evaluated out{values_.nothing(), {}};
  for (AtomId id : values_[self.value]) {
    const Atom holder = values_[id];
    const bool known = holder.kind == AtomKind::Object || holder.kind == AtomKind::Class;
    std::vector<Atom> lineage = lineage_of(
        known ? Atom{.kind = AtomKind::Class, .module = holder.module, .node = holder.node} : type);
    auto at = std::find_if(lineage.begin(), lineage.end(),
                           [&](const Atom& each) { return same_class(each, type); });
    if (at == lineage.end()) {
      lineage = lineage_of(type);
      at = lineage.begin();
    }
    const std::span<const Atom> after(at + 1, lineage.end());
    ValueId found = values_.nothing();
    for (const Atom& each : after) {
      const auto member =
          each.kind == AtomKind::Class ? own_member(each, name) : std::optional<ValueId>{};
      if (!member) continue;
      read_of_classes(each, name, node, found);
      found = values_.join(found, bound_member(holder, *member, self, node));
      break;
    }
    if (found == values_.nothing()) found = library_member(holder, after, name, node);
    if (found == values_.nothing())
      found = attribute_of({instance("object", {}, Recency::Before), {}}, name, node).value;
    out.value = values_.join(out.value, found);
  }
  return out;
}

}  // namespace braid::effects
