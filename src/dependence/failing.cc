// Edges of control that exceptions make: what stands behind something that fails is not reached.
#include <algorithm>
#include <map>

#include "dependence/builder.h"

namespace braid::dependence {

namespace slot = syntax::slot;
using syntax::NodeKind;

namespace {

// A `return`, `break` or `continue` in its `finally` drops what was raised.
bool finally_leaves(const syntax::SyntaxTree& tree, NodeId attempt) {
  const NodeId last = tree.child(attempt, slot::Try::finally_statements);
  for (std::uint32_t i = last.value; i < tree[last].subtree_end; ++i) {
    const NodeKind kind = tree.kind(NodeId{i});
    if (kind == NodeKind::Return || kind == NodeKind::Break || kind == NodeKind::Continue)
      return true;
  }
  return false;
}

}  // namespace

NodeId guarded_block(const effects::Effects& effects, const syntax::SyntaxTree& tree,
                     ModuleId module, NodeId statement) {
  if (tree.is(statement, NodeKind::With)) {
    return effects.hands_on(module, statement) ? NodeId{}
                                               : tree.child(statement, slot::With::statements);
  }
  if (!tree.is(statement, NodeKind::Try)) return {};
  if (tree.items(statement, slot::Try::handlers).empty() && !finally_leaves(tree, statement))
    return {};
  return tree.child(statement, slot::Try::statements);
}

// `loop`: the loop, not only the iteration.
bool handlers_leave(const syntax::SyntaxTree& tree, NodeId attempt, bool loop) {
  if (!tree.is(attempt, NodeKind::Try) || finally_leaves(tree, attempt)) return false;
  const auto handlers = tree.items(attempt, slot::Try::handlers);
  return std::all_of(handlers.begin(), handlers.end(), [&](NodeId handler) {
    const auto body = tree.items(handler, slot::ExceptHandler::statements);
    if (body.empty()) return false;
    const NodeKind last = tree.kind(body.back());
    return (last == NodeKind::Continue && !loop) || last == NodeKind::Break ||
           last == NodeKind::Return || last == NodeKind::Raise;
  });
}

// What stands in a `try`, or a `with` that swallows, behind something that fails is not reached
// then: who is told of it elsewhere, in this iteration or a later one, rests on what may fail; and
// so does what ends the iteration.
void GraphBuilder::failing_edges() {
  // By what rests and on what: without a remedy, if anything tells without one.
  std::map<std::pair<GraphNodeId, GraphNodeId>, std::size_t> rests;
  constexpr std::size_t kNoEdge = SIZE_MAX;
  const auto rest = [&](GraphNodeId done, GraphNodeId resting, std::size_t through) {
    for (const GraphNodeId before : failing_before(done, resting)) {
      std::size_t& known = rests.try_emplace({before, resting}, through).first->second;
      if (through == kNoEdge || !graph_.edges[through].remedy) known = through;
    }
  };
  for (std::size_t i = 0; i < graph_.edges.size(); ++i) {
    const Edge& edge = graph_.edges[i];
    if (edge.kind == EdgeKind::Flow) rest(edge.from, edge.carried ? edge.from : edge.to, i);
  }
  for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
    if (graph_.nodes[i].kind == GraphNodeKind::Exit) rest(GraphNodeId{i}, GraphNodeId{i}, kNoEdge);
  }
  for (const auto& [nodes, through] : rests) {
    add_control(nodes.first, nodes.second);
    if (through == kNoEdge) continue;
    graph_.edges.back().remedy = graph_.edges[through].remedy;
    graph_.edges.back().alternative = graph_.edges[through].alternative;
  }
}

// What keeps `done` from being reached when it fails, in each `try` that does not hold `told`
// behind it, too; a node that is told of itself is an exit, or kept for later iterations.
std::vector<GraphNodeId> GraphBuilder::failing_before(GraphNodeId done, GraphNodeId told) const {
  std::vector<GraphNodeId> found;
  if (done.value == 0 || told.value == 0) return found;
  const syntax::SyntaxTree& t = tree();
  const auto look_in = [&](NodeId at, NodeId helper_call) {
    // Where a node stands in the text of the loop, or in the helper's; none: elsewhere.
    const auto place = [&](GraphNodeId id) {
      const GraphNode& node = graph_[id];
      if (helper_call) return node.helper_call == helper_call ? node.node : NodeId{};
      return node.helper_call ? node.helper_call : node.node;
    };
    const auto holds = [&](NodeId block, GraphNodeId id) {
      const NodeId there = place(id);
      return there && t.span(block).contains(t.span(there));
    };
    const auto is_in_inner_loop = [&](NodeId node) {
      for (NodeId up = t.parent(node); up && up != site_.node; up = t.parent(up)) {
        if (t.is(up, NodeKind::FunctionDef)) return false;
        if (t.is(up, NodeKind::For) || t.is(up, NodeKind::While)) return true;
      }
      return false;
    };
    bool repeats = false;
    NodeId child = at;
    for (NodeId up = t.parent(at); up && up != site_.node && !t.is(up, NodeKind::FunctionDef);
         child = up, up = t.parent(up)) {
      repeats = repeats || t.is(up, NodeKind::For) || t.is(up, NodeKind::While);
      const NodeId body = guarded_block(effects_, t, site_.module, up);
      if (!body) continue;
      const bool behind =
          t.is(up, NodeKind::Try) && child == t.child(up, slot::Try::else_statements);
      if ((child != body && !behind) || (told != done && holds(child, told))) continue;
      // Who is told comes behind the `try`, which is left where something fails.
      const bool is_later = told == done && graph_[done].kind != GraphNodeKind::Exit;
      if (!is_in_inner_loop(up) && handlers_leave(t, up, is_later) &&
          (told == done || !holds(up, told))) {
        continue;
      }
      for (std::size_t k = 1; k < graph_.nodes.size(); ++k) {
        const GraphNodeId before{k};
        const bool fails = graph_[before].may_raise || graph_[before].kind == GraphNodeKind::Exit;
        if (!fails || !holds(body, before)) continue;
        const Span there = t.span(place(before));
        if (there.contains(t.span(at)) || t.span(at).contains(there)) continue;
        if (behind || repeats || k < done.value) found.push_back(before);
      }
    }
  };
  const GraphNode& node = graph_[done];
  look_in(node.node, node.helper_call);
  if (node.helper_call) look_in(node.helper_call, {});
  return found;
}

}  // namespace braid::dependence
