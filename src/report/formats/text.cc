// Text for people. A site is a few lines: where, what Braid says, the source with carets, why, and
// what to do.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/report.h"

namespace braid::report {
namespace {

constexpr std::size_t kWidestLine = 120;

class Painter {
 public:
  explicit Painter(const Style& style) : colour_(style.colour) {}
  [[nodiscard]] std::string paint(std::string_view text, std::string_view code) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  [[nodiscard]] std::string bold(std::string_view text) const { return paint(text, "1"); }
  [[nodiscard]] std::string faint(std::string_view text) const { return paint(text, "2"); }

 private:
  bool colour_;
};

std::string_view colour_of(plan::Verdict verdict) {
  switch (verdict) {
    case plan::Verdict::parallel:
      return "1;32";
    case plan::Verdict::conditional:
      return "1;33";
    case plan::Verdict::sequential:
      return "1;31";
    case plan::Verdict::unknown:
      return "1;35";
    case plan::Verdict::cheap:
      return "1;36";
  }
  return "1";
}

std::string seconds_text(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

// Columns count code points; a tab keeps its width by standing in the caret line too.
std::string underline(const Excerpt& shown) {
  std::string out;
  std::uint32_t column = 0;
  for (const char c : shown.text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
    if (++column >= shown.begin) break;
    out += c == '\t' ? '\t' : ' ';
  }
  const std::uint32_t width = shown.end > shown.begin ? shown.end - shown.begin : 1;
  return out + std::string(std::min<std::size_t>(width, kWidestLine), '^');
}

// A line of minified code would fill the screen: what stands around the carets is enough.
Excerpt narrowed(Excerpt shown) {
  if (shown.text.size() <= kWidestLine) return shown;
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < shown.text.size(); ++i) {
    if ((static_cast<unsigned char>(shown.text[i]) & 0xC0U) != 0x80U) starts.push_back(i);
  }
  if (starts.size() <= kWidestLine) return shown;
  const std::size_t begin =
      shown.begin > 40 ? std::min<std::size_t>(shown.begin - 40, starts.size()) : 0;
  const std::size_t end = std::min(begin + kWidestLine, starts.size());
  const std::string middle =
      shown.text.substr(starts[std::min(begin, starts.size() - 1)],
                        (end < starts.size() ? starts[end] : shown.text.size()) -
                            starts[std::min(begin, starts.size() - 1)]);
  shown.text = fmt::format("{}{}{}", begin > 0 ? "…" : "", middle, end < starts.size() ? "…" : "");
  const auto moved = static_cast<std::uint32_t>(begin > 0 ? begin - 1 : 0);
  shown.begin -= moved;
  shown.end =
      std::min<std::uint32_t>(shown.end - moved, static_cast<std::uint32_t>(kWidestLine) + 2);
  return shown;
}

std::string source_lines(const Excerpt& full, std::string_view own_path, const Painter& painter,
                         std::string_view colour) {
  const Excerpt shown = narrowed(full);
  std::string out;
  if (shown.path != own_path)
    out += fmt::format("      {}\n", painter.faint(fmt::format("{}:{}", shown.path, shown.line)));
  out += fmt::format("{} {} {}\n", painter.faint(fmt::format("{:>5}", shown.line)),
                     painter.faint("|"), shown.text);
  out +=
      fmt::format("      {} {}{}{}\n", painter.faint("|"), painter.paint(underline(shown), colour),
                  shown.note.empty() ? "" : " ", painter.paint(shown.note, colour));
  return out;
}

std::string list_line(std::string_view label, std::string_view text) {
  return fmt::format("      {} {}\n", label, text);
}

std::string_view plural(plan::Strategy strategy) {
  return strategy == plan::Strategy::process ? "processes" : "threads";
}

std::string estimate_text(const plan::Estimate& estimate) {
  std::string out;
  const auto add = [&out](std::string text) { out += (out.empty() ? "" : ", ") + std::move(text); };
  if (estimate.iterations)
    add(fmt::format("{} {}", *estimate.iterations,
                    *estimate.iterations == 1 ? "iteration" : "iterations"));
  if (estimate.seconds_per_iteration)
    add(fmt::format("about {} each", seconds_text(*estimate.seconds_per_iteration)));
  if (estimate.speedup && *estimate.speedup >= 1.05) {
    add(fmt::format("about {:.2g} times faster", *estimate.speedup));
  }
  if (estimate.break_even)
    add(fmt::format("pays from {} {} on", *estimate.break_even,
                    *estimate.break_even == 1 ? "iteration" : "iterations"));
  return out;
}

std::string verdict_line(const SiteReport& site) {
  switch (site.verdict) {
    case plan::Verdict::parallel:
      return fmt::format("the marked part can run side by side, in {}", plural(site.strategy));
    case plan::Verdict::conditional:
      return fmt::format("can run side by side in {}, if {} {}", plural(site.strategy),
                         site.assumptions.size() == 1 ? "this holds" : "these hold",
                         site.accepted ? "(you have accepted it)" : "");
    case plan::Verdict::sequential:
      return "must stay as it is";
    case plan::Verdict::unknown:
      return "Braid cannot tell";
    case plan::Verdict::cheap:
      return "independent, but not worth it";
  }
  return {};
}

std::string trimmed(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string cure(const SiteReport& site) {
  if (site.verdict == plan::Verdict::parallel)
    return fmt::format("braid fix {} --only {}", site.path, site.position.line);
  if (site.verdict != plan::Verdict::conditional) return {};
  std::string options;
  if (!site.accepted) {
    for (const AssumptionReport& assumption : site.assumptions)
      options += fmt::format(" --assume '{}'", assumption.id);
  }
  return fmt::format("braid fix {} --only {}{}", site.path, site.position.line, options);
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string summary(const CheckReport& report) {
  std::string out;
  const plan::Verdict all[] = {plan::Verdict::parallel, plan::Verdict::conditional,
                               plan::Verdict::sequential, plan::Verdict::unknown,
                               plan::Verdict::cheap};
  for (const plan::Verdict verdict : all) {
    const auto count =
        std::count_if(report.sites.begin(), report.sites.end(),
                      [&](const SiteReport& site) { return site.verdict == verdict; });
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, name_of(verdict));
  }
  out = fmt::format("{} in {}{}{}", counted(report.sites.size(), "loop", "loops"),
                    counted(report.files, "file", "files"), out.empty() ? "" : ": ", out);
  if (!report.errors.empty())
    out += fmt::format("; {}", counted(report.errors.size(), "error", "errors"));
  return out;
}

std::string coded(std::string_view text, diagnostics::Code code, const Painter& painter) {
  return fmt::format("{} {}", text, painter.faint(fmt::format("({})", diagnostics::label(code))));
}

// A reason that only repeats the assumption shows where it comes from.
bool tells_of(const Reason& reason, const AssumptionReport& assumption) {
  return reason.code == assumption.code && reason.message == assumption.text;
}

std::string evidence(const Reason& reason, const SiteReport& site, const Painter& painter) {
  std::string out;
  for (const Excerpt& shown : reason.shown) {
    const bool is_header = shown.line == site.shown.line && shown.path == site.path;
    if (is_header && shown.note.empty()) continue;
    out += source_lines(shown, site.path, painter, colour_of(site.verdict));
  }
  return out;
}

}  // namespace

std::string to_text(const SiteReport& site, const Style& style) {
  const Painter painter(style);
  const std::string_view colour = colour_of(site.verdict);
  std::string out =
      fmt::format("{}: {}: {}\n", painter.bold(fmt::format("{}:{}", site.path, site.position.line)),
                  painter.paint(name_of(site.verdict), colour), trimmed(verdict_line(site)));
  out += source_lines(site.shown, site.path, painter, colour);
  for (const Excerpt& run : site.costly) {
    Excerpt marked = run;
    marked.note = run.note.empty() ? "side by side" : run.note + ", side by side";
    out += source_lines(marked, site.path, painter, colour);
  }
  for (const AssumptionReport& assumption : site.assumptions) {
    out += list_line("if:", coded(assumption.text, assumption.code, painter));
    if (!assumption.seen.empty()) out += list_line("else:", assumption.seen);
    for (const Reason& reason : site.reasons) {
      if (tells_of(reason, assumption)) out += evidence(reason, site, painter);
    }
  }
  for (const Reason& reason : site.reasons) {
    const bool told = std::any_of(site.assumptions.begin(), site.assumptions.end(),
                                  [&](const auto& each) { return tells_of(reason, each); });
    if (told) continue;
    out += list_line("why:", coded(reason.message, reason.code, painter));
    out += evidence(reason, site, painter);
  }
  if (const std::string estimate = estimate_text(site.estimate); !estimate.empty())
    out += list_line("gain:", estimate);
  if (const std::string command = cure(site); !command.empty()) out += list_line("do:", command);
  return out;
}

std::string to_text(const FileError& error, const Style& style) {
  const Painter painter(style);
  const std::string place =
      error.shown ? fmt::format("{}:{}", error.path, error.position.line) : error.path;
  std::string out = fmt::format("{}: {}: {} {}\n", painter.bold(place),
                                painter.paint("error", "1;31"), error.message,
                                painter.faint(fmt::format("({})", diagnostics::label(error.code))));
  if (error.shown) out += source_lines(*error.shown, error.path, painter, "1;31");
  return out;
}

std::string to_text(const CheckReport& report, const Style& style) {
  std::string out;
  for (const FileError& error : report.errors) out += to_text(error, style) + "\n";
  for (const SiteReport& site : report.sites) out += to_text(site, style) + "\n";
  return out + summary(report) + "\n";
}

}  // namespace braid::report
