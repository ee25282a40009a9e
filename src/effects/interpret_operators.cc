// Operators, and which methods of the program they call.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

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

}  // namespace

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
  // One that a base class of a library defines: it may call any method of the object, and make
  // another one of its class.
  const auto inherited = [&](const Atom& object, const Atom& type) {
    if (class_bases(type).empty()) return;
    const std::vector<Atom> lineage(lineage_of(type));
    if (std::none_of(lineage.begin(), lineage.end(), [&](const Atom& base) {
          const bool built_in =
              base.kind == AtomKind::LibraryType && !text(base.name).contains('.');
          return base.kind != AtomKind::Class && !built_in;
        }))
      return;
    call_back(type, node);
    call_back(object, node);
  };
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
                const ValueId made = allocate(text(operand.name), node);
                for (AtomId each : values_[made])
                  heap_write(heap_site(values_[each]), elements_, elements_of(operand));
                result = values_.join(result, made);
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
          if (type == "list") order_of_set(right.value, node);
          const ValueId made = allocate(type, node);
          for (AtomId m : std::vector<AtomId>(values_[made])) {
            heap_write(heap_site(values_[m]), elements_, elements_of(atom));
            heap_write(heap_site(values_[m]), keys_, keys_of(atom));
            for (AtomId other : std::vector<AtomId>(values_[right.value])) {
              const Atom added = values_[other];
              const bool makes = added.kind == AtomKind::Generator;
              heap_write(
                  heap_site(values_[m]), elements_,
                  makes ? iterate({values_.single(added), {}}, node).value : elements_of(added));
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
        inherited(atom, type);
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
  for (AtomId id : std::vector<AtomId>(values_[right.value])) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Object) continue;
    const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
    if (!class_member(type, intern(reflected))) inherited(atom, type);
  }
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
  const bool told =
      is ? !unique(left) && !unique(right) : has_identity(left) || has_identity(right);
  if (!told) {
    const auto is_container = [&](ValueId side) {
      return std::any_of(values_[side].begin(), values_[side].end(), [&](AtomId id) {
        const std::string_view type = text(values_[id].name);
        return values_[id].kind == AtomKind::Instance && (type == "list" || type == "tuple");
      });
    };
    if (!is && is_container(left) && is_container(right) && holds_identity(left))
      record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
    return;
  }
  record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node, {}, std::string(kIdentity));
  for (const ValueId side : {left, right}) {
    for (AtomId id : values_[side]) {
      const Atom& atom = values_[id];
      if (is && atom.kind == AtomKind::Instance && is_immutable(atom))
        this_process_.told_by_identity.insert(atom.name.value);
    }
  }
}

Evaluated Interpreter::comparison(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  std::vector<Evaluated> operands{expression(t.child(node, slot::Compare::left))};
  const auto items = t.items(node, slot::Compare::comparators);
  ValueId result = instance("bool", {}, Recency::Before);
  for (NodeId item : items) {
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
    if (op != Operator::Eq && op != Operator::NotEq && !go_together(left.value, right.value, op))
      raise_here(item);
    record_object(EffectKind::Read, right.value, membership ? Part::Elements : Part::Deep, item, {},
                  membership ? left.term : TermId{});
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
        const TypeModel* model = atom.kind == AtomKind::Instance ? type_model(atom.name) : nullptr;
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
      for (std::string_view method : {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}) {
        // What it says need not be true or false yet.
        const ValueId said = special_method(side.value, {method}, item);
        if (said == values_.nothing()) continue;
        if (membership || items.size() > 1) ask_truth(said, item);
        if (!membership) result = values_.join(result, said);
      }
      special_method(side.value, {"__hash__"}, item);
    }
  }
  return {result, opaque(node)};
}

}  // namespace braid::effects
