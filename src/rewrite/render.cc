// Steps as text.
#include <algorithm>

#include "rewrite/moving.h"
#include "rewrite/printers.h"
#include "rewrite/worker.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

class Renderer {
 public:
  Renderer(const Scene& scene, const Rendering& rendering)
      : scene_(scene), module_(scene.module), tree_(scene.module.tree), rendering_(rendering) {}

  Lines steps(const Steps& all, const std::string& indent) {
    Lines lines;
    for (const Step& step : all) {
      switch (step.kind) {
        case StepKind::Whole:
          append(lines, whole(step.node, indent));
          break;
        case StepKind::If:
          append(lines, if_step(step, indent));
          break;
        case StepKind::With: {
          const NodeId items = tree_.child(step.node, slot::With::items);
          append(lines, header(step.node, tree_.span(items).end, indent));
          append(lines, block(step.blocks[0], step.node, indent));
          break;
        }
        case StepKind::Unit:
          for (const std::size_t unit : step.units) append(lines, unit_text(unit, indent));
          break;
      }
    }
    return lines;
  }

 private:
  Lines header(NodeId node, std::uint32_t end, const std::string& indent,
               const std::vector<Substitution>& changes = {}) {
    const std::uint32_t colon = colon_after(tree_, end);
    return module_.layout.move({tree_.span(node).begin, colon + 1}, indent, changes);
  }

  // The name under which split hands on what the statement evaluates; none: it does not.
  const std::string* recorded(NodeId statement, bool& as_truth) const {
    for (std::size_t i = 0; i < rendering_.recorded.size(); ++i) {
      as_truth = scene_.plan.recorded[i].as_truth;
      const plan::Recorded& each = scene_.plan.recorded[i];
      const NodeId node = each.is_added ? evaluated_in(tree_, each.statement) : each.statement;
      if (node == statement) return &rendering_.recorded[i];
    }
    return nullptr;
  }

  Lines block(const Steps& inner, NodeId owner, const std::string& indent) {
    Lines lines = steps(inner, indent + module_.layout.unit());
    if (lines.empty()) {
      lines.push_back({indent + module_.layout.unit() + "pass",
                       module_.layout.line_of(tree_.span(owner).begin)});
    }
    return lines;
  }

  Lines if_step(const Step& step, const std::string& indent) {
    const Span test = tree_.span(tree_.child(step.node, slot::If::test));
    std::vector<Substitution> changes;
    bool as_truth = false;
    if (const std::string* name = recorded(step.node, as_truth)) {
      changes.push_back({{test.begin, test.begin}, *name + (as_truth ? " := bool(" : " := ")});
      if (as_truth) changes.push_back({{test.end, test.end}, ")"});
    }
    Lines lines = header(step.node, test.end, indent, changes);
    if (tree_.flag(step.node, syntax::kElif)) lines.front().text.erase(indent.size(), 2);
    append(lines, block(step.blocks[0], step.node, indent));
    const Steps& otherwise = step.blocks[1];
    if (otherwise.size() == 1 && otherwise[0].kind == StepKind::If &&
        tree_.flag(otherwise[0].node, syntax::kElif)) {
      Lines next = if_step(otherwise[0], indent);
      next.front().text.insert(indent.size(), "el");
      append(lines, std::move(next));
    } else if (!otherwise.empty()) {
      lines.push_back({indent + "else:", lines.back().origin});
      append(lines, block(step.blocks[1], step.node, indent));
    }
    return lines;
  }

  // Exits of the loop inside the statement: a function returns, a generator first hands on the
  // item.
  Lines whole(NodeId node, const std::string& indent) {
    if (scene_.helper && tree_.is(node, NodeKind::Return))
      return {{indent + "return None", module_.layout.line_of(tree_.span(node).begin)}};
    std::vector<Substitution> exits;
    bool as_truth = false;
    if (const std::string* name = recorded(node, as_truth))
      exits.push_back({{tree_.span(node).begin, tree_.span(node).begin}, *name + " = "});
    each_node(tree_, node, [&](NodeId inner) {
      const bool leaves_iteration =
          tree_.is(inner, NodeKind::Continue) || tree_.is(inner, NodeKind::Break);
      if (!leaves_iteration || !belongs_to_site(inner, node)) return;
      if (rendering_.item.empty()) {
        exits.push_back({tree_.span(inner), "return None"});
        return;
      }
      const bool own_line = inner == node || module_.layout.starts_line(tree_.span(inner).begin);
      const std::string between =
          own_line ? "\n" + module_.layout.indent_at(tree_.span(inner).begin) : "; ";
      const std::string exit = tree_.is(inner, NodeKind::Continue) ? "continue" : "return";
      exits.push_back({tree_.span(inner), "yield " + rendering_.item + between + exit});
    });
    return module_.layout.move({tree_.header_begin(node), tree_.span(node).end}, indent, exits);
  }

  bool belongs_to_site(NodeId exit, NodeId root) const {
    for (NodeId at = exit; at != root; at = tree_.parent(at)) {
      if (at != exit && (tree_.is(at, NodeKind::For) || tree_.is(at, NodeKind::While)))
        return false;
    }
    return !tree_.is(root, NodeKind::For) && !tree_.is(root, NodeKind::While);
  }

  Lines what_is_bound(const plan::RunUnit& unit, const std::string& indent,
                      std::uint32_t origin) const {
    const std::string& bound = rendering_.bound;
    const std::string quote(1, module_.layout.quote());
    std::vector<Form> names;
    for (const BindingId result : unit.results)
      names.push_back(words(quote + module_.name_of(result) + quote));
    for (const plan::Gathered& gathered : unit.gathers)
      names.push_back(words(quote + module_.name_of(gathered.name) + quote));
    if (names.size() == 1) names[0].text += ",";
    const std::string each = bound == "name" ? "key" : "name";
    const std::string clause = "for " + each + " in " +
                               Form{"", '(', std::move(names), true}.flat() + " if " + each +
                               " in " + bound;
    Lines lines{{indent + bound + " = locals()", origin}};
    for (std::string& line : lay_out(
             "return ", comprehension('{', words(each + ": " + bound + "[" + each + "]"), clause),
             "", indent, module_.layout.unit(), module_.layout.width())) {
      lines.push_back({indent + line, origin});
    }
    return lines;
  }

  // Where the unit's last statement binds its one result: "r = ", to be a `return`.
  std::optional<Span> returned_at_once(const plan::RunUnit& unit) const {
    if (unit.results.size() != 1 || !unit.gathers.empty() || !rendering_.bound.empty() ||
        !tree_.is(unit.last, NodeKind::Assign))
      return std::nullopt;
    const auto targets = tree_.items(unit.last, slot::Assign::targets);
    const NodeId value = tree_.child(unit.last, slot::Assign::value);
    if (targets.size() != 1 || !tree_.is(targets[0], NodeKind::Name) ||
        module_.scopes.variable(targets[0]) != unit.results[0] ||
        tree_.is(value, NodeKind::Yield) || tree_.is(value, NodeKind::YieldFrom))
      return std::nullopt;
    const std::string_view text = tree_.source().text();
    std::uint32_t end = tree_.span(targets[0]).end;
    while (end < tree_.span(value).begin && text[end] != '=') ++end;
    if (end == tree_.span(value).begin) return std::nullopt;
    ++end;
    while (text[end] == ' ') ++end;
    return Span{tree_.span(unit.last).begin, end};
  }

  Lines unit_text(std::size_t index, const std::string& indent) {
    const plan::RunUnit& unit = scene_.units[index];
    const Span span = span_of(tree_, unit);
    const std::uint32_t origin = module_.layout.line_of(span.begin);
    if (!rendering_.item.empty()) {
      Lines lines;
      for (const std::string& line : lay_out(
               rendering_.pending[index] + " = ", rendering_.submissions[index], "",
               indent + rendering_.surroundings, module_.layout.unit(), module_.layout.width())) {
        lines.push_back({indent + line, origin});
      }
      return lines;
    }
    if (unit.is_expression && !unit.keeps_part) {
      Lines lines = module_.layout.move(span, indent);
      const std::string text = argument_text(tree_, unit.first);
      const bool wrapped = text.size() > tree_.text(unit.first).size();
      lines.front().text.insert(indent.size(), wrapped ? "return (" : "return ");
      if (wrapped) lines.back().text += ")";
      return lines;
    }
    Lines lines;
    for (const plan::Gathered& each : unit.gathers) lines.push_back({indent + begun(each), origin});
    append(lines, unit.keeps_part ? kept_in_part(unit, indent) : kept_whole(unit, indent));
    return lines;
  }

  Lines moved(const plan::RunUnit& unit, const std::string& indent,
              const std::vector<Substitution>& changes) const {
    const Span span = span_of(tree_, unit);
    return module_.layout.move({span.begin, module_.layout.with_comment(span.end)}, indent,
                               changes);
  }

  Lines kept_whole(const plan::RunUnit& unit, const std::string& indent) const {
    if (const auto returned = returned_at_once(unit))
      return moved(unit, indent, {{*returned, "return "}});
    Lines lines = moved(unit, indent, {});
    std::string results;
    for (const BindingId result : unit.results)
      results += (results.empty() ? "" : ", ") + module_.name_of(result);
    for (const plan::Gathered& each : unit.gathers)
      results += (results.empty() ? "" : ", ") + module_.name_of(each.name);
    if (!rendering_.bound.empty()) {
      append(lines, what_is_bound(unit, indent, lines.back().origin));
    } else if (!results.empty()) {
      lines.push_back({indent + "return " + results, lines.back().origin});
    }
    return lines;
  }

  // What it gathered before it failed is returned with the failure.
  Lines kept_in_part(const plan::RunUnit& unit, const std::string& indent) const {
    const std::string deeper = indent + module_.layout.unit();
    const std::vector<Substitution> changes = told_where(module_, unit);
    std::string results;
    for (const BindingId result : unit.results)
      results += (results.empty() ? "" : ", ") + module_.name_of(result);
    if (unit.results.size() > 1) results = "(" + results + ")";
    if (unit.is_expression) results = rendering_.result;
    if (!results.empty()) results += ", ";
    const std::string nothing = results.empty() ? "" : "None, ";
    std::string gathered;
    for (const plan::Gathered& each : unit.gathers) gathered += ended(each) + ", ";
    Lines lines{{indent + "try:", module_.layout.line_of(span_of(tree_, unit).begin)}};
    append(lines,
           unit.is_expression ? assigned(unit, deeper, changes) : moved(unit, deeper, changes));
    const std::uint32_t origin = lines.back().origin;
    lines.push_back({indent + "except BaseException as " + rendering_.error + ":", origin});
    if (!rendering_.portable.empty())
      lines.push_back({deeper + rendering_.portable + "(" + rendering_.error + ")", origin});
    lines.push_back({deeper + "return " + nothing + gathered + rendering_.error, origin});
    lines.push_back({indent + "return " + results + gathered + "None", origin});
    return lines;
  }

  // "result = …"
  Lines assigned(const plan::RunUnit& unit, const std::string& indent,
                 const std::vector<Substitution>& changes) const {
    Lines lines = module_.layout.move(span_of(tree_, unit), indent, changes);
    const bool wrapped = argument_text(tree_, unit.first).size() > tree_.text(unit.first).size();
    lines.front().text.insert(indent.size(), rendering_.result + (wrapped ? " = (" : " = "));
    if (wrapped) lines.back().text += ")";
    return lines;
  }

  std::string begun(const plan::Gathered& gathered) const {
    switch (gathered.kind) {
      case plan::Gathered::Kind::list:
        return module_.name_of(gathered.name) + " = []";
      case plan::Gathered::Kind::dict:
        return module_.name_of(gathered.name) + " = {}";
      case plan::Gathered::Kind::output:
        return rendering_.printed + " = " + rendering_.buffer + "()";
    }
    return {};
  }

  std::string ended(const plan::Gathered& gathered) const {
    return gathered.kind == plan::Gathered::Kind::output
               ? rendering_.printed + ".getvalue().splitlines(True)"
               : module_.name_of(gathered.name);
  }

  const Scene& scene_;
  Module& module_;
  const SyntaxTree& tree_;
  const Rendering& rendering_;
};

}  // namespace

std::optional<Substitution> with_keyword(const Module& module, NodeId call,
                                         const std::string& keyword) {
  const SyntaxTree& tree = module.tree;
  const std::string_view text = tree.source().text();
  const std::uint32_t close = tree.span(call).end - 1;
  Span last = tree.span(tree.child(call, slot::Call::function));
  for (const auto& list :
       {tree.items(call, slot::Call::arguments_list), tree.items(call, slot::Call::keywords)}) {
    for (const NodeId each : list) {
      if (tree.span(each).end > last.end) last = tree.span(each);
    }
  }
  if (text.substr(last.end, close - last.end).find('#') != std::string_view::npos)
    return std::nullopt;
  std::uint32_t at = close;
  while (std::string_view(" \t\r\n\f\\").find(text[at - 1]) != std::string_view::npos) --at;
  const Span place{at, at};
  if (text[at - 1] == '(') return Substitution{place, keyword};
  if (text[at - 1] != ',') return Substitution{place, ", " + keyword};
  const bool own_line = module.layout.starts_line(last.begin) &&
                        text.substr(at, close - at).find('\n') != std::string_view::npos;
  if (!own_line) return Substitution{place, " " + keyword};
  return Substitution{place, "\n" + module.layout.indent_at(last.begin) + keyword + ","};
}

Lines render(const Scene& scene, const Steps& steps, const std::string& indent,
             const Rendering& rendering) {
  return Renderer(scene, rendering).steps(steps, indent);
}

}  // namespace braid::rewrite
