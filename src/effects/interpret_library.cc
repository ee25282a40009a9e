// Library calls by their models, TYPE texts to values, iteration.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

namespace {

// `element(xs).__lt__` → {form "element", name "xs", member "__lt__"}.
struct Reference {
  std::string_view form;
  std::string_view name;
  std::string_view member;
};
Reference reference(std::string_view text) {
  Reference out;
  const std::size_t open = text.find('(');
  if (open != std::string_view::npos) {
    const std::size_t close = text.find(')', open);
    out.form = text.substr(0, open);
    out.name = text.substr(open + 1, close - open - 1);
    if (close + 1 < text.size() && text[close + 1] == '.') out.member = text.substr(close + 2);
    return out;
  }
  const std::size_t dot = text.find('.');
  out.name = text.substr(0, dot);
  if (dot != std::string_view::npos) out.member = text.substr(dot + 1);
  return out;
}

enum class Holds { no, maybe, yes };

}  // namespace

Evaluated Interpreter::call_library(const Entry& entry, Evaluated self,
                                    const CallArguments& arguments, NodeId node) {
  rests_on_.insert(entry.name);
  if (entry.callable == nullptr)
    return unknown_call(std::string(entry.name), true, self, arguments, node);
  return apply_model(*entry.callable, self, arguments, node);
}

// `calls x.read`, `calls x.__str__`: the argument's method, or what builtin types do, which is
// nothing but reading.
ValueId Interpreter::call_member(const Atom& atom, std::string_view member,
                                 const CallArguments& given, NodeId node) {
  const ValueId object = values_.single(atom);
  const bool special = member.starts_with("__");
  const bool shown = member == "__str__" || member == "__repr__" || member == "__format__";
  if ((member == "__eq__" || member == "__hash__") && compared_by_identity(atom))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  // Its text says under which name the script runs.
  if (shown && atom.kind == AtomKind::Class)
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  if (member == "__getattribute__") reads_any_attribute(atom, node);
  if (atom.kind == AtomKind::Object) {
    if (shown) return special_method(object, {member, "__str__", "__repr__"}, node);
    if (member == "__bool__") return special_method(object, {member, "__len__"}, node);
    if (special) return special_method(object, {member}, node);
    return call(attribute_of({object, {}}, intern(member), node), given, node).value;
  }
  if (atom.kind == AtomKind::Instance && special) {
    if (shown && !is_immutable(atom)) {
      special_method(elements_of(atom), {"__repr__"}, node);
      special_method(keys_of(atom), {"__repr__"}, node);
    } else if (shown && text(atom.name) == "tuple") {
      special_method(elements_of(atom), {"__str__", "__repr__"}, node);
    }
    if (member == "__instancecheck__" || member == "__subclasscheck__")
      metaclasses_asked(elements_of(atom), node);
    return values_.nothing();
  }
  if (atom.kind == AtomKind::Class && special) {
    metaclasses_asked(object, node);
    if (member == "__init_subclass__") {
      const auto hook = class_member(atom, intern(member));
      for (AtomId id : values_[hook.value_or(values_.nothing())])
        if (values_[id].kind == AtomKind::Function) call_hook(values_[id], object, node);
    }
  }
  if (special) return values_.nothing();
  if (atom.kind == AtomKind::Instance) {
    if (auto entry = knowledge_.find_member(text(atom.name), member);
        entry && entry->callable != nullptr)
      return call_library(*entry, {object, {}}, given, node).value;
    // A function that the object keeps.
    ValueId out = values_.nothing();
    bool any = false;
    for (AtomId id : values_[values_.join(heap_read(atom, intern(member)), elements_of(atom))]) {
      const Atom kept = values_[id];
      if (kept.kind == AtomKind::Instance && kept.name != atom.name &&
          !knowledge_.find_member(text(kept.name), "__call__"))
        continue;
      any = true;
      out = values_.join(out, call({values_.single(kept), {}}, given, node).value);
    }
    if (any) return out;
  }
  return unknown_call(std::string(member), true, {object, {}}, given, node).value;
}

// What a class method is given: the class it is called of, or that of the object.
ValueId Interpreter::class_called(std::string_view method, ValueId self) {
  if (self == values_.nothing()) {
    const auto owner = intern(method.substr(0, method.rfind('.')));
    return values_.single({.kind = AtomKind::LibraryType, .name = owner});
  }
  ValueId classes = values_.nothing();
  for (AtomId id : values_[self]) {
    Atom of = values_[id];
    if (of.kind == AtomKind::Object)
      of = {.kind = AtomKind::Class, .module = of.module, .node = of.node};
    if (of.kind == AtomKind::Instance) of = {.kind = AtomKind::LibraryType, .name = of.name};
    classes = values_.join(classes, values_.single(of));
  }
  return classes;
}

Evaluated Interpreter::apply_model(const CallableModel& model, Evaluated self,
                                   const CallArguments& arguments, NodeId node) {
  if (const std::string_view name = model.name;
      patched_libraries_.contains(std::string(name.substr(0, name.find('.'))))) {
    // What is said of the library may not hold any more.
    const std::string root = root_of(name);
    record({.kind = EffectKind::Unknown, .unless = "independent", .subject = root}, node);
  }
  // -- bind
  const auto of_a_type = [&] {
    const std::string_view name = model.name;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return false;
    const auto owner = knowledge_.find(name.substr(0, dot));
    return owner && owner->type != nullptr;
  };
  std::vector<std::pair<std::string_view, Argument>> bound;
  std::size_t next = 0;
  std::vector<bool> used(arguments.keywords.size());
  for (const ParameterSpec& parameter : model.parameters) {
    Argument out;
    using Kind = ParameterSpec::Kind;
    if (parameter.name == "cls" && &parameter == &model.parameters[0] && of_a_type()) continue;
    if (parameter.kind == Kind::variadic) {
      for (; next < arguments.positional.size(); ++next) {
        const Argument& each = arguments.positional[next];
        out = {values_.join(out.value, each.value), out.given ? TermId{} : each.term, each.node,
               true, false};
      }
      if (arguments.starred)
        out = {values_.join(out.value, arguments.rest.value), {}, {}, true, true};
      bound.emplace_back(parameter.name, out);
      continue;
    }
    if (parameter.kind == Kind::keywords) {
      for (std::size_t k = 0; k < used.size(); ++k) {
        if (used[k]) continue;
        out = {values_.join(out.value, arguments.keywords[k].second.value), {}, {}, true, false};
        used[k] = true;
      }
      if (arguments.double_starred)
        out = {values_.join(out.value, arguments.rest.value), {}, {}, true, true};
      bound.emplace_back(parameter.name, out);
      continue;
    }
    if (parameter.kind != Kind::keyword_only && next < arguments.positional.size()) {
      out = arguments.positional[next++];
    } else {
      for (std::size_t k = 0; k < used.size(); ++k) {
        if (!used[k] && text(arguments.keywords[k].first) == parameter.name) {
          out = arguments.keywords[k].second;
          used[k] = true;
        }
      }
      if (!out.given && ((arguments.starred && parameter.kind != Kind::keyword_only) ||
                         arguments.double_starred)) {
        out = {arguments.rest.value, {}, {}, true, true};
      }
    }
    bound.emplace_back(parameter.name, out);
  }
  const bool all_used = next >= arguments.positional.size() &&
                        std::find(used.begin(), used.end(), false) == used.end();
  const std::function<Argument(std::string_view)> argument =
      [&](std::string_view name) -> Argument {
    if (name == "self") return {self.value, self.term, {}, true, false};
    for (const auto& [parameter, value] : bound) {
      if (parameter == name) return value;
    }
    if (name == "cls" && of_a_type()) return {class_called(model.name, self.value), {}, {}, true};
    return {};
  };

  const auto constant_of = [&](const Argument& a) -> std::optional<std::string_view> {
    if (!a.term || values_[a.term].kind != TermKind::Constant || a.maybe) return std::nullopt;
    return text(values_[a.term].text);
  };
  const auto holds = [&](const Condition& condition) {
    using Kind = Condition::Kind;
    if (condition.kind == Kind::always) return Holds::yes;
    const auto given = [&](std::string_view name) {
      const Argument a = argument(name);
      if (!a.given) return Holds::no;
      if (a.maybe) return Holds::maybe;
      if (auto constant = constant_of(a)) {
        return *constant == "None" || *constant == "False" ? Holds::no : Holds::yes;
      }
      const auto& atoms = values_[a.value];
      const auto is_none = [&](AtomId id) {
        return values_[id].kind == AtomKind::Instance && text(values_[id].name) == "None";
      };
      if (!atoms.empty() && std::all_of(atoms.begin(), atoms.end(), is_none)) return Holds::no;
      const auto is_plain = [&](AtomId id) {
        if (values_[id].kind != AtomKind::Instance) return false;
        const std::string_view type = text(values_[id].name);
        return type == "int" || type == "float" || type == "str" || type == "bytes";
      };
      return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), is_plain) ? Holds::yes
                                                                                  : Holds::maybe;
    };
    switch (condition.kind) {
      case Kind::given:
        return given(condition.parameter);
      case Kind::absent: {
        Holds all = Holds::yes;
        for (std::string_view name : names_in(condition.parameter)) {
          const Holds one = given(name);
          if (one == Holds::yes) return Holds::no;
          if (one == Holds::maybe) all = Holds::maybe;
        }
        return all;
      }
      case Kind::equals: {
        const Argument a = argument(condition.parameter);
        if (!a.given) return Holds::no;
        std::string_view value = condition.value;
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
          value = value.substr(1, value.size() - 2);
        if (auto constant = constant_of(a)) return *constant == value ? Holds::yes : Holds::no;
        return Holds::maybe;
      }
      case Kind::is: {
        const Argument a = argument(condition.parameter);
        if (!a.given) return Holds::no;
        for (AtomId id : values_[a.value]) {
          const Atom& atom = values_[id];
          if (atom.kind == AtomKind::Instance
                  ? text(atom.name) == condition.value
                  : atom.kind == AtomKind::Object || atom.kind == AtomKind::Outside ||
                        atom.kind == AtomKind::Unknown) {
            return Holds::maybe;
          }
        }
        return Holds::no;
      }
      default: {
        const Argument a = argument(condition.parameter);
        const bool lacks = condition.kind == Kind::lacks;
        if (!a.given) return lacks ? Holds::yes : Holds::no;
        if (auto constant = constant_of(a)) {
          const bool has = constant->find_first_of(condition.value) != std::string_view::npos;
          return has != lacks ? Holds::yes : Holds::no;
        }
        return Holds::maybe;
      }
    }
  };

  // All that is given, as one term.
  {
    std::vector<TermId> parts;
    bool known = true;
    const bool bound_to_state = self.value != values_.nothing();
    if (bound_to_state) known = false;
    for (const auto& [name, value] : bound) {
      if (!value.given) continue;
      known = known && value.term && !value.maybe;
      parts.push_back(value.term);
    }
    if (bound.size() == 1 || parts.size() == 1) {
      request_ = parts.empty() ? TermId{} : parts[0];
    } else {
      request_ = known ? values_.term({.kind = TermKind::Apply,
                                       .text = intern("request"),
                                       .operands = std::move(parts)})
                       : opaque(node);
    }
  }

  // -- effects
  for (const auto& [name, value] : bound) {
    if (value.given) may_ask(value.value, Asked::as_file, node);
  }
  asks_what_it_keeps(self.value, node);
  for (const auto& [name, value] : bound) {
    if (value.given) asks_what_it_keeps(value.value, node);
  }
  register_extensions(model.name, arguments);
  call_registered(model.name, node);
  if (raised_ && shows_exception(model.name, arguments))
    may_ask(from_heap(raised_, Recency::Before), Asked::hooks, node);
  bool may_raise = true;
  bool lazy = false;
  std::vector<Effect> heard;  // what the lazy result will do
  for (const Clause& clause : model.clauses) {
    if (clause.kind == ClauseKind::raises_nothing && holds(clause.condition) == Holds::yes &&
        all_used && surely_suit(model, bound))
      may_raise = false;
    if (clause.kind == ClauseKind::returns && clause.returns.origin == ReturnOrigin::lazy &&
        holds(clause.condition) != Holds::no)
      lazy = true;
  }
  if (may_raise) raise_here(node);
  std::vector<ValueId> call_results;
  ValueId called = values_.nothing();
  bool pure = false;
  const auto referenced = [&](const Reference& r) {
    Argument a = argument(r.name);
    if (r.form == "element") {
      ValueId held = values_.nothing();
      for (AtomId id : values_[a.value]) {
        const Atom atom = values_[id];
        if (is_immutable(atom) && atom.kind != AtomKind::Instance) continue;
        held = values_.join(held, elements_of(atom));
        if (atom.kind == AtomKind::Instance && text(atom.name) == "dict")
          held = values_.join(held, keys_of(atom));
      }
      a = {held, {}, {}, a.given, a.maybe};
    }
    return a;
  };
  for (const Clause& clause : model.clauses) {
    if (holds(clause.condition) == Holds::no) continue;
    switch (clause.kind) {
      case ClauseKind::pure: {
        pure = true;
        for (const auto& [name, value] : bound)
          record_object(EffectKind::Read, value.value, Part::Deep, node);
        record_object(EffectKind::Read, self.value, Part::Deep, node);
        break;
      }
      case ClauseKind::reads:
      case ClauseKind::writes:
      case ClauseKind::appends:
      case ClauseKind::finalises: {
        const EffectKind kind = clause.kind == ClauseKind::reads     ? EffectKind::Read
                                : clause.kind == ClauseKind::appends ? EffectKind::Append
                                                                     : EffectKind::Write;
        if (clause.kind == ClauseKind::finalises) note_left_open(node);
        // A fixed key is no row of this iteration's own.
        const TermId key = clause.unless == "own-rows" ? argument("key").term : TermId{};
        const bool fixed = key && values_[key].kind == TermKind::Constant;
        Clause as_used = clause;
        if (fixed) as_used.unless = {};
        for (const PlaceSpec& place : clause.places) {
          Argument bound_to =
              argument(place.parameter.empty() ? std::string_view("self") : place.parameter);
          touch(kind, place, bound_to, self, as_used, model, node);
        }
        break;
      }
      case ClauseKind::waits: {
        double seconds = clause.seconds > 0 ? clause.seconds : default_seconds(clause.waits);
        record({.kind = EffectKind::Wait,
                .waits = clause.waits,
                .seconds = seconds,
                .subject = std::string(model.name)},
               node);
        break;
      }
      case ClauseKind::burns:
        record({.kind = EffectKind::Burn,
                .nogil = clause.nogil,
                .seconds = clause.seconds > 0 ? clause.seconds : 2e-3,
                .subject = std::string(model.name)},
               node);
        break;
      case ClauseKind::exits:
        record({.kind = EffectKind::Exit, .subject = std::string(model.name)}, node);
        break;
      case ClauseKind::costs_money:
        record({.kind = EffectKind::Call, .subject = std::string(model.name)}, node);
        break;
      case ClauseKind::calls: {
        const Reference r = reference(clause.argument);
        const Argument a = referenced(r);
        if (r.name != "self" && !a.given) break;
        if (clause.later && r.member.empty()) register_with(model.name, a.value);
        const Listening listening(frame(), lazy ? &heard : nullptr);
        CallArguments given;
        for (std::string_view with : clause.with) {
          Argument each = referenced(reference(with));
          each.given = true;
          given.positional.push_back(each);
        }
        if (clause.with.empty()) {
          // Whatever was given beside it, or parts of that.
          ValueId others = self.value;
          for (const auto& [name, value] : bound)
            if (value.given && name != r.name) others = values_.join(others, value.value);
          given.starred = given.double_starred = true;
          given.rest = {.value = values_.join(outside({}), mutable_part(reachable(others))),
                        .given = true,
                        .maybe = true};
        }
        for (AtomId id : values_[a.value]) {
          const Atom atom = values_[id];
          if (!r.member.empty()) {
            called = values_.join(called, call_member(atom, r.member, given, node));
            continue;
          }
          if (atom.kind == AtomKind::Instance) {
            // None, a string, a list of columns: not what is called.
            const std::string_view type = text(atom.name);
            const bool callable = knowledge_.find_member(type, "__call__").has_value();
            if (!callable &&
                (is_immutable(atom) || type == "list" || type == "dict" || type == "set"))
              continue;
          }
          const ValueId result = call({values_.single(atom), {}}, given, node).value;
          called = values_.join(called, result);
          // `json.dumps(value, cls=Encoder)`: what it makes, it uses.
          if (atom.kind == AtomKind::Class) {
            for (AtomId made : values_[result]) {
              const Atom object = values_[made];
              if (object.kind == AtomKind::Object) call_methods(object, Asked::anything, node);
            }
          }
        }
        break;
      }
      case ClauseKind::consumes: {
        if (lazy) break;  // when the result is consumed
        const Reference r = reference(clause.argument);
        const Argument a = referenced(r);
        if (!a.given && r.name != "self") break;
        ValueId iterable = values_.nothing();
        for (AtomId id : values_[a.value]) {
          const Atom& atom = values_[id];
          if (!is_immutable(atom) ||
              (atom.kind == AtomKind::Instance && text(atom.name) == "tuple"))
            iterable = values_.join(iterable, values_.single(atom));
        }
        if (iterable == values_.nothing()) break;
        iterate({iterable, a.term}, node);
        order_taken(iterable, model.name, node);
        break;
      }
      default:
        break;
    }
  }

  // -- the result
  Evaluated result;
  bool returned = false;
  // Of several results none is known.
  const auto possible =
      std::count_if(model.clauses.begin(), model.clauses.end(), [&](const Clause& clause) {
        return clause.kind == ClauseKind::returns && holds(clause.condition) != Holds::no;
      });
  const SiteId site = values_.site({.module = frame().module, .node = node});
  const auto made_here = [&] { made(site, node); };
  if (called != values_.nothing()) heap_write(site, intern("call"), called);
  for (const Clause& clause : model.clauses) {
    if (clause.kind != ClauseKind::returns || holds(clause.condition) == Holds::no) continue;
    const ReturnSpec& spec = clause.returns;
    returned = true;
    ValueId one = values_.nothing();
    switch (spec.origin) {
      case ReturnOrigin::self:
        one = self.value;
        break;
      case ReturnOrigin::argument: {
        const Argument a = argument(spec.parameter);
        one = a.value;
        if (a.given && possible == 1) result.term = a.term;
        break;
      }
      case ReturnOrigin::element:
      case ReturnOrigin::field: {
        const Argument a = argument(spec.parameter);
        for (AtomId id : values_[a.value]) {
          const Atom atom = values_[id];
          if (!spec.type.empty()) {
            for (const TypeText& type : parse_type(spec.type)) {
              // A part of that object: it shares its fate and its place.
              const SiteId part_site =
                  atom.site ? values_.site({.parent = atom.site, .part = intern(spec.type)}) : site;
              one = values_.join(one, type_value(type,
                                                 values_[part_site].parent &&
                                                         values_[values_[part_site].parent].part ==
                                                             intern(spec.type)
                                                     ? values_[part_site].parent
                                                     : part_site,
                                                 atom.recency, argument));
            }
            continue;
          }
          if (spec.origin == ReturnOrigin::element)
            one = values_.join(one, elements_of(atom));
          else
            one = values_.join(one, atom.kind == AtomKind::Object ? outside(atom.site, atom.recency)
                                                                  : values_.single(atom));
        }
        break;
      }
      case ReturnOrigin::call:
        one = called;
        break;
      case ReturnOrigin::shared:
      case ReturnOrigin::cached: {
        const SiteId global = values_.site({.part = intern(model.name)});
        if (spec.type.empty()) one = outside(global);
        for (const TypeText& type : parse_type(spec.type))
          one = values_.join(one, type_value(type, global, Recency::Before, argument));
        break;
      }
      case ReturnOrigin::fresh:
      case ReturnOrigin::lazy:
      case ReturnOrigin::value: {
        made_here();
        if (spec.type.empty() || spec.type == "any") {
          one = values_.single({.kind = AtomKind::Unknown,
                                .recency = Recency::This,
                                .name = intern(std::string(model.name) + "()"),
                                .site = site});
        } else {
          for (const TypeText& type : parse_type(spec.type))
            one = values_.join(one, type_value(type, site, Recency::This, argument));
        }
        if (spec.origin == ReturnOrigin::lazy) {
          // A tuple of lazy objects (`tee`) is over its source in each of them.
          std::vector<SiteId> lazy_sites{site};
          for (AtomId id : values_[one]) {
            if (text(values_[id].name) != "tuple") continue;
            for (AtomId part : values_[elements_of(values_[id])])
              if (values_[part].site) lazy_sites.push_back(values_[part].site);
          }
          for (SiteId each : lazy_sites) {
            happens_later(each, heard);
            for (std::string_view name : names_in(spec.parameter))
              heap_write(each, intern("over"), argument(name).value);
          }
        }
        break;
      }
      case ReturnOrigin::any:
        made_here();
        one = values_.single({.kind = AtomKind::Unknown,
                              .recency = Recency::This,
                              .name = intern(std::string(model.name) + "()"),
                              .site = site});
        break;
    }
    if (spec.backed_by && site) {
      const PlaceSpec& place = *spec.backed_by;
      std::vector<std::pair<WorldPlace, TermId>> places;
      const Argument a =
          argument(place.parameter.empty() ? std::string_view("self") : place.parameter);
      if (place.kind == PlaceSpec::Kind::Backing)
        places = backing_of(a.value);
      else if (place.kind == PlaceSpec::Kind::World && !is_null_device(a))
        places.emplace_back(place.world, a.term);
      const auto add = [&places](auto& known) {
        for (const auto& each : places) {
          if (std::find(known.begin(), known.end(), each) == known.end()) known.push_back(each);
        }
      };
      if (frame().traced && focus_.active) add(focus_.backing[site.value]);
      auto& known = backing_[site.value];
      add(known);
      // The same place in a loop gives another path each time; within one trace the newest holds.
      if (known.size() > 4)
        known = {{places.empty() ? WorldPlace::File : places[0].first, TermId{}}};
    }
    result.value = values_.join(result.value, one);
  }
  // -- what it keeps
  for (const Clause& clause : model.clauses) {
    if (clause.kind != ClauseKind::keeps || holds(clause.condition) == Holds::no) continue;
    const Reference what = reference(clause.argument);
    const Argument kept = referenced(what);
    const Argument owner = clause.into == "result" ? Argument{result.value, {}, {}, true, false}
                                                   : argument(clause.into);
    for (AtomId id : values_[owner.value]) {
      const Atom atom = values_[id];
      heap_write(heap_site(atom), elements_, kept.value);
      if (what.form == "deep") {
        heap_write(heap_site(atom), elements_, reachable(kept.value));
        for (AtomId inner : values_[kept.value])
          heap_write(heap_site(atom), keys_, keys_of(values_[inner]));
      }
    }
  }
  if (!returned) {
    made_here();
    result.value = values_.single({.kind = AtomKind::Unknown,
                                   .recency = Recency::This,
                                   .name = intern(std::string(model.name) + "()"),
                                   .site = site});
  }
  if (!result.term) {
    // A pure function of known terms is a term.
    bool known = pure || model.clauses.empty();
    std::vector<TermId> operands;
    if (self.value != values_.nothing()) {
      operands.push_back(self.term);
      known = known && self.term;
    }
    for (const auto& [name, value] : bound) {
      if (!value.given) continue;
      known = known && value.term && !value.maybe;
      operands.push_back(value.term);
    }
    // Path joins and str() keep what they are given.
    const bool keeps_text =
        model.name == "posixpath.join" || model.name == "str" || model.name == "pathlib.Path" ||
        model.name == "pathlib.Path.__truediv__" || model.name == "pathlib.PurePath.__truediv__" ||
        model.name == "pathlib.Path.joinpath" || model.name == "pathlib.PurePath.joinpath";
    if (keeps_text) {
      operands.clear();
      known = true;
      if (self.value != values_.nothing()) operands.push_back(self.term);
      for (const Argument& each : arguments.positional) operands.push_back(each.term);
      for (TermId operand : operands) known = known && operand;
    }
    if (known && !operands.empty()) {
      result.term = values_.term(
          {.kind = TermKind::Apply, .text = intern(model.name), .operands = std::move(operands)});
    } else {
      result.term = opaque(node);
    }
  }
  return result;
}

void Interpreter::touch(EffectKind kind, const PlaceSpec& place, Argument bound, Evaluated self,
                        const Clause& clause, const CallableModel& model, NodeId node) {
  const std::string subject(model.name);
  switch (place.kind) {
    case PlaceSpec::Kind::World: {
      if (place.world == WorldPlace::Logging && kind == EffectKind::Append && logs_to_files_)
        record_world(kind, WorldPlace::File, log_path_, node, {}, subject);
      if ((place.world == WorldPlace::Stdout || place.world == WorldPlace::Stderr) &&
          kind == EffectKind::Append && prints_to_files_)
        record_world(kind, WorldPlace::File, {}, node, {}, subject);
      TermId key = place.parameter.empty() ? TermId{} : bound.term;
      if (place.world == WorldPlace::ModuleState) {
        const std::string name =
            subject.substr(0, subject.rfind('.')) + "." + std::string(place.attribute);
        key = values_.term({.kind = TermKind::Constant, .text = intern(name), .is_text = true});
      }
      if (place.world == WorldPlace::File && is_null_device(bound)) break;
      if (place.world == WorldPlace::File && is_own_text(bound.term)) set_watcher("__file__");
      if (place.world == WorldPlace::Remote && !place.parameter.empty()) {
        key = request_;  // the address with everything that is sent along
      }
      // A parameter that is not given names no place.
      if (!place.parameter.empty() && place.parameter != "self" && !bound.given) break;
      std::string_view unless = clause.unless;
      // What a command reads and prints belongs to the command.
      const bool stream = place.world == WorldPlace::Stdin || place.world == WorldPlace::Stdout;
      for (const Clause& each : model.clauses) {
        if (stream && each.kind == ClauseKind::waits && each.waits == Waits::Subprocess)
          unless = "commands-independent";
      }
      record_world(kind, place.world, key, node, unless, subject);
      break;
    }
    case PlaceSpec::Kind::Backing:
      for (const auto& [world, key] : backing_of(bound.value))
        record_world(kind, world, key, node, clause.unless, subject);
      break;
    case PlaceSpec::Kind::Result:
      break;
    default: {
      ValueId objects = bound.value;
      const ValueId whose = place.kind == PlaceSpec::Kind::Self ? self.value : objects;
      const Part part = place.deep                 ? Part::Deep
                        : place.elements           ? Part::Elements
                        : !place.attribute.empty() ? Part::Attribute
                                                   : Part::Whole;
      record_object(kind, whose, part, node,
                    place.attribute.empty() ? Symbol{} : intern(place.attribute), {}, clause.unless,
                    subject);
    }
  }
}

}  // namespace braid::effects
