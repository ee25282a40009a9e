// Functions, classes and imports.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::Flag;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// Whether calling it may run the program's own text.
bool is_of_program(const Values& values, ValueId callable) {
  const auto& atoms = values[callable];
  return std::any_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    const AtomKind kind = values[id].kind;
    return kind == AtomKind::Function || kind == AtomKind::Method || kind == AtomKind::Object ||
           kind == AtomKind::Class;
  });
}

}  // namespace

// An annotation is evaluated where it stands; only calls in it do anything.
void Interpreter::evaluate_annotation(NodeId annotation) {
  const syntax::SyntaxTree& t = tree();
  if (!annotation) return;
  for (std::uint32_t i = annotation.value; i < t[annotation].subtree_end; ++i) {
    if (!t.is(NodeId{i}, NodeKind::Call)) continue;
    expression(annotation);
    return;
  }
}

// `@x.setter`: the property that it extends keeps what it had.
ValueId Interpreter::property_extended(NodeId decorator) {
  const syntax::SyntaxTree& t = tree();
  if (!t.is(decorator, NodeKind::Attribute)) return values_.nothing();
  const std::string_view name = text(t[decorator].name);
  if (name != "setter" && name != "getter" && name != "deleter") return values_.nothing();
  std::vector<AtomId> kept;
  for (AtomId id : values_[expression(t.child(decorator, slot::Attribute::value)).value])
    if (values_[id].kind == AtomKind::Function) kept.push_back(id);
  return values_.value(std::move(kept));
}

void Interpreter::function_definition(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const bool lambda = t.is(node, NodeKind::Lambda);
  const NodeId list =
      t.child(node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                           : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  for (NodeId parameter : t.items(list, slot::Arguments::parameters)) {
    evaluate_annotation(t.child(parameter, slot::Parameter::annotation));
    if (const NodeId value = t.child(parameter, slot::Parameter::default_value)) {
      // Evaluated once, kept for every call.
      heap_write(values_.site({.module = frame().module, .node = parameter}), keys_,
                 expression(value).value);
    }
  }
  if (lambda) return;
  evaluate_annotation(t.child(node, slot::FunctionDef::returns));
  const Atom function{.kind = AtomKind::Function, .module = frame().module, .node = node};
  Evaluated value{values_.single(function), {}};
  const auto decorators = t.items(node, slot::FunctionDef::decorators);
  constexpr std::string_view kTransparent[] = {
      "staticmethod",   "classmethod",     "property", "abstractmethod",
      "setter",         "getter",          "deleter",  "wraps",
      "contextmanager", "overload",        "override", "lru_cache",
      "cache",          "cached_property", "final",    "singledispatch"};
  for (auto it = decorators.rbegin(); it != decorators.rend(); ++it) {
    const bool is_call = t.is(*it, NodeKind::Call);
    const NodeId callee = is_call ? t.child(*it, slot::Call::function) : *it;
    const bool named = t.is(callee, NodeKind::Name) || t.is(callee, NodeKind::Attribute);
    const Evaluated decorator = expression(*it);
    if (t.is(callee, NodeKind::Attribute) && text(t[callee].name) == "register") {
      // Of a generic function: calls of it may be calls of this one.
      const ValueId generic = expression(t.child(callee, slot::Attribute::value)).value;
      for (AtomId id : values_[generic]) {
        if (const auto holder = holder_of_attributes(values_[id]))
          heap_write(heap_site(*holder), intern("register()"), value.value);
      }
    }
    const bool transparent = named && std::find(std::begin(kTransparent), std::end(kTransparent),
                                                text(t[callee].name)) != std::end(kTransparent);
    if (transparent) value.value = values_.join(value.value, property_extended(callee));
    if (transparent && text(t[callee].name) == "wraps") {
      // It has the attributes of what it wraps.
      for (AtomId id : std::vector<AtomId>(values_[decorator.value]))
        heap_write(heap_site(*holder_of_attributes(function)), intern("wraps()"),
                   elements_of(values_[id]));
    }
    if (transparent && !is_of_program(values_, decorator.value))
      continue;  // understood where the function is used
    CallArguments arguments;
    arguments.positional.push_back({.value = value.value, .node = node, .given = true});
    const Evaluated decorated = call(decorator, arguments, *it);
    value = transparent ? Evaluated{values_.join(value.value, decorated.value), {}} : decorated;
  }
  write_variable(scopes().variable(node), value, node);
}

void Interpreter::class_definition(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const Atom type{.kind = AtomKind::Class, .module = frame().module, .node = node};
  std::vector<Atom> bases;
  for (NodeId base : t.items(node, slot::ClassDef::bases)) {
    const bool unpacked = t.is(base, NodeKind::Starred);
    const NodeId named = unpacked ? t.child(base, slot::Starred::value) : base;
    const Evaluated value = unpacked ? iterate(expression(named), base) : expression(base);
    if (unpacked || value.value == values_.nothing())
      bases.push_back({.kind = AtomKind::Unknown, .name = intern(dotted(named))});
    for (AtomId id : values_[value.value]) bases.push_back(values_[id]);
  }
  for (NodeId keyword : t.items(node, slot::ClassDef::keywords)) {
    const ValueId given = expression(t.child(keyword, slot::Keyword::value)).value;
    if (t[keyword].name && text(t[keyword].name) == "metaclass")
      metaclasses_[pair_key(type.module.value, node.value)] = given;
  }
  std::vector<Atom>& known = bases_[pair_key(type.module.value, node.value)];
  if (known != bases) lineages_.clear();
  known = bases;
  for (const Atom& base : bases) note_extension(base);
  block(t.child(node, slot::ClassDef::statements));
  class_hooks(type, node);
  if (is_enumeration(type))
    special_method(enumerated(type, values_.nothing()), {"__init__"}, node);  // of each member
  // What the class body bound are the class's members.
  const SiteId site = values_.site({.module = type.module, .node = node, .part = elements_});
  const scope::ScopeId scope = scopes().scope_of(node);
  for (BindingId binding : scopes()[scope].bindings) {
    const scope::Binding& each = scopes()[binding];
    if (each.resolved != binding) continue;
    if (Slot* slot = slot_of(binding)) {
      if (slot->value == values_.nothing()) continue;
      if (!is_bound(*slot)) perhaps_members_.insert(pair_key(site.value, each.name.value));
      special_method(slot->value, {"__set_name__"}, node);
      ValueId& stored =
          members_.try_emplace(pair_key(site.value, each.name.value), values_.nothing())
              .first->second;
      const ValueId grown = values_.join(stored, slot->value);
      if (grown != stored) {
        stored = grown;
        changed_ = true;
      }
    }
  }
  Evaluated value{values_.single(type), {}};
  const auto decorators = t.items(node, slot::ClassDef::decorators);
  for (auto it = decorators.rbegin(); it != decorators.rend(); ++it) {
    const NodeId callee = t.is(*it, NodeKind::Call) ? t.child(*it, slot::Call::function) : *it;
    const Evaluated decorator = expression(*it);
    const bool named = t.is(callee, NodeKind::Name) || t.is(callee, NodeKind::Attribute);
    if (is_of_program(values_, decorator.value)) {
      CallArguments arguments;
      arguments.positional.push_back({.value = value.value, .node = node, .given = true});
      value.value = values_.join(value.value, call(decorator, arguments, *it).value);
    }
    if (named && (text(t[callee].name) == "dataclass" || text(t[callee].name) == "total_ordering"))
      continue;
    value.value = values_.join(
        value.value, values_.single({.kind = AtomKind::Unknown, .name = intern(dotted(callee))}));
  }
  write_variable(scopes().variable(node), value, node);
}

void Interpreter::import_statement(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const bool from = t.is(node, NodeKind::ImportFrom);
  const Module& module = program_.modules[frame().module.value];
  const bool first = tree().is(frame().definition, NodeKind::Module) && frame().loops.empty();
  const auto module_value = [&](const std::string& name) {
    if (name == "__main__")
      return values_.single(
          {.kind = AtomKind::Module, .name = intern(name), .module = ModuleId{0U}});
    if (auto local = program_.by_name.find(name); local != program_.by_name.end()) {
      if (first) {
        imported_first_.insert(local->second.value);
      } else if (!imported_first_.contains(local->second.value)) {
        // What its text does happens here, the first time.
        record({.kind = EffectKind::Unknown, .unless = "independent", .subject = "import " + name},
               node);
      }
      run_module(local->second);
      return values_.single(
          {.kind = AtomKind::Module, .name = intern(name), .module = local->second});
    }
    return values_.single({.kind = AtomKind::LibraryModule, .name = intern(name)});
  };
  if (!from) {
    for (NodeId alias : t.items(node, slot::Import::names)) {
      const std::string name(text(t[alias].name));
      const ValueId whole = module_value(name);
      const std::string top = name.substr(0, name.find('.'));
      write_variable(scopes().variable(alias), {t[alias].alias ? whole : module_value(top), {}},
                     alias);
    }
    return;
  }
  std::string base;
  const std::uint8_t dots = t[node].op;
  if (dots > 0) {
    base = module.name;
    int up = dots - (module.is_package ? 1 : 0);
    for (; up > 0; --up)
      base = base.rfind('.') == std::string::npos ? std::string() : base.substr(0, base.rfind('.'));
  }
  if (t[node].name) base += (base.empty() ? "" : ".") + std::string(text(t[node].name));
  for (NodeId alias : t.items(node, slot::ImportFrom::names)) {
    const Symbol name = t[alias].name;
    const std::string full = base + (base.empty() ? "" : ".") + std::string(text(name));
    Evaluated value;
    if (auto sub = program_.by_name.find(full); sub != program_.by_name.end()) {
      value.value = module_value(full);
    } else {
      value = attribute_of({module_value(base), {}}, name, alias);
    }
    write_variable(scopes().variable(alias), value, alias);
  }
  if (t.flag(node, Flag::kStar)) module_value(base);
}

}  // namespace braid::effects
