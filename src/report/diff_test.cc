#include <gtest/gtest.h>

#include <random>

#include "report/report.h"

namespace braid::report {
namespace {

std::string diff(std::string_view before, std::string_view after) {
  return unified_diff(before, after, "a", "b", {});
}

TEST(Diff, OfEqualTextsIsEmpty) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("x\n", "x\n"), "");
}

TEST(Diff, ShowsThreeLinesOfContext) {
  EXPECT_EQ(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(Diff, OfOneSide) {
  EXPECT_EQ(diff("", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(diff("x\ny\n", ""), "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
}

TEST(Diff, TellsAMissingLineEnd) {
  EXPECT_EQ(diff("x", "x\n"), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
  EXPECT_EQ(diff("x\r\n", "x\n"), "--- a\n+++ b\n@@ -1 +1 @@\n-x\r\n+x\n");
}

TEST(Diff, FarChangesHaveTheirOwnHunks) {
  std::string before;
  for (int i = 0; i < 30; ++i) before += std::to_string(i) + "\n";
  std::string after = before;
  after.replace(after.find("2\n"), 2, "two\n");
  after.replace(after.find("27\n"), 3, "");
  const std::string text = diff(before, after);
  EXPECT_NE(text.find("@@ -1,6 +1,6 @@"), std::string::npos) << text;
  EXPECT_NE(text.find("@@ -25,6 +25,5 @@"), std::string::npos) << text;
}

// Applies the diff; what `patch` does.
std::string patched(const std::string& before, const std::string& patch) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < before.size();) {
    const std::size_t end = before.find('\n', at) + 1;
    lines.push_back(before.substr(at, end - at));
    at = end;
  }
  std::string out;
  std::size_t done = 0;
  std::size_t at = patch.find("@@");
  while (at != std::string::npos && at < patch.size()) {
    const std::size_t end = patch.find('\n', at) + 1;
    const std::string line = patch.substr(at, end - at);
    at = end;
    if (line.starts_with("@@")) {
      std::size_t begin = 0;
      std::size_t count = 1;
      if (std::sscanf(line.c_str(), "@@ -%zu,%zu", &begin, &count) < 2) count = 1;
      const std::size_t first = count == 0 ? begin : begin - 1;
      while (done < first) out += lines.at(done++);
    } else if (line[0] == '+') {
      out += line.substr(1);
    } else {
      EXPECT_EQ(lines.at(done), line.substr(1));
      if (line[0] == ' ') out += lines.at(done);
      ++done;
    }
  }
  while (done < lines.size()) out += lines[done++];
  return out;
}

std::size_t changes(const std::string& patch) {
  std::size_t count = 0;
  for (std::size_t at = patch.find("@@"); at < patch.size(); at = patch.find('\n', at) + 1) {
    count += patch[at] == '+' || patch[at] == '-' ? 1 : 0;
    if (patch.find('\n', at) == std::string::npos) break;
  }
  return count;
}

// The length of a shortest edit script, by the textbook's table.
std::size_t shortest(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> common(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return a.size() + b.size() - 2 * common[0][0];
}

TEST(Diff, RandomOnesApplyAndAreShortest) {
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    const auto word = [&] {
      std::string letters(random() % 14, 'a');
      for (char& c : letters) c = static_cast<char>('a' + random() % (i % 4 + 1));
      return letters;
    };
    const auto lines = [](const std::string& letters) {
      std::string text;
      for (const char c : letters) text += std::string(1, c) + "\n";
      return text;
    };
    const std::string a = word();
    const std::string b = word();
    const std::string patch = diff(lines(a), lines(b));
    EXPECT_EQ(patched(lines(a), patch), lines(b)) << patch;
    EXPECT_EQ(patch.empty() ? 0 : changes(patch), shortest(a, b)) << a << ' ' << b << '\n' << patch;
  }
}

}  // namespace
}  // namespace braid::report
