// What is evaluated ahead, beside what merge does meanwhile and what fails.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using effects::EffectKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {
constexpr double kMostAhead = 0.1;  // of the time of what runs
}

// What merge evaluates, or evaluates again, in its place comes after what ran ahead: too late to
// see the world before it was changed.
bool Planner::merge_comes_late(const Deal& deal, const Edge& edge) const {
  const bool overwrites = edge.kind == EdgeKind::Anti || edge.kind == EdgeKind::Output;
  return overwrites && !edge.is_variable && edge.from.value != 0 &&
         deal.run.contains(edge.to.value) && !deal.run.contains(edge.from.value);
}

diagnostics::Diagnostic Planner::comes_late(const Edge& edge) const {
  return edge.carried ? explain(edge)
                      : cannot_write(node(edge.from.value).node,
                                     "what it looks at is changed by the costly part, and merge "
                                     "looks at it again");
}

// Split looks at it, and merge changes it, perhaps before it waits for the call: no worker may look
// meanwhile.
bool Planner::must_precede(const Deal& deal, const Edge& edge) const {
  const bool overwrites = edge.kind == EdgeKind::Anti || edge.kind == EdgeKind::Output;
  if (!overwrites || edge.is_variable || edge.from.value == 0 ||
      !deal.split.contains(edge.from.value) || deal.run.contains(edge.to.value) ||
      deal.split.contains(edge.to.value))
    return false;
  if (edge.carried) return !is_accepted(deal, edge.remedy) && !is_accepted(deal, edge.alternative);
  // Merge changes it only with what the call has given.
  return std::any_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
    if (each < edge.to.value || each < edge.from.value) return false;
    if (node(each).helper_call != node(edge.to.value).helper_call) return true;
    const NodeId statement = tree_.statement_of(node(each).node);
    const bool stored = tree_.is(statement, NodeKind::Assign) &&
                        edge.to_span.end <= tree_.span(node(each).node).begin &&
                        tree_.span(statement).contains(edge.to_span) &&
                        edge.to_span.begin == tree_.span(statement).begin;
    return !stored && !edge.to_span.contains(tree_.span(node(each).node));
  });
}

// Joining and slicing text cannot fail.
bool Planner::may_fail(const GraphNode& here) const {
  return std::any_of(here.events.begin(), here.events.end(), [&](std::uint32_t i) {
    const effects::Event& event = graph_.trace.events[i];
    if (event.effect.kind == EffectKind::Unknown) return true;
    const bool joins =
        tree_.is(event.node, NodeKind::BinOp) || tree_.is(event.node, NodeKind::Subscript);
    return event.effect.kind == EffectKind::Raise && !(joins && is_text(event.node));
  });
}

// Split ends the iteration where it fails. A handler may go on, and reach a call that was not made.
bool Planner::goes_on_after_failing(const Deal& deal, const GraphNode& here) const {
  for (NodeId list = tree_.parent(here.node), up = tree_.parent(list);
       up && up != graph_.site.node && !tree_.is(up, NodeKind::FunctionDef);
       list = up, up = tree_.parent(up)) {
    if (dependence::guarded_block(effects_, tree_, graph_.site.module, up) != list) continue;
    if (dependence::handlers_leave(tree_, up)) continue;
    const std::uint32_t end = tree_.span(list).end;
    const bool reached = std::any_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
      const bool inside = node(each).helper_call == here.helper_call;
      const NodeId at =
          inside || !node(each).helper_call ? node(each).node : node(each).helper_call;
      return tree_.span(at).begin >= end;
    });
    if (reached) return true;
  }
  return false;
}

std::optional<Obstacle> Planner::judge_ahead(const Deal& deal) const {
  const std::uint32_t blamed = *deal.run.begin();
  for (const Edge& edge : graph_.edges) {
    // The slice of a helper is evaluated by the worker.
    if (node(edge.from.value).helper_call && must_precede(deal, edge))
      return Obstacle{blamed, cannot_write(node(edge.from.value).node,
                                           "what it looks at is changed on the way to the costly "
                                           "part")};
  }
  for (std::uint32_t each : deal.split) {
    if (each != 0 && may_fail(node(each)) && goes_on_after_failing(deal, node(each)))
      return Obstacle{blamed, cannot_write(node(each).node,
                                           "it may fail where a `try` or a `with` goes on to "
                                           "the costly part")};
  }
  double ahead = 0;
  std::uint32_t dearest = 0;
  for (std::uint32_t each : deal.split) {
    if (each == 0) continue;
    if (node(each).kind == GraphNodeKind::Block && node(each).guessed) continue;
    ahead += node(each).seconds;
    if (dearest == 0 || node(each).seconds > node(dearest).seconds) dearest = each;
  }
  if (ahead > kMostAhead * seconds_of(deal))
    return Obstacle{blamed, cannot_write(node(dearest).node,
                                         "what it needs takes too long beside the costly part")};
  return std::nullopt;
}

}  // namespace braid::plan
