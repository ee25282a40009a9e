// What a call of a described function gives, what stands behind that, and who keeps what.
#include <algorithm>

#include "effects/holders.h"
#include "effects/library_call.h"
#include "effects/ownership.h"

namespace braid::effects {

Evaluated LibraryCall::result() {
  Evaluated result;
  site_ = values_.site({.module = in_.frame().module, .node = node_});
  if (called_ != values_.nothing()) in_.heap_write(site_, in_.intern("call"), called_);
  int possible = 0;
  TermId given;
  for (const Clause& clause : model_.clauses) {
    if (clause.kind != ClauseKind::returns || holds(clause.condition) == Holds::no) continue;
    ++possible;
    const ValueId one = returned(clause, given);
    if (clause.returns.backed_by) back(*clause.returns.backed_by);
    result.value = values_.join(result.value, one);
  }
  result.value = values_.join(result.value, asked_);
  // Of several results none is known.
  if (possible == 1) result.term = given;
  for (const Clause& clause : model_.clauses) {
    if (clause.kind == ClauseKind::keeps && holds(clause.condition) != Holds::no)
      keep(clause, result.value);
  }
  if (possible == 0) result.value = anything_made();
  hold_what_callbacks_gave(result.value);
  if (!result.term) result.term = term();
  return result;
}

// `term`: set where the result is what was given.
ValueId LibraryCall::returned(const Clause& clause, TermId& term) {
  const ReturnSpec& spec = clause.returns;
  const auto wanted = [this](std::string_view name) { return argument(name); };
  switch (spec.origin) {
    case ReturnOrigin::self:
      return self_.value;
    case ReturnOrigin::argument: {
      const Argument a = argument(spec.parameter);
      if (a.given) term = a.term;
      return a.value;
    }
    case ReturnOrigin::element:
    case ReturnOrigin::field: {
      ValueId all = values_.nothing();
      for (AtomId id : values_[argument(spec.parameter).value])
        all = values_.join(all, part_of(values_[id], spec));
      // Whatever going through it gives: what its class makes of it, or pairs of a `groupby`.
      const auto gave = consumed_.find(spec.parameter);
      if (gave != consumed_.end() && spec.origin == ReturnOrigin::element && spec.type.empty())
        all = values_.join(all, gave->second);
      return all;
    }
    case ReturnOrigin::call:
      return called_;
    case ReturnOrigin::shared:
    case ReturnOrigin::cached: {
      const SiteId global = values_.site({.part = in_.intern(model_.name)});
      ValueId one = spec.type.empty() ? in_.outside(global) : values_.nothing();
      for (const TypeText& type : parse_type(spec.type))
        one = values_.join(one, in_.type_value(type, global, Recency::Before, wanted));
      return one;
    }
    case ReturnOrigin::fresh:
    case ReturnOrigin::lazy:
    case ReturnOrigin::value:
      return made(spec);
    case ReturnOrigin::any:
      break;
  }
  return anything_given();
}

ValueId LibraryCall::part_of(const Atom& atom, const ReturnSpec& spec) {
  if (spec.type.empty()) {
    if (spec.origin == ReturnOrigin::element) return in_.elements_of(atom);
    return atom.kind == AtomKind::Object ? in_.outside(atom.site, atom.recency)
                                         : values_.single(atom);
  }
  // A part of that object: it shares its fate and its place.
  const Symbol part = in_.intern(spec.type);
  SiteId site = site_;
  if (atom.site) {
    site = values_.site({.parent = atom.site, .part = part});
    const SiteId parent = values_[site].parent;
    if (parent && values_[parent].part == part) site = parent;
  }
  const auto wanted = [this](std::string_view name) { return argument(name); };
  ValueId one = values_.nothing();
  for (const TypeText& type : parse_type(spec.type))
    one = values_.join(one, in_.type_value(type, site, atom.recency, wanted));
  return one;
}

ValueId LibraryCall::made(const ReturnSpec& spec) {
  ValueId one = values_.nothing();
  if (spec.type.empty() || spec.type == "any") {
    one = anything_made();
  } else {
    in_.made(site_, node_);
    const auto wanted = [this](std::string_view name) { return argument(name); };
    for (const TypeText& type : parse_type(spec.type))
      one = values_.join(one, in_.type_value(type, site_, Recency::This, wanted));
  }
  if (spec.origin == ReturnOrigin::lazy) happens_later(one, spec);
  return one;
}

// Nobody says what it is, nor that it does not hold what was given.
ValueId LibraryCall::anything_given() {
  ValueId given = self_.value;
  for (const auto& [name, value] : bound_) given = values_.join(given, value.value);
  in_.heap_write(site_, in_.intern("given"), in_.mutable_part(given));
  return anything_made();
}

ValueId LibraryCall::anything_made() {
  in_.made(site_, node_);
  return values_.single({.kind = AtomKind::Unknown,
                         .recency = Recency::This,
                         .name = in_.intern(std::string(model_.name) + "()"),
                         .site = site_});
}

// A factory, a converter, a hook: what it gave is in what the library makes of it (`row_factory`),
// and is all of it where nobody says what that is.
void LibraryCall::hold_what_callbacks_gave(ValueId& result) {
  const ValueId kept = in_.mutable_part(values_.join(kept_gave_, asked_));
  const ValueId all = values_.join(kept, in_.mutable_part(called_));
  if (all == values_.nothing()) return;
  for (AtomId id : std::vector<AtomId>(values_[result])) {
    const Atom atom = values_[id];
    const bool unseen = atom.kind == AtomKind::Unknown || atom.kind == AtomKind::Outside;
    const bool tuple = atom.kind == AtomKind::Instance && in_.text(atom.name) == "tuple";
    if (!unseen && !tuple && (atom.kind != AtomKind::Instance || in_.is_immutable(atom))) continue;
    if (atom.site == site_)
      in_.heap_write(in_.heap_site(atom), in_.elements_, unseen || tuple ? all : kept);
    if (unseen) result = values_.join(result, all);
  }
}

void LibraryCall::happens_later(ValueId lazy, const ReturnSpec& spec) {
  // A tuple of lazy objects (`tee`) is over its source in each of them.
  std::vector<SiteId> sites{site_};
  for (AtomId id : values_[lazy]) {
    if (in_.text(values_[id].name) != "tuple") continue;
    for (AtomId part : values_[in_.elements_of(values_[id])])
      if (values_[part].site) sites.push_back(values_[part].site);
  }
  for (SiteId each : sites) {
    in_.happens_later(each, heard_);
    for (std::string_view name : names_in(spec.parameter))
      in_.heap_write(each, in_.intern("over"), argument(name).value);
  }
}

// The result stands for that place outside.
void LibraryCall::back(const PlaceSpec& place) {
  std::vector<std::pair<WorldPlace, TermId>> places;
  const Argument a = argument(place.parameter.empty() ? std::string_view("self") : place.parameter);
  if (place.kind == PlaceSpec::Kind::Backing)
    places = in_.backing_of(a.value);
  else if (place.kind == PlaceSpec::Kind::World && !in_.is_null_device(a))
    places.emplace_back(place.world, a.term);
  const auto add = [&places](auto& known) {
    for (const auto& each : places) {
      if (std::find(known.begin(), known.end(), each) == known.end()) known.push_back(each);
    }
  };
  if (in_.frame().traced && in_.focus_.active) add(in_.focus_.backing[site_.value]);
  auto& known = in_.backing_[site_.value];
  add(known);
  // The same place in a loop gives another path each time; within one trace the newest holds.
  if (known.size() > 4) known = {{places.empty() ? WorldPlace::File : places[0].first, TermId{}}};
}

// The claim says of the result that it holds the elements of the parameter once each.
bool LibraryCall::takes_each(std::string_view parameter) const {
  return std::any_of(model_.clauses.begin(), model_.clauses.end(), [&](const Clause& clause) {
    if (clause.kind != ClauseKind::returns) return false;
    const std::string each = "each(" + std::string(parameter) + ")";
    return clause.returns.type.find(each) != std::string_view::npos;
  });
}

// Its keys are kept apart from what they stand for.
bool LibraryCall::is_mapping(const Atom& atom) const {
  if (atom.kind != AtomKind::Instance) return false;
  const TypeModel* model = in_.type_model(atom.name);
  return model != nullptr && model->items == "key(self)";
}

void LibraryCall::keep(const Clause& clause, ValueId result) {
  const Reference what = reference(clause.argument);
  Argument kept = referenced(what);
  if (clause.into.empty()) {
    in_.heap_write(Holders::somewhere(in_), in_.elements_, kept.value);
    return;
  }
  if (clause.into.starts_with(kInResult)) {
    const Symbol attribute = in_.intern(clause.into.substr(kInResult.size()));
    for (AtomId id : values_[result])
      in_.heap_write(in_.heap_site(values_[id]), attribute, kept.value);
    return;
  }
  const ValueId owner = clause.into == "result" ? result : argument(clause.into).value;
  const bool by_name =
      what.form.empty() &&
      std::any_of(model_.parameters.begin(), model_.parameters.end(), [&](const auto& each) {
        return each.name == what.name && each.kind == ParameterSpec::Kind::keywords;
      });
  for (AtomId id : values_[owner]) {
    const SiteId site = in_.heap_site(values_[id]);
    for (const std::size_t each : by_name ? extra_ : std::vector<std::size_t>{})
      in_.heap_write(site, arguments_.keywords[each].first, arguments_.keywords[each].second.value);
    if (clause.into == "result" && what.form == "element" && takes_each(what.name)) continue;
    constexpr std::array<std::string_view, 4> kAdding{
        "list.append", "list.insert", "collections.deque.append", "collections.deque.appendleft"};
    // Of a class of the program, whoever looks at it looks among its elements.
    const bool is_plain = values_[id].kind == AtomKind::Instance;
    if (is_plain && std::find(kAdding.begin(), kAdding.end(), model_.name) != kAdding.end()) {
      Ownership(in_).put_argument(values_[id], kept, node_);
    } else if (what.form.empty() && what.name == "key" && is_mapping(values_[id])) {
      in_.heap_write(site, in_.keys_, kept.value);
    } else {
      in_.heap_write(site, in_.elements_, kept.value);
      // What it is made of may be its keys (`Counter(words)`).
      if (!what.form.empty() && is_mapping(values_[id]))
        in_.heap_write(site, in_.keys_, kept.value);
    }
    if (what.form != "deep") continue;
    in_.heap_write(site, in_.elements_, in_.reachable(kept.value));
    if (is_mapping(values_[id])) in_.heap_write(site, in_.keys_, in_.reachable(kept.value));
    for (AtomId inner : values_[kept.value])
      in_.heap_write(site, in_.keys_, in_.keys_of(values_[inner]));
  }
}

// A pure function of known terms is a term.
TermId LibraryCall::term() const {
  bool known = pure_ || model_.clauses.empty();
  std::vector<TermId> operands;
  if (self_.value != values_.nothing()) {
    operands.push_back(self_.term);
    known = known && self_.term;
  }
  for (const auto& [name, value] : bound_) {
    if (!value.given) continue;
    known = known && value.term && !value.maybe;
    operands.push_back(value.term);
  }
  // Path joins and str() keep what they are given.
  constexpr std::array<std::string_view, 7> kKeepText{"posixpath.join",
                                                      "str",
                                                      "pathlib.Path",
                                                      "pathlib.Path.__truediv__",
                                                      "pathlib.PurePath.__truediv__",
                                                      "pathlib.Path.joinpath",
                                                      "pathlib.PurePath.joinpath"};
  if (std::find(kKeepText.begin(), kKeepText.end(), model_.name) != kKeepText.end()) {
    operands.clear();
    known = true;
    if (self_.value != values_.nothing()) operands.push_back(self_.term);
    for (const Argument& each : arguments_.positional) operands.push_back(each.term);
    for (TermId operand : operands) known = known && operand;
  }
  if (!known || operands.empty()) return in_.opaque(node_);
  return values_.term(
      {.kind = TermKind::Apply, .text = in_.intern(model_.name), .operands = std::move(operands)});
}

}  // namespace braid::effects
