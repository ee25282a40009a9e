// Whatever plan is written down for whatever loop of the standard library: the text stays Python,
// and what lies outside the edits stays as it was.
#include <gtest/gtest.h>

#include <cstdlib>

#include "rewrite/rewrite_cases.h"

// Every n-th file; 1 for all.
#ifndef BRAID_ANYTHING_STEP
#define BRAID_ANYTHING_STEP 4
#endif

namespace braid::rewrite {
namespace {

namespace fs = std::filesystem;
using syntax::NodeId;
using syntax::NodeKind;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, count);
  ::pclose(pipe);
  return text;
}

// A plan for the site, with the n-th call as its unit; none when it has no such call.
std::optional<plan::Plan> some_plan(const CaseProgram& program, NodeId site, std::size_t nth) {
  const syntax::SyntaxTree& tree = program.tree();
  plan::Plan plan;
  plan.module = effects::ModuleId{0U};
  plan.node = site;
  plan.strategy = nth % 3 == 2 ? plan::Strategy::process : plan::Strategy::thread;
  plan.slice_may_raise = nth % 2 == 1;
  plan.input.may_raise = nth % 4 == 1;
  if (nth % 2 == 0) {
    plan.input.iterations = 10;
    plan.input.restartable = true;
    plan.input.expression_repeatable = nth % 4 == 0;
  }
  std::vector<NodeId> calls;
  for (std::uint32_t i = site.value; i < tree[site].subtree_end; ++i) {
    if (tree.is(NodeId{i}, NodeKind::Call)) calls.push_back(NodeId{i});
  }
  if (calls.size() <= nth) return std::nullopt;
  plan::RunUnit unit;
  unit.first = unit.last = calls[nth];
  if (tree.is(site, NodeKind::For)) {
    const NodeId statement = tree.statement_of(calls[nth]);
    for (const NodeId each : tree.children(tree.parent(statement))) {
      if (each == statement) break;
      if (tree.is(each, NodeKind::Assign) || tree.is(each, NodeKind::If))
        plan.slice.push_back(each);
      if (tree.is(each, NodeKind::ExprStatement) && nth % 5 == 4) plan.moved.push_back(each);
    }
    for (NodeId up = tree.parent(statement); up && up != site; up = tree.parent(up)) {
      if (tree.is(up, NodeKind::If)) plan.slice.push_back(up);
    }
    if (nth % 7 == 3 && statement != site) {
      unit.is_expression = false;
      unit.first = unit.last = statement;
    }
  }
  plan.units.push_back(unit);
  return plan;
}

TEST(Anything, StaysPython) {
  const fs::path library =
      fs::path(output_of("python3 -c 'import os, sys; sys.stdout.write(os.__file__)'"))
          .parent_path();
  ASSERT_TRUE(fs::is_directory(library));
  const fs::path folder = fs::path(::testing::TempDir()) / "braid_rewrite_anything";
  fs::remove_all(folder);
  fs::create_directories(folder);
  std::vector<fs::path> files;
  for (const fs::directory_entry& each : fs::directory_iterator(library)) {
    if (each.path().extension() == ".py") files.push_back(each.path());
  }
  std::sort(files.begin(), files.end());
  std::size_t written = 0;
  std::size_t refused = 0;
  for (std::size_t f = 0; f < files.size(); f += BRAID_ANYTHING_STEP) {
    std::ifstream stream(files[f], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const CaseProgram program(text, files[f].string());
    if (program.tree().has_errors()) continue;
    for (std::uint32_t i = 0; i < program.tree().size(); ++i) {
      const NodeId site{i};
      const NodeKind kind = program.tree().kind(site);
      if (kind != NodeKind::For && kind != NodeKind::ListComp && kind != NodeKind::DictComp &&
          kind != NodeKind::GeneratorExp) {
        continue;
      }
      for (std::size_t nth = 0; nth < 3; ++nth) {
        const auto plan = some_plan(program, site, (nth + i) % 8);
        if (!plan) continue;
        const Rewritten result =
            rewrite(*read_original(program.program, effects::ModuleId{0U}), {*plan}, {});
        if (!result.outcomes[0].expressed) {
          EXPECT_TRUE(result.edits.empty());
          EXPECT_FALSE(result.outcomes[0].reason.empty());
          ++refused;
          continue;
        }
        if (std::getenv("BRAID_SHOW"))
          std::fprintf(stderr, "%s:%u %zu\n", files[f].c_str(),
                       program.tree().source().position(program.tree().span(site).begin).line,
                       (nth + i) % 8);
        const std::string after = rewrite::apply(text, result.edits);
        const Source changed("case.py", after);
        EXPECT_EQ(line_map(program.tree().source(), result.edits).size(), changed.line_count());
        std::ofstream(folder / (std::to_string(written) + ".py"), std::ios::binary) << after;
        ++written;
      }
    }
  }
  EXPECT_GT(written, 100U);
  EXPECT_GT(refused, 100U);
  const std::string problems = output_of(
      "python3 -W ignore -c '\n"
      "import pathlib, sys\n"
      "for path in sorted(pathlib.Path(sys.argv[1]).glob(\"*.py\")):\n"
      "    try:\n"
      "        compile(path.read_bytes(), str(path), \"exec\")\n"
      "    except Exception as error:\n"
      "        print(path, error)\n' " +
      folder.string());
  EXPECT_EQ(problems, "");
}

}  // namespace
}  // namespace braid::rewrite
