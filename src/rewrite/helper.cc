#include "rewrite/helper.h"

#include <algorithm>

#include "dependence/reached.h"
#include "rewrite/moving.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using syntax::ParameterKind;

namespace {

bool is_only_write(const Module& module, BindingId variable) {
  int writes = 0;
  for (const scope::Occurrence& each : module.scopes.occurrences(variable)) {
    if (each.access != scope::Access::Read && each.access != scope::Access::none) ++writes;
  }
  return writes == 1;
}

// `f(**row)`, anywhere: a name in the row may be that of the new parameter.
bool is_called_with_data(const Module& module, NodeId definition) {
  const SyntaxTree& tree = module.tree;
  bool found = false;
  each_node(tree, tree.root(), [&](NodeId node) {
    if (!tree.is(node, NodeKind::Call)) return;
    const NodeId function = tree.child(node, slot::Call::function);
    if (tree[function].name != tree[definition].name) return;
    for (const NodeId each : tree.items(node, slot::Call::keywords))
      found = found || !tree[each].name;
  });
  return found;
}

bool has_own_yield(const SyntaxTree& tree, NodeId definition) {
  bool found = false;
  each_node(tree, definition, [&](NodeId node) {
    const bool yields = tree.is(node, NodeKind::Yield) || tree.is(node, NodeKind::YieldFrom);
    found = found || (yields && tree.enclosing_definition(node) == definition);
  });
  return found;
}

std::optional<std::string> cannot_split(const Module& module, const plan::Plan& plan,
                                        const plan::RunUnit& unit) {
  const SyntaxTree& tree = module.tree;
  const NodeId definition = unit.helper;
  const std::string name = "`" + module.text(tree[definition].name) + "`";
  if (!tree.is(definition, NodeKind::FunctionDef) || !tree.is(unit.helper_call, NodeKind::Call))
    return name + " is not a function";
  if (tree.flag(definition, syntax::kAsync) || has_own_yield(tree, definition))
    return name + " is not a plain function";
  if (!tree.items(definition, slot::FunctionDef::decorators).empty()) return name + " is decorated";
  if (tree.flag(definition, syntax::kHasError)) return name + " holds text that is not Python";
  if (const std::string_view by = dependence::looks_at_functions(module.program); !by.empty())
    return "the program looks at how its functions are written (`" + std::string(by) + "`)";
  if (dependence::is_rebound_by_star(module.program, module.id, definition))
    return name + " may be another function after a star import";
  if (is_called_with_data(module, definition))
    return name + " is called with names that are not all there to see";
  if (is_inside(tree, definition, plan.node)) return name + " is defined inside the loop";
  if (is_inside(tree, plan.node, definition)) return name + " holds the loop itself";
  if (!is_inside(tree, unit.helper_call, plan.node)) return "the loop does not call " + name;
  if (!is_inside(tree, unit.first, tree.child(definition, slot::FunctionDef::statements)))
    return "the costly part is not in " + name;
  const NodeId function = tree.child(unit.helper_call, slot::Call::function);
  const bool method = tree.is(tree.enclosing_definition(definition), NodeKind::ClassDef);
  if (tree.is(function, NodeKind::Name)) {
    const BindingId variable = module.scopes.variable(function);
    if (method || variable != module.scopes.variable(definition) ||
        !is_only_write(module, variable)) {
      return name + " may be another function where the loop calls it";
    }
  } else if (!method || !tree.is(function, NodeKind::Attribute) ||
             !tree.is(tree.child(function, slot::Attribute::value), NodeKind::Name) ||
             tree[function].name != tree[definition].name ||
             dependence::may_be_replaced(module.program, module.id, definition)) {
    return name + " may be another function where the loop calls it";
  }
  return std::nullopt;
}

}  // namespace

bool is_own_local(const Module& module, NodeId definition, const Variables& variables,
                  BindingId variable) {
  const scope::Binding& binding = module.scopes[variable];
  return binding.scope == module.scopes.scope_of(definition) &&
         (binding.flags & scope::kParameter) == 0 &&
         std::find(variables.written.begin(), variables.written.end(), variable) !=
             variables.written.end();
}

Written<Helper> read_helper(Module& module, const plan::Plan& plan, const plan::RunUnit& unit) {
  const SyntaxTree& tree = module.tree;
  if (auto reason = cannot_split(module, plan, unit)) return Reason(*reason);
  const std::string name = "`" + module.text(tree[unit.helper].name) + "`";
  Helper helper{unit.helper, unit.helper_call, {}, {}, {}, {unit}, {}, {}, {}};
  if (unit.is_expression) {
    if (auto reason = not_always_evaluated(tree, unit.first, unit.helper)) return Reason(*reason);
  } else {
    return Reason("the costly part of " + name + " is more than one expression");
  }
  auto steps = project(tree, tree.items(unit.helper, slot::FunctionDef::statements),
                       {unit.helper_slice, {}}, helper.units);
  if (!steps) return Reason(steps.error());
  if (!holds_unit(*steps, 0)) return Reason("the costly part is not in " + name);
  helper.steps = up_to(*steps, 0);
  for (const NodeId each : unit.helper_slice) {
    bool strange = false;
    each_node(tree, each, [&](NodeId inner) {
      strange = strange || (tree.is(inner, NodeKind::Return) && inner != each);
    });
    for (NodeId up = each; tree.is(each, NodeKind::Return) && up != unit.helper;
         up = tree.parent(up)) {
      strange = strange || (up != each && tree.is_statement(up) && !tree.is(up, NodeKind::If));
    }
    if (strange && !tree.is(each, NodeKind::If))
      return Reason(name + " may return before its costly part");
  }
  std::vector<NodeId> moved = unit.helper_slice;
  moved.push_back(unit.first);
  if (auto reason = means_otherwise(module, moved, unit.helper, plan.node)) return Reason(*reason);
  helper.variables = variables_of(module, helper.steps, texts_of(tree, helper.units));
  std::erase_if(helper.variables.needed, [&](BindingId variable) {
    return is_own_local(module, unit.helper, helper.variables, variable);
  });

  // Parameters take their arguments as Python binds them.
  std::vector<NodeId> positional;
  std::map<Symbol, NodeId> keyword;
  const bool method = tree.is(tree.enclosing_definition(unit.helper), NodeKind::ClassDef);
  if (method)
    positional.push_back(
        tree.child(tree.child(unit.helper_call, slot::Call::function), slot::Attribute::value));
  for (const NodeId each : tree.items(unit.helper_call, slot::Call::arguments_list)) {
    if (tree.is(each, NodeKind::Starred))
      return Reason("the arguments of " + name + " are not all there to see");
    positional.push_back(each);
  }
  for (const NodeId each : tree.items(unit.helper_call, slot::Call::keywords)) {
    if (!tree[each].name) return Reason("the arguments of " + name + " are not all there to see");
    keyword[tree[each].name] = tree.child(each, slot::Keyword::value);
  }
  std::size_t next = 0;
  const NodeId parameters = tree.child(unit.helper, slot::FunctionDef::arguments);
  for (const NodeId each : tree.items(parameters, slot::Arguments::parameters)) {
    const auto kind = static_cast<ParameterKind>(tree[each].op);
    const BindingId variable = module.scopes.variable(each);
    if (kind == ParameterKind::VarPositional || kind == ParameterKind::VarKeyword) {
      if (std::find(helper.variables.needed.begin(), helper.variables.needed.end(), variable) !=
          helper.variables.needed.end()) {
        return Reason("the arguments of " + name + " are not all there to see");
      }
      continue;
    }
    NodeId value;
    bool is_default = false;
    if (kind != ParameterKind::KeywordOnly && next < positional.size()) {
      value = positional[next++];
    } else if (const auto found = keyword.find(tree[each].name); found != keyword.end()) {
      value = found->second;
    } else {
      value = tree.child(each, slot::Parameter::default_value);
      is_default = true;
    }
    if (!value) return Reason("the call of " + name + " lacks an argument");
    helper.values[variable] = value;
    helper.is_default[variable] = is_default;
  }
  const auto given = tree.items(parameters, slot::Arguments::parameters);
  const bool takes_any = std::any_of(given.begin(), given.end(), [&](NodeId each) {
    return static_cast<ParameterKind>(tree[each].op) == ParameterKind::VarPositional;
  });
  if (next < positional.size() && !takes_any)
    return Reason("the call of " + name + " has too many arguments");
  for (const BindingId variable : helper.variables.needed) {
    const auto found = helper.values.find(variable);
    if (found == helper.values.end()) continue;
    if (!helper.is_default[variable]) {
      helper.text.push_back(found->second);
    } else if (!tree.is(found->second, NodeKind::Constant)) {
      return Reason("the default of `" + module.name_of(variable) + "` is not a constant");
    }
  }
  auto [entry, inserted] = module.pending_parameters.try_emplace(unit.first);
  if (inserted) {
    const bool alone =
        std::count_if(plan.units.begin(), plan.units.end(), [&](const plan::RunUnit& other) {
          return other.helper == unit.helper && other.helper_call == unit.helper_call;
        }) == 1;
    const std::string noun = result_noun(module, unit);
    entry->second =
        alone ? module.names.shared({"pending", "future", "call"})
              : module.names.fresh({noun.empty() ? "pending" : "pending_" + noun, "pending"});
  }
  helper.parameter = entry->second;
  return helper;
}

namespace {

// Where one more item goes before the closing bracket `close`; what lies between is read from
// `from`.
struct Gap {
  std::uint32_t at;
  bool after_comma;
};

Gap before_bracket(std::string_view text, std::uint32_t from, std::uint32_t close) {
  Gap gap{from, false};
  for (std::uint32_t at = from; at < close; ++at) {
    if (text[at] == '#') {
      while (at + 1 < close && text[at + 1] != '\n' && text[at + 1] != '\r') ++at;
    } else if (std::string_view(" \t\f\r\n\\").find(text[at]) == std::string_view::npos) {
      gap = {at + 1, text[at] == ','};
    }
  }
  return gap;
}

}  // namespace

Edit hand_over(const Module& module, const Helper& helper, const std::string& pending) {
  const SyntaxTree& tree = module.tree;
  const std::uint32_t close = tree.span(helper.call).end - 1;
  std::uint32_t end = 0;
  for (const std::uint32_t part : {+slot::Call::arguments_list, +slot::Call::keywords}) {
    for (const NodeId each : tree.items(helper.call, part))
      end = std::max(end, tree.span(each).end);
  }
  const std::string argument = helper.parameter + "=" + pending;
  if (end == 0) return {{close, close}, argument, "site", {}};
  const Gap gap = before_bracket(tree.source().text(), end, close);
  return {{gap.at, gap.at}, (gap.after_comma ? " " : ", ") + argument, "site", {}};
}

Edit added_parameters(const Module& module, NodeId definition,
                      const std::vector<std::string>& names) {
  const SyntaxTree& tree = module.tree;
  const std::string_view text = tree.source().text();
  const NodeId arguments = tree.child(definition, slot::FunctionDef::arguments);
  const auto parameters = tree.items(arguments, slot::Arguments::parameters);
  bool keyword_only = false;
  NodeId rest;
  for (const NodeId each : parameters) {
    const auto kind = static_cast<ParameterKind>(tree[each].op);
    keyword_only =
        keyword_only || kind == ParameterKind::KeywordOnly || kind == ParameterKind::VarPositional;
    if (kind == ParameterKind::VarKeyword) rest = each;
  }
  std::string added = keyword_only ? "" : "*";
  for (const std::string& each : names) added += (added.empty() ? "" : ", ") + each + "=None";
  const std::uint32_t type_params_end =
      tree.span(tree.child(definition, slot::FunctionDef::type_params)).end;
  const auto open = static_cast<std::uint32_t>(
      text.find('(', std::max(tree[definition].name_span.end, type_params_end)));
  if (rest) {
    // The two stars are part of its span, or stand right before it.
    std::uint32_t at = tree.span(rest).begin;
    while (at > open && text[at] != '*') --at;
    while (at > open && text[at - 1] == '*') --at;
    return {{at, at}, added + ", ", "helper", {}};
  }
  if (parameters.empty()) return {{open + 1, open + 1}, added, "helper", {}};
  const Gap gap =
      before_bracket(text, tree.span(parameters.back()).end, matching_bracket(text, open));
  return {{gap.at, gap.at}, (gap.after_comma ? " " : ", ") + added, "helper", {}};
}

void edit_helper(Module& module, const plan::RunUnit& unit, const Helper& helper,
                 SiteDraft& draft) {
  // Another call of the function in the same loop has split it already.
  const std::pair split(helper.definition, unit.first);
  if (std::find(draft.helpers.begin(), draft.helpers.end(), split) != draft.helpers.end()) return;
  const SyntaxTree& tree = module.tree;
  const std::string_view text = tree.source().text();
  draft.parameters.emplace_back(helper.definition, helper.parameter);
  const Span span = tree.span(unit.first);
  const NodeId parent = tree.parent(unit.first);
  const NodeKind kind = tree.kind(parent);
  const bool alone = kind == NodeKind::Assign || kind == NodeKind::AnnAssign ||
                     kind == NodeKind::Return || kind == NodeKind::ExprStatement ||
                     kind == NodeKind::Keyword || kind == NodeKind::AugAssign;
  const bool bare = alone && argument_text(tree, unit.first).size() == span.size();
  const bool glued = span.begin > 0 && is_identifier_character(text[span.begin - 1]);
  const Layout& layout = module.layout;
  const std::uint32_t line = layout.line_of(span.begin);
  const std::string outcome = result_of(module, helper.parameter);
  const std::string choice = outcome + " if " + helper.parameter + " else ";
  const bool wide = tree.source().line(line).size() + choice.size() > layout.width() && bare &&
                    !glued && kind != NodeKind::Keyword && layout.line_of(span.end) == line;
  if (wide) {
    const std::string indent = "\n" + layout.emitted_indent(span.begin);
    const std::string deeper = indent + layout.unit();
    draft.edits.push_back(
        {{span.begin, span.begin},
         "(" + deeper + outcome + deeper + "if " + helper.parameter + deeper + "else ",
         "helper",
         {}});
    draft.edits.push_back({{span.end, span.end}, indent + ")", "helper", {}});
    draft.helpers.push_back(split);
    return;
  }
  draft.edits.push_back({{span.begin, span.begin},
                         std::string(bare ? (glued ? " " : "") : "(") + choice,
                         "helper",
                         {}});
  if (!bare) draft.edits.push_back({{span.end, span.end}, ")", "helper", {}});
  draft.helpers.push_back(split);
}

}  // namespace braid::rewrite
