#include "plan/plan.h"

#include <algorithm>
#include <map>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;
using effects::EffectKind;
using effects::PlaceKind;
using effects::Waits;
using syntax::NodeKind;
namespace slot = syntax::slot;

bool Accepted::covers(const std::vector<Assumption>& assumptions) const {
  return all || std::all_of(assumptions.begin(), assumptions.end(), [&](const Assumption& each) {
           return std::find(ids.begin(), ids.end(), each.id) != ids.end();
         });
}

Decision make_plan(const DependenceGraph& graph, const effects::Program& program,
                   const Costs& costs, Backend backend) {
  return Planner(graph, program, costs, backend).decide();
}

namespace {

Decision refused(Verdict verdict, Diagnostic reason) {
  Decision out;
  out.verdict = verdict;
  out.reasons.push_back(std::move(reason));
  return out;
}

Verdict verdict_of(Code code) {
  switch (diagnostics::info(code).severity) {
    case diagnostics::Severity::reason:
      return Verdict::sequential;
    case diagnostics::Severity::cheap:
      return Verdict::cheap;
    default:
      return Verdict::unknown;
  }
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 1e-3)
    std::snprintf(text, sizeof text, "%.1f µs", seconds * 1e6);
  else if (seconds < 1)
    std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

}  // namespace

std::optional<Decision> Planner::other_kinds() const {
  const NodeId at = graph_.site.node;
  const Span span = tree_.span(at);
  if (tree_.flag(at, syntax::kHasError))
    return refused(Verdict::unknown, emit<Code::broken_code>(span));
  switch (graph_.site.kind) {
    case dependence::SiteKind::While:
      return refused(Verdict::unknown, emit<Code::later_while>(span));
    case dependence::SiteKind::AwaitLoop:
      if (tree_.flag(at, syntax::kAsync))
        return refused(Verdict::unknown, emit<Code::later_async_for>(span));
      return refused(Verdict::unknown, emit<Code::later_await>(span));
    case dependence::SiteKind::Generator: {
      // Consumed at once: the only argument of something that drains it.
      const NodeId list = tree_.parent(at);
      const NodeId call = tree_.parent(list);
      constexpr std::string_view kDrains[] = {"sum",     "list",   "tuple", "set",       "dict",
                                              "sorted",  "max",    "min",   "frozenset", "join",
                                              "Counter", "extend", "update"};
      if (tree_.is(call, NodeKind::Call) &&
          tree_.items(call, slot::Call::arguments_list).size() == 1) {
        const NodeId function = tree_.child(call, slot::Call::function);
        const std::string_view name =
            tree_[function].name ? program_.symbols.text(tree_[function].name) : std::string_view{};
        if (std::find(std::begin(kDrains), std::end(kDrains), name) != std::end(kDrains))
          return std::nullopt;
      }
      return refused(Verdict::unknown, emit<Code::later_generator>(span));
    }
    default:
      return std::nullopt;
  }
}

// No node costs anything: sequential for a proven carried edge, else not worth it.
Decision Planner::without_cost() const {
  for (const Edge& edge : graph_.edges) {
    if (!edge.carried || edge.remedy || edge.kind == EdgeKind::Control ||
        edge.kind == EdgeKind::Anti)
      continue;
    if (edge.code == Code::carried_world &&
        (node(edge.from.value).visible || node(edge.to.value).visible))
      continue;  // printing in order is merge
    Decision out = refused(verdict_of(edge.code), explain(edge));
    out.estimate.iterations = graph_.iterations;
    return out;
  }
  const double each = 1e-6 * static_cast<double>(std::max<std::size_t>(1, graph_.nodes.size()));
  Decision out = refused(Verdict::cheap,
                         emit<Code::not_worth_it>(tree_.span(graph_.site.node), duration(each)));
  out.workload = Workload::cpu;
  out.estimate = estimate(each, Strategy::process);
  return out;
}

Estimate Planner::estimate(double seconds, Strategy strategy) const {
  Estimate out;
  out.iterations = graph_.iterations;
  out.seconds_per_iteration = seconds;
  const bool thread = strategy == Strategy::thread;
  const double task = thread ? costs_.thread_task_seconds : costs_.process_task_seconds;
  const double start = thread ? 1e-3 : costs_.process_start_seconds;
  const double workers = thread ? 32 : std::max(1, costs_.processors);
  if (workers > 1 && seconds * (1 - 1 / workers) > task) {
    out.break_even = static_cast<std::int64_t>(start / (seconds * (1 - 1 / workers) - task)) + 2;
  }
  if (graph_.iterations && *graph_.iterations > 0) {
    const auto n = static_cast<double>(*graph_.iterations);
    const double rounds = std::max(1.0, n / workers);
    out.speedup = n * seconds / (start + rounds * seconds + n * task);
  } else if (seconds > 10 * task) {
    out.speedup = workers;
  }
  return out;
}

Decision Planner::decide() {
  if (auto other = other_kinds()) return *other;
  std::set<std::uint32_t> seeds;
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    if (node(i).costly) seeds.insert(i);
  }
  Decision out;
  out.rests_on = graph_.trace.rests_on;
  if (seeds.empty()) {
    out = without_cost();
    out.rests_on = graph_.trace.rests_on;
    return out;
  }
  if (!graph_.unusual_entry.empty()) {
    return refused(Verdict::unknown,
                   emit<Code::unusual_entry>(tree_.span(graph_.site.node), graph_.unusual_entry));
  }
  if (auto clock = clock_decides()) return refused(Verdict::sequential, std::move(*clock));
  std::vector<Diagnostic> obstacles;
  while (!seeds.empty()) {
    Deal deal;
    auto obstacle = attempt(seeds, deal);
    if (!obstacle) {
      Plan plan = finish(deal);
      if (const std::string why =
              plan.strategy == Strategy::process ? processes_cannot(deal) : std::string();
          !why.empty()) {
        if (backend_ == Backend::thread) break;
        obstacles.push_back(cannot_write(plan.units[0].first, why));
        break;
      }
      if (auto cheap = too_cheap(plan)) {
        cheap->rests_on = graph_.trace.rests_on;
        return *cheap;
      }
      out.verdict = plan.assumptions.empty() ? Verdict::parallel : Verdict::conditional;
      out.workload = plan.workload;
      out.estimate = plan.estimate;
      for (const Assumption& each : plan.assumptions)
        out.reasons.push_back({each.code, each.span, each.text, {}});
      out.plan = std::move(plan);
      return out;
    }
    obstacles.push_back(std::move(obstacle->reason));
    if (seeds.erase(obstacle->seed) == 0) seeds.erase(seeds.begin());
  }
  // Proven reasons first; each once.
  std::stable_sort(obstacles.begin(), obstacles.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return (verdict_of(a.code) == Verdict::sequential) >
                            (verdict_of(b.code) == Verdict::sequential);
                   });
  for (Diagnostic& each : obstacles) {
    const bool known =
        std::any_of(out.reasons.begin(), out.reasons.end(), [&](const Diagnostic& other) {
          return other.code == each.code && other.message == each.message;
        });
    if (!known && out.reasons.size() < 3) out.reasons.push_back(std::move(each));
  }
  out.verdict = out.reasons.empty() ? Verdict::unknown : verdict_of(out.reasons.front().code);
  out.estimate.iterations = graph_.iterations;
  return out;
}

std::optional<Decision> Planner::too_cheap(const Plan& plan) const {
  if (!graph_.iterations || plan.workload == Workload::mixed) return std::nullopt;
  const double seconds = plan.estimate.seconds_per_iteration.value_or(0);
  const bool pays = *graph_.iterations > 1 &&
                    (!plan.estimate.break_even || *graph_.iterations >= 2) && seconds > 0;
  if (pays) return std::nullopt;
  Decision out = refused(Verdict::cheap,
                         emit<Code::not_worth_it>(tree_.span(graph_.site.node), duration(seconds)));
  out.workload = plan.workload;
  out.estimate = plan.estimate;
  return out;
}

// The time that is read may be printed and stored. Once it names a file, makes a request or is
// compared, when it is read is part of the result.
std::optional<Diagnostic> Planner::clock_decides() const {
  std::set<std::uint32_t> timed;
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    for (std::uint32_t event : node(i).events) {
      const effects::Place& place = graph_.trace.events[event].effect.place;
      if (place.kind == PlaceKind::World && place.world == effects::WorldPlace::Clock)
        timed.insert(i);
    }
  }
  std::vector<std::uint32_t> work(timed.begin(), timed.end());
  while (!work.empty()) {
    const std::uint32_t at = work.back();
    work.pop_back();
    for (const Edge& edge : graph_.edges) {
      if (edge.from.value == at && edge.kind == EdgeKind::Flow && edge.variable &&
          timed.insert(edge.to.value).second)
        work.push_back(edge.to.value);
    }
  }
  for (std::uint32_t each : timed) {
    bool decides = node(each).kind == GraphNodeKind::Test;
    for (std::uint32_t event : node(each).events) {
      const effects::Effect& effect = graph_.trace.events[event].effect;
      if (effect.place.kind != PlaceKind::World || effect.kind == EffectKind::Append ||
          !effect.place.key)
        continue;
      decides = decides || effect.place.world == effects::WorldPlace::File ||
                effect.place.world == effects::WorldPlace::Directory ||
                effect.place.world == effects::WorldPlace::Tree ||
                effect.place.world == effects::WorldPlace::Remote;
    }
    if (decides) return emit<Code::carried_world>(tree_.span(node(each).node), "the clock");
  }
  return std::nullopt;
}

// -- explaining

Diagnostic Planner::explain(const Edge& edge) const {
  const Span at = edge.to_span;
  Diagnostic out;
  switch (edge.code) {
    case Code::carried_object:
      out = emit<Code::carried_object>(at, edge.subject);
      break;
    case Code::carried_world:
      out = emit<Code::carried_world>(at, edge.subject);
      break;
    case Code::ambient_state:
      out = emit<Code::ambient_state>(at, edge.subject);
      break;
    case Code::polling:
      out = emit<Code::polling>(at);
      break;
    case Code::unresolved_call:
      out = emit<Code::unresolved_call>(at, edge.subject);
      break;
    case Code::dynamic_code:
      out = emit<Code::dynamic_code>(at, edge.subject);
      break;
    case Code::broken_code:
      out = emit<Code::broken_code>(at);
      break;
    case Code::unknown_callee:
      out = emit<Code::unknown_callee>(at, edge.subject);
      break;
    default:
      out = emit<Code::carried_value>(at, edge.subject);
  }
  if (edge.from_span != edge.to_span)
    out.because(edge.from_span, edge.kind == EdgeKind::Anti ? "used here" : "changed here");
  return out;
}

Diagnostic Planner::cannot_write(NodeId at, const std::string& why) const {
  return emit<Code::not_expressible>(tree_.span(at), why);
}

void Planner::accept(Deal& deal, Assumption assumption) const {
  for (const Assumption& each : deal.assumptions) {
    if (each.id == assumption.id) return;
  }
  deal.assumptions.push_back(std::move(assumption));
}

void Planner::accept(Deal& deal, const Edge& edge) const {
  accept(deal, Assumption{edge.remedy->id, edge.remedy->text, edge.remedy->seen, edge.remedy->code,
                          edge.from_span});
}

// -- the deal

// An exit decides about what comes later. What is unseen may be there ahead of it.
bool Planner::may_run_ahead(const Edge& edge) const { return edge.exit; }

std::optional<Obstacle> Planner::attempt(const std::set<std::uint32_t>& seeds, Deal& deal) const {
  deal = Deal{};
  deal.run = seeds;
  if (auto obstacle = close_between(deal, seeds)) return obstacle;
  if (auto obstacle = judge_run(deal)) return obstacle;
  if (auto obstacle = close_split(deal)) return obstacle;
  return form_units(deal);
}

// What lies between two running nodes runs too.
std::optional<Obstacle> Planner::close_between(Deal& deal,
                                               const std::set<std::uint32_t>& seeds) const {
  const auto reach = [&](bool forward) {
    std::set<std::uint32_t> seen;
    std::vector<std::uint32_t> work(seeds.begin(), seeds.end());
    while (!work.empty()) {
      const std::uint32_t at = work.back();
      work.pop_back();
      for (const Edge& edge : graph_.edges) {
        if (edge.carried || edge.exit || edge.from == edge.to) continue;
        const std::uint32_t here = forward ? edge.from.value : edge.to.value;
        const std::uint32_t there = forward ? edge.to.value : edge.from.value;
        if (here == at && seen.insert(there).second) work.push_back(there);
      }
    }
    return seen;
  };
  const std::set<std::uint32_t> after = reach(true);
  const std::set<std::uint32_t> before = reach(false);
  for (std::uint32_t each : after) {
    if (!before.contains(each) || deal.run.contains(each)) continue;
    const GraphNode& between = node(each);
    if (between.visible || between.kind == GraphNodeKind::Header ||
        between.kind == GraphNodeKind::Exit || !between.movable) {
      // One of the two has to stay: the later one.
      std::uint32_t last = *seeds.begin();
      for (std::uint32_t seed : seeds) {
        if (after.contains(seed)) last = seed;
      }
      return Obstacle{
          last, cannot_write(between.node,
                             "something that stays in order stands between two costly calls")};
    }
    deal.run.insert(each);
  }
  return std::nullopt;
}

std::optional<Obstacle> Planner::judge_run(Deal& deal) const {
  for (const Edge& edge : graph_.edges) {
    const bool from = deal.run.contains(edge.from.value);
    const bool to = deal.run.contains(edge.to.value);
    if (!from || !to || !edge.carried || edge.exit) continue;
    if (edge.remedy)
      accept(deal, edge);
    else
      return Obstacle{edge.to.value, explain(edge)};
  }
  const bool leaves =
      std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const GraphNode& each) {
        return each.kind == GraphNodeKind::Exit && !each.helper_call &&
               (tree_.is(each.node, NodeKind::Break) || tree_.is(each.node, NodeKind::Return));
      });
  // Merge has objects of its own: what runs must not change one that others look at.
  for (const Edge& edge : graph_.edges) {
    const bool from = deal.run.contains(edge.from.value);
    const bool to = deal.run.contains(edge.to.value);
    if (from == to || !edge.private_object) continue;
    if ((from && edge.from_writes) || (to && edge.to_writes)) {
      return Obstacle{
          from ? edge.from.value : edge.to.value,
          emit<Code::shared_handle>(from ? edge.from_span : edge.to_span, edge.subject)};
    }
  }
  for (std::uint32_t each : deal.run) {
    const GraphNode& here = node(each);
    if (here.kind == GraphNodeKind::Exit || here.kind == GraphNodeKind::Header ||
        here.kind == GraphNodeKind::Scope) {
      return Obstacle{
          each, cannot_write(here.node, "the costly part holds an exit or a `with` of the loop")};
    }
    bool timed = tree_.text(here.node).find("timeout") != std::string_view::npos;
    bool paid = false;
    bool paused = false;
    bool network = false;
    std::string subject;
    for (std::uint32_t i : here.events) {
      const effects::Effect& effect = graph_.trace.events[i].effect;
      if (effect.kind == EffectKind::Exit)
        return Obstacle{
            each, emit<Code::carried_world>(tree_.span(here.node), "the end of the program")};
      if (effect.kind == EffectKind::Call) paid = true;
      if (effect.kind == EffectKind::Wait) {
        paused = paused || effect.waits == Waits::Sleep;
        network = network || effect.waits == Waits::Network;
      }
      if (effect.place.kind == PlaceKind::World &&
          (effect.kind == EffectKind::Read || effect.kind == EffectKind::Write)) {
        if (effect.place.world == effects::WorldPlace::Stdin)
          return Obstacle{each, emit<Code::carried_world>(tree_.span(here.node), "standard input")};
      }
      if (subject.empty() && !effect.subject.empty()) subject = effect.subject;
    }
    if (tree_.is(here.node, NodeKind::Call)) {
      const NodeId function = tree_.child(here.node, slot::Call::function);
      if (tree_[function].name) subject = std::string(program_.symbols.text(tree_[function].name));
    }
    if (here.visible) {
      accept(deal,
             {"runs-ahead:" + subject + "@" + graph_.scope,
              "`" + subject +
                  "` may already have been done for later iterations when an earlier one fails",
              "after a failure, files or effects of later iterations may already be there",
              Code::runs_ahead, tree_.span(here.node)});
    } else if (leaves && (paid || !timed)) {
      accept(deal,
             {"runs-ahead:" + subject + "@" + graph_.scope,
              "`" + subject + "` may be called for items after the one at which the loop ends",
              "calls that the loop would not have made may be made, and one that never ends would "
              "hold the program",
              Code::runs_ahead, tree_.span(here.node)});
    }
    if (paused && network) {
      accept(deal,
             {"rate:" + subject + "@" + graph_.scope,
              "the pauses inside `" + subject + "` need not separate calls of different iterations",
              "the server sees requests closer together than before", Code::remote_order,
              tree_.span(here.node)});
    }
  }
  return std::nullopt;
}

// Everything that decides about a unit's inputs is evaluated ahead, or nothing is right.
std::optional<Obstacle> Planner::close_split(Deal& deal) const {
  std::vector<std::uint32_t> work(deal.run.begin(), deal.run.end());
  std::set<std::uint32_t> needed;
  work.push_back(0);  // the header
  deal.split.insert(0);
  const std::uint32_t blamed = *deal.run.begin();
  std::map<std::uint32_t, const Edge*> pulled;  // by which edge split came to hold a node
  // Of a cycle, the edge from one iteration to the next is what a reader looks for.
  const auto carried_on_the_way = [&](const Edge& edge) -> const Edge& {
    const Edge* at = &edge;
    for (int steps = 0; steps < 100; ++steps) {
      if (at->carried) return *at;
      auto next = pulled.find(at->to.value);
      if (next == pulled.end()) break;
      at = next->second;
    }
    return edge;
  };
  while (!work.empty()) {
    const std::uint32_t at = work.back();
    work.pop_back();
    for (const Edge& edge : graph_.edges) {
      if (edge.to.value != at || may_run_ahead(edge)) continue;
      const std::uint32_t from = edge.from.value;
      if (deal.run.contains(from)) {
        if (deal.run.contains(at)) continue;
        if (edge.remedy) {
          accept(deal, edge);
          continue;
        }
        Diagnostic why = at == 0 ? emit<Code::source_depends>(edge.to_span, edge.subject)
                                 : explain(carried_on_the_way(edge));
        return Obstacle{from, std::move(why)};
      }
      if (deal.split.contains(from)) continue;
      if (edge.remedy) {
        accept(deal, edge);
        continue;
      }
      const GraphNode& source = node(from);
      if (at == 0 && edge.carried && edge.kind != EdgeKind::Flow) {
        return Obstacle{blamed, emit<Code::source_depends>(edge.to_span, edge.subject)};
      }
      if (!source.movable) {
        Diagnostic why =
            edge.carried || source.visible
                ? explain(edge)
                : cannot_write(source.node, "what it needs cannot be evaluated ahead of its turn");
        if (edge.kind == EdgeKind::Control)
          why = cannot_write(source.node,
                             "whether it is called depends on something that stays in order");
        return Obstacle{blamed, std::move(why)};
      }
      deal.split.insert(from);
      pulled.emplace(from, &edge);
      work.push_back(from);
    }
  }
  return std::nullopt;
}

// -- writing it down

void Planner::describe_unit(RunUnit& unit) const {
  unit.end = tree_[unit.last].subtree_end;
  const Span span{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  const NodeId site = graph_.site.node;
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = unit.first.value; i < tree_[unit.last].subtree_end; ++i) {
    const NodeId at{i};
    const BindingId variable = scopes_.variable(at);
    if (!variable || !seen.insert(variable.value).second) continue;
    const auto uses = scopes_.occurrences(variable);
    const auto inside = [&](const scope::Occurrence& use) {
      return span.contains(tree_.span(use.node));
    };
    const bool written_here = std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
      return inside(use) &&
             (use.access == scope::Access::Write || use.access == scope::Access::ReadWrite);
    });
    const bool written_in_loop = std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
      return use.access != scope::Access::Read && !inside(use) &&
             tree_.span(site).contains(tree_.span(use.node));
    });
    const bool read_outside =
        std::any_of(uses.begin(), uses.end(), [&](const auto& use) { return !inside(use); });
    if (written_here && !unit.is_expression) {
      if (read_outside) unit.results.push_back(variable);
      continue;
    }
    (written_in_loop ? unit.arguments : unit.captures).push_back(variable);
  }
}

// The statements, or the one expression, that hold all these nodes and nothing that stays.
std::optional<RunUnit> Planner::unit_of(const std::set<std::uint32_t>& nodes,
                                        std::string& problem) const {
  RunUnit unit;
  const GraphNode& first = node(*nodes.begin());
  if (first.helper_call) {
    unit.helper_call = first.helper_call;
    unit.helper = tree_.enclosing_definition(first.node);
  }
  // The outermost expression, when one holds all the others.
  for (std::uint32_t each : nodes) {
    const GraphNode& candidate = node(each);
    if (candidate.kind != GraphNodeKind::Expression) continue;
    const bool holds_all = std::all_of(nodes.begin(), nodes.end(), [&](std::uint32_t other) {
      return candidate.helper_call == node(other).helper_call &&
             tree_.span(candidate.node).contains(tree_.span(node(other).node)) &&
             node(other).kind == GraphNodeKind::Expression;
    });
    if (!holds_all) continue;
    unit.first = unit.last = candidate.node;
    unit.is_expression = true;
    describe_unit(unit);
    return unit;
  }
  // Statements of one block.
  std::vector<NodeId> statements;
  for (std::uint32_t each : nodes) {
    if (node(each).helper_call != first.helper_call) {
      problem = "the costly parts stand in different functions";
      return std::nullopt;
    }
    statements.push_back(tree_.statement_of(node(each).node));
  }
  // Raise all to one list.
  const auto list_of = [&](NodeId statement) { return tree_.parent(statement); };
  const auto depth = [&](NodeId at) {
    int d = 0;
    for (; at; at = tree_.parent(at)) ++d;
    return d;
  };
  for (bool changed = true; changed;) {
    changed = false;
    std::size_t deepest = 0;
    for (std::size_t i = 1; i < statements.size(); ++i) {
      if (depth(statements[i]) > depth(statements[deepest])) deepest = i;
    }
    const bool same = std::all_of(statements.begin(), statements.end(),
                                  [&](NodeId s) { return list_of(s) == list_of(statements[0]); });
    if (same) break;
    NodeId up = tree_.parent(list_of(statements[deepest]));
    while (up && !tree_.is_statement(up)) up = tree_.parent(up);
    if (!up || !tree_.span(graph_.site.node).contains(tree_.span(up)) || up == graph_.site.node) {
      if (!first.helper_call) {
        problem = "the costly parts stand in different branches";
        return std::nullopt;
      }
      if (!up || tree_.is(up, NodeKind::FunctionDef)) {
        problem = "the costly parts stand in different branches";
        return std::nullopt;
      }
    }
    statements[deepest] = up;
    changed = true;
  }
  std::sort(statements.begin(), statements.end(),
            [&](NodeId a, NodeId b) { return tree_.span(a).begin < tree_.span(b).begin; });
  unit.first = statements.front();
  unit.last = statements.back();
  unit.is_expression = false;
  if (!tree_.is_statement(unit.first)) {
    problem = "the costly part is a clause of a comprehension";
    return std::nullopt;
  }
  if (unit.helper) {
    problem = "the costly part of the function is more than one expression";
    return std::nullopt;
  }
  const Span span{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    if (node(i).helper_call || !span.contains(tree_.span(node(i).node)) || nodes.contains(i))
      continue;
    if (!node(i).movable || node(i).kind == GraphNodeKind::Exit) {
      problem = "something that stays in order stands between the costly parts";
      return std::nullopt;
    }
  }
  // If it fails half-way, what it bound so far must not be seen: no handler around, no globals that
  // live on.
  std::size_t may_fail = 0;
  for (NodeId up = tree_.parent(unit.first); up; up = tree_.parent(up)) {
    if (tree_.is(up, NodeKind::FunctionDef)) break;
    if (tree_.is(up, NodeKind::Try) || tree_.is(up, NodeKind::With)) ++may_fail;
  }
  describe_unit(unit);
  if (may_fail > 0) {
    for (BindingId result : unit.results) {
      (void)result;
      problem = "if it fails half-way, a handler around could see names that it had bound already";
      return std::nullopt;
    }
  }
  for (BindingId result : unit.results) {
    const auto& binding = scopes_[result];
    if ((binding.flags & scope::kDeclaredGlobal) != 0) {
      problem = "it binds a name that is declared global";
      return std::nullopt;
    }
  }
  return unit;
}

std::optional<Obstacle> Planner::form_units(Deal& deal) const {
  // Running nodes that depend on each other within the iteration belong to one unit.
  std::vector<std::uint32_t> all(deal.run.begin(), deal.run.end());
  std::vector<std::size_t> group(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) group[i] = i;
  const auto position = [&](std::uint32_t id) {
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), id) - all.begin());
  };
  for (const Edge& edge : graph_.edges) {
    if (edge.carried || edge.exit || !deal.run.contains(edge.from.value) ||
        !deal.run.contains(edge.to.value))
      continue;
    const std::size_t a = group[position(edge.from.value)];
    const std::size_t b = group[position(edge.to.value)];
    for (std::size_t& each : group) {
      if (each == b) each = a;
    }
  }
  std::vector<std::set<std::uint32_t>> sets;
  for (std::size_t g = 0; g < all.size(); ++g) {
    std::set<std::uint32_t> members;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (group[i] == g) members.insert(all[i]);
    }
    if (!members.empty()) sets.push_back(std::move(members));
  }
  for (const auto& members : sets) {
    std::string problem;
    auto unit = unit_of(members, problem);
    if (!unit)
      return Obstacle{*members.rbegin(), cannot_write(node(*members.begin()).node, problem)};
    deal.units.push_back(std::move(*unit));
  }
  std::sort(deal.units.begin(), deal.units.end(), [&](const RunUnit& a, const RunUnit& b) {
    return tree_.span(a.helper_call ? a.helper_call : a.first).begin <
           tree_.span(b.helper_call ? b.helper_call : b.first).begin;
  });
  for (std::size_t i = 1; i < deal.units.size(); ++i) {
    const Span a{tree_.span(deal.units[i - 1].first).begin, tree_.span(deal.units[i - 1].last).end};
    const Span b{tree_.span(deal.units[i].first).begin, tree_.span(deal.units[i].last).end};
    if (a.overlaps(b))
      return Obstacle{*deal.run.rbegin(),
                      cannot_write(deal.units[i].first, "its costly parts overlap")};
  }
  return std::nullopt;
}

// Pauses beside one network call of the iteration keep the rate of its starts.
std::vector<NodeId> Planner::pauses(const Deal& deal) const {
  std::vector<NodeId> out;
  bool network = false;
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      network = network || graph_.trace.events[i].effect.waits == Waits::Network ||
                graph_.trace.events[i].effect.kind == EffectKind::Unknown;
    }
  }
  if (!network || !tree_.is(graph_.site.node, NodeKind::For)) return out;
  const NodeId body = tree_.child(graph_.site.node, slot::For::statements);
  for (const GraphNode& each : graph_.nodes) {
    if (each.kind != GraphNodeKind::Statement || each.helper_call ||
        tree_.parent(each.node) != body)
      continue;
    const bool sleeps = std::any_of(each.events.begin(), each.events.end(), [&](std::uint32_t i) {
      return graph_.trace.events[i].effect.kind == EffectKind::Wait &&
             graph_.trace.events[i].effect.waits == Waits::Sleep;
    });
    if (sleeps && tree_.is(each.node, NodeKind::ExprStatement)) out.push_back(each.node);
  }
  return out;
}

Strategy Planner::strategy_of(const Deal& deal, Workload& workload) const {
  double waits = 0;
  double burns = 0;
  bool unknown = false;
  for (std::uint32_t each : deal.run) {
    burns += node(each).burn_seconds;
    waits += node(each).seconds - node(each).burn_seconds;
    for (std::uint32_t i : node(each).events)
      unknown = unknown || graph_.trace.events[i].effect.kind == EffectKind::Unknown;
  }
  workload = unknown                            ? Workload::mixed
             : burns > waits                    ? Workload::cpu
             : waits > 0 && burns > 0.2 * waits ? Workload::mixed
                                                : Workload::io;
  if (backend_ == Backend::thread) return Strategy::thread;
  if (backend_ == Backend::process) return Strategy::process;
  if (unknown) return Strategy::thread;
  return burns > waits ? Strategy::process : Strategy::thread;
}

// What a worker process would see differently.
std::string Planner::processes_cannot(const Deal& deal) const {
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      const effects::Event& event = graph_.trace.events[i];
      const effects::Effect& effect = event.effect;
      if (effect.place.kind == PlaceKind::Object &&
          (effect.kind == EffectKind::Write || effect.kind == EffectKind::Append) &&
          effect.unless.empty()) {
        return "a worker process would change a copy of what it is given";
      }
      if (effect.place.kind != PlaceKind::Variable || effect.kind != EffectKind::Read) continue;
      const effects::Module& module = program_.modules[effect.place.module.value];
      const scope::Binding& binding = module.scopes[effect.place.variable];
      if (module.scopes[binding.scope].kind != scope::ScopeKind::Module) {
        if (event.through_call || event.helper_call) continue;  // a local of a callee
        continue;
      }
      std::size_t writes = 0;
      bool inside_function = false;
      for (const scope::Occurrence& use : module.scopes.occurrences(effect.place.variable)) {
        if (use.access == scope::Access::Read) continue;
        ++writes;
        inside_function =
            inside_function ||
            !module.tree.is(module.tree.enclosing_definition(use.node), NodeKind::Module);
      }
      const bool passed =
          !event.through_call && !event.helper_call && effect.place.module == graph_.site.module;
      if ((writes > 1 || inside_function) && !passed) {
        return "a worker process would not see what the program assigns to `" +
               std::string(program_.symbols.text(binding.name)) + "`";
      }
    }
  }
  return {};
}

Plan Planner::finish(const Deal& deal) const {
  Plan plan;
  plan.module = graph_.site.module;
  plan.node = graph_.site.node;
  plan.strategy = strategy_of(deal, plan.workload);
  plan.units = deal.units;
  plan.assumptions = deal.assumptions;
  plan.moved = pauses(deal);
  for (std::uint32_t each : deal.split) {
    const GraphNode& here = node(each);
    if (here.kind == GraphNodeKind::Header) continue;
    if (here.may_raise) plan.slice_may_raise = true;
    NodeId statement = here.node;
    if (here.kind == GraphNodeKind::Expression) statement = tree_.statement_of(here.node);
    if (here.helper_call) {
      for (RunUnit& unit : plan.units) {
        if (unit.helper_call == here.helper_call &&
            std::find(unit.helper_slice.begin(), unit.helper_slice.end(), statement) ==
                unit.helper_slice.end()) {
          unit.helper_slice.push_back(statement);
        }
      }
      continue;
    }
    if (!tree_.is_statement(statement)) continue;  // a comprehension's condition
    // What a unit covers is the unit's.
    const bool covered =
        std::any_of(plan.units.begin(), plan.units.end(), [&](const RunUnit& unit) {
          return !unit.is_expression &&
                 Span{tree_.span(unit.first).begin, tree_.span(unit.last).end}.contains(
                     tree_.span(statement));
        });
    if (!covered && std::find(plan.slice.begin(), plan.slice.end(), statement) == plan.slice.end())
      plan.slice.push_back(statement);
  }
  const auto by_text = [&](NodeId a, NodeId b) {
    return tree_.span(a).begin < tree_.span(b).begin;
  };
  std::sort(plan.slice.begin(), plan.slice.end(), by_text);
  for (RunUnit& unit : plan.units)
    std::sort(unit.helper_slice.begin(), unit.helper_slice.end(), by_text);
  for (const GraphNode& each : graph_.nodes) {
    if (each.kind == GraphNodeKind::Exit && !each.helper_call &&
        !tree_.is(each.node, NodeKind::Continue))
      plan.exits_early = true;
  }
  plan.input = {graph_.iterations, graph_.restartable, graph_.source_may_raise,
                graph_.source_may_block, graph_.expression_repeatable};
  double seconds = 0;
  for (std::uint32_t each : deal.run) seconds += node(each).seconds;
  plan.estimate = estimate(seconds, plan.strategy);
  return plan;
}

std::string dump(const Decision& decision, const effects::Program& program) {
  constexpr std::string_view kVerdicts[] = {"parallel", "conditional", "sequential", "unknown",
                                            "cheap"};
  std::string out =
      "  " + std::string(kVerdicts[static_cast<std::size_t>(decision.verdict)]) + "\n";
  if (decision.plan) {
    const syntax::SyntaxTree& tree = program.modules[decision.plan->module.value].tree;
    const auto line = [&](const char* what, NodeId node) {
      std::string text(tree.text(node));
      if (const std::size_t end = text.find('\n'); end != std::string::npos) text.resize(end);
      out += std::string("    ") + what + " " +
             std::to_string(tree.source().position(tree.span(node).begin).line) + ": " + text +
             "\n";
    };
    for (NodeId each : decision.plan->slice) line("split", each);
    for (NodeId each : decision.plan->moved) line("pause", each);
    for (const RunUnit& unit : decision.plan->units) line("run", unit.first);
    for (const Assumption& each : decision.plan->assumptions) out += "    if " + each.id + "\n";
  }
  for (const Diagnostic& reason : decision.reasons)
    out += "    " + diagnostics::label(reason.code) + " " + reason.message + "\n";
  return out;
}

}  // namespace braid::plan
