// Expressions: what they may give, in evaluation order.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
using syntax::Operator;
namespace slot = syntax::slot;

namespace {

// `logging.getLogger(__name__)`: the name shows in what is logged.
bool names_logger(const syntax::SyntaxTree& t, NodeId node) {
  const NodeId call = t.parent(t.parent(node));
  return t.is(call, NodeKind::Call) &&
         t.text(t.child(call, slot::Call::function)).ends_with("getLogger");
}

}  // namespace

TermId Interpreter::constant_term(const syntax::SyntaxTree& t, NodeId node) {
  const auto kind = static_cast<syntax::ConstantKind>(t[node].op);
  Term term{.kind = TermKind::Constant, .is_text = kind == syntax::ConstantKind::Str};
  const auto value = term.is_text ? syntax::string_value(t, node) : std::nullopt;
  term.text = intern(value ? *value : std::string(t.text(node)));
  return values_.term(term);
}

Evaluated Interpreter::constant(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  constexpr std::string_view kTypes[] = {"None",  "bool",    "bool", "ellipsis", "int",
                                         "float", "complex", "str",  "bytes"};
  return {instance(kTypes[t[node].op], {}, Recency::Before), constant_term(t, node)};
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
    Evaluated out{values_.single(atom), {}};
    if (const auto put = patched_.find("builtins." + std::string(spelled)); put != patched_.end())
      out.value = values_.join(out.value, from_heap(put->second, Recency::Before));
    return out;
  }
  raise_here(node);  // nothing has this name
  return {values_.single({.kind = AtomKind::Unknown, .name = name}), {}};
}

// What the module's star imports, and theirs in turn, bind the name to.
std::optional<Evaluated> Interpreter::from_star(ModuleId module, Symbol name, NodeId node,
                                                int depth) {
  constexpr int kDeepest = 10;  // of modules that import from each other in a ring
  const Module& around = program_.modules[module.value];
  if (depth > kDeepest || !around.scopes[around.scopes.module_scope()].has_star_import)
    return std::nullopt;
  const syntax::SyntaxTree& t = around.tree;
  for (std::uint32_t i = 0; i < t.size(); ++i) {
    const NodeId import{i};
    if (!t.is(import, NodeKind::ImportFrom) || !t.flag(import, syntax::kStar)) continue;
    const std::string from(t[import].name ? text(t[import].name) : std::string_view{});
    if (auto local = program_.by_name.find(from); local != program_.by_name.end()) {
      const Module& other = program_.modules[local->second.value];
      const BindingId there = other.scopes.find(other.scopes.module_scope(), name);
      if (there && (other.scopes[there].flags & (scope::kAssigned | scope::kImported)) != 0) {
        const std::uint64_t key = (std::uint64_t{local->second.value} << 32U) | there.value;
        return Evaluated{from_heap(shared_value(key), Recency::Before), {}};
      }
      if (auto deeper = from_star(local->second, name, node, depth + 1)) return deeper;
      continue;
    }
    if (knowledge_.find(from + "." + std::string(text(name)))) {
      return attribute_of(
          {values_.single({.kind = AtomKind::LibraryModule, .name = intern(from)}), {}}, name,
          node);
    }
    if (!knowledge_.knows_module(from) && !knowledge_.find(text(name))) {
      return Evaluated{values_.single({.kind = AtomKind::Unknown,
                                       .name = intern(from + "." + std::string(text(name)))}),
                       {}};
    }
  }
  return std::nullopt;
}

Evaluated Interpreter::name(NodeId node) {
  const BindingId binding = scopes().variable(node);
  if (!binding) return {};
  // Worker processes that import the file see it under another name.
  const bool in_function = !tree().is(frame().definition, NodeKind::Module) &&
                           !tree().is(frame().definition, NodeKind::ClassDef);
  if (tree().text(node) == "__name__" && frame().module.value == 0 &&
      (in_function || !names_logger(tree(), node)))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node, {}, std::string(kOwnName));
  const scope::Binding& each = scopes()[binding];
  const bool module_level = scopes()[each.scope].kind == scope::ScopeKind::Module;
  if (module_level &&
      (each.flags & (scope::kAssigned | scope::kImported | scope::kDeclaredGlobal)) == 0) {
    // Nothing in this module binds it: a builtin, or from a star import.
    if (const auto star = from_star(frame().module, each.name, node)) return *star;
    Evaluated known = builtin(each.name, node);
    const ValueId put = put_by_data({.kind = AtomKind::Module, .module = frame().module});
    if (put != values_.nothing()) known = {values_.join(known.value, put), {}};
    return known;
  }
  if (text(each.name) == "__class__") {
    if (const auto type = class_around(node)) return {values_.single(*type), {}};
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

Evaluated Interpreter::joined_string(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  std::vector<TermId> parts;
  bool known = true;
  for (NodeId piece : t.items(node, slot::JoinedString::values)) {
    if (t.is(piece, NodeKind::Constant)) {
      const std::string_view written = t.text(piece);
      const bool plain = written.find_first_of("\\{}") == std::string_view::npos;
      // Otherwise only that it is the same each time.
      parts.push_back(values_.term(
          plain ? Term{.kind = TermKind::Constant, .text = intern(written), .is_text = true}
                : Term{.kind = TermKind::Invariant, .node = piece, .module = frame().module}));
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
      if (atom.kind == AtomKind::Class) call_member(atom, "__str__", {}, piece);
    }
    text_taken(value.value, piece);
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

namespace {

// An argument of a call, what is assigned, or a key.
bool is_handed(const syntax::SyntaxTree& tree, NodeId node) {
  const NodeId around = tree.parent(node);
  if (tree.is(around, NodeKind::Assign) || tree.is(around, NodeKind::Subscript)) return true;
  return tree.is(around, NodeKind::List) && tree.is(tree.parent(around), NodeKind::Call);
}

}  // namespace

Evaluated Interpreter::expression(NodeId node) {
  const Evaluated out = evaluate(node);
  follow(out.value, node);
  if (is_handed(tree(), node)) remember(node, out.value);
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
      ValueId given = value.value;
      if (t.op(node) != Operator::Not) {
        const std::string_view method = t.op(node) == Operator::USub   ? "__neg__"
                                        : t.op(node) == Operator::UAdd ? "__pos__"
                                                                       : "__invert__";
        given = values_.join(given, special_method(value.value, {method}, node));
      }
      if (t.op(node) == Operator::Not) return {number("bool"), opaque(node)};
      if (!go_together(value.value, value.value, Operator::Lt)) raise_here(node);
      TermId term;
      if (value.term)
        term = values_.term({.kind = TermKind::Apply,
                             .text = intern("unary"),
                             .index = t[node].op,
                             .operands = {value.term}});
      return {given, term};
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
    case NodeKind::Compare:
      return comparison(node);
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
      const ValueId sent = sent_ ? from_heap(sent_, Recency::Before) : values_.nothing();
      return {values_.join(sent, values_.join(number("None"), outside({}))), {}};
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
        if (part) may_ask(expression(part).value, Asked::hooks, part);
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
