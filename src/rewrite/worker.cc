#include "rewrite/worker.h"

#include <algorithm>
#include <map>

#include "rewrite/helper.h"
#include "rewrite/moving.h"
#include "rewrite/plain.h"
#include "rewrite/process.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

constexpr std::size_t kLongestSubstitute = 60;
constexpr std::size_t kLongestArguments = 90;

bool contains(const std::vector<BindingId>& all, BindingId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// The simple assignments that come before a unit: which text stands for which variable.
using Values = std::map<BindingId, NodeId>;

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

// Writes an expression with the values in the place of their names.
class Substituter {
 public:
  Substituter(const Module& module, const Values& values)
      : module_(module), tree_(module.tree), values_(values) {}

  // `whole`: the text stands alone as an argument.
  std::optional<std::string> expand(NodeId expression, bool whole) {
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

 private:
  std::optional<std::string> value(NodeId node, bool whole) {
    // Twice the text would be twice the work; twice the name is nothing.
    const bool cheap = tree_.is(node, NodeKind::Name) || tree_.is(node, NodeKind::Constant);
    if (!cheap && ++uses_[node] > 1) return std::nullopt;
    const std::string_view text = tree_.text(node);
    if (text.size() > kLongestSubstitute || text.find_first_of("\r\n") != std::string_view::npos)
      return std::nullopt;
    return expand(node, whole);
  }

  bool in_string(NodeId node, NodeId root) const {
    for (NodeId at = node; at != root; at = tree_.parent(at)) {
      if (tree_.is(at, NodeKind::JoinedString)) return true;
    }
    return tree_.is(root, NodeKind::JoinedString);
  }

  static bool is_plain(const std::string& text) {
    return text.find_first_of("'\"\\{}!:=") == std::string::npos;
  }

  const Module& module_;
  const SyntaxTree& tree_;
  const Values& values_;
  std::map<NodeId, int> uses_;
};

class WorkerMaker {
 public:
  WorkerMaker(const Scene& scene, const Steps& steps, std::size_t index)
      : scene_(scene),
        module_(scene.module),
        tree_(scene.module.tree),
        steps_(steps),
        index_(index),
        unit_(scene.units[index]) {}

  Written<Worker> make() {
    const std::vector<NodeId> text = statements_of(tree_, unit_);
    if (auto reason = cannot_move(module_, text, scene_.region, false)) return Reason(*reason);
    variables_ = variables_of(tree_, module_.scopes, steps_, texts_of(tree_, scene_.units));
    for (const BindingId variable : variables_.needed) {
      if (is_known(variable)) continue;
      const bool also_written = contains(variables_.written, variable);
      const bool moves =
          is_written_in(module_, variable, scene_.region) ||
          (scene_.helper && is_written_in(module_, variable, scene_.helper->definition));
      if (also_written || moves) {
        return Reason("`" + module_.name_of(variable) + "` changes while the loop runs");
      }
    }
    const Variables unit_variables = variables_of(tree_, module_.scopes, text);
    for (const BindingId result : unit_.results) {
      if (!unit_variables.bound.contains(result)) {
        return Reason("`" + module_.name_of(result) + "` may not be bound by the costly part");
      }
    }
    if (unit_.is_expression && scene_.pattern.empty()) {
      if (auto worker = direct()) return *worker;
    }
    return function();
  }

 private:
  bool is_known(BindingId variable) const {
    return contains(scene_.items, variable) || contains(scene_.ahead, variable);
  }

  // A call whose function and arguments can be evaluated ahead as they stand.
  std::optional<Worker> direct() {
    if (!tree_.is(unit_.first, NodeKind::Call)) return std::nullopt;
    auto values = simple_values(module_, steps_);
    if (!values) return std::nullopt;
    bool may_raise = false;
    if (scene_.helper && !add_arguments(*values, may_raise)) return std::nullopt;
    Substituter substituter(module_, *values);
    const NodeId function = tree_.child(unit_.first, slot::Call::function);
    if (!is_passable_function(function, *values)) return std::nullopt;
    auto text = substituter.expand(function, true);
    if (!text) return std::nullopt;
    std::vector<NodeId> arguments;
    for (const NodeId each : tree_.items(unit_.first, slot::Call::arguments_list))
      arguments.push_back(each);
    for (const NodeId each : tree_.items(unit_.first, slot::Call::keywords))
      arguments.push_back(each);
    std::sort(arguments.begin(), arguments.end(),
              [&](NodeId a, NodeId b) { return tree_.span(a).begin < tree_.span(b).begin; });
    Worker worker;
    worker.arguments = *text;
    worker.may_raise = may_raise;
    for (const NodeId each : arguments) {
      NodeId value = each;
      std::string prefix;
      if (tree_.is(each, NodeKind::Keyword)) {
        if (!tree_[each].name) return std::nullopt;
        prefix = module_.text(tree_[each].name) + "=";
        value = tree_.child(each, slot::Keyword::value);
      }
      if (!is_passable(value, *values, 0)) return std::nullopt;
      auto expanded = substituter.expand(value, true);
      if (!expanded) return std::nullopt;
      worker.arguments += ", " + prefix + *expanded;
    }
    const bool long_or_tall = worker.arguments.size() > kLongestArguments ||
                              worker.arguments.find('\n') != std::string::npos;
    const bool substituted =
        !values->empty() || worker.arguments.size() > tree_.text(unit_.first).size();
    if (long_or_tall && (substituted || worker.arguments.find('\n') != std::string::npos))
      return std::nullopt;
    for (const BindingId variable : variables_.needed) {
      if (is_known(variable)) continue;
      if (scene_.process && is_given(variable)) {
        if (!is_small(variable)) return std::nullopt;  // too large to be sent with every call
        continue;
      }
      if (module_.is_global(variable)) worker.worker_globals.push_back(variable);
    }
    if (scene_.process && !is_importable(function)) return std::nullopt;
    return worker;
  }

  // The parameters' values, and what the loop's slice makes them of. False: they cannot be written
  // so.
  bool add_arguments(Values& values, bool& may_raise) {
    const auto outer = simple_values(module_, *scene_.caller_steps);
    if (!outer) return false;
    for (const BindingId variable : variables_.needed) {
      const auto found = scene_.helper->values.find(variable);
      if (found == scene_.helper->values.end()) continue;
      if (!values.emplace(variable, found->second).second) return false;  // the slice binds it anew
      if (is_deferred(tree_, found->second)) return false;
      may_raise = may_raise || !is_passable(found->second, *outer, 0);
    }
    for (const auto& [variable, value] : *outer) values.emplace(variable, value);
    return true;
  }

  // Evaluating it ahead can neither fail nor be seen.
  bool is_passable_function(NodeId function, const Values& values) {
    const NodeId root = dotted_root(tree_, function);
    if (!root) return false;
    const BindingId variable = module_.scopes.variable(root);
    if (values.contains(variable)) return root == function && !scene_.process;
    if (!is_bound_ahead(variable)) return false;
    if (root == function) return true;
    return is_import(variable);
  }

  // Worker processes find the function by its name.
  bool is_importable(NodeId function) const {
    const BindingId variable = module_.scopes.variable(dotted_root(tree_, function));
    constexpr std::uint16_t kImportable = scope::kImported | scope::kDefinition;
    return module_.is_global(variable) && !is_known(variable) &&
           ((module_.scopes[variable].flags & kImportable) != 0 ||
            is_builtin(module_.name_of(variable)));
  }

  bool is_import(BindingId variable) const {
    const std::uint16_t flags = module_.scopes[variable].flags;
    return (flags & scope::kImported) != 0 && !is_known(variable);
  }

  bool is_bound_ahead(BindingId variable) const {
    if (scene_.caller &&
        (contains(scene_.caller->items, variable) || contains(scene_.caller->ahead, variable)))
      return true;
    return is_known(variable) || is_surely_bound(module_, variable, scene_.plan.node);
  }

  bool is_passable(NodeId node, const Values& values, int depth) {
    if (is_deferred(tree_, node)) return false;
    switch (tree_.kind(node)) {
      case NodeKind::Constant:
        return true;
      case NodeKind::Name: {
        const BindingId variable = module_.scopes.variable(node);
        const auto found = values.find(variable);
        if (found == values.end()) return is_bound_ahead(variable);
        // Arguments are judged as they are taken up.
        if (scene_.helper && scene_.helper->values.contains(variable)) return true;
        // The slice does not raise: that is the planner's word. It is evaluated in split anyway.
        return !scene_.plan.slice_may_raise && is_quiet(found->second);
      }
      case NodeKind::Attribute: {
        const NodeId root = dotted_root(tree_, node);
        return root && is_import(module_.scopes.variable(root)) &&
               is_bound_ahead(module_.scopes.variable(root));
      }
      case NodeKind::UnaryOp:
        return plain_type(module_, tree_.child(node, slot::UnaryOp::operand), values) ==
                   Plain::integer &&
               tree_.op(node) == syntax::Operator::USub;
      case NodeKind::Tuple:
      case NodeKind::ListLiteral:
        return std::all_of(tree_.items(node, 0).begin(), tree_.items(node, 0).end(),
                           [&](NodeId item) { return is_passable(item, values, depth + 1); });
      case NodeKind::Dict:
        for (const NodeId key : tree_.items(node, slot::Dict::keys)) {
          if (!tree_.is(key, NodeKind::Constant)) return false;
        }
        return std::all_of(tree_.items(node, slot::Dict::values).begin(),
                           tree_.items(node, slot::Dict::values).end(),
                           [&](NodeId item) { return is_passable(item, values, depth + 1); });
      case NodeKind::JoinedString:
      case NodeKind::BinOp: {
        if (plain_type(module_, node, values) == Plain::unknown) return false;
        bool passable = true;
        each_node(tree_, node, [&](NodeId inner) {
          if (!tree_.is(inner, NodeKind::Name) || !passable) return;
          const NodeId parent = tree_.parent(tree_.parent(inner));
          const bool called =
              tree_.is(parent, NodeKind::Call) || tree_.is(tree_.parent(inner), NodeKind::Call);
          passable = called || is_passable(inner, values, depth + 1);
        });
        return passable;
      }
      default:
        return false;
    }
  }

  // Holds nothing that is evaluated later or binds a name.
  bool is_quiet(NodeId value) const {
    bool quiet = !is_deferred(tree_, value);
    each_node(tree_, value, [&](NodeId inner) {
      const NodeKind kind = tree_.kind(inner);
      quiet = quiet && kind != NodeKind::NamedExpr && kind != NodeKind::Await &&
              kind != NodeKind::Yield && kind != NodeKind::YieldFrom &&
              kind != NodeKind::ListComp && kind != NodeKind::SetComp && kind != NodeKind::DictComp;
      if (tree_.is(inner, NodeKind::Name) && tree_.parent(inner)) {
        // A value of the slice may name another variable of the slice.
        const BindingId variable = module_.scopes.variable(inner);
        quiet = quiet && (contains(variables_.written, variable) || is_bound_ahead(variable) ||
                          (scene_.helper && scene_.helper->values.contains(variable)));
      }
    });
    return quiet;
  }

  Written<Worker> function() {
    std::vector<NodeId> roots;
    gather(steps_, roots);
    if (auto reason = cannot_move(module_, roots, scene_.region, true)) return Reason(*reason);
    if (unit_.is_expression && holds_walrus(unit_.first)) {
      return Reason("the costly call binds a name inside its expression");
    }
    Worker worker;
    const bool mangled = is_mangled(module_, roots);
    std::vector<std::string> parameters;
    std::vector<std::string> arguments;
    const auto add = [&](const std::string& name) {
      if (std::find(parameters.begin(), parameters.end(), name) == parameters.end()) {
        parameters.push_back(name);
        arguments.push_back(name);
      }
    };
    bool unpacks = false;
    for (const BindingId variable : variables_.needed) {
      if (contains(scene_.items, variable)) {
        if (!scene_.pattern.empty()) {
          unpacks = true;
          add(scene_.packed);
        } else {
          add(module_.name_of(variable));
        }
      } else if (contains(scene_.ahead, variable)) {
        add(module_.name_of(variable));
      } else if (is_out_of_sight(variable)) {
        return Reason("`" + module_.name_of(variable) + "` cannot be seen from the loop");
      } else if (!module_.is_global(variable) && !is_bound_ahead(variable)) {
        return Reason("`" + module_.name_of(variable) + "` may not be bound when the loop begins");
      } else if (scene_.process && is_given(variable)) {
        if (is_small(variable)) {
          add(module_.name_of(variable));
        } else {
          worker.shared.push_back(variable);
        }
      } else if (!module_.is_global(variable)) {
        worker.nested = true;
      } else {
        worker.worker_globals.push_back(variable);
      }
    }
    worker.nested = worker.nested || mangled;
    if (worker.nested && scene_.process)
      return Reason("a worker process cannot see names that a class keeps to itself");
    const std::string name = module_.names.fresh(name_wishes());
    const std::uint32_t origin = module_.layout.line_of(span_of(tree_, unit_).begin);
    std::string list;
    for (const std::string& parameter : parameters) list += (list.empty() ? "" : ", ") + parameter;
    worker.definition.push_back({"def " + name + "(" + list + "):", origin});
    const std::string& indent = module_.layout.unit();
    if (unpacks)
      worker.definition.push_back({indent + scene_.pattern + " = " + scene_.packed, origin});
    append(worker.definition, render(scene_, steps_, indent, {}));
    worker.arguments = name;
    if (scene_.helper) {
      if (auto reason = pass_arguments(worker, arguments)) return Reason(*reason);
    }
    for (const std::string& argument : arguments) worker.arguments += ", " + argument;
    return worker;
  }

  // A local of a function that is not around the loop.
  bool is_out_of_sight(BindingId variable) const {
    if (module_.is_global(variable)) return false;
    const NodeId home = module_.scopes[module_.scopes[variable].scope].node;
    return !is_inside(tree_, scene_.plan.node, home);
  }

  // What the helper's parameters stand for, in the place of their names.
  std::optional<std::string> pass_arguments(Worker& worker, std::vector<std::string>& arguments) {
    const auto outer = simple_values(module_, *scene_.caller_steps);
    const Values none;
    Substituter substituter(module_, outer ? *outer : none);
    worker.may_raise = !outer;
    arguments.clear();
    for (const BindingId variable : variables_.needed) {
      const auto found = scene_.helper->values.find(variable);
      if (found == scene_.helper->values.end()) {
        if (scene_.process && is_given(variable) && is_small(variable))
          arguments.push_back(module_.name_of(variable));
        continue;
      }
      if (is_deferred(tree_, found->second)) return "an argument of the call is evaluated later";
      auto text = substituter.expand(found->second, true);
      worker.may_raise =
          worker.may_raise || !text || !is_passable(found->second, outer ? *outer : none, 0);
      arguments.push_back(text.value_or(argument_text(tree_, found->second)));
    }
    return std::nullopt;
  }

  // Worker processes get its value; the others they find by name.
  bool is_given(BindingId variable) const {
    return !module_.is_global(variable) || !is_same_everywhere(module_, variable);
  }

  // A number or a short text, or a local whose name means something else to the workers: an
  // argument of each call.
  bool is_small(BindingId variable) const {
    if (!module_.is_global(variable)) {
      const BindingId global =
          module_.scopes.find(module_.scopes.module_scope(), module_.scopes[variable].name);
      if (global) return true;
    }
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == Access::Read) return plain_type(module_, each.node, {}) != Plain::unknown;
    }
    return false;
  }

  void gather(const Steps& steps, std::vector<NodeId>& roots) const {
    for (const Step& step : steps) {
      switch (step.kind) {
        case StepKind::Whole:
          roots.push_back(step.node);
          break;
        case StepKind::If:
          roots.push_back(tree_.child(step.node, slot::If::test));
          break;
        case StepKind::With:
          roots.push_back(tree_.child(step.node, slot::With::items));
          break;
        case StepKind::Unit:
          for (const NodeId each : statements_of(tree_, unit_)) roots.push_back(each);
          break;
      }
      for (const Steps& block : step.blocks) gather(block, roots);
    }
  }

  bool holds_walrus(NodeId expression) const {
    bool found = false;
    each_node(tree_, expression,
              [&](NodeId inner) { found = found || tree_.is(inner, NodeKind::NamedExpr); });
    return found;
  }

  // The last name of the call that gives the worker its verb.
  std::string callee() const {
    std::string first;
    std::string known;
    for (const NodeId root : statements_of(tree_, unit_)) {
      each_node(tree_, root, [&](NodeId node) {
        if (!tree_.is(node, NodeKind::Call)) return;
        const NodeId function = tree_.child(node, slot::Call::function);
        std::string name;
        if (tree_.is(function, NodeKind::Name)) name = std::string(tree_.text(function));
        if (tree_.is(function, NodeKind::Attribute)) name = module_.text(tree_[function].name);
        if (name.empty()) return;
        if (first.empty() && !is_builtin(name)) first = name;
        if (known.empty() && verb_for(name) != name.substr(0, name.find('_'))) known = name;
      });
    }
    return unit_.is_expression ? first : known;
  }

  std::vector<std::string> name_wishes() const {
    const std::string verb =
        callee().empty() ? (unit_.is_expression ? "compute" : "process") : verb_for(callee());
    std::vector<std::string> wishes;
    const auto wish = [&](const std::string& noun) {
      if (!noun.empty() && noun != verb) wishes.push_back(verb + "_" + noun);
    };
    wish(scene_.noun);
    wish(result_noun(module_, unit_));
    wishes.push_back(verb + "_item");
    wishes.push_back(verb + "_one");
    return wishes;
  }

  const Scene& scene_;
  Module& module_;
  const SyntaxTree& tree_;
  const Steps& steps_;
  std::size_t index_;
  const plan::RunUnit& unit_;
  Variables variables_;
};

}  // namespace

Written<Worker> make_worker(const Scene& scene, const Steps& steps, std::size_t unit) {
  return WorkerMaker(scene, steps, unit).make();
}

Written<Worker> make_helper_worker(const Scene& scene, const Steps& steps, const Helper& helper) {
  std::vector<BindingId> parameters;
  for (const auto& [variable, value] : helper.values) parameters.push_back(variable);
  const Scene inside{scene.module, scene.plan, helper.units, scene.region, std::move(parameters),
                     {},           "",         "",           scene.noun,   scene.process,
                     &scene,       &helper,    &steps};
  return WorkerMaker(inside, helper.steps, 0).make();
}

std::string result_noun(const Module& module, const plan::RunUnit& unit) {
  const SyntaxTree& tree = module.tree;
  if (!unit.is_expression) return unit.results.empty() ? "" : module.name_of(unit.results.back());
  const NodeId statement = tree.statement_of(unit.first);
  if (!tree.is(statement, NodeKind::Assign)) return "";
  const NodeId target = tree.items(statement, slot::Assign::targets)[0];
  return tree.is(target, NodeKind::Name) ? std::string(tree.text(target)) : "";
}

}  // namespace braid::rewrite
