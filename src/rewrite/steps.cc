#include "rewrite/steps.h"

#include <algorithm>

#include "rewrite/text.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

class Projection {
 public:
  Projection(const SyntaxTree& tree, const Kept& kept, const std::vector<plan::RunUnit>& units)
      : tree_(tree), kept_(kept), units_(units) {}

  std::expected<Steps, std::string> block(std::span<const NodeId> statements) {
    Steps steps;
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (auto whole = unit_beginning_at(statements[i]); whole < units_.size()) {
        Step step{StepKind::Unit, statements[i], false, {whole}, {}};
        steps.push_back(std::move(step));
        if (units_[whole].is_head) {
          auto rest = block(behind_head(units_[whole]));
          if (!rest) return rest;
          std::move(rest->begin(), rest->end(), std::back_inserter(steps));
          continue;
        }
        while (i < statements.size() && statements[i] != units_[whole].last) ++i;
        if (i == statements.size()) return std::unexpected("a unit that leaves its block");
        continue;
      }
      if (auto error = statement(statements[i], steps)) return std::unexpected(*error);
    }
    return steps;
  }

 private:
  std::span<const NodeId> behind_head(const plan::RunUnit& unit) const {
    const auto all = tree_.items(unit.first, slot::With::statements);
    const auto last = std::find(all.begin(), all.end(), unit.last);
    return all.subspan(static_cast<std::size_t>(last - all.begin()) + 1);
  }

  static bool has(const std::vector<NodeId>& nodes, NodeId node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  }

  std::size_t unit_beginning_at(NodeId statement) const {
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (!units_[i].is_expression && units_[i].first == statement) return i;
    }
    return units_.size();
  }

  bool is_wanted(NodeId node) const {
    return has(kept_.slice, node) || has(kept_.moved, node) ||
           std::any_of(units_.begin(), units_.end(),
                       [&](const plan::RunUnit& unit) { return unit.first == node; });
  }

  // Something that is kept, or a unit, lies strictly inside `node`.
  bool holds_wanted(NodeId node) const {
    bool found = false;
    each_node(tree_, node,
              [&](NodeId inner) { found = found || (inner != node && is_wanted(inner)); });
    return found;
  }

  // Units that the statement evaluates itself, not in one of its blocks.
  std::vector<std::size_t> own_units(NodeId statement) const {
    std::vector<std::size_t> own;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].is_expression && is_inside(tree_, units_[i].first, statement) &&
          tree_.statement_of(units_[i].first) == statement) {
        own.push_back(i);
      }
    }
    return own;
  }

  std::optional<std::string> statement(NodeId node, Steps& steps) {
    const bool sliced = has(kept_.slice, node);
    const bool moved = has(kept_.moved, node);
    if (!sliced && !moved && !holds_wanted(node)) return std::nullopt;
    if (has(kept_.added, node) && !holds_wanted(node)) {
      steps.push_back({StepKind::Whole, evaluated_in(tree_, node), false, {}, {}});
      return std::nullopt;
    }
    if ((sliced || moved) && !holds_wanted(node)) {
      steps.push_back({StepKind::Whole, node, moved && !sliced, {}, {}});
      return std::nullopt;
    }
    if (auto own = own_units(node); !own.empty()) {
      if (sliced) return "a statement of the slice holds the costly call itself";
      steps.push_back({StepKind::Unit, node, false, std::move(own), {}});
    }
    switch (tree_.kind(node)) {
      case NodeKind::If:
        return if_statement(node, sliced, steps);
      case NodeKind::With:
        return with_statement(node, sliced, steps);
      case NodeKind::Try:
        return try_statement(node, sliced, steps);
      case NodeKind::For:
      case NodeKind::While:
      case NodeKind::Match:
      case NodeKind::FunctionDef:
      case NodeKind::ClassDef: {
        const bool deeper =
            std::any_of(units_.begin(), units_.end(), [&](const plan::RunUnit& unit) {
              return is_inside(tree_, unit.first, node) && tree_.statement_of(unit.first) != node;
            });
        bool kept_inside = deeper;
        each_node(tree_, node, [&](NodeId inner) {
          kept_inside = kept_inside ||
                        (inner != node && (has(kept_.slice, inner) || has(kept_.moved, inner)));
        });
        if (kept_inside)
          return "the costly part stands inside an inner block that Braid cannot split";
        return std::nullopt;
      }
      default:
        return std::nullopt;
    }
  }

  std::optional<std::string> if_statement(NodeId node, bool sliced, Steps& steps) {
    Step step{StepKind::If, node, false, {}, {}};
    for (const std::uint32_t branch : {slot::If::statements, slot::If::else_statements}) {
      auto inner = block(tree_.items(node, branch));
      if (!inner) return inner.error();
      step.blocks.push_back(std::move(*inner));
    }
    if (!sliced) {
      if (step.blocks[0].empty() && step.blocks[1].empty()) return std::nullopt;
      return "whether the costly part is reached depends on something that is not known ahead";
    }
    steps.push_back(std::move(step));
    return std::nullopt;
  }

  std::optional<std::string> with_statement(NodeId node, bool sliced, Steps& steps) {
    auto inner = block(tree_.items(node, slot::With::statements));
    if (!inner) return inner.error();
    if (sliced) {
      steps.push_back({StepKind::With, node, false, {}, {std::move(*inner)}});
    } else {
      std::move(inner->begin(), inner->end(), std::back_inserter(steps));
    }
    return std::nullopt;
  }

  std::optional<std::string> try_statement(NodeId node, bool sliced, Steps& steps) {
    if (sliced) return "the costly part stands inside a `try` of the slice";
    for (const std::uint32_t part : {slot::Try::handlers, slot::Try::finally_statements}) {
      if (holds_wanted(tree_.child(node, part))) {
        return "the costly part stands in an exception handler";
      }
    }
    for (const std::uint32_t part : {slot::Try::statements, slot::Try::else_statements}) {
      auto inner = block(tree_.items(node, part));
      if (!inner) return inner.error();
      std::move(inner->begin(), inner->end(), std::back_inserter(steps));
    }
    return std::nullopt;
  }

  const SyntaxTree& tree_;
  const Kept& kept_;
  const std::vector<plan::RunUnit>& units_;
};

}  // namespace

NodeId evaluated_in(const SyntaxTree& tree, NodeId statement) {
  switch (tree.kind(statement)) {
    case NodeKind::If:
      return tree.child(statement, slot::If::test);
    case NodeKind::AugAssign:
      return tree.child(statement, slot::AugAssign::value);
    default:
      return tree.child(statement, slot::Assign::value);
  }
}

std::expected<Steps, std::string> project(const SyntaxTree& tree,
                                          std::span<const NodeId> statements, const Kept& kept,
                                          const std::vector<plan::RunUnit>& units) {
  return Projection(tree, kept, units).block(statements);
}

bool holds_unit(const Steps& steps, std::size_t unit) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return std::find(step.units.begin(), step.units.end(), unit) != step.units.end() ||
           std::any_of(step.blocks.begin(), step.blocks.end(),
                       [&](const Steps& block) { return holds_unit(block, unit); });
  });
}

bool holds(const Steps& steps, bool (*test)(const Step&)) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return test(step) || std::any_of(step.blocks.begin(), step.blocks.end(),
                                     [&](const Steps& block) { return holds(block, test); });
  });
}

namespace {

bool holds_any_unit(const Step& step) {
  if (step.kind == StepKind::Unit) return true;
  for (const Steps& block : step.blocks) {
    if (holds(block, +[](const Step& inner) { return inner.kind == StepKind::Unit; })) return true;
  }
  return false;
}

// Without units and moved statements; an `if` that then does nothing goes too.
Steps only_slice(const Steps& steps) {
  Steps kept;
  for (const Step& step : steps) {
    if (step.kind == StepKind::Unit || step.moved) continue;
    Step copy = step;
    for (Steps& block : copy.blocks) block = only_slice(block);
    const bool idle =
        !copy.blocks.empty() && std::all_of(copy.blocks.begin(), copy.blocks.end(),
                                            [](const Steps& block) { return block.empty(); });
    if (!idle || !holds_any_unit(step)) kept.push_back(std::move(copy));
  }
  return kept;
}

}  // namespace

Steps up_to(const Steps& steps, std::size_t unit) {
  Steps result;
  for (const Step& step : steps) {
    if (step.kind == StepKind::Unit) {
      if (!holds_unit({step}, unit)) continue;
      Step copy = step;
      copy.units = {unit};
      result.push_back(std::move(copy));
      return result;
    }
    if (!holds_unit({step}, unit)) {
      const Steps slice = only_slice({step});
      result.insert(result.end(), slice.begin(), slice.end());
      continue;
    }
    Step copy = step;
    for (Steps& block : copy.blocks)
      block = holds_unit(block, unit) ? up_to(block, unit) : only_slice(block);
    result.push_back(std::move(copy));
    return result;
  }
  return result;
}

Steps path_to(const Steps& steps, std::size_t unit) {
  Steps path;
  for (const Step& step : steps) {
    if (step.kind == StepKind::Unit || !holds_unit({step}, unit)) {
      path.push_back(step);
      continue;
    }
    for (const Steps& block : step.blocks) {
      if (!holds_unit(block, unit)) continue;
      const Steps inner = path_to(block, unit);
      path.insert(path.end(), inner.begin(), inner.end());
    }
  }
  return path;
}

std::vector<NodeId> statements_of(const SyntaxTree& tree, const plan::RunUnit& unit) {
  if (unit.is_expression) return {unit.first};
  std::vector<NodeId> statements;
  bool inside = unit.is_head;
  if (inside) {
    const auto items = tree.items(unit.first, slot::With::items);
    statements.assign(items.begin(), items.end());
  }
  for (const NodeId each : tree.children(tree.parent(unit.is_head ? unit.last : unit.first))) {
    inside = inside || each == unit.first;
    if (inside) statements.push_back(each);
    if (each == unit.last) break;
  }
  return statements;
}

Texts texts_of(const SyntaxTree& tree, const std::vector<plan::RunUnit>& units) {
  Texts texts;
  for (const plan::RunUnit& unit : units) texts.push_back(statements_of(tree, unit));
  return texts;
}

Span span_of(const SyntaxTree& tree, const plan::RunUnit& unit) {
  return {tree.header_begin(unit.first),
          tree.span(unit.is_expression ? unit.first : unit.last).end};
}

std::set<BindingId> gathered_by(const plan::RunUnit& unit) {
  std::set<BindingId> names;
  for (const plan::Gathered& each : unit.gathers) {
    if (each.kind != plan::Gathered::Kind::output) names.insert(each.name);
  }
  return names;
}

bool prints(const plan::RunUnit& unit) {
  return std::any_of(unit.gathers.begin(), unit.gathers.end(), [](const plan::Gathered& each) {
    return each.kind == plan::Gathered::Kind::output;
  });
}

}  // namespace braid::rewrite
