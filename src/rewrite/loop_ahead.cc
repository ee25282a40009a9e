// A loop whose calls depend on earlier iterations too, on its own rebound item, or on a pause: a
// generator runs through the slice and submits the calls ahead of the loop.
#include <algorithm>

#include "rewrite/loop_writer.h"
#include "rewrite/moving.h"

namespace braid::rewrite {

namespace {

bool contains(const std::vector<BindingId>& all, BindingId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool exits(const SyntaxTree& tree, const Step& step) {
  bool found = false;
  each_node(tree, step.node, [&](NodeId inner) {
    found = found || tree.is(inner, NodeKind::Continue) || tree.is(inner, NodeKind::Break);
  });
  return step.kind == StepKind::Whole && found;
}

}  // namespace

std::optional<std::string> LoopWriter::write_generator() {
  if (!pool_.delayed.empty())
    return "joblib gets all calls before the loop begins, and here they depend on it";
  if (!plan_.moved.empty() && module_.names.is_rebound("all")) return "the file has its own `all`";
  std::vector<BindingId> ahead = slice_bound_;
  ahead.insert(ahead.end(), carried_.begin(), carried_.end());
  const Scene view = scene(ahead);
  Rendering rendering;
  rendering.pending = pending_;
  rendering.recorded = recorded_;
  bool nested = sees_locals_;
  bool may_raise = plan_.slice_may_raise || takes_apart();
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    const Steps only{{StepKind::Unit, places_[i].first, false, {i}, {}}};
    const Variables read = variables_of(module_, only, texts_);
    for (const BindingId variable : read.needed) {
      if (contains(plan_.copied, variable) && !contains(plan_.snapshots, variable))
        return "the costly part reads `" + module_.name_of(variable) + "`, which the loop changes";
    }
    auto worker = worker_of(view, only, i);
    if (!worker) return worker.error();
    bound_[i] = worker->bound;
    unsure_[i] = worker->unsure;
    may_raise = may_raise || worker->may_raise;
    nested = nested || worker->nested;
    workers.push_back(std::move(*worker));
  }
  for (const BindingId variable : carried_) {
    if (!is_surely_bound(module_, variable, loop_))
      return "`" + module_.name_of(variable) + "` may not be bound when the loop begins";
  }
  if (auto reason = prepare_workers(module_, plan_, workers, pool_, draft_)) return reason;
  for (const Worker& worker : workers)
    rendering.submissions.push_back(pool_.submission(module_, worker));
  std::vector<NodeId> kept = plan_.slice;
  kept.insert(kept.end(), plan_.moved.begin(), plan_.moved.end());
  if (auto reason = cannot_move(module_, kept, loop_, true)) return reason;
  nested = nested || is_mangled(module_, kept);
  for (Worker& worker : workers)
    define(std::move(worker.definition), nested && !draft_.uses_processes);
  if (nested) rendering.surroundings = module_.layout.emitted_indent(tree_.span(loop_).begin);
  const std::string noun = header_.noun.empty() ? "item" : header_.noun;
  const std::string name = module_.names.fresh({"submit_" + plural(noun), "submit_calls"});
  define(generator(name, view, rendering, may_raise), nested);
  std::vector<Form> arguments{words(pool_.name), words(header_.iterable)};
  for (const BindingId variable : carried_) arguments.push_back(words(module_.name_of(variable)));
  draft_.eager = !plan_.moved.empty();
  take_from_look_ahead(call(name, std::move(arguments)));
  return std::nullopt;
}

Lines LoopWriter::generator(const std::string& name, const Scene& view, const Rendering& rendering,
                            bool may_raise) {
  const bool conditional =
      may_raise || std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
        return step.kind == StepKind::If || exits(tree_, step);
      });
  Rendering own = rendering;
  own.item = with_pending(header_.item);
  const std::string& unit = module_.layout.unit();
  const std::string noun = header_.noun.empty() ? "item" : header_.noun;
  const std::string items = module_.names.shared({"items", "inputs", "source"});
  const std::uint32_t line = module_.layout.line_of(tree_.span(loop_).begin);
  std::vector<Form> parameters{words(pool_.name), words(items)};
  for (const BindingId variable : carried_) parameters.push_back(words(module_.name_of(variable)));
  Lines lines;
  for (std::string& text : lay_out("def ", call(name, std::move(parameters)), ":",
                                   rendering.surroundings, unit, module_.layout.width())) {
    lines.push_back({std::move(text), line});
  }
  const std::string calls = pending_.size() == 1 ? "call" : "calls";
  lines.push_back(
      {unit + "\"\"\"Yield each " + noun + " with its pending " + calls + ".\"\"\"", line});
  for (const BindingId variable : plan_.copied) {
    const std::string copied = module_.name_of(variable);
    if (!contains(plan_.generators, variable)) {
      lines.push_back({unit + copied + " = " + copied + ".copy()", line});
      continue;
    }
    // The same draws, made ahead of the loop's own.
    const bool module = (module_.scopes[variable].flags & scope::kImported) != 0;
    const std::string own = module_.names.shared({"generator", "own_generator", "draws"});
    const std::string made = module ? copied + ".Random()" : "type(" + copied + ")()";
    lines.push_back({unit + own + " = " + made, line});
    lines.push_back({unit + own + ".setstate(" + copied + ".getstate())", line});
    lines.push_back({unit + copied + " = " + own, line});
  }
  lines.push_back({unit + "for " + header_.binding + " in " + items + ":", line});
  const std::string body = unit + unit;
  const std::string inner = may_raise ? body + unit : body;
  if (conditional) {
    for (const std::string& each : recorded_) lines.push_back({body + each + " = None", line});
    for (const std::string& each : pending_) lines.push_back({body + each + " = None", line});
  }
  if (may_raise) lines.push_back({body + "try:", line});
  if (!header_.pattern.empty())
    lines.push_back({inner + header_.pattern + " = " + header_.binding, line});
  append(lines, render(view, steps_, inner, own));
  if (may_raise) {
    lines.push_back({body + "except Exception:", line});
    lines.push_back({inner + "pass  # the loop itself meets it", line});
  }
  lines.push_back({body + "yield " + own.item, line});
  return lines;
}

bool LoopWriter::takes_apart() const { return !header_.pattern.empty() && !header_.unpacks_surely; }

std::string LoopWriter::with_pending(const std::string& item) const {
  std::string text = item;
  for (const std::string& each : recorded_) text += ", " + each;
  for (const std::string& each : pending_) text += ", " + each;
  return text;
}

}  // namespace braid::rewrite
