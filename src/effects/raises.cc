// Where Python raises because of what something is, or because it is not there. What cannot be
// told raises: a name or attribute that is perhaps not bound, a thing that is perhaps not iterable.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
using syntax::Operator;
using syntax::ParameterKind;
namespace slot = syntax::slot;

namespace {

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

void Interpreter::raise_here(NodeId node) { record({.kind = EffectKind::Raise}, node); }

bool Interpreter::all_are(ValueId value, std::initializer_list<std::string_view> types) const {
  const auto& atoms = values_[value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    return values_[id].kind == AtomKind::Instance && is_one_of(text(values_[id].name), types);
  });
}

// Whether values like these can be ordered, or looked for in one another: never a TypeError.
bool Interpreter::go_together(ValueId left, ValueId right, Operator op) const {
  if (op == Operator::In || op == Operator::NotIn) {
    if (all_are(right, {"str"})) return all_are(left, {"str"});
    if (all_are(right, {"set", "dict", "frozenset"}))
      return all_are(left, {"str", "int", "bool", "bytes"});
    return all_are(right, {"list", "tuple", "range", "set", "dict", "collections.deque"});
  }
  const auto both = [&](std::initializer_list<std::string_view> types) {
    return all_are(left, types) && all_are(right, types);
  };
  return both({"int", "float", "bool"}) || both({"str"}) || both({"bytes"});
}

// Whether `left op= right` never raises.
bool Interpreter::surely_updates(ValueId left, ValueId right, Operator op) const {
  const auto both = [&](std::initializer_list<std::string_view> types) {
    return all_are(left, types) && all_are(right, types);
  };
  switch (op) {
    case Operator::Add:
      return both({"int", "float", "bool"}) || both({"str"}) || both({"bytes"}) ||
             both({"tuple"}) ||
             (all_are(left, {"list"}) &&
              all_are(right, {"list", "tuple", "set", "frozenset", "dict", "range", "str"}));
    case Operator::Sub:
      return both({"int", "float", "bool"}) || both({"set", "frozenset"});
    case Operator::Mult:
      return both({"int", "float", "bool"});
    case Operator::BitOr:
    case Operator::BitAnd:
    case Operator::BitXor:
      return both({"int", "bool"}) || both({"set", "frozenset"});
    default:
      return false;  // a division by zero, a negative shift
  }
}

// Names that a `del` unbinds, by module.
bool Interpreter::is_deleted(BindingId binding) {
  const std::uint32_t module = frame().module.value;
  auto found = deleted_.find(module);
  if (found == deleted_.end()) {
    found = deleted_.try_emplace(module).first;
    const syntax::SyntaxTree& t = tree();
    for (std::uint32_t i = 0; i < t.size(); ++i) {
      if (!t.is(NodeId{i}, NodeKind::Delete)) continue;
      for (NodeId target : t.items(NodeId{i}, slot::Delete::targets)) {
        if (const BindingId gone = scopes().variable(target)) found->second.insert(gone.value);
      }
    }
  }
  return found->second.contains(binding.value);
}

// Whether the name is bound whenever the code that runs now reads it.
bool Interpreter::surely_bound(BindingId binding) {
  if (const Slot* slot = slot_of(binding)) return is_bound(*slot);
  if (is_deleted(binding)) return false;
  const ModuleLayout& where = layout(frame().module);
  const NodeId owner = where.owner[binding.value];
  for (auto it = frames_.rbegin(); it != frames_.rend(); ++it) {
    if ((*it)->definition == owner && (*it)->module == frame().module)
      return is_bound((*it)->environment.slots[where.slot[binding.value]]);
  }
  return bound_at_end_.contains(pair_key(frame().module.value, binding.value));
}

// A module's code, or that of a function whose closures outlive it, has come to its end.
void Interpreter::note_bound() {
  const ModuleLayout& where = layout(frame().module);
  const Environment& environment = frame().environment;
  if (!environment.reachable) return;
  for (std::uint32_t i = 0; i < where.owner.size(); ++i) {
    if (where.owner[i] != frame().definition || !where.shared[i]) continue;
    if (is_bound(environment.slots[where.slot[i]]))
      bound_at_end_.insert(pair_key(frame().module.value, i));
  }
}

// Whether a statement of these, on every way through them, sets the attribute of the object that
// the parameter names, or leaves it to a base's method.
bool Interpreter::sets_attribute(const Atom& type, std::span<const NodeId> statements,
                                 std::string_view self, Symbol name) {
  const syntax::SyntaxTree& t = program_.modules[type.module.value].tree;
  const auto is_set = [&](const auto& again, NodeId target) -> bool {
    if (t.is(target, NodeKind::Attribute)) {
      const NodeId object = t.child(target, slot::Attribute::value);
      return attribute_name(type.module, target) == name && t.is(object, NodeKind::Name) &&
             t.text(object) == self;
    }
    if (!t.is(target, NodeKind::Tuple) && !t.is(target, NodeKind::ListLiteral)) return false;
    const auto items = t.items(target, 0);
    return std::any_of(items.begin(), items.end(), [&](NodeId item) { return again(again, item); });
  };
  for (NodeId statement : statements) {
    switch (t.kind(statement)) {
      case NodeKind::Assign:
        for (NodeId target : t.items(statement, slot::Assign::targets))
          if (is_set(is_set, target)) return true;
        break;
      case NodeKind::AnnAssign:
        if (t.child(statement, slot::AnnAssign::value) &&
            is_set(is_set, t.child(statement, slot::AnnAssign::target)))
          return true;
        break;
      case NodeKind::If: {
        const auto then = t.items(statement, slot::If::statements);
        const auto otherwise = t.items(statement, slot::If::else_statements);
        if (sets_attribute(type, then, self, name) && sets_attribute(type, otherwise, self, name))
          return true;
        break;
      }
      case NodeKind::With: {
        // Others may swallow what is raised before the attribute is set.
        const auto known = hand_on_.find({type.module, statement});
        const bool goes_through = known != hand_on_.end() && known->second;
        if (goes_through &&
            sets_attribute(type, t.items(statement, slot::With::statements), self, name))
          return true;
        break;
      }
      default:
        break;
    }
  }
  return false;
}

// Whether the class's own body binds the name, whichever way it runs.
bool Interpreter::surely_defines(const Atom& type, Symbol name) {
  if (type.kind != AtomKind::Class) return false;
  const std::uint32_t site =
      values_.site({.module = type.module, .node = type.node, .part = elements_}).value;
  const auto found = members_.find(pair_key(site, name.value));
  if (found == members_.end() || perhaps_members_.contains(found->first)) return false;
  // A dataclass takes away what its fields are declared with.
  const auto& held = values_[found->second];
  return !is_record(type) ||
         std::none_of(held.begin(), held.end(), [&](AtomId id) { return is_field(values_[id]); });
}

// Whether an object of a class of the program has the attribute, whatever was done with it: the
// class has it, or its constructor sets it in any case.
bool Interpreter::surely_has(const Atom& object, Symbol name) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  if (deleted_attributes_.contains(name.value) || deletes_by_data_) return false;
  const std::vector<Atom> lineage = lineage_of(type);
  if (std::any_of(lineage.begin(), lineage.end(),
                  [&](const Atom& each) { return surely_defines(each, name); }))
    return true;
  // Its dictionary may have been emptied.
  if (object.kind == AtomKind::Class || named_by_data_) return false;
  if (const auto maker = record_made_by(type)) {
    const std::vector<RecordField> fields = fields_of(*maker);
    return is_record(*maker) && std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
             return field.name == name && field.is_attribute && (field.given || field.has_default);
           });
  }
  for (const Atom& each : lineage) {
    if (each.kind != AtomKind::Class) return false;
    const syntax::SyntaxTree& t = program_.modules[each.module.value].tree;
    if (!t.is(each.node, NodeKind::ClassDef)) return false;
    NodeId constructor;
    for (NodeId statement : t.items(each.node, slot::ClassDef::statements)) {
      if (t.is(statement, NodeKind::FunctionDef) && text(t[statement].name) == "__init__")
        constructor = statement;
    }
    if (!constructor) continue;
    // While it runs, it may not have come there.
    for (const Frame* running : frames_)
      if (running->definition == constructor && running->module == each.module) return false;
    const auto parameters =
        t.items(t.child(constructor, slot::FunctionDef::arguments), slot::Arguments::parameters);
    if (parameters.empty()) return false;
    bool leaves = false;   // early
    bool goes_on = false;  // in a base's
    const auto statements = t.items(constructor, slot::FunctionDef::statements);
    const std::uint32_t last = t[constructor].subtree_end;
    for (std::uint32_t i = constructor.value; i < last; ++i)
      leaves = leaves || t.is(NodeId{i}, NodeKind::Return);
    if (leaves) return false;
    if (sets_attribute(each, statements, text(t[parameters[0]].name), name)) return true;
    for (NodeId statement : statements) {
      if (!t.is(statement, NodeKind::ExprStatement)) continue;
      const NodeId call = t.child(statement, slot::ExprStatement::value);
      if (!t.is(call, NodeKind::Call)) continue;
      const NodeId function = t.child(call, slot::Call::function);
      goes_on =
          goes_on || (t.is(function, NodeKind::Attribute) && text(t[function].name) == "__init__");
    }
    if (!goes_on) return false;
  }
  return false;
}

// Whether every one of these can be gone through: what it then does is told by its own effects.
bool Interpreter::surely_iterable(ValueId value) {
  for (AtomId id : values_[value]) {
    const Atom atom = values_[id];
    switch (atom.kind) {
      case AtomKind::Generator:
        break;
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        if (is_one_of(type, {"list", "tuple", "set", "frozenset", "dict", "str", "bytes",
                             "bytearray", "range", "json"})) {
          if (type == "json") return false;  // it may be a number
          break;
        }
        const TypeModel* model = type_model(atom.name);
        if (model == nullptr || (!model->lazy && model->items.empty())) return false;
        break;
      }
      case AtomKind::Object: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        if (!class_member(type, intern("__iter__")) && !class_member(type, intern("__getitem__")))
          return false;
        break;
      }
      case AtomKind::Class: {
        if (!is_enumeration(atom)) return false;
        break;
      }
      default:
        return false;
    }
  }
  return !values_[value].empty();
}

bool Interpreter::surely_mapping(ValueId value) const {
  return all_are(
      value, {"dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter"});
}

// Whether each can be an element of a set.
bool Interpreter::surely_hashable(ValueId value) {
  const auto& atoms = values_[value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    const Atom atom = values_[id];
    if (atom.kind == AtomKind::Object)
      return !class_member({.kind = AtomKind::Class, .module = atom.module, .node = atom.node},
                           intern("__eq__"));
    if (atom.kind != AtomKind::Instance)
      return atom.kind != AtomKind::Unknown && atom.kind != AtomKind::Outside;
    return is_immutable(atom) && text(atom.name) != "tuple" && text(atom.name) != "slice";
  });
}

// Whether truth can be asked of every one of these. Arrays and tables refuse, and what nobody sees
// may be one.
bool Interpreter::surely_true_or_false(ValueId value) const {
  const auto& atoms = values_[value];
  return std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    const Atom& atom = values_[id];
    if (atom.kind == AtomKind::Unknown || atom.kind == AtomKind::Outside) return false;
    if (atom.kind != AtomKind::Instance) return true;
    const auto asked = knowledge_.find_member(text(atom.name), "__bool__");
    if (!asked || asked->callable == nullptr) return true;
    const auto& clauses = asked->callable->clauses;
    return std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) {
      return clause.kind == ClauseKind::raises_nothing;
    });
  });
}

// Whether these are what a described function that raises nothing is meant for. Methods of text
// take text of their own kind, and numbers; what is only kept may be anything.
bool Interpreter::surely_suit(const CallableModel& model,
                              std::span<const std::pair<std::string_view, Argument>> bound) {
  const std::string_view type = model.name.substr(0, model.name.find('.'));
  const bool is_text = is_one_of(type, {"str", "bytes", "bytearray"});
  const bool is_number = is_one_of(type, {"int", "float", "bool", "complex"});
  for (const auto& [name, argument] : bound) {
    if (!argument.given) continue;
    if (argument.maybe) return false;
    const bool is_kept = std::any_of(
        model.clauses.begin(), model.clauses.end(), [&, name = name](const Clause& clause) {
          return clause.kind == ClauseKind::keeps && clause.argument == name;
        });
    if (is_kept) continue;
    if (is_one_of(name, {"start", "end", "count", "width", "tabsize", "keepends", "index"}) &&
        all_are(argument.value, {"int", "bool"}))
      continue;
    if (is_text) {
      if (is_one_of(name, {"iterable", "iterable_of_bytes"})) {
        if (!surely_iterable(argument.value)) return false;
        for (AtomId id : values_[argument.value]) {
          const Atom atom = values_[id];
          const ValueId elements = text(atom.name) == "dict" ? keys_of(atom) : elements_of(atom);
          if (elements != values_.nothing() && !all_are(elements, {type})) return false;
        }
      } else if (!all_are(argument.value, {type})) {
        return false;
      }
    } else if (is_number) {
      if (!all_are(argument.value, {"int", "float", "bool"})) return false;
    } else {
      for (AtomId id : values_[argument.value]) {
        const AtomKind kind = values_[id].kind;
        if (kind == AtomKind::Unknown || kind == AtomKind::Outside) return false;
      }
    }
  }
  return true;
}

// Whether the call's arguments are surely such as the function takes.
bool Interpreter::surely_fit(const Atom& function, const CallArguments& arguments,
                             bool has_self) const {
  if (arguments.double_starred || (arguments.starred && !arguments.keywords.empty())) return false;
  const syntax::SyntaxTree& t = program_.modules[function.module.value].tree;
  const bool lambda = t.is(function.node, NodeKind::Lambda);
  const NodeId list =
      t.child(function.node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                    : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  std::size_t left = arguments.positional.size() + (has_self ? 1 : 0);
  std::size_t keywords_used = 0;
  bool takes_more = false;
  bool takes_names = false;
  for (NodeId parameter : t.items(list, slot::Arguments::parameters)) {
    const auto kind = static_cast<ParameterKind>(t[parameter].op);
    if (kind == ParameterKind::VarPositional) takes_more = true;
    if (kind == ParameterKind::VarKeyword) takes_names = true;
    if (kind == ParameterKind::VarPositional || kind == ParameterKind::VarKeyword) continue;
    const bool named =
        kind != ParameterKind::PositionalOnly &&
        std::any_of(arguments.keywords.begin(), arguments.keywords.end(),
                    [&](const auto& each) { return each.first == t[parameter].name; });
    if (kind != ParameterKind::KeywordOnly && left > 0) {
      --left;
      if (named) return false;  // given twice
      continue;
    }
    if (named)
      ++keywords_used;
    else if (!t.child(parameter, slot::Parameter::default_value))
      return false;
  }
  if ((left > 0 || arguments.starred) && !takes_more) return false;
  return keywords_used == arguments.keywords.size() || takes_names;
}

}  // namespace braid::effects
