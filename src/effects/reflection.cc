// Attributes that are reached by name: getattr() and its kin, with names that the text gives and
// with names that only the run gives.
#include <algorithm>
#include <utility>

#include "effects/interpreter.h"

namespace braid::effects {

namespace {

constexpr std::string_view kReflecting[] = {"getattr", "setattr", "hasattr", "delattr"};

}  // namespace

bool Interpreter::reflects(std::string_view builtin) {
  return std::find(std::begin(kReflecting), std::end(kReflecting), builtin) !=
         std::end(kReflecting);
}

// What names of attributes an object of the program, a class or a module may have.
std::vector<Symbol> Interpreter::attribute_names(const Atom& holder) {
  std::vector<Symbol> out;
  const auto bindings_of = [&](ModuleId module, scope::ScopeId where) {
    const scope::Scopes& names = program_.modules[module.value].scopes;
    for (BindingId binding : names[where].bindings) out.push_back(names[binding].name);
  };
  if (holder.kind == AtomKind::Module) {
    bindings_of(holder.module, program_.modules[holder.module.value].scopes.module_scope());
    return out;
  }
  if (const auto parts = parts_.find(heap_site(holder).value); parts != parts_.end())
    out = parts->second;
  std::erase(out, elements_);
  std::erase(out, keys_);
  const Atom type{.kind = AtomKind::Class, .module = holder.module, .node = holder.node};
  for (const Atom& each : lineage_of(type)) {
    if (each.kind == AtomKind::Class)
      bindings_of(each.module, program_.modules[each.module.value].scopes.scope_of(each.node));
  }
  return out;
}

// `attrgetter(name)(a)`, `"{0.name}".format(a)`: some attribute of it, computed or kept by its
// class.
void Interpreter::reads_any_attribute(const Atom& holder, NodeId node) {
  if (holder.kind != AtomKind::Object && holder.kind != AtomKind::Class) return;
  for (Symbol name : attribute_names(holder))
    if (!text(name).starts_with("__")) attribute_of({values_.single(holder), {}}, name, node);
}

// The dictionary that holds the attributes of an object, a class or a module. What is put into it
// is read as an attribute, and the other way round.
ValueId Interpreter::namespace_of(const Atom& holder) {
  const SiteId put = namespace_site(holder);
  const SiteId site = values_.site({.parent = put, .part = empty_});
  ValueId held = values_.nothing();
  if (holder.kind == AtomKind::Module) {
    held = outside({});
  } else if (const auto parts = parts_.find(heap_site(holder).value); parts != parts_.end()) {
    for (Symbol part : std::vector<Symbol>(parts->second))
      held = values_.join(held, heap_read(holder, part));
  }
  heap_write(site, elements_, held);
  heap_write(site, keys_, instance("str", {}, Recency::Before));
  named_by_data_ = true;
  // Two of them: what is there, and what is put there, which alone is new to whoever reads
  // attributes.
  return values_.join(instance("dict", site, holder.recency),
                      instance("dict", put, holder.recency));
}

SiteId Interpreter::namespace_site(const Atom& holder) {
  return values_.site({.parent = heap_site(holder), .part = intern("__dict__")});
}

// What the program may have put there by way of the dictionary.
ValueId Interpreter::put_by_data(const Atom& holder) {
  if (!named_by_data_ && !put_unnamed_) return values_.nothing();
  return heap_read(namespace_site(holder), elements_, Recency::Before);
}

// Methods that are reached by the name of a library's class, and keep what they are given in
// `self`.
void Interpreter::note_by_name(std::string_view method, ValueId receiver,
                               const CallArguments& arguments) {
  if (method == "function.send") send(arguments);
  if (method.ends_with(".__setattr__")) set_plainly(receiver, arguments);
  if (!method.ends_with(".__init__")) return;
  ValueId self = receiver ? receiver : values_.nothing();
  if (!arguments.positional.empty()) self = values_.join(self, arguments.positional[0].value);
  keep_in_base(self, arguments);
}

// `object.__setattr__(a, "b", value)`, `super().__setattr__("b", value)`: past the class's own
// hook.
void Interpreter::set_plainly(ValueId receiver, const CallArguments& arguments) {
  const bool bound = receiver && receiver != values_.nothing();
  const std::size_t first = bound ? 0 : 1;
  ValueId objects = receiver;
  if (!bound && !arguments.positional.empty()) objects = arguments.positional[0].value;
  ValueId value = arguments.rest.value;
  std::string_view named;
  if (arguments.positional.size() == first + 2) {
    named = constant_text(arguments.positional[first].term);
    value = values_.join(value, arguments.positional[first + 1].value);
  }
  for (AtomId id : std::vector<AtomId>(values_[objects])) {
    const Atom object = values_[id];
    if (object.kind != AtomKind::Object) continue;
    if (named.empty()) {
      put_unnamed_ = true;
      heap_write(namespace_site(object), elements_, value);
    } else {
      heap_write(heap_site(object), intern(named), value);
    }
  }
}

// `getattr(a, "b")` is `a.b`; of a name that is not known, any attribute that `a` may have.
Evaluated Interpreter::reflected(const Entry& entry, const CallArguments& arguments, NodeId node) {
  const Evaluated object{arguments.positional[0].value, arguments.positional[0].term};
  const std::string_view builtin = entry.name;
  const std::string_view named = constant_text(arguments.positional[1].term);
  const auto followed = [&](const Atom& atom) {
    return atom.kind != AtomKind::Unknown && atom.kind != AtomKind::Outside &&
           atom.kind != AtomKind::Instance;
  };
  ValueId whose = values_.nothing();
  for (AtomId each : values_[object.value])
    if (followed(values_[each])) whose = values_.join(whose, values_.single(values_[each]));
  const bool known = whose != values_.nothing();
  const bool stores = builtin == "setattr";
  for (AtomId each : values_[whose]) {
    const AtomKind kind = values_[each].kind;
    const bool is_library = kind == AtomKind::LibraryModule || kind == AtomKind::LibraryType;
    if ((stores || builtin == "delattr") && (is_library || kind == AtomKind::Module))
      this_process_.set(frame().module, node, "`" + std::string(builtin) + "` changes");
  }
  const auto put = arguments.positional.size() == 3
                       ? Evaluated{arguments.positional[2].value, arguments.positional[2].term}
                       : Evaluated{values_.nothing(), {}};
  if (!named.empty() && known && builtin != "delattr") {
    const Symbol attribute = intern(named);
    if (stores) {
      store_attribute(object, attribute, put, node);
      return {instance("None", {}, Recency::Before), {}};
    }
    Evaluated found = attribute_of(object, attribute, node);
    found.value = values_.join(found.value, put.value);
    if (builtin == "hasattr") return {instance("bool", {}, Recency::Before), opaque(node)};
    return found;
  }
  if (builtin == "delattr") {
    const bool is_new = named.empty() ? !std::exchange(deletes_by_data_, true)
                                      : deleted_attributes_.insert(intern(named).value).second;
    if (is_new) changed_ = true;
  }
  Evaluated out = call_library(entry, {}, arguments, node);
  if (!named.empty()) return out;
  for (AtomId id : values_[whose]) {
    const Atom atom = values_[id];
    const bool has_names = atom.kind == AtomKind::Object || atom.kind == AtomKind::Class ||
                           atom.kind == AtomKind::Module;
    if (!has_names) continue;
    if (stores) {
      put_unnamed_ = true;
      heap_write(namespace_site(atom), elements_, put.value);
    }
    for (Symbol name : attribute_names(atom)) {
      const Evaluated one{values_.single(atom), object.term};
      if (stores) {
        store_attribute(one, name, put, node);
      } else {
        const ValueId found = attribute_of(one, name, node).value;
        if (builtin == "getattr") out.value = values_.join(out.value, found);
      }
    }
  }
  return out;
}

}  // namespace braid::effects
