#include "cli/marks.h"

#include <gtest/gtest.h>

#include "cli/modules.h"

namespace braid::cli {
namespace {

// The marks of the first loop or comprehension.
std::string marks(std::string text) {
  LocalFiles files;
  const effects::Program program =
      parse_script(std::make_shared<const Source>("x.py", std::move(text)), files);
  const syntax::SyntaxTree& tree = program.modules[0].tree;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const syntax::NodeId node{i};
    if (!tree.is(node, syntax::NodeKind::For) && !tree.is(node, syntax::NodeKind::ListComp))
      continue;
    const Marks found = marks_of(tree, node);
    return std::string(found.off ? "off " : "") + (found.independent ? "independent" : "");
  }
  return "no loop";
}

TEST(Marks, StandOnTheHeader) {
  EXPECT_EQ(marks("for x in y:  # braid: off\n    f(x)\n"), "off ");
  EXPECT_EQ(marks("for x in [\n    1,  # braid: independent\n]:\n    f(x)\n"), "independent");
  EXPECT_EQ(marks("a = [f(x) for x in y]  # braid: independent\n"), "independent");
}

TEST(Marks, StandAlone) {
  EXPECT_EQ(marks("a = 1\n# braid: off\nfor x in y:\n    f(x)\n"), "off ");
  EXPECT_EQ(marks("a = 1\n# braid: off\n# and why\nfor x in y:\n    f(x)\n"), "off ");
  EXPECT_EQ(marks("def g():\n    # braid: independent (no state)\n    return [\n        f(x) for x "
                  "in y]\n"),
            "independent");
}

TEST(Marks, HoldForTheFile) {
  EXPECT_EQ(marks("# braid: off\nimport a\n\nfor x in y:\n    f(x)\n"), "off ");
  EXPECT_EQ(marks("#!/usr/bin/python3\n\n#braid:independent\n'''text'''\nfor x in y:\n    f(x)\n"),
            "independent");
}

TEST(Marks, OfOthersDoNotCount) {
  EXPECT_EQ(marks("a = 1\nfor x in y:\n    f(x)  # braid: off\n"), "");
  EXPECT_EQ(marks("a = 1  # braid: off\nfor x in y:\n    f(x)\n"), "");
  EXPECT_EQ(marks("a = 1\n# braid: off\n\nfor x in y:\n    f(x)\n"), "");
  EXPECT_EQ(marks("a = '# braid: off'\nfor x in y:\n    f(x)\n"), "");
  EXPECT_EQ(marks("a = 1\n# braid: offside\nfor x in y:\n    f(x)\n"), "");
}

}  // namespace
}  // namespace braid::cli
