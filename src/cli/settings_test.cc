#include "cli/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace braid::cli {
namespace {

class SettingsIn : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "settings-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
  }
  [[nodiscard]] std::string error() const {
    const auto settings = read_settings(folder_);
    return settings ? "" : settings.error().message;
  }
  std::filesystem::path folder_;
};

TEST_F(SettingsIn, NearestFileCounts) {
  write("pyproject.toml",
        "[project]\nrequires-python = '>=3.10'\n[tool.braid]\nassume = "
        "['runs-ahead:a@b']\nknowledge = ['our.toml']\n");
  write("our.toml", "library = 'our'\n");
  std::filesystem::create_directory(folder_ / "inner");
  const auto settings = read_settings(folder_ / "inner");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->assume, std::vector<std::string>{"runs-ahead:a@b"});
  EXPECT_FALSE(settings->assume_all);
  ASSERT_EQ(settings->knowledge.size(), 1U);
  EXPECT_EQ(settings->knowledge[0].toml, "library = 'our'\n");
  ASSERT_TRUE(settings->requires_python);
  EXPECT_EQ(settings->requires_python->minor, 10);
}

TEST_F(SettingsIn, WrongOnesAreErrors) {
  write("pyproject.toml", "[tool.braid]\nasume = []\n");
  EXPECT_NE(error().find("tool.braid.asume is not known"), std::string::npos) << error();
  write("pyproject.toml", "[tool.braid]\nassume = 'x'\n");
  EXPECT_NE(error().find("must be a list of strings"), std::string::npos) << error();
  write("pyproject.toml", "[tool.braid]\nassume = [1]\n");
  EXPECT_NE(error().find("must be a list of strings"), std::string::npos) << error();
  write("pyproject.toml", "[tool.braid]\nknowledge = ['missing.toml']\n");
  EXPECT_NE(error().find("missing.toml"), std::string::npos) << error();
  write("pyproject.toml", "[tool.braid\n");
  EXPECT_NE(error().find("line 1"), std::string::npos) << error();
}

TEST_F(SettingsIn, AllIsAWord) {
  write("pyproject.toml", "[tool.braid]\nassume = ['all']\n");
  EXPECT_TRUE(read_settings(folder_)->assume_all);
}

TEST(LowerBound, OfRequiresPython) {
  const auto minor = [](std::string_view text) {
    const auto bound = lower_bound(text);
    return bound ? bound->minor : -1;
  };
  EXPECT_EQ(minor(">=3.10"), 10);
  EXPECT_EQ(minor("<4, >= 3.11.2"), 11);
  EXPECT_EQ(minor("~=3.12"), 12);
  EXPECT_EQ(minor("^3.10"), 10);
  EXPECT_EQ(minor("==3.13.*"), 13);
  EXPECT_EQ(minor(">=3.6"), 9);
  EXPECT_EQ(minor(">=3"), 9);
  EXPECT_EQ(minor("<3.12"), -1);
  EXPECT_EQ(minor("!=3.10"), -1);
  EXPECT_EQ(minor(""), -1);
}

}  // namespace
}  // namespace braid::cli
