#include "cli/folder_names.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace braid::cli {
namespace {

namespace fs = std::filesystem;
using What = LocalModule::What;

class FolderNamesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const fs::path& file) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << "x = 1\n";
  }
  What find(const std::string& name) { return names_.find_module(folder_, name).what; }

  const fs::path folder_ =
      fs::temp_directory_path() / ("folder_names_test." + std::to_string(getpid()));
  FolderNames names_;
};

TEST_F(FolderNamesTest, FindsInTheOrderOfPythonsImport) {
  write("package/__init__.py");
  write("package.py");
  write("fast.cpython-311-x86_64-linux-gnu.so");
  write("fast.py");
  write("plain.py");
  write("plain/inner.py");
  write("space/inner.py");
  EXPECT_EQ(find("package"), What::package);
  EXPECT_EQ(find("fast"), What::unusable);
  EXPECT_EQ(find("plain"), What::module);
  EXPECT_EQ(names_.find_module(folder_, "plain").file, folder_ / "plain.py");
  EXPECT_EQ(find("space"), What::folder);
  EXPECT_EQ(find("fas"), What::nothing);
  EXPECT_EQ(find("plain.py"), What::nothing);
}

TEST_F(FolderNamesTest, FoldersNamedLikeModulesAreNoModules) {
  fs::create_directories(folder_ / "tool.py");
  fs::create_directories(folder_ / "part" / "__init__.py");
  EXPECT_EQ(find("tool"), What::nothing);
  EXPECT_EQ(find("part"), What::folder);
}

TEST_F(FolderNamesTest, AFolderThatIsNotThereHoldsNothing) {
  EXPECT_EQ(names_.find_module(folder_ / "gone", "plain").what, What::nothing);
}

TEST_F(FolderNamesTest, ReadsAFolderOnce) {
  write("early.py");
  EXPECT_EQ(find("late"), What::nothing);
  write("late.py");
  EXPECT_EQ(find("late"), What::nothing);
  EXPECT_EQ(find("early"), What::module);
}

}  // namespace
}  // namespace braid::cli
