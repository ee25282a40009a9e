#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/preparation.h"
#include "cli/terminal.h"
#include "verify/verify.h"

namespace braid::cli {
namespace {

constexpr std::size_t kLargestInput = std::size_t{1} << 32U;

// The lines of the rewritten text that took the place of the site: from its first edit to its last.
void find_rewritten_lines(const Rewriting& rewriting, Span site, verify::SiteInfo& info) {
  const Source rewritten("", rewriting.text);
  std::int64_t moved = 0;
  std::uint32_t begin = UINT32_MAX;
  std::uint32_t end = 0;
  std::int64_t before_site = 0;
  for (const rewrite::Edit& edit : rewriting.edits) {
    const std::int64_t at = edit.span.begin + moved;
    const auto grown = static_cast<std::int64_t>(edit.text.size()) - edit.span.size();
    const bool touches =
        edit.reason == "site" && edit.span.begin <= site.end && site.begin <= edit.span.end;
    if (touches) {
      begin = std::min(begin, static_cast<std::uint32_t>(at));
      end = std::max(end,
                     static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(edit.text.size()));
    }
    moved += grown;
    if (edit.span.end <= site.begin && !touches) before_site = moved;
    if (edit.span.begin < site.end)
      end = std::max<std::uint32_t>(end, static_cast<std::uint32_t>(site.end + moved));
  }
  begin = std::min(begin, static_cast<std::uint32_t>(site.begin + before_site));
  end = std::max(end, begin);
  info.rewritten_begin_line = rewritten.position(begin).line;
  info.rewritten_end_line = rewritten.position(end > begin ? end - 1 : end).line;
}

std::vector<verify::SiteInfo> sites_of(const Analysis& analysis, const Rewriting& rewriting) {
  std::vector<verify::SiteInfo> out;
  const Source& source = *analysis.file.source;
  for (const SiteAnswer* site : rewriting.sites) {
    const Span span = analysis.tree().span(site->site.node);
    verify::SiteInfo info;
    info.line = source.position(span.begin).line;
    info.end_line = source.position(span.end - 1).line;
    info.strategy = site->decision.plan->strategy == plan::Strategy::process
                        ? verify::Strategy::process
                        : verify::Strategy::thread;
    for (const plan::Assumption& assumption : site->decision.plan->assumptions)
      info.assumptions.push_back(assumption.id);
    find_rewritten_lines(rewriting, span, info);
    out.push_back(std::move(info));
  }
  return out;
}

// Of the rewritten loops together; none when one of them has no estimate.
std::optional<double> predicted_speedup(const Rewriting& rewriting) {
  double before = 0;
  double after = 0;
  for (const SiteAnswer* site : rewriting.sites) {
    const plan::Estimate& estimate = site->decision.plan->estimate;
    if (!estimate.speedup || *estimate.speedup <= 0) return std::nullopt;
    if (rewriting.sites.size() == 1) return estimate.speedup;
    if (!estimate.iterations || !estimate.seconds_per_iteration) return std::nullopt;
    const double seconds =
        static_cast<double>(*estimate.iterations) * *estimate.seconds_per_iteration;
    before += seconds;
    after += seconds / *estimate.speedup;
  }
  if (after <= 0) return std::nullopt;
  return before / after;
}

struct Texts {
  std::string original;
  std::string rewritten;
};

Result<Texts> texts_of(const Options& options, const Prepared& prepared,
                       const Rewriting& rewriting) {
  const SourceFile& file = prepared.analysis.file;
  Result<std::string> original = encode(file.source->text(), file.encoding);
  Result<std::string> rewritten = options.against ? read_bytes(*options.against, kLargestSource)
                                                  : encode(rewriting.text, file.encoding);
  if (!original) return std::unexpected(original.error());
  if (!rewritten && options.against)
    return std::unexpected(
        Error{fmt::format("cannot read {}: {}", *options.against, rewritten.error().message)});
  if (!rewritten) return std::unexpected(rewritten.error());
  return Texts{std::move(*original), std::move(*rewritten)};
}

}  // namespace

int verify(const Options& options) {
  const Result<Prepared> prepared = prepare(options);
  if (!prepared) return fail(prepared.error().message);
  Rewriting rewriting;
  if (!options.against)
    rewriting = rewrite_sites(prepared->analysis, options.only, prepared->wishes);
  if (!rewriting.package.empty()) {
    const Result<bool> has = has_package(prepared->interpreter, rewriting.package);
    if (!has) return fail(has.error().message);
    if (!*has)
      return fail(fmt::format("{} does not have the package `{}`, which the result would import",
                              prepared->interpreter.path, rewriting.package));
  }
  for (const auto& [line, why] : rewriting.instead)
    complain(fmt::format("line {} is written with concurrent.futures: {}", line, why));
  Result<Texts> texts = texts_of(options, *prepared, rewriting);
  if (!texts) return fail(texts.error().message);

  verify::Program program;
  program.python = prepared->interpreter.path;
  program.script_path = options.script;
  program.original_text = std::move(texts->original);
  program.rewritten_text = std::move(texts->rewritten);
  program.arguments = options.arguments;
  program.sites = sites_of(prepared->analysis, rewriting);
  if (::isatty(STDIN_FILENO) == 0) {
    Result<std::string> input = read_bytes("-", kLargestInput);
    // A closed stdin is an empty one.
    program.stdin_bytes = input ? std::move(*input) : std::string();
  }

  verify::Options how;
  how.runs = options.runs;
  how.quick = options.quick;
  how.timeout = options.timeout;
  how.allow_effects = options.allow_effects;
  how.predicted_speedup = predicted_speedup(rewriting);
  if (options.format == Output::text) {
    how.on_progress = [](std::string_view line) {
      (void)write_all(STDERR_FILENO, fmt::format("{}\n", line));
    };
    for (const std::string& line : verify::plan_of_runs(program, how)) how.on_progress(line);
  }
  const Result<verify::Comparison> comparison = verify::verify(program, how);
  if (!comparison) return fail(comparison.error().message);
  const std::string text = options.format == Output::json
                               ? report::to_json(*comparison)
                               : report::to_text(*comparison, style_of(STDOUT_FILENO));
  return print(text, verify::exit_status(*comparison));
}

}  // namespace braid::cli
