// The loop in focus: what one iteration of it does, told apart from earlier and later ones.
//
// The function (or module) around is interpreted once for all its loops, until nothing new is
// learnt; what its variables hold where each loop begins is kept. A trace then interprets that one
// loop, from there.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;

namespace {

constexpr std::uint64_t kTracingSteps = 1'000'000;
constexpr int kTracingRounds = 20;
constexpr int kMaxRounds = 40;

}  // namespace

// The function around the loops, with all that its callers are known to pass.
std::vector<Argument> Interpreter::known_arguments(ModuleId module, NodeId definition) {
  if (program_.modules[module.value].tree.is(definition, NodeKind::Module)) return {};
  std::vector<Argument> arguments = outside_arguments(module, definition);
  const std::uint64_t function = pair_key(module.value, definition.value);
  const auto seen = seen_arguments_.find(function);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i].term = values_.term({.kind = TermKind::Parameter,
                                      .index = static_cast<std::uint32_t>(i),
                                      .node = definition,
                                      .module = module});
    if (seen == seen_arguments_.end() || i >= seen->second.size()) continue;
    arguments[i].value = values_.with_recency(seen->second[i], Recency::This, Recency::Before);
    if (const TermId known = passed_.constant(function, i)) arguments[i].term = known;
  }
  return arguments;
}

const Surroundings& Interpreter::surroundings(ModuleId module, NodeId definition) {
  Surroundings& around = surroundings_[pair_key(module.value, definition.value)];
  if (around.made && around.grown == changed_.times) return around;
  focus_ = Focus{};
  rests_on_ = {};
  for (int round = 0; round < kTracingRounds; ++round) {
    changed_ = false;
    forget_summaries();
    Frame frame = make_frame(module, definition);
    frame.traced = true;
    frame.surroundings = &around;
    run_body(frame, known_arguments(module, definition));
    if (find_leaks()) changed_ = true;
    if (!changed_ || exhausted()) break;
  }
  around.made = true;
  around.gave_up = changed_ || exhausted();
  around.grown = changed_.times;
  around.rests_on = std::move(rests_on_);
  return around;
}

// A loop begins here: the last time that the function comes here it knows most.
void Interpreter::note_entry(NodeId loop) {
  if (frame().surroundings != nullptr) frame().surroundings->entries[loop] = frame().environment;
}

LoopTrace Interpreter::trace(ModuleId module, NodeId loop) {
  const syntax::SyntaxTree& t = program_.modules[module.value].tree;
  NodeId definition = t.enclosing_definition(loop);
  while (t.is(definition, NodeKind::ClassDef)) definition = t.enclosing_definition(definition);
  LoopTrace out;
  out.gave_up = gave_up_;
  if (gave_up_) return out;
  last_step_ = steps_ + kTracingSteps;
  Sites allocated;
  ValueId indexed = values_.nothing();
  bool stable = false;
  for (int round = 0; round < kTracingRounds && !stable && !exhausted(); ++round) {
    const Surroundings& around = surroundings(module, definition);
    if (around.gave_up) break;
    focus_ = Focus{};
    focus_.module = module;
    focus_.loop = loop;
    focus_.allocated = allocated;
    focus_.indexed = indexed;
    rests_on_ = around.rests_on;
    stable = true;
    const auto entry = around.entries.find(loop);
    if (entry == around.entries.end()) break;  // never reached
    forget_summaries();
    const std::uint64_t grown = changed_.times;
    Frame frame = make_frame(module, definition);
    frame.traced = true;
    frame.environment = entry->second;
    out.entry = held_by_variables(frame);
    frames_.push_back(&frame);
    if (t.is(loop, NodeKind::For))
      loop_statement(loop);
    else
      comprehension(loop);
    frames_.pop_back();
    if (find_leaks()) changed_ = true;
    allocated = focus_.allocated;
    stable = grown == changed_.times && focus_.stable && indexed == focus_.indexed;
    indexed = focus_.indexed;
  }
  out.gave_up = !stable || exhausted();
  out.events = focus_.events.take();
  for (const auto& [where, value] : focus_.values)
    out.values.push_back({NodeId{where.second}, NodeId{where.first}, value});
  out.makers = std::move(focus_.makers);
  out.iterated = focus_.iterated;
  out.iterated_term = focus_.iterated_term;
  out.containers = focus_.containers;
  for (std::uint64_t each : focus_.entered) {
    out.enters.emplace_back(ModuleId{static_cast<std::uint32_t>(each >> 32U)},
                            NodeId{static_cast<std::uint32_t>(each)});
  }
  out.rests_on.assign(rests_on_.begin(), rests_on_.end());
  std::sort(out.rests_on.begin(), out.rests_on.end());
  out.rests_on.erase(std::unique(out.rests_on.begin(), out.rests_on.end()), out.rests_on.end());
  focus_ = Focus{};
  return out;
}

std::vector<std::pair<BindingId, ValueId>> Interpreter::held_by_variables(const Frame& frame) {
  std::vector<std::pair<BindingId, ValueId>> held;
  const ModuleLayout& where = layout(frame.module);
  const scope::Scopes& scopes = program_.modules[frame.module.value].scopes;
  for (std::uint32_t i = 0; i < where.owner.size(); ++i) {
    if (where.owner[i] != frame.definition || scopes[BindingId{i}].resolved != BindingId{i})
      continue;
    const ValueId value = frame.environment.slots[where.slot[i]].value;
    if (value != values_.nothing()) held.emplace_back(BindingId{i}, value);
  }
  return held;
}

// What the variables hold before the first iteration, as the iterations see it.
Environment Interpreter::entering(Environment before) {
  Frame& here = frame();
  for (std::size_t i = 0; i < before.slots.size(); ++i) {
    Slot& each = before.slots[i];
    each.value = values_.with_recency(each.value, Recency::This, Recency::Before);
    if (!each.term || values_[each.term].kind != TermKind::Constant) {
      Term invariant{.kind = TermKind::Invariant,
                     .index = static_cast<std::uint32_t>(i),
                     .node = here.definition,
                     .module = here.module};
      if (each.term) invariant.operands.push_back(each.term);
      each.term = values_.term(invariant);
    }
    const bool unbound = !is_bound(each);
    const bool bound = definition_sets_[each.definitions.value].size() > (unbound ? 1U : 0U);
    DefinitionsId definitions = bound ? definition(Recency::Before, NodeId{}) : DefinitionsId{0U};
    if (bound && unbound) definitions = join(definitions, DefinitionsId{0U});
    each.definitions = definitions;
  }
  return before;
}

void Interpreter::focus_loop(const std::function<void()>& bind, const std::function<void()>& body) {
  Frame& here = frame();
  focus_.events.clear();
  Environment state = entering(here.environment);
  focus_.active = true;
  for (int round = 0; round < kMaxRounds; ++round) {
    here.environment = state;
    here.loops.back().continues.reachable = false;
    const std::uint64_t grown = changed_.times;
    focus_.stable = true;
    focus_.backing.clear();
    bind();
    body();
    join_into(here.environment, here.loops.back().continues);
    age(here.environment);
    const bool learnt = join_into(state, here.environment);
    if (grown != changed_.times || !focus_.stable) {
      forget_summaries();
    } else if (!learnt) {
      break;
    }
    if (exhausted()) break;
    if (round + 1 == kMaxRounds) give_up();
  }
  focus_.recording = true;
  focus_.stable = true;
  here.environment = state;
  here.loops.back().breaks.reachable = false;
  focus_.backing.clear();
  bind();
  body();
  focus_.recording = false;
  focus_.active = false;
  here.environment = std::move(state);
}

}  // namespace braid::effects
