#include "rewrite/rewrite.h"

#include <algorithm>
#include <numeric>

#include "rewrite/dialects/pools.h"
#include "rewrite/draft.h"
#include "rewrite/process.h"

namespace braid::rewrite {

namespace {

// Imports stand before definitions, definitions before the site itself, when all begin at one
// offset.
int rank(const Edit& edit) {
  if (edit.reason == "site-end") return -1;  // belongs to the lines above
  if (edit.reason == "import") return 0;
  if (edit.reason == "definition") return 1;
  if (edit.reason == "guard") return 2;
  return edit.reason == "guard-indent" ? 4 : 3;
}

void sort_edits(std::vector<Edit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
    if (a.span.empty() != b.span.empty()) return a.span.empty();
    return rank(a) < rank(b);
  });
}

struct Attempt {
  Rewritten result;
  bool uses_processes = false;
};

// `guarded`: the file gets a main guard, so that workers may import it.
Attempt attempt(const Original& original, const std::vector<plan::Plan>& plans,
                const Options& options, bool guarded) {
  Module file(original, options);
  Attempt attempt;
  attempt.result.outcomes.resize(plans.size());
  const auto effect = original.id.value == 0 ? first_effect(file) : std::nullopt;
  std::string no_processes;
  if (effect && !guarded) no_processes = "worker processes would run the program again";
  if (effect && options.imported_elsewhere) {
    no_processes = "another file imports this one, so that it cannot get a main guard";
  }
  if (effect && guarded && options.allow_guard) {
    file.layout.deepen_from(file.layout.line_of(definition_anchor(file, *effect)));
  }
  // Outer loops come before the loops inside them.
  std::vector<std::size_t> order(plans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plans[a].node.value < plans[b].node.value;
  });
  dialects::PoolWriter writer(file);
  for (const std::size_t each : order) {
    std::optional<std::string> refused;
    file.hand_on = &plans[each].hand_on;
    if (plans[each].strategy == plan::Strategy::process && !no_processes.empty()) {
      refused = no_processes;
    } else {
      refused = writer.add(plans[each]);
    }
    attempt.result.outcomes[each] = {!refused, refused.value_or(""),
                                     refused ? "" : writer.instead()};
  }
  attempt.uses_processes = writer.uses_processes();
  attempt.result.edits =
      writer.finish(effect && guarded && options.allow_guard ? *effect : NodeId{});
  sort_edits(attempt.result.edits);
  for (Edit& edit : attempt.result.edits) {
    if (edit.reason == "guard-indent") edit.reason = "guard";
    if (edit.reason == "site-end") edit.reason = "site";
  }
  return attempt;
}

}  // namespace

std::shared_ptr<const Original> read_original(const effects::Program& program,
                                              effects::ModuleId module) {
  return std::make_shared<const Original>(program, module);
}

Rewritten rewrite(const Original& original, const std::vector<plan::Plan>& plans,
                  const Options& options) {
  const bool processes = std::any_of(plans.begin(), plans.end(), [](const plan::Plan& plan) {
    return plan.strategy == plan::Strategy::process;
  });
  Attempt first = attempt(original, plans, options, processes);
  if (!processes || first.uses_processes) return std::move(first.result);
  // None of them could be written: then there is no guard either.
  Attempt second = attempt(original, plans, options, false);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!first.result.outcomes[i].expressed) second.result.outcomes[i] = first.result.outcomes[i];
  }
  return std::move(second.result);
}

}  // namespace braid::rewrite
