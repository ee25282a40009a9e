#include "rewrite/worker.h"

#include <algorithm>

#include "rewrite/helper.h"
#include "rewrite/moving.h"
#include "rewrite/passable.h"
#include "rewrite/plain.h"
#include "rewrite/portable.h"
#include "rewrite/printers.h"
#include "rewrite/process.h"
#include "rewrite/sendable.h"
#include "rewrite/statements.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

constexpr std::size_t kLongestArguments = 90;

bool contains(const std::vector<BindingId>& all, BindingId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class WorkerMaker {
 public:
  WorkerMaker(const Scene& scene, const Steps& steps, std::size_t index)
      : scene_(scene),
        module_(scene.module),
        tree_(scene.module.tree),
        steps_(steps),
        index_(index),
        unit_(scene.units[index]),
        passable_(scene, variables_.written) {}

  Written<Worker> make() {
    const std::vector<NodeId> text = statements_of(tree_, unit_);
    if (auto reason = cannot_move(module_, text, scene_.region, false)) return Reason(*reason);
    find_variables();
    if (scene_.helper) {
      std::erase_if(variables_.needed, [&](BindingId variable) {
        return is_own_local(module_, scene_.helper->definition, variables_, variable);
      });
    }
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
    if (auto reason = cannot_run_as_one(module_, unit_)) return Reason(*reason);
    for (const BindingId each : gathered_by(unit_)) {
      if (!is_surely_bound(module_, each, scene_.plan.node))
        return Reason("`" + module_.name_of(each) + "` may not be bound when the loop begins");
    }
    if (scene_.process) {
      if (auto reason = cannot_come_back(module_, unit_)) return Reason(*reason);
    }
    std::optional<Worker> worker;
    if (unit_.is_expression && scene_.pattern.empty() && (!unit_.keeps_part || is_one_printer()))
      worker = direct();
    if (worker && unit_.keeps_part) {
      if (auto reason = keep_by_file(*worker)) return Reason(*reason);
    }
    if (!worker) {
      auto made = function();
      if (!made) return made;
      worker = std::move(*made);
    }
    for (const NodeId statement : scene_.local.moved) {
      const std::vector<NodeId> moved{statement};
      for (const BindingId read : variables_of(module_, moved).needed) {
        if (module_.is_global(read)) worker->worker_globals.push_back(read);
      }
    }
    return std::move(*worker);
  }

 private:
  bool is_known(BindingId variable) const {
    return contains(scene_.items, variable) || contains(scene_.ahead, variable);
  }

  // What the text needs; worker processes repeat the definitions that they cannot find.
  void find_variables() {
    const Texts texts = texts_of(tree_, scene_.units);
    std::set<NodeId> repeated;
    for (bool grown = true; grown;) {
      grown = false;
      variables_ = variables_of(module_, steps_, texts, gathered_by(unit_));
      if (!scene_.process) return;
      for (const NodeId statement : scene_.local.copied) {
        if (repeated.contains(statement)) continue;
        const bool needed = std::any_of(
            variables_.needed.begin(), variables_.needed.end(), [&](BindingId variable) {
              return scene_.local.copied_names.contains(variable) && binds(statement, variable);
            });
        if (!needed) continue;
        grown = true;
        repeated.insert(statement);
        const auto place = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) {
          return step.node.value > statement.value;
        });
        steps_.insert(place, {StepKind::Whole, statement, false, {}, {}});
        break;
      }
    }
  }

  bool binds(NodeId statement, BindingId variable) const {
    const auto occurrences = module_.scopes.occurrences(variable);
    return std::any_of(occurrences.begin(), occurrences.end(), [&](const scope::Occurrence& each) {
      return each.access != Access::Read && is_inside(tree_, each.node, statement);
    });
  }

  // All that it prints is printed by the function that it calls.
  bool is_one_printer() const {
    return unit_.prints.empty() && unit_.printer_calls.size() == 1 &&
           unit_.printer_calls[0] == unit_.first;
  }

  std::optional<std::string> keep_by_file(Worker& worker) {
    Rendering rendering;
    if (auto reason = name_parts(rendering)) return reason;
    worker.keeps_part = worker.kept_by_file = true;
    worker.call.insert(worker.call.begin(), keeper_name(module_, !rendering.portable.empty()));
    return std::nullopt;
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
    if (!passable_.as_function(function, *values)) return std::nullopt;
    auto text = substituter.expand(function, true);
    if (!text || holds_snapshot(function)) return std::nullopt;
    std::vector<NodeId> arguments;
    for (const NodeId each : tree_.items(unit_.first, slot::Call::arguments_list))
      arguments.push_back(each);
    for (const NodeId each : tree_.items(unit_.first, slot::Call::keywords))
      arguments.push_back(each);
    std::sort(arguments.begin(), arguments.end(),
              [&](NodeId a, NodeId b) { return tree_.span(a).begin < tree_.span(b).begin; });
    Worker worker;
    worker.call = {*text};
    worker.may_raise = may_raise;
    for (const NodeId each : arguments) {
      NodeId value = each;
      std::string prefix;
      if (tree_.is(each, NodeKind::Keyword)) {
        if (!tree_[each].name) return std::nullopt;
        prefix = module_.text(tree_[each].name) + "=";
        value = tree_.child(each, slot::Keyword::value);
      }
      if (tree_.is(value, NodeKind::Name) && is_snapshot(module_.scopes.variable(value))) {
        worker.call.push_back(prefix + std::string(tree_.text(value)) + ".copy()");
        continue;
      }
      if (!passable_.as_argument(value, *values) || holds_snapshot(value)) return std::nullopt;
      if (scene_.process && cannot_be_sent(module_, value)) return std::nullopt;
      auto expanded = substituter.expand(value, true);
      if (!expanded) return std::nullopt;
      worker.call.push_back(prefix + *expanded);
    }
    const bool substituted = !values->empty() || worker.size() > tree_.text(unit_.first).size();
    if (worker.is_tall() || (substituted && worker.size() > kLongestArguments)) return std::nullopt;
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

  // Each call gets a copy of it.
  bool is_snapshot(BindingId variable) const { return contains(scene_.plan.snapshots, variable); }
  bool holds_snapshot(NodeId expression) const {
    bool found = false;
    each_node(tree_, expression, [&](NodeId node) {
      const bool is_name = tree_.is(node, NodeKind::Name);
      found = found || (is_name && is_snapshot(module_.scopes.variable(node)));
    });
    return found;
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
      may_raise = may_raise || !passable_.as_argument(found->second, *outer);
    }
    for (const auto& [variable, value] : *outer) values.emplace(variable, value);
    return true;
  }

  // Worker processes find the function by its name.
  bool is_importable(NodeId function) const {
    const BindingId variable = module_.scopes.variable(dotted_root(tree_, function));
    constexpr std::uint16_t kImportable = scope::kImported | scope::kDefinition;
    if (scene_.local.is_moved(variable)) return true;
    return module_.is_global(variable) && !is_known(variable) &&
           is_found_by_name(module_, function) &&
           ((module_.scopes[variable].flags & kImportable) != 0 ||
            is_builtin(module_.name_of(variable)));
  }

  Written<Worker> function() {
    std::vector<NodeId> roots;
    gather(steps_, roots);
    // Where the helper returns early, the worker does, with nothing.
    if (scene_.helper)
      std::erase_if(roots, [&](NodeId root) { return tree_.is(root, NodeKind::Return); });
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
      if (scene_.process && is_defined_unseen(variable)) {
        return Reason("`" + module_.name_of(variable) +
                      "` is defined where worker processes do not see it");
      }
      if (scene_.process && (is_known(variable) || is_given(variable))) {
        if (auto reason = cannot_be_sent(module_, variable)) return Reason(*reason);
      }
      if (scene_.local.is_moved(variable)) continue;
      if (contains(scene_.items, variable)) {
        if (!scene_.pattern.empty()) {
          unpacks = true;
          add(scene_.packed);
        } else {
          add(module_.name_of(variable));
        }
      } else if (contains(scene_.ahead, variable)) {
        add(module_.name_of(variable));
        if (contains(scene_.plan.snapshots, variable)) arguments.back() += ".copy()";
      } else if (is_of_comprehension_around(variable)) {
        add(module_.name_of(variable));
      } else if (is_out_of_sight(variable)) {
        return Reason("`" + module_.name_of(variable) + "` cannot be seen from the loop");
      } else if (!module_.is_global(variable) && !passable_.is_bound_ahead(variable)) {
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
    const std::string name = module_.names.fresh(worker_name_wishes(module_, unit_, scene_.noun));
    const std::uint32_t origin = module_.layout.line_of(span_of(tree_, unit_).begin);
    std::string list;
    for (const std::string& parameter : parameters) list += (list.empty() ? "" : ", ") + parameter;
    worker.definition.push_back({"def " + name + "(" + list + "):", origin});
    const std::string& indent = module_.layout.unit();
    if (unpacks)
      worker.definition.push_back({indent + scene_.pattern + " = " + scene_.packed, origin});
    Rendering rendering;
    if (auto reason = find_uncertain(rendering, worker)) return Reason(*reason);
    worker.bound = rendering.bound;
    if (auto reason = name_parts(rendering)) return Reason(*reason);
    worker.keeps_part = unit_.keeps_part;
    append(worker.definition, render(scene_, steps_, indent, rendering));
    worker.call = {name};
    if (scene_.helper) {
      if (auto reason = pass_arguments(worker, arguments)) return Reason(*reason);
    }
    worker.call.insert(worker.call.end(), arguments.begin(), arguments.end());
    return worker;
  }

  // What a unit that keeps what it had gathered writes besides.
  std::optional<std::string> name_parts(Rendering& rendering) {
    if (!unit_.keeps_part) return std::nullopt;
    if (!rendering.bound.empty()) return "the costly part may leave unbound what the loop reads";
    rendering.printed = printed_name(module_);
    rendering.result = module_.names.shared({"result", "value"});
    rendering.error = module_.names.shared({"error", "failure"});
    for (const std::string_view name : {"print", "BaseException"}) {
      if (module_.names.is_rebound(std::string(name)))
        return "the file has its own `" + std::string(name) + "`";
    }
    if (scene_.process && may_raise_unpicklable(module_))
      rendering.portable = portable_error_name(module_);
    if (!prints(unit_)) return std::nullopt;
    for (const std::vector<NodeId>& places : {scene_.local.copied, scene_.local.moved}) {
      if (std::any_of(places.begin(), places.end(), [&](NodeId each) { return is_told(each); }))
        return "a function inside another, which worker processes get as a copy, prints";
    }
    const auto buffer = module_.imports.spell(kStringIO);
    if (!buffer) return "the file has another `StringIO`, or a local file hides the library's";
    rendering.buffer = *buffer;
    return cannot_tell(module_, unit_);
  }

  // It would be told where to print.
  bool is_told(NodeId statement) const {
    return std::any_of(unit_.printers.begin(), unit_.printers.end(), [&](const auto& printer) {
      return is_inside(tree_, printer.definition, statement);
    });
  }

  // Results that the text may leave unbound come back by name.
  std::optional<std::string> find_uncertain(Rendering& rendering, Worker& worker) {
    const bool shares_line = !module_.layout.starts_line(span_of(tree_, unit_).begin);
    if (!unit_.is_expression && !unit_.gathers.empty() && shares_line)
      return "the costly part shares its line with another statement";
    const Variables at_unit = variables_of(module_, path_to(steps_, index_),
                                           texts_of(tree_, scene_.units), gathered_by(unit_));
    for (const BindingId result : unit_.results) {
      if (at_unit.bound.contains(result)) continue;
      if (!contains(variables_.written, result))
        return "the costly part does not bind `" + module_.name_of(result) + "`";
      if (module_.names.is_rebound("locals")) return "the file has its own `locals`";
      if (shares_line) return "the costly part shares its line with another statement";
      worker.unsure.insert(result);
      if (rendering.bound.empty()) rendering.bound = module_.names.fresh({"bound", "outcome"});
    }
    return std::nullopt;
  }

  // The loop stands in a comprehension that binds it: there the calls are made, but not the
  // function.
  bool is_of_comprehension_around(BindingId variable) const {
    const scope::Scope& home = module_.scopes[module_.scopes[variable].scope];
    return !scene_.helper && home.kind == scope::ScopeKind::Comprehension &&
           home.node != scene_.plan.node && is_inside(tree_, scene_.plan.node, home.node);
  }

  // A local of a function that is not around the statement with the loop: of another one, or of a
  // lambda or comprehension in that statement.
  bool is_out_of_sight(BindingId variable) const {
    if (module_.is_global(variable)) return false;
    const NodeId home = module_.scopes[module_.scopes[variable].scope].node;
    return !tree_.is_statement(home) || !is_inside(tree_, scene_.plan.node, home);
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
          worker.may_raise || !text || !passable_.as_argument(found->second, outer ? *outer : none);
      arguments.push_back(text.value_or(argument_text(tree_, found->second)));
    }
    return std::nullopt;
  }

  // Worker processes get its value; the others they find by name.
  bool is_given(BindingId variable) const {
    if (scene_.local.is_moved(variable)) return false;
    return !module_.is_global(variable) || !is_same_everywhere(module_, variable);
  }

  // A function, class or import of the file that its workers, who import it, do not run into.
  bool is_defined_unseen(BindingId variable) const {
    constexpr std::uint16_t kDefines = scope::kImported | scope::kDefinition;
    return module_.is_global(variable) && (module_.scopes[variable].flags & kDefines) != 0 &&
           !is_same_everywhere(module_, variable);
  }

  // A number or a short text, or a local whose name means something else to the workers: an
  // argument of each call.
  bool is_small(BindingId variable) const {
    if (!module_.is_global(variable)) {
      const Symbol name = module_.scopes[variable].name;
      if (is_builtin(module_.text(name)) ||
          module_.scopes.find(module_.scopes.module_scope(), name))
        return true;
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

  const Scene& scene_;
  Module& module_;
  const SyntaxTree& tree_;
  Steps steps_;
  std::size_t index_;
  const plan::RunUnit& unit_;
  Variables variables_;
  Passable passable_;
};

}  // namespace

std::size_t Worker::size() const {
  std::size_t total = 0;
  for (const std::string& each : call) total += each.size() + (total == 0 ? 0 : 2);
  return total;
}

bool Worker::is_tall() const {
  return std::any_of(call.begin(), call.end(),
                     [](const std::string& each) { return each.find('\n') != std::string::npos; });
}

Written<Worker> make_worker(const Scene& scene, const Steps& steps, std::size_t unit) {
  return WorkerMaker(scene, steps, unit).make();
}

Written<Worker> make_helper_worker(const Scene& scene, const Steps& steps, const Helper& helper) {
  std::vector<BindingId> parameters;
  for (const auto& [variable, value] : helper.values) parameters.push_back(variable);
  const Scene inside{scene.module, scene.plan, helper.units, scene.region, std::move(parameters),
                     {},           "",         "",           scene.noun,   scene.process,
                     scene.local,  &scene,     &helper,      &steps};
  return WorkerMaker(inside, helper.steps, 0).make();
}

}  // namespace braid::rewrite
