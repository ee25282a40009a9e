// What `braid verify` says to people.

#include <fmt/format.h>

#include "report/report.h"

namespace braid::report {
namespace {

std::string paint(std::string_view text, std::string_view code, const Style& style) {
  return style.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string verdict_of(const verify::Comparison& comparison, const Style& style) {
  if (!comparison.rewritten)
    return paint("same", "1;32", style) + ": nothing was rewritten, so there was nothing to run";
  if (!comparison.same) return paint("could not tell", "1;33", style) + ": " + comparison.reason;
  if (!*comparison.same)
    return paint("different", "1;31", style) +
           (comparison.reason.empty() ? "" : ": " + comparison.reason);
  return paint("same", "1;32", style) +
         fmt::format(
             ": output, files, exit status and exceptions of {} of the original and {} of the "
             "rewritten script",
             comparison.runs_of_original == 1 ? "1 run"
                                              : fmt::format("{} runs", comparison.runs_of_original),
             comparison.runs_of_rewritten);
}

std::string spread_text(const std::optional<verify::Spread>& spread, std::string_view unit) {
  return spread ? fmt::format(" ({:.2f}…{:.2f}{})", spread->smallest, spread->largest, unit) : "";
}

std::string name_of(const verify::Difference& difference) {
  const std::string_view what = verify::text(difference.what);
  return difference.path.empty() ? std::string(what) : fmt::format("{} {}", what, difference.path);
}

std::string indented(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += fmt::format("    {}\n", text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::string timing(const verify::Comparison& comparison) {
  std::string out;
  if (comparison.sequential_s && comparison.parallel_s) {
    out += fmt::format("  time: {:.2f} s{} before, {:.2f} s{} after\n", *comparison.sequential_s,
                       spread_text(comparison.sequential_spread, " s"), *comparison.parallel_s,
                       spread_text(comparison.parallel_spread, " s"));
  }
  if (comparison.speedup) {
    out += fmt::format("  speedup: {:.2f} times{}", *comparison.speedup,
                       spread_text(comparison.speedup_spread, ""));
    if (comparison.predicted_speedup)
      out += fmt::format("; predicted: {:.2g}", *comparison.predicted_speedup);
    out += "\n";
  }
  for (const verify::SiteTiming& site : comparison.sites) {
    out += site.speedup ? fmt::format("  {}:{}: the loop alone {:.2f} times\n", site.path,
                                      site.line, *site.speedup)
                        : fmt::format("  {}:{}: the loop was not reached\n", site.path, site.line);
  }
  return out;
}

std::string refutations(const verify::Comparison& comparison) {
  std::string out;
  std::size_t same = 0;
  for (const verify::Refutation& refutation : comparison.refutations) {
    if (refutation.same.value_or(false)) {
      ++same;
      continue;
    }
    std::string where = refutation.site ? fmt::format("line {}, ", *refutation.site) : "";
    if (refutation.start_method) where += *refutation.start_method + ", ";
    out += fmt::format("  {}{}: {}", where, refutation.order,
                       refutation.same ? "different" : "could not tell");
    if (refutation.assumption)
      out += fmt::format("; the assumption {} does not hold", *refutation.assumption);
    out += "\n";
    for (const verify::Difference& difference : refutation.differences) {
      out += fmt::format("  {}:\n{}", name_of(difference), indented(difference.diff));
    }
  }
  if (same > 0)
    out = fmt::format("  other orders: {} of {} the same\n", same, comparison.refutations.size()) +
          out;
  return out;
}

}  // namespace

std::string to_text(const verify::Comparison& comparison, const Style& style) {
  std::string out = verdict_of(comparison, style) + "\n";
  for (const verify::Difference& difference : comparison.differences) {
    out += fmt::format("  {}:\n{}", name_of(difference), indented(difference.diff));
  }
  out += refutations(comparison) + timing(comparison);
  for (const std::string& effect : comparison.outside_effects)
    out += fmt::format("  acts outside of this machine: {}\n", effect);
  if (!comparison.outside_effects.empty() && !comparison.same) {
    out += "  Run it all the same, several times: braid verify --allow-effects …\n";
  }
  for (const std::string& thing : comparison.set_aside)
    out += fmt::format("  set aside, since the original differs from itself: {}\n", thing);
  for (const std::string& note : comparison.notes) out += fmt::format("  note: {}\n", note);
  return out;
}

}  // namespace braid::report
