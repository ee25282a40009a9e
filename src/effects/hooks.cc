// Methods of the program's classes that no call in its text names: what operators, statements and
// libraries call of the objects that they are given.
#include <algorithm>
#include <array>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// These run where the text shows it: a call, a `with`, a `class`.
constexpr std::array<std::string_view, 13> kNamedElsewhere{
    "__init__",  "__new__",     "__init_subclass__", "__class_getitem__", "__set_name__",
    "__enter__", "__exit__",    "__aenter__",        "__aexit__",         "__call__",
    "__del__",   "__prepare__", "__post_init__"};
// What stands for a file is written to and read.
constexpr std::array<std::string_view, 9> kOfFiles{
    "write", "writelines", "flush", "read", "readline", "readlines", "seek", "tell", "close"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_named_elsewhere(std::string_view special) { return is_one_of(kNamedElsewhere, special); }

// The functions that the class and its bases in the program define.
const std::vector<Atom>& Interpreter::methods_of(const Atom& type) {
  const std::uint64_t key = pair_key(type.module.value, type.node.value);
  if (const auto known = methods_.find(key); known != methods_.end()) return known->second;
  methods_.emplace(key, std::vector<Atom>{});  // while its bases are looked at
  std::vector<Atom> found;
  const syntax::SyntaxTree& t = program_.modules[type.module.value].tree;
  if (t.is(type.node, NodeKind::ClassDef)) {
    for (NodeId statement : t.items(type.node, slot::ClassDef::statements)) {
      if (t.is(statement, NodeKind::FunctionDef))
        found.push_back({.kind = AtomKind::Function, .module = type.module, .node = statement});
    }
    for (const Atom& base : class_bases(type)) {
      if (base.kind != AtomKind::Class) continue;
      const std::vector<Atom> inherited = methods_of(base);
      found.insert(found.end(), inherited.begin(), inherited.end());
    }
  }
  return methods_[key] = std::move(found);
}

// Gives what any of them gives.
ValueId Interpreter::call_methods(const Atom& object, Asked asked, NodeId node) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  const std::vector<Atom> methods = methods_of(type);
  ValueId gave = values_.nothing();
  for (const Atom& method : methods) {
    const std::string_view name =
        text(program_.modules[method.module.value].tree[method.node].name);
    const bool hook =
        name.starts_with("__") && name.ends_with("__") && !is_one_of(kNamedElsewhere, name);
    const bool wanted = hook || (asked == Asked::as_file && is_one_of(kOfFiles, name)) ||
                        (asked == Asked::anything && !is_one_of(kNamedElsewhere, name));
    if (wanted) gave = values_.join(gave, call_hook(method, values_.single(object), node));
  }
  return gave;
}

void Interpreter::may_ask(ValueId given, Asked asked, NodeId node) {
  follow(given, node);
  bool any = false;
  for (AtomId id : values_[given]) any = any || !is_immutable(values_[id]) || values_[id].site;
  if (!any) return;
  const ValueId direct = given;
  ask_unseen(given, {kAnyHook}, node);
  for (AtomId id : values_[reachable(given)]) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Object) continue;
    const auto& atoms = values_[direct];
    const bool itself = std::find(atoms.begin(), atoms.end(), id) != atoms.end();
    call_methods(atom, itself ? asked : Asked::hooks, node);
    call_overridden(atom, node);
  }
}

// A writer, a parser, a logger: its methods call what it was given earlier. Gives what that gives.
ValueId Interpreter::asks_what_it_keeps(ValueId self, NodeId node) {
  constexpr std::array<std::string_view, 13> kContainers{"list",
                                                         "dict",
                                                         "set",
                                                         "tuple",
                                                         "frozenset",
                                                         "json",
                                                         "collections.deque",
                                                         "collections.defaultdict",
                                                         "collections.OrderedDict",
                                                         "collections.Counter",
                                                         "str",
                                                         "bytes",
                                                         "joblib.Delayed"};
  ValueId gave = values_.nothing();
  for (AtomId id : values_[self]) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Instance || !atom.site || is_one_of(kContainers, text(atom.name)))
      continue;
    for (AtomId kept : values_[reachable(values_.single(atom))]) {
      const Atom held = values_[kept];
      gave = values_.join(gave, call_back(held, node));
    }
  }
  return gave;
}

// `object.name = value` where a class says what that means.
void Interpreter::setter_hooks(const Atom& object, Symbol name, Evaluated value, NodeId node) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  special_method(values_.single(object), {"__setattr__"}, node);
  if (class_member(type, intern("__setattr__"))) handed_out(object, value.value);
  const auto member = class_member(type, name);
  if (!member) return;
  special_method(from_heap(*member, Recency::Before), {"__set__"}, node);
  call_kept_by_property(*member, object, value.value, node);
}

// `x = property(get, set, delete)`: whichever of them it is that takes what is given.
void Interpreter::call_kept_by_property(ValueId member, const Atom& object, ValueId given,
                                        NodeId node) {
  CallArguments arguments;
  arguments.positional.push_back({.value = values_.single(object), .given = true});
  arguments.starred = true;
  arguments.rest = {.value = given, .given = true, .maybe = true};
  for (AtomId id : std::vector<AtomId>(values_[member])) {
    const Atom descriptor = values_[id];
    if (descriptor.kind != AtomKind::Instance || !text(descriptor.name).ends_with("property"))
      continue;
    for (AtomId each :
         std::vector<AtomId>(values_[from_heap(elements_of(descriptor), Recency::Before)])) {
      const Atom kept = values_[each];
      if (kept.kind != AtomKind::Instance || !is_immutable(kept))
        call({values_.single(kept), {}}, arguments, node);
    }
  }
}

// Attributes that the program sets on a class are what its objects, and those of its subclasses,
// have.
void Interpreter::read_of_classes(const Atom& atom, Symbol name, NodeId node, ValueId& found) {
  const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
  std::vector<Atom> work{type};
  std::vector<Atom> seen;
  while (!work.empty()) {
    const Atom at = work.back();
    work.pop_back();
    if (std::find(seen.begin(), seen.end(), at) != seen.end()) continue;
    seen.push_back(at);
    if (class_attributes_.contains({pair_key(at.module.value, at.node.value), name.value})) {
      record_object(EffectKind::Read, values_.single(at), Part::Attribute, node, name);
      found = values_.join(found, heap_read(at, name));
    }
    for (const Atom& base : class_bases(at)) {
      if (base.kind == AtomKind::Class) work.push_back(base);
    }
  }
}

void Interpreter::written_on_class(const Atom& type, Symbol name) {
  if (class_attributes_.insert({pair_key(type.module.value, type.node.value), name.value}).second)
    changed_ = true;
}

void Interpreter::deleter_hooks(const Atom& object, Symbol name, NodeId node) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  const ValueId self = values_.single(object);
  special_method(self, {"__delattr__"}, node);
  const auto member = class_member(type, name);
  if (!member) return;
  special_method(from_heap(*member, Recency::Before), {"__delete__"}, node);
  call_kept_by_property(*member, object, values_.nothing(), node);
  for (AtomId id : values_[*member]) {
    const Atom function = values_[id];
    if (function.kind == AtomKind::Function &&
        has_decorator(function.module, function.node, "deleter"))
      call_hook(function, self, node);
  }
}

// Whether something is an instance of these classes is for their metaclasses to say.
void Interpreter::metaclasses_asked(ValueId types, NodeId node) {
  for (AtomId id : std::vector<AtomId>(values_[types])) {
    const Atom type = values_[id];
    if (type.kind != AtomKind::Class) continue;
    metaclass_hooks(type, node);
    const auto hook = class_member(type, intern("__subclasshook__"));
    for (AtomId each : std::vector<AtomId>(values_[hook.value_or(values_.nothing())])) {
      if (values_[each].kind == AtomKind::Function)
        call_hook(values_[each], values_.single(type), node);
    }
  }
}

// What `__new__`, `__post_init__` and the fields of a dataclass do when an object is made. The
// value: other objects that the class may give instead.
ValueId Interpreter::making_hooks(const Atom& type, const Atom& object,
                                  const CallArguments& arguments, NodeId node) {
  ValueId others = values_.nothing();
  const std::uint64_t key = pair_key(type.module.value, type.node.value);
  if (!hooks_.begin(key)) return others;
  if (const auto maker = class_member(type, intern("__new__"))) {
    for (AtomId id : values_[*maker]) {
      if (values_[id].kind != AtomKind::Function) continue;
      const Atom made_by = values_[id];
      others = values_.join(
          others,
          call_function(made_by, arguments, node, Evaluated{values_.single(type), {}}).value);
    }
  }
  if (const auto after = class_member(type, intern("__post_init__"))) {
    // It is given what is declared as `InitVar`.
    CallArguments given;
    given.starred = given.double_starred = true;
    given.rest = {
        .value = values_.join(outside({}), all_given(arguments)), .given = true, .maybe = true};
    for (AtomId id : std::vector<AtomId>(values_[*after])) {
      const Evaluated self{values_.single(object), {}};
      if (values_[id].kind == AtomKind::Function)
        call_function(values_[id], given, node, self);
      else
        unknown_call("__post_init__", true, self, arguments, node);
    }
  }
  make_fields(object, node);
  metaclass_hooks(type, node);
  hooks_.end(key);
  return others;
}

// Whatever the metaclass of a class, or of one that it inherits from, says of its classes.
void Interpreter::metaclass_hooks(const Atom& type, NodeId node) {
  for (const Atom& each : std::vector<Atom>(lineage_of(type))) {
    if (each.kind != AtomKind::Class) continue;
    const auto known = metaclasses_.find(pair_key(each.module.value, each.node.value));
    if (known == metaclasses_.end()) continue;
    for (AtomId id : values_[known->second]) {
      const Atom metaclass = values_[id];
      if (metaclass.kind == AtomKind::Class) {
        for (const Atom& method : std::vector<Atom>(methods_of(metaclass)))
          call_hook(method, values_.single(type), node);
      } else if (metaclass.kind != AtomKind::LibraryType) {
        unknown_call("the metaclass", true, {}, {}, node);
      } else if (text(metaclass.name).find("ABCMeta") == std::string_view::npos &&
                 text(metaclass.name) != "type" &&
                 text(metaclass.name).find("EnumMeta") == std::string_view::npos) {
        unknown_call(std::string(text(metaclass.name)), true, {}, {}, node);
      }
    }
  }
}

ValueId Interpreter::metaclasses_of(const Atom& type) {
  ValueId found = values_.single({.kind = AtomKind::LibraryType, .name = intern("type")});
  for (const Atom& each : std::vector<Atom>(lineage_of(type))) {
    const auto known = metaclasses_.find(pair_key(each.module.value, each.node.value));
    if (known != metaclasses_.end()) found = values_.join(found, known->second);
  }
  return found;
}

// `Meta("Name", (Base,), {})` is a class statement, too.
void Interpreter::makes_class(const Atom& metaclass, const CallArguments& arguments, NodeId node) {
  const std::vector<Atom> lineage = lineage_of(metaclass);
  if (std::none_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
        return each.kind == AtomKind::LibraryType &&
               (text(each.name) == "type" || text(each.name).ends_with("Meta"));
      }))
    return;
  for (AtomId given : std::vector<AtomId>(values_[all_given(arguments)])) {
    for (AtomId base : std::vector<AtomId>(values_[elements_of(values_[given])]))
      subclass_hooks(values_[base], outside({}), node);
  }
}

// What a class statement runs besides its body: of its bases, of its members, of its metaclass.
void Interpreter::class_hooks(const Atom& type, NodeId node) {
  for (const Atom& base : class_bases(type)) subclass_hooks(base, values_.single(type), node);
  metaclass_hooks(type, node);
}

void Interpreter::subclass_hooks(const Atom& base, ValueId made, NodeId node) {
  if (base.kind != AtomKind::Class) return;
  if (const auto hook = class_member(base, intern("__init_subclass__"))) {
    CallArguments anything;
    anything.starred = anything.double_starred = true;
    anything.rest = {.value = outside({}), .given = true, .maybe = true};
    for (AtomId id : std::vector<AtomId>(values_[*hook])) {
      if (values_[id].kind == AtomKind::Function)
        call_function(values_[id], anything, node, Evaluated{made, {}});
      else
        call({values_.single(values_[id]), {}}, anything, node);
    }
  }
}

ValueId Interpreter::call_hook(const Atom& method, ValueId self, NodeId node) {
  const std::uint64_t key = pair_key(method.module.value, method.node.value);
  if (!hooks_.begin(key)) return values_.nothing();
  CallArguments anything;
  anything.starred = anything.double_starred = true;
  anything.rest = {.value = outside({}), .given = true, .maybe = true};
  ValueId given = call_function(method, anything, node, Evaluated{self, {}}).value;
  const std::string_view name = text(program_.modules[method.module.value].tree[method.node].name);
  if (name == "__iter__" || name == "__reversed__")
    given = values_.join(given, iterate({given, {}}, node).value);
  if (name != "__init__" && name != "__enter__") {
    for (AtomId id : std::vector<AtomId>(values_[self])) {
      if (values_[id].kind == AtomKind::Object) handed_out(values_[id], given);
    }
  }
  hooks_.end(key);
  return given;
}

}  // namespace braid::effects
