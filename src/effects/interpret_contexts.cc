// `with`: what entering and leaving do, and whether an exception ends there.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// Each `return` of its says so.
bool returns_false(const Program& program, const Atom& function) {
  if (function.kind != AtomKind::Function) return false;
  const syntax::SyntaxTree& t = program.modules[function.module.value].tree;
  if (!t.is(function.node, NodeKind::FunctionDef) || t.flag(function.node, syntax::kAsync) ||
      !t.items(function.node, slot::FunctionDef::decorators).empty())
    return false;
  const std::uint32_t end = t[function.node].subtree_end;
  for (std::uint32_t i = function.node.value; i < end; ++i) {
    const NodeId at{i};
    if (t.is(at, NodeKind::Yield) || t.is(at, NodeKind::YieldFrom)) return false;
    if (!t.is(at, NodeKind::Return)) continue;
    const NodeId value = t.child(at, slot::Return::value);
    if (value && t.text(value) != "None" && t.text(value) != "False") return false;
  }
  return true;
}

// It ends where nothing around its `yield` may.
bool generator_hands_on(const Program& program, const Atom& generator) {
  const syntax::SyntaxTree& t = program.modules[generator.module.value].tree;
  const std::uint32_t end = t[generator.node].subtree_end;
  for (std::uint32_t i = generator.node.value; i < end; ++i) {
    const NodeId at{i};
    if (t.is(at, NodeKind::YieldFrom) || t.is(at, NodeKind::With)) return false;
    if (!t.is(at, NodeKind::Try)) continue;
    if (!t.items(at, slot::Try::handlers).empty()) return false;
    const std::uint32_t last = t[t.child(at, slot::Try::finally_statements)].subtree_end;
    for (std::uint32_t k = t.child(at, slot::Try::finally_statements).value; k < last; ++k) {
      const NodeKind kind = t.kind(NodeId{k});
      if (kind == NodeKind::Return || kind == NodeKind::Break || kind == NodeKind::Continue)
        return false;
    }
  }
  return true;
}

}  // namespace

void Interpreter::with_statement(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  std::vector<std::pair<Evaluated, NodeId>> entered;
  for (NodeId item : t.items(node, slot::With::items)) {
    const Evaluated context = expression(t.child(item, slot::WithItem::context));
    const Evaluated value = enter_context(context, item);
    if (const NodeId target = t.child(item, slot::WithItem::target)) assign(target, value);
    entered.emplace_back(context, item);
  }
  Environment raised{{}, false};
  frame().handlers.push_back(&raised);
  block(t.child(node, slot::With::statements));
  frame().handlers.pop_back();
  const bool reachable = frame().environment.reachable;
  if (!reachable) join_into(frame().environment, raised);
  if (!frame().environment.reachable) return;
  bool swallows = false;
  for (auto it = entered.rbegin(); it != entered.rend(); ++it) {
    const std::optional<bool> hands_on = leave_context(it->first, it->second);
    note_context(node, hands_on);
    swallows = swallows || !hands_on.value_or(true);
  }
  frame().environment.reachable = reachable;
  // What follows sees the state of any moment inside.
  if (swallows) join_into(frame().environment, raised);
}

Evaluated Interpreter::enter_context(Evaluated context, NodeId item) {
  Evaluated out;
  for (AtomId id : values_[context.value]) {
    const Atom atom = values_[id];
    // What a function with a `yield` gives is a context made from a generator.
    const bool generated = atom.kind == AtomKind::Generator;
    const Evaluated one = generated ? run_generator(atom, item)
                                    : call_context(context, atom, "__enter__", {}, item, context);
    out.value = values_.join(out.value, one.value);
    out.term = one.term;
  }
  return out;
}

// Whether it hands on what is raised; none: nothing is known of it yet.
std::optional<bool> Interpreter::leave_context(Evaluated context, NodeId item) {
  std::optional<bool> result;
  CallArguments raised;
  raised.starred = true;
  for (AtomId id : values_[context.value]) {
    const Atom atom = values_[id];
    const bool generated = atom.kind == AtomKind::Generator;
    const Evaluated said =
        generated ? Evaluated{} : call_context(context, atom, "__exit__", raised, item, {});
    result = result.value_or(true) && context_hands_on(atom, said.value);
  }
  return result;
}

// An ExitStack enters and leaves what it is given, as a `with` does: at the latest when it ends.
ValueId Interpreter::by_stack(std::string_view method, ValueId stack, ValueId given, NodeId node) {
  const bool enters = method.ends_with(".enter_context");
  ValueId contexts = enters || method.ends_with(".push") ? given : values_.nothing();
  if (method.ends_with(".__exit__") || method.ends_with(".close")) {
    for (AtomId id : std::vector<AtomId>(values_[stack]))
      contexts = values_.join(contexts, elements_of(values_[id]));
  }
  ValueId out = values_.nothing();
  for (AtomId id : std::vector<AtomId>(values_[contexts])) {
    const AtomKind kind = values_[id].kind;
    const Evaluated one{values_.single(values_[id]), {}};
    if (kind != AtomKind::Generator && kind != AtomKind::Object && kind != AtomKind::Instance)
      continue;
    if (enters) out = values_.join(out, enter_context(one, node).value);
    leave_context(one, node);
  }
  return out;
}

Evaluated Interpreter::call_context(Evaluated context, const Atom& atom, std::string_view method,
                                    const CallArguments& arguments, NodeId item,
                                    Evaluated otherwise) {
  if (atom.kind == AtomKind::Object) {
    if (!class_member(atom, intern(method))) {
      call_overridden(atom, item, true);
      return otherwise;
    }
    return call(attribute_of({values_.single(atom), {}}, intern(method), item), arguments, item);
  }
  if (atom.kind == AtomKind::Instance) {
    const auto entry = knowledge_.find_member(text(atom.name), method);
    if (!entry) return otherwise;
    return call_library(*entry, {values_.single(atom), context.term}, {}, item);
  }
  return unknown_call(dotted(tree().child(item, slot::WithItem::context)), true,
                      {values_.single(atom), {}}, {}, item);
}

// `said`: what its `__exit__` gives.
bool Interpreter::context_hands_on(const Atom& context, ValueId said) {
  if (context.kind == AtomKind::Generator) return generator_hands_on(program_, context);
  const auto is_none = [&](AtomId id) {
    return values_[id].kind == AtomKind::Instance && text(values_[id].name) == "None";
  };
  const Values::Atoms given = values_[said];
  const bool nothing = std::all_of(given.begin(), given.end(), is_none);
  if (context.kind == AtomKind::Instance) {
    const auto claim = knowledge_.find_member(text(context.name), "__exit__");
    if (!claim || claim->callable == nullptr || claim->callable->is_unknown) return false;
    const auto& clauses = claim->callable->clauses;
    const bool tells = std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) {
      return clause.kind == ClauseKind::returns;
    });
    return nothing || !tells;  // one that swallows says that it returns something
  }
  if (context.kind != AtomKind::Object) return false;
  if (nothing && !given.empty()) return true;
  const auto members = class_member(context, intern("__exit__"));
  if (!members) return false;
  const Values::Atoms methods = values_[*members];
  return std::all_of(methods.begin(), methods.end(),
                     [&](AtomId id) { return returns_false(program_, values_[id]); });
}

void Interpreter::note_context(NodeId with, std::optional<bool> hands_on) {
  if (!hands_on) return;
  const bool known = *hands_on && !tree().flag(with, syntax::kAsync);
  bool& all = hand_on_.try_emplace({frame().module, with}, known).first->second;
  all = all && known;
}

}  // namespace braid::effects
