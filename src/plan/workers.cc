// Which workers, and what they would see otherwise than the main thread.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;
using effects::EffectKind;
using effects::PlaceKind;

// The time that is read may be printed and stored. Once it names a file, makes a request or is
// compared, when it is read is part of the result.
std::optional<Diagnostic> Planner::clock_decides() const {
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
