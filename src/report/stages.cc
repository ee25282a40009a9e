#include "report/stages.h"

#include <algorithm>

namespace braid::report {
namespace {

using syntax::NodeId;
using syntax::NodeKind;
namespace slot = syntax::slot;

void sort_unique(std::vector<Span>& spans) {
  std::sort(spans.begin(), spans.end());
  spans.erase(std::unique(spans.begin(), spans.end()), spans.end());
}

bool holds(const std::vector<Span>& spans, Span inner) {
  return std::any_of(spans.begin(), spans.end(), [&](Span span) { return span.contains(inner); });
}

// The loop's header: what makes the items.
void add_header(const plan::Plan& plan, const syntax::SyntaxTree& tree, Stages& stages) {
  if (tree.is(plan.node, NodeKind::For)) {
    stages.split.push_back(
        {tree.span(plan.node).begin, tree.span(tree.child(plan.node, slot::For::iter)).end});
    return;
  }
  const std::uint32_t generators = tree.is(plan.node, NodeKind::DictComp)
                                       ? std::uint32_t{slot::DictComp::generators}
                                       : std::uint32_t{slot::ListComp::generators};
  for (const NodeId clause : tree.items(plan.node, generators))
    stages.split.push_back(tree.span(clause));
}

// What of the body stays: whole statements, unless all of one is run or moved to split.
void add_rest(const plan::Plan& plan, const syntax::SyntaxTree& tree, Stages& stages) {
  if (tree.is(plan.node, NodeKind::For)) {
    for (const NodeId statement : tree.items(plan.node, slot::For::statements)) {
      const Span span = tree.span(statement);
      if (!holds(stages.run, span) && !holds(stages.split, span)) stages.merge.push_back(span);
    }
    return;
  }
  const std::vector<std::uint32_t> slots =
      tree.is(plan.node, NodeKind::DictComp)
          ? std::vector<std::uint32_t>{slot::DictComp::key, slot::DictComp::value}
          : std::vector<std::uint32_t>{slot::ListComp::element};
  for (const std::uint32_t part : slots) {
    const Span span = tree.span(tree.child(plan.node, part));
    if (!holds(stages.run, span)) stages.merge.push_back(span);
  }
}

}  // namespace

Stages stages_of(const plan::Plan& plan, const syntax::SyntaxTree& tree) {
  Stages stages;
  add_header(plan, tree, stages);
  for (const NodeId node : plan.slice) stages.split.push_back(tree.span(node));
  for (const NodeId node : plan.moved) stages.split.push_back(tree.span(node));
  for (const plan::RunUnit& unit : plan.units) {
    stages.run.push_back({tree.span(unit.first).begin, tree.span(unit.last).end});
    for (const NodeId node : unit.helper_slice) stages.split.push_back(tree.span(node));
  }
  sort_unique(stages.split);
  sort_unique(stages.run);
  add_rest(plan, tree, stages);
  sort_unique(stages.merge);
  return stages;
}

}  // namespace braid::report
