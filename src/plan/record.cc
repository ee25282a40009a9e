// Values that travel: what split alone evaluates, because merge would look after the fact.
#include <algorithm>

#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using effects::AtomKind;
using effects::EffectKind;
using effects::PlaceKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

// `total += os.path.getsize(path)`: what stands on the right is all that is looked at.
bool Planner::is_added(const GraphNode& node) const {
  return node.kind == GraphNodeKind::Statement && tree_.is(node.node, NodeKind::AugAssign) &&
         tree_.is(tree_.child(node.node, slot::AugAssign::target), NodeKind::Name);
}

// What a value could be taken for later: the test of an `if`, what a plain name is set to.
NodeId Planner::recorded_expression(const GraphNode& node) const {
  if (node.kind == GraphNodeKind::Test && tree_.is(node.node, NodeKind::If))
    return tree_.child(node.node, slot::If::test);
  if (is_added(node)) return tree_.child(node.node, slot::AugAssign::value);
  if (node.kind != GraphNodeKind::Statement || !tree_.is(node.node, NodeKind::Assign)) return {};
  const auto targets = tree_.items(node.node, slot::Assign::targets);
  if (targets.size() != 1 || !tree_.is(targets[0], NodeKind::Name)) return {};
  return tree_.child(node.node, slot::Assign::value);
}

// Nothing that anybody can change. None is not told from what was not recorded.
bool Planner::is_scalar(effects::ValueId value) const {
  constexpr std::string_view kScalars[] = {"str", "int", "bool", "float", "bytes"};
  const auto& atoms = effects_.values()[value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
    const effects::Atom& atom = effects_.values()[id];
    return atom.kind == AtomKind::Instance &&
           std::find(std::begin(kScalars), std::end(kScalars), effects_.text(atom.name)) !=
               std::end(kScalars);
  });
}

// Numbers, text, truth values and paths, as far as every name and call in it tells; modules and
// functions that are named besides.
bool Planner::is_plain(NodeId expression, bool may_be_none) const {
  constexpr std::string_view kPlain[] = {"str",   "int",          "bool",
                                         "bytes", "pathlib.Path", "pathlib.PosixPath"};
  const auto plain = [&](effects::AtomId id) {
    const effects::Atom& atom = effects_.values()[id];
    if (atom.kind != AtomKind::Instance)
      return atom.kind == AtomKind::Function || atom.kind == AtomKind::LibraryCallable ||
             atom.kind == AtomKind::LibraryType || atom.kind == AtomKind::LibraryModule ||
             atom.kind == AtomKind::Module || atom.kind == AtomKind::LibraryMethod;
    const std::string_view type = effects_.text(atom.name);
    return (may_be_none && type == "None") ||
           std::find(std::begin(kPlain), std::end(kPlain), type) != std::end(kPlain);
  };
  for (std::uint32_t i = expression.value; i < tree_[expression].subtree_end; ++i) {
    const NodeId at{i};
    if (!tree_.is(at, NodeKind::Name) && !tree_.is(at, NodeKind::Call) &&
        !tree_.is(at, NodeKind::Attribute) && !tree_.is(at, NodeKind::Subscript))
      continue;
    bool seen = false;
    for (const effects::ValueAt& value : graph_.trace.values) {
      if (value.node != at || value.helper_call) continue;
      const auto& atoms = effects_.values()[value.value];
      seen = !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), plain);
    }
    const bool tells = tree_.is(at, NodeKind::Name) || tree_.is(at, NodeKind::Call);
    if (tells && !seen) return false;
  }
  return true;
}

// True or False, and nothing else.
bool Planner::is_truth(NodeId expression) const {
  switch (tree_.kind(expression)) {
    case NodeKind::UnaryOp:
      return tree_.op(expression) == syntax::Operator::Not;
    case NodeKind::Compare:
      return is_plain(expression, true);
    case NodeKind::BoolOp: {
      const auto operands = tree_.items(expression, slot::BoolOp::values);
      return std::all_of(operands.begin(), operands.end(),
                         [&](NodeId each) { return is_truth(each); });
    }
    case NodeKind::Call: {
      for (const effects::ValueAt& value : graph_.trace.values) {
        if (value.node != expression || value.helper_call) continue;
        const auto& atoms = effects_.values()[value.value];
        return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
          const effects::Atom& atom = effects_.values()[id];
          return atom.kind == AtomKind::Instance && effects_.text(atom.name) == "bool";
        });
      }
      return false;
    }
    default:
      return false;
  }
}

// Text by the look of it: then joining and slicing it cannot fail.
bool Planner::is_text(NodeId expression) const {
  switch (tree_.kind(expression)) {
    case NodeKind::Constant:
      return static_cast<syntax::ConstantKind>(tree_[expression].op) == syntax::ConstantKind::Str;
    case NodeKind::JoinedString:
      return true;
    case NodeKind::BinOp:
      return tree_.op(expression) == syntax::Operator::Add &&
             is_text(tree_.child(expression, slot::BinOp::left)) &&
             is_text(tree_.child(expression, slot::BinOp::right));
    case NodeKind::Subscript:
      return tree_.is(tree_.child(expression, slot::Subscript::slice), NodeKind::Slice) &&
             is_text(tree_.child(expression, slot::Subscript::value));
    case NodeKind::Name:
    case NodeKind::Call:
      return std::any_of(graph_.trace.values.begin(), graph_.trace.values.end(),
                         [&](const effects::ValueAt& value) {
                           const auto& atoms = effects_.values()[value.value];
                           return value.node == expression && !value.helper_call &&
                                  atoms.size() == 1 &&
                                  effects_.values()[atoms[0]].kind == AtomKind::Instance &&
                                  effects_.text(effects_.values()[atoms[0]].name) == "str";
                         });
    default:
      return false;
  }
}

Recorded Planner::describe_recorded(const GraphNode& node) const {
  const NodeId expression = recorded_expression(node);
  Recorded out;
  out.statement = node.node;
  out.may_fail = may_fail(node) || !is_plain(expression, false);
  out.evaluated = tree_.span(expression);
  out.as_truth = node.kind == GraphNodeKind::Test && !is_truth(expression);
  out.is_added = is_added(node);
  return out;
}

// Split has looked before what runs could change it: merge takes what split saw. Evaluating it does
// nothing else, and what it gives is nothing that anybody changes.
bool Planner::may_be_recorded(const Edge& edge) const {
  const GraphNode& from = node(edge.from.value);
  if (edge.carried || edge.kind != EdgeKind::Anti || from.helper_call || !from.movable ||
      graph_.site.kind != dependence::SiteKind::For)
    return false;
  const NodeId expression = recorded_expression(from);
  if (!expression) return false;
  if (from.changes) return false;
  for (std::uint32_t i = expression.value; i < tree_[expression].subtree_end; ++i) {
    if (tree_.is(NodeId{i}, NodeKind::NamedExpr)) return false;
  }
  if (from.kind == GraphNodeKind::Test) return true;
  if (is_added(from)) return !edge.remedy && is_plain(expression, false);
  const NodeId target = tree_.items(from.node, slot::Assign::targets)[0];
  for (const effects::ValueAt& value : graph_.trace.values) {
    if (value.node != target || value.helper_call) continue;
    return is_scalar(value.value);
  }
  return false;
}

// Split evaluates what is added, and has no sum: whoever needs that ahead of its turn does not get
// it.
std::optional<Obstacle> Planner::needs_what_merge_adds(const Deal& deal) const {
  for (const Edge& edge : graph_.edges) {
    const std::uint32_t from = edge.from.value;
    const std::uint32_t to = edge.to.value;
    if (edge.kind != EdgeKind::Flow || !deal.recorded.contains(from) || !is_added(node(from)) ||
        (!deal.split.contains(to) && !deal.run.contains(to)))
      continue;
    const bool adds_as_well = deal.recorded.contains(to) && is_added(node(to)) &&
                              !tree_.span(recorded_expression(node(to))).contains(edge.to_span);
    if (!adds_as_well)
      return Obstacle{*deal.run.begin(),
                      cannot_write(node(from).node,
                                   "what it looks at is changed by the costly part, and its sum is "
                                   "needed ahead of its turn")};
  }
  return std::nullopt;
}

}  // namespace braid::plan
