// Calls: of the program's functions by summary or in place, of classes, of what nobody knows.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

Evaluated Interpreter::call_expression(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeId function = t.child(node, slot::Call::function);
  if (is_super(node)) return super_object(node);
  const Evaluated callee = expression(function);
  const CallArguments arguments = evaluate_arguments(node);
  return call(callee, arguments, node);
}

namespace {

constexpr int kMostNested = 3;

// One more of these, as long as it lives.
struct Nested {
  explicit Nested(int& count) : times(++count), count_(count) {}
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  ~Nested() { --count_; }
  const int times;

 private:
  int& count_;
};

}  // namespace

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
  call_watcher(node);
  for (AtomId id : values_[callee.value]) {
    const Atom atom = values_[id];
    const Nested within(being_called_[id.value]);
    const bool of_program = atom.kind == AtomKind::Function || atom.kind == AtomKind::Method ||
                            atom.kind == AtomKind::Class;
    if (within.times > kMostNested && !of_program) {  // it is given itself, to call it
      add(unknown_call(subject, !subject.empty(), {values_.single(atom), {}}, arguments, node));
      continue;
    }
    if (atom.kind == AtomKind::LibraryCallable || atom.kind == AtomKind::LibraryType ||
        atom.kind == AtomKind::Unknown)
      where_output_goes(text(atom.name), arguments);
    if (atom.kind == AtomKind::LibraryCallable || atom.kind == AtomKind::LibraryMethod ||
        atom.kind == AtomKind::Unknown)
      this_process_.called(frame().module, node, text(atom.name));
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
        note_by_name(text(atom.name), atom.receiver, arguments);
        if (atom.kind == AtomKind::LibraryMethod) {
          // What a class inherits calls what it overrides.
          for (AtomId each : values_[atom.receiver]) {
            const Atom receiver = values_[each];
            const bool contains = entry->name.find('.') == entry->name.rfind('.');
            const std::string_view method = entry->name.substr(entry->name.rfind('.') + 1);
            if (receiver.kind == AtomKind::Class && !method.starts_with("__"))
              call_back(receiver, node);  // `Day.today()` makes one
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
            const Atom of = values_[each];
            if (of.kind == AtomKind::Class) types = values_.join(types, metaclasses_of(of));
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
          record_object(EffectKind::Read, values_.single(atom), Part::Whole, node);
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
        keep_in_base(receiver, arguments);
        if (atom.name) note_by_name(text(atom.name), receiver, arguments);
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
          out =
              values_.join(out, handed_out(atom, call_function(function, anything, node,
                                                               Evaluated{values_.single(atom), {}})
                                                     .value));
        else
          unknown_call(std::string(method), true, {values_.single(atom), {}}, {}, node);
      }
      break;
    }
  }
  return values_.join(out, ask_unseen(operand, methods, node));
}

// What a special method gives to whoever asks for it, the object holds, as far as others can tell.
ValueId Interpreter::handed_out(const Atom& object, ValueId given) {
  heap_write(heap_site(object), elements_, mutable_part(given));
  return given;
}

Evaluated Interpreter::condition(NodeId node) {
  const Evaluated out = expression(node);
  record_object(EffectKind::Read, out.value, Part::Elements, node);
  ask_truth(out.value, node);
  return out;
}

void Interpreter::ask_truth(ValueId value, NodeId node) {
  special_method(value, {"__bool__", "__len__"}, node);
  if (!surely_true_or_false(value)) raise_here(node);
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
  others = values_.join(others, making_hooks(type, object, arguments, node));
  if (is_enumeration(type)) others = values_.join(others, enumerated(type, values_.nothing()));
  makes_class(type, arguments, node);
  if (const auto maker = record_made_by(type)) {
    keep_fields(object, fields_of(*maker), arguments, node);
  } else if (const auto init = class_member(type, intern("__init__"))) {
    for (AtomId id : values_[*init]) {
      const Atom function = values_[id];
      if (function.kind == AtomKind::Function)
        call_function(function, arguments, node, self);
      else
        unknown_call(std::string(text(tree()[type.node].name)), true, {}, arguments, node);
    }
  }
  if (made_by_base(type)) {
    keep_in_base(self.value, arguments);
    call_overridden(object, node, true);
  }
  if (tree().is(node, NodeKind::Call) && !surely_made(type, arguments)) raise_here(node);
  if (others != values_.nothing()) return {values_.join(self.value, others), self.term};
  return self;
}

Evaluated Interpreter::call_function(const Atom& function, const CallArguments& arguments,
                                     NodeId node, std::optional<Evaluated> self) {
  const bool is_kept = has_decorator(function.module, function.node, "lru_cache") ||
                       has_decorator(function.module, function.node, "cache");
  if (is_kept) {
    // The memo is shared by all calls; for a pure function nobody can tell.
    record_world(
        EffectKind::Write, WorldPlace::ModuleState,
        values_.term({.kind = TermKind::Constant,
                      .text = program_.modules[function.module.value].tree[function.node].name,
                      .is_text = true}),
        node, "memo",
        std::string(text(program_.modules[function.module.value].tree[function.node].name)));
    for (const Argument& each : arguments.positional) may_ask(each.value, Asked::hooks, node);
    for (const auto& [name, each] : arguments.keywords) may_ask(each.value, Asked::hooks, node);
  }
  // The very object that an earlier call gave.
  const auto given = [&](Evaluated result) {
    if (is_kept)
      result.value =
          values_.join(result.value,
                       settled(values_.with_recency(result.value, Recency::This, Recency::Before)));
    return result;
  };
  // What libraries and operators call, they call as it is defined.
  if (tree().is(node, NodeKind::Call) && !surely_fit(function, arguments, self.has_value()))
    raise_here(node);
  std::vector<Argument> bound = bind(function, arguments, self);
  std::vector<ValueId>& seen =
      seen_arguments_[pair_key(function.module.value, function.node.value)];
  seen.resize(bound.size(), values_.nothing());
  for (std::size_t i = 0; i < bound.size(); ++i) {
    const ValueId grown = values_.join(seen[i], settled(bound[i].value));
    if (grown != seen[i]) {
      seen[i] = grown;
      changed_ = true;
    }
  }
  // A trace sees no other calls than the summaries do.
  if (!frame().traced && passed_.note(function, bound)) changed_ = true;
  if (is_generator(function.module, function.node)) {
    const SiteId site = values_.site({.module = frame().module, .node = node, .part = empty_});
    made(site, node);
    const Atom generator{.kind = AtomKind::Generator,
                         .recency = Recency::This,
                         .module = function.module,
                         .node = function.node,
                         .site = site};
    for (Argument& each : bound) each.value = settled(each.value);
    keep_generator_arguments(generator, bound);
    return {values_.single(generator), opaque(node)};
  }
  const std::uint64_t key = pair_key(function.module.value, function.node.value);
  const bool running = std::any_of(active_.begin(), active_.end(),
                                   [&](const Active& each) { return each.function == key; });
  if (frame().traced && !frame().helper_call && focus_.active && !running &&
      function.module == frame().module && tree().is(function.node, NodeKind::FunctionDef) &&
      tree().is(node, NodeKind::Call)) {
    return given(inline_helper(function, bound, node));
  }
  const Summary& summary = summarise(function, bound);
  apply_summary(summary, function, bound, node);
  return given({summary.returns, summary.returned_term
                                     ? substitute(summary.returned_term, function, bound)
                                     : opaque(node)});
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

// A generator may be any of those that were made there.
void Interpreter::keep_generator_arguments(const Atom& generator,
                                           const std::vector<Argument>& arguments) {
  const std::uint64_t function = pair_key(generator.module.value, generator.node.value);
  const auto [known, is_new] =
      generator_arguments_.try_emplace({generator.site.value, function}, arguments);
  if (is_new) return;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Argument& kept = known->second[i];
    const ValueId grown = values_.join(kept.value, arguments[i].value);
    if (grown != kept.value) changed_ = true;
    kept.value = grown;
    kept.term = join_terms(kept.term, arguments[i].term);
  }
}

Evaluated Interpreter::run_generator(const Atom& generator, NodeId node) {
  const auto found = generator_arguments_.find(
      {generator.site.value, pair_key(generator.module.value, generator.node.value)});
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
  const Summary& summary = summarise(function, arguments);
  apply_summary(summary, function, arguments, node);
  heap_write(heap_site(generator), elements_, summary.yields);
  heap_write(heap_site(generator), intern("return"), summary.returns);
  learn(given_back_, summary.returns);
  return {summary.yields, opaque(node)};
}

}  // namespace braid::effects
