// Library calls by their models, TYPE texts to values, iteration.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> names_in(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    out.push_back(trimmed(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

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

double default_seconds(Waits waits) {
  switch (waits) {
    case Waits::Network:
      return 0.2;
    case Waits::Disk:
      return 1e-4;
    case Waits::Subprocess:
      return 0.2;
    case Waits::Sleep:
      return 0.5;
    case Waits::Lock:
      return 0;
    default:
      return 1;
  }
}

enum class Holds { no, maybe, yes };

}  // namespace

ValueId Interpreter::elements_of(const Atom& atom) {
  if (atom.kind == AtomKind::Instance) {
    const std::string_view type = text(atom.name);
    if (type == "str") return values_.single(atom);
    if (type == "bytes" || type == "bytearray" || type == "range")
      return instance("int", {}, Recency::Before);
    ValueId held = heap_read(atom, elements_);
    if (type == "json") {
      held = values_.join(held,
                          values_.join(values_.single(atom), instance("str", {}, Recency::Before)));
      held = values_.join(held, values_.join(instance("int", {}, Recency::Before),
                                             instance("None", {}, Recency::Before)));
    }
    // What a lazy object gives comes from its function, or from what it goes over.
    if (atom.site) held = values_.join(held, heap_read(atom, intern("call")));
    return held;
  }
  if (is_anything(atom)) return values_.anything();
  if (atom.kind == AtomKind::Outside) {
    int depth = 0;
    for (SiteId up = atom.site; up && values_[up].parent; up = values_[up].parent) ++depth;
    const SiteId site =
        atom.site && depth < 3 ? values_.site({.parent = atom.site, .part = elements_}) : atom.site;
    return values_.join(outside(site, atom.recency), heap_read(atom, elements_));
  }
  if (atom.kind == AtomKind::Unknown) return values_.single(atom);
  return atom.site ? heap_read(atom, elements_) : values_.nothing();
}

ValueId Interpreter::keys_of(const Atom& atom) {
  if (atom.kind == AtomKind::Instance) {
    if (text(atom.name) == "json") return instance("str", {}, Recency::Before);
    return heap_read(atom, keys_);
  }
  return elements_of(atom);
}

ValueId Interpreter::type_value(std::string_view type, NodeId node, Recency recency,
                                std::string_view part,
                                const std::function<Argument(std::string_view)>& parameter) {
  const SiteId site = values_.site(
      {.module = frame().module, .node = node, .part = part.empty() ? Symbol{} : intern(part)});
  if (recency == Recency::This) {
    made(site, node);
  }
  ValueId out = values_.nothing();
  for (const TypeText& each : parse_type(type))
    out = values_.join(out, type_value(each, site, recency, parameter));
  return out;
}

ValueId Interpreter::type_value(const TypeText& type, SiteId site, Recency recency,
                                const std::function<Argument(std::string_view)>& parameter) {
  const auto part = [&](Symbol name) {
    int depth = 0;
    for (SiteId up = site; up && values_[up].parent; up = values_[up].parent) ++depth;
    return depth < 4 ? values_.site({.parent = site, .part = name}) : site;
  };
  if (!type.parameter.empty() && parameter) {
    ValueId out = values_.nothing();
    for (std::string_view name : names_in(type.parameter)) {
      const Argument argument = parameter(name);
      for (AtomId id : values_[argument.value]) {
        const Atom atom = values_[id];
        if (type.name == "element") {
          const TypeModel* model =
              atom.kind == AtomKind::Instance ? type_model(atom.name) : nullptr;
          ValueId held = elements_of(atom);
          if (atom.kind == AtomKind::Instance &&
              (text(atom.name) == "dict" || text(atom.name) == "collections.defaultdict" ||
               text(atom.name) == "collections.OrderedDict" ||
               text(atom.name) == "collections.Counter") &&
              name != "self") {
            held = keys_of(atom);  // what iterating an argument yields
          }
          if (held == values_.nothing() && model != nullptr && !model->items.empty() &&
              model->items.find("(self)") == std::string_view::npos) {
            for (const TypeText& item : parse_type(model->items))
              held = values_.join(held, type_value(item, part(elements_), recency, {}));
          }
          if (atom.kind == AtomKind::Generator) {
            const auto summary = summaries_.end();
            (void)summary;
            held = values_.join(held, outside(part(elements_), recency));
          }
          out = values_.join(out, held);
        } else if (type.name == "key") {
          out = values_.join(out, keys_of(atom));
        } else if (type.name == "type") {
          if (atom.kind == AtomKind::Instance)
            out = values_.join(out, instance(text(atom.name), site, recency));
          else
            out = values_.join(
                out, values_.single({.kind = AtomKind::Outside, .recency = recency, .site = site}));
        } else if (type.name == "instance") {
          if (atom.kind == AtomKind::Class) {
            out = values_.join(out, values_.single({.kind = AtomKind::Object,
                                                    .recency = recency,
                                                    .module = atom.module,
                                                    .node = atom.node,
                                                    .site = site}));
          } else if (atom.kind == AtomKind::LibraryType) {
            out = values_.join(out, instance(text(atom.name), site, recency));
          } else {
            out = values_.join(out, outside(site, recency));
          }
        } else {
          out = values_.join(out, heap_read(site, intern("call"), recency));
        }
      }
    }
    return out;
  }
  if (type.name == "any") return outside(site, recency);
  if (type.name == "value") return instance("int", {}, Recency::Before);
  if (type.name == "module") return values_.nothing();
  if (type.name == "self" && parameter) return parameter("self").value;
  const ValueId made = instance(type.name, site, recency);
  for (std::size_t i = 0; i < type.arguments.size(); ++i) {
    const bool mapping = type.arguments.size() == 2 && type.name != "tuple";
    const Symbol name = mapping && i == 0 ? keys_ : elements_;
    ValueId held = values_.nothing();
    for (const TypeText& each : type.arguments[i]) {
      if (each.name == "...") continue;
      held = values_.join(
          held, type_value(
                    each, part(type.name == "tuple" ? intern("[" + std::to_string(i) + "]") : name),
                    recency, parameter));
    }
    heap_write(site, name, held);
    if (type.name == "tuple" && !(type.arguments.size() == 2 && type.arguments[1].size() == 1 &&
                                  type.arguments[1][0].name == "...")) {
      heap_write(site, intern("[" + std::to_string(i) + "]"), held);
    }
  }
  return made;
}

ValueId Interpreter::annotation_value(NodeId annotation, NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const SiteId site = values_.site({.module = frame().module, .node = node});
  const std::function<ValueId(NodeId, SiteId, int)> value_of = [&](NodeId at, SiteId where,
                                                                   int depth) -> ValueId {
    if (depth > 4) return values_.nothing();
    if (t.is(at, NodeKind::Name) || t.is(at, NodeKind::Attribute)) {
      const std::string name = dotted(at);
      constexpr std::string_view kBuiltin[] = {"str",   "int",       "float",   "bool",
                                               "bytes", "list",      "dict",    "set",
                                               "tuple", "frozenset", "complex", "bytearray"};
      constexpr std::pair<std::string_view, std::string_view> kTyping[] = {
          {"List", "list"}, {"Dict", "dict"}, {"Set", "set"}, {"Tuple", "tuple"}, {"Text", "str"}};
      const std::string last =
          name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
      for (const auto& [typing, builtin_name] : kTyping) {
        if (last == typing) return instance(builtin_name, where, Recency::Before);
      }
      if (std::find(std::begin(kBuiltin), std::end(kBuiltin), name) != std::end(kBuiltin))
        return instance(name, where, Recency::Before);
      const ValueId named = t.is(at, NodeKind::Name) ? this->name(at).value : attribute(at).value;
      ValueId out = values_.nothing();
      for (AtomId id : values_[named]) {
        const Atom atom = values_[id];
        if (atom.kind == AtomKind::Class) {
          out = values_.join(out, values_.single({.kind = AtomKind::Object,
                                                  .module = atom.module,
                                                  .node = atom.node,
                                                  .site = where}));
        } else if (atom.kind == AtomKind::LibraryType && !text(atom.name).starts_with("typing.")) {
          out = values_.join(out, instance(text(atom.name), where, Recency::Before));
        }
      }
      return out;
    }
    if (t.is(at, NodeKind::Subscript)) {
      const std::string name = dotted(t.child(at, slot::Subscript::value));
      const NodeId slice = t.child(at, slot::Subscript::slice);
      const std::string last =
          name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
      std::vector<NodeId> arguments;
      if (t.is(slice, NodeKind::Tuple)) {
        for (NodeId item : t.items(slice, 0)) arguments.push_back(item);
      } else {
        arguments.push_back(slice);
      }
      if (last == "Optional" || last == "Union") {
        ValueId out = values_.nothing();
        for (NodeId argument : arguments)
          out = values_.join(out, value_of(argument, where, depth + 1));
        return out;
      }
      const ValueId out = value_of(t.child(at, slot::Subscript::value), where, depth + 1);
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool mapping = arguments.size() == 2 && (last == "dict" || last == "Dict");
        const ValueId held =
            value_of(arguments[i],
                     values_.site({.parent = where, .part = mapping && i == 0 ? keys_ : elements_}),
                     depth + 1);
        heap_write(where, mapping && i == 0 ? keys_ : elements_, held);
      }
      return out;
    }
    if (t.is(at, NodeKind::BinOp)) {  // X | None
      return values_.join(value_of(t.child(at, slot::BinOp::left), where, depth + 1),
                          value_of(t.child(at, slot::BinOp::right), where, depth + 1));
    }
    return values_.nothing();
  };
  ++quiet_;
  const ValueId out = value_of(annotation, site, 0);
  --quiet_;
  return out;
}

std::vector<std::pair<WorldPlace, TermId>> Interpreter::backing_of(ValueId value) {
  std::vector<std::pair<WorldPlace, TermId>> out;
  for (AtomId id : values_[value]) {
    const Atom& atom = values_[id];
    if (is_immutable(atom) || !atom.site) continue;
    const auto own = focus_.backing.find(atom.site.value);
    if (frame().traced && focus_.active && atom.recency == Recency::This &&
        own != focus_.backing.end() && !focus_.made_by_others.contains(atom.site.value)) {
      out.insert(out.end(), own->second.begin(), own->second.end());
      continue;
    }
    if (auto found = backing_.find(atom.site.value); found != backing_.end()) {
      out.insert(out.end(), found->second.begin(), found->second.end());
      continue;
    }
    if (atom.kind == AtomKind::Instance) {
      const std::string_view type = text(atom.name);
      if (type.starts_with("io.StringIO") || type.starts_with("io.BytesIO")) continue;  // memory
      const TypeModel* model = type_model(atom.name);
      if (type.starts_with("io."))
        out.emplace_back(WorldPlace::File, TermId{});
      else if (model != nullptr && model->handle)
        out.emplace_back(WorldPlace::Remote, TermId{});
    }
  }
  return out;
}

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
    return values_.nothing();
  }
  if (atom.kind == AtomKind::Class && special) {
    metaclass_hooks(atom, node);
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

Evaluated Interpreter::apply_model(const CallableModel& model, Evaluated self,
                                   const CallArguments& arguments, NodeId node) {
  if (const std::string_view name = model.name;
      patched_libraries_.contains(std::string(name.substr(0, name.find('.'))))) {
    // What is said of the library may not hold any more.
    const std::string root = root_of(name);
    record({.kind = EffectKind::Unknown, .unless = "independent", .subject = root}, node);
  }
  // -- bind
  std::vector<std::pair<std::string_view, Argument>> bound;
  std::size_t next = 0;
  std::vector<bool> used(arguments.keywords.size());
  for (const ParameterSpec& parameter : model.parameters) {
    Argument out;
    using Kind = ParameterSpec::Kind;
    if (parameter.name == "cls" && &parameter == &model.parameters[0]) continue;
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
      return Holds::maybe;
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
        const Listening listening(frame(), lazy ? &heard : nullptr);
        CallArguments given;
        for (std::string_view with : clause.with) {
          Argument each = referenced(reference(with));
          each.given = true;
          given.positional.push_back(each);
        }
        if (clause.with.empty()) {
          given.starred = given.double_starred = true;
          given.rest = {.value = outside({}), .given = true, .maybe = true};
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
        if (iterable != values_.nothing()) iterate({iterable, a.term}, node);
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

// Where the program has log records, or what it prints, written to files or to what it reads
// itself, every call that logs or prints does so.
void Interpreter::where_output_goes(std::string_view function, const CallArguments& arguments) {
  if (function == "contextlib.redirect_stdout" || function == "contextlib.redirect_stderr" ||
      function == "os.dup2")
    output_goes_to_files();
  // Loggers, records and handlers of the program's own; warnings that are collected.
  constexpr std::string_view kReplacing[] = {
      "logging.setLoggerClass", "logging.setLogRecordFactory", "logging.captureWarnings",
      "logging.handlers.QueueHandler", "logging.handlers.MemoryHandler"};
  const bool replaces =
      std::find(std::begin(kReplacing), std::end(kReplacing), function) != std::end(kReplacing);
  if (replaces && patched_libraries_.insert("logging").second) changed_ = true;
  const bool recorded =
      function == "logging.captureWarnings" ||
      (function == "warnings.catch_warnings" &&
       (!arguments.positional.empty() || !arguments.keywords.empty() || arguments.double_starred));
  if (recorded && patched_libraries_.insert("warnings").second) changed_ = true;
  if (!function.starts_with("logging.")) return;
  Argument path;
  Argument stream;
  const bool basic = function == "logging.basicConfig";
  for (const auto& [name, value] : arguments.keywords) {
    if (text(name) == "filename") path = value;
    if (basic && text(name) == "stream") stream = value;
  }
  const bool handler =
      function == "logging.FileHandler" || function.starts_with("logging.handlers.");
  if (!arguments.positional.empty()) {
    if (handler) path = arguments.positional[0];
    if (function == "logging.StreamHandler") stream = arguments.positional[0];
  }
  const bool configured = function.starts_with("logging.config.");
  if ((path.given && !is_null_device(path)) || handler || configured) {
    const TermId key = !logs_to_files_ || log_path_ == path.term ? path.term : TermId{};
    if (!logs_to_files_ || key != log_path_) changed_ = true;
    logs_to_files_ = true;
    log_path_ = key && values_[key].kind == TermKind::Constant ? key : TermId{};
  }
  for (AtomId id : std::vector<AtomId>(values_[stream.value ? stream.value : values_.nothing()])) {
    const bool own =
        values_[id].kind == AtomKind::Object || text(values_[id].name) == "io.StringIO";
    if (own && patched_libraries_.insert("logging").second) changed_ = true;
  }
}

void Interpreter::output_goes_to_files() {
  if (!prints_to_files_) changed_ = true;
  prints_to_files_ = true;
}

// What is written to it is gone.
bool Interpreter::is_null_device(const Argument& path) const {
  if (constant_text(path.term) == "/dev/null") return true;
  return path.node && tree().text(path.node) == "os.devnull";
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

Evaluated Interpreter::iterate(Evaluated iterable, NodeId node) {
  Evaluated out;
  follow(iterable.value, node);
  for (AtomId id : values_[iterable.value]) {
    // An iterator over itself (`lines = filter(f, lines)` in a loop) gives nothing more.
    const std::pair here(id, frames_.size());
    if (std::find(iterating_.begin(), iterating_.end(), here) != iterating_.end()) continue;
    iterating_.push_back(here);
    const Atom atom = values_[id];
    ValueId element = values_.nothing();
    if (atom.kind == AtomKind::Class) metaclass_hooks(atom, node);
    switch (atom.kind) {
      case AtomKind::Generator:
        element = run_generator(atom, node).value;
        break;
      case AtomKind::Object: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        if (class_member(type, intern("__iter__"))) {
          const Evaluated iterator =
              call(attribute_of({values_.single(atom), {}}, intern("__iter__"), node), {}, node);
          ValueId others = values_.nothing();
          bool itself = false;
          for (AtomId each : values_[iterator.value]) {
            if (values_[each].kind == AtomKind::Object)
              itself = true;
            else
              others = values_.join(others, values_.single(values_[each]));
          }
          if (others != values_.nothing()) element = iterate({others, {}}, node).value;
          if (itself) {
            for (AtomId each : values_[iterator.value]) {
              const Atom one = values_[each];
              if (one.kind == AtomKind::Object) {
                element = values_.join(
                    element, call(attribute_of({values_.single(one), {}}, intern("__next__"), node),
                                  {}, node)
                                 .value);
              }
            }
          }
        } else if (class_member(type, intern("__getitem__"))) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = instance("int", {}, Recency::Before), .given = true});
          element = call(attribute_of({values_.single(atom), {}}, intern("__getitem__"), node),
                         arguments, node)
                        .value;
        } else {
          metaclass_hooks(type, node);
          record({.kind = EffectKind::Unknown,
                  .unless = "independent",
                  .subject = describe(values_.single(atom))},
                 node);
          element = outside({});
        }
        break;
      }
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        const TypeModel* model = type_model(atom.name);
        if (type == "dict" || type == "json") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          element =
              values_.join(keys_of(atom), type == "json" ? elements_of(atom) : values_.nothing());
          break;
        }
        if (type == "list" || type == "tuple" || type == "set" || type == "frozenset" ||
            type == "str" || type == "bytes" || type == "range" || type == "bytearray") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          element = elements_of(atom);
          break;
        }
        happens_now(atom, node);
        const ValueId sources = atom.site ? heap_read(atom, intern("over")) : values_.nothing();
        ValueId from_sources = values_.nothing();
        bool is_iterator = model == nullptr || model->lazy;
        if (sources != values_.nothing()) from_sources = iterate({sources, {}}, node).value;
        if (auto call_result =
                heap_.find((std::uint64_t{atom.site.value} << 32U) | intern("call").value);
            call_result != heap_.end()) {
          from_sources = from_heap(call_result->second, atom.recency);
        }
        element = elements_of(atom);
        if (model != nullptr && !model->items.empty() && element == values_.nothing()) {
          const std::function<Argument(std::string_view)> self = [&](std::string_view) {
            return Argument{values_.single(atom), {}, {}, true, false};
          };
          for (const TypeText& item : parse_type(model->items)) {
            element = values_.join(
                element, type_value(item, values_.site({.parent = atom.site, .part = elements_}),
                                    atom.recency, self));
          }
        }
        if (element == values_.nothing()) element = from_sources;
        if (auto next = knowledge_.find_member(type, "__next__");
            next && next->callable != nullptr) {
          for (const Clause& clause : next->callable->clauses) {
            if (clause.kind == ClauseKind::waits) {
              record(
                  {.kind = EffectKind::Wait,
                   .waits = clause.waits,
                   .seconds = clause.seconds > 0 ? clause.seconds : default_seconds(clause.waits)},
                  node);
            }
            if (clause.kind != ClauseKind::reads && clause.kind != ClauseKind::writes &&
                clause.kind != ClauseKind::appends)
              continue;
            const EffectKind kind = clause.kind == ClauseKind::reads     ? EffectKind::Read
                                    : clause.kind == ClauseKind::appends ? EffectKind::Append
                                                                         : EffectKind::Write;
            for (const PlaceSpec& place : clause.places)
              touch(kind, place, {values_.single(atom), {}, {}, true, false},
                    {values_.single(atom), {}}, clause, *next->callable, node);
          }
          is_iterator = false;  // said by its __next__
        }
        if (is_iterator)
          record_object(EffectKind::Write, values_.single(atom), Part::Whole, node);
        else
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
        if (type == "itertools.groupby") {
          // Each group reads on in what all of them come from.
          const SiteId pair = values_.site({.parent = atom.site, .part = elements_});
          const SiteId group = values_.site({.parent = pair, .part = intern("group")});
          heap_write(group, intern("over"), values_.single(atom));
          heap_write(group, elements_, element);
          heap_write(pair, elements_, instance("itertools._grouper", group, Recency::This));
          heap_write(pair, elements_, element);
          element = instance("tuple", pair, Recency::This);
        }
        if (model == nullptr)
          element = values_.join(element, values_.single({.kind = AtomKind::Unknown,
                                                          .recency = atom.recency,
                                                          .name = atom.name,
                                                          .site = atom.site}));
        break;
      }
      case AtomKind::Outside:
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
        element = elements_of(atom);
        break;
      case AtomKind::Unknown:
        // Perhaps lazy: what it does is unknown, but it does it here, in order.
        record_object(EffectKind::Write, values_.single(atom), Part::Whole, node, {}, {},
                      "independent", root_of(text(atom.name)));
        element = values_.single(atom);
        break;
      case AtomKind::Class:
      case AtomKind::LibraryType:
        element = outside({});  // an enum
        break;
      default:
        break;
    }
    out.value = values_.join(out.value, element);
    iterating_.pop_back();
  }
  out.term = opaque(node);
  return out;
}

}  // namespace braid::effects
