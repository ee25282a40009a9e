// Every case is rewritten and both programs are run, once per fault point: see compare_runs.py.
#include <gtest/gtest.h>

#include <cstdlib>

#include "rewrite/rewrite_cases.h"

namespace braid::rewrite {
namespace {

namespace fs = std::filesystem;

std::vector<Case> thread_cases() {
  std::vector<Case> all;
  const auto add = [&](Case each) { all.push_back(std::move(each)); };
#include "rewrite/executed_cases.inc"
  return all;
}

std::vector<Case> process_cases() {
  std::vector<Case> all;
  const auto add = [&](Case each) { all.push_back(std::move(each)); };
#include "rewrite/process_cases.inc"
  return all;
}

fs::path empty_folder(const std::string& name) {
  const fs::path folder = fs::path(::testing::TempDir()) / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

// False: the dialect leaves it to the standard library.
bool write_pair(const Case& given, const fs::path& before, const fs::path& after,
                Dialect dialect = Dialect::stdlib) {
  const CaseProgram program(given.source);
  EXPECT_FALSE(program.tree().has_errors()) << given.name;
  std::vector<plan::Plan> plans{program.plan(given)};
  for (Case other : given.also) {
    other.source = given.source;
    plans.push_back(program.plan(other));
  }
  Options options;
  options.progress = given.progress;
  options.dialect = dialect;
  const Rewritten result =
      rewrite(*read_original(program.program, effects::ModuleId{0U}), plans, options);
  for (const Rewritten::PlanOutcome& outcome : result.outcomes) {
    EXPECT_TRUE(outcome.expressed) << given.name << ": " << outcome.reason;
    if (!outcome.instead.empty()) return false;
  }
  const std::string text = rewrite::apply(given.source, result.edits);
  std::ofstream(before, std::ios::binary) << given.source;
  std::ofstream(after, std::ios::binary) << text;
  const Source source("case.py", given.source);
  const Source changed("case.py", text);
  EXPECT_EQ(line_map(source, result.edits).size(), changed.line_count()) << given.name;
  return true;
}

void compare(const std::string& script, const fs::path& folder,
             const std::string& python = "python3") {
  const std::string command = python + " " + BRAID_SOURCE_DIR + "/tests/golden/rewrite/" + script +
                              " " + folder.string() + " > " + (folder / "report.txt").string() +
                              " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream report(folder / "report.txt");
  const std::string text{std::istreambuf_iterator<char>(report), {}};
  EXPECT_EQ(status, 0) << text;
}

TEST(Executed, ThreadsDoTheSame) {
  const fs::path folder = empty_folder("braid_rewrite_cases");
  for (const Case& given : thread_cases()) {
    write_pair(given, folder / (given.name + ".before.py"), folder / (given.name + ".after.py"));
  }
  compare("compare_runs.py", folder);
}

// joblib is among what `tools/setup test` installs.
TEST(Executed, JoblibDoesTheSame) {
  const fs::path folder = empty_folder("braid_rewrite_joblib_cases");
  std::size_t written = 0;
  for (const Case& given : thread_cases()) {
    const fs::path before = folder / (given.name + ".before.py");
    if (write_pair(given, before, folder / (given.name + ".after.py"), Dialect::joblib)) ++written;
  }
  EXPECT_GE(written, 15U);
  compare("compare_runs.py", folder, BRAID_SOURCE_DIR "/build/venv/bin/python3");
}

TEST(Executed, ProcessesDoTheSame) {
  const fs::path folder = empty_folder("braid_rewrite_process_cases");
  for (const Case& given : process_cases()) {
    write_pair(given, folder / (given.name + "_before.py"), folder / (given.name + "_after.py"));
  }
  compare("compare_processes.py", folder);
}

}  // namespace
}  // namespace braid::rewrite
