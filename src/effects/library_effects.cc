// What a call of a described function does, clause by clause of its claim.
#include <algorithm>

#include "effects/library_call.h"
#include "effects/pickling.h"

namespace braid::effects {

void LibraryCall::ask_what_is_given() {
  for (const auto& [name, value] : bound_) {
    if (value.given) in_.may_ask(value.value, Interpreter::Asked::as_file, node_);
  }
  kept_gave_ = in_.asks_what_it_keeps(self_.value, node_);
  for (const auto& [name, value] : bound_) {
    if (value.given)
      kept_gave_ = values_.join(kept_gave_, in_.asks_what_it_keeps(value.value, node_));
  }
  in_.register_extensions(model_.name, arguments_);
  kept_gave_ = values_.join(kept_gave_, in_.call_registered(model_.name, node_));
  if (in_.raised_ && in_.shows_exception(model_.name, arguments_))
    in_.may_ask(in_.from_heap(in_.raised_, Recency::Before), Interpreter::Asked::hooks, node_);
}

void LibraryCall::raise() {
  const bool all_used = next_ >= arguments_.positional.size() &&
                        std::find(used_.begin(), used_.end(), false) == used_.end();
  bool may_raise = true;
  for (const Clause& clause : model_.clauses) {
    repeatable_ = repeatable_ ||
                  (clause.kind == ClauseKind::repeatable && holds(clause.condition) == Holds::yes);
    if (clause.kind == ClauseKind::raises_nothing && holds(clause.condition) == Holds::yes &&
        all_used && in_.surely_suit(model_, bound_))
      may_raise = false;
    if (clause.kind == ClauseKind::returns && clause.returns.origin == ReturnOrigin::lazy &&
        holds(clause.condition) != Holds::no)
      lazy_ = true;
  }
  if (may_raise) in_.raise_here(node_);
}

void LibraryCall::apply(const Clause& clause) {
  const std::string subject(model_.name);
  switch (clause.kind) {
    case ClauseKind::pure:
      pure_ = true;
      for (const auto& [name, value] : bound_)
        in_.record_object(EffectKind::Read, value.value, Part::Deep, node_);
      in_.record_object(EffectKind::Read, self_.value, Part::Deep, node_);
      break;
    case ClauseKind::finalises:
      in_.note_left_open(node_);
      touch(clause);
      break;
    case ClauseKind::reads:
    case ClauseKind::writes:
    case ClauseKind::appends:
      touch(clause);
      break;
    case ClauseKind::waits:
      in_.record({.kind = EffectKind::Wait,
                  .waits = clause.waits,
                  .seconds = clause.seconds > 0 ? clause.seconds : default_seconds(clause.waits),
                  .subject = subject},
                 node_);
      break;
    case ClauseKind::burns:
      in_.record({.kind = EffectKind::Burn,
                  .nogil = clause.nogil,
                  .seconds = clause.seconds > 0 ? clause.seconds : 2e-3,
                  .subject = subject},
                 node_);
      break;
    case ClauseKind::exits:
      in_.record({.kind = EffectKind::Exit, .subject = subject}, node_);
      break;
    case ClauseKind::unwinds:
      in_.record({.kind = EffectKind::Unwind, .subject = subject}, node_);
      break;
    case ClauseKind::costs_money:
      in_.record({.kind = EffectKind::Call, .subject = subject}, node_);
      break;
    case ClauseKind::calls:
      calls(clause);
      break;
    case ClauseKind::consumes:
      if (!lazy_) consumes(clause);  // else when the result is consumed
      break;
    default:
      break;
  }
}

void LibraryCall::touch(const Clause& clause) {
  const EffectKind kind = clause.kind == ClauseKind::reads     ? EffectKind::Read
                          : clause.kind == ClauseKind::appends ? EffectKind::Append
                                                               : EffectKind::Write;
  // A fixed key is no row of this iteration's own.
  const TermId key = clause.unless == "own-rows" ? argument("key").term : TermId{};
  Clause as_used = clause;
  if (key && values_[key].kind == TermKind::Constant) as_used.unless = {};
  // Whose claims say all that they put somewhere.
  constexpr std::string_view kContainers[] = {"list.", "dict.", "set.", "collections.",
                                              "random.shuffle"};
  const bool advances = model_.name == "next" || model_.name.ends_with(".__next__");
  const bool orderly = advances || std::any_of(std::begin(kContainers), std::end(kContainers),
                                               [&](std::string_view prefix) {
                                                 return model_.name.starts_with(prefix);
                                               });
  for (const PlaceSpec& place : clause.places) {
    const std::string_view name =
        place.parameter.empty() ? std::string_view("self") : place.parameter;
    PlaceSpec touched = place;
    touched.folder.repeatable = repeatable_ && touched.folder;
    in_.placing_.orderly = orderly;
    in_.touch(kind, touched, argument(name), self_, as_used, model_, node_);
    in_.placing_.orderly = false;
  }
}

void LibraryCall::calls(const Clause& clause) {
  const Reference callable = reference(clause.argument);
  const Argument a = deeply(callable);
  if (callable.name != "self" && !a.given) return;
  if (clause.later && callable.member.empty()) in_.register_with(model_.name, a.value);
  const Listening listening(in_.frame(), lazy_ ? &heard_ : nullptr);
  if (callable.member == "__reduce_ex__" && !model_.name.starts_with("copy.")) {
    in_.text_taken(a.value, node_, true);
    Pickling(in_).pickle(a.value, node_);
  }
  const CallArguments given = given_to_callback(clause, callable);
  for (AtomId id : values_[a.value]) {
    const Atom atom = values_[id];
    if (callable.member.empty())
      call_back(atom, in_.takes_more(atom, given) ? anything_beside(callable) : given);
    else
      asked(atom, in_.call_member(atom, callable.member, given, node_));
  }
}

// `deep(x)`: it and all that it holds.
Argument LibraryCall::deeply(const Reference& wanted) const {
  Argument found = referenced(wanted);
  if (wanted.form == "deep")
    found = {in_.reachable(found.value), {}, {}, found.given, found.maybe};
  return found;
}

// Whatever a claim says that the result is: what an object of the program gave may be in it.
void LibraryCall::asked(const Atom& object, ValueId gave) {
  called_ = values_.join(called_, gave);
  const bool shares = in_.mutable_part(in_.reachable(gave)) != values_.nothing();
  if (object.kind == AtomKind::Object && shares) asked_ = values_.join(asked_, gave);
}

CallArguments LibraryCall::given_to_callback(const Clause& clause,
                                             const Reference& callable) const {
  CallArguments given;
  if (clause.with.size() == 1 && clause.with[0] == "nothing") return given;
  for (std::string_view with : clause.with) {
    if (with.starts_with('*')) {
      hand_on(with, given);
      continue;
    }
    Argument each = deeply(reference(with));
    each.given = true;
    given.positional.push_back(each);
  }
  return clause.with.empty() ? anything_beside(callable) : given;
}

// Whatever was given beside it, or parts of that.
CallArguments LibraryCall::anything_beside(const Reference& callable) const {
  CallArguments given;
  ValueId others = self_.value;
  for (const auto& [name, value] : bound_) {
    if (value.given && name != callable.name) others = values_.join(others, value.value);
  }
  given.starred = given.double_starred = true;
  given.rest = {.value = values_.join(in_.outside({}), in_.mutable_part(in_.reachable(others))),
                .given = true,
                .maybe = true};
  return given;
}

// `*args`, `*element(args)` or `**kwargs`: what it was given there, each argument for itself.
void LibraryCall::hand_on(std::string_view starred, CallArguments& to) const {
  if (starred.starts_with("**")) {
    for (const std::size_t each : extra_) to.keywords.push_back(arguments_.keywords[each]);
    to.double_starred = arguments_.double_starred;
    to.rest = arguments_.rest;
    return;
  }
  const bool elements = reference(starred.substr(1)).form == "element";
  for (std::size_t i = variadic_; i < arguments_.positional.size(); ++i) {
    const Argument& each = arguments_.positional[i];
    to.positional.push_back(elements ? elements_in(each) : each);
  }
  to.starred = arguments_.starred;
  to.rest = elements ? elements_in(arguments_.rest) : arguments_.rest;
}

void LibraryCall::call_back(const Atom& callable, const CallArguments& given) {
  if (callable.kind == AtomKind::Instance) {
    // None, a string, a list of columns: not what is called.
    const std::string_view type = in_.text(callable.name);
    const bool is_called = in_.knowledge_.find_member(type, "__call__").has_value();
    if (!is_called &&
        (in_.is_immutable(callable) || type == "list" || type == "dict" || type == "set"))
      return;
  }
  const ValueId result = in_.call({values_.single(callable), {}}, given, node_).value;
  called_ = values_.join(called_, result);
  // `json.dumps(value, cls=Encoder)`: what it makes, it uses.
  if (callable.kind != AtomKind::Class) return;
  for (AtomId made : values_[result]) {
    const Atom object = values_[made];
    if (object.kind == AtomKind::Object)
      called_ = values_.join(
          called_, in_.call_methods(object, Interpreter::Asked::anything, node_));
  }
}

void LibraryCall::consumes(const Clause& clause) {
  const Reference wanted = reference(clause.argument);
  const Argument a = referenced(wanted);
  if (!a.given && wanted.name != "self") return;
  ValueId iterable = values_.nothing();
  for (AtomId id : values_[a.value]) {
    const Atom& atom = values_[id];
    if (!in_.is_immutable(atom) ||
        (atom.kind == AtomKind::Instance && in_.text(atom.name) == "tuple"))
      iterable = values_.join(iterable, values_.single(atom));
  }
  if (iterable == values_.nothing()) return;
  const ValueId gave = in_.iterate({iterable, a.term}, node_).value;
  if (wanted.form.empty()) consumed_.insert_or_assign(std::string(wanted.name), gave);
  order_taken(iterable);
}

}  // namespace braid::effects
