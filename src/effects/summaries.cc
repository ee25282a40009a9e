// What a call of a function of the program does, found once for each context.
#include <algorithm>
#include <tuple>
#include <utility>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;

namespace {
constexpr int kMaxContexts = 8;
constexpr std::uint64_t kFocused = std::uint64_t{1} << 63U;
constexpr std::size_t kMaxDepth = 40;
}  // namespace

// What it does that calls too deep to be followed do.
void Interpreter::cut_short(Summary& summary, const Atom& function) const {
  Effect burn{.kind = EffectKind::Burn, .seconds = kUnknownSeconds};
  Effect unknown{.kind = EffectKind::Unknown, .subject = "a very deep chain of calls"};
  burn.module = unknown.module = function.module;
  burn.node = unknown.node = function.node;
  note_names(burn);
  note_names(unknown);
  summary.effects = std::make_shared<std::vector<Effect>>(std::vector{burn, unknown});
  summary.complete = summary.recursive = true;
}

// One pass over the body; whether it showed anything new.
bool Interpreter::run_summary(Summary& summary, const Task& task) {
  std::vector<Effect> effects;
  Hashes seen;
  Frame callee = make_frame(task.function.module, task.definition);
  callee.sink = &effects;
  callee.seen = &seen;
  EntryNames caller = std::exchange(rests_on_, {});
  task.body(callee);
  const auto size_of = [&] {
    return std::tuple(summary.returns, summary.yields, summary.allocated.size(),
                      summary.entered.size(), summary.rests_on.size());
  };
  const auto before = size_of();
  const bool same_effects = effects.size() == summary.effects->size();
  summary.effects = std::make_shared<std::vector<Effect>>(std::move(effects));
  summary.returns = values_.join(summary.returns, callee.returned);
  summary.returned_term = callee.returned_term;
  summary.yields = values_.join(summary.yields, callee.yielded);
  summary.allocated.insert(callee.allocated);
  summary.entered.insert(callee.entered);
  summary.rests_on.insert(rests_on_);
  rests_on_ = std::move(caller);
  return !same_effects || before != size_of();
}

// Functions that call each other are summarised together, as strongly connected components are
// found (Tarjan, 1972): the first of them that was entered repeats until none of them shows
// anything new; until then what is known of the others may be a part, and is made anew each time.
const Summary& Interpreter::summarise(const Atom& function,
                                      const std::vector<Argument>& arguments) {
  const std::uint64_t key = pair_key(function.module.value, function.node.value);
  std::vector<Argument> context = arguments;
  int same = 0;
  Summary* innermost = nullptr;
  for (const Active& each : active_) {
    if (each.function != key || each.summary == nullptr) continue;
    innermost = each.summary;
    ++same;
  }
  int& contexts = contexts_[key | (focus_.active ? kFocused : 0)];
  // Recursion is followed with all arguments that are known at once.
  if (same > 0 || contexts >= kMaxContexts) {
    const auto& seen = seen_arguments_[key];
    for (std::size_t i = 0; i < context.size() && i < seen.size(); ++i)
      context[i].value = values_.join(context[i].value, seen[i]);
  }
  std::vector<std::uint32_t> index{function.module.value, function.node.value,
                                   focus_.active ? 1U : 0U};
  for (const Argument& argument : context) index.push_back(argument.value.value);
  // A nested function also depends on the variables around it: a summary for each frame there.
  const syntax::SyntaxTree& t = program_.modules[function.module.value].tree;
  const NodeId around = t.enclosing_definition(function.node);
  if (!t.is(around, NodeKind::Module)) {
    for (const Frame* each : frames_) {
      if (each->definition != around || each->module != function.module) continue;
      for (const Slot& slot : each->environment.slots) index.push_back(slot.value.value);
    }
  }
  const auto [entry, fresh] = summaries_.try_emplace(std::move(index));
  // What is passed still grows: this time with what was passed last; there will be another round.
  if (fresh && same > 3) {
    summaries_.erase(entry);
    return summarise(*innermost, {});
  }
  if (fresh) ++contexts;
  return summarise(entry->second, {.function = function,
                                   .definition = function.node,
                                   .key = key,
                                   .body = [&](Frame& callee) { run_body(callee, context); }});
}

// Follows the task if what the summary says of it does not hold.
const Summary& Interpreter::summarise(Summary& summary, const Task& task) {
  // Elsewhere it is enough that a hook was followed once: what it writes has been learnt.
  const bool holds = !focus_.active || hooks_.all_run(summary.left_out);
  if (summary.complete && holds) {
    hooks_.left_out.insert(summary.left_out.begin(), summary.left_out.end());
    return summary;
  }
  summary.complete = false;
  if (summary.depth != 0) {
    summary.recursive = true;
    lowest_ = std::min(lowest_, summary.depth);
    return summary;
  }
  if (summary.pass != 0 && holds && summary.lowest < passes_.size() &&
      summary.pass >= passes_[summary.lowest]) {
    lowest_ = std::min(lowest_, summary.lowest);
    hooks_.left_out.insert(summary.left_out.begin(), summary.left_out.end());
    return summary;
  }
  if (frames_.size() > kMaxDepth) {
    cut_short(summary, task.function);
    return summary;
  }
  for (Active& each : active_) each.again = each.again || each.function == task.key;
  const auto depth = static_cast<std::uint32_t>(passes_.size());
  const std::size_t waiting = waiting_.size();
  const std::uint32_t caller_lowest = std::exchange(lowest_, depth);
  std::set<std::uint64_t> left_out = std::exchange(hooks_.left_out, {});
  summary.depth = depth;
  passes_.push_back(0);
  active_.push_back({task.key, false, &summary});
  constexpr int kRounds = 12;
  for (int round = 0;; ++round) {
    passes_.back() = ++pass_;
    const std::uint64_t shown = shown_;
    if (run_summary(summary, task)) ++shown_;
    if (task.definition) hand_out(task.function, values_.join(summary.returns, summary.yields));
    if (lowest_ < depth) break;  // one that was entered before repeats
    const bool alone = !summary.recursive && waiting_.size() == waiting;
    if (alone || shown == shown_ || exhausted()) break;
    if (round == kRounds) give_up();  // it still grows: what is known of it is not all
    waiting_.resize(waiting);
  }
  // Those that it began itself it has followed.
  std::erase_if(hooks_.left_out, [&](std::uint64_t hook) { return !hooks_.all_run({hook}); });
  summary.left_out = hooks_.left_out;
  hooks_.left_out.merge(left_out);
  summary.again = summary.again || active_.back().again;
  active_.pop_back();
  passes_.pop_back();
  summary.depth = 0;
  summary.pass = pass_;
  summary.lowest = lowest_;
  waiting_.push_back({&summary, task.function});
  if (lowest_ >= depth) {
    for (std::size_t i = waiting; i < waiting_.size(); ++i)
      complete(*waiting_[i].first, waiting_[i].second);
    waiting_.resize(waiting);
  }
  lowest_ = std::min(lowest_, caller_lowest);
  return summary;
}

void Interpreter::complete(Summary& summary, const Atom& function) const {
  if (summary.complete) return;
  summary.complete = true;
  if (!summary.again && !summary.recursive) return;
  // How often it calls itself nobody knows.
  Effect burn{.kind = EffectKind::Burn, .seconds = kUnknownSeconds};
  burn.module = function.module;
  burn.node = function.node;
  note_names(burn);
  std::vector<Effect> effects = *summary.effects;
  effects.push_back(burn);
  summary.effects = std::make_shared<std::vector<Effect>>(std::move(effects));
}

// Summaries of contexts outside of the loop in focus hold as long as nothing has grown.
void Interpreter::forget_summaries() {
  if (changed_.times != summarised_at_) {
    summaries_.clear();
    contexts_.clear();
    summarised_at_ = changed_.times;
    return;
  }
  std::erase_if(summaries_, [](const auto& each) { return each.first[2] == 1; });
  std::erase_if(contexts_, [](const auto& each) { return (each.first & kFocused) != 0; });
}

void Interpreter::give_up() { steps_ = std::max(steps_, last_step_ + 1); }

void Interpreter::enter(std::uint64_t function) {
  frame().entered.insert(function);
  if (frame().traced && focus_.active) focus_.entered.insert(function);
}

void Interpreter::enter(const Functions& functions) {
  frame().entered.insert(functions);
  if (frame().traced && focus_.active) focus_.entered.insert(functions);
}

TermId Interpreter::substitute(TermId id, const Atom& function,
                               const std::vector<Argument>& arguments) {
  if (!id) return id;
  Term term = values_[id];
  if (term.kind == TermKind::Parameter) {
    if (term.node != function.node || term.module != function.module) return {};
    return term.index < arguments.size() ? arguments[term.index].term : TermId{};
  }
  if (term.kind == TermKind::Opaque || term.kind == TermKind::Item) return {};
  for (TermId& operand : term.operands) {
    operand = substitute(operand, function, arguments);
    if (!operand) return {};
  }
  return values_.term(term);
}

// What a callee did is told to a caller once, however often it is called with the same terms; in a
// traced frame, whose events have an order, each time.
void Interpreter::apply_summary(const Summary& summary, const Atom& function,
                                const std::vector<Argument>& arguments, NodeId node) {
  Frame& here = frame();
  const auto effects = summary.effects;
  const bool heard = is_heard();
  Applied call{effects, pair_key(function.module.value, function.node.value), {}, 0, here.listener,
               heard};
  for (const Argument& each : arguments) call.terms.push_back(each.term.value);
  here.allocated.insert(summary.allocated);
  call.allocated = here.allocated.size();
  if (here.traced) {
    call.focused = focus_.active;
    call.node = node;
    call.helper_call = here.helper_call;
    call.definition = here.definition;
  }
  // Which events they were when the same was told at the same place.
  std::vector<std::uint32_t>* events = nullptr;
  if (here.traced && heard && here.overheard == nullptr) {
    Applied anywhere = call;
    anywhere.allocated = 0;
    events = &focus_.logged[std::move(anywhere)];
  }
  const auto [known, fresh] = here.applied.try_emplace(std::move(call), false);
  const bool tells = heard && (fresh || here.traced);
  if (!fresh && !known->second && !tells) return;
  bool& writes_variables = known->second;
  if (fresh) {
    for (std::uint32_t each : summary.allocated) made_in_loop(SiteId{each}, node);
    if (focus_.active) focus_.made_by_others.insert(summary.allocated);
    enter(summary.entered);
    const NodeKind kind = program_.modules[function.module.value].tree.kind(function.node);
    if (kind == NodeKind::FunctionDef || kind == NodeKind::Lambda)
      enter(pair_key(function.module.value, function.node.value));
    rests_on_.insert(summary.rests_on);
  }
  const bool known_events = events != nullptr && events->size() == effects->size();
  for (std::size_t at = 0; at < effects->size(); ++at) {
    const Effect& each = (*effects)[at];
    std::optional<Definitions> definitions;
    if (each.place.kind == PlaceKind::Variable && each.place.module == frame().module) {
      const BindingId binding = each.place.variable;
      if (Slot* slot = slot_of(binding)) {
        if (each.kind == EffectKind::Read) {
          if (heard) definitions = describe(slot->definitions);
        } else {
          writes_variables = true;
          slot->value = values_.join(
              slot->value, from_heap(shared_value(pair_key(frame().module.value, binding.value)),
                                     Recency::Before));
          slot->term = {};
          slot->definitions = join(slot->definitions, definition(Recency::This, node));
        }
      } else {
        definitions = Definitions{.before = true};
      }
    }
    if (!tells) continue;
    if (!here.traced && here.overheard == nullptr) {
      tell_callers(each, substitute(each.place.key, function, arguments), true);
      continue;
    }
    if (known_events && !definitions) {
      focus_.events.repeat((*events)[at]);
      continue;
    }
    Effect effect = each;
    effect.place.key = substitute(effect.place.key, function, arguments);
    if (events == nullptr) {
      record(std::move(effect), node, true, std::move(definitions));
      continue;
    }
    const std::uint32_t where = focus_.events.push(
        {std::move(effect), node, here.helper_call, true, definitions.value_or(Definitions{})});
    if (!known_events) events->push_back(where);
  }
}

}  // namespace braid::effects
