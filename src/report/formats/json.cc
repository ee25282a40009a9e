#include <nlohmann/json.hpp>

#include "report/report.h"

namespace braid::report {
namespace {

using Json = nlohmann::ordered_json;

// File names and messages may hold bytes that are not UTF-8.
std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const std::vector<Range>& ranges) {
  Json out = Json::array();
  for (const Range& range : ranges) {
    out.push_back({{"line", range.begin.line},
                   {"column", range.begin.column},
                   {"end_line", range.end.line},
                   {"end_column", range.end.column}});
  }
  return out;
}

Json json_of(const SiteReport& site) {
  Json assumptions = Json::array();
  for (const AssumptionReport& assumption : site.assumptions) {
    assumptions.push_back({{"id", assumption.id},
                           {"text", assumption.text},
                           {"line", assumption.line},
                           {"code", diagnostics::label(assumption.code)},
                           {"seen", assumption.seen}});
  }
  Json reasons = Json::array();
  for (const Reason& reason : site.reasons) {
    reasons.push_back({{"code", diagnostics::label(reason.code)},
                       {"message", reason.message},
                       {"line", reason.position.line},
                       {"column", reason.position.column}});
  }
  Json out;
  out["path"] = site.path;
  out["line"] = site.position.line;
  out["column"] = site.position.column;
  out["end_line"] = site.end_line;
  out["kind"] = name_of(site.kind);
  out["verdict"] = name_of(site.verdict);
  out["workload"] = site.workload ? Json(name_of(*site.workload)) : Json(nullptr);
  out["strategy"] = name_of(site.strategy);
  out["stages"] = {
      {"split", json_of(site.split)}, {"run", json_of(site.run)}, {"merge", json_of(site.merge)}};
  out["assumptions"] = std::move(assumptions);
  out["reasons"] = std::move(reasons);
  out["estimate"] = {{"iterations", or_null(site.estimate.iterations)},
                     {"speedup", or_null(site.estimate.speedup)},
                     {"break_even", or_null(site.estimate.break_even)}};
  out["rewritten_by_fix"] = site.accepted;
  out["rests_on"] = site.rests_on;
  return out;
}

Json json_of(const FileError& error) {
  return {{"path", error.path},
          {"line", error.position.line},
          {"column", error.position.column},
          {"code", diagnostics::label(error.code)},
          {"message", error.message}};
}

Json json_of(const verify::Difference& difference) {
  return {{"what", verify::text(difference.what)},
          {"path", difference.path},
          {"diff", difference.diff}};
}

Json json_of(const std::vector<verify::Difference>& differences) {
  Json out = Json::array();
  for (const verify::Difference& difference : differences) out.push_back(json_of(difference));
  return out;
}

Json json_of(const std::optional<verify::Spread>& spread) {
  if (!spread) return nullptr;
  return {spread->smallest, spread->largest};
}

}  // namespace

std::string to_json(const CheckReport& report) {
  Json out;
  out["version"] = 1;
  out["sites"] = Json::array();
  for (const SiteReport& site : report.sites) out["sites"].push_back(json_of(site));
  out["errors"] = Json::array();
  for (const FileError& error : report.errors) out["errors"].push_back(json_of(error));
  return print(out);
}

std::string to_json(const verify::Comparison& comparison) {
  Json out;
  out["version"] = 1;
  out["same"] = or_null(comparison.same);
  out["speedup"] = or_null(comparison.speedup);
  out["sequential_s"] = or_null(comparison.sequential_s);
  out["parallel_s"] = or_null(comparison.parallel_s);
  out["predicted_speedup"] = or_null(comparison.predicted_speedup);
  out["sites"] = Json::array();
  for (const verify::SiteTiming& site : comparison.sites) {
    out["sites"].push_back({{"path", site.path},
                            {"line", site.line},
                            {"speedup", or_null(site.speedup)},
                            {"sequential_s", or_null(site.sequential_s)},
                            {"parallel_s", or_null(site.parallel_s)}});
  }
  out["differences"] = json_of(comparison.differences);
  out["refutations"] = Json::array();
  for (const verify::Refutation& refutation : comparison.refutations) {
    out["refutations"].push_back({{"site", or_null(refutation.site)},
                                  {"order", refutation.order},
                                  {"start_method", or_null(refutation.start_method)},
                                  {"same", or_null(refutation.same)},
                                  {"assumption", or_null(refutation.assumption)},
                                  {"differences", json_of(refutation.differences)}});
  }
  out["rewritten"] = comparison.rewritten;
  out["reason"] = comparison.reason.empty() ? Json(nullptr) : Json(comparison.reason);
  out["speedup_spread"] = json_of(comparison.speedup_spread);
  out["sequential_spread"] = json_of(comparison.sequential_spread);
  out["parallel_spread"] = json_of(comparison.parallel_spread);
  out["sequential_cpu_s"] = or_null(comparison.sequential_cpu_s);
  out["parallel_cpu_s"] = or_null(comparison.parallel_cpu_s);
  out["sequential_peak_bytes"] = or_null(comparison.sequential_peak_bytes);
  out["parallel_peak_bytes"] = or_null(comparison.parallel_peak_bytes);
  out["set_aside"] = comparison.set_aside;
  out["outside_effects"] = comparison.outside_effects;
  out["notes"] = comparison.notes;
  return print(out);
}

}  // namespace braid::report
