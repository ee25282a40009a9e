#include <algorithm>

#include "report/report.h"
#include "report/stages.h"

namespace braid::report {
namespace {

std::vector<Range> ranges(const std::vector<Span>& spans, const Source& source) {
  std::vector<Range> out;
  for (const Span span : spans)
    out.push_back({source.position(span.begin), source.position(span.end)});
  return out;
}

// The source of a local module, for evidence that stands in another file.
const Source* find_source(const effects::Program& program, const std::string& path) {
  for (const effects::Module& module : program.modules) {
    if (module.tree.source().path() == path) return &module.tree.source();
  }
  return nullptr;
}

std::uint32_t last_line(const Source& source, Span span) {
  return source.position(span.empty() ? span.begin : span.end - 1).line;
}

}  // namespace

Excerpt excerpt(const Source& source, Span span, const std::string& path, std::string note) {
  const Position begin = source.position(span.begin);
  const Position end = source.position(span.end);
  Excerpt out;
  out.path = path;
  out.line = begin.line;
  out.text = std::string(source.line(begin.line));
  out.begin = begin.column;
  const std::uint32_t line_end =
      source.line_start(begin.line) + static_cast<std::uint32_t>(out.text.size());
  // Of several lines the first is shown, up to its last character.
  out.end = end.line == begin.line ? end.column : source.position(line_end).column;
  if (end.line != begin.line && source.position(line_end).line != begin.line)
    out.end = begin.column + 1;
  out.end = std::max(out.end, out.begin + 1);
  out.note = std::move(note);
  return out;
}

Reason describe(const diagnostics::Diagnostic& diagnostic, const Source& source,
                const std::string& path) {
  Reason reason{diagnostic.code, diagnostic.message, source.position(diagnostic.span.begin), {}};
  reason.shown.push_back(excerpt(source, diagnostic.span, path));
  for (const diagnostics::Evidence& evidence : diagnostic.evidence) {
    if (evidence.path.empty() || evidence.path == source.path()) {
      reason.shown.push_back(excerpt(source, evidence.span, path, evidence.text));
    }
  }
  return reason;
}

FileError describe_problem(const diagnostics::Diagnostic& problem, const Source& source,
                           const std::string& path) {
  return {path, source.position(problem.span.begin), problem.code, problem.message,
          excerpt(source, problem.span, path)};
}

SiteReport describe(const effects::Program& program, const dependence::Site& site,
                    const plan::Decision& decision, bool accepted, const std::string& path) {
  const syntax::SyntaxTree& tree = program.modules[site.module.value].tree;
  const Source& source = tree.source();
  const Span span = tree.span(site.node);
  SiteReport out;
  out.path = path;
  out.position = source.position(span.begin);
  out.end_line = last_line(source, span);
  out.kind = site.kind;
  out.verdict = decision.verdict;
  out.workload = decision.workload;
  out.estimate = decision.estimate;
  out.rests_on = decision.rests_on;
  out.accepted = accepted;
  Span header = span;
  if (const auto& plan = decision.plan) {
    const Stages stages = stages_of(*plan, tree);
    out.strategy = plan->strategy;
    out.workload = plan->workload;
    out.split = ranges(stages.split, source);
    out.run = ranges(stages.run, source);
    out.merge = ranges(stages.merge, source);
    for (const Span run : stages.run) {
      const std::uint32_t last = last_line(source, run);
      const bool longer = last > source.position(run.begin).line;
      out.costly.push_back(
          excerpt(source, run, path, longer ? "to line " + std::to_string(last) : ""));
    }
    for (const plan::Assumption& assumption : plan->assumptions) {
      out.assumptions.push_back({assumption.id, assumption.text, assumption.seen, assumption.code,
                                 source.position(assumption.span.begin).line,
                                 excerpt(source, assumption.span, path)});
    }
  }
  if (tree.is(site.node, syntax::NodeKind::For)) {
    header.end = tree.span(tree.child(site.node, syntax::slot::For::iter)).end;
  } else if (tree.is(site.node, syntax::NodeKind::While)) {
    header.end = tree.span(tree.child(site.node, syntax::slot::While::test)).end;
  }
  out.shown = excerpt(source, header, path);
  for (const diagnostics::Diagnostic& diagnostic : decision.reasons) {
    Reason reason = describe(diagnostic, source, path);
    for (const diagnostics::Evidence& evidence : diagnostic.evidence) {
      if (evidence.path.empty() || evidence.path == source.path()) continue;
      if (const Source* other = find_source(program, evidence.path)) {
        reason.shown.push_back(excerpt(*other, evidence.span, evidence.path, evidence.text));
      }
    }
    out.reasons.push_back(std::move(reason));
  }
  return out;
}

}  // namespace braid::report
