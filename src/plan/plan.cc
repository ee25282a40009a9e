// A plan from a deal that holds.
#include <algorithm>
#include <charconv>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using effects::EffectKind;
using effects::PlaceKind;
using effects::Waits;
using syntax::NodeKind;
namespace slot = syntax::slot;

Decision make_plan(const DependenceGraph& graph, const effects::Program& program,
                   const effects::Effects& effects, const Costs& costs, Backend backend,
                   const Confirm& confirm) {
  return Planner(graph, program, effects, costs, backend, confirm).decide();
}

bool Planner::pauses_at(const GraphNode& node) const {
  return std::any_of(node.events.begin(), node.events.end(), [&](std::uint32_t i) {
    return graph_.trace.events[i].effect.kind == EffectKind::Wait &&
           graph_.trace.events[i].effect.waits == Waits::Sleep;
  });
}

// Nothing decides whether the statement is reached, but what fails before it.
bool Planner::is_reached(NodeId statement, NodeId body) const {
  NodeId list = tree_.parent(statement);
  while (list != body) {
    const NodeId owner = tree_.parent(list);
    const bool plain =
        (tree_.is(owner, NodeKind::Try) && tree_.child(owner, slot::Try::statements) == list) ||
        (tree_.is(owner, NodeKind::With) && tree_.child(owner, slot::With::statements) == list);
    if (!plain) return false;
    list = tree_.parent(owner);
  }
  return true;
}

// Pauses that stay in their places do not keep calls apart that run ahead.
void Planner::keep_rate(Deal& deal) const {
  const std::vector<NodeId> moved = pauses(deal);
  const bool network = std::any_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
    return std::any_of(node(each).events.begin(), node(each).events.end(), [&](std::uint32_t i) {
      return graph_.trace.events[i].effect.waits == Waits::Network;
    });
  });
  if (!network) return;
  for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
    if (deal.run.contains(i) || !pauses_at(node(i)) ||
        std::find(moved.begin(), moved.end(), node(i).node) != moved.end())
      continue;
    accept(deal, {"rate:time.sleep@" + graph_.scope,
                  "the pauses of the loop need not separate calls of different iterations",
                  "the server sees requests closer together than before", Code::remote_order,
                  tree_.span(node(i).node)});
    return;
  }
}

// The pause, where the text says how long it is.
double Planner::pause_of(const GraphNode& node) const {
  double seconds = 0;
  for (const std::uint32_t i : node.events) {
    const effects::Event& event = graph_.trace.events[i];
    if (event.effect.kind != EffectKind::Wait || event.effect.waits != Waits::Sleep ||
        !tree_.is(event.node, NodeKind::Call))
      continue;
    const auto arguments = tree_.items(event.node, slot::Call::arguments_list);
    if (arguments.size() != 1) continue;
    const std::string_view text = tree_.text(arguments[0]);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) seconds += number;
  }
  return seconds;
}

// What each iteration takes where it stands, whoever works ahead.
double Planner::seconds_in_order(const Deal& deal) const {
  if (!tree_.is(graph_.site.node, NodeKind::For)) return 0;
  const NodeId body = tree_.child(graph_.site.node, slot::For::statements);
  double seconds = 0;
  for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
    const GraphNode& each = node(i);
    const NodeId statement = tree_.statement_of(each.helper_call ? each.helper_call : each.node);
    if (deal.run.contains(i) || each.helper_call || !is_reached(statement, body)) continue;
    seconds += pause_of(each);
    if (each.costly && !each.guessed) seconds += each.seconds;
  }
  return seconds;
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
    if (each.kind != GraphNodeKind::Statement || each.helper_call || !is_reached(each.node, body))
      continue;
    const bool sleeps = pauses_at(each);
    // How long is known ahead, and asking for it changes nothing.
    const bool only_sleeps =
        std::all_of(each.events.begin(), each.events.end(), [&](std::uint32_t i) {
          const effects::Effect& effect = graph_.trace.events[i].effect;
          return effect.kind == EffectKind::Wait || effect.kind == EffectKind::Raise ||
                 (effect.kind == EffectKind::Read && effect.place.kind != PlaceKind::World);
        });
    const bool depends =
        std::any_of(graph_.edges.begin(), graph_.edges.end(), [&](const Edge& edge) {
          return &graph_[edge.to] == &each && edge.from != edge.to &&
                 edge.kind != EdgeKind::Control && edge.from.value != 0 &&
                 !deal.split.contains(edge.from.value);
        });
    if (sleeps && only_sleeps && !depends && tree_.is(each.node, NodeKind::ExprStatement))
      out.push_back(each.node);
  }
  return out;
}

Plan Planner::finish(const Deal& deal, Strategy strategy, Workload workload) const {
  Plan plan;
  plan.module = graph_.site.module;
  plan.node = graph_.site.node;
  plan.strategy = strategy;
  plan.workload = workload;
  plan.units = deal.units;
  plan.assumptions = joined_paths(deal.assumptions);
  plan.sent_by_name = deal.sent_by_name;
  if (plan.module.value == 0) plan.seen_at_top = effects_.seen_at_top();
  plan.leaves_open = effects_.leaves_open();
  plan.hand_on = effects_.hand_on();
  if (strategy == Strategy::process) {
    plan.globals = globals_read(deal);
    plan.settings = effects_.settings();
  }
  for (std::uint32_t each : deal.run) {
    for (std::uint32_t i : node(each).events) {
      const effects::Place& place = graph_.trace.events[i].effect.place;
      plan.draws_numpy = plan.draws_numpy || (place.kind == PlaceKind::World &&
                                              place.world == effects::WorldPlace::NumpyRandom);
    }
  }
  plan.moved = pauses(deal);
  plan.copied.assign(deal.copied.begin(), deal.copied.end());
  plan.snapshots.assign(deal.snapshots.begin(), deal.snapshots.end());
  for (std::size_t i = 0; i < graph_.trace.events.size(); ++i) {
    const BindingId name = graph_.reached_by[i];
    const effects::Place& place = graph_.trace.events[i].effect.place;
    if (!deal.copied.contains(name) ||
        std::find(plan.generators.begin(), plan.generators.end(), name) != plan.generators.end())
      continue;
    bool draws = place.kind == PlaceKind::World;
    if (place.kind == PlaceKind::Object) {
      for (effects::AtomId id : effects_.values()[place.objects])
        draws = draws || effects_.text(effects_.values()[id].name) == "random.Random";
    }
    if (draws) plan.generators.push_back(name);
  }
  plan.slice_in_order = std::any_of(graph_.edges.begin(), graph_.edges.end(),
                                    [&](const Edge& edge) { return must_precede(deal, edge); });
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
    if (covered) continue;
    if (std::find(plan.slice.begin(), plan.slice.end(), statement) == plan.slice.end())
      plan.slice.push_back(statement);
    if (deal.recorded.contains(each)) {
      plan.recorded.push_back(describe_recorded(here));
      plan.slice_may_raise = plan.slice_may_raise || plan.recorded.back().may_fail;
    }
  }
  const auto by_text = [&](NodeId a, NodeId b) {
    return tree_.span(a).begin < tree_.span(b).begin;
  };
  std::sort(plan.slice.begin(), plan.slice.end(), by_text);
  std::sort(plan.recorded.begin(), plan.recorded.end(), [&](const Recorded& a, const Recorded& b) {
    return by_text(a.statement, b.statement);
  });
  for (RunUnit& unit : plan.units)
    std::sort(unit.helper_slice.begin(), unit.helper_slice.end(), by_text);
  for (const std::uint32_t each : deal.run) {
    for (const std::uint32_t i : node(each).events) {
      if (graph_.trace.events[i].effect.kind == effects::EffectKind::Call) plan.costs_money = true;
    }
  }
  for (const GraphNode& each : graph_.nodes) {
    if (each.kind == GraphNodeKind::Exit && !each.helper_call &&
        !tree_.is(each.node, NodeKind::Continue))
      plan.exits_early = true;
  }
  plan.input = {graph_.iterations,       graph_.restartable,      graph_.listable,
                graph_.source_may_raise, graph_.source_may_block, graph_.expression_repeatable};
  double seconds = 0;
  for (std::uint32_t each : deal.run) seconds += node(each).seconds;
  plan.estimate = estimate(seconds, plan.strategy, seconds_in_order(deal));
  // Threads that mostly compute take turns: what they gain is the waiting, and not known.
  if (strategy == Strategy::thread && workload == Workload::cpu) {
    plan.estimate.speedup.reset();
    plan.estimate.break_even.reset();
  }
  return plan;
}

}  // namespace braid::plan
