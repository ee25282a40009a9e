#include "rewrite/rewrite.h"

#include <algorithm>
#include <numeric>

#include "rewrite/dialects/stdlib.h"
#include "rewrite/draft.h"

namespace braid::rewrite {

namespace {

// Imports stand before definitions, definitions before the site itself, when all begin at one
// offset.
int rank(const Edit& edit) {
  if (edit.reason == "import") return 0;
  if (edit.reason == "definition") return 1;
  return edit.reason == "guard" ? 2 : 3;
}

void sort_edits(std::vector<Edit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
    if (a.span.empty() != b.span.empty()) return a.span.empty();
    return rank(a) < rank(b);
  });
}

}  // namespace

Rewritten rewrite(const effects::Program& program, effects::ModuleId module,
                  const std::vector<plan::Plan>& plans, const Options& options) {
  Module file(program, module, options);
  Rewritten result;
  result.outcomes.resize(plans.size());
  // Outer loops come before the loops inside them.
  std::vector<std::size_t> order(plans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plans[a].node.value < plans[b].node.value;
  });
  dialects::StdlibWriter writer(file);
  for (const std::size_t each : order) {
    const auto refused = writer.add(plans[each]);
    result.outcomes[each] = {!refused, refused.value_or("")};
  }
  result.edits = writer.finish();
  sort_edits(result.edits);
  return result;
}

}  // namespace braid::rewrite
