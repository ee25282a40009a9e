#include "cli/answers.h"

#include <fmt/format.h>
#include <algorithm>

#include "cli/marks.h"
#include "cli/modules.h"

namespace braid::cli {
namespace {

using diagnostics::Code;
using diagnostics::emit;

void refuse(plan::Decision& decision, diagnostics::Diagnostic reason) {
  decision.verdict = plan::Verdict::unknown;
  decision.plan.reset();
  decision.reasons = {std::move(reason)};
}

// More of the work runs side by side, and no more is to be accepted for it.
bool does_more(const plan::Plan& one, const plan::Plan& other) {
  return one.strategy == other.strategy && one.assumptions.size() <= other.assumptions.size() &&
         one.estimate.seconds_per_iteration > other.estimate.seconds_per_iteration;
}

}  // namespace

Answers::Answers(const SourceFile& file, std::filesystem::path folder, FolderNames& names,
                 const effects::Program& program, const effects::Effects& effects,
                 const Wishes& wishes)
    : path_(file.source->path()),
      folder_(std::move(folder)),
      names_(names),
      program_(program),
      effects_(effects),
      wishes_(wishes),
      dependences_(program, effects) {}

SiteAnswer Answers::operator()(const dependence::Site& site) {
  const syntax::SyntaxTree& tree = program_.modules[0].tree;
  const Marks marks = marks_of(tree, site.node);
  SiteAnswer answer{site, {}, false};
  if (marks.off) {
    refuse(answer.decision, emit<Code::marked_off>(tree.span(site.node)));
    return answer;
  }
  const auto graph = dependences_.find(site);
  answer.decision = decide(graph);
  const bool opened = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                  [](const auto& each) { return bool{each.helper_call}; });
  // A helper that cannot be split may run as a whole; so may one of which splitting it saves no
  // assumption.
  if (opened && (!answer.decision.plan || !answer.decision.plan->assumptions.empty())) {
    plan::Decision whole = decide(dependences_.find_closed(graph));
    if (whole.plan && (!answer.decision.plan || does_more(*whole.plan, *answer.decision.plan)))
      answer.decision = std::move(whole);
  }
  const auto& plan = answer.decision.plan;
  answer.accepted = plan && (answer.decision.verdict == plan::Verdict::parallel ||
                             marks.independent || wishes_.accepted.covers(plan->assumptions));
  return answer;
}

plan::Decision Answers::decide(const dependence::DependenceGraph& graph) {
  return make_plan(graph, program_, effects_, wishes_.costs, wishes_.backend,
                   [&](const plan::Plan& plan) { return objection(graph, plan); });
}

// The checker's second look, then whether the plan can be written.
std::optional<diagnostics::Diagnostic> Answers::objection(const dependence::DependenceGraph& graph,
                                                          const plan::Plan& plan) {
  const Span span = program_.modules[0].tree.span(graph.site.node);
  if (const auto violated = plan::check(plan, graph))
    return emit<Code::plan_rejected>(span, *violated);
  if (!shadowing_) shadowing_ = find_shadowing_file(folder_, names_);
  if (!shadowing_->empty()) {
    const auto why = fmt::format("an import that it would add would run the file {}", *shadowing_);
    return emit<Code::not_expressible>(span, why);
  }
  if (!original_) original_ = rewrite::read_original(program_, effects::ModuleId{0U});
  const rewrite::Rewritten rewritten = rewrite::rewrite(*original_, {plan}, options_for(plan));
  if (rewritten.outcomes.at(0).expressed) return std::nullopt;
  return emit<Code::not_expressible>(span, rewritten.outcomes[0].reason);
}

rewrite::Options Answers::options_for(const plan::Plan& plan) {
  rewrite::Options options = wishes_.rewrite;
  if (plan.strategy != plan::Strategy::process || wishes_.in_memory) return options;
  // Where a script on stdin comes from is not known: somebody may import it.
  if (!imported_) imported_ = path_ == "-" || may_be_imported(path_);
  options.imported_elsewhere = *imported_;
  return options;
}

}  // namespace braid::cli
