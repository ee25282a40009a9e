// Run units: the text that a worker executes, from the nodes that run.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using syntax::NodeKind;
namespace slot = syntax::slot;

// Globals live on: whoever imports the file, or looks later, finds them.
bool Planner::lives_on(BindingId variable) const {
  return scopes_[scopes_[variable].scope].kind == scope::ScopeKind::Module;
}

void Planner::describe_unit(RunUnit& unit, const std::set<BindingId>& gathers) const {
  unit.end = tree_[unit.last].subtree_end;
  const Span span{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  const NodeId site = graph_.site.node;
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = unit.first.value; i < tree_[unit.last].subtree_end; ++i) {
    const NodeId at{i};
    const BindingId variable = scopes_.variable(at);
    if (!variable || !seen.insert(variable.value).second) continue;
    if (!unit.is_expression && gathers.contains(variable)) {
      unit.gathers.push_back({variable, kind_of(variable)});
      continue;
    }
    const auto uses = scopes_.occurrences(variable);
    const auto inside = [&](const scope::Occurrence& use) {
      return span.contains(tree_.span(use.node));
    };
    const bool written_here = std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
      return inside(use) &&
             (use.access == scope::Access::Write || use.access == scope::Access::ReadWrite);
    });
    const bool written_in_loop = std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
      return use.access != scope::Access::Read && !inside(use) &&
             tree_.span(site).contains(tree_.span(use.node));
    });
    const bool read_outside =
        std::any_of(uses.begin(), uses.end(), [&](const auto& use) { return !inside(use); });
    if (written_here && !unit.is_expression) {
      if (read_outside || lives_on(variable)) unit.results.push_back(variable);
      continue;
    }
    (written_in_loop ? unit.arguments : unit.captures).push_back(variable);
  }
}

// The statements, or the one expression, that hold all these nodes and nothing that stays.
std::optional<RunUnit> Planner::unit_of(const Deal& deal, const std::set<std::uint32_t>& nodes,
                                        std::string& problem) const {
  RunUnit unit;
  const GraphNode& first = node(*nodes.begin());
  if (first.helper_call) {
    unit.helper_call = first.helper_call;
    unit.helper = tree_.enclosing_definition(first.node);
  }
  // The outermost expression, when one holds all the others.
  for (std::uint32_t each : nodes) {
    const GraphNode& candidate = node(each);
    if (candidate.kind != GraphNodeKind::Expression) continue;
    const bool holds_all = std::all_of(nodes.begin(), nodes.end(), [&](std::uint32_t other) {
      return candidate.helper_call == node(other).helper_call &&
             tree_.span(candidate.node).contains(tree_.span(node(other).node)) &&
             node(other).kind == GraphNodeKind::Expression;
    });
    if (!holds_all) continue;
    unit.first = unit.last = candidate.node;
    unit.is_expression = true;
    describe_unit(unit, deal.gathers);
    if (!unit.helper) problem = gather(unit, deal);
    return problem.empty() ? std::optional(unit) : std::nullopt;
  }
  // Statements of one block.
  std::vector<NodeId> statements;
  for (std::uint32_t each : nodes) {
    if (node(each).helper_call != first.helper_call) {
      problem = "the costly parts stand in different functions";
      return std::nullopt;
    }
    statements.push_back(tree_.statement_of(node(each).node));
  }
  // Raise all to one list.
  const auto list_of = [&](NodeId statement) { return tree_.parent(statement); };
  const auto depth = [&](NodeId at) {
    int d = 0;
    for (; at; at = tree_.parent(at)) ++d;
    return d;
  };
  for (bool changed = true; changed;) {
    changed = false;
    std::size_t deepest = 0;
    for (std::size_t i = 1; i < statements.size(); ++i) {
      if (depth(statements[i]) > depth(statements[deepest])) deepest = i;
    }
    const bool same = std::all_of(statements.begin(), statements.end(),
                                  [&](NodeId s) { return list_of(s) == list_of(statements[0]); });
    if (same) break;
    NodeId up = tree_.parent(list_of(statements[deepest]));
    while (up && !tree_.is_statement(up)) up = tree_.parent(up);
    if (!up || !tree_.span(graph_.site.node).contains(tree_.span(up)) || up == graph_.site.node) {
      if (!first.helper_call) {
        problem = "the costly parts stand in different branches";
        return std::nullopt;
      }
      if (!up || tree_.is(up, NodeKind::FunctionDef)) {
        problem = "the costly parts stand in different branches";
        return std::nullopt;
      }
    }
    statements[deepest] = up;
    changed = true;
  }
  std::sort(statements.begin(), statements.end(),
            [&](NodeId a, NodeId b) { return tree_.span(a).begin < tree_.span(b).begin; });
  unit.first = statements.front();
  unit.last = statements.back();
  unit.is_expression = false;
  if (!tree_.is_statement(unit.first)) {
    problem = "the costly part is a clause of a comprehension";
    return std::nullopt;
  }
  if (unit.helper) {
    problem = "the costly part of the function is more than one expression" + why_untold();
    return std::nullopt;
  }
  if (unit.first == unit.last && tree_.is(unit.first, NodeKind::With)) {
    const auto scope = std::find_if(nodes.begin(), nodes.end(), [&](std::uint32_t each) {
      return node(each).node == unit.first;
    });
    const NodeId last = scope == nodes.end() ? NodeId{} : last_in_head(deal, *scope);
    unit.is_head = static_cast<bool>(last);
    if (last) unit.last = last;
  }
  const Span span{tree_.span(unit.first).begin, tree_.span(unit.last).end};
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    if (node(i).helper_call || !span.contains(tree_.span(node(i).node)) || nodes.contains(i))
      continue;
    const bool moves = node(i).movable || may_gather(node(i));
    if (!moves || node(i).kind == GraphNodeKind::Exit) {
      problem = "something that stays in order stands between the costly parts";
      return std::nullopt;
    }
  }
  describe_unit(unit, deal.gathers);
  problem = gather(unit, deal);
  if (!problem.empty()) return std::nullopt;
  // If it fails half-way, what it had bound by then must not be seen: around it stands a handler,
  // and only what follows in its own block reads the names.
  for (NodeId up = tree_.parent(unit.first); up; up = tree_.parent(up)) {
    if (tree_.is(up, NodeKind::FunctionDef)) break;
    if (!tree_.is(up, NodeKind::Try) && !tree_.is(up, NodeKind::With)) continue;
    const NodeId block = tree_.is(up, NodeKind::Try) ? tree_.child(up, slot::Try::statements)
                                                     : tree_.child(up, slot::With::statements);
    for (BindingId result : unit.results) {
      for (const scope::Occurrence& use : scopes_.occurrences(result)) {
        const Span at = tree_.span(use.node);
        const bool follows = at.begin >= span.end && tree_.span(block).contains(at);
        const bool within = span.contains(at);
        const bool rebinds = use.access == scope::Access::Write;
        if (!follows && !within && !rebinds) {
          problem =
              "if it fails half-way, a handler around could see names that it had bound "
              "already";
          return std::nullopt;
        }
      }
    }
  }
  // A program that goes on after the failure may look at its globals from anywhere: then only what
  // fails last may bind one. Without a handler the program ends there.
  bool handled = program_.find("atexit") || program_.find("excepthook");
  for (NodeId up = tree_.parent(unit.first); up; up = tree_.parent(up))
    handled = handled || tree_.is(up, NodeKind::Try);
  for (BindingId result : unit.results) {
    if (!handled || scopes_[scopes_[result].scope].kind != scope::ScopeKind::Module) continue;
    for (const scope::Occurrence& use : scopes_.occurrences(result)) {
      if (use.access == scope::Access::Read || !span.contains(tree_.span(use.node))) continue;
      if (!tree_.is(unit.last, NodeKind::Assign) || tree_.statement_of(use.node) != unit.last) {
        problem = "if it fails half-way, globals that it had bound already would be missing";
        return std::nullopt;
      }
    }
  }
  for (BindingId result : unit.results) {
    const auto& binding = scopes_[result];
    if ((binding.flags & scope::kDeclaredGlobal) != 0) {
      problem = "it binds a name that is declared global";
      return std::nullopt;
    }
  }
  return unit;
}

std::optional<Obstacle> Planner::form_units(Deal& deal) const {
  // Running nodes that depend on each other within the iteration belong to one unit.
  std::vector<std::uint32_t> all(deal.run.begin(), deal.run.end());
  std::vector<std::size_t> group(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) group[i] = i;
  const auto position = [&](std::uint32_t id) {
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), id) - all.begin());
  };
  for (const Edge& edge : graph_.edges) {
    if (edge.carried || edge.exit || !deal.run.contains(edge.from.value) ||
        !deal.run.contains(edge.to.value))
      continue;
    const std::size_t a = group[position(edge.from.value)];
    const std::size_t b = group[position(edge.to.value)];
    for (std::size_t& each : group) {
      if (each == b) each = a;
    }
  }
  std::vector<std::set<std::uint32_t>> sets;
  for (std::size_t g = 0; g < all.size(); ++g) {
    std::set<std::uint32_t> members;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (group[i] == g) members.insert(all[i]);
    }
    if (!members.empty()) sets.push_back(std::move(members));
  }
  // What stands between the statements of one belongs to it.
  const auto text_of = [&](const std::set<std::uint32_t>& members) {
    Span text = tree_.span(tree_.statement_of(node(*members.begin()).node));
    for (std::uint32_t each : members) {
      const Span one = tree_.span(tree_.statement_of(node(each).node));
      text = {std::min(text.begin, one.begin), std::max(text.end, one.end)};
    }
    return text;
  };
  const auto helper_of = [&](const std::set<std::uint32_t>& members) {
    return node(*members.begin()).helper_call;
  };
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t k = 0; k < sets.size(); ++k) {
      if (i == k || helper_of(sets[i]) != helper_of(sets[k])) continue;
      const Span outer = text_of(sets[i]);
      const Span inner = text_of(sets[k]);
      if (!outer.contains(inner) || inner.begin == outer.begin || inner.end == outer.end) continue;
      sets[i].insert(sets[k].begin(), sets[k].end());
      sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(k));
      i = static_cast<std::size_t>(-1);  // from the start
      break;
    }
  }
  for (const auto& members : sets) {
    std::string problem;
    auto unit = unit_of(deal, members, problem);
    if (!unit)
      return Obstacle{*members.rbegin(), cannot_write(node(*members.begin()).node, problem)};
    deal.units.push_back(std::move(*unit));
  }
  std::sort(deal.units.begin(), deal.units.end(), [&](const RunUnit& a, const RunUnit& b) {
    return tree_.span(a.helper_call ? a.helper_call : a.first).begin <
           tree_.span(b.helper_call ? b.helper_call : b.first).begin;
  });
  for (std::size_t i = 1; i < deal.units.size(); ++i) {
    const Span a{tree_.span(deal.units[i - 1].first).begin, tree_.span(deal.units[i - 1].last).end};
    const Span b{tree_.span(deal.units[i].first).begin, tree_.span(deal.units[i].last).end};
    if (a.overlaps(b))
      return Obstacle{*deal.run.rbegin(),
                      cannot_write(deal.units[i].first, "its costly parts overlap")};
  }
  return std::nullopt;
}

// The statement that is a unit already, or would be one if nothing but the expression stood in it.
NodeId Planner::whole_statement(const RunUnit& unit) const {
  if (unit.helper_call) return {};
  if (!unit.is_expression) return unit.first;
  const NodeId statement = tree_.statement_of(unit.first);
  if (tree_.is(statement, NodeKind::ExprStatement) &&
      tree_.child(statement, slot::ExprStatement::value) == unit.first)
    return statement;
  if (!tree_.is(statement, NodeKind::Assign) ||
      tree_.child(statement, slot::Assign::value) != unit.first)
    return {};
  const auto targets = tree_.items(statement, slot::Assign::targets);
  return targets.size() == 1 && tree_.is(targets[0], NodeKind::Name) ? statement : NodeId{};
}

// It only prepares what follows, up to `end`: nobody else reads what it binds or changes.
bool Planner::only_prepares(NodeId statement, std::uint32_t end, const Deal& deal,
                            std::set<std::uint32_t>& inside) const {
  const Span text = tree_.span(statement);
  const Span whole{text.begin, end};
  for (std::uint32_t i = statement.value; i < tree_[statement].subtree_end; ++i) {
    const BindingId variable = scopes_.variable(NodeId{i});
    if (!variable || scopes_.access(NodeId{i}) == scope::Access::Read) continue;
    if (lives_on(variable)) return false;
    for (const scope::Occurrence& use : scopes_.occurrences(variable)) {
      if (use.access != scope::Access::Write && !whole.contains(tree_.span(use.node))) return false;
    }
  }
  for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
    if (node(i).helper_call || !text.contains(tree_.span(node(i).node))) continue;
    if (!joinable(deal, i) || may_gather(node(i))) return false;
    inside.insert(i);
  }
  bool prepares = false;
  for (const Edge& edge : graph_.edges) {
    if (edge.kind != EdgeKind::Flow || !inside.contains(edge.from.value) ||
        inside.contains(edge.to.value))
      continue;
    if (edge.carried || !whole.contains(tree_.span(node(edge.to.value).node))) return false;
    prepares = prepares || deal.run.contains(edge.to.value);
  }
  return prepares;
}

// A unit takes along what only prepares it: the statements right before.
void Planner::absorb_before(const RunUnit& unit, Deal& deal) const {
  const NodeId own = whole_statement(unit);
  if (!own) return;
  const std::uint32_t end = tree_.span(unit.is_expression ? own : unit.last).end;
  const auto siblings = tree_.children(tree_.parent(own));
  std::size_t at =
      static_cast<std::size_t>(std::find(siblings.begin(), siblings.end(), own) - siblings.begin());
  for (; at > 0; --at) {
    std::set<std::uint32_t> inside;
    if (!only_prepares(siblings[at - 1], end, deal, inside)) return;
    deal.run.insert(inside.begin(), inside.end());
    for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
      if (!node(i).helper_call && node(i).node == own) deal.run.insert(i);
    }
    deal.absorbs = true;
  }
}

}  // namespace braid::plan
