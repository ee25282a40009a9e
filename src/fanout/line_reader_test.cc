#include "fanout/line_reader.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace braid::fanout {
namespace {

TEST(LineReader, GivesEachWholeLineAndWhereItIs) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const std::vector<std::string> lines = {"one", "", std::string(700'000, 'x'), "two",
                                          std::string(262'143, 'y'), ""};
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  all += "no end";
  ASSERT_EQ(std::fwrite(all.data(), 1, all.size(), file), all.size());
  std::fflush(file);
  LineReader reader(::fileno(file));
  for (const std::string& line : lines) {
    const auto next = reader.next();
    ASSERT_TRUE(next);
    EXPECT_TRUE(*next == line);
    EXPECT_EQ(all.compare(reader.at(), line.size() + 1, line + "\n"), 0);
  }
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.rest(), "no end");
  EXPECT_EQ(reader.failure(), 0);
  std::fclose(file);
}

TEST(LineReader, SaysWhyNothingCanBeRead) {
  LineReader reader(-1);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.failure(), EBADF);
}

}  // namespace
}  // namespace braid::fanout
