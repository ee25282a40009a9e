// Plans made by hand for tests: parts of a plan are named by their text.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rewrite/rewrite.h"

namespace braid::rewrite {

struct Case {
  std::string name = {};
  std::string source = {};
  std::string site = {};                // the loop or comprehension: how its text begins
  std::vector<std::string> units = {};  // expressions, or "first ... last" statements
  std::vector<std::string> slice = {};
  std::vector<std::string> moved = {};
  std::vector<std::string> copied = {};
  std::vector<std::vector<std::string>> results = {};  // of statement units
  std::optional<std::int64_t> iterations = std::nullopt;
  bool restartable = false;
  bool repeatable = false;
  bool input_may_raise = false;
  bool slice_may_raise = false;
  plan::Strategy strategy = plan::Strategy::thread;
  std::string helper = "";  // a function's name, when the unit stands there
  std::string helper_call = "";
  std::vector<std::string> helper_slice = {};
  bool progress = false;
  std::vector<Case> also = {};  // further sites of the same source
};

class CaseProgram {
 public:
  explicit CaseProgram(const std::string& source, std::string path = "case.py") {
    auto text = std::make_shared<const Source>(std::move(path), source);
    program.modules.push_back({"__main__", effects::parse_file(text, program.symbols), false});
  }

  const syntax::SyntaxTree& tree() const { return program.modules[0].tree; }

  // The outermost node whose text begins (statements: `whole` false) or is `text`.
  // `inside`: looked for there first.
  syntax::NodeId find(std::string_view text, bool whole, bool statement,
                      syntax::NodeId inside = {}) const {
    if (inside) {
      for (std::uint32_t i = inside.value + 1; i < tree()[inside].subtree_end; ++i) {
        if (reads(syntax::NodeId{i}, text, whole, statement)) return syntax::NodeId{i};
      }
    }
    for (std::uint32_t i = 1; i < tree().size(); ++i) {
      if (reads(syntax::NodeId{i}, text, whole, statement)) return syntax::NodeId{i};
    }
    ADD_FAILURE() << "no node reads " << text;
    return tree().root();
  }

  bool reads(syntax::NodeId id, std::string_view text, bool whole, bool statement) const {
    if (tree().is(id, syntax::NodeKind::List) || tree().is_statement(id) != statement) return false;
    if (!statement && !tree().is_expression(id)) return false;
    const std::string_view own = tree().text(id);
    return whole ? own == text : own.starts_with(text);
  }

  scope::BindingId variable(std::string_view name, syntax::NodeId near) const {
    const Symbol symbol = program.find(name);
    scope::BindingId best;
    for (std::uint32_t i = 0; i < tree().size(); ++i) {
      const syntax::Node& node = tree()[syntax::NodeId{i}];
      const scope::BindingId found = program.modules[0].scopes.variable(syntax::NodeId{i});
      if (node.name != symbol || !found) continue;
      if (!best || (i >= near.value && i < tree()[near].subtree_end)) best = found;
      if (i >= near.value) break;
    }
    EXPECT_TRUE(best) << "nothing is called " << name;
    return best;
  }

  plan::Plan plan(const Case& given) const {
    plan::Plan plan;
    plan.module = effects::ModuleId{0U};
    const bool loop = given.site.starts_with("for ");
    plan.node = find(given.site, false, loop);
    plan.strategy = given.strategy;
    for (std::size_t i = 0; i < given.units.size(); ++i) {
      plan::RunUnit unit;
      const std::string& text = given.units[i];
      if (const std::size_t dots = text.find(" ... "); dots != std::string::npos) {
        unit.is_expression = false;
        unit.first = find(text.substr(0, dots), false, true, plan.node);
        unit.last = find(text.substr(dots + 5), false, true, plan.node);
      } else if (i < given.results.size() && text.ends_with(";")) {
        unit.is_expression = false;
        unit.first = unit.last = find(text.substr(0, text.size() - 1), false, true, plan.node);
      } else {
        unit.first = unit.last = find(text, true, false, plan.node);
      }
      if (i < given.results.size()) {
        for (const std::string& name : given.results[i])
          unit.results.push_back(variable(name, unit.first));
      }
      if (!given.helper.empty()) {
        unit.helper = find("def " + given.helper, false, true);
        unit.helper_call = find(given.helper_call, true, false, plan.node);
        for (const std::string& each : given.helper_slice)
          unit.helper_slice.push_back(find(each, false, true));
      }
      plan.units.push_back(std::move(unit));
    }
    for (const std::string& each : given.slice)
      plan.slice.push_back(find(each, false, true, plan.node));
    for (const std::string& each : given.moved)
      plan.moved.push_back(find(each, false, true, plan.node));
    for (const std::string& each : given.copied) plan.copied.push_back(variable(each, plan.node));
    plan.slice_may_raise = given.slice_may_raise;
    plan.input.iterations = given.iterations;
    plan.input.restartable = given.restartable;
    plan.input.listable = given.restartable && !given.input_may_raise;
    plan.input.may_raise = given.input_may_raise;
    plan.input.expression_repeatable = given.repeatable;
    return plan;
  }

  effects::Program program;
};

}  // namespace braid::rewrite
