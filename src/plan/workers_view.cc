// What a worker would see otherwise than the main thread does: state of threads and processes,
// copies in place of objects, modules that were imported afresh.
#include <algorithm>
#include <map>

#include "dependence/reached.h"
#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using effects::AtomKind;
using effects::Crossing;
using effects::Effect;
using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using effects::WorldPlace;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

struct Ambient {
  WorldPlace place;
  bool threads;  // threads have their own, too
  std::string_view what;
  std::vector<std::string_view>
      setters;  // names that a program that sets it mentions; none: always
};

const std::vector<Ambient>& ambients() {
  static const std::vector<Ambient> kAmbients{
      {WorldPlace::Threads, true, "which thread runs it shows in its result", {}},
      {WorldPlace::Interpreter,
       false,
       "a worker process has its own number, its own order of sets, and copies of objects",
       {}},
      {WorldPlace::Decimal,
       true,
       "the decimal context is set for the main thread only",
       {"getcontext", "setcontext", "localcontext", "DefaultContext"}},
      {WorldPlace::Errstate,
       true,
       "NumPy's error state is set for the main thread only",
       {"seterr", "errstate", "seterrcall"}},
      {WorldPlace::Contextvars, true, "context variables are set for the main thread only", {}},
      {WorldPlace::Warnings,
       false,
       "a worker process has its own warning filters",
       {"simplefilter", "filterwarnings", "catch_warnings", "showwarning"}},
      {WorldPlace::Locale, false, "a worker process has its own locale", {"setlocale"}},
      {WorldPlace::Signals, false, "a worker process has its own signal handlers", {"signal"}},
      {WorldPlace::Environ, false, "a worker process may have an older environment", {"environ"}},
      {WorldPlace::ModuleState, false, "a worker process has its own state of the library", {}},
      {WorldPlace::Logging, false, "a worker process has no log handlers", {}},
  };
  return kAmbients;
}

}  // namespace

// What pandas is told of how to show numbers: as its import made it, in a program that has no word
// by which it could be told. (Of other libraries' states it is not known how they are set.)
bool Planner::is_as_imported(const Effect& effect) const {
  if (effect.kind != EffectKind::Read || !effect.place.key) return false;
  const std::string_view state = effects_.text(effects_.values()[effect.place.key].text);
  if (!state.starts_with("pandas.") || !state.ends_with(".options")) return false;
  constexpr std::string_view kWays[] = {"options",        "set_option",           "reset_option",
                                        "option_context", "set_eng_float_format", "_config"};
  return !dependence::makes_names(program_) &&
         std::none_of(std::begin(kWays), std::end(kWays),
                      [&](std::string_view way) { return static_cast<bool>(program_.find(way)); });
}

std::string Planner::worker_lacks(const Deal& deal, Strategy strategy) const {
  const bool process = strategy == Strategy::process;
  if (process) {
    if (const std::string again = effects_.import_repeats(); !again.empty())
      return "each worker process would run `" + again + "` again";
  }
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      const Event& event = graph_.trace.events[i];
      if (event.effect.place.kind == PlaceKind::World) {
        for (const Ambient& ambient : ambients()) {
          if (ambient.place != event.effect.place.world || (!process && !ambient.threads)) continue;
          if (ambient.place == WorldPlace::ModuleState && is_as_imported(event.effect)) continue;
          const bool set = ambient.setters.empty() ||
                           std::any_of(ambient.setters.begin(), ambient.setters.end(),
                                       [&](std::string_view name) {
                                         return static_cast<bool>(program_.find(name));
                                       });
          if (set) return std::string(ambient.what);
        }
      }
      if (event.effect.place.kind == PlaceKind::Object &&
          !deal.gathers.contains(graph_.gathered_by[i])) {
        if (std::string why = object_differs(event, process); !why.empty()) return why;
      }
      if (process && event.effect.place.kind == PlaceKind::Variable &&
          event.effect.kind == EffectKind::Read) {
        if (std::string why = variable_differs(event); !why.empty()) return why;
      }
    }
  }
  if (!process) return {};
  if (std::string why = written_past_buffer(deal); !why.empty()) return why;
  if (program_.find("SIGCHLD")) return "the end of a worker process is a signal to the program";
  return {};
}

// Starting a process writes out what `sys.stdout` holds.
std::string Planner::written_past_buffer(const Deal& deal) const {
  // Who accepts that commands print in any order.
  const auto is_accepted = [&](std::string_view callee) {
    const std::string named = "commands-independent:" + std::string(callee) + "@";
    return std::any_of(deal.assumptions.begin(), deal.assumptions.end(),
                       [&](const Assumption& each) { return each.id.starts_with(named); });
  };
  for (const effects::Setting& each : effects_.past_buffer()) {
    if (!is_accepted(each.what))
      return "starting worker processes writes out what was printed before, which `" + each.what +
             "` does not wait for";
  }
  return {};
}

std::string Planner::object_differs(const Event& event, bool process) const {
  const Effect& effect = event.effect;
  bool given = false;  // not made in this iteration; of what is, the edges tell who sees it
  for (effects::AtomId id : effects_.values()[effect.place.objects]) {
    const effects::Atom& atom = effects_.values()[id];
    if (atom.recency == effects::Recency::This) continue;
    given = true;
    for (const Symbol each : effects_.library_types(atom)) {
      const std::string_view type = effects_.text(each);
      if (type == "threading.local" || type == "_thread._local")
        return "what a `threading.local` holds is another thread's own";
      const effects::TypeModel* model = effects_.type_model(each);
      if (model != nullptr && model->thread_bound)
        return "only the thread that made it may use an object of type " + std::string(type);
    }
    if (!process) continue;
    const bool imported = atom.kind == AtomKind::Class || atom.kind == AtomKind::Module ||
                          (atom.site && effects_.values()[atom.site].module &&
                           effects_.values()[atom.site].module != graph_.site.module);
    if (imported && effects_.changes_while_running(atom))
      return "a worker process would not see what the program changes in `" +
             effects_.describe(effect.place.objects) + "`";
    if (!imported && effects_.changes_while_running(atom) &&
        effects_.held_by_definitions(atom, graph_.site.module, graph_.site.node))
      return "a worker process makes its own `" + effects_.describe(effect.place.objects) +
             "`, without what the program changes in it";
  }
  const bool writes = effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
  if (process && given && writes && effect.unless.empty())
    return "a worker process would change a copy of what it is given";
  return {};
}

// A global that the program sets again, after its module was imported.
std::string Planner::variable_differs(const Event& event) const {
  const effects::Place& place = event.effect.place;
  const effects::Module& module = program_.modules[place.module.value];
  const scope::Binding& binding = module.scopes[place.variable];
  if (module.scopes[binding.scope].kind != scope::ScopeKind::Module) return {};
  std::size_t writes = 0;
  bool inside_function = false;
  for (const scope::Occurrence& use : module.scopes.occurrences(place.variable)) {
    if (use.access == scope::Access::Read) continue;
    ++writes;
    inside_function = inside_function ||
                      !module.tree.is(module.tree.enclosing_definition(use.node), NodeKind::Module);
  }
  const bool passed =
      !event.through_call && !event.helper_call && place.module == graph_.site.module;
  if (passed || (writes <= 1 && !inside_function)) return {};
  return "a worker process would not see what the program assigns to `" +
         std::string(program_.symbols.text(binding.name)) + "`";
}

// Those of the classes and functions that the script itself defines.
std::vector<NodeId> Planner::own_names(const Crossing& crossing) const {
  std::vector<NodeId> out;
  for (const auto& [module, definition] : crossing.names)
    if (module == graph_.site.module) out.push_back(definition);
  return out;
}

std::vector<ReadGlobal> Planner::globals_read(const Deal& deal) const {
  std::vector<ReadGlobal> out;
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      const Effect& effect = graph_.trace.events[i].effect;
      const effects::Place& place = effect.place;
      if (effect.kind != EffectKind::Read || place.kind != PlaceKind::Variable ||
          place.module != graph_.site.module ||
          scopes_[scopes_[place.variable].scope].kind != scope::ScopeKind::Module ||
          std::any_of(out.begin(), out.end(),
                      [&](const ReadGlobal& known) { return known.variable == place.variable; }))
        continue;
      const Crossing crossing = effects_.crossing_of_global(place.module, place.variable);
      out.push_back({place.variable,
                     crossing.kind == Crossing::Kind::other ? crossing.what : std::string{},
                     own_names(crossing)});
    }
  }
  return out;
}

// A global that lives on as the last open page or closed file of the loop, and that nothing in the
// program reads there, need not come back from a process, if it cannot.
void Planner::leave_there(
    RunUnit& unit,
    const std::map<std::pair<std::uint32_t, std::uint32_t>, effects::ValueId>& values) const {
  if (dependence::reads_names_unseen(program_)) return;
  const Span text{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  std::erase_if(unit.results, [&](BindingId variable) {
    bool cannot = false;
    for (const scope::Occurrence& use : scopes_.occurrences(variable)) {
      if (!text.contains(tree_.span(use.node))) return false;
      const auto found = values.find({unit.helper_call.value, use.node.value});
      cannot = cannot || (found != values.end() &&
                          effects_.crossing(found->second, true).kind == Crossing::Kind::other);
    }
    return cannot;
  });
}

// Making the input calls something, and functions set the variable.
bool Planner::input_may_change(BindingId variable) const {
  constexpr std::uint16_t kShared = scope::kDeclaredGlobal | scope::kDeclaredNonlocal;
  if ((scopes_[variable].flags & kShared) == 0) return false;
  const NodeId site = graph_.site.node;
  const Span text = tree_.is(site, NodeKind::For) ? tree_.span(tree_.child(site, slot::For::iter))
                                                  : tree_.span(site);
  for (std::uint32_t i = site.value; i < tree_[site].subtree_end; ++i) {
    if (!tree_.is(NodeId{i}, NodeKind::Call) || !text.contains(tree_.span(NodeId{i}))) continue;
    const NodeId function = tree_.child(NodeId{i}, slot::Call::function);
    if (!tree_.is(function, NodeKind::Name) ||
        !is_builtin(function, {"range", "len", "enumerate", "zip", "sorted", "reversed", "list"}))
      return true;
  }
  return false;
}

// What a process unit is given and gives back has to mean the same there. What nobody sees is
// assumed to.
std::string Planner::does_not_cross(Deal& deal) const {
  std::map<std::pair<std::uint32_t, std::uint32_t>, effects::ValueId> values;
  for (const effects::ValueAt& each : graph_.trace.values)
    values[{each.helper_call.value, each.node.value}] = each.value;
  std::string problem;
  const auto judge = [&](const Crossing& crossing, NodeId at, bool result,
                         const std::string& name) {
    const std::vector<NodeId> names = own_names(crossing);
    deal.sent_by_name.insert(deal.sent_by_name.end(), names.begin(), names.end());
    if (crossing.kind == Crossing::Kind::other) {
      problem = (result ? "a worker process would send back a copy of "
                        : "a worker process cannot be given ") +
                crossing.what;
    } else if (crossing.kind == Crossing::Kind::unseen) {
      accept(deal, {"sendable:" + name + "@" + graph_.scope,
                    "`" + name + "` means the same in another process: plain data",
                    "a value that cannot be pickled ends the program; one that is told by identity "
                    "is another one",
                    Code::sendable, tree_.span(at)});
    }
  };
  const auto look = [&](const RunUnit& unit, NodeId at, bool result, const std::string& name) {
    const auto found = values.find({unit.helper_call.value, at.value});
    if (found == values.end() || !problem.empty()) return;
    const auto& atoms = effects_.values()[found->second];
    const bool functions = std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
      return effects_.values()[id].kind == AtomKind::Function;
    });
    const BindingId variable = scopes_.variable(at);
    const bool is_its_name = variable && (scopes_[variable].flags & scope::kDefinition) != 0;
    if (result || atoms.empty() || !functions || !is_its_name)
      return judge(effects_.crossing(found->second, result), at, result, name);
    // A local function is written out at the top level, or refused, where the text is made.
    for (effects::AtomId id : std::vector<effects::AtomId>(atoms))
      judge(effects_.crossing_of_closure(effects_.values()[id]), at, false, name);
  };
  for (const Event& event : graph_.trace.events) {
    if (event.effect.place.kind != PlaceKind::World || event.effect.subject != effects::kIdentity)
      continue;
    problem = "a worker process sends back copies, and the loop tells objects by identity";
  }
  const bool raises = std::any_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
    const auto& events = node(each).events;
    return std::any_of(events.begin(), events.end(), [&](std::uint32_t i) {
      return graph_.trace.events[i].effect.kind == EffectKind::Raise;
    });
  });
  if (raises) {
    const Crossing held = effects_.crossing_of_raised();
    if (held.kind == Crossing::Kind::other)
      problem = "an exception from a worker process would hold a copy of " + held.what;
  }
  for (const RunUnit& unit : deal.units) {
    if (std::any_of(unit.captures.begin(), unit.captures.end(),
                    [&](BindingId each) { return input_may_change(each); }))
      problem =
          "worker processes get what they read before the loop's input is made, which may change "
          "it";
  }
  for (RunUnit& unit : deal.units) {
    leave_there(unit, values);
    for (std::uint32_t i = unit.first.value; i < unit.end; ++i) {
      const NodeId at{i};
      if (!tree_.is(at, NodeKind::Name)) continue;
      const BindingId variable = scopes_.variable(at);
      if (!variable) continue;
      const std::string name(program_.symbols.text(tree_[at].name));
      const auto holds = [&](const std::vector<BindingId>& list) {
        return std::find(list.begin(), list.end(), variable) != list.end();
      };
      const bool defined = (scopes_[variable].flags & (scope::kImported | scope::kDefinition)) != 0;
      const bool top = scopes_[scopes_[variable].scope].kind == scope::ScopeKind::Module;
      if (holds(unit.results)) look(unit, at, true, name);
      if (holds(unit.arguments) || (holds(unit.captures) && !(defined && top)))
        look(unit, at, false, name);
    }
    if (unit.is_expression) look(unit, unit.first, true, "result");
  }
  for (const auto& [at, is_elements] : added_by(deal)) {
    const auto found = values.find({NodeId{}.value, at.value});
    if (!problem.empty()) continue;
    if (found == values.end()) {
      if (!tree_.is(at, NodeKind::Constant)) problem = "nobody knows what it would send back";
      continue;
    }
    judge(is_elements ? effects_.crossing_of_elements(found->second, true)
                      : effects_.crossing(found->second, true),
          at, true, std::string(tree_.text(at)).substr(0, 40));
  }
  return problem;
}

}  // namespace braid::plan
