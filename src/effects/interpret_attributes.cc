// Attributes: where they are looked for, what is found, and where they are put.
#include <algorithm>

#include "effects/holders.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

Evaluated Interpreter::attribute(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeId value = t.child(node, slot::Attribute::value);
  const Symbol name = attribute_name(frame().module, node);
  if (const auto next = super_attribute(value, name, node)) return *next;
  return attribute_of(expression(value), name, node);
}

Evaluated Interpreter::attribute_of(Evaluated object, Symbol name, NodeId node) {
  Evaluated out;
  bool any = false;
  if (names_its_module(text(name)))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    ValueId found = values_.nothing();
    switch (atom.kind) {
      case AtomKind::Module: {
        if (text(atom.name) == "__main__")
          record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
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
        note_watcher(full);
        if (text(name) == "__dict__")
          this_process_.set(frame().module, node, "`" + full + "` is set to");
        // Worker processes have another main module, and nothing to read.
        if (full == "sys.modules" || full == "sys.stdin" || full == "sys.__stdin__")
          record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
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
        // `json` stands for dict, list, str, int and float.
        std::vector<std::string_view> types{text(atom.name)};
        if (types[0] == "None" && !text(name).starts_with("__")) {
          raise_here(node);  // what it would be, if it were not None, is another atom
          break;
        }
        if (types[0] == "json") types = {"dict", "list", "str", "int", "float"};
        for (std::string_view type : types) {
          auto entry = knowledge_.find_member(type, text(name));
          if (!entry && types.size() > 1) raise_here(node);
          if (!entry) continue;
          rests_on_.insert(entry->name);
          if (entry->kind == KnowledgeKind::Attribute) {
            record_object(EffectKind::Read, values_.single(atom), Part::Attribute, node, name);
            const SiteId site = values_.site({.parent = atom.site, .part = name});
            const auto self = [&](std::string_view) { return Argument{values_.single(atom)}; };
            for (const TypeText& part : parse_type(
                     entry->attribute_type.substr(0, entry->attribute_type.find(" backed by ")))) {
              found = values_.join(found, type_value(part, site, atom.recency, self));
              // It may be what the object was given.
              if (part.name == "any") found = values_.join(found, heap_read(atom, elements_));
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
        if (found == values_.nothing() && types[0] == "argparse.Namespace")
          found = parsed_argument(atom, name, node);
        if (found == values_.nothing() && is_closed(text(atom.name))) {
          // `rows.__init__(…)`: there is one, but nothing is said of it.
          if (text(name).starts_with("__") && atom.site &&
              placing_.disturbed.insert(atom.site.value).second)
            changed_ = true;
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
            // It may also be a part of what it was given.
            found = values_.join(found, heap_read(atom, name));
            found = values_.join(found, mutable_part(elements_of(atom)));
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
        const bool has = surely_has(atom, name);
        if (!has && text(name) != "__dict__") raise_here(node);
        if (atom.kind == AtomKind::Object && !text(name).starts_with("__"))
          found = special_method(values_.single(atom), {"__getattribute__"}, node);
        if (text(name) == "__dict__") {
          record_object(EffectKind::Write, values_.single(atom), Part::Whole, node);
          found = namespace_of(atom);
          break;
        }
        found = values_.join(found, heap_read(atom, name));
        // `self.__dict__ = shared`: its attributes are the elements of that.
        for (AtomId id : std::vector<AtomId>(values_[heap_read(atom, intern("__dict__"))])) {
          record_object(EffectKind::Read, values_.single(values_[id]), Part::Elements, node);
          found = values_.join(found, elements_of(values_[id]));
        }
        read_of_classes(atom, name, node, found);
        if (auto member = class_member(type, name)) {
          found = values_.join(found, bound_member(atom, *member, object, node));
        } else if (auto getter = class_member(type, intern("__getattr__")); getter && !has) {
          // Whatever else may have set it: not yet, perhaps.
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
        if (const ValueId put = put_by_data(atom); put != values_.nothing()) {
          found = values_.join(found, put);
          record_object(EffectKind::Read, instance("dict", namespace_site(atom), atom.recency),
                        Part::Elements, node);
        }
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
        found = values_.join(found, Holders::in_unknown(*this, atom));
        found =
            values_.join(found, ask_unseen(values_.single(atom),
                                           {text(name), "__getattr__", "__getattribute__"}, node));
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
        found =
            values_.join(found, ask_unseen(values_.single(atom),
                                           {text(name), "__getattr__", "__getattribute__"}, node));
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
        if (text(name) == "__defaults__" || text(name) == "__kwdefaults__") {
          if (text(name) == "__kwdefaults__") set_watcher(text(name));  // what it holds may be set
          found = defaults_of(atom, node);
          break;
        }
        if (const auto holder = holder_of_attributes(atom); holder && text(name) == "__dict__") {
          record_object(EffectKind::Write, values_.single(*holder), Part::Whole, node);
          found = namespace_of(*holder);
          break;
        }
        if (text(name) == "__closure__" || text(name) == "__globals__") set_watcher(text(name));
        raise_here(node);
        found = values_.single({.kind = AtomKind::Unknown,
                                .recency = atom.recency,
                                .name = intern("function." + std::string(text(name))),
                                .site = atom.site});
        if (const auto holder = holder_of_attributes(atom)) {
          record_object(EffectKind::Read, values_.single(*holder), Part::Attribute, node, name);
          ValueId stored = heap_read(*holder, name);
          for (AtomId each : std::vector<AtomId>(values_[heap_read(*holder, intern("wraps()"))])) {
            if (const auto wrapped = holder_of_attributes(values_[each]))
              stored = values_.join(stored, heap_read(*wrapped, name));
          }
          if (stored != values_.nothing()) found = stored;
        }
        break;
    }
    any = true;
    found = values_.join(found, carried_by_exception(atom, name));
    out.value = values_.join(out.value, found);
  }
  if (object.term) {
    out.term = values_.term({.kind = TermKind::Part, .text = name, .operands = {object.term}});
  }
  if (!any) out.value = values_.nothing();
  return out;
}

// The values that its parameters have where calls give none, held by something new.
ValueId Interpreter::defaults_of(const Atom& function, NodeId node) {
  const ValueId out = allocate("json", node, "defaults");
  if (!function.module && !function.node) return out;
  const syntax::SyntaxTree& t = program_.modules[function.module.value].tree;
  const bool lambda = t.is(function.node, NodeKind::Lambda);
  if (!lambda && !t.is(function.node, NodeKind::FunctionDef)) return out;
  const NodeId list =
      t.child(function.node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                    : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  for (NodeId parameter : t.items(list, slot::Arguments::parameters)) {
    const SiteId site = values_.site({.module = function.module, .node = parameter});
    for (AtomId id : std::vector<AtomId>(values_[out]))
      heap_write(heap_site(values_[id]), elements_, heap_read(site, keys_, Recency::Before));
  }
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
  // Which methods it has from now on is not followed.
  if (text(name) == "__class__" || text(name) == "__bases__") set_watcher(text(name));
  record_object(EffectKind::Write, object.value, all ? Part::Whole : Part::Attribute, node, name);
  const std::string setter = std::string(text(name)) + "=";
  ask_unseen(object.value, {setter, "__setattr__"}, node);
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    if (const auto holder = holder_of_attributes(atom)) {
      // Whoever calls it next meets these.
      if (text(name) == "__defaults__" || text(name) == "__kwdefaults__" ||
          text(name) == "__code__")
        set_watcher(text(name));
      record_object(EffectKind::Write, values_.single(*holder), Part::Attribute, node, name);
      heap_write(heap_site(*holder), name, value.value);
      continue;
    }
    if (atom.kind == AtomKind::Class) {
      written_on_class(atom, name);
      metaclass_hooks(atom, node);
    }
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
        this_process_.set(frame().module, node,
                          "`" + other.name + "." + std::string(text(name)) + "` is set to");
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
      this_process_.set(frame().module, node, "`" + full + "` is set to");
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
    // Its attributes are now those of something else.
    if (atom.kind == AtomKind::Instance && text(name) == "__dict__")
      record({.kind = EffectKind::Unknown, .subject = "__dict__ = …"}, node);
    heap_write(heap_site(atom), name, value.value);
    if ((atom.kind == AtomKind::Object || atom.kind == AtomKind::Instance) &&
        is_own_store(atom, name))
      heap_write(heap_site(atom), intern("over"), value.value);
  }
}

}  // namespace braid::effects
