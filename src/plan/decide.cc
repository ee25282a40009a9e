// The answer for one site: which kinds there are, what costs, what pays.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

Decision refused(Verdict verdict, Diagnostic reason) {
  Decision out;
  out.verdict = verdict;
  out.reasons.push_back(std::move(reason));
  return out;
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 1e-3)
    std::snprintf(text, sizeof text, "%.1f µs", seconds * 1e6);
  else if (seconds < 1)
    std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

}  // namespace

std::optional<Decision> Planner::other_kinds() const {
  const NodeId at = graph_.site.node;
  const Span span = tree_.span(at);
  if (tree_.flag(at, syntax::kHasError))
    return refused(Verdict::unknown, emit<Code::broken_code>(span));
  switch (graph_.site.kind) {
    case dependence::SiteKind::While:
      return refused(Verdict::unknown, emit<Code::later_while>(span));
    case dependence::SiteKind::AwaitLoop:
      if (tree_.flag(at, syntax::kAsync))
        return refused(Verdict::unknown, emit<Code::later_async_for>(span));
      return refused(Verdict::unknown, emit<Code::later_await>(span));
    case dependence::SiteKind::Generator: {
      // Consumed at once: the only argument of something that drains it.
      const NodeId list = tree_.parent(at);
      const NodeId call = tree_.parent(list);
      constexpr std::string_view kDrains[] = {"sum",     "list",   "tuple", "set",       "dict",
                                              "sorted",  "max",    "min",   "frozenset", "join",
                                              "Counter", "extend", "update"};
      if (tree_.is(call, NodeKind::Call) &&
          tree_.items(call, slot::Call::arguments_list).size() == 1) {
        const NodeId function = tree_.child(call, slot::Call::function);
        const std::string_view name =
            tree_[function].name ? program_.symbols.text(tree_[function].name) : std::string_view{};
        if (std::find(std::begin(kDrains), std::end(kDrains), name) != std::end(kDrains) &&
            !defines_method(name))
          return std::nullopt;
      }
      return refused(Verdict::unknown, emit<Code::later_generator>(span));
    }
    default:
      return std::nullopt;
  }
}

// A class of the program has a method of this name: who is meant may be one of its objects.
bool Planner::defines_method(std::string_view name) const {
  return std::any_of(program_.modules.begin(), program_.modules.end(), [&](const auto& module) {
    const auto& classes = module.file->nodes().classes;
    return std::any_of(classes.begin(), classes.end(), [&](NodeId definition) {
      for (const NodeId each : module.tree.items(definition, slot::ClassDef::statements)) {
        if (module.tree.is(each, NodeKind::FunctionDef) &&
            program_.symbols.text(module.tree[each].name) == name)
          return true;
      }
      return false;
    });
  });
}

// No node costs anything: sequential for a proven carried edge, else not worth it.
Decision Planner::without_cost() const {
  for (const Edge& edge : graph_.edges) {
    if (edge.from.value == 0 && edge.to.value == 0) continue;  // the input moves on
    if (!edge.carried || edge.remedy || edge.kind == EdgeKind::Control ||
        edge.kind == EdgeKind::Anti)
      continue;
    if (edge.code == Code::carried_world &&
        (node(edge.from.value).visible || node(edge.to.value).visible))
      continue;  // printing in order is merge
    Decision out = refused(verdict_of(edge.code), explain(edge));
    out.estimate.iterations = graph_.iterations;
    return out;
  }
  const double each = 1e-6 * static_cast<double>(std::max<std::size_t>(1, graph_.nodes.size()));
  Decision out = refused(Verdict::cheap,
                         emit<Code::not_worth_it>(tree_.span(graph_.site.node), duration(each)));
  out.workload = Workload::cpu;
  out.estimate = estimate(each, Strategy::process, 0);
  return out;
}

Estimate Planner::estimate(double seconds, Strategy strategy, double in_order) const {
  Estimate out;
  out.iterations = graph_.iterations;
  out.seconds_per_iteration = seconds;
  const bool thread = strategy == Strategy::thread;
  const double task = thread ? costs_.thread_task_seconds : costs_.process_task_seconds;
  const double start = thread ? 1e-3 : costs_.process_start_seconds;
  const double workers = thread ? 32 : std::max(1, costs_.processors);
  if (workers > 1 && seconds * (1 - 1 / workers) > task) {
    out.break_even = static_cast<std::int64_t>(start / (seconds * (1 - 1 / workers) - task)) + 2;
  }
  if (graph_.iterations && *graph_.iterations > 0) {
    const auto n = static_cast<double>(*graph_.iterations);
    const double rounds = std::max(1.0, n / workers);
    out.speedup = n * (seconds + in_order) / (start + rounds * seconds + n * (task + in_order));
  } else if (seconds > 10 * task) {
    out.speedup = (seconds + in_order) / (seconds / workers + in_order);
  }
  return out;
}

Decision Planner::decide() {
  if (auto other = other_kinds()) return *other;
  std::set<std::uint32_t> seeds;
  for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    if (node(i).costly) seeds.insert(i);
  }
  // A loop of unknown length beside what surely takes long is taken to be short.
  const bool sure = std::any_of(seeds.begin(), seeds.end(),
                                [&](std::uint32_t each) { return !node(each).guessed; });
  if (sure) std::erase_if(seeds, [&](std::uint32_t each) { return node(each).guessed; });
  Decision out;
  out.rests_on = graph_.trace.rests_on;
  out.enters = graph_.trace.enters;
  if (graph_.trace.gave_up) {
    return refused(Verdict::unknown,
                   emit<Code::unusual_entry>(tree_.span(graph_.site.node), graph_.unusual_entry));
  }
  if (seeds.empty()) {
    out = without_cost();
    out.rests_on = graph_.trace.rests_on;
    return out;
  }
  if (!graph_.unusual_entry.empty()) {
    return refused(Verdict::unknown,
                   emit<Code::unusual_entry>(tree_.span(graph_.site.node), graph_.unusual_entry));
  }
  if (auto clock = clock_decides()) return refused(Verdict::sequential, std::move(*clock));
  if (auto source = source_shows()) return refused(Verdict::unknown, std::move(*source));
  std::vector<Diagnostic> obstacles;
  auto found = search(seeds, obstacles);
  if (!found) {
    std::vector<Diagnostic> others;  // what was said without is nearer to the text
    keeps_parts_ = true;
    found = search(seeds, others);
  }
  if (found) {
    Plan plan = finish(found->deal, found->strategy, found->workload);
    if (auto cheap = too_cheap(plan)) {
      cheap->rests_on = graph_.trace.rests_on;
      return *cheap;
    }
    out.verdict = plan.assumptions.empty() ? Verdict::parallel : Verdict::conditional;
    out.workload = plan.workload;
    out.estimate = plan.estimate;
    for (const Assumption& each : plan.assumptions)
      out.reasons.push_back({each.code, each.span, each.text, {}});
    out.plan = std::move(plan);
    return out;
  }
  // Proven reasons first, what only cannot be written last; each once.
  const auto rank = [](const Diagnostic& reason) {
    if (verdict_of(reason.code) == Verdict::sequential) return 0;
    return reason.code == Code::not_expressible ? 2 : 1;
  };
  std::stable_sort(obstacles.begin(), obstacles.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return rank(a) < rank(b); });
  for (Diagnostic& each : obstacles) {
    const bool known =
        std::any_of(out.reasons.begin(), out.reasons.end(), [&](const Diagnostic& other) {
          return other.code == each.code && other.message == each.message;
        });
    // Beside a true reason, that it cannot be written says nothing.
    const bool idle = rank(each) == 2 && !out.reasons.empty() && rank(out.reasons.front()) < 2;
    if (!known && !idle && out.reasons.size() < 3) out.reasons.push_back(std::move(each));
  }
  out.verdict = out.reasons.empty() ? Verdict::unknown : verdict_of(out.reasons.front().code);
  out.estimate.iterations = graph_.iterations;
  return out;
}

std::optional<Decision> Planner::too_cheap(const Plan& plan) const {
  if (!graph_.iterations || plan.workload == Workload::mixed) return std::nullopt;
  const double seconds = plan.estimate.seconds_per_iteration.value_or(0);
  const bool pays = *graph_.iterations > 1 &&
                    (!plan.estimate.break_even || *graph_.iterations >= 2) && seconds > 0;
  if (pays) return std::nullopt;
  Decision out = refused(Verdict::cheap,
                         emit<Code::not_worth_it>(tree_.span(graph_.site.node), duration(seconds)));
  out.workload = plan.workload;
  out.estimate = plan.estimate;
  return out;
}

}  // namespace braid::plan
