// Deals the nodes of one graph to run, split and merge: the rule itself.
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
        return Obstacle{each,
                        emit<Code::carried_world>(tree_.span(here.node), "the end of the program")};
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

}  // namespace braid::plan
