// What is this process's own: the order of its sets, the name under which it runs the script.
#include <algorithm>

#include "effects/library_call.h"

namespace braid::effects {

using syntax::NodeKind;

namespace {

// They set something for all that runs later in the process.
constexpr std::string_view kSetters[] = {
    "sys.set_int_max_str_digits",
    "sys.setrecursionlimit",
    "sys.import_list.append",
    "sys.import_list.insert",
    "sys.import_list.extend",
    "sys.import_list.__iadd__",
    "sys.import_list.__setitem__",
    "logging.disable",
    "logging.basicConfig",
    "locale.setlocale",
    "decimal.setcontext",
    "socket.setdefaulttimeout",
    "warnings.filterwarnings",
    "warnings.simplefilter",
    "warnings.resetwarnings",
    "csv.field_size_limit",
    "mimetypes.add_type",
    "os.putenv",
    "os.unsetenv",
    "random.seed",
};

// With a key, elements that compare equal come in the order in which they are met.
bool is_of_any_order(std::string_view callable, const CallArguments& arguments) {
  constexpr std::string_view kSorting[] = {"sorted", "min", "max"};
  constexpr std::string_view kAnyOrder[] = {"set", "frozenset", "any", "all", "len"};
  if (std::find(std::begin(kSorting), std::end(kSorting), callable) != std::end(kSorting)) {
    return arguments.keywords.empty() && !arguments.double_starred;
  }
  return std::find(std::begin(kAnyOrder), std::end(kAnyOrder), callable) != std::end(kAnyOrder) ||
         callable.starts_with("set.") || callable.starts_with("frozenset.");
}

}  // namespace

// The order in which a set gives its elements is this process's own, unless they are numbers.
void Interpreter::order_of_set(ValueId iterated, NodeId node) {
  for (AtomId id : std::vector<AtomId>(values_[iterated])) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Instance) continue;
    const std::string_view name = text(atom.name);
    if (name != "set" && name != "frozenset") continue;
    const ValueId held = elements_of(atom);
    // A copy of a set may give even numbers in another order.
    const bool numbers =
        held != values_.nothing() && atom.recency == Recency::This &&
        std::all_of(values_[held].begin(), values_[held].end(), [&](AtomId element) {
          const std::string_view type = values_[element].kind == AtomKind::Instance
                                            ? text(values_[element].name)
                                            : std::string_view{};
          return type == "int" || type == "bool" || type == "float";
        });
    if (!numbers)
      record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node, {},
                   std::string(kOrderOfSet));
  }
}

// The text of a value, or its pickle, shows in which order its sets are, and by which name the
// script's classes go.
void Interpreter::text_taken(ValueId shown, NodeId node, bool pickled) {
  for (AtomId id : std::vector<AtomId>(values_[shown])) {
    const Atom atom = values_[id];
    if (atom.kind == AtomKind::Object && !pickled) {
      const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
      if (class_member(type, intern("__repr__")) || class_member(type, intern("__str__"))) continue;
    }
    const ValueId inside = reachable(values_.single(atom));
    for (AtomId each : std::vector<AtomId>(values_[inside])) {
      const Atom part = values_[each];
      if (part.kind == AtomKind::Instance && text(part.name) == "type")
        record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
      const bool is_named =
          part.kind == AtomKind::Class ||
          (pickled && (part.kind == AtomKind::Object || part.kind == AtomKind::Function));
      if (is_named && part.module.value == 0)
        record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
    }
    order_of_set(inside, node);
  }
}

// What equals itself only is not found by its copy in what a worker process is given.
void Interpreter::looked_up(ValueId container, std::string_view method, ValueId key, NodeId node) {
  constexpr std::string_view kByEquality[] = {
      "dict.", "set.", "frozenset.", "list.index", "list.count", "tuple.index", "tuple.count"};
  const bool compares =
      std::any_of(std::begin(kByEquality), std::end(kByEquality),
                  [&](std::string_view each) { return method.starts_with(each); });
  const auto& whole = values_[container];
  const bool given = std::any_of(whole.begin(), whole.end(),
                                 [&](AtomId id) { return values_[id].recency != Recency::This; });
  if (compares && given && holds_identity(key))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
}

// Among its elements, at any depth.
bool Interpreter::holds_identity(ValueId value) {
  const auto& all = values_[reachable(value)];
  return std::any_of(all.begin(), all.end(),
                     [&](AtomId id) { return compared_by_identity(values_[id]); });
}

// Under which name the script runs shows in these of its classes and functions.
bool names_its_module(std::string_view attribute) {
  constexpr std::string_view kNaming[] = {"__module__", "__annotations__", "__mro__",
                                          "__bases__",  "__base__",        "__orig_bases__"};
  return std::find(std::begin(kNaming), std::end(kNaming), attribute) != std::end(kNaming);
}

void ThisProcess::called(ModuleId module, NodeId node, std::string_view callable) {
  const bool patches = callable.starts_with("unittest.mock.") || callable.starts_with("mock.");
  const bool registers = callable.ends_with(".register") && !callable.starts_with("atexit.");
  if (callable.starts_with("logging.config."))
    set(module, node, "`" + std::string(callable) + "` sets");
  if (patches || registers) set(module, node, "`" + std::string(callable) + "` adds");
}

// A library's function goes through it: some give the same in whichever order.
void LibraryCall::order_taken(ValueId iterable) {
  if (!is_of_any_order(model_.name, arguments_)) in_.order_of_set(iterable, node_);
}

// A lazy result is gone through by whoever that is.
void LibraryCall::order_deferred() {
  in_.order_of_set(self_.value, node_);
  for (const auto& [name, value] : bound_) in_.order_of_set(value.value, node_);
}

void LibraryCall::note_for_this_process() {
  if (std::find(std::begin(kSetters), std::end(kSetters), model_.name) != std::end(kSetters))
    in_.this_process_.set(in_.frame().module, node_, "`" + std::string(model_.name) + "` sets");
  in_.looked_up(self_.value, model_.name,
                bound_.empty() ? values_.nothing() : bound_[0].second.value, node_);
  if (model_.name == "set.pop") in_.order_of_set(self_.value, node_);
  if (writes_past_buffer())
    ThisProcess::note(in_.this_process_.past_buffer, in_.frame().module, node_, model_.name);
}

// Commands, and what writes to descriptors, do not wait for what `sys.stdout` has not written yet;
// who leaves at once lets it be lost.
bool LibraryCall::writes_past_buffer() const {
  bool raw = false;
  bool prints = false;
  bool signals = false;
  bool processes = false;
  for (const Clause& clause : model_.clauses) {
    if (holds(clause.condition) == Holds::no) continue;
    if (clause.kind == ClauseKind::exits || model_.name == "signal.raise_signal") return true;
    raw = raw || (clause.kind == ClauseKind::waits && clause.waits == Waits::Subprocess);
    if (clause.kind != ClauseKind::appends && clause.kind != ClauseKind::writes) continue;
    for (const PlaceSpec& place : clause.places) {
      prints = prints || place.world == WorldPlace::Stdout;
      signals = signals || place.world == WorldPlace::Signals;
      processes = processes || place.world == WorldPlace::Processes;
      raw = raw || (place.world == WorldPlace::ModuleState && place.attribute == "descriptors");
    }
  }
  if ((raw && prints) || (signals && processes)) return true;  // one that sends a signal may end it
  if (model_.name == "open" || model_.name == "os.fdopen" || model_.name == "os.dup")
    return constant_of(argument(model_.name == "open" ? "file" : "fd")) == "1";
  if (!model_.name.substr(model_.name.rfind('.') + 1).starts_with("write")) return false;
  // `sys.stdout.buffer`
  const auto& written = values_[self_.value];
  return std::any_of(written.begin(), written.end(), [&](AtomId id) {
    const SiteId whole = values_[id].site ? values_[values_[id].site].parent : SiteId{};
    return whole && (in_.text(values_[whole].part) == "sys.stdout" ||
                     in_.text(values_[whole].part) == "sys.__stdout__");
  });
}

}  // namespace braid::effects
