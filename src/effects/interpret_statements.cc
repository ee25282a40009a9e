// Statements, loops to a fixpoint, and the loop in focus.
#include <algorithm>

#include "effects/ownership.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

constexpr int kMaxRounds = 40;
}  // namespace

// What an exception raised here carries to the handlers around.
void Interpreter::maybe_raise() {
  for (Environment* handler : frame().handlers) join_into(*handler, frame().environment);
}

void Interpreter::block(NodeId list) {
  if (frame().environment.reachable) maybe_raise();
  for (NodeId node : tree().children(list)) {
    if (!frame().environment.reachable) break;
    if (runs_in_workers(node)) {
      std::vector<Effect> heard;
      {
        const Listening listening(frame(), &heard);
        statement(node);
      }
      note_import(node, heard);
    } else {
      statement(node);
    }
    if (frame().environment.reachable) maybe_raise();
  }
}

void Interpreter::statement(NodeId node) {
  ++steps_;
  if (exhausted()) return;
  const syntax::SyntaxTree& t = tree();
  Frame& here = frame();
  switch (t.kind(node)) {
    case NodeKind::ExprStatement:
      expression(t.child(node, slot::ExprStatement::value));
      break;
    case NodeKind::Assign: {
      const Evaluated value = expression(t.child(node, slot::Assign::value));
      for (NodeId target : t.items(node, slot::Assign::targets)) assign(target, value);
      break;
    }
    case NodeKind::AnnAssign:
      if (t.is(frame().definition, NodeKind::Module))
        evaluate_annotation(t.child(node, slot::AnnAssign::annotation));
      if (const NodeId value = t.child(node, slot::AnnAssign::value)) {
        Evaluated result = expression(value);
        assign(t.child(node, slot::AnnAssign::target), result);
      }
      break;
    case NodeKind::AugAssign: {
      const NodeId target = t.child(node, slot::AugAssign::target);
      const Evaluated old = expression(target);
      const Evaluated value = expression(t.child(node, slot::AugAssign::value));
      // In place on mutable objects (`list += …`), a new value otherwise.
      placing_.orderly = true;
      record_object(EffectKind::Append, mutable_part(old.value), Part::Elements, node);
      placing_.orderly = false;
      Evaluated result = operate_in_place(t.op(node), old, value, node);
      if (!surely_updates(old.value, value.value, t.op(node))) raise_here(node);
      for (AtomId id : values_[old.value]) {
        const Atom& atom = values_[id];
        if (!is_immutable(atom) && atom.site) {
          for (AtomId other : values_[value.value]) {
            heap_write(heap_site(atom), elements_, elements_of(values_[other]));
            heap_write(heap_site(atom), elements_, said_elements(values_[other]));
          }
          // `rows *= 2`: what stood there once stands there twice.
          if (t.op(node) != syntax::Operator::Add && t.op(node) != syntax::Operator::BitOr)
            heap_write(heap_site(atom), elements_, elements_of(atom));
          result.value = values_.join(result.value, values_.single(Atom(atom)));
        }
      }
      assign(target, result);
      break;
    }
    case NodeKind::For:
      loop_statement(node);
      break;
    case NodeKind::While: {
      // A loop of unknown length computes for an unknown time.
      const std::optional<Spent> before = spent_so_far();
      here.loops.emplace_back();
      iterate_to_fixpoint([&] {
        condition(t.child(node, slot::While::test));
        block(t.child(node, slot::While::statements));
      });
      unknown_length(before, node);
      Environment breaks = std::move(frame().loops.back().breaks);
      frame().loops.pop_back();
      const NodeId test = t.child(node, slot::While::test);
      const bool endless = t.is(test, NodeKind::Constant) && t.text(test) != "False" &&
                           t.text(test) != "0" && t.text(test) != "None";
      if (endless) frame().environment.reachable = false;
      if (frame().environment.reachable) expression(test);
      block(t.child(node, slot::While::else_statements));
      join_into(frame().environment, breaks);
      break;
    }
    case NodeKind::If: {
      condition(t.child(node, slot::If::test));
      Environment before = here.environment;
      block(t.child(node, slot::If::statements));
      Environment then = std::move(frame().environment);
      frame().environment = std::move(before);
      block(t.child(node, slot::If::else_statements));
      join_into(frame().environment, then);
      break;
    }
    case NodeKind::With:
      with_statement(node);
      break;
    case NodeKind::Try:
      try_statement(node);
      break;
    case NodeKind::Match:
      match_statement(node);
      break;
    case NodeKind::Return: {
      const NodeId value = t.child(node, slot::Return::value);
      const Evaluated result =
          value ? expression(value) : Evaluated{instance("None", {}, Recency::Before), {}};
      here.returned_term =
          here.returned_twice ? join_terms(here.returned_term, result.term) : result.term;
      here.returned_twice = true;
      here.returned = values_.join(here.returned, result.value);
      maybe_raise();  // a finally around sees the state
      frame().environment.reachable = false;
      break;
    }
    case NodeKind::Raise:
      if (const NodeId exception = t.child(node, slot::Raise::exception)) {
        const ValueId raised = expression(exception).value;
        const NodeId cause = t.child(node, slot::Raise::cause);
        raise_value(raised, cause ? expression(cause).value : values_.nothing(), node);
      }
      raise_here(node);
      maybe_raise();
      frame().environment.reachable = false;
      break;
    case NodeKind::Assert:
      condition(t.child(node, slot::Assert::test));
      if (const NodeId message = t.child(node, slot::Assert::message)) {
        const Environment held = here.environment;
        expression(message);
        join_into(here.environment, held);
      }
      raise_here(node);
      break;
    case NodeKind::Break:
      if (!here.loops.empty()) join_into(here.loops.back().breaks, here.environment);
      here.environment.reachable = false;
      break;
    case NodeKind::Continue:
      if (!here.loops.empty()) join_into(here.loops.back().continues, here.environment);
      here.environment.reachable = false;
      break;
    case NodeKind::Delete:
      for (NodeId target : t.items(node, slot::Delete::targets)) delete_target(target);
      break;
    case NodeKind::FunctionDef:
      function_definition(node);
      break;
    case NodeKind::ClassDef:
      class_definition(node);
      break;
    case NodeKind::Import:
    case NodeKind::ImportFrom:
      import_statement(node);
      break;
    case NodeKind::Error:
      record({.kind = EffectKind::Unknown, .subject = "text that is not Python"}, node);
      break;
    default:
      break;  // pass, global, nonlocal, type aliases
  }
}

void Interpreter::delete_target(NodeId target) {
  const syntax::SyntaxTree& t = tree();
  if (t.is(target, NodeKind::Name)) {
    const BindingId binding = scopes().variable(target);
    record({.kind = EffectKind::Write,
            .place = {.kind = PlaceKind::Variable, .module = frame().module, .variable = binding}},
           target);
    if (!surely_bound(binding)) raise_here(target);
    if (Slot* slot = slot_of(binding)) *slot = Slot{};
  } else if (t.is(target, NodeKind::Subscript)) {
    const Evaluated object = expression(t.child(target, slot::Subscript::value));
    const Evaluated key = expression(t.child(target, slot::Subscript::slice));
    placing_.orderly = true;
    record_object(EffectKind::Append, object.value, Part::Elements, target);  // others may move
    placing_.orderly = false;
    may_ask(object.value, Asked::hooks, target);
    may_ask(key.value, Asked::hooks, target);
    raise_here(target);
  } else if (t.is(target, NodeKind::Attribute)) {
    const Evaluated object = expression(t.child(target, slot::Attribute::value));
    const Symbol name = attribute_name(frame().module, target);
    record_object(EffectKind::Write, object.value, Part::Attribute, target, name);
    may_ask(object.value, Asked::hooks, target);
    attribute_of(object, name, target);
    if (deleted_attributes_.insert(name.value).second) changed_ = true;
    for (AtomId id : values_[object.value]) {
      const Atom atom = values_[id];
      if (atom.kind == AtomKind::Object) deleter_hooks(atom, name, target);
      if (atom.kind != AtomKind::Class) continue;
      uncover(atom, name);
      metaclass_hooks(atom, target);
    }
  } else {
    for (NodeId child : t.children(target)) delete_target(child);
  }
}

void Interpreter::iterate_to_fixpoint(const std::function<void()>& iteration) {
  Environment entry = frame().environment;
  for (int round = 0; round < kMaxRounds; ++round) {
    frame().environment = entry;
    frame().loops.back().continues.reachable = false;
    iteration();
    join_into(frame().environment, frame().loops.back().continues);
    if (!join_into(entry, frame().environment)) break;
    if (round + 1 == kMaxRounds) give_up();
  }
  frame().environment = std::move(entry);
}

// None: nothing comes here.
std::optional<Spent> Interpreter::spent_so_far() {
  if (!frame().environment.reachable) return std::nullopt;
  return frame().traced ? focus_.events.spent() : frame().spent;
}

// A loop of unknown length takes an unknown time, computing, unless it is one that waits, or
// computes without the interpreter's lock: then it does so for longer.
void Interpreter::unknown_length(const std::optional<Spent>& before, NodeId node) {
  if (!before) return;
  const Spent now = frame().traced ? focus_.events.spent() : frame().spent;
  const double held = now.held - before->held;
  const double free = now.free - before->free;
  const bool reachable = frame().environment.reachable;
  frame().environment.reachable = true;
  record({.kind = EffectKind::Burn, .nogil = free > held, .seconds = kUnknownSeconds}, node);
  frame().environment.reachable = reachable;
}

void Interpreter::loop_statement(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeId iter = t.child(node, slot::For::iter);
  const NodeId target = t.child(node, slot::For::target);
  const bool in_focus =
      focus_.loop == node && focus_.module == frame().module && frame().traced && !focus_.active;
  note_entry(node);
  focus_.naming = focus_.naming || in_focus;
  Evaluated iterable = expression(iter);
  if (in_focus) focus_.naming = false;
  order_of_set(iterable.value, iter);
  frame().loops.emplace_back();
  const auto body = [&] { block(t.child(node, slot::For::statements)); };
  if (in_focus) {
    // It was there before the first iteration.
    iterable.value = values_.with_recency(iterable.value, Recency::This, Recency::Before);
    focus_.iterated = iterable.value;
    focus_.iterated_term = iterable.term;
    const auto bind = [&] {
      Evaluated item = iterate(iterable, iter);
      item.value = Ownership(*this).item(iterable.value, item.value, iter);
      item.term = values_.term({.kind = TermKind::Item});
      assign(target, item);
    };
    focus_loop(bind, body);
  } else {
    // A known, short count is not work; anything else may be.
    const NodeKind kind = t.kind(iter);
    const bool short_display =
        kind == NodeKind::ListLiteral || kind == NodeKind::Tuple || kind == NodeKind::Set;
    constexpr std::int64_t kShort = 1000;
    bool short_range = false;
    if (kind == NodeKind::Call && dotted(t.child(iter, slot::Call::function)) == "range") {
      const auto length = syntax::range_length(t, iter);
      short_range = length && *length <= kShort;
    }
    const std::optional<Spent> before = spent_so_far();
    if (!surely_iterable(iterable.value)) raise_here(iter);
    iterate_to_fixpoint([&] {
      Evaluated item = iterate(iterable, iter);
      assign(target, item);
      body();
    });
    if (!short_display && !short_range) unknown_length(before, node);
  }
  Environment breaks = std::move(frame().loops.back().breaks);
  frame().loops.pop_back();
  block(t.child(node, slot::For::else_statements));
  join_into(frame().environment, breaks);
}

void Interpreter::try_statement(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  Environment raised{{}, false};
  Environment leaving{{}, false};  // what a finally may see besides
  const NodeId final_block = t.child(node, slot::Try::finally_statements);
  const bool has_finally = !t.children(final_block).empty();
  if (has_finally) frame().handlers.push_back(&leaving);
  frame().handlers.push_back(&raised);
  block(t.child(node, slot::Try::statements));
  frame().handlers.pop_back();
  block(t.child(node, slot::Try::else_statements));
  Environment after = std::move(frame().environment);
  for (NodeId handler : t.items(node, slot::Try::handlers)) {
    if (!raised.reachable) break;
    frame().environment = raised;
    const NodeId type = t.child(handler, slot::ExceptHandler::type);
    const ValueId types = type ? expression(type).value : values_.nothing();
    const BindingId binding = t[handler].name ? scopes().variable(handler) : BindingId{};
    if (binding) write_variable(binding, {caught(types, handler), opaque(handler)}, handler);
    block(t.child(handler, slot::ExceptHandler::statements));
    if (binding && frame().environment.reachable) {
      if (Slot* slot = slot_of(binding))
        slot->definitions = join(slot->definitions, DefinitionsId{0U});
    }
    join_into(after, frame().environment);
  }
  frame().environment = std::move(after);
  if (has_finally) {
    frame().handlers.pop_back();
    const bool falls_through = frame().environment.reachable;
    Environment all = frame().environment;
    join_into(all, leaving);
    join_into(all, raised);
    frame().environment = std::move(all);
    block(final_block);
    if (!falls_through) frame().environment.reachable = false;
  }
}

void Interpreter::assign(NodeId target, Evaluated value) {
  const syntax::SyntaxTree& t = tree();
  switch (t.kind(target)) {
    case NodeKind::Name:
      write_variable(scopes().variable(target), value, target);
      break;
    case NodeKind::Attribute:
      store_attribute(expression(t.child(target, slot::Attribute::value)),
                      attribute_name(frame().module, target), value, target);
      break;
    case NodeKind::Subscript: {
      const Evaluated object = expression(t.child(target, slot::Subscript::value));
      const Evaluated key = expression(t.child(target, slot::Subscript::slice));
      store_subscript(object, key, value, target);
      break;
    }
    case NodeKind::Starred: {
      ValueId list = allocate("list", target);
      for (AtomId id : values_[list]) heap_write(heap_site(values_[id]), elements_, value.value);
      assign(t.child(target, slot::Starred::value), {list, opaque(target)});
      break;
    }
    case NodeKind::Tuple:
    case NodeKind::ListLiteral: {
      const auto items = t.items(target, 0);
      // (a, b) = value: each gets what the value holds at its place.
      std::vector<ValueId> parts(items.size(), values_.nothing());
      ValueId iterated = values_.nothing();
      for (AtomId id : values_[value.value]) {
        const Atom atom = values_[id];
        bool by_position = false;
        if (atom.site && atom.kind == AtomKind::Instance && text(atom.name) == "tuple") {
          for (std::size_t i = 0; i < items.size(); ++i) {
            const ValueId part = heap_read(atom, intern("[" + std::to_string(i) + "]"));
            if (part == values_.nothing()) continue;
            parts[i] = values_.join(parts[i], part);
            by_position = true;
          }
        }
        if (!by_position) iterated = values_.join(iterated, values_.single(atom));
      }
      if (iterated != values_.nothing()) {
        const ValueId element = iterate({iterated, value.term}, target).value;
        order_of_set(iterated, target);
        for (ValueId& part : parts) part = values_.join(part, element);
      }
      for (std::size_t i = 0; i < items.size(); ++i) {
        TermId term;
        if (value.term) {
          term = values_.term({.kind = TermKind::Part,
                               .text = intern("[" + std::to_string(i) + "]"),
                               .operands = {value.term}});
        }
        assign(items[i], {parts[i], term});
      }
      raise_here(target);
      break;
    }
    default:
      break;
  }
}

}  // namespace braid::effects
