// The matrix of failures: what fails (the iterator, the split, either of two calls, the merge) ×
// where the loop stands (nobody catches, the body does, somebody outside does, `finally`, `else`) ×
// threads and worker processes under every start method. Both texts are run and everything that
// they show is compared: see compare_runs.py and compare_processes.py, which put in the failures.
//
// Worker processes are sampled unless BRAID_WHOLE_MATRIX is set.
#include <gtest/gtest.h>

#include <cstdlib>

#include "rewrite/rewrite_cases.h"

namespace braid::rewrite {
namespace {

namespace fs = std::filesystem;

struct Context {
  std::string name;
  std::string before;  // lines above the loop, which stands inside the last of them
  std::string body;    // around the loop's own lines: "{}"
  std::string after;
};

std::vector<Context> contexts() {
  const std::string caught = "    note('caught', type(error).__name__, error, error.args)\n";
  return {
      {"uncaught", "", "{}", ""},
      {"inside", "", "try:\n{}except Exception as error:\n" + caught, ""},
      {"inside_else", "",
       "try:\n{}except ValueError as error:\n" + caught + "else:\n    note('fine', item)\n", ""},
      {"outside", "try:\n", "{}", "except Exception as error:\n" + caught},
      {"finally", "try:\n", "{}", "finally:\n    note('finally')\n"},
      {"for_else", "", "{}", "else:\n    note('exhausted')\n"},
  };
}

std::string indented(const std::string& text, int levels) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    result += std::string(static_cast<std::size_t>(levels) * 4, ' ') + text.substr(at, end - at);
    at = end;
  }
  return result;
}

// `split`: whether the calls need something that is evaluated ahead and may fail.
Case program_for(const Context& context, bool in_function, bool split, bool process) {
  const std::string call = process ? "work" : "fetch";
  const std::string key = split ? "key" : "'k'";
  std::string lines = "note('begin', item)\n";
  if (split) lines += "key = make(item)\n";
  lines += "first = " + call + "(item, " + key + ")\n";
  lines += "note('first', first)\n";
  lines += "second = " + call + "(item + '2', " + key + ")\n";
  lines += "note('second', second)\n";
  const std::size_t hole = context.body.find("{}");
  const bool wrapped = context.body.size() > 2;
  const std::string body = context.body.substr(0, hole) + indented(lines, wrapped ? 1 : 0) +
                           context.body.substr(hole + 2);
  const std::string loop = "for item in source(3):\n" + indented(body, 1);
  std::string text = context.before + indented(loop, context.before.empty() ? 0 : 1) +
                     context.after + "note('after', item, first, second)\n";
  std::string source = "from library import " + call + ", make, note, source\n";
  if (in_function) {
    text = "def run():\n" + indented(text, 1) + "run()\n";
  }
  Case made;
  made.name = context.name + (in_function ? "_function" : "_module") + (split ? "_split" : "");
  made.source = source + text;
  made.site = "for item";
  made.units = {call + "(item, " + key + ")", call + "(item + '2', " + key + ")"};
  if (split) made.slice = {"key ="};
  made.slice_may_raise = split;
  made.input_may_raise = true;
  made.strategy = process ? plan::Strategy::process : plan::Strategy::thread;
  return made;
}

void write_all(bool process, const fs::path& folder) {
  const std::string link = process ? "_" : ".";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const Context& context : contexts()) {
    for (const bool in_function : {false, true}) {
      for (const bool split : {false, true}) {
        const Case given = program_for(context, in_function, split, process);
        const CaseProgram program(given.source);
        ASSERT_FALSE(program.tree().has_errors()) << given.source;
        const Rewritten result = rewrite(*read_original(program.program, effects::ModuleId{0U}),
                                         {program.plan(given)}, {});
        ASSERT_TRUE(result.outcomes[0].expressed) << given.name << result.outcomes[0].reason;
        std::ofstream(folder / (given.name + link + "before.py")) << given.source;
        std::ofstream(folder / (given.name + link + "after.py"))
            << rewrite::apply(given.source, result.edits);
      }
    }
  }
}

void compare(const std::string& script, const fs::path& folder, const std::string& how) {
  const std::string command = std::string("python3 ") + BRAID_SOURCE_DIR +
                              "/tests/golden/rewrite/" + script + " " + folder.string() + " " +
                              how + " > " + (folder / "report.txt").string() + " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream report(folder / "report.txt");
  const std::string text{std::istreambuf_iterator<char>(report), {}};
  EXPECT_EQ(status, 0) << text;
}

TEST(Exceptions, OfThreads) {
  const fs::path folder = fs::path(::testing::TempDir()) / "braid_rewrite_matrix";
  write_all(false, folder);
  compare("compare_runs.py", folder, "all");
}

TEST(Exceptions, OfProcesses) {
  const fs::path folder = fs::path(::testing::TempDir()) / "braid_rewrite_process_matrix";
  write_all(true, folder);
  compare("compare_processes.py", folder, std::getenv("BRAID_WHOLE_MATRIX") ? "all" : "sample");
}

}  // namespace
}  // namespace braid::rewrite
