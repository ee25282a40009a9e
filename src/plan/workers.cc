// Which workers, and what they would see otherwise than the main thread.
#include <algorithm>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;
using effects::EffectKind;
using effects::PlaceKind;

// What the time that is read flows into.
std::set<std::uint32_t> Planner::timed() const {
  std::set<std::uint32_t> timed;
  for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {  // a progress bar's clock is its own
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
  return timed;
}

bool Planner::names_file(const effects::Effect& effect) {
  return effect.place.kind == PlaceKind::World && effect.kind != EffectKind::Append &&
         effect.place.key &&
         (effect.place.world == effects::WorldPlace::File ||
          effect.place.world == effects::WorldPlace::Directory ||
          effect.place.world == effects::WorldPlace::Tree);
}

// Part of the path is this iteration's item.
bool Planner::has_own_part(effects::TermId path) const {
  const effects::Term& term = effects_.values()[path];
  if (term.kind == effects::TermKind::Item || term.kind == effects::TermKind::Position) return true;
  return std::any_of(term.operands.begin(), term.operands.end(),
                     [&](effects::TermId each) { return each && has_own_part(each); });
}

// The time that is read may be printed and stored. Once it alone names a file, makes a request or
// is compared, when it is read is part of the result.
std::optional<Diagnostic> Planner::clock_decides() const {
  for (std::uint32_t each : timed()) {
    bool decides = node(each).kind == GraphNodeKind::Test;
    for (std::uint32_t event : node(each).events) {
      const effects::Effect& effect = graph_.trace.events[event].effect;
      if (names_file(effect)) decides = decides || !has_own_part(effect.place.key);
      decides = decides || (effect.place.kind == PlaceKind::World && effect.place.key &&
                            effect.kind != EffectKind::Append &&
                            effect.place.world == effects::WorldPlace::Remote);
    }
    if (decides) return emit<Code::carried_world>(tree_.span(node(each).node), "the clock");
  }
  return std::nullopt;
}

// Files that are named after the item and the time: two items that are alike have the time to tell
// them apart, and come closer together than before.
void Planner::keep_names_apart(Deal& deal) const {
  for (std::uint32_t each : timed()) {
    for (std::uint32_t event : node(each).events) {
      if (!names_file(graph_.trace.events[event].effect)) continue;
      accept(deal, {"distinct-paths:the clock@" + graph_.scope,
                    "files that are named after the time have other names for other items",
                    "iterations come closer together: a file could get the name of another one",
                    Code::distinct_paths, tree_.span(node(each).node)});
      return;
    }
  }
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

}  // namespace braid::plan
