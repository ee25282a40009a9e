#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/preparation.h"
#include "cli/terminal.h"

namespace braid::cli {
namespace {

using diagnostics::Code;
using diagnostics::emit;

std::string loops(std::size_t count) {
  return count == 1 ? "1 loop" : fmt::format("{} loops", count);
}

std::uint32_t line_of(const Analysis& analysis, const SiteAnswer& site) {
  return analysis.file.source->position(analysis.tree().span(site.site.node).begin).line;
}

// A refused loop that the user asked for gets its reason.
void tell_refused(const Analysis& analysis, const Rewriting& rewriting,
                  const std::vector<std::uint32_t>& lines) {
  for (const std::uint32_t line : lines) {
    const auto begins_there = [&](const SiteAnswer& site) {
      return line_of(analysis, site) == line;
    };
    const bool done = std::any_of(rewriting.sites.begin(), rewriting.sites.end(),
                                  [&](const SiteAnswer* site) { return begins_there(*site); });
    const auto site = std::find_if(analysis.sites.begin(), analysis.sites.end(), begins_there);
    if (done || site == analysis.sites.end()) continue;
    complain(fmt::format("line {} is left as it is", line));
    const report::SiteReport told = report::describe(analysis.program, site->site, site->decision,
                                                     site->accepted, analysis.file.source->path());
    (void)write_all(STDERR_FILENO, to_text(told, style_of(STDERR_FILENO)));
  }
}

// Loops that are not written as --emit asks, and what the result lacks to run.
void tell_dialect(const Prepared& prepared, const Rewriting& rewriting) {
  for (const auto& [line, why] : rewriting.instead)
    complain(fmt::format("line {} is written with concurrent.futures: {}", line, why));
  if (rewriting.package.empty()) return;
  const Result<bool> has = has_package(prepared.interpreter, rewriting.package);
  if (has && !*has)
    complain(fmt::format("the result imports the package `{}`{}, which {} does not have",
                         rewriting.package, rewriting.package == "joblib" ? " (1.3 or later)" : "",
                         prepared.interpreter.path));
}

// Clients of language models that send again what the server refuses: more at once means more of
// it.
void tell_retries(const Analysis& analysis, const Rewriting& rewriting) {
  for (const std::string_view library : {"openai", "anthropic"}) {
    const auto calls_it = [&](const SiteAnswer* site) {
      const std::vector<std::string>& names = site->decision.rests_on;
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return name.starts_with(std::string(library) + ".");
      });
    };
    const auto site = std::find_if(rewriting.sites.begin(), rewriting.sites.end(), calls_it);
    if (site == rewriting.sites.end()) continue;
    complain(fmt::format(
        "line {}: the {} client sends refused requests again by itself (max_retries, 2 "
        "by default); if the server refuses many at once, raise that or lower --workers",
        line_of(analysis, **site), library));
  }
}

// An accepted assumption that no loop makes is most likely misspelt.
void tell_unused(const Options& options, const Analysis& analysis) {
  for (const std::string& id : options.assume) {
    if (id == "all") continue;
    std::string known;
    bool used = false;
    for (const SiteAnswer& site : analysis.sites) {
      if (!site.decision.plan) continue;
      for (const plan::Assumption& assumption : site.decision.plan->assumptions) {
        used |= assumption.says(id);
        known += fmt::format("{}{}", known.empty() ? "; there are: " : ", ", assumption.id);
      }
    }
    if (!used) complain(fmt::format("no loop needs the assumption {}{}", id, known));
  }
}

void tell_summary(const Options& options, const Analysis& analysis, const Rewriting& rewriting) {
  const std::string name = options.script == "-" ? "stdin" : options.script;
  std::string text;
  if (rewriting.edits.empty()) {
    text = emit<Code::nothing_to_do>({}, name).message;
    if (options.output && *options.output != "-")
      text += fmt::format("; {} is an unchanged copy", *options.output);
  } else if (options.output || options.in_place) {
    if (options.output == "-") return;
    text = fmt::format("rewrote {} of {}", loops(rewriting.sites.size()), name);
  } else {
    text = fmt::format("{} of {} would be rewritten; write it with -o FILE or --in-place",
                       loops(rewriting.sites.size()), name);
  }
  const auto waiting =
      std::count_if(analysis.sites.begin(), analysis.sites.end(), [](const SiteAnswer& site) {
        return site.decision.verdict == plan::Verdict::conditional && !site.accepted;
      });
  if (waiting > 0)
    text += fmt::format("\nbraid: {} more if you accept what `braid check {}` names",
                        loops(static_cast<std::size_t>(waiting)), name);
  complain(text);
}

// The rewritten bytes, which the target interpreter has compiled.
Result<std::string> finished(const Prepared& prepared, const Rewriting& rewriting) {
  const Analysis& analysis = prepared.analysis;
  const std::string& path = analysis.file.source->path();
  Result<std::string> bytes = encode(rewriting.text, analysis.file.encoding);
  if (!bytes)
    return std::unexpected(Error{
        fmt::format("{} in {}: {}", path, analysis.file.encoding.name, bytes.error().message)});
  if (rewriting.edits.empty()) return bytes;
  const Result<Compiled> compiled = compile_with(prepared.interpreter, *bytes, path);
  if (!compiled) return std::unexpected(compiled.error());
  if (!compiled->complaint.empty()) {
    return std::unexpected(Error{
        emit<Code::target_rejected>({}, prepared.interpreter.path, compiled->complaint).message});
  }
  return bytes;
}

int deliver(const Options& options, const Prepared& prepared, const Rewriting& rewriting,
            const std::string& bytes) {
  const SourceFile& file = prepared.analysis.file;
  if (options.output == "-") return print(bytes, 0);
  if (options.output || options.in_place) {
    if (options.in_place && rewriting.edits.empty()) return 0;
    const auto written = write_file(options.output.value_or(options.script), bytes, file.mode);
    return written ? 0 : fail(written.error().message);
  }
  const std::string& path = file.source->path();
  const report::Style style = style_of(STDOUT_FILENO);
  const std::string diff =
      report::unified_diff(file.source->text(), rewriting.text, path, path, style);
  // For `patch`, the bytes of the file; for people, what their terminal shows.
  const bool for_people = ::isatty(STDOUT_FILENO) != 0;
  const Result<std::string> shown = for_people ? diff : encode(diff, {file.encoding.name, false});
  return print(shown.value_or(diff), 0);
}

}  // namespace

int fix(const Options& options) {
  const Result<Prepared> prepared = prepare(options);
  if (!prepared) return fail(prepared.error().message);
  const Rewriting rewriting = rewrite_sites(prepared->analysis, options.only, prepared->wishes);
  const Result<std::string> bytes = finished(*prepared, rewriting);
  if (!bytes) return fail(bytes.error().message);
  const int status = deliver(options, *prepared, rewriting, *bytes);
  if (status != 0) return status;
  tell_dialect(*prepared, rewriting);
  tell_retries(prepared->analysis, rewriting);
  tell_unused(options, prepared->analysis);
  tell_refused(prepared->analysis, rewriting, options.only);
  tell_summary(options, prepared->analysis, rewriting);
  return 0;
}

}  // namespace braid::cli
