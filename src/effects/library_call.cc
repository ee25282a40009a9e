// What a described function is given: parameters by name, and which conditions of its claim hold.
#include "effects/library_call.h"

#include <algorithm>

namespace braid::effects {

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

LibraryCall::LibraryCall(Interpreter& interpreter, const CallableModel& model, Evaluated self,
                         const CallArguments& arguments, NodeId node)
    : in_(interpreter),
      values_(interpreter.values_),
      model_(model),
      self_(self),
      arguments_(arguments),
      node_(node),
      used_(arguments.keywords.size()),
      called_(values_.nothing()),
      kept_gave_(values_.nothing()),
      asked_(values_.nothing()) {}

Evaluated LibraryCall::apply() {
  bind();
  in_.request_ = request();
  note_for_this_process();
  ask_what_is_given();
  if (model_.name.starts_with("argparse.")) {
    for (const auto& [name, value] : bound_) in_.learn(in_.parsers_given_, value.value);
  }
  raise();
  if (lazy_) order_deferred();
  for (const Clause& clause : model_.clauses) {
    if (holds(clause.condition) != Holds::no) apply(clause);
  }
  Evaluated out = result();
  if (model_.name.starts_with("contextlib.ExitStack.")) {
    ValueId given = values_.nothing();
    for (const auto& [name, value] : bound_) given = values_.join(given, value.value);
    out.value = values_.join(out.value, in_.by_stack(model_.name, self_.value, given, node_));
  }
  return out;
}

void LibraryCall::bind() {
  for (const ParameterSpec& parameter : model_.parameters) {
    if (parameter.name == "cls" && &parameter == &model_.parameters[0] && is_of_a_type()) continue;
    bound_.emplace_back(parameter.name, bind(parameter));
  }
}

Argument LibraryCall::bind(const ParameterSpec& parameter) {
  using Kind = ParameterSpec::Kind;
  Argument out;
  if (parameter.kind == Kind::variadic) {
    variadic_ = next_;
    for (; next_ < arguments_.positional.size(); ++next_) {
      const Argument& each = arguments_.positional[next_];
      out = {values_.join(out.value, each.value), out.given ? TermId{} : each.term, each.node, true,
             false};
    }
    if (arguments_.starred)
      out = {values_.join(out.value, arguments_.rest.value), {}, {}, true, true};
    return out;
  }
  if (parameter.kind == Kind::keywords) {
    for (std::size_t k = 0; k < used_.size(); ++k) {
      if (used_[k]) continue;
      out = {values_.join(out.value, arguments_.keywords[k].second.value), {}, {}, true, false};
      used_[k] = true;
      extra_.push_back(k);
    }
    if (arguments_.double_starred)
      out = {values_.join(out.value, arguments_.rest.value), {}, {}, true, true};
    return out;
  }
  if (parameter.kind != Kind::keyword_only && next_ < arguments_.positional.size())
    return arguments_.positional[next_++];
  out = named(parameter.name);
  const bool by_place = arguments_.starred && parameter.kind != Kind::keyword_only;
  if (!out.given && (by_place || arguments_.double_starred))
    out = {arguments_.rest.value, {}, {}, true, true};
  return out;
}

Argument LibraryCall::named(std::string_view parameter) {
  Argument out;
  for (std::size_t k = 0; k < used_.size(); ++k) {
    if (used_[k] || in_.text(arguments_.keywords[k].first) != parameter) continue;
    out = arguments_.keywords[k].second;
    used_[k] = true;
  }
  return out;
}

// A class method, or another.
bool LibraryCall::is_of_a_type() const {
  const std::string_view name = model_.name;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const auto owner = in_.knowledge_.find(name.substr(0, dot));
  return owner && owner->type != nullptr;
}

// What a class method is given: the class it is called of, or that of the object.
ValueId LibraryCall::class_called() const {
  if (self_.value == values_.nothing()) {
    const auto owner = in_.intern(model_.name.substr(0, model_.name.rfind('.')));
    return values_.single({.kind = AtomKind::LibraryType, .name = owner});
  }
  ValueId classes = values_.nothing();
  for (AtomId id : values_[self_.value]) {
    Atom of = values_[id];
    if (of.kind == AtomKind::Object)
      of = {.kind = AtomKind::Class, .module = of.module, .node = of.node};
    if (of.kind == AtomKind::Instance) of = {.kind = AtomKind::LibraryType, .name = of.name};
    classes = values_.join(classes, values_.single(of));
  }
  return classes;
}

Argument LibraryCall::argument(std::string_view name) const {
  if (name == "self") return {self_.value, self_.term, {}, true, false};
  for (const auto& [parameter, value] : bound_) {
    if (parameter == name) return value;
  }
  if (name == "cls" && is_of_a_type()) return {class_called(), {}, {}, true};
  return {};
}

Argument LibraryCall::referenced(const Reference& wanted) const {
  if (wanted.form == "call") return {called_, {}, {}, true};
  const Argument whole = argument(wanted.name);
  return wanted.form == "element" ? elements_in(whole) : whole;
}

Argument LibraryCall::elements_in(const Argument& whole) const {
  ValueId held = values_.nothing();
  for (AtomId id : values_[whole.value]) {
    const Atom atom = values_[id];
    if (in_.is_immutable(atom) && atom.kind != AtomKind::Instance) continue;
    held = values_.join(held, values_.join(in_.elements_of(atom), in_.said_elements(atom)));
    if (is_mapping(atom)) held = values_.join(held, in_.keys_of(atom));
  }
  return {held, {}, {}, whole.given, whole.maybe};
}

std::optional<std::string_view> LibraryCall::constant_of(const Argument& argument) const {
  if (!argument.term || values_[argument.term].kind != TermKind::Constant || argument.maybe)
    return std::nullopt;
  return in_.text(values_[argument.term].text);
}

LibraryCall::Holds LibraryCall::is_given(std::string_view name) const {
  const Argument a = argument(name);
  if (!a.given) return Holds::no;
  if (a.maybe) return Holds::maybe;
  if (auto constant = constant_of(a))
    return *constant == "None" || *constant == "False" ? Holds::no : Holds::yes;
  const Values::Atoms atoms = values_[a.value];
  const auto all_are = [&](std::span<const std::string_view> types) {
    return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
      return values_[id].kind == AtomKind::Instance &&
             std::find(types.begin(), types.end(), in_.text(values_[id].name)) != types.end();
    });
  };
  constexpr std::array<std::string_view, 1> kNone{"None"};
  constexpr std::array<std::string_view, 4> kPlain{"int", "float", "str", "bytes"};
  if (all_are(kNone)) return Holds::no;
  return all_are(kPlain) ? Holds::yes : Holds::maybe;
}

LibraryCall::Holds LibraryCall::holds(const Condition& condition) const {
  using Kind = Condition::Kind;
  if (condition.kind == Kind::always) return Holds::yes;
  if (condition.kind == Kind::given) return is_given(condition.parameter);
  if (condition.kind == Kind::absent) {
    Holds all = Holds::yes;
    for (std::string_view name : names_in(condition.parameter)) {
      const Holds one = is_given(name);
      if (one == Holds::yes) return Holds::no;
      if (one == Holds::maybe) all = Holds::maybe;
    }
    return all;
  }
  const Argument a = argument(condition.parameter);
  const auto constant = constant_of(a);
  const bool lacks = condition.kind == Kind::lacks;
  if (!a.given) return lacks ? Holds::yes : Holds::no;
  if (condition.kind == Kind::equals) {
    std::string_view value = condition.value;
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    if (constant) return *constant == value ? Holds::yes : Holds::no;
    return Holds::maybe;
  }
  if (condition.kind == Kind::is) {
    const Values::Atoms atoms = values_[a.value];
    const bool possible = std::any_of(atoms.begin(), atoms.end(), [&](AtomId id) {
      const Atom& atom = values_[id];
      if (atom.kind == AtomKind::Instance) return in_.text(atom.name) == condition.value;
      return atom.kind == AtomKind::Object || atom.kind == AtomKind::Outside ||
             atom.kind == AtomKind::Unknown;
    });
    return possible ? Holds::maybe : Holds::no;
  }
  if (!constant) return Holds::maybe;
  const bool has = constant->find_first_of(condition.value) != std::string_view::npos;
  return has != lacks ? Holds::yes : Holds::no;
}

// All that is given, as one term.
TermId LibraryCall::request() const {
  std::vector<TermId> parts;
  bool known = self_.value == values_.nothing();  // else bound to some state
  for (const auto& [name, value] : bound_) {
    if (!value.given) continue;
    if (value.maybe && arguments_.rest.term) continue;  // among what is starred
    known = known && value.term && !value.maybe;
    parts.push_back(value.term);
  }
  if (arguments_.rest.term) parts.push_back(arguments_.rest.term);
  if (bound_.size() == 1 || parts.size() == 1) return parts.empty() ? TermId{} : parts[0];
  if (!known) return in_.opaque(node_);
  return values_.term(
      {.kind = TermKind::Apply, .text = in_.intern("request"), .operands = std::move(parts)});
}

}  // namespace braid::effects
