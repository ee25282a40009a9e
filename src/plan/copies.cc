// Containers that split has copies of, because it changes them ahead of the loop's turn.
#include <algorithm>
#include <map>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using effects::PlaceKind;

// Split's own copies: nothing else that split does may reach the originals, nor what runs either of
// them, unless it gets a copy of what split's is like when the call is made.
std::optional<Obstacle> Planner::judge_copies(const Deal& deal) const {
  if (deal.copied.empty()) return std::nullopt;
  const effects::Values& values = effects_.values();
  std::map<effects::SiteId, BindingId> originals;  // the name by which each is copied
  bool random = false;
  // Whether it may be what one of those names means that is touched; but for the `spared`.
  const auto touches = [&](const effects::Effect& effect, const std::set<BindingId>& spared) {
    if (effect.place.kind == PlaceKind::World)
      return random && effect.place.world == effects::WorldPlace::Random;
    if (effect.place.kind != PlaceKind::Object) return false;
    const auto& objects = values[effect.place.objects];
    return std::any_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
      const auto found = originals.find(values[id].site);
      return found != originals.end() && !spared.contains(found->second);
    });
  };
  for (std::uint32_t each : deal.split) {
    for (std::uint32_t i : node(each).events) {
      const BindingId name = graph_.reached_by[i];
      if (!deal.copied.contains(name)) continue;
      const effects::Place& place = graph_.trace.events[i].effect.place;
      random = random || place.kind == PlaceKind::World;
      if (place.kind != PlaceKind::Object) continue;
      for (effects::AtomId id : values[place.objects]) {
        if (!values[id].site || originals.try_emplace(values[id].site, name).first->second != name)
          return Obstacle{*deal.run.begin(),
                          cannot_write(node(each).node, "what it changes has another name, too")};
      }
    }
  }
  static const std::set<BindingId> kNone;
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    const bool runs = deal.run.contains(i);
    if (!runs && !deal.split.contains(i)) continue;
    for (std::uint32_t event : node(i).events) {
      if (!touches(graph_.trace.events[event].effect, runs ? deal.snapshots : kNone)) continue;
      if (!runs && deal.copied.contains(graph_.reached_by[event])) continue;
      return Obstacle{
          *deal.run.begin(),
          cannot_write(node(i).node, "it needs what the loop changes on the way to it")};
    }
  }
  return std::nullopt;
}

}  // namespace braid::plan
