// A `with` of which only the head is costly: `with open(p) as f:`, `data = json.load(f)`, and then
// what is done with the data. The rest of its block is merge's, after the `with` has ended.
#include <algorithm>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using effects::EffectKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

// The last statement of the block that runs or has to do with what the `with` opens; none: all of
// it runs, or nothing may come after its end.
NodeId Planner::last_in_head(const Deal& deal, std::uint32_t scope) const {
  const GraphNode& here = node(scope);
  const NodeId with = here.node;
  if (!tree_.is(with, NodeKind::With) || here.visible || here.helper_call ||
      tree_.flag(with, syntax::kAsync) || !tree_.is(graph_.site.node, NodeKind::For) ||
      !effects_.hands_on(graph_.site.module, with))
    return {};
  // By its number a file is reached past everything that is followed here.
  if (program_.find("fileno") || program_.find("detach")) return {};
  // It sets something for all that happens in it: how numbers are rounded, what a warning does.
  for (const std::uint32_t event : here.events) {
    const effects::Effect& effect = graph_.trace.events[event].effect;
    const bool changes = effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
    if (changes && effect.place.kind == effects::PlaceKind::World) return {};
  }
  std::set<std::uint32_t> needed = deal.run;
  for (const Edge& edge : graph_.edges) {
    if (edge.kind == EdgeKind::Control || edge.carried) continue;
    if (edge.from.value == scope) needed.insert(edge.to.value);
    if (edge.to.value == scope) needed.insert(edge.from.value);
  }
  const auto block = tree_.items(with, slot::With::statements);
  const auto holds = [&](NodeId statement) {
    return std::any_of(needed.begin(), needed.end(), [&](std::uint32_t each) {
      const NodeId at = node(each).helper_call ? node(each).helper_call : node(each).node;
      return each != scope && tree_.span(statement).contains(tree_.span(at));
    });
  };
  const auto last = std::find_if(block.rbegin(), block.rend(), holds);
  if (last == block.rend() || last == block.rbegin()) return {};
  const Span head{tree_.span(with).begin, tree_.span(*last).end};
  return is_closed_behind(with, head) ? *last : NodeId{};
}

// What follows the head has nothing that still reads what the `with` opens, as far as it can be
// told.
bool Planner::is_closed_behind(NodeId with, Span head) const {
  for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
    if (!head.contains(tree_.span(node(i).node))) continue;
    for (const std::uint32_t event : node(i).events)
      if (graph_.trace.events[event].effect.kind == EffectKind::Unknown) return false;
  }
  const auto is_in = [&](const effects::ValueAt& each, const Span& span) {
    return !each.helper_call && span.contains(tree_.span(each.node));
  };
  const effects::Values& values = effects_.values();
  const Span rest{head.end, tree_.span(with).end};
  const NodeId items = tree_.child(with, slot::With::items);
  for (const effects::ValueAt& opened : graph_.trace.values) {
    if (!is_in(opened, tree_.span(items))) continue;
    for (const effects::AtomId atom : values[opened.value]) {
      const bool is_used = std::any_of(
          graph_.trace.values.begin(), graph_.trace.values.end(), [&](const auto& each) {
            return is_in(each, rest) && effects_.reaches(each.value, values[atom]);
          });
      if (values[atom].site && is_used) return false;
    }
  }
  return true;
}

// It stands under the `with`, of which what is up to `last` runs; none: all of it.
bool Planner::runs_with(std::uint32_t id, std::uint32_t scope, NodeId last) const {
  if (!stands_under(id, scope)) return false;
  const GraphNode& here = node(id);
  const NodeId at = here.helper_call ? here.helper_call : here.node;
  return !last || tree_.span(at).begin < tree_.span(last).end;
}

}  // namespace braid::plan
