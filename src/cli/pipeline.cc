#include "cli/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cli/answers.h"
#include "cli/modules.h"

namespace braid::cli {
namespace {

using diagnostics::Code;
using diagnostics::emit;

bool is_too_deep(const syntax::SyntaxError& error) {
  return error.message.find("nested") != std::string::npos;
}

// CPython's limit of brackets is lower than the tree's of everything.
std::string deepest(const syntax::SyntaxError& error) {
  return error.message.find("parentheses") != std::string::npos ? "200"
                                                                : std::to_string(syntax::kMaxDepth);
}

// At most one a line: what follows a first mistake is mostly its echo.
std::vector<diagnostics::Diagnostic> problems_of(const effects::Module& module) {
  std::vector<syntax::SyntaxError> errors = module.tree.errors();
  errors.insert(errors.end(), module.scopes.errors().begin(), module.scopes.errors().end());
  const Source& source = module.tree.source();
  const auto order = [&](const syntax::SyntaxError& error) {
    return std::tuple(source.position(error.span.begin).line, !is_too_deep(error),
                      error.span.begin);
  };
  std::stable_sort(errors.begin(), errors.end(),
                   [&](const auto& a, const auto& b) { return order(a) < order(b); });
  std::vector<diagnostics::Diagnostic> problems;
  std::uint32_t last_line = 0;
  for (const syntax::SyntaxError& error : errors) {
    const std::uint32_t line = source.position(error.span.begin).line;
    if (line == last_line) continue;
    last_line = line;
    problems.push_back(is_too_deep(error) ? emit<Code::too_deep>(error.span, deepest(error))
                                          : emit<Code::syntax_error>(error.span, error.message));
  }
  return problems;
}

bool has_loops(const syntax::SyntaxTree& tree) {
  using syntax::NodeKind;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    switch (tree.kind(syntax::NodeId{i})) {
      case NodeKind::For:
      case NodeKind::While:
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::DictComp:
      case NodeKind::GeneratorExp:
        return true;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

std::filesystem::path folder_of(const std::string& script) {
  std::error_code ignored;
  if (script == "-") return std::filesystem::current_path(ignored);
  return std::filesystem::absolute(script, ignored).parent_path();
}

Result<effects::Knowledge> make_knowledge(const Settings& settings) {
  effects::Knowledge knowledge;
  for (const KnowledgeText& file : settings.knowledge) {
    if (auto added = knowledge.add(file.toml, file.name); !added)
      return std::unexpected(added.error());
  }
  return knowledge;
}

Analysis analyse(SourceFile file, const std::filesystem::path& folder, LocalFiles& files,
                 const effects::Knowledge& knowledge, const Wishes& wishes) {
  Analysis analysis{std::move(file), {}, {}, false, {}};
  effects::Program& program = analysis.program;
  program = parse_script(analysis.file.source, files);
  analysis.problems = problems_of(program.modules[0]);
  if (!has_loops(analysis.tree())) return analysis;

  load_modules(program, folder, files);
  const effects::Effects effects = summarise_effects(program, knowledge);
  Answers answer(analysis.file, folder, files.names, program, effects, wishes);
  for (const dependence::Site& site :
       dependence::find_sites(program, effects, effects::ModuleId{0U})) {
    analysis.sites.push_back(answer(site));
  }
  analysis.imported_elsewhere = answer.imported_elsewhere();
  std::stable_sort(
      analysis.sites.begin(), analysis.sites.end(), [&](const SiteAnswer& a, const SiteAnswer& b) {
        return analysis.tree().span(a.site.node).begin < analysis.tree().span(b.site.node).begin;
      });
  return analysis;
}

namespace {

// Another loop that will be rewritten calls the function around this one: workers would start
// workers.
bool is_entered(const Analysis& analysis, const SiteAnswer& site) {
  const std::pair around(site.site.module, site.site.definition);
  return std::any_of(analysis.sites.begin(), analysis.sites.end(), [&](const SiteAnswer& other) {
    const auto& enters = other.decision.enters;
    return other.accepted && std::find(enters.begin(), enters.end(), around) != enters.end();
  });
}

// A loop inside it waits, too, and prints in its own time: there its lines come as they are made.
bool waits_better_inside(const Analysis& analysis, const SiteAnswer& site) {
  const auto waits = [](const SiteAnswer& one) {
    return one.accepted && one.decision.plan->strategy == plan::Strategy::thread;
  };
  const auto prints = [](const plan::RunUnit& unit) { return !unit.prints.empty(); };
  const auto& units = site.decision.plan->units;
  const Span span = analysis.tree().span(site.site.node);
  return waits(site) && std::any_of(units.begin(), units.end(), prints) &&
         std::any_of(analysis.sites.begin(), analysis.sites.end(), [&](const SiteAnswer& other) {
           const Span inner = analysis.tree().span(other.site.node);
           return waits(other) && span.contains(inner) && !inner.contains(span);
         });
}

}  // namespace

Rewriting rewrite_sites(const Analysis& analysis, const std::vector<std::uint32_t>& chosen,
                        const Wishes& wishes) {
  const syntax::SyntaxTree& tree = analysis.tree();
  Rewriting result;
  std::vector<plan::Plan> plans;
  Span last{};
  for (const SiteAnswer& site : analysis.sites) {
    if (!site.accepted) continue;
    const Span span = tree.span(site.site.node);
    const std::uint32_t line = tree.source().position(span.begin).line;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), line) == chosen.end()) continue;
    // Of nested sites the outer one: one pool at a time.
    if (!plans.empty() && last.contains(span)) continue;
    if (is_entered(analysis, site)) continue;
    if (chosen.empty() && waits_better_inside(analysis, site)) continue;
    last = span;
    plans.push_back(*site.decision.plan);
    result.sites.push_back(&site);
  }
  result.text = std::string(tree.source().text());
  if (plans.empty()) return result;
  rewrite::Options options = wishes.rewrite;
  options.imported_elsewhere = analysis.imported_elsewhere;
  const auto original = rewrite::read_original(analysis.program, effects::ModuleId{0U});
  rewrite::Rewritten rewritten = rewrite::rewrite(*original, plans, options);
  std::vector<const SiteAnswer*> done;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto& outcome = rewritten.outcomes.at(i);
    if (!outcome.expressed) continue;
    done.push_back(result.sites[i]);
    const std::uint32_t begin = tree.span(result.sites[i]->site.node).begin;
    if (!outcome.instead.empty())
      result.instead.emplace_back(tree.source().position(begin).line, outcome.instead);
  }
  if (options.dialect != rewrite::Dialect::stdlib && result.instead.size() < done.size())
    result.package = options.dialect == rewrite::Dialect::joblib ? "joblib" : "braid";
  result.sites = std::move(done);
  result.edits = std::move(rewritten.edits);
  result.text = rewrite::apply(tree.source().text(), result.edits);
  return result;
}

}  // namespace braid::cli
