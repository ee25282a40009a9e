#include "rewrite/substitution.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

constexpr std::size_t kLongestSubstitute = 60;

bool is_plain(const std::string& text) {
  return text.find_first_of("'\"\\{}!:=") == std::string::npos;
}

}  // namespace

std::optional<Values> simple_values(const Module& module, const Steps& steps) {
  const SyntaxTree& tree = module.tree;
  Values values;
  for (const Step& step : steps) {
    if (step.kind == StepKind::Unit) continue;
    if (step.kind != StepKind::Whole || !tree.is(step.node, NodeKind::Assign)) return std::nullopt;
    const auto targets = tree.items(step.node, slot::Assign::targets);
    const NodeId value = tree.child(step.node, slot::Assign::value);
    if (targets.size() != 1 || !tree.is(targets[0], NodeKind::Name)) return std::nullopt;
    if (!values.emplace(module.scopes.variable(targets[0]), value).second) return std::nullopt;
  }
  return values;
}

Substituter::Substituter(const Module& module, const Values& values)
    : module_(module), tree_(module.tree), values_(values) {}

std::optional<std::string> Substituter::expand(NodeId expression, bool whole) {
  if (tree_.is(expression, NodeKind::Name)) {
    const auto found = values_.find(module_.scopes.variable(expression));
    if (found != values_.end()) return value(found->second, whole);
  }
  std::vector<Substitution> substitutions;
  bool possible = true;
  each_node(tree_, expression, [&](NodeId inner) {
    if (inner == expression || !tree_.is(inner, NodeKind::Name)) return;
    const auto found = values_.find(module_.scopes.variable(inner));
    if (found == values_.end() || !possible) return;
    auto text = value(found->second, false);
    if (!text || (in_string(inner, expression) && !is_plain(*text))) {
      possible = false;
      return;
    }
    substitutions.push_back({tree_.span(inner), std::move(*text)});
  });
  if (!possible) return std::nullopt;
  const std::string plain =
      whole ? argument_text(tree_, expression) : operand_text(tree_, expression);
  const bool wrapped = plain.size() > tree_.text(expression).size();
  const std::string text = module_.layout.splice(tree_.span(expression), substitutions);
  return wrapped ? "(" + text + ")" : text;
}

std::optional<std::string> Substituter::value(NodeId node, bool whole) {
  // Twice the text would be twice the work; twice the name is nothing.
  const bool cheap = tree_.is(node, NodeKind::Name) || tree_.is(node, NodeKind::Constant);
  if (!cheap && ++uses_[node] > 1) return std::nullopt;
  const std::string_view text = tree_.text(node);
  if (text.size() > kLongestSubstitute || text.find_first_of("\r\n") != std::string_view::npos)
    return std::nullopt;
  return expand(node, whole);
}

bool Substituter::in_string(NodeId node, NodeId root) const {
  for (NodeId at = node; at != root; at = tree_.parent(at)) {
    if (tree_.is(at, NodeKind::JoinedString)) return true;
  }
  return tree_.is(root, NodeKind::JoinedString);
}

}  // namespace braid::rewrite
