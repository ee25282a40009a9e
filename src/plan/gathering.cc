// Containers and standard output, where what runs only adds to them: each call fills one of its
// own, and merge adds its contents to the loop's where the unit stands.
#include <algorithm>

#include "dependence/printers.h"
#include "dependence/reached.h"
#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using effects::PlaceKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

void Planner::find_gathers(Deal& deal) const {
  deal.gathers.clear();
  for (std::uint32_t each : deal.run) {
    const GraphNode& here = node(each);
    if (here.helper_call) continue;
    for (const BindingId name : here.gathers) {
      if (here.kind != GraphNodeKind::Expression || name == dependence::kOutput)
        deal.gathers.insert(name);
    }
  }
  if (!keeps_parts_) deal.gathers.erase(dependence::kOutput);
}

// Merge does it, in order, for what runs; and what it is in order with is merge's, or is done the
// same way. Between two that run, it has to be the same container.
bool Planner::adds_in_turn(const Deal& deal, const Edge& edge) {
  const bool from = deal.gathers.contains(edge.from_gathers);
  const bool to = deal.gathers.contains(edge.to_gathers);
  if (deal.run.contains(edge.from.value) && deal.run.contains(edge.to.value))
    return from && edge.from_gathers == edge.to_gathers;
  return to && deal.run.contains(edge.to.value);
}

// All that the running text does by such a name is to add.
std::optional<Obstacle> Planner::judge_gathers(const Deal& deal) const {
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      const effects::Event& event = graph_.trace.events[i];
      const effects::Place& place = event.effect.place;
      if (place.kind != PlaceKind::Variable || place.module != graph_.site.module ||
          !deal.gathers.contains(place.variable) || graph_.gathers_at.contains(event.node))
        continue;
      return Obstacle{each, cannot_write(event.node, "it looks at what it adds to")};
    }
  }
  return std::nullopt;
}

bool Planner::is_bound_in_split(const Deal& deal, BindingId variable) const {
  return std::any_of(deal.split.begin(), deal.split.end(), [&](std::uint32_t each) {
    const auto& events = node(each).events;
    return each != 0 && std::any_of(events.begin(), events.end(), [&](std::uint32_t i) {
             const effects::Effect& effect = graph_.trace.events[i].effect;
             return effect.kind == effects::EffectKind::Write &&
                    effect.place.kind == PlaceKind::Variable && effect.place.variable == variable;
           });
  });
}

// The worker is given the object that merge has: what it adds is no copy. Split, or the worker in
// its place, binds such a name as well as merge does: what stands since before the loop is one
// object however often it is looked up, what the iteration makes is made for each of them.
bool Planner::is_given_as_itself(const Deal& deal, NodeId name, BindingId variable) const {
  const bool copied = deal.copied.contains(variable);
  if (!copied && !is_bound_in_split(deal, variable)) return true;
  const auto value = std::find_if(
      graph_.trace.values.begin(), graph_.trace.values.end(),
      [&](const effects::ValueAt& each) { return each.node == name && !each.helper_call; });
  if (value == graph_.trace.values.end()) return false;
  const auto& atoms = effects_.values()[value->value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
    const effects::Atom& atom = effects_.values()[id];
    if (!copied &&
        (atom.recency == effects::Recency::Before || atom.recency == effects::Recency::Own))
      return true;
    const std::string_view type = effects_.text(atom.name);
    return atom.kind == effects::AtomKind::Instance && effects_.is_immutable(atom) &&
           type != "tuple" && type != "frozenset";
  });
}

std::optional<Obstacle> Planner::judge_gathered(const Deal& deal) const {
  for (const RunUnit& unit : deal.units) {
    // Text says nothing of which object it was made from.
    const bool keeps =
        std::any_of(unit.gathers.begin(), unit.gathers.end(),
                    [](const Gathered& each) { return each.kind != Gathered::Kind::output; });
    if (!keeps) continue;
    const auto is_given = [&](BindingId variable) {
      return std::count(unit.arguments.begin(), unit.arguments.end(), variable) != 0 ||
             std::count(unit.captures.begin(), unit.captures.end(), variable) != 0;
    };
    for (std::uint32_t i = unit.first.value; i < unit.end; ++i) {
      const NodeId at{i};
      if (!tree_.is(at, NodeKind::Name)) continue;
      const BindingId variable = scopes_.variable(at);
      if (!variable || !is_given(variable) || is_given_as_itself(deal, at, variable)) continue;
      return Obstacle{*deal.run.begin(),
                      cannot_write(at, "what it adds may be a copy of what the loop has")};
    }
  }
  return std::nullopt;
}

// Standard output is set, by whatever way, or the program has to do with how it fails.
bool Planner::replaces_output(const effects::Module& module) const {
  const syntax::SyntaxTree& t = module.tree;
  const auto mentions = module.file->nodes().of(program_.find("stdout"));
  const auto is_set = [&](const auto& mention) {
    const NodeId at = mention.second;
    if (!t.is(at, NodeKind::Attribute)) return false;
    // Who only reads it calls one of its methods, or hands it to somebody.
    const NodeId around = t.parent(at);
    return !t.is(around, NodeKind::Attribute) && !t.is(around, NodeKind::Keyword) &&
           !t.is(t.parent(around), NodeKind::Call) && !t.is(around, NodeKind::CompareItem) &&
           !(t.is(around, NodeKind::For) && t.child(around, slot::For::iter) == at) &&
           !(t.is(around, NodeKind::Assign) && t.child(around, slot::Assign::value) == at);
  };
  if (std::any_of(mentions.begin(), mentions.end(), is_set)) return true;
  for (std::uint32_t i = 0; i < t.size(); ++i) {
    if (t.is(NodeId{i}, NodeKind::Constant) &&
        t.text(NodeId{i}).find("stdout") != std::string::npos)
      return true;
  }
  return false;
}

// Where the text that it prints would not simply go to standard output, as a whole and later.
std::string Planner::cannot_print(const RunUnit& unit) const {
  constexpr std::string_view kWays[] = {"redirect_stdout", "builtins",     "__builtins__",
                                        "reconfigure",     "UnicodeError", "UnicodeEncodeError",
                                        "BrokenPipeError"};
  const auto mentions = [&](std::string_view name) {
    return static_cast<bool>(program_.find(name));
  };
  const bool elsewhere = std::any_of(std::begin(kWays), std::end(kWays), mentions) ||
                         std::any_of(program_.modules.begin(), program_.modules.end(),
                                     [&](const auto& module) { return replaces_output(module); });
  if (elsewhere) return "what it prints may go elsewhere than to standard output";
  bool ends = !goes_on_for_ever(unit.first, unit.end);
  for (const dependence::Printer& each : unit.printers)
    ends = ends && !goes_on_for_ever(each.definition, tree_[each.definition].subtree_end);
  if (!ends) return "what it prints would come when it has ended, and it may go on for ever";
  if (unit.printers.empty()) return {};
  if (!dependence::looks_at_functions(program_).empty())
    return "the program looks at how its functions are written";
  if (dependence::is_imported(program_, graph_.site.module))
    return "another file may call the functions that it prints by";
  return {};
}

// `while True:` without a way out of it.
bool Planner::goes_on_for_ever(NodeId first, std::uint32_t end) const {
  for (std::uint32_t i = first.value; i < end; ++i) {
    const NodeId at{i};
    if (!tree_.is(at, NodeKind::While) ||
        !tree_.is(tree_.child(at, slot::While::test), NodeKind::Constant))
      continue;
    bool leaves = false;
    for (std::uint32_t k = i + 1; k < tree_[at].subtree_end; ++k)
      leaves =
          leaves || tree_.is(NodeId{k}, NodeKind::Break) || tree_.is(NodeId{k}, NodeKind::Return);
    if (!leaves) return true;
  }
  return false;
}

// What it prints itself, and which functions it has print for it.
void Planner::find_prints(RunUnit& unit) const {
  std::vector<NodeId> calls;
  for (std::uint32_t i = unit.first.value; i < unit.end; ++i) {
    if (graph_.prints_at.contains(NodeId{i})) unit.prints.push_back(NodeId{i});
    if (graph_.printers_at.contains(NodeId{i})) calls.push_back(NodeId{i});
  }
  unit.printer_calls = calls;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const NodeId definition = graph_.printers_at.at(calls[i]);
    const auto is_it = [&](const dependence::Printer& each) {
      return each.definition == definition;
    };
    if (std::any_of(unit.printers.begin(), unit.printers.end(), is_it)) continue;
    const auto printer = std::find_if(graph_.printers.begin(), graph_.printers.end(), is_it);
    unit.printers.push_back(*printer);
    calls.insert(calls.end(), printer->calls.begin(), printer->calls.end());
  }
  const auto flush = [&](NodeId print) {
    return dependence::flushes(program_, graph_.site.module, print);
  };
  unit.flushes = std::any_of(unit.prints.begin(), unit.prints.end(), flush) ||
                 std::any_of(unit.printers.begin(), unit.printers.end(), [&](const auto& each) {
                   return std::any_of(each.prints.begin(), each.prints.end(), flush);
                 });
}

// If the unit fails half-way, what it had added by then is missing: nobody may look any more.
// Empty: nobody does.
std::string Planner::cannot_gather(const RunUnit& unit, BindingId name) const {
  const NodeId definition = tree_.enclosing_definition(unit.first);
  const NodeId home = scopes_[scopes_[name].scope].node;
  const std::string late = "if it fails half-way, what it had added to `" +
                           std::string(program_.symbols.text(scopes_[name].name)) +
                           "` by then would be missing";
  if (home != definition || dependence::reads_names_unseen(program_)) return late;
  const bool global = tree_.is(home, NodeKind::Module);
  if (global && (program_.find("atexit") || program_.find("excepthook") ||
                 dependence::is_imported(program_, graph_.site.module)))
    return late;
  for (NodeId up = tree_.parent(unit.first); up && up != definition; up = tree_.parent(up)) {
    const bool goes_on =
        tree_.is(up, NodeKind::Try) ||
        (tree_.is(up, NodeKind::With) && !effects_.hands_on(graph_.site.module, up));
    if (goes_on) return late;
  }
  // Until the loop is over only the name leads to it, and only from here: it ends with the function
  // or the program.
  NodeId outermost = graph_.site.node;
  for (NodeId up = tree_.parent(outermost); up && up != definition; up = tree_.parent(up)) {
    if (tree_.is(up, NodeKind::For) || tree_.is(up, NodeKind::While)) outermost = up;
  }
  const std::uint32_t end = tree_.span(outermost).end;
  for (const scope::Occurrence& use : scopes_.occurrences(name)) {
    if (tree_.enclosing_definition(use.node) != definition) return late;
    const bool binds = use.access != scope::Access::Read;
    if (binds ? !is_made_here(use.node) : tree_.span(use.node).begin < end && hands_on(use.node))
      return late;
  }
  return {};
}

// `name = []` and the like.
bool Planner::is_made_here(NodeId binding) const {
  const NodeId statement = tree_.statement_of(binding);
  NodeId value;
  if (tree_.is(statement, NodeKind::Assign)) {
    const auto targets = tree_.items(statement, slot::Assign::targets);
    if (targets.size() == 1 && targets[0] == binding)
      value = tree_.child(statement, slot::Assign::value);
  } else if (tree_.is(statement, NodeKind::AnnAssign) &&
             tree_.child(statement, slot::AnnAssign::target) == binding) {
    value = tree_.child(statement, slot::AnnAssign::value);
  }
  if (!value) return false;
  if (tree_.is(value, NodeKind::Call)) {
    const NodeId function = tree_.child(value, slot::Call::function);
    return tree_.is(function, NodeKind::Name) && is_builtin(function, {"list", "dict"});
  }
  return tree_.is(value, NodeKind::ListLiteral) || tree_.is(value, NodeKind::Dict) ||
         tree_.is(value, NodeKind::ListComp) || tree_.is(value, NodeKind::DictComp);
}

bool Planner::is_builtin(NodeId name, std::initializer_list<std::string_view> names) const {
  constexpr std::uint16_t kBinds = scope::kAssigned | scope::kImported | scope::kDefinition;
  const BindingId variable = scopes_.variable(name);
  return (!variable || (scopes_[variable].flags & kBinds) == 0) &&
         std::find(names.begin(), names.end(), tree_.text(name)) != names.end();
}

// Somebody may have the container from here on: it does not only look at what is in it.
bool Planner::hands_on(NodeId name) const {
  const NodeId around = tree_.parent(name);
  switch (tree_.kind(around)) {
    case NodeKind::Attribute: {
      constexpr std::string_view kMethods[] = {"append", "extend",     "insert", "pop",    "remove",
                                               "clear",  "reverse",    "index",  "count",  "copy",
                                               "get",    "setdefault", "update", "popitem"};
      const NodeId call = tree_.parent(around);
      const std::string_view method = program_.symbols.text(tree_[around].name);
      return !tree_.is(call, NodeKind::Call) || tree_.child(call, slot::Call::function) != around ||
             std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods);
    }
    case NodeKind::Subscript:
      return tree_.child(around, slot::Subscript::value) != name;
    case NodeKind::For:
      return tree_.child(around, slot::For::iter) != name;
    case NodeKind::CompareItem: {
      const syntax::Operator compared = tree_.op(around);
      return compared != syntax::Operator::In && compared != syntax::Operator::NotIn;
    }
    case NodeKind::If:
    case NodeKind::While:
    case NodeKind::FormattedValue:
      return false;
    default:
      break;
  }
  const NodeId call = tree_.is(around, NodeKind::Call) ? around : tree_.parent(around);
  if (!tree_.is(call, NodeKind::Call)) return true;
  const NodeId function = tree_.child(call, slot::Call::function);
  if (function == name || !tree_.is(function, NodeKind::Name)) return true;
  // With nothing beside it, what these give is no container.
  const bool alone = tree_.items(call, slot::Call::arguments_list).size() == 1 &&
                     tree_.items(call, slot::Call::keywords).empty();
  return !is_builtin(function, {"len", "print", "str", "repr", "sorted", "list", "set", "tuple",
                                "any", "all", "bool"}) &&
         !(alone && is_builtin(function, {"sum", "min", "max"}));
}

Gathered::Kind Planner::kind_of(BindingId gathered) const {
  if (gathered == dependence::kOutput) return Gathered::Kind::output;
  const auto found = std::find(graph_.gathered_by.begin(), graph_.gathered_by.end(), gathered);
  const effects::Event& event =
      graph_.trace.events[static_cast<std::size_t>(found - graph_.gathered_by.begin())];
  return tree_.is(event.node, NodeKind::Subscript) ? Gathered::Kind::dict : Gathered::Kind::list;
}

// What it adds to, and what that asks for.
std::string Planner::gather(RunUnit& unit, const Deal& deal) const {
  for (const Gathered& each : unit.gathers) {
    if (each.kind == Gathered::Kind::output) continue;
    std::string problem = cannot_gather(unit, each.name);
    if (problem.empty()) continue;
    if (!keeps_parts_) return problem;
    unit.keeps_part = true;
  }
  // Its exceptions travel as values: one of a class that only it knows could not.
  for (std::uint32_t i = unit.first.value; i < unit.end; ++i) {
    if (keeps_parts_ && !unit.is_expression && tree_.is(NodeId{i}, NodeKind::ClassDef))
      return "it defines a class";
  }
  if (deal.gathers.contains(dependence::kOutput)) find_prints(unit);
  if (!unit.prints.empty() || !unit.printers.empty()) {
    unit.gathers.push_back({dependence::kOutput, Gathered::Kind::output});
    unit.keeps_part = true;
    if (std::string problem = cannot_print(unit); !problem.empty()) return problem;
  }
  if (unit.keeps_part && dependence::reads_names_unseen(program_))
    return "somebody may look at what it adds to by a name as text, or through a frame";
  if (!unit.gathers.empty()) leave_unread(unit);
  return {};
}

// The values that are added, as expressions; and of which of them it is the elements.
std::vector<std::pair<NodeId, bool>> Planner::added_by(const Deal& deal) const {
  std::vector<std::pair<NodeId, bool>> out;
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      if (!deal.gathers.contains(graph_.gathered_by[i]) ||
          graph_.gathered_by[i] == dependence::kOutput)
        continue;
      const NodeId at = graph_.trace.events[i].node;
      if (tree_.is(at, NodeKind::Subscript)) {
        out.emplace_back(tree_.child(at, slot::Subscript::slice), false);
        out.emplace_back(tree_.child(tree_.statement_of(at), slot::Assign::value), false);
      } else {
        const NodeId function = tree_.child(at, slot::Call::function);
        out.emplace_back(tree_.items(at, slot::Call::arguments_list)[0],
                         program_.symbols.text(tree_[function].name) == "extend");
      }
    }
  }
  return out;
}

// It stands in the block of a `for`, a `with` or a handler, not around the unit, that binds the
// variable.
bool Planner::is_bound_anew(NodeId use, BindingId variable, const RunUnit& unit) const {
  const auto binds = [&](NodeId target) {
    const auto uses = scopes_.occurrences(variable);
    return target && std::any_of(uses.begin(), uses.end(), [&](const scope::Occurrence& each) {
             return each.access == scope::Access::Write &&
                    tree_.span(target).contains(tree_.span(each.node));
           });
  };
  for (NodeId child = use, up = tree_.parent(use); up; child = up, up = tree_.parent(up)) {
    if (tree_.span(up).contains(tree_.span(unit.first)) || tree_.is(up, NodeKind::FunctionDef) ||
        tree_.is(up, NodeKind::Lambda) || tree_.is(up, NodeKind::GeneratorExp) ||
        tree_.is(up, NodeKind::ClassDef))
      return false;
    if (tree_.is(up, NodeKind::For) && tree_.child(up, slot::For::statements) == child &&
        binds(tree_.child(up, slot::For::target)))
      return true;
    if (tree_.is(up, NodeKind::ExceptHandler) && tree_[up].name == scopes_[variable].name &&
        tree_.child(up, slot::ExceptHandler::statements) == child)
      return true;
    if (!tree_.is(up, NodeKind::With) || tree_.child(up, slot::With::statements) != child) continue;
    for (const NodeId item : tree_.items(up, slot::With::items)) {
      if (binds(tree_.child(item, slot::WithItem::target))) return true;
    }
  }
  return false;
}

// A class body that binds the name itself reads the global before it does.
bool Planner::is_bound_in_class(BindingId variable) const {
  for (std::uint32_t i = 0; i < scopes_.scopes().size(); ++i) {
    if (scopes_.scopes()[i].kind == scope::ScopeKind::Class &&
        scopes_.find(scope::ScopeId{i}, scopes_[variable].name))
      return true;
  }
  return false;
}

// Globals that live on, as `line` and `file` do, and that nobody reads there, stay in the worker.
void Planner::leave_unread(RunUnit& unit) const {
  if (dependence::reads_names_unseen(program_) ||
      dependence::is_imported(program_, graph_.site.module))
    return;
  const Span text{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  std::erase_if(unit.results, [&](BindingId variable) {
    const auto uses = scopes_.occurrences(variable);
    return !is_bound_in_class(variable) &&
           std::all_of(uses.begin(), uses.end(), [&](const scope::Occurrence& use) {
             return text.contains(tree_.span(use.node)) || use.access == scope::Access::Write ||
                    (use.access == scope::Access::Read && is_bound_anew(use.node, variable, unit));
           });
  });
}

}  // namespace braid::plan
