// What has to run because other nodes do: what makes ready for them, what stands between them, who
// touches their objects.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using effects::EffectKind;
using effects::PlaceKind;
using syntax::NodeKind;

// `os.makedirs(folder)`, and then the costly part that writes there: it runs with that.
void Planner::close_made_ready(Deal& deal) const {
  const auto makes_ready = [&](const GraphNode& each) {
    if (each.kind != GraphNodeKind::Statement || each.movable || each.costly || each.helper_call ||
        !each.copies.empty() || !each.visible)
      return false;
    return std::none_of(each.events.begin(), each.events.end(), [&](std::uint32_t i) {
      const effects::Effect& effect = graph_.trace.events[i].effect;
      const effects::WorldPlace world = effect.place.world;
      const bool writes = effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
      const bool folder =
          effect.place.kind == PlaceKind::World &&
          (world == effects::WorldPlace::Directory || world == effects::WorldPlace::Tree ||
           world == effects::WorldPlace::File);
      return effect.kind == EffectKind::Unknown || effect.kind == EffectKind::Call ||
             effect.kind == EffectKind::Exit || (writes && !folder);
    });
  };
  for (const Edge& edge : graph_.edges) {
    const GraphNode& user = node(edge.to.value);
    if (!edge.carried && !edge.exit && !edge.is_variable && deal.run.contains(edge.to.value) &&
        user.visible && !user.helper_call && makes_ready(node(edge.from.value)))
      deal.run.insert(edge.from.value);
  }
}

// `start = clock()`, the costly part, `seconds = clock() - start`: what is measured is the worker's
// time, so all of it runs there.
void Planner::close_stopwatch(Deal& deal) const {
  const auto reads_clock = [&](const GraphNode& each) {
    return each.kind == GraphNodeKind::Statement && !each.helper_call &&
           tree_.is(each.node, NodeKind::Assign) &&
           std::any_of(each.events.begin(), each.events.end(), [&](std::uint32_t i) {
             const effects::Place& place = graph_.trace.events[i].effect.place;
             return place.kind == PlaceKind::World && place.world == effects::WorldPlace::Clock;
           });
  };
  for (const Edge& edge : graph_.edges) {
    const GraphNode& begin = node(edge.from.value);
    const GraphNode& end = node(edge.to.value);
    if (edge.carried || edge.kind != EdgeKind::Flow || !edge.variable || !reads_clock(begin) ||
        !reads_clock(end) || tree_.parent(begin.node) != tree_.parent(end.node))
      continue;
    const Span span{tree_.span(begin.node).begin, tree_.span(end.node).end};
    std::vector<std::uint32_t> between;
    bool runs = false;
    bool possible = true;
    for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
      if (node(i).helper_call || !span.contains(tree_.span(node(i).node))) continue;
      runs = runs || deal.run.contains(i);
      possible = possible && (joinable(deal, i) || reads_clock(node(i)));
      between.push_back(i);
    }
    if (runs && possible) deal.run.insert(between.begin(), between.end());
  }
}

// What a worker changes must be the object that others see: the one that it made, or its own alone.
bool Planner::needs_one_copy(const Deal& deal, const Edge& edge) const {
  if (!edge.private_object) return false;
  const bool made_there =
      !edge.makers.empty() &&
      std::all_of(edge.makers.begin(), edge.makers.end(),
                  [&](dependence::GraphNodeId each) { return deal.run.contains(each.value); });
  if (made_there) return false;
  return (deal.run.contains(edge.from.value) && edge.from_writes) ||
         (deal.run.contains(edge.to.value) && edge.to_writes);
}

// An object of the iteration that a running node changes: who else touches it runs too, where that
// can be. The rest is told by judge_run.
void Planner::close_private(Deal& deal) const {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Edge& edge : graph_.edges) {
      const bool from = deal.run.contains(edge.from.value);
      const bool to = deal.run.contains(edge.to.value);
      if (from == to || !needs_one_copy(deal, edge)) continue;
      // Whoever makes it, so that merge gets the very object; else whoever touches it.
      const bool makers =
          !edge.makers.empty() &&
          std::all_of(edge.makers.begin(), edge.makers.end(), [&](dependence::GraphNodeId each) {
            return deal.run.contains(each.value) || joinable(deal, each.value);
          });
      const std::uint32_t other = from ? edge.to.value : edge.from.value;
      if (!makers && !joinable(deal, other)) continue;
      if (makers) {
        for (dependence::GraphNodeId each : edge.makers) join(deal, each.value);
      } else {
        join(deal, other);
      }
      changed = true;
    }
  }
}

// What lies between two running nodes runs too.
std::optional<Obstacle> Planner::close_between(Deal& deal,
                                               const std::set<std::uint32_t>& seeds) const {
  const auto reach = [&](const std::vector<std::vector<std::uint32_t>>& next) {
    std::vector<bool> seen(graph_.nodes.size());
    std::vector<std::uint32_t> work(deal.run.begin(), deal.run.end());
    while (!work.empty()) {
      const std::uint32_t at = work.back();
      work.pop_back();
      for (const std::uint32_t each : next[at]) {
        if (!seen[each]) work.push_back(each);
        seen[each] = true;
      }
    }
    return seen;
  };
  const std::vector<bool> after = reach(after_);
  const std::vector<bool> before = reach(before_);
  for (std::uint32_t each = 0; each < graph_.nodes.size(); ++each) {
    if (!after[each] || !before[each] || deal.run.contains(each)) continue;
    const GraphNode& between = node(each);
    if (!joinable(deal, each)) {
      // One of the two has to stay: the later one.
      std::uint32_t last = *seeds.begin();
      for (std::uint32_t seed : seeds) {
        if (after[seed]) last = seed;
      }
      return Obstacle{
          last, cannot_write(between.node,
                             "something that stays in order stands between two costly calls")};
    }
    join(deal, each);
  }
  return std::nullopt;
}

}  // namespace braid::plan
