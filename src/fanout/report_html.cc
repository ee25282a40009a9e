// The page about a run: no scripts, nothing from elsewhere, tables that scroll by themselves.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "fanout/fanout.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kMostText = 2000;

constexpr std::string_view kStyle = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>braid ask</title>
<style>
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: 0; list-style: none; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #8884;
  vertical-align: top; }
td.n, th.n { text-align: right; } .failed, .skipped { color: #b00020; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .6rem;
  border-radius: .4rem; margin: .3rem 0; }
td pre { min-width: 15rem; }
.bar { background: #4a7; height: .5rem; border-radius: .25rem; min-width: 1px; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; }
  .failed, .skipped { color: #ff8a80; } }
</style></head><body>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string shortened(std::string_view text) {
  if (text.size() <= kMostText) return escaped(text);
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return escaped(text.substr(0, end)) + " …";
}

std::string_view name_of(Status status) {
  return status == Status::ok ? "ok" : status == Status::failed ? "failed" : "skipped";
}

std::string_view name_of(MergeKind kind) {
  constexpr std::string_view kNames[] = {"stitch", "jsonl", "vote", "best", "synthesise", "python"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string usd_text(const std::optional<double>& usd) {
  return usd ? fmt::format("${:.4f}", *usd) : "unknown";
}

void add_facts(std::string& out, const Outcome& outcome) {
  const Totals& totals = outcome.totals;
  const auto add = [&](std::string_view name, const std::string& value) {
    out += fmt::format("<li>{}: <b>{}</b></li>\n", name, escaped(value));
  };
  out += "<ul class=\"facts\">\n";
  add("calls", std::to_string(outcome.rows.size()));
  add("sent", std::to_string(totals.attempts));
  add("refused", std::to_string(totals.refused));
  add("reused", std::to_string(outcome.stored));
  add("prompt tokens", fmt::format("{} ({} cached)", totals.usage.prompt, totals.usage.cached));
  add("answer tokens", std::to_string(totals.usage.completion));
  add("cost",
      usd_text(totals.is_usd_known && totals.usd > 0 ? std::optional(totals.usd) : std::nullopt));
  add("time", fmt::format("{:.1f} s", outcome.seconds));
  out += "</ul>\n";
}

void add_votes(std::string& out, const Json& details) {
  const Json* votes = details.find("votes");
  if (votes == nullptr) votes = details.find("scores");
  if (votes == nullptr || votes->members.empty()) return;
  double most = 0;
  for (const auto& [label, count] : votes->members)
    most = std::max(most, count.number().value_or(0));
  out += "<div class=\"wide\"><table>\n";
  for (const auto& [label, count] : votes->members) {
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td style=\"width:50%\"><div class=\"bar\" "
        "style=\"width:{:.0f}%\"></div></td></tr>\n",
        escaped(label), escaped(count.text),
        most > 0 ? 100 * count.number().value_or(0) / most : 0);
  }
  out += "</table></div>\n";
}

void add_merges(std::string& out, const Outcome& outcome) {
  for (const MergeOutcome& merge : outcome.merges) {
    out +=
        fmt::format("<h2>{} <small>({})</small></h2>\n", escaped(merge.name), name_of(merge.kind));
    add_votes(out, merge.merged.details);
    for (const std::string& note : merge.merged.notes)
      out += fmt::format("<p>{}</p>\n", escaped(note));
    if (merge.merged.text) {
      out += fmt::format("<pre>{}</pre>\n", shortened(*merge.merged.text));
    } else {
      out += fmt::format("<p class=\"failed\">not made: {}</p>\n", escaped(merge.merged.failure));
    }
  }
}

void add_rows(std::string& out, const Outcome& outcome) {
  double longest = 0;
  for (const Row& row : outcome.rows) longest = std::max(longest, row.answer.seconds);
  out +=
      "<h2>Calls</h2>\n<div class=\"wide\"><table>\n<tr><th>part</th><th>status</th>"
      "<th class=\"n\">sent</th><th class=\"n\">tokens</th><th class=\"n\">cost</th>"
      "<th class=\"n\">seconds</th><th></th></tr>\n";
  const std::size_t shown = std::min(outcome.rows.size(), kMostRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = outcome.rows[i];
    const KeptAnswer& answer = row.answer;
    out += fmt::format(
        "<tr><td><details><summary>{} {}.{}</summary><pre>{}</pre></details></td>"
        "<td class=\"{}\">{}</td><td class=\"n\">{}</td><td class=\"n\">{} + {}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{:.2f}</td>"
        "<td style=\"width:20%\"><div class=\"bar\" style=\"width:{:.0f}%\"></div></td></tr>\n",
        escaped(row.part), row.index, row.draw,
        answer.status == Status::ok ? shortened(answer.text) : escaped(answer.error),
        name_of(answer.status), name_of(answer.status), answer.attempts, answer.usage.prompt,
        answer.usage.completion, usd_text(answer.usd), answer.seconds,
        longest > 0 ? 100 * answer.seconds / longest : 0);
  }
  out += "</table></div>\n";
  if (shown < outcome.rows.size()) {
    out += fmt::format("<p>and {} more; all of them are in the file of --parts</p>\n",
                       outcome.rows.size() - shown);
  }
}

}  // namespace

std::string report_html(const Outcome& outcome, const Workflow& workflow) {
  std::string out(kStyle);
  out += fmt::format("<h1>{}</h1>\n",
                     workflow.path.empty() ? std::string("braid ask") : escaped(workflow.path));
  if (outcome.status == 0) {
    out += "<p>complete</p>\n";
  } else {
    out += fmt::format("<p class=\"failed\">ended with {}: {}</p>\n", outcome.status,
                       escaped(outcome.failure.empty() ? "gaps" : outcome.failure));
  }
  if (!outcome.gaps.empty()) {
    std::string gaps;
    for (std::size_t i = 0; i < std::min<std::size_t>(outcome.gaps.size(), 50); ++i) {
      gaps += (i == 0 ? "" : ", ") + outcome.gaps[i];
    }
    out += fmt::format("<p class=\"failed\">missing ({}): {}</p>\n", outcome.gaps.size(),
                       escaped(gaps));
  }
  add_facts(out, outcome);
  add_merges(out, outcome);
  add_rows(out, outcome);
  return out + "</body></html>\n";
}

}  // namespace braid::fanout
