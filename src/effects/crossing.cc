// What becomes of values between processes: pickling keeps what a value says, not which object it
// is.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;

namespace {

constexpr int kDeepest = 4;  // further inside, nobody sees

void worse(Crossing& out, Crossing::Kind kind, std::string what) {
  if (kind <= out.kind) return;
  out.kind = kind;
  out.what = std::move(what);
}

// Objects that have it as a base are made again from what they hold.
bool is_plain_base(std::string_view type) {
  constexpr std::string_view kPlain[] = {"object", "dict", "list",  "str",       "int",    "float",
                                         "tuple",  "set",  "bytes", "frozenset", "complex"};
  return type.starts_with("abc.") || type.starts_with("typing.") || type.starts_with("enum.") ||
         type.starts_with("collections.") ||
         std::find(std::begin(kPlain), std::end(kPlain), type) != std::end(kPlain);
}

}  // namespace

void Interpreter::remember(NodeId node, ValueId value) {
  if (!(focus_.recording || focus_.naming) || !frame().traced) return;
  ValueId& known =
      focus_.values.try_emplace({frame().helper_call.value, node.value}, ValueId{0U}).first->second;
  known = values_.join(known, value);
}

// Whether an object equals itself only: no class of its line says otherwise.
bool Interpreter::compared_by_identity(const Atom& atom) {
  if (atom.kind != AtomKind::Object) return false;
  const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
  if (class_member(type, intern("__eq__"))) return false;
  const std::vector<Atom> lineage = lineage_of(type);
  return std::none_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    if (each.kind != AtomKind::Class) return text(each.name) != "object";
    return is_record(each) && !record_option(each, "eq");
  });
}

// A method of the program's that makes the object again from what was sent, before it has its
// attributes.
std::string_view Interpreter::called_when_made_again(const Atom& type) {
  const auto has = [&](std::string_view name) {
    return class_member(type, intern(name)).has_value();
  };
  const std::vector<Atom> lineage = lineage_of(type);
  const auto is_a = [&](std::string_view base) {
    return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
      return each.kind == AtomKind::LibraryType && text(each.name) == base;
    });
  };
  const bool frozen = std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    return each.kind == AtomKind::Class && is_record(each) && record_option(each, "frozen");
  });
  if (has("__slots__") && (has("__setattr__") || frozen)) return "__setattr__";
  if (has("__new__") && !is_enumeration(type)) return "__new__";
  for (const std::string_view each : {"append", "extend"}) {
    if (is_a("list") && has(each)) return each;
  }
  const bool mapping = is_a("dict") || is_a("collections.OrderedDict") ||
                       is_a("collections.defaultdict") || is_a("collections.Counter");
  if (mapping && has("__setitem__")) return "__setitem__";
  if ((is_a("set") || is_a("frozenset") || is_a("collections.defaultdict")) && has("__init__"))
    return "__init__";
  return {};
}

Crossing Interpreter::crossing(ValueId value, bool made_there, bool only_elements) {
  Crossing out;
  if (only_elements) {
    ValueId held = values_.nothing();
    for (AtomId id : std::vector<AtomId>(values_[value])) {
      const bool in_keys =
          values_[id].kind == AtomKind::Instance && text(values_[id].name) == "dict";
      held = values_.join(held, in_keys ? keys_of(values_[id]) : elements_of(values_[id]));
    }
    value = held;
  }
  for (AtomId id : values_[value]) cross(values_[id], made_there, 0, out);
  return out;
}

void Interpreter::cross(const Atom& atom, bool made_there, int depth, Crossing& out) {
  using Kind = Crossing::Kind;
  if (out.kind == Kind::other) return;
  if (depth > kDeepest) return worse(out, Kind::unseen, "what lies deep inside");
  // A worker that hands back what was there before hands back a copy.
  const bool is_copy = made_there && atom.recency != Recency::This;
  const auto inside = [&](ValueId held) {
    for (AtomId id : values_[held]) cross(values_[id], made_there, depth + 1, out);
  };
  switch (atom.kind) {
    case AtomKind::Instance: {
      const std::string name(text(atom.name));
      const TypeModel* model = type_model(atom.name);
      const bool told = this_process_.told_by_identity.contains(atom.name.value);
      if (made_there && told && name != "None" && name != "bool")
        return worse(out, Kind::other, "an object of a type that the program tells by identity");
      if (name == "object") return worse(out, Kind::other, "a bare object, which is only itself");
      if ((name == "set" || name == "frozenset") && !out.any_order)
        return worse(out, Kind::other, "a set: there it gives its elements in another order");
      if (name == "re.Match") return worse(out, Kind::other, "a match of a pattern");
      if (name == "struct.Struct") return worse(out, Kind::other, "a compiled format");
      if (name == "json") {
        if (is_copy) worse(out, Kind::other, "an object that the program has already");
        return;
      }
      if (model == nullptr) return worse(out, Kind::unseen, "an object of type " + name);
      if (model->handle || model->thread_bound || model->lazy)
        return worse(out, Kind::other, "an object of type " + name);
      if (!model->immutable && !model->value_like && !model->exception)
        return worse(out, Kind::other, "an object of type " + name);
      if (is_copy && !model->immutable)
        return worse(out, Kind::other, "an object that the program has already");
      if (!model->immutable || name == "tuple" || name == "frozenset") {
        inside(elements_of(atom));
        inside(keys_of(atom));
        // What it holds by name, besides.
        if (const auto parts = parts_.find(heap_site(atom).value); parts != parts_.end()) {
          for (Symbol part : std::vector<Symbol>(parts->second)) inside(heap_read(atom, part));
        }
      }
      return;
    }
    case AtomKind::Object: {
      const Module& m = program_.modules[atom.module.value];
      const std::string name(text(m.tree[atom.node].name));
      if (!m.tree.is(m.tree.enclosing_definition(atom.node), NodeKind::Module))
        return worse(out, Kind::other, "an object of the local class " + name);
      if (is_copy) return worse(out, Kind::other, "an object that the program has already");
      const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
      for (const std::string_view own :
           {"__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__",
            "__getnewargs_ex__", "__del__", "__getattr__", "__getattribute__"}) {
        if (class_member(type, intern(own)))
          return worse(
              out, Kind::other,
              "an object of class " + name + ", which has its own `" + std::string(own) + "`");
      }
      if (const std::string_view own = called_when_made_again(type); !own.empty())
        return worse(out, Kind::other,
                     "an object of class " + name + ", whose own `" + std::string(own) +
                         "` would be called to make it again");
      for (const Atom& base :
           class_bases({.kind = AtomKind::Class, .module = atom.module, .node = atom.node})) {
        if (base.kind == AtomKind::Unknown || base.kind == AtomKind::Outside)
          worse(out, Kind::unseen, "an object of class " + name);
      }
      for (const Atom& each : lineage_of(type)) {
        if (each.kind == AtomKind::LibraryType && !is_plain_base(text(each.name)))
          return worse(
              out, Kind::other,
              "an object of class " + name + ", which is a " + std::string(text(each.name)));
      }
      if (!has_its_name(atom))
        return worse(out, Kind::other, "an object of a class that " + name + " does not name");
      out.names.emplace_back(atom.module, atom.node);
      const SiteId site = heap_site(atom);
      std::vector<ValueId> held;
      for (const auto& [key, value] : heap_) {
        if (key >> 32U == site.value) held.push_back(value);
      }
      for (ValueId each : held) inside(from_heap(each, atom.recency));
      return;
    }
    case AtomKind::Function:
    case AtomKind::Class: {
      const syntax::SyntaxTree& t = program_.modules[atom.module.value].tree;
      const bool named = !t.is(atom.node, NodeKind::Lambda) &&
                         t.is(t.enclosing_definition(atom.node), NodeKind::Module);
      if (!named || !has_its_name(atom))
        worse(out, Kind::other, "a function or class that is not at the top level");
      out.names.emplace_back(atom.module, atom.node);
      return;
    }
    case AtomKind::Method:
      return inside(atom.receiver);
    case AtomKind::LibraryMethod:
      return inside(atom.receiver);
    case AtomKind::LibraryCallable:
    case AtomKind::LibraryType:
      return;
    case AtomKind::Module:
    case AtomKind::LibraryModule:
      return worse(out, Kind::other, "a module");
    case AtomKind::Generator:
      return worse(out, Kind::other, "a generator");
    case AtomKind::Unknown:
    case AtomKind::Outside:
      return worse(out, Kind::unseen, "what a caller passes");
  }
}

Crossing Interpreter::crossing_of_global(ModuleId module, BindingId variable) {
  Crossing out{.any_order = true};
  const ValueId held =
      from_heap(shared_value(pair_key(module.value, variable.value)), Recency::Before);
  for (AtomId id : std::vector<AtomId>(values_[held])) cross(values_[id], false, 0, out);
  return out;
}

// Whether the name that a class or function of a module's top level was given is still its own: by
// it another process finds it.
bool Interpreter::has_its_name(const Atom& atom) {
  const Module& module = program_.modules[atom.module.value];
  const BindingId binding =
      module.scopes.find(module.scopes.module_scope(), module.tree[atom.node].name);
  if (!binding) return false;
  const auto& named = values_[shared_value(pair_key(atom.module.value, binding.value))];
  return std::all_of(named.begin(), named.end(), [&](AtomId id) {
    const Atom& each = values_[id];
    const bool is_definition = each.kind == AtomKind::Function || each.kind == AtomKind::Class;
    if (!is_definition) return each.kind != AtomKind::Instance || !is_immutable(each);
    return each.module == atom.module && each.node == atom.node;
  });
}

// What an exception holds that comes from a worker process: that, too, is a copy.
Crossing Interpreter::crossing_of_raised() {
  Crossing out;
  if (!raised_) return out;
  for (AtomId id : std::vector<AtomId>(values_[raised_])) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Object && atom.kind != AtomKind::Instance) continue;
    if (atom.kind == AtomKind::Object) {
      const syntax::SyntaxTree& t = program_.modules[atom.module.value].tree;
      const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
      const bool is_found = t.is(t.enclosing_definition(atom.node), NodeKind::Module) &&
                            has_its_name(atom) && !class_member(type, intern("__slots__"));
      if (!is_found)
        worse(out, Crossing::Kind::other,
              "an object of the local class " + std::string(text(t[atom.node].name)));
    }
    const auto parts = parts_.find(heap_site(atom).value);
    if (parts == parts_.end()) continue;
    for (Symbol part : std::vector<Symbol>(parts->second)) {
      for (AtomId held : std::vector<AtomId>(values_[heap_read(atom, part)])) {
        const AtomKind kind = values_[held].kind;
        if (kind == AtomKind::Object || kind == AtomKind::Instance)
          cross(values_[held], true, 1, out);
      }
    }
  }
  return out;
}

// What a local function finds in the functions around it goes with it.
Crossing Interpreter::crossing_of_closure(const Atom& function) {
  Crossing out;
  std::vector<std::uint64_t> seen;
  std::vector<Atom> work{function};
  while (!work.empty()) {
    const Atom at = work.back();
    work.pop_back();
    if (at.kind != AtomKind::Function) continue;
    const std::uint64_t key = pair_key(at.module.value, at.node.value);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    const Module& module = program_.modules[at.module.value];
    const bool has_name =
        module.tree.is(at.node, NodeKind::FunctionDef) &&
        module.tree.is(module.tree.enclosing_definition(at.node), NodeKind::Module);
    if (has_name && !has_its_name(at))
      worse(out, Crossing::Kind::other, "a function that its name does not mean");
    const ModuleLayout& places = layout(at.module);
    for (std::uint32_t i = at.node.value; i < module.tree[at.node].subtree_end; ++i) {
      const NodeId node{i};
      if (!module.tree.is(node, NodeKind::Name)) continue;
      const BindingId binding = module.scopes.variable(node);
      if (!binding) continue;
      const NodeId owner = places.owner[binding.value];
      const bool inside =
          owner.value >= at.node.value && owner.value < module.tree[at.node].subtree_end;
      if (inside || !owner || module.tree.is(owner, NodeKind::Module)) continue;
      const ValueId held =
          from_heap(shared_value(pair_key(at.module.value, binding.value)), Recency::Before);
      for (AtomId id : values_[held]) {
        if (values_[id].kind == AtomKind::Function)
          work.push_back(values_[id]);
        else
          cross(values_[id], false, 0, out);
      }
    }
  }
  return out;
}

bool Interpreter::changes_while_running(const Atom& atom) {
  const SiteId site = heap_site(atom);
  return site && changed_sites_.contains(site.value);
}

}  // namespace braid::effects
