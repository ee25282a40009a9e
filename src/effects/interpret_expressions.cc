// Expressions: what they may give, in evaluation order.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
using syntax::Operator;
namespace slot = syntax::slot;

namespace {

// The method of a binary operator.
std::string_view method_of(Operator op) {
  constexpr std::string_view kMethods[] = {"",           "__add__",     "__sub__", "__mul__",
                                           "__matmul__", "__truediv__", "__mod__", "__pow__",
                                           "__lshift__", "__rshift__",  "__or__",  "__xor__",
                                           "__and__",    "__floordiv__"};
  return kMethods[static_cast<std::size_t>(op)];
}

// Builtin types whose objects have the attributes that are described, and no others.
bool is_closed(std::string_view type) {
  constexpr std::string_view kClosed[] = {"int",   "float", "bool",      "complex", "str",
                                          "bytes", "list",  "dict",      "set",     "frozenset",
                                          "tuple", "range", "bytearray", "slice",   "None"};
  return std::find(std::begin(kClosed), std::end(kClosed), type) != std::end(kClosed);
}

}  // namespace

Evaluated Interpreter::constant(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  constexpr std::string_view kTypes[] = {"None",  "bool",    "bool", "ellipsis", "int",
                                         "float", "complex", "str",  "bytes"};
  const auto kind = static_cast<syntax::ConstantKind>(t[node].op);
  Term term{.kind = TermKind::Constant, .is_text = kind == syntax::ConstantKind::Str};
  if (term.is_text) {
    const auto value = syntax::string_value(t, node);
    term.text = intern(value ? *value : std::string(t.text(node)));
  } else {
    term.text = intern(t.text(node));
  }
  return {instance(kTypes[t[node].op], {}, Recency::Before), values_.term(term)};
}

Evaluated Interpreter::builtin(Symbol name, NodeId node) {
  const std::string_view spelled = text(name);
  if (spelled == "__name__" || spelled == "__file__" || spelled == "__doc__") {
    return {instance("str", {}, Recency::Before),
            values_.term({.kind = TermKind::Invariant, .text = name})};
  }
  if (auto entry = knowledge_.find(spelled)) {
    Atom atom{.kind = AtomKind::LibraryCallable, .name = intern(entry->name)};
    if (entry->kind == KnowledgeKind::Type) atom.kind = AtomKind::LibraryType;
    if (entry->kind == KnowledgeKind::Attribute) {
      return {type_value(entry->attribute_type, node, Recency::Before, spelled, {}), {}};
    }
    return {values_.single(atom), {}};
  }
  raise_here(node);  // nothing has this name
  return {values_.single({.kind = AtomKind::Unknown, .name = name}), {}};
}

// Whether two are the same object: copies of one are not.
void Interpreter::told_by_identity(ValueId left, ValueId right, Operator op, NodeId node) {
  const bool is = op == Operator::Is || op == Operator::IsNot;
  // None, True, classes and functions are the same everywhere.
  const auto unique = [&](ValueId value) {
    return std::all_of(values_[value].begin(), values_[value].end(), [&](AtomId id) {
      const Atom& atom = values_[id];
      if (atom.kind != AtomKind::Instance)
        return atom.kind == AtomKind::Class || atom.kind == AtomKind::Function ||
               atom.kind == AtomKind::LibraryType || atom.kind == AtomKind::LibraryCallable ||
               atom.kind == AtomKind::Module || atom.kind == AtomKind::LibraryModule;
      const std::string_view type = text(atom.name);
      return type == "None" || type == "bool" || type == "type" || type == "ellipsis" ||
             type == "NotImplementedType";
    });
  };
  const auto has_identity = [&](ValueId value) {
    return std::any_of(values_[value].begin(), values_[value].end(),
                       [&](AtomId id) { return compared_by_identity(values_[id]); });
  };
  if (is ? !unique(left) && !unique(right) : has_identity(left) || has_identity(right))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node, {}, std::string(kIdentity));
}

Evaluated Interpreter::name(NodeId node) {
  const BindingId binding = scopes().variable(node);
  if (!binding) return {};
  // Worker processes that import the file see it under another name.
  if (tree().text(node) == "__name__" && !tree().is(frame().definition, NodeKind::Module))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  const scope::Binding& each = scopes()[binding];
  const bool module_level = scopes()[each.scope].kind == scope::ScopeKind::Module;
  if (module_level &&
      (each.flags & (scope::kAssigned | scope::kImported | scope::kDeclaredGlobal)) == 0) {
    // Nothing in this module binds it: a builtin, or from a star import.
    if (scopes()[scopes().module_scope()].has_star_import) {
      const syntax::SyntaxTree& t = tree();
      for (std::uint32_t i = 0; i < t.size(); ++i) {
        const NodeId import{i};
        if (!t.is(import, NodeKind::ImportFrom) || !t.flag(import, syntax::kStar)) continue;
        const std::string module(t[import].name ? text(t[import].name) : std::string_view{});
        if (auto local = program_.by_name.find(module); local != program_.by_name.end()) {
          const Module& other = program_.modules[local->second.value];
          const BindingId there = other.scopes.find(other.scopes.module_scope(), each.name);
          if (there && (other.scopes[there].flags & scope::kAssigned) != 0) {
            const std::uint64_t key = (std::uint64_t{local->second.value} << 32U) | there.value;
            return {from_heap(shared_value(key), Recency::Before), {}};
          }
          continue;
        }
        if (auto entry = knowledge_.find(module + "." + std::string(text(each.name)))) {
          return attribute_of(
              {values_.single({.kind = AtomKind::LibraryModule, .name = intern(module)}), {}},
              each.name, node);
        }
        if (!knowledge_.knows_module(module) && !knowledge_.find(text(each.name))) {
          return {values_.single({.kind = AtomKind::Unknown,
                                  .name = intern(module + "." + std::string(text(each.name)))}),
                  {}};
        }
      }
    }
    Evaluated known = builtin(each.name, node);
    const ValueId put = put_by_data({.kind = AtomKind::Module, .module = frame().module});
    if (put != values_.nothing()) known = {values_.join(known.value, put), {}};
    return known;
  }
  Evaluated value = read_variable(binding, node);
  if (!surely_bound(binding)) raise_here(node);
  if (module_level) {
    const ValueId put = put_by_data({.kind = AtomKind::Module, .module = frame().module});
    if (put != values_.nothing()) value = {values_.join(value.value, put), {}};
  }
  if (value.value == values_.nothing() && scopes()[each.scope].kind == scope::ScopeKind::Class) {
    // Not bound by the class yet: what the name means around it.
    const BindingId around = scopes().find(scopes().module_scope(), each.name);
    if (around && around != binding) value = read_variable(around, node);
  }
  if (value.value == values_.nothing() && module_level) {
    // Bound somewhere, but nothing reached it yet: also a builtin of that name may show through.
    if (auto entry = knowledge_.find(text(each.name));
        entry && entry->kind != KnowledgeKind::Module) {
      return builtin(each.name, node);
    }
  }
  return value;
}

Evaluated Interpreter::attribute(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeId value = t.child(node, slot::Attribute::value);
  if (const auto next = super_attribute(value, t[node].name, node)) return *next;
  return attribute_of(expression(value), t[node].name, node);
}

Evaluated Interpreter::attribute_of(Evaluated object, Symbol name, NodeId node) {
  Evaluated out;
  bool any = false;
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    ValueId found = values_.nothing();
    switch (atom.kind) {
      case AtomKind::Module: {
        const Module& other = program_.modules[atom.module.value];
        if (text(name) == "__dict__") {
          unknown_call(other.name + ".__dict__", false, {}, {}, node);
          found = namespace_of(atom);
          break;
        }
        const BindingId there = other.scopes.find(other.scopes.module_scope(), name);
        if (there) {
          const std::uint64_t key =
              (std::uint64_t{atom.module.value} << 32U) | other.scopes[there].resolved.value;
          found = values_.join(from_heap(shared_value(key), Recency::Before), put_by_data(atom));
          Definitions definitions;
          definitions.before = true;
          record({.kind = EffectKind::Read,
                  .place = {.kind = PlaceKind::Variable,
                            .module = atom.module,
                            .variable = other.scopes[there].resolved}},
                 node, true, definitions);
        }
        if (!there || !bound_at_end_.contains(
                          pair_key(atom.module.value, other.scopes[there].resolved.value)))
          raise_here(node);
        const BindingId getter =
            other.scopes.find(other.scopes.module_scope(), intern("__getattr__"));
        if (!there && getter) {
          const std::uint64_t key =
              pair_key(atom.module.value, other.scopes[getter].resolved.value);
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = instance("str", {}, Recency::Before), .given = true});
          found = call({from_heap(shared_value(key), Recency::Before), {}}, arguments, node).value;
        }
        if (found == values_.nothing()) {
          const std::string full = other.name + "." + std::string(text(name));
          if (auto sub = program_.by_name.find(full); sub != program_.by_name.end()) {
            run_module(sub->second);
            found = values_.single(
                {.kind = AtomKind::Module, .name = intern(full), .module = sub->second});
          }
        }
        break;
      }
      case AtomKind::LibraryModule:
      case AtomKind::LibraryType: {
        const std::string full = std::string(text(atom.name)) + "." + std::string(text(name));
        auto entry = knowledge_.find(full);
        if (!entry && atom.kind == AtomKind::LibraryType)
          entry = knowledge_.find_member(text(atom.name), text(name));
        if (entry) {
          rests_on_.insert(entry->name);
          switch (entry->kind) {
            case KnowledgeKind::Function:
              found =
                  values_.single({.kind = AtomKind::LibraryCallable, .name = intern(entry->name)});
              break;
            case KnowledgeKind::Type:
              found = values_.single({.kind = AtomKind::LibraryType, .name = intern(entry->name)});
              break;
            case KnowledgeKind::Module:
              found =
                  values_.single({.kind = AtomKind::LibraryModule, .name = intern(entry->name)});
              break;
            case KnowledgeKind::Attribute:
              if (entry->attribute_type == "module") {
                found =
                    values_.single({.kind = AtomKind::LibraryModule, .name = intern(entry->name)});
              } else {
                // One object for the whole program.
                const SiteId site = values_.site({.part = intern(entry->name)});
                for (const TypeText& type : parse_type(entry->attribute_type.substr(
                         0, entry->attribute_type.find(" backed by ")))) {
                  found = values_.join(found, type_value(type, site, Recency::Before, {}));
                }
                if (const std::size_t backed = entry->attribute_type.find(" backed by ");
                    backed != std::string_view::npos) {
                  if (entry->attribute_type.ends_with("stdout"))
                    backing_[site.value] = {{WorldPlace::Stdout, {}}};
                  else if (entry->attribute_type.ends_with("stderr"))
                    backing_[site.value] = {{WorldPlace::Stderr, {}}};
                  else if (entry->attribute_type.ends_with("stdin"))
                    backing_[site.value] = {{WorldPlace::Stdin, {}}};
                }
              }
              break;
            default:
              found = values_.single({.kind = AtomKind::Unknown, .name = intern(full)});
          }
        } else {
          // A submodule that is described, or something nobody knows.
          const bool module = atom.kind == AtomKind::LibraryModule && knowledge_.knows_module(full);
          if (!module) raise_here(node);
          found = values_.single(
              {.kind = module ? AtomKind::LibraryModule : AtomKind::Unknown, .name = intern(full)});
        }
        if (const auto patched = patched_.find(full); patched != patched_.end())
          found = values_.join(found, from_heap(patched->second, Recency::Before));
        break;
      }
      case AtomKind::Instance: {
        // `json` stands for dict, list and str.
        std::vector<std::string_view> types{text(atom.name)};
        if (types[0] == "None" && !text(name).starts_with("__")) {
          raise_here(node);  // what it would be, if it were not None, is another atom
          break;
        }
        if (types[0] == "json") types = {"dict", "list", "str"};
        for (std::string_view type : types) {
          auto entry = knowledge_.find_member(type, text(name));
          if (!entry && types.size() > 1) raise_here(node);
          if (!entry) continue;
          rests_on_.insert(entry->name);
          if (entry->kind == KnowledgeKind::Attribute) {
            record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
            const SiteId site = values_.site({.parent = atom.site, .part = name});
            for (const TypeText& part : parse_type(
                     entry->attribute_type.substr(0, entry->attribute_type.find(" backed by ")))) {
              found = values_.join(found, type_value(part, site, atom.recency, {}));
            }
            found = values_.join(found, heap_read(atom, name));
          } else if (entry->callable != nullptr && entry->callable->is_property) {
            const Evaluated self{values_.single(atom), object.term};
            found = values_.join(found, apply_model(*entry->callable, self, {}, node).value);
          } else if (entry->kind == KnowledgeKind::Function) {
            found = values_.join(found, values_.single({.kind = AtomKind::LibraryMethod,
                                                        .recency = atom.recency,
                                                        .name = intern(entry->name),
                                                        .receiver = values_.single(atom)}));
          } else {
            found = values_.join(found, values_.single({.kind = AtomKind::Unknown,
                                                        .recency = atom.recency,
                                                        .name = intern(entry->name),
                                                        .site = atom.site}));
          }
        }
        if (auto getter = knowledge_.find_member(text(atom.name), "__getattr__");
            found == values_.nothing() && getter && getter->callable != nullptr) {
          const Evaluated self{values_.single(atom), object.term};
          found = apply_model(*getter->callable, self, {}, node).value;
        }
        if (found == values_.nothing() && is_closed(text(atom.name))) {
          raise_here(node);  // such an object has no other attributes
          break;
        }
        if (found == values_.nothing()) {
          const TypeModel* model = type_model(atom.name);
          if (model != nullptr && model->exception &&
              (text(name) == "args" || text(name) == "with_traceback" ||
               text(name) == "add_note")) {
            found = instance("tuple", atom.site, atom.recency);
          } else {
            const std::string full = std::string(text(atom.name)) + "." + std::string(text(name));
            raise_here(node);
            record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
            found = values_.single({.kind = AtomKind::Unknown,
                                    .recency = atom.recency,
                                    .name = intern(full),
                                    .site = atom.site,
                                    .receiver = values_.single(atom)});
            found = values_.join(found, heap_read(atom, name));
          }
        }
        break;
      }
      case AtomKind::Object:
      case AtomKind::Class: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        if (atom.kind == AtomKind::Object && text(name) == "__class__") {
          found = values_.single(type);
          break;
        }
        record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
        if (!surely_has(atom, name) && text(name) != "__dict__") raise_here(node);
        if (atom.kind == AtomKind::Object && !text(name).starts_with("__"))
          found = special_method(values_.single(atom), {"__getattribute__"}, node);
        if (text(name) == "__dict__") {
          record_object(EffectKind::Write, values_.single(atom), Part::Whole, node);
          found = namespace_of(atom);
          break;
        }
        found = values_.join(found, values_.join(heap_read(atom, name), put_by_data(atom)));
        // `self.__dict__ = shared`: its attributes are the elements of that.
        for (AtomId id : std::vector<AtomId>(values_[heap_read(atom, intern("__dict__"))])) {
          record_object(EffectKind::Read, values_.single(values_[id]), Part::Elements, node);
          found = values_.join(found, elements_of(values_[id]));
        }
        read_of_classes(atom, name, node, found);
        if (auto member = class_member(type, name)) {
          found = values_.join(found, bound_member(atom, *member, object, node));
        } else if (auto getter = class_member(type, intern("__getattr__"));
                   getter && found == values_.nothing()) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = instance("str", {}, Recency::Before), .given = true});
          for (AtomId each : values_[*getter]) {
            const Atom function = values_[each];
            if (function.kind == AtomKind::Function) {
              found = values_.join(found, call_function(function, arguments, node,
                                                        Evaluated{values_.single(atom), {}})
                                              .value);
            }
          }
        }
        if (found == values_.nothing()) {
          found = library_member(atom, std::vector<Atom>(lineage_of(type)), name,
                                 node);  // a described or an unknown class
        }
        if (found == values_.nothing() && atom.kind == AtomKind::Class) metaclass_hooks(atom, node);
        if (found == values_.nothing() && settled_) found = outside({});
        break;
      }
      case AtomKind::Unknown: {
        raise_here(node);  // it may have no such attribute
        record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
        Atom part = atom;
        part.name = part_of_unknown(atom.name, name);
        found = part.name ? values_.join(values_.single(part), heap_read(atom, name))
                          : values_.anything();
        break;
      }
      case AtomKind::Outside: {
        raise_here(node);
        record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
        // A part of something unseen; parts of parts are not told apart beyond three steps.
        SiteId site = atom.site;
        int depth = 0;
        for (SiteId up = atom.site; up && values_[up].parent; up = values_[up].parent) ++depth;
        if (atom.site && depth < 3) site = values_.site({.parent = atom.site, .part = name});
        found = is_anything(atom)
                    ? values_.anything()
                    : values_.join(outside(site, atom.recency), heap_read(atom, name));
        break;
      }
      case AtomKind::Function:
      case AtomKind::Method:
      case AtomKind::Generator:
      case AtomKind::LibraryCallable:
      case AtomKind::LibraryMethod:
        // Attributes of functions: rare; whatever was stored.
        if (atom.receiver && text(name) == "__self__") {
          found = atom.receiver;
          break;
        }
        raise_here(node);
        found = values_.single({.kind = AtomKind::Unknown,
                                .recency = atom.recency,
                                .name = intern("function." + std::string(text(name))),
                                .site = atom.site});
        if (const auto holder = holder_of_attributes(atom)) {
          record_object(EffectKind::Read, values_.single(*holder), Part::Attribute, node, name);
          const ValueId stored = heap_read(*holder, name);
          if (stored != values_.nothing()) found = stored;
        }
        break;
    }
    any = true;
    out.value = values_.join(out.value, found);
  }
  if (object.term) {
    out.term = values_.term({.kind = TermKind::Part, .text = name, .operands = {object.term}});
  }
  if (!any) out.value = values_.nothing();
  return out;
}

// A function's own attributes are kept as those of a class are: one for all that its text makes.
std::optional<Atom> Interpreter::holder_of_attributes(const Atom& atom) {
  if (atom.kind != AtomKind::Function && atom.kind != AtomKind::Method) return std::nullopt;
  return Atom{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
}

// What comes after a call is not told apart; parts of parts without end (`node = node.next`) are
// anything, and have no name.
Symbol Interpreter::part_of_unknown(Symbol whole, Symbol part) {
  constexpr std::ptrdiff_t kMostParts = 8;
  const std::string_view path = text(whole);
  if (path.find("()") != std::string_view::npos) return whole;
  const std::string one = "." + std::string(text(part));
  if (path.ends_with(one + one)) return {};
  const std::string full = std::string(path) + one;
  const bool is_long = std::count(path.begin(), path.end(), '.') > kMostParts || full.size() > 160;
  return is_long ? whole : intern(full);
}

void Interpreter::store_attribute(Evaluated object, Symbol name, Evaluated value, NodeId node) {
  const bool all = text(name) == "__class__" || text(name) == "__dict__";
  record_object(EffectKind::Write, object.value, all ? Part::Whole : Part::Attribute, node, name);
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    if (const auto holder = holder_of_attributes(atom)) {
      record_object(EffectKind::Write, values_.single(*holder), Part::Attribute, node, name);
      heap_write(heap_site(*holder), name, value.value);
      continue;
    }
    if (atom.kind == AtomKind::Class) written_on_class(atom, name);
    if (atom.kind == AtomKind::Object) setter_hooks(atom, name, value, node);
    if (atom.kind == AtomKind::Object && !all) {
      for (AtomId held : std::vector<AtomId>(values_[heap_read(atom, intern("__dict__"))])) {
        record_object(EffectKind::Append, values_.single(values_[held]), Part::Elements, node);
        heap_write(heap_site(values_[held]), elements_, value.value);
      }
    }
    if (atom.kind == AtomKind::Object || atom.kind == AtomKind::Class) {
      const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
      if (auto member = class_member(type, name)) {
        // A property's setter runs.
        for (AtomId each : values_[*member]) {
          const Atom function = values_[each];
          if (function.kind == AtomKind::Function &&
              has_decorator(function.module, function.node, "setter")) {
            CallArguments arguments;
            arguments.positional.push_back(
                {.value = value.value, .term = value.term, .given = true});
            call_function(function, arguments, node, Evaluated{values_.single(atom), {}});
          }
        }
      }
    }
    if (atom.kind == AtomKind::Module) {
      const Module& other = program_.modules[atom.module.value];
      if (const BindingId there = other.scopes.find(other.scopes.module_scope(), name)) {
        const BindingId resolved = other.scopes[there].resolved;
        const std::uint64_t key = (std::uint64_t{atom.module.value} << 32U) | resolved.value;
        const ValueId grown = values_.join(shared_value(key), value.value);
        if (grown != shared_value(key)) {
          shared_value(key) = grown;
          changed_ = true;
        }
        record(
            {.kind = EffectKind::Write,
             .place = {.kind = PlaceKind::Variable, .module = atom.module, .variable = resolved}},
            node, true);
      }
      continue;
    }
    if (atom.kind == AtomKind::LibraryModule || atom.kind == AtomKind::LibraryType) {
      // From now on the library's name means this, too; what in the library reads it is not known.
      record_world(EffectKind::Write, WorldPlace::Interpreter, {}, node);
      const std::string full = std::string(text(atom.name)) + "." + std::string(text(name));
      record({.kind = EffectKind::Unknown, .unless = "independent", .subject = full + " = …"},
             node);
      if (full == "sys.stdout" || full == "sys.stderr") {
        output_goes_to_files();
        const auto& put = values_[value.value];
        if (std::any_of(put.begin(), put.end(),
                        [&](AtomId each) { return values_[each].kind == AtomKind::Object; }))
          patched_libraries_.insert("print");
      }
      ValueId& patched = patched_.try_emplace(full, values_.nothing()).first->second;
      const ValueId grown = values_.join(patched, value.value);
      if (grown != patched) changed_ = true;
      patched = grown;
      const Values::Atoms put = values_[value.value];
      if (std::any_of(put.begin(), put.end(), [&](AtomId each) {
            const AtomKind kind = values_[each].kind;
            return kind == AtomKind::Function || kind == AtomKind::Method ||
                   kind == AtomKind::Class || kind == AtomKind::Object;
          })) {
        const std::string root = full.substr(0, full.find('.'));
        if (patched_libraries_.insert(root).second) changed_ = true;
      }
      continue;
    }
    heap_write(heap_site(atom), name, value.value);
  }
}

Evaluated Interpreter::subscript(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const Evaluated object = expression(t.child(node, slot::Subscript::value));
  const NodeId slice = t.child(node, slot::Subscript::slice);
  const bool is_slice = t.is(slice, NodeKind::Slice);
  const Evaluated key = expression(slice);
  return subscript_of(object, key, node, is_slice);
}

Evaluated Interpreter::subscript_of(Evaluated object, Evaluated key, NodeId node, bool is_slice) {
  Evaluated out;
  raise_here(node);
  may_ask(key.value, Asked::hooks, node);
  special_method(key.value, {"__eq__"}, node);
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    ValueId found = values_.nothing();
    switch (atom.kind) {
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        if (is_slice && (type == "list" || type == "tuple" || type == "json")) {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          found = allocate(type, node);
          for (AtomId made : values_[found])
            heap_write(heap_site(values_[made]), elements_, elements_of(atom));
          break;
        }
        const std::string_view position = key.term && values_[key.term].kind == TermKind::Constant
                                              ? constant_text(key.term)
                                              : std::string_view{};
        if (type == "tuple" && !position.empty()) {
          found = heap_read(atom, intern("[" + std::string(position) + "]"));
          if (found != values_.nothing()) break;
        }
        if (type == "list" || type == "dict" || type == "tuple" || type == "json") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
          found = elements_of(atom);
          break;
        }
        if (auto entry = knowledge_.find_member(type, "__getitem__")) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = key.value, .term = key.term, .node = node, .given = true});
          found = call_library(*entry, {values_.single(atom), object.term}, arguments, node).value;
          break;
        }
        if (is_closed(type)) break;  // it raises
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        found = values_.join(elements_of(atom),
                             values_.single({.kind = AtomKind::Unknown,
                                             .recency = atom.recency,
                                             .name = intern(std::string(type) + "[]"),
                                             .site = atom.site}));
        break;
      }
      case AtomKind::Object: {
        CallArguments arguments;
        arguments.positional.push_back(
            {.value = key.value, .term = key.term, .node = node, .given = true});
        const ValueId method =
            attribute_of({values_.single(atom), {}}, intern("__getitem__"), node).value;
        found = call({method, {}}, arguments, node).value;
        break;
      }
      case AtomKind::Class:
        metaclass_hooks(atom, node);
        if (const auto hook = class_member(atom, intern("__class_getitem__"))) {
          for (AtomId each : values_[*hook])
            if (values_[each].kind == AtomKind::Function)
              call_hook(values_[each], values_.single(atom), node);
        }
        [[fallthrough]];
      case AtomKind::LibraryType:
        found = values_.single(atom);  // list[int], Generic[T]
        break;
      case AtomKind::Outside: {
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        int depth = 0;
        for (SiteId up = atom.site; up && values_[up].parent; up = values_[up].parent) ++depth;
        const SiteId site = atom.site && depth < 3
                                ? values_.site({.parent = atom.site, .part = elements_})
                                : atom.site;
        found = is_anything(atom)
                    ? values_.anything()
                    : values_.join(outside(site, atom.recency), heap_read(atom, elements_));
        break;
      }
      default:
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        found = values_.single(atom);
    }
    out.value = values_.join(out.value, found);
  }
  if (object.term && key.term) {
    const std::string_view constant = constant_text(key.term);
    if (values_[key.term].kind == TermKind::Constant) {
      out.term = values_.term({.kind = TermKind::Part,
                               .text = intern("[" + std::string(constant) + "]"),
                               .operands = {object.term}});
    } else {
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = elements_, .operands = {object.term, key.term}});
    }
  }
  return out;
}

void Interpreter::store_subscript(Evaluated object, Evaluated key, Evaluated value, NodeId node) {
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    may_ask(key.value, Asked::hooks, node);
    if (atom.kind == AtomKind::Object) {
      CallArguments arguments;
      arguments.positional.push_back(
          {.value = key.value, .term = key.term, .node = node, .given = true});
      arguments.positional.push_back(
          {.value = value.value, .term = value.term, .node = node, .given = true});
      call(attribute_of({values_.single(atom), {}}, intern("__setitem__"), node), arguments, node);
      continue;
    }
    bool described = false;
    if (atom.kind == AtomKind::Instance && text(atom.name) != "dict" && text(atom.name) != "list" &&
        text(atom.name) != "json") {
      if (auto entry = knowledge_.find_member(text(atom.name), "__setitem__")) {
        CallArguments arguments;
        arguments.positional.push_back(
            {.value = key.value, .term = key.term, .node = node, .given = true});
        arguments.positional.push_back(
            {.value = value.value, .term = value.term, .node = node, .given = true});
        call_library(*entry, {values_.single(atom), object.term}, arguments, node);
        described = true;
      }
    }
    if (!described)
      record_object(EffectKind::Append, values_.single(atom), Part::Elements, node, {}, key.term);
    heap_write(heap_site(atom), elements_, value.value);
    heap_write(heap_site(atom), keys_, key.value);
    const auto& keys = values_[key.value];
    const bool is_slice = std::any_of(keys.begin(), keys.end(), [&](AtomId each) {
      return values_[each].kind == AtomKind::Instance && text(values_[each].name) == "slice";
    });
    for (AtomId held : values_[value.value]) {
      if (is_slice) heap_write(heap_site(atom), elements_, elements_of(values_[held]));
    }
  }
  raise_here(node);
}

Evaluated Interpreter::display(NodeId node, std::string_view type) {
  const syntax::SyntaxTree& t = tree();
  const ValueId made = allocate(type, node);
  Evaluated out{made, opaque(node)};
  const Values::Atoms atoms = values_[made];
  const auto hold = [&](Symbol part, ValueId value) {
    for (AtomId id : atoms) heap_write(heap_site(values_[id]), part, value);
  };
  if (t.is(node, NodeKind::Dict)) {
    const auto keys = t.items(node, slot::Dict::keys);
    const auto values = t.items(node, slot::Dict::values);
    std::vector<TermId> parts;
    bool known = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (t.is(keys[i], NodeKind::Missing)) {
        known = false;
        const Evaluated other = expression(values[i]);
        if (!surely_mapping(other.value)) raise_here(values[i]);
        for (AtomId id : values_[other.value]) {
          const Atom atom = values_[id];
          if (atom.kind == AtomKind::Object) call_methods(atom, Asked::anything, values[i]);
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, values[i]);
          hold(elements_, elements_of(atom));
          hold(keys_, keys_of(atom));
        }
        continue;
      }
      const Evaluated key = expression(keys[i]);
      hold(keys_, key.value);
      may_ask(key.value, Asked::hooks, keys[i]);
      if (!surely_hashable(key.value)) raise_here(keys[i]);
      const Evaluated held = expression(values[i]);
      hold(elements_, held.value);
      known = known && key.term && held.term;
      parts.push_back(key.term);
      parts.push_back(held.term);
    }
    if (known)
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = intern("display"), .operands = std::move(parts)});
    return out;
  }
  std::size_t position = 0;
  std::vector<TermId> terms;
  bool all_terms = true;
  for (NodeId item : t.items(node, 0)) {
    if (t.is(item, NodeKind::Starred)) {
      const Evaluated other = expression(t.child(item, slot::Starred::value));
      if (!surely_iterable(other.value)) raise_here(item);
      hold(elements_, iterate(other, item).value);
      position = 1000;
      all_terms = false;
      continue;
    }
    const Evaluated value = expression(item);
    hold(elements_, value.value);
    if (type == "set") may_ask(value.value, Asked::hooks, item);
    if (type == "set" && !surely_hashable(value.value)) raise_here(item);
    if (type == "tuple" && position < 8)
      hold(intern("[" + std::to_string(position) + "]"), value.value);
    ++position;
    terms.push_back(value.term);
    all_terms = all_terms && value.term;
  }
  if (all_terms) {
    out.term = values_.term(
        {.kind = TermKind::Apply, .text = intern("display"), .operands = std::move(terms)});
  }
  return out;
}

Evaluated Interpreter::joined_string(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  std::vector<TermId> parts;
  bool known = true;
  for (NodeId piece : t.items(node, slot::JoinedString::values)) {
    if (t.is(piece, NodeKind::Constant)) {
      // Its exact text does not matter, only that it is the same each time.
      parts.push_back(values_.term(
          {.kind = TermKind::Constant, .text = intern(t.text(piece)), .is_text = true}));
      continue;
    }
    const Evaluated value = expression(t.child(piece, slot::FormattedValue::value));
    const NodeId spec = t.child(piece, slot::FormattedValue::format_spec);
    if (spec) {
      expression(spec);
      raise_here(piece);  // it may be for another type
    }
    for (AtomId id : values_[value.value]) {
      const Atom atom = values_[id];
      record_object(EffectKind::Read, values_.single(atom), Part::Deep, piece);
    }
    special_method(value.value, {"__format__", "__str__", "__repr__"}, piece);
    may_ask(value.value, Asked::hooks, piece);
    TermId term = value.term;
    if (!term)
      known = false;
    else if (spec) {
      // A padded integer keeps its value; other formats may not.
      term = values_.term({.kind = TermKind::Apply,
                           .text = intern("format:" + std::string(t.text(spec))),
                           .operands = {term}});
    }
    parts.push_back(term);
  }
  TermId term;
  if (known) term = values_.term({.kind = TermKind::Concat, .operands = std::move(parts)});
  return {instance("str", {}, Recency::Before), term ? term : opaque(node)};
}

// `__add__` for `__iadd__`; what is not in place stays.
Symbol Interpreter::not_in_place(Symbol method) {
  const std::string_view name = text(method);
  const bool in_place = name.starts_with("__i") && name != "__invert__";
  return in_place ? intern("__" + std::string(name.substr(3))) : method;
}

Evaluated Interpreter::operate(Symbol method, Evaluated left, Evaluated right, NodeId node) {
  Evaluated out;
  may_ask(left.value, Asked::hooks, node);
  may_ask(right.value, Asked::hooks, node);
  for (AtomId id : values_[left.value]) {
    const Atom atom = values_[id];
    switch (atom.kind) {
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        if (is_immutable(atom) && type != "tuple") {
          // Numbers and strings; a float operand makes a float.
          ValueId result = values_.single(atom);
          for (AtomId other : values_[right.value]) {
            const Atom& operand = values_[other];
            if (operand.kind == AtomKind::Instance && is_immutable(operand) && type != "str" &&
                type != "bytes") {
              result = values_.join(result, values_.single(operand));
            } else if (operand.kind == AtomKind::Instance && !is_immutable(operand)) {
              if (auto entry = knowledge_.find_member(text(operand.name), "__add__")) {
                result = values_.join(result, allocate(text(operand.name), node));
              }
            }
          }
          if (type == "int") result = values_.join(result, instance("float", {}, Recency::Before));
          out.value = values_.join(out.value, result);
          break;
        }
        if (type == "list" || type == "tuple" || type == "set" || type == "dict" ||
            type == "json" || type == "bytearray") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          record_object(EffectKind::Read, right.value, Part::Elements, node);
          const ValueId made = allocate(type, node);
          for (AtomId m : values_[made]) {
            heap_write(heap_site(values_[m]), elements_, elements_of(atom));
            heap_write(heap_site(values_[m]), keys_, keys_of(atom));
            for (AtomId other : values_[right.value]) {
              heap_write(heap_site(values_[m]), elements_, elements_of(values_[other]));
              heap_write(heap_site(values_[m]), keys_, keys_of(values_[other]));
            }
          }
          out.value = values_.join(out.value, made);
          break;
        }
        auto entry = knowledge_.find_member(type, text(method));
        if (!entry) entry = knowledge_.find_member(type, text(not_in_place(method)));
        if (entry) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = right.value, .term = right.term, .node = node, .given = true});
          out.value = values_.join(
              out.value,
              call_library(*entry, {values_.single(atom), left.term}, arguments, node).value);
        } else {
          record_object(EffectKind::Read, values_.single(atom), Part::Deep, node);
          record_object(EffectKind::Read, right.value, Part::Deep, node);
          out.value = values_.join(out.value, allocate(type, node));
        }
        break;
      }
      case AtomKind::Object: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        const Symbol defined = class_member(type, method) ? method : not_in_place(method);
        if (class_member(type, defined)) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = right.value, .term = right.term, .node = node, .given = true});
          out.value = values_.join(
              out.value,
              call(attribute_of({values_.single(atom), {}}, defined, node), arguments, node).value);
          break;
        }
        [[fallthrough]];
      }
      default:
        // Operators of classes that nobody sees are taken to read their operands and make something
        // new.
        record_object(EffectKind::Read, values_.single(atom), Part::Deep, node);
        record_object(EffectKind::Read, right.value, Part::Deep, node);
        out.value = values_.join(
            out.value,
            values_.single({.kind = AtomKind::Outside,
                            .recency = Recency::This,
                            .site = values_.site({.module = frame().module, .node = node})}));
    }
  }
  if (values_[left.value].empty()) out.value = right.value;
  const std::string_view plain = text(not_in_place(method));
  const std::string reflected = "__r" + std::string(plain.substr(2));
  if (plain == "__mod__") {
    // "%s" % value, "%s" % (a, b): what is shown may be the program's own.
    record_object(EffectKind::Read, right.value, Part::Deep, node);
    for (AtomId id : values_[right.value]) call_member(values_[id], "__str__", {}, node);
  }
  out.value = values_.join(out.value, special_method(right.value, {reflected}, node));
  return out;
}

Evaluated Interpreter::operate_in_place(Operator op, Evaluated left, Evaluated right, NodeId node) {
  return operate(intern("__i" + std::string(method_of(op).substr(2))), left, right, node);
}

Evaluated Interpreter::binary(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const Evaluated left = expression(t.child(node, slot::BinOp::left));
  const Evaluated right = expression(t.child(node, slot::BinOp::right));
  const Operator op = t.op(node);
  const Symbol method = intern(method_of(op));
  Evaluated out = operate(method, left, right, node);
  raise_here(node);
  if (left.term && right.term) {
    const auto is_text = [&](Evaluated value) {
      const auto& atoms = values_[value.value];
      return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
        return values_[id].kind == AtomKind::Instance && text(values_[id].name) == "str";
      });
    };
    if (op == Operator::Add && (is_text(left) || is_text(right))) {
      out.term = values_.term({.kind = TermKind::Concat, .operands = {left.term, right.term}});
    } else if (op == Operator::Div) {
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = intern("/"), .operands = {left.term, right.term}});
    } else {
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = method, .operands = {left.term, right.term}});
    }
  }
  return out;
}

void Interpreter::comprehension_clause(NodeId node, std::size_t index,
                                       const std::function<void()>& body) {
  const syntax::SyntaxTree& t = tree();
  const std::uint32_t generators_slot =
      t.is(node, NodeKind::DictComp) ? static_cast<std::uint32_t>(slot::DictComp::generators)
                                     : static_cast<std::uint32_t>(slot::ListComp::generators);
  const auto clauses = t.items(node, generators_slot);
  if (index == clauses.size()) {
    body();
    return;
  }
  const NodeId clause = clauses[index];
  const NodeId iter = t.child(clause, slot::Comprehension::iter);
  const NodeId target = t.child(clause, slot::Comprehension::target);
  const bool in_focus = index == 0 && focus_.loop == node && focus_.module == frame().module &&
                        frame().traced && !focus_.active;
  focus_.naming = focus_.naming || in_focus;
  Evaluated iterable = expression(iter);
  if (in_focus) focus_.naming = false;
  if (!t.is(node, NodeKind::SetComp)) order_of_set(iterable.value, iter);
  frame().loops.emplace_back();
  const auto rest = [&] {
    const Environment before = frame().environment;
    for (NodeId test : t.items(clause, slot::Comprehension::ifs)) condition(test);
    comprehension_clause(node, index + 1, body);
    join_into(frame().environment, before);  // a condition may fail
  };
  if (in_focus) {
    iterable.value = values_.with_recency(iterable.value, Recency::This, Recency::Before);
    focus_.iterated = iterable.value;
    focus_.iterated_term = iterable.term;
    focus_loop(
        [&] {
          Evaluated item = iterate(iterable, iter);
          item.term = values_.term({.kind = TermKind::Item});
          assign(target, item);
        },
        rest);
  } else {
    if (index > 0) record({.kind = EffectKind::Burn, .seconds = 1e-3}, clause);
    if (!surely_iterable(iterable.value)) raise_here(iter);
    iterate_to_fixpoint([&] {
      assign(target, iterate(iterable, iter));
      rest();
    });
  }
  frame().loops.pop_back();
}

Evaluated Interpreter::comprehension(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeKind kind = t.kind(node);
  const std::string_view type = kind == NodeKind::ListComp   ? "list"
                                : kind == NodeKind::SetComp  ? "set"
                                : kind == NodeKind::DictComp ? "dict"
                                                             : "generator";
  note_entry(node);
  const ValueId made = allocate(type, node);
  const Values::Atoms atoms = values_[made];
  const bool is_late = kind == NodeKind::GeneratorExp;
  std::vector<Effect> heard;
  const Listening listening(frame(), is_late ? &heard : nullptr);
  comprehension_clause(node, 0, [&] {
    if (kind == NodeKind::DictComp) {
      const ValueId key = expression(t.child(node, slot::DictComp::key)).value;
      if (!surely_hashable(key)) raise_here(node);
      const ValueId value = expression(t.child(node, slot::DictComp::value)).value;
      for (AtomId id : atoms) {
        heap_write(heap_site(values_[id]), keys_, key);
        heap_write(heap_site(values_[id]), elements_, value);
      }
    } else {
      const ValueId value = expression(t.child(node, slot::ListComp::element)).value;
      if (kind == NodeKind::SetComp && !surely_hashable(value)) raise_here(node);
      for (AtomId id : atoms) heap_write(heap_site(values_[id]), elements_, value);
    }
  });
  // Its effects happen where it is consumed: remembered for there, besides here.
  if (is_late) {
    for (AtomId id : atoms) happens_later(values_[id].site, heard);
  }
  return {made, opaque(node)};
}

Evaluated Interpreter::expression(NodeId node) {
  const Evaluated out = evaluate(node);
  follow(out.value, node);
  return out;
}

// Where more things meet than are told apart, what is done with them is not known.
void Interpreter::follow(ValueId value, NodeId node) {
  if (value == values_.anything())
    record({.kind = EffectKind::Unknown, .subject = "one of very many things"}, node);
}

Evaluated Interpreter::evaluate(NodeId node) {
  ++steps_;
  if (exhausted()) return {};
  const syntax::SyntaxTree& t = tree();
  const auto number = [&](std::string_view type) { return instance(type, {}, Recency::Before); };
  switch (t.kind(node)) {
    case NodeKind::Constant:
      return constant(node);
    case NodeKind::Name: {
      const Evaluated out = name(node);
      remember(node, out.value);
      return out;
    }
    case NodeKind::Attribute:
      return attribute(node);
    case NodeKind::Subscript:
      return subscript(node);
    case NodeKind::Call: {
      const Evaluated out = call_expression(node);
      remember(node, out.value);
      return out;
    }
    case NodeKind::BinOp:
      return binary(node);
    case NodeKind::BoolOp: {
      Evaluated out;
      Environment skipped{{}, false};
      for (NodeId value : t.items(node, slot::BoolOp::values)) {
        const Evaluated each = condition(value);
        out.value = values_.join(out.value, each.value);
        join_into(skipped, frame().environment);
      }
      join_into(frame().environment, skipped);
      out.term = opaque(node);
      return out;
    }
    case NodeKind::NamedExpr: {
      const Evaluated value = expression(t.child(node, slot::NamedExpr::value));
      assign(t.child(node, slot::NamedExpr::target), value);
      return value;
    }
    case NodeKind::UnaryOp: {
      const NodeId operand = t.child(node, slot::UnaryOp::operand);
      const Evaluated value =
          t.op(node) == Operator::Not ? condition(operand) : expression(operand);
      record_object(EffectKind::Read, value.value, Part::Deep, node);
      if (t.op(node) != Operator::Not)
        special_method(value.value, {"__neg__", "__pos__", "__invert__"}, node);
      if (t.op(node) == Operator::Not) return {number("bool"), opaque(node)};
      if (!go_together(value.value, value.value, Operator::Lt)) raise_here(node);
      TermId term;
      if (value.term)
        term = values_.term({.kind = TermKind::Apply,
                             .text = intern("unary"),
                             .index = t[node].op,
                             .operands = {value.term}});
      return {value.value, term};
    }
    case NodeKind::IfExp: {
      condition(t.child(node, slot::IfExp::test));
      const Environment before = frame().environment;
      const Evaluated a = expression(t.child(node, slot::IfExp::body));
      Environment after = frame().environment;
      frame().environment = before;
      const Evaluated b = expression(t.child(node, slot::IfExp::orelse));
      join_into(frame().environment, after);
      return {values_.join(a.value, b.value), opaque(node)};
    }
    case NodeKind::Lambda: {
      function_definition(node);
      return {values_.single({.kind = AtomKind::Function, .module = frame().module, .node = node}),
              {}};
    }
    case NodeKind::Dict:
      return display(node, "dict");
    case NodeKind::Set:
      return display(node, "set");
    case NodeKind::ListLiteral:
      return display(node, "list");
    case NodeKind::Tuple:
      return display(node, "tuple");
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::DictComp:
    case NodeKind::GeneratorExp:
      return comprehension(node);
    case NodeKind::JoinedString:
      return joined_string(node);
    case NodeKind::Compare: {
      std::vector<Evaluated> operands{expression(t.child(node, slot::Compare::left))};
      for (NodeId item : t.items(node, slot::Compare::comparators)) {
        operands.push_back(expression(t.child(item, slot::CompareItem::value)));
        const Operator op = t.op(item);
        const bool membership = op == Operator::In || op == Operator::NotIn;
        const Evaluated right = operands.back();
        const Evaluated left = operands[operands.size() - 2];
        told_by_identity(left.value, right.value, op, item);
        if (op != Operator::Is && op != Operator::IsNot) {
          may_ask(left.value, Asked::hooks, item);
          may_ask(right.value, Asked::hooks, item);
        }
        if (op == Operator::Is || op == Operator::IsNot) continue;
        if (op != Operator::Eq && op != Operator::NotEq &&
            !go_together(left.value, right.value, op))
          raise_here(item);
        record_object(EffectKind::Read, right.value, membership ? Part::Elements : Part::Deep, item,
                      {}, membership ? left.term : TermId{});
        record_object(EffectKind::Read, left.value, Part::Deep, item);
        if (membership) {
          ValueId compared = values_.nothing();
          for (AtomId id : values_[right.value])
            compared = values_.join(compared, elements_of(values_[id]));
          record_object(EffectKind::Read, compared, Part::Deep, item);
        }
        for (AtomId id : values_[right.value]) {
          const Atom atom = values_[id];
          if (!membership) continue;
          if (atom.kind == AtomKind::Class) metaclass_hooks(atom, item);
          if (atom.kind == AtomKind::Generator ||
              (atom.kind == AtomKind::Instance && !is_immutable(atom))) {
            const TypeModel* model =
                atom.kind == AtomKind::Instance ? type_model(atom.name) : nullptr;
            if (atom.kind == AtomKind::Generator || (model != nullptr && model->lazy))
              iterate({values_.single(atom), {}}, item);
          } else if (atom.kind == AtomKind::Object) {
            const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
            if (!class_member(type, intern("__contains__"))) continue;
            CallArguments arguments;
            arguments.positional.push_back({.value = left.value, .term = left.term, .given = true});
            call(attribute_of({values_.single(atom), {}}, intern("__contains__"), item), arguments,
                 item);
          }
        }
        // An element that is looked for is compared and hashed; either side may decide.
        for (const Evaluated& side : {left, right}) {
          for (std::string_view method :
               {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"})
            special_method(side.value, {method}, item);
        }
      }
      return {number("bool"), opaque(node)};
    }
    case NodeKind::Await: {
      const Evaluated value = expression(t.child(node, slot::Await::value));
      return {value.value, opaque(node)};
    }
    case NodeKind::Yield: {
      if (const NodeId value = t.child(node, slot::Yield::value)) {
        const Evaluated each = expression(value);
        frame().yielded = values_.join(frame().yielded, each.value);
        give_away(each.value);
      }
      maybe_raise();
      return {values_.join(number("None"), outside({})), {}};
    }
    case NodeKind::YieldFrom: {
      const Evaluated value = expression(t.child(node, slot::YieldFrom::value));
      if (!surely_iterable(value.value)) raise_here(node);
      frame().yielded = values_.join(frame().yielded, iterate(value, node).value);
      ValueId sent_back = outside({});
      for (AtomId each : values_[value.value]) {
        if (values_[each].kind == AtomKind::Generator)
          sent_back = values_.join(sent_back, heap_read(values_[each], intern("return")));
      }
      return {sent_back, {}};
    }
    case NodeKind::Starred:
      return expression(t.child(node, slot::Starred::value));
    case NodeKind::Slice: {
      for (NodeId part : t.children(node)) {
        if (part) expression(part);
      }
      return {number("slice"), opaque(node)};
    }
    case NodeKind::Error:
      record({.kind = EffectKind::Unknown, .subject = "text that is not Python"}, node);
      return {outside({}), {}};
    default:
      for (NodeId child : t.children(node)) {
        if (child && t.is_expression(child)) expression(child);
      }
      return {outside({}), opaque(node)};
  }
}

}  // namespace braid::effects
