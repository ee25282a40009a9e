// Dataclasses, and what is declared like them: which attributes the constructor sets that nobody
// wrote, and from which of its arguments.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

constexpr std::string_view kField = "dataclasses.Field";

// Bases that leave the constructor as it is.
bool is_plain_base(std::string_view type) {
  return type == "object" || type == "abc.ABC" || type == "typing.Generic" ||
         type == "typing.Protocol";
}

// `ClassVar` of `typing.ClassVar[int]` and of `"ClassVar[int]"`.
std::string_view head_of(std::string_view annotation) {
  annotation = annotation.substr(0, annotation.find('['));
  while (!annotation.empty() && (annotation.back() == '"' || annotation.back() == '\''))
    annotation.remove_suffix(1);
  const auto before = annotation.find_last_of(".'\"");
  return before == std::string_view::npos ? annotation : annotation.substr(before + 1);
}

}  // namespace

// What the decorator that makes the class a dataclass is told under that name.
std::optional<NodeId> Interpreter::record_option(const Atom& type, std::string_view name) const {
  const syntax::SyntaxTree& t = program_.modules[type.module.value].tree;
  for (NodeId decorator : t.items(type.node, slot::ClassDef::decorators)) {
    if (!t.is(decorator, NodeKind::Call)) continue;
    for (NodeId keyword : t.items(decorator, slot::Call::keywords)) {
      if (t[keyword].name && text(t[keyword].name) == name)
        return t.child(keyword, slot::Keyword::value);
    }
  }
  return std::nullopt;
}

bool Interpreter::option_is(const Atom& type, std::string_view name, std::string_view value) const {
  const auto option = record_option(type, name);
  return option && program_.modules[type.module.value].tree.text(*option) == value;
}

bool Interpreter::is_record(const Atom& type) const {
  return type.kind == AtomKind::Class && has_decorator(type.module, type.node, "dataclass");
}

// The class among those that it inherits from whose constructor nobody wrote, because a decorator
// or a base does; none where the program's text has it.
std::optional<Atom> Interpreter::record_made_by(const Atom& type) {
  for (const Atom& each : std::vector<Atom>(lineage_of(type))) {
    if (each.kind != AtomKind::Class) continue;
    if (own_member(each, intern("__init__"))) return std::nullopt;
    if (is_record(each) && !option_is(each, "init", "False")) return each;
  }
  return type;
}

// In the order of the constructor's parameters: a class's own come after those that it inherits.
std::vector<RecordField> Interpreter::fields_of(const Atom& type) {
  std::vector<RecordField> out;
  std::vector<Atom> lineage = lineage_of(type);
  std::reverse(lineage.begin(), lineage.end());
  for (const Atom& each : lineage) {
    if (each.kind != AtomKind::Class) continue;
    const syntax::SyntaxTree& t = program_.modules[each.module.value].tree;
    bool by_name_only = option_is(each, "kw_only", "True");
    const bool unsure = record_option(each, "kw_only") && !by_name_only;
    for (NodeId statement : t.items(each.node, slot::ClassDef::statements)) {
      if (!t.is(statement, NodeKind::AnnAssign)) continue;
      const NodeId target = t.child(statement, slot::AnnAssign::target);
      if (!t.is(target, NodeKind::Name)) continue;
      const std::string_view head =
          head_of(t.text(t.child(statement, slot::AnnAssign::annotation)));
      if (head == "KW_ONLY") by_name_only = true;
      if (head == "ClassVar" || head == "KW_ONLY") continue;
      RecordField field{
          .name = t[target].name, .by_name_only = by_name_only, .is_attribute = head != "InitVar"};
      field.unsure = unsure;
      const NodeId value = t.child(statement, slot::AnnAssign::value);
      field.has_default = static_cast<bool>(value);
      if (value && t.is(value, NodeKind::Call)) {
        // What the call says is read where it is `field(…)`; of another nothing is sure.
        field.has_default = false;
        for (NodeId keyword : t.items(value, slot::Call::keywords)) {
          const std::string_view option = text(t[keyword].name);
          const std::string_view given = t.text(t.child(keyword, slot::Keyword::value));
          if (option == "default" || option == "default_factory") field.has_default = true;
          if (option == "init") field.given = given != "False";
          if (option == "kw_only") field.by_name_only = given == "True";
          const bool is_flag = option == "init" || option == "kw_only";
          field.unsure = field.unsure || (is_flag && given != "True" && given != "False");
        }
      }
      const auto known = std::find_if(out.begin(), out.end(), [&](const RecordField& other) {
        return other.name == field.name;
      });
      if (known == out.end())
        out.push_back(field);
      else
        *known = field;
    }
  }
  return out;
}

// What the constructor that nobody wrote keeps of its arguments.
void Interpreter::keep_fields(const Atom& object, std::span<const RecordField> fields,
                              const CallArguments& arguments, NodeId node) {
  const bool unsure = std::any_of(fields.begin(), fields.end(),
                                  [](const RecordField& field) { return field.unsure; });
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  const bool sets = class_member(type, intern("__setattr__")).has_value();
  std::size_t position = 0;
  for (const RecordField& field : fields) {
    if (!field.given) continue;
    const auto keep = [&](ValueId value) {
      heap_write(heap_site(object), field.name, value);
      if (sets || class_member(type, field.name))
        store_attribute({values_.single(object), {}}, field.name, {value, {}}, node);
    };
    if (!field.by_name_only) {
      if (position < arguments.positional.size()) keep(arguments.positional[position].value);
      ++position;
    }
    for (const auto& [name, argument] : arguments.keywords)
      if (name == field.name) keep(argument.value);
    if (arguments.rest.given) keep(arguments.rest.value);
    if (!unsure) continue;
    for (const Argument& each : arguments.positional) keep(each.value);
  }
}

// What fields that are not given are: `field(default=…)`, `field(default_factory=…)`.
void Interpreter::make_fields(const Atom& object, NodeId node) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  for (const RecordField& field : fields_of(type)) {
    const auto declared = class_member(type, field.name);
    if (!declared) continue;
    for (AtomId id : std::vector<AtomId>(values_[from_heap(*declared, Recency::Before)])) {
      if (!is_field(values_[id])) continue;
      for (AtomId each : std::vector<AtomId>(values_[elements_of(values_[id])])) {
        const Atom kept = values_[each];
        heap_write(heap_site(object), field.name, values_.single(kept));
        if (kept.kind != AtomKind::Function && kept.kind != AtomKind::Class &&
            kept.kind != AtomKind::LibraryType && kept.kind != AtomKind::Method &&
            kept.kind != AtomKind::LibraryMethod && kept.kind != AtomKind::LibraryCallable)
          continue;
        heap_write(heap_site(object), field.name, call({values_.single(kept), {}}, {}, node).value);
      }
    }
  }
}

// What `field(…)` gives: the decorator puts the default in its place.
bool Interpreter::is_field(const Atom& atom) const {
  return atom.kind == AtomKind::Instance && text(atom.name) == kField;
}

// Whether it is a library's class that says what objects of the class hold.
bool Interpreter::made_by_base(const Atom& type) {
  for (const Atom& each : std::vector<Atom>(lineage_of(type))) {
    if (each.kind == AtomKind::Class) {
      if (own_member(each, intern("__init__")) || is_record(each)) return false;
    } else if (each.kind != AtomKind::LibraryType || !is_plain_base(text(each.name))) {
      return !is_exception(type) && !is_enumeration(type);
    }
  }
  return false;
}

// Whether its library's class makes views of what it is given: `class Settings(ChainMap)`.
bool Interpreter::is_view(const Atom& object) {
  const std::vector<Atom> lineage =
      lineage_of({.kind = AtomKind::Class, .module = object.module, .node = object.node});
  return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    if (each.kind != AtomKind::LibraryType) return false;
    const auto made_by = knowledge_.find(text(each.name));
    return made_by && made_by->callable != nullptr && made_by->callable->gives(ReturnOrigin::lazy);
  });
}

// A method of a library's class, about which no more is known, may keep what it is given in the
// object: `class Row(dict)`, called as `Row(name=value)`.
void Interpreter::keep_in_base(ValueId objects, const CallArguments& arguments) {
  const ValueId given = all_given(arguments);
  if (!given || given == values_.nothing()) return;
  for (AtomId id : std::vector<AtomId>(values_[objects])) {
    const Atom object = values_[id];
    if (object.kind != AtomKind::Object) continue;
    const ValueId kept = reachable(given);
    if (is_view(object)) heap_write(heap_site(object), intern("over"), given);
    for (const SiteId site : {heap_site(object), namespace_site(object)}) {
      heap_write(site, elements_, kept);
      heap_write(site, keys_, kept);
    }
    put_unnamed_ = true;
  }
}

// Whether a constructor that nobody wrote takes these arguments. One that is written says so where
// it is called.
bool Interpreter::surely_made(const Atom& type, const CallArguments& arguments) {
  const bool any_given = !arguments.positional.empty() || !arguments.keywords.empty() ||
                         arguments.starred || arguments.double_starred;
  if (is_abstract(type)) return false;
  for (const Atom& each : std::vector<Atom>(lineage_of(type))) {
    if (each.kind == AtomKind::LibraryType && is_plain_base(text(each.name))) continue;
    if (each.kind == AtomKind::LibraryType && is_exception(type))
      return arguments.keywords.empty() && !arguments.double_starred;
    if (each.kind != AtomKind::Class) return false;
    if (own_member(each, intern("__init__")) || own_member(each, intern("__new__"))) return true;
    if (!is_record(each)) continue;
    if (record_option(each, "init") && !option_is(each, "init", "True")) return false;
    return fields_fit(fields_of(each), arguments);
  }
  return !any_given;
}

bool Interpreter::fields_fit(std::span<const RecordField> fields,
                             const CallArguments& arguments) const {
  if (arguments.starred || arguments.double_starred) return false;
  std::size_t left = arguments.positional.size();
  std::size_t named = 0;
  for (const RecordField& field : fields) {
    if (field.unsure) return false;
    if (!field.given) continue;
    const bool by_name =
        std::any_of(arguments.keywords.begin(), arguments.keywords.end(),
                    [&](const auto& keyword) { return keyword.first == field.name; });
    const bool by_position = !field.by_name_only && left > 0;
    if (by_position) --left;
    if (by_name) ++named;
    if (by_name && by_position) return false;
    if (!by_name && !by_position && !field.has_default) return false;
  }
  return left == 0 && named == arguments.keywords.size();
}

// Whether a method is only promised: then no object can be made.
bool Interpreter::is_abstract(const Atom& type) {
  for (const Atom& method : std::vector<Atom>(methods_of(type))) {
    if (!has_decorator(method.module, method.node, "abstractmethod")) continue;
    const Symbol name = program_.modules[method.module.value].tree[method.node].name;
    const auto member = class_member(type, name);
    const auto& found = values_[member.value_or(values_.nothing())];
    if (std::find(found.begin(), found.end(), values_.atom(method)) != found.end()) return true;
  }
  return false;
}

}  // namespace braid::effects
