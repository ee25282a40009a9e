#include "report/report.h"

namespace braid::report {

std::string_view name_of(plan::Verdict verdict) {
  switch (verdict) {
    case plan::Verdict::parallel:
      return "parallel";
    case plan::Verdict::conditional:
      return "conditional";
    case plan::Verdict::sequential:
      return "sequential";
    case plan::Verdict::unknown:
      return "unknown";
    case plan::Verdict::cheap:
      return "cheap";
  }
  return "unknown";
}

std::string_view name_of(dependence::SiteKind kind) {
  switch (kind) {
    case dependence::SiteKind::For:
      return "for";
    case dependence::SiteKind::Comprehension:
      return "comprehension";
    case dependence::SiteKind::Generator:
      return "generator";
    case dependence::SiteKind::While:
      return "while";
    case dependence::SiteKind::AwaitLoop:
      return "await-loop";
    case dependence::SiteKind::Statements:
      return "statements";
    case dependence::SiteKind::ArrayLoops:
      return "array-loops";
    case dependence::SiteKind::Dataframe:
      return "dataframe";
  }
  return "for";
}

std::string_view name_of(plan::Workload workload) {
  switch (workload) {
    case plan::Workload::io:
      return "io";
    case plan::Workload::cpu:
      return "cpu";
    case plan::Workload::data:
      return "data";
    case plan::Workload::mixed:
      return "mixed";
  }
  return "mixed";
}

std::string_view name_of(plan::Strategy strategy) {
  switch (strategy) {
    case plan::Strategy::none:
      return "none";
    case plan::Strategy::thread:
      return "thread";
    case plan::Strategy::process:
      return "process";
  }
  return "none";
}

}  // namespace braid::report
