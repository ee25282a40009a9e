// report: values → text. What the rooms found, as people and programs read it.
//
// In: decisions with the trees they speak of, and Comparisons. Out: strings. No I/O; the JSON is
// the contract of `braid check` and `braid verify`. Units: lines and columns from 1, columns in
// code points, ends exclusive.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "effects/program.h"
#include "plan/plan.h"
#include "verify/verify.h"

namespace braid::report {

struct Range {
  Position begin;
  Position end;
};

// A line of source with the part that is meant: what text output underlines.
struct Excerpt {
  std::string path;
  std::uint32_t line = 1;
  std::string text;
  std::uint32_t begin = 1;  // columns in `text`
  std::uint32_t end = 1;
  std::string note;  // "written here"
};

struct Reason {
  diagnostics::Code code{};
  std::string message;
  Position position;
  std::vector<Excerpt> shown;  // the place itself, then its evidence
};

struct AssumptionReport {
  std::string id;
  std::string text;
  std::string seen;  // what could be seen if it does not hold
  diagnostics::Code code{};
  std::uint32_t line = 1;
  Excerpt shown;
};

// One site, free of the tree it was found in.
struct SiteReport {
  std::string path;
  Position position;
  std::uint32_t end_line = 1;
  dependence::SiteKind kind{};
  plan::Verdict verdict{};
  std::optional<plan::Workload> workload;
  plan::Strategy strategy = plan::Strategy::none;
  std::vector<Range> split;
  std::vector<Range> run;
  std::vector<Range> merge;
  std::vector<AssumptionReport> assumptions;
  std::vector<Reason> reasons;
  plan::Estimate estimate;
  std::vector<std::string> rests_on;
  bool accepted = false;  // would be rewritten
  Excerpt shown;
  std::vector<Excerpt> costly;  // the run spans
};

struct FileError {
  std::string path;
  Position position;
  diagnostics::Code code{};
  std::string message;
  std::optional<Excerpt> shown;
};

struct CheckReport {
  std::vector<SiteReport> sites;  // sorted by path, line, column
  std::vector<FileError> errors;
  std::size_t files = 0;  // how many were read
};

SiteReport describe(const effects::Program& program, const dependence::Site& site,
                    const plan::Decision& decision, bool accepted, const std::string& path);
Reason describe(const diagnostics::Diagnostic& diagnostic, const Source& source,
                const std::string& path);
FileError describe_problem(const diagnostics::Diagnostic& problem, const Source& source,
                           const std::string& path);
Excerpt excerpt(const Source& source, Span span, const std::string& path, std::string note = {});

struct Style {
  bool colour = false;
};

std::string to_text(const CheckReport& report, const Style& style);
std::string to_json(const CheckReport& report);
std::string to_text(const SiteReport& site, const Style& style);
std::string to_text(const FileError& error, const Style& style);
std::string to_text(const verify::Comparison& comparison, const Style& style);
std::string to_json(const verify::Comparison& comparison);

// A unified diff with three lines of context; empty when the texts are equal.
std::string unified_diff(std::string_view before, std::string_view after,
                         std::string_view before_name, std::string_view after_name,
                         const Style& style);

std::string_view name_of(plan::Verdict verdict);
std::string_view name_of(dependence::SiteKind kind);
std::string_view name_of(plan::Workload workload);
std::string_view name_of(plan::Strategy strategy);

}  // namespace braid::report
