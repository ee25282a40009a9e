#include "cli/ignore.h"

#include <gtest/gtest.h>

namespace braid::cli {
namespace {

bool ignored(std::string_view rules, const std::string& path, bool is_folder = false) {
  return is_ignored({{"", read_ignore_rules(rules)}}, path, is_folder);
}

TEST(Ignore, NamesMatchInEveryFolder) {
  EXPECT_TRUE(ignored("*.py", "a/b.py"));
  EXPECT_TRUE(ignored("gen_*.py", "a/gen_x.py"));
  EXPECT_FALSE(ignored("gen_*.py", "a/x_gen.py"));
  EXPECT_TRUE(ignored("build", "a/build", true));
}

TEST(Ignore, ASlashTiesThePatternToItsFolder) {
  EXPECT_TRUE(ignored("/build", "build", true));
  EXPECT_FALSE(ignored("/build", "a/build", true));
  EXPECT_TRUE(ignored("a/*.py", "a/x.py"));
  EXPECT_FALSE(ignored("a/*.py", "a/b/x.py"));
  EXPECT_FALSE(ignored("a/*.py", "b/a/x.py"));
}

TEST(Ignore, AFinalSlashMeansFolders) {
  EXPECT_TRUE(ignored("out/", "out", true));
  EXPECT_FALSE(ignored("out/", "out", false));
}

TEST(Ignore, TwoStarsCrossFolders) {
  EXPECT_TRUE(ignored("**/gen/*.py", "gen/x.py"));
  EXPECT_TRUE(ignored("**/gen/*.py", "a/b/gen/x.py"));
  EXPECT_TRUE(ignored("a/**", "a/b/c.py"));
  EXPECT_TRUE(ignored("a/**/z.py", "a/z.py"));
  EXPECT_TRUE(ignored("a/**/z.py", "a/b/c/z.py"));
}

TEST(Ignore, TheLastRuleDecides) {
  EXPECT_FALSE(ignored("*.py\n!keep.py", "keep.py"));
  EXPECT_TRUE(ignored("!keep.py\n*.py", "keep.py"));
  EXPECT_TRUE(ignored("# comment\n\n*.py  \r\n", "x.py"));
  EXPECT_TRUE(ignored("\\#x.py", "#x.py"));
  EXPECT_TRUE(ignored("\\!x.py", "!x.py"));
}

TEST(Ignore, Classes) {
  EXPECT_TRUE(matches_glob("[a-c]x?", "bxy"));
  EXPECT_FALSE(matches_glob("[!a-c]x", "ax"));
  EXPECT_TRUE(matches_glob("[]]", "]"));
  EXPECT_FALSE(matches_glob("a[/]b", "a/b"));
  EXPECT_TRUE(matches_glob("a[b", "a[b"));
  EXPECT_FALSE(matches_glob("a*b", "a/b"));
}

TEST(Ignore, TheInnermostFileDecides) {
  const std::vector<IgnoreFile> files = {{"", read_ignore_rules("*.py")},
                                         {"keep/", read_ignore_rules("!x.py")}};
  EXPECT_FALSE(is_ignored(files, "keep/x.py", false));
  EXPECT_TRUE(is_ignored(files, "keep/y.py", false));
  EXPECT_TRUE(is_ignored(files, "x.py", false));
}

TEST(Ignore, ManyStarsEnd) {
  const std::string text(60, 'a');
  EXPECT_FALSE(matches_glob("a*a*a*b", text));
}

}  // namespace
}  // namespace braid::cli
