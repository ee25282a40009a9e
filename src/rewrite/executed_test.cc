// Every case is rewritten and both programs are run, once per fault point: see compare_runs.py.
#include <gtest/gtest.h>

#include <cstdlib>

#include "rewrite/rewrite_cases.h"

namespace braid::rewrite {
namespace {

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](Case each) { all.push_back(std::move(each)); };
#include "rewrite/executed_cases.inc"
  return all;
}

TEST(Executed, SameAsTheOriginal) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "braid_rewrite_cases";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const Case& given : cases()) {
    const CaseProgram program(given.source);
    ASSERT_FALSE(program.tree().has_errors()) << given.name;
    const Rewritten result =
        rewrite(program.program, effects::ModuleId{0U}, {program.plan(given)}, {});
    EXPECT_TRUE(result.outcomes[0].expressed) << given.name << ": " << result.outcomes[0].reason;
    const std::string after = rewrite::apply(given.source, result.edits);
    std::ofstream(folder / (given.name + ".before.py"), std::ios::binary) << given.source;
    std::ofstream(folder / (given.name + ".after.py"), std::ios::binary) << after;
    const Source source("case.py", given.source);
    const Source changed("case.py", after);
    EXPECT_EQ(line_map(source, result.edits).size(), changed.line_count()) << given.name;
  }
  const std::string command = std::string("python3 ") + BRAID_SOURCE_DIR +
                              "/tests/golden/rewrite/compare_runs.py " + folder.string() + " > " +
                              (folder / "report.txt").string() + " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream report(folder / "report.txt");
  const std::string text{std::istreambuf_iterator<char>(report), {}};
  EXPECT_EQ(status, 0) << text;
}

}  // namespace
}  // namespace braid::rewrite
