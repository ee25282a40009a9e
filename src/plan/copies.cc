// Containers that split has copies of, because it changes them ahead of the loop's turn.
#include <algorithm>
#include <array>
#include <map>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using effects::PlaceKind;

namespace {

// A copy of a set gives its elements in another order: who asks for one of them, or how many there
// are, is told the same.
bool asks_for_order(const effects::Event& event, const syntax::SyntaxTree& tree) {
  if (event.effect.kind != effects::EffectKind::Read) return false;
  constexpr std::array<std::string_view, 5> kBlind{"len", "bool", "set.isdisjoint", "set.issubset",
                                                   "set.issuperset"};
  return !tree.is(event.node, syntax::NodeKind::CompareItem) &&
         std::find(kBlind.begin(), kBlind.end(), event.effect.subject) == kBlind.end();
}

}  // namespace

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
        if (effects_.text(values[id].name) == "set" &&
            asks_for_order(graph_.trace.events[i], tree_))
          return Obstacle{*deal.run.begin(),
                          cannot_write(node(each).node, "a copy of a set has another order")};
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
      // The header goes through the original.
      if (!runs && i != 0 && deal.copied.contains(graph_.reached_by[event])) continue;
      return Obstacle{
          *deal.run.begin(),
          cannot_write(node(i).node, "it needs what the loop changes on the way to it")};
    }
  }
  return std::nullopt;
}

}  // namespace braid::plan
