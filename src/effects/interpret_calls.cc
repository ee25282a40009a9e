// Calls: of the program's functions by summary or in place, of classes, of what nobody knows.
#include <algorithm>
#include <tuple>
#include <utility>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
using syntax::ParameterKind;
namespace slot = syntax::slot;

namespace {
constexpr int kMaxContexts = 8;
constexpr std::uint64_t kFocused = std::uint64_t{1} << 63U;
constexpr std::size_t kMaxDepth = 40;
}  // namespace

CallArguments Interpreter::evaluate_arguments(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  CallArguments out;
  for (NodeId item : t.items(node, slot::Call::arguments_list)) {
    if (t.is(item, NodeKind::Starred)) {
      const Evaluated value = expression(t.child(item, slot::Starred::value));
      if (!surely_iterable(value.value)) raise_here(item);
      const Evaluated element = iterate(value, item);
      out.starred = true;
      out.rest.value = values_.join(out.rest.value, element.value);
      out.rest.given = out.rest.maybe = true;
      continue;
    }
    const Evaluated value = expression(item);
    if (out.starred) {
      out.rest.value = values_.join(out.rest.value, value.value);
      continue;
    }
    out.positional.push_back({value.value, value.term, item, true, false});
  }
  for (NodeId keyword : t.items(node, slot::Call::keywords)) {
    const Evaluated value = expression(t.child(keyword, slot::Keyword::value));
    if (!t[keyword].name) {
      out.double_starred = true;
      if (!surely_mapping(value.value)) raise_here(keyword);
      for (AtomId id : values_[value.value]) {
        const Atom atom = values_[id];
        if (atom.kind == AtomKind::Object) call_methods(atom, Asked::anything, keyword);
      }
      for (AtomId id : values_[value.value]) {
        const Atom atom = values_[id];
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, keyword);
        ValueId held = elements_of(atom);
        if (atom.kind != AtomKind::Instance) held = values_.join(held, values_.single(atom));
        out.rest.value = values_.join(out.rest.value, held);
      }
      out.rest.given = out.rest.maybe = true;
      continue;
    }
    out.keywords.emplace_back(t[keyword].name,
                              Argument{value.value, value.term, keyword, true, false});
  }
  return out;
}

Evaluated Interpreter::call_expression(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeId function = t.child(node, slot::Call::function);
  if (is_super(node)) return super_object(node);
  const Evaluated callee = expression(function);
  const CallArguments arguments = evaluate_arguments(node);
  return call(callee, arguments, node);
}

Evaluated Interpreter::call(Evaluated callee, const CallArguments& arguments, NodeId node) {
  Evaluated out;
  bool first = true;
  const auto add = [&](Evaluated one) {
    out.value = values_.join(out.value, one.value);
    out.term = first ? one.term : join_terms(out.term, one.term);
    first = false;
  };
  const syntax::SyntaxTree& t = tree();
  const NodeId function = t.is(node, NodeKind::Call) ? t.child(node, slot::Call::function) : node;
  const std::string subject = dotted(function);
  for (AtomId id : values_[callee.value]) {
    const Atom atom = values_[id];
    if (atom.kind == AtomKind::LibraryCallable || atom.kind == AtomKind::LibraryType ||
        atom.kind == AtomKind::Unknown)
      where_output_goes(text(atom.name), arguments);
    switch (atom.kind) {
      case AtomKind::Function:
        add(call_function(atom, arguments, node, std::nullopt));
        for (AtomId each : values_[heap_read(*holder_of_attributes(atom), intern("register()"))]) {
          if (values_[each].kind == AtomKind::Function)
            add(call_function(values_[each], arguments, node, std::nullopt));
        }
        break;
      case AtomKind::Method: {
        const Atom plain{.kind = AtomKind::Function, .module = atom.module, .node = atom.node};
        add(call_function(plain, arguments, node, Evaluated{atom.receiver, {}}));
        break;
      }
      case AtomKind::Class:
        add(instantiate(atom, arguments, node));
        break;
      case AtomKind::LibraryCallable:
      case AtomKind::LibraryMethod: {
        auto entry = knowledge_.find(text(atom.name));
        if (!entry || entry->callable == nullptr || entry->callable->is_unknown) {
          const std::string_view name = text(atom.name);
          constexpr std::string_view kDynamic[] = {"eval",   "exec", "compile",    "globals",
                                                   "locals", "vars", "__import__", "breakpoint"};
          const bool dynamic =
              std::find(std::begin(kDynamic), std::end(kDynamic), name) != std::end(kDynamic);
          if (name == "vars" && arguments.positional.size() == 1) {
            const Evaluated object{arguments.positional[0].value, arguments.positional[0].term};
            const auto& whose = values_[object.value];
            if (std::any_of(whose.begin(), whose.end(),
                            [&](AtomId each) { return values_[each].kind == AtomKind::Object; })) {
              add(attribute_of(object, intern("__dict__"), node));
              break;
            }
          }
          add(unknown_call(std::string(name), !dynamic,
                           {atom.receiver ? atom.receiver : values_.nothing(), {}}, arguments,
                           node));
          if (name == "globals" || name == "exec" || name == "eval" || name == "locals" ||
              name == "vars") {
            const Atom here{.kind = AtomKind::Module, .module = frame().module};
            if (name == "exec") heap_write(namespace_site(here), elements_, outside({}));
            add({namespace_of(here), {}});
          }
          break;
        }
        if (atom.kind == AtomKind::LibraryMethod) {
          // What a class inherits calls what it overrides.
          for (AtomId each : values_[atom.receiver]) {
            const Atom receiver = values_[each];
            const bool contains = entry->name.find('.') == entry->name.rfind('.');
            if (receiver.kind == AtomKind::Object)
              call_methods(receiver, contains ? Asked::hooks : Asked::anything, node);
          }
          add(call_library(*entry, {atom.receiver, {}}, arguments, node));
          break;
        }
        if (reflects(text(atom.name)) && arguments.positional.size() >= 2) {
          add(reflected(*entry, arguments, node));
          break;
        }
        // A method reached through its type takes `self` first.
        const std::string_view name = entry->name;
        if (name == "functools.partial") keep_partial(arguments, node);
        const std::size_t dot = name.rfind('.');
        const auto owner =
            dot == std::string_view::npos ? std::nullopt : knowledge_.find(name.substr(0, dot));
        const auto& parameters = entry->callable->parameters;
        if (owner && owner->type != nullptr &&
            (parameters.empty() || parameters[0].name != "cls")) {
          CallArguments rest = arguments;
          Evaluated self{rest.rest.value, {}};
          if (!rest.positional.empty()) {
            self = {rest.positional[0].value, rest.positional[0].term};
            rest.positional.erase(rest.positional.begin());
          }
          add(call_library(*entry, self, rest, node));
        } else {
          add(call_library(*entry, {}, arguments, node));
        }
        break;
      }
      case AtomKind::LibraryType: {
        if (text(atom.name) == "type" && arguments.positional.size() == 1) {
          ValueId types = instance("type", {}, Recency::Before);
          for (AtomId each : values_[arguments.positional[0].value]) {
            const Atom& of = values_[each];
            if (of.kind != AtomKind::Object) continue;
            types = values_.join(
                types,
                values_.single({.kind = AtomKind::Class, .module = of.module, .node = of.node}));
          }
          add({types, {}});
          break;
        }
        auto entry = knowledge_.find(text(atom.name));
        if (entry && entry->callable != nullptr && !entry->callable->is_unknown) {
          if (entry->name == "functools.partial") keep_partial(arguments, node);
          add(call_library(*entry, {}, arguments, node));
        } else if (entry && entry->type != nullptr && entry->type->exception) {
          const ValueId made = allocate(text(atom.name), node);
          for (AtomId each : values_[made]) keep_arguments(values_[each], arguments);
          add({made, opaque(node)});
        } else {
          add(unknown_call(std::string(text(atom.name)), true, {}, arguments, node));
        }
        break;
      }
      case AtomKind::Instance: {
        if (auto held = partials_.find(atom.site.value); held != partials_.end()) {
          add(call_partial(held->second, atom.recency, arguments, node));
          break;
        }
        if (auto entry = knowledge_.find_member(text(atom.name), "__call__")) {
          add(call_library(*entry, {values_.single(atom), {}}, arguments, node));
        } else {
          add(unknown_call(subject, !subject.empty(), {values_.single(atom), {}}, arguments, node));
        }
        break;
      }
      case AtomKind::Object: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        if (class_member(type, intern("__call__"))) {
          add(call(attribute_of({values_.single(atom), {}}, intern("__call__"), node), arguments,
                   node));
        } else {
          add(unknown_call(subject, !subject.empty(), {values_.single(atom), {}}, arguments, node));
        }
        break;
      }
      case AtomKind::Unknown: {
        ValueId receiver = atom.receiver ? atom.receiver
                           : atom.site   ? values_.single(atom)
                                         : values_.nothing();
        add(unknown_call(atom.name ? std::string(text(atom.name)) : subject, true, {receiver, {}},
                         arguments, node));
        break;
      }
      case AtomKind::Outside: {
        // A method of something unseen has a name; what a caller passes as a function has one too.
        add(unknown_call(subject, !subject.empty(), {values_.single(atom), {}}, arguments, node));
        break;
      }
      default:
        add(unknown_call(subject, false, {}, arguments, node));
    }
  }
  if (first)
    add(unknown_call(subject.empty() ? std::string(t.text(function)) : subject, false, {},
                     arguments, node));
  return out;
}

ValueId Interpreter::special_method(ValueId operand, const std::vector<std::string_view>& methods,
                                    NodeId node) {
  ValueId out = values_.nothing();
  follow(operand, node);
  for (AtomId id : values_[operand]) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Object) continue;
    const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
    for (std::string_view method : methods) {
      const auto member = class_member(type, intern(method));
      if (!member) continue;
      CallArguments anything;
      anything.starred = true;
      anything.rest = {.value = outside({}), .given = true, .maybe = true};
      for (AtomId each : values_[*member]) {
        const Atom function = values_[each];
        if (function.kind == AtomKind::Function)
          out = values_.join(
              out,
              call_function(function, anything, node, Evaluated{values_.single(atom), {}}).value);
        else
          unknown_call(std::string(method), true, {values_.single(atom), {}}, {}, node);
      }
      break;
    }
  }
  return out;
}

Evaluated Interpreter::condition(NodeId node) {
  const Evaluated out = expression(node);
  record_object(EffectKind::Read, out.value, Part::Elements, node);
  special_method(out.value, {"__bool__", "__len__"}, node);
  if (!surely_true_or_false(out.value)) raise_here(node);
  return out;
}

// functools.partial: the function and its first arguments, for when it is called.
void Interpreter::keep_partial(const CallArguments& arguments, NodeId node) {
  const SiteId site = values_.site({.module = frame().module, .node = node});
  auto [entry, fresh] = partials_.try_emplace(site.value, arguments);
  if (fresh) return;
  CallArguments& kept = entry->second;
  if (kept.positional.size() != arguments.positional.size()) kept.starred = true;
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    ValueId& known = i < kept.positional.size() ? kept.positional[i].value : kept.rest.value;
    known = values_.join(known, arguments.positional[i].value);
  }
  for (std::size_t i = 0; i < arguments.keywords.size() && i < kept.keywords.size(); ++i)
    kept.keywords[i].second.value =
        values_.join(kept.keywords[i].second.value, arguments.keywords[i].second.value);
}

Evaluated Interpreter::call_partial(const CallArguments& kept, Recency recency,
                                    const CallArguments& arguments, NodeId node) {
  CallArguments all = arguments;
  if (kept.positional.empty()) return unknown_call("functools.partial", true, {}, arguments, node);
  std::vector<Argument> first(kept.positional.begin() + 1, kept.positional.end());
  for (Argument& each : first) {
    each.value = from_heap(each.value, recency);
    each.term = {};
  }
  all.positional.insert(all.positional.begin(), first.begin(), first.end());
  for (const auto& [name, value] : kept.keywords) {
    const bool given = std::any_of(all.keywords.begin(), all.keywords.end(),
                                   [&](const auto& each) { return each.first == name; });
    if (given) continue;
    Argument held = value;
    held.value = from_heap(held.value, recency);
    held.term = {};
    all.keywords.emplace_back(name, held);
  }
  all.starred = all.starred || kept.starred;
  all.double_starred = all.double_starred || kept.double_starred;
  all.rest.value = values_.join(all.rest.value, from_heap(kept.rest.value, recency));
  return call({from_heap(kept.positional[0].value, recency), {}}, all, node);
}

Evaluated Interpreter::unknown_call(const std::string& subject, bool named, Evaluated receiver,
                                    const CallArguments& arguments, NodeId node) {
  const std::string unless = named ? "independent" : "";
  const std::string root = root_of(subject);
  record({.kind = EffectKind::Unknown, .unless = unless, .subject = root}, node);
  raise_here(node);
  ValueId reached = receiver.value;
  for (const Argument& argument : arguments.positional)
    reached = values_.join(reached, argument.value);
  for (const auto& [name, argument] : arguments.keywords)
    reached = values_.join(reached, argument.value);
  reached = values_.join(reached, arguments.rest.value);
  record_object(EffectKind::Write, reached, Part::Deep, node, {}, {}, unless, root);
  std::vector<AtomId> kept;
  for (AtomId id : values_[reached]) {
    const Atom atom = values_[id];
    if (atom.kind == AtomKind::Function || atom.kind == AtomKind::Method) {
      // It may be called, with anything.
      CallArguments anything;
      anything.starred = anything.double_starred = true;
      anything.rest = {.value = outside({}), .given = true, .maybe = true};
      if (atom.kind == AtomKind::Function)
        call_function(atom, anything, node, std::nullopt);
      else
        call_function({.kind = AtomKind::Function, .module = atom.module, .node = atom.node},
                      anything, node, Evaluated{atom.receiver, {}});
    } else if (!is_immutable(atom)) {
      kept.push_back(id);
    }
  }
  const SiteId site = values_.site({.module = frame().module, .node = node});
  made(site, node);
  const std::string from = root + "()";
  kept.push_back(values_.atom(
      {.kind = AtomKind::Unknown, .recency = Recency::This, .name = intern(from), .site = site}));
  return {values_.value(std::move(kept)), opaque(node)};
}

Evaluated Interpreter::instantiate(const Atom& type, const CallArguments& arguments, NodeId node) {
  const SiteId site = values_.site({.module = frame().module, .node = node});
  made(site, node);
  const Atom object{.kind = AtomKind::Object,
                    .recency = Recency::This,
                    .module = type.module,
                    .node = type.node,
                    .site = site};
  const Evaluated self{values_.single(object), opaque(node)};
  if (auto finaliser = class_member(type, intern("__del__"))) {
    for (AtomId id : values_[*finaliser])
      enter(pair_key(values_[id].module.value, values_[id].node.value));
  }
  // An exception or other described base, an unknown base: what its constructor does.
  for (const Atom& base : class_bases(type)) {
    // From now on, what is logged goes through the program's own text.
    if (base.kind == AtomKind::LibraryType && text(base.name).starts_with("logging.") &&
        patched_libraries_.insert("logging").second)
      changed_ = true;
    if (base.kind == AtomKind::Unknown || base.kind == AtomKind::Outside) {
      unknown_call(base.name ? std::string(text(base.name)) : "a base class", true, {}, arguments,
                   node);
    }
  }
  if (is_exception(type)) keep_arguments(object, arguments);
  ValueId others = values_.nothing();
  if (const auto missing = class_member(type, intern("_missing_"))) {
    // `Colour(9)` of an Enum: one of its members, or what this gives.
    for (AtomId id : values_[*missing])
      if (values_[id].kind == AtomKind::Function)
        call_hook(values_[id], values_.single(type), node);
  }
  if (auto init = class_member(type, intern("__init__"))) {
    others = making_hooks(type, object, arguments, node);
    for (AtomId id : values_[*init]) {
      const Atom function = values_[id];
      if (function.kind == AtomKind::Function)
        call_function(function, arguments, node, self);
      else
        unknown_call(std::string(text(tree()[type.node].name)), true, {}, arguments, node);
    }
  } else {
    others = values_.join(others, making_hooks(type, object, arguments, node));
    // A dataclass keeps its arguments under their names.
    const syntax::SyntaxTree& t = program_.modules[type.module.value].tree;
    std::size_t position = 0;
    for (NodeId statement : t.items(type.node, slot::ClassDef::statements)) {
      if (!t.is(statement, NodeKind::AnnAssign)) continue;
      const NodeId target = t.child(statement, slot::AnnAssign::target);
      if (!t.is(target, NodeKind::Name)) continue;
      if (position < arguments.positional.size())
        heap_write(heap_site(object), t[target].name, arguments.positional[position].value);
      for (const auto& [name, argument] : arguments.keywords) {
        if (name == t[target].name) heap_write(heap_site(object), name, argument.value);
      }
      ++position;
    }
  }
  if (others != values_.nothing()) return {values_.join(self.value, others), self.term};
  return self;
}

std::vector<Argument> Interpreter::bind(const Atom& function, const CallArguments& arguments,
                                        std::optional<Evaluated> self) {
  const syntax::SyntaxTree& t = program_.modules[function.module.value].tree;
  const bool lambda = t.is(function.node, NodeKind::Lambda);
  const NodeId list =
      t.child(function.node, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                    : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  const auto parameters = t.items(list, slot::Arguments::parameters);
  std::vector<Argument> positional;
  if (self) positional.push_back({self->value, self->term, {}, true, false});
  positional.insert(positional.end(), arguments.positional.begin(), arguments.positional.end());
  std::vector<Argument> bound(parameters.size());
  std::size_t next = 0;
  std::vector<bool> keyword_used(arguments.keywords.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const syntax::Node& parameter = t[parameters[i]];
    const auto kind = static_cast<ParameterKind>(parameter.op);
    Argument& out = bound[i];
    const SiteId site = values_.site({.module = function.module, .node = parameters[i]});
    if (kind == ParameterKind::VarPositional) {
      out = {instance("tuple", site, Recency::This), {}, {}, true, false};
      for (std::size_t k = 0; next < positional.size(); ++next, ++k) {
        heap_write(site, elements_, positional[next].value);
        heap_write(site, intern("[" + std::to_string(k) + "]"), positional[next].value);
      }
      if (arguments.starred) heap_write(site, elements_, arguments.rest.value);
      continue;
    }
    if (kind == ParameterKind::VarKeyword) {
      out = {instance("dict", site, Recency::This), {}, {}, true, false};
      heap_write(site, keys_, instance("str", {}, Recency::Before));
      for (std::size_t k = 0; k < arguments.keywords.size(); ++k) {
        if (!keyword_used[k]) heap_write(site, elements_, arguments.keywords[k].second.value);
      }
      if (arguments.double_starred) heap_write(site, elements_, arguments.rest.value);
      continue;
    }
    if (kind != ParameterKind::KeywordOnly && next < positional.size()) {
      out = positional[next++];
      continue;
    }
    bool found = false;
    for (std::size_t k = 0; k < arguments.keywords.size(); ++k) {
      if (arguments.keywords[k].first != parameter.name) continue;
      out = arguments.keywords[k].second;
      keyword_used[k] = found = true;
    }
    if (found) continue;
    if (const NodeId value = t.child(parameters[i], slot::Parameter::default_value)) {
      out.value = heap_read(site, keys_, Recency::Before);
      if (t.is(value, NodeKind::Constant)) {
        out.term = values_.term(
            {.kind = TermKind::Constant,
             .text = intern(t.text(value)),
             .is_text = t[value].op == static_cast<std::uint8_t>(syntax::ConstantKind::Str)});
      }
    }
    if (arguments.starred || arguments.double_starred) {
      out.value = values_.join(out.value, arguments.rest.value);
      out.term = {};
      out.maybe = true;
    }
    out.given = true;
  }
  return bound;
}

Evaluated Interpreter::call_function(const Atom& function, const CallArguments& arguments,
                                     NodeId node, std::optional<Evaluated> self) {
  if (has_decorator(function.module, function.node, "lru_cache") ||
      has_decorator(function.module, function.node, "cache")) {
    // The memo is shared by all calls; for a pure function nobody can tell.
    record_world(
        EffectKind::Write, WorldPlace::ModuleState,
        values_.term({.kind = TermKind::Constant,
                      .text = program_.modules[function.module.value].tree[function.node].name,
                      .is_text = true}),
        node, "memo",
        std::string(text(program_.modules[function.module.value].tree[function.node].name)));
  }
  // What libraries and operators call, they call as it is defined.
  if (tree().is(node, NodeKind::Call) && !surely_fit(function, arguments, self.has_value()))
    raise_here(node);
  std::vector<Argument> bound = bind(function, arguments, self);
  std::vector<ValueId>& seen =
      seen_arguments_[pair_key(function.module.value, function.node.value)];
  seen.resize(bound.size(), values_.nothing());
  for (std::size_t i = 0; i < bound.size(); ++i) {
    const ValueId grown = values_.join(seen[i], bound[i].value);
    if (grown != seen[i]) {
      seen[i] = grown;
      changed_ = true;
    }
  }
  if (is_generator(function.module, function.node)) {
    const SiteId site = values_.site({.module = frame().module, .node = node, .part = empty_});
    made(site, node);
    generator_arguments_[site.value] = bound;
    return {values_.single({.kind = AtomKind::Generator,
                            .recency = Recency::This,
                            .module = function.module,
                            .node = function.node,
                            .site = site}),
            opaque(node)};
  }
  const std::uint64_t key = pair_key(function.module.value, function.node.value);
  const bool running = std::any_of(active_.begin(), active_.end(),
                                   [&](const Active& each) { return each.function == key; });
  if (frame().traced && !frame().helper_call && focus_.active && !running &&
      function.module == frame().module && tree().is(function.node, NodeKind::FunctionDef) &&
      tree().is(node, NodeKind::Call)) {
    return inline_helper(function, bound, node);
  }
  const Summary summary = summarise(function, bound);
  apply_summary(summary, function, bound, node);
  return {summary.returns, summary.returned_term
                               ? substitute(summary.returned_term, function, bound)
                               : opaque(node)};
}

Evaluated Interpreter::inline_helper(const Atom& function, const std::vector<Argument>& arguments,
                                     NodeId node) {
  Frame helper = make_frame(function.module, function.node);
  helper.traced = true;
  helper.helper_call = node;
  helper.overheard = frame().overheard;
  active_.push_back({pair_key(function.module.value, function.node.value), false, nullptr});
  run_body(helper, arguments);
  const bool recursive = active_.back().again;
  active_.pop_back();
  if (recursive) record({.kind = EffectKind::Burn, .seconds = kUnknownSeconds}, node);
  frame().allocated.insert(helper.allocated);
  frame().entered.insert(helper.entered);
  enter(pair_key(function.module.value, function.node.value));
  return {helper.returned, helper.returned_term ? helper.returned_term : opaque(node)};
}

// What it does that calls too deep to be followed do.
void Interpreter::cut_short(Summary& summary, const Atom& function) const {
  Effect burn{.kind = EffectKind::Burn, .seconds = kUnknownSeconds};
  Effect unknown{.kind = EffectKind::Unknown, .subject = "a very deep chain of calls"};
  burn.module = unknown.module = function.module;
  burn.node = unknown.node = function.node;
  summary.effects = std::make_shared<std::vector<Effect>>(std::vector{burn, unknown});
  summary.complete = summary.recursive = true;
}

// One pass over the body; whether it showed anything new.
bool Interpreter::run_summary(Summary& summary, const Atom& function,
                              const std::vector<Argument>& context) {
  std::vector<Effect> effects;
  std::unordered_set<std::uint64_t> seen;
  Frame callee = make_frame(function.module, function.node);
  callee.sink = &effects;
  callee.seen = &seen;
  EntryNames caller = std::exchange(rests_on_, {});
  run_body(callee, context);
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
  auto [entry, fresh] = summaries_.try_emplace(std::move(index));
  Summary* summary = &entry->second;
  if (summary->complete) return *summary;
  // What is passed still grows: this time with what was passed last; there will be another round.
  if (fresh && same > 3) {
    summaries_.erase(entry);
    summary = innermost;
  }
  if (summary->depth != 0) {
    summary->recursive = true;
    lowest_ = std::min(lowest_, summary->depth);
    return *summary;
  }
  if (!fresh && summary->lowest < passes_.size() && summary->pass >= passes_[summary->lowest]) {
    lowest_ = std::min(lowest_, summary->lowest);
    return *summary;
  }
  if (frames_.size() > kMaxDepth) {
    cut_short(*summary, function);
    return *summary;
  }
  if (fresh) ++contexts;
  for (Active& each : active_) each.again = each.again || each.function == key;
  const auto depth = static_cast<std::uint32_t>(passes_.size());
  const std::size_t waiting = waiting_.size();
  const std::uint32_t caller_lowest = std::exchange(lowest_, depth);
  summary->depth = depth;
  passes_.push_back(0);
  active_.push_back({key, false, summary});
  constexpr int kRounds = 12;
  for (int round = 0;; ++round) {
    passes_.back() = ++pass_;
    const std::uint64_t shown = shown_;
    if (run_summary(*summary, function, context)) ++shown_;
    hand_out(function, values_.join(summary->returns, summary->yields));
    if (lowest_ < depth) break;  // one that was entered before repeats
    const bool alone = !summary->recursive && waiting_.size() == waiting;
    if (alone || shown == shown_ || exhausted()) break;
    if (round == kRounds) give_up();  // it still grows: what is known of it is not all
    waiting_.resize(waiting);
  }
  summary->again = summary->again || active_.back().again;
  active_.pop_back();
  passes_.pop_back();
  summary->depth = 0;
  summary->pass = pass_;
  summary->lowest = lowest_;
  waiting_.push_back({summary, function});
  if (lowest_ >= depth) {
    for (std::size_t i = waiting; i < waiting_.size(); ++i)
      complete(*waiting_[i].first, waiting_[i].second);
    waiting_.resize(waiting);
  }
  lowest_ = std::min(lowest_, caller_lowest);
  return *summary;
}

void Interpreter::complete(Summary& summary, const Atom& function) const {
  if (summary.complete) return;
  summary.complete = true;
  if (!summary.again && !summary.recursive) return;
  // How often it calls itself nobody knows.
  Effect burn{.kind = EffectKind::Burn, .seconds = kUnknownSeconds};
  burn.module = function.module;
  burn.node = function.node;
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

// What a callee did is told to a caller once, however often it is called with the same terms.
void Interpreter::apply_summary(const Summary& summary, const Atom& function,
                                const std::vector<Argument>& arguments, NodeId node) {
  Frame& here = frame();
  const auto effects = summary.effects;
  const bool heard = is_heard();
  bool* writes_variables = nullptr;
  bool told = false;
  if (!here.traced) {
    Applied call{
        effects, pair_key(function.module.value, function.node.value), {}, 0, here.listener, heard};
    for (const Argument& each : arguments) call.terms.push_back(each.term.value);
    here.allocated.insert(summary.allocated);
    call.allocated = here.allocated.size();
    const auto [known, fresh] = here.applied.try_emplace(std::move(call), false);
    if (!fresh && !known->second) return;
    writes_variables = &known->second;
    told = !fresh;
  }
  here.allocated.insert(summary.allocated);
  for (std::uint32_t each : summary.allocated) made_in_loop(SiteId{each}, node);
  if (focus_.active) focus_.made_by_others.insert(summary.allocated);
  enter(summary.entered);
  enter(pair_key(function.module.value, function.node.value));
  rests_on_.insert(summary.rests_on);
  for (const Effect& each : *effects) {
    std::optional<Definitions> definitions;
    if (each.place.kind == PlaceKind::Variable && each.place.module == frame().module) {
      const BindingId binding = each.place.variable;
      if (Slot* slot = slot_of(binding)) {
        if (each.kind == EffectKind::Read) {
          if (heard) definitions = describe(slot->definitions);
        } else {
          if (writes_variables != nullptr) *writes_variables = true;
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
    if (!heard || told) continue;
    Effect effect = each;
    effect.place.key = substitute(effect.place.key, function, arguments);
    record(std::move(effect), node, true, std::move(definitions));
  }
}

Evaluated Interpreter::run_generator(const Atom& generator, NodeId node) {
  const auto found = generator_arguments_.find(generator.site.value);
  std::vector<Argument> arguments = found == generator_arguments_.end()
                                        ? outside_arguments(generator.module, generator.node)
                                        : found->second;
  if (generator.recency != Recency::This) {
    // They are as old as the generator.
    for (Argument& each : arguments)
      each.value = values_.with_recency(each.value, Recency::This, Recency::Before);
  }
  record_object(EffectKind::Write, values_.single(generator), Part::Whole, node);
  const Atom function{
      .kind = AtomKind::Function, .module = generator.module, .node = generator.node};
  const Summary summary = summarise(function, arguments);
  apply_summary(summary, function, arguments, node);
  heap_write(heap_site(generator), elements_, summary.yields);
  heap_write(heap_site(generator), intern("return"), summary.returns);
  return {summary.yields, opaque(node)};
}

}  // namespace braid::effects
