#include "cli/command_ask_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/source_file.h"

namespace braid::cli {
namespace {

using fanout::Outcome;
using fanout::Row;
using fanout::Status;

std::string_view name_of(Status status) {
  return status == Status::ok ? "ok" : status == Status::failed ? "failed" : "skipped";
}

std::string dollars(const std::optional<double>& usd) {
  return usd ? fmt::format("{:.6f}", *usd) : "null";
}

// 12 s, 3 min 20 s, 2 h 5 min
std::string span_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string cost_text(double usd, bool is_known) {
  return is_known ? fmt::format("${:.4f}", usd) : "cost unknown (no price)";
}

struct Group {
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  fanout::Usage usage;
  double longest = 0;
};

void append_row(std::string& out, const Row& row) {
  const fanout::KeptAnswer& answer = row.answer;
  out += "{\"part\":";
  fanout::append_quoted(out, row.part);
  out += fmt::format(",\"index\":{},\"draw\":{},\"status\":\"{}\",\"text\":", row.index, row.draw,
                     name_of(answer.status));
  if (answer.status == Status::ok)
    fanout::append_quoted(out, answer.text);
  else
    out += "null";
  out += ",\"error\":";
  if (answer.error.empty())
    out += "null";
  else
    fanout::append_quoted(out, answer.error);
  out += fmt::format(
      ",\"attempts\":{},\"prompt_tokens\":{},\"cached_tokens\":{},\"completion_tokens\":{},"
      "\"usd\":{},"
      "\"seconds\":{:.3f}",
      answer.attempts, answer.usage.prompt, answer.usage.cached, answer.usage.completion,
      dollars(answer.usd), answer.seconds);
  if (row.metadata) out += ",\"metadata\":" + row.metadata->dump();
  out += "}\n";
}

}  // namespace

Result<void> write_rows(int file, const Outcome& outcome) {
  constexpr std::size_t kGroup = 256U << 10U;
  std::string group;
  for (const Row& row : outcome.rows) {
    append_row(group, row);
    outcome.texts->was_read(row.answer.text.size());
    if (group.size() < kGroup) continue;
    if (auto written = write_all(file, group); !written) return written;
    group.clear();
  }
  return write_all(file, group);
}

Result<void> write_text(int file, const fanout::Text& text) {
  Result<void> written;
  text.in_windows([&](std::string_view window) {
    written = write_all(file, window);
    return written.has_value();
  });
  return written;
}

std::string stats_text(const Outcome& outcome) {
  const fanout::Totals& totals = outcome.totals;
  std::size_t lost = 0;
  std::size_t skipped = 0;
  for (const Row& row : outcome.rows) {
    if (row.answer.status == Status::failed) ++lost;
    if (row.answer.status == Status::skipped) ++skipped;
  }
  std::string gaps;
  for (const std::string& gap : outcome.gaps) {
    gaps += gaps.empty() ? "" : ",";
    fanout::append_quoted(gaps, gap);
  }
  std::string merges;
  for (const fanout::MergeOutcome& merge : outcome.merges) {
    merges += merges.empty() ? "" : ",";
    fanout::append_quoted(merges, merge.name);
    merges += merge.merged.text ? ":{\"made\":true,\"failure\":" : ":{\"made\":false,\"failure\":";
    fanout::append_quoted(merges, merge.merged.failure);
    merges += ",\"details\":" + merge.merged.details.dump() + ",\"notes\":[";
    for (std::size_t i = 0; i < merge.merged.notes.size(); ++i) {
      merges += i == 0 ? "" : ",";
      fanout::append_quoted(merges, merge.merged.notes[i]);
    }
    merges += "]}";
  }
  std::string odd;
  for (const std::string& input : outcome.odd_inputs) {
    odd += odd.empty() ? "" : ",";
    fanout::append_quoted(odd, input);
  }
  return fmt::format(
      "{{\"calls\":{},\"attempts\":{},\"refused\":{},\"lost\":{},\"skipped\":{},\"reused\":{},"
      "\"faults\":{},\"reasked\":{},\"uncounted\":{},\"tokens\":{{\"prompt\":{},\"cached\":{},"
      "\"completion\":{}}},\"usd\":{},\"seconds\":{:.3f},\"stopped\":{},\"gaps\":[{}],"
      "\"merges\":{{{}}},\"not_utf8\":[{}]}}\n",
      outcome.rows.size(), totals.attempts, totals.refused, lost, skipped, outcome.stored,
      totals.faults, totals.reasked, totals.uncounted, totals.usage.prompt, totals.usage.cached,
      totals.usage.completion, totals.is_usd_known ? dollars(totals.usd) : std::string("null"),
      outcome.seconds,
      outcome.cause == fanout::StopCause::none ? "null"
                                               : fanout::quoted(fanout::name_of(outcome.cause)),
      gaps, merges, odd);
}

std::string summary_text(const Outcome& outcome) {
  std::vector<std::string> order;
  std::map<std::string, Group> groups;
  for (const Row& row : outcome.rows) {
    if (!groups.contains(row.part)) order.push_back(row.part);
    Group& group = groups[row.part];
    if (row.answer.status == Status::ok) ++group.ok;
    if (row.answer.status == Status::failed) ++group.failed;
    if (row.answer.status == Status::skipped) ++group.skipped;
    group.usage.prompt += row.answer.usage.prompt;
    group.usage.cached += row.answer.usage.cached;
    group.usage.completion += row.answer.usage.completion;
    group.longest = std::max(group.longest, row.answer.seconds);
  }
  std::size_t width = 4;
  for (const std::string& name : order) width = std::max(width, name.size());
  std::string out;
  if (order.size() > 1) {
    out += fmt::format("{:<{}}  {:>6} {:>6} {:>7} {:>9} {:>9} {:>9}  {}\n", "part", width, "ok",
                       "failed", "skipped", "prompt", "cached", "answers", "longest");
    for (const std::string& name : order) {
      const Group& group = groups[name];
      out += fmt::format("{:<{}}  {:>6} {:>6} {:>7} {:>9} {:>9} {:>9}  {}\n", name, width, group.ok,
                         group.failed, group.skipped, group.usage.prompt, group.usage.cached,
                         group.usage.completion, span_text(group.longest));
    }
  }
  for (const fanout::MergeOutcome& merge : outcome.merges) {
    for (const std::string& note : merge.merged.notes)
      out += fmt::format("{}: {}\n", merge.name, note);
    if (!merge.merged.text)
      out += fmt::format("{}: not made: {}\n", merge.name, merge.merged.failure);
  }
  for (const std::string& note : outcome.notes) out += note + "\n";
  if (!outcome.gaps.empty()) {
    const std::size_t shown = std::min<std::size_t>(outcome.gaps.size(), 10);
    out += fmt::format("missing: {}{}\n",
                       fmt::join(outcome.gaps.begin(),
                                 outcome.gaps.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       outcome.gaps.size() > shown
                           ? fmt::format(" and {} more", outcome.gaps.size() - shown)
                           : std::string());
    for (const Row& row : outcome.rows) {
      if (row.answer.status != Status::failed) continue;
      out += fmt::format("why: {}: {}\n", row.part, row.answer.error);
      break;
    }
  }
  const fanout::Totals& totals = outcome.totals;
  out += fmt::format(
      "{} calls, {} sent, {} refused, {} reused; {} + {} tokens ({} cached); {}; {}\n",
      outcome.rows.size(), totals.attempts, totals.refused, outcome.stored, totals.usage.prompt,
      totals.usage.completion, totals.usage.cached,
      cost_text(totals.usd, totals.is_usd_known && (totals.usd > 0 || totals.attempts == 0)),
      span_text(outcome.seconds));
  return out;
}

std::string progress_text(const fanout::Progress& progress) {
  std::string out =
      fmt::format("{}/{} done, {} in flight", progress.done, progress.expected, progress.in_flight);
  if (progress.failed > 0) out += fmt::format(", {} failed", progress.failed);
  if (progress.per_second > 0) out += fmt::format(", {:.1f} a second", progress.per_second);
  if (!progress.is_usd_known) out += ", cost unknown";
  if (progress.is_usd_known && progress.usd > 0) out += fmt::format(", ${:.4f}", progress.usd);
  if (progress.seconds_left && progress.done > 0 && progress.done < progress.expected) {
    out += ", about " + span_text(*progress.seconds_left) + " left";
  }
  return out;
}

Result<std::string> journal_text(const std::string& path) {
  std::string out;
  fanout::Usage usage;
  std::size_t answers = 0;
  const auto journal = fanout::read_journal(path, [&](const fanout::StoredAnswer& answer) {
    if (answer.attempts == 0) {
      out += fmt::format("{} {} draw {}: made from the answers of other calls\n", answer.part,
                         answer.index, answer.draw);
      return;
    }
    ++answers;
    usage.prompt += answer.usage.prompt;
    usage.cached += answer.usage.cached;
    usage.completion += answer.usage.completion;
    out += fmt::format("{} {} draw {}: {} sent, {} + {} tokens, {:.1f} s: {}\n", answer.part,
                       answer.index, answer.draw, answer.attempts, answer.usage.prompt,
                       answer.usage.completion, answer.seconds, fanout::excerpt(answer.text, 60));
  });
  if (!journal) return std::unexpected(journal.error());
  out += fmt::format("{}: {} answers, {} + {} tokens ({} cached)\n", path, answers, usage.prompt,
                     usage.completion, usage.cached);
  if (journal->torn > 0)
    out += fmt::format("{} torn lines, which a resume leaves out\n", journal->torn);
  return out;
}

}  // namespace braid::cli
