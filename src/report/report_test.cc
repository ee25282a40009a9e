#include "report/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace braid::report {
namespace {

SiteReport a_site() {
  SiteReport site;
  site.path = "x.py";
  site.position = {3, 5};
  site.end_line = 4;
  site.kind = dependence::SiteKind::For;
  site.shown = {"x.py", 3, "    for page in pages:", 5, 22, ""};
  return site;
}

TEST(Report, JsonHasTheFieldsOfTheContract) {
  CheckReport report;
  SiteReport site = a_site();
  site.verdict = plan::Verdict::conditional;
  site.workload = plan::Workload::io;
  site.strategy = plan::Strategy::thread;
  site.split = {{{3, 5}, {3, 22}}};
  site.assumptions.push_back(
      {"runs-ahead:f@main", "text", "seen", diagnostics::Code::runs_ahead, 4, {}});
  site.reasons.push_back({diagnostics::Code::carried_value, "why", {4, 9}, {}});
  site.estimate.iterations = 32;
  report.sites.push_back(site);
  report.errors.push_back(
      {"y\xE9.py", {1, 2}, diagnostics::Code::syntax_error, "invalid \"syntax\"", std::nullopt});
  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json["version"], 1);
  const auto& first = json["sites"][0];
  EXPECT_EQ(first["path"], "x.py");
  EXPECT_EQ(first["line"], 3);
  EXPECT_EQ(first["column"], 5);
  EXPECT_EQ(first["end_line"], 4);
  EXPECT_EQ(first["kind"], "for");
  EXPECT_EQ(first["verdict"], "conditional");
  EXPECT_EQ(first["workload"], "io");
  EXPECT_EQ(first["strategy"], "thread");
  EXPECT_EQ(first["stages"]["split"],
            nlohmann::json::parse(R"([{"line":3,"column":5,"end_line":3,"end_column":22}])"));
  EXPECT_EQ(first["stages"]["run"], nlohmann::json::array());
  EXPECT_EQ(first["assumptions"][0]["id"], "runs-ahead:f@main");
  EXPECT_EQ(first["assumptions"][0]["line"], 4);
  EXPECT_EQ(first["reasons"][0]["code"], "BR201");
  EXPECT_EQ(first["reasons"][0]["column"], 9);
  EXPECT_EQ(first["estimate"]["iterations"], 32);
  EXPECT_TRUE(first["estimate"]["speedup"].is_null());
  EXPECT_EQ(json["errors"][0]["code"], "BR103");
  EXPECT_EQ(json["errors"][0]["message"], "invalid \"syntax\"");
}

TEST(Report, JsonOfAComparison) {
  verify::Comparison comparison;
  comparison.same = false;
  comparison.speedup = 2.5;
  comparison.sites.push_back({"x.py", 3, 9.0, std::nullopt, std::nullopt});
  comparison.differences.push_back({verify::Difference::What::out, "", "-a\n+b\n"});
  comparison.refutations.push_back({3, "reversed", "spawn", false, "runs-ahead:f@main", {}});
  const auto json = nlohmann::json::parse(to_json(comparison));
  EXPECT_EQ(json["same"], false);
  EXPECT_EQ(json["speedup"], 2.5);
  EXPECT_TRUE(json["sequential_s"].is_null());
  EXPECT_TRUE(json["predicted_speedup"].is_null());
  EXPECT_EQ(json["sites"][0]["speedup"], 9.0);
  EXPECT_EQ(json["differences"][0]["what"], "stdout");
  EXPECT_EQ(json["refutations"][0]["site"], 3);
  EXPECT_EQ(json["refutations"][0]["start_method"], "spawn");
  EXPECT_EQ(json["refutations"][0]["assumption"], "runs-ahead:f@main");
}

TEST(Report, TextUnderlinesWhatIsMeant) {
  SiteReport site = a_site();
  site.verdict = plan::Verdict::sequential;
  site.reasons.push_back({diagnostics::Code::carried_value,
                          "why",
                          {4, 9},
                          {{"x.py", 4, "\tétotal = f(total)", 2, 8, ""},
                           {"other.py", 1, "total = 0", 1, 6, "written here"}}});
  EXPECT_EQ(to_text(site, {}),
            "x.py:3: sequential: must stay as it is\n"
            "    3 |     for page in pages:\n"
            "      |     ^^^^^^^^^^^^^^^^^\n"
            "      why: why (BR201)\n"
            "    4 | \tétotal = f(total)\n"
            "      | \t^^^^^^\n"
            "      other.py:1\n"
            "    1 | total = 0\n"
            "      | ^^^^^ written here\n");
}

TEST(Report, TextOfAConditionalSiteNamesTheCommand) {
  SiteReport site = a_site();
  site.verdict = plan::Verdict::conditional;
  site.strategy = plan::Strategy::thread;
  site.assumptions.push_back(
      {"runs-ahead:f@main", "it holds", "leftovers", diagnostics::Code::runs_ahead, 4, {}});
  const std::string text = to_text(site, {});
  EXPECT_NE(text.find("if: it holds (BR301)"), std::string::npos) << text;
  EXPECT_NE(text.find("else: leftovers"), std::string::npos) << text;
  EXPECT_NE(text.find("do: braid fix x.py --only 3 --assume 'runs-ahead:f@main'"),
            std::string::npos)
      << text;
}

TEST(Report, ColourIsOnlyAdded) {
  SiteReport site = a_site();
  site.verdict = plan::Verdict::parallel;
  site.strategy = plan::Strategy::thread;
  std::string coloured = to_text(site, {true});
  EXPECT_NE(coloured.find("\x1b["), std::string::npos);
  for (std::size_t at = 0; (at = coloured.find("\x1b[")) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, to_text(site, {}));
}

TEST(Report, AVeryLongLineIsCut) {
  const Source source("x.py", "x = [" + std::string(5000, 'a') + "]\n");
  const FileError error =
      describe_problem({diagnostics::Code::syntax_error, {2000, 2003}, "odd", {}}, source, "x.py");
  const std::string text = to_text(error, {});
  EXPECT_LT(text.size(), 500U);
  EXPECT_NE(text.find("…aaaa"), std::string::npos) << text;
}

TEST(Report, ExcerptsOfSeveralLinesEndWithTheFirst) {
  const Source source("x.py", "f(a,\n  b)\r\ng()\n");
  const Excerpt shown = excerpt(source, {0, 9}, "x.py");
  EXPECT_EQ(shown.text, "f(a,");
  EXPECT_EQ(shown.begin, 1U);
  EXPECT_EQ(shown.end, 5U);
  EXPECT_EQ(excerpt(source, {7, 9}, "x.py").line, 2U);
}

TEST(Report, AComparisonIsToldInWords) {
  verify::Comparison same;
  same.same = true;
  same.runs_of_original = 3;
  same.runs_of_rewritten = 3;
  same.speedup = 24.567;
  EXPECT_TRUE(to_text(same, {}).starts_with("same: ")) << to_text(same, {});
  EXPECT_NE(to_text(same, {}).find("speedup: 24.57 times"), std::string::npos);
  verify::Comparison unclear;
  unclear.reason = "a run failed";
  EXPECT_EQ(to_text(unclear, {}), "could not tell: a run failed\n");
  verify::Comparison nothing;
  nothing.same = true;
  nothing.rewritten = false;
  EXPECT_EQ(to_text(nothing, {}), "same: nothing was rewritten, so there was nothing to run\n");
}

}  // namespace
}  // namespace braid::report
