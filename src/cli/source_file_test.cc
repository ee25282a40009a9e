#include "cli/source_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "files-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string bytes(const std::string& name) const {
    return read_bytes(path(name), 1U << 30U).value_or("error");
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

TEST_F(Files, AreReadAsText) {
  write("a.py", "# coding: latin-1\nx = '\xE9'\r\n");
  ::chmod(path("a.py").c_str(), 0750);
  const auto file = read_source(path("a.py"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->source->text(), "# coding: latin-1\nx = 'é'\r\n");
  EXPECT_EQ(file->mode, 0750U);
}

TEST_F(Files, ThatAreNoneAreTold) {
  write("nul.py", std::string_view("x\0y", 3));
  write("bad.py", "x = '\xE9'\n");
  fs::create_directory(path("folder.py"));
  const auto problem = [&](const std::string& name) {
    const auto file = read_source(path(name));
    return file ? diagnostics::Code{} : file.error().code;
  };
  EXPECT_EQ(problem("missing.py"), diagnostics::Code::unreadable_file);
  EXPECT_EQ(problem("folder.py"), diagnostics::Code::unreadable_file);
  EXPECT_EQ(problem("nul.py"), diagnostics::Code::undecodable_file);
  EXPECT_EQ(problem("bad.py"), diagnostics::Code::undecodable_file);
}

TEST_F(Files, ThatAreTooLargeAreTold) {
  fs::resize_file((std::ofstream(path("big.py")), path("big.py")), kLargestSource + 1);
  const auto file = read_source(path("big.py"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, diagnostics::Code::unreadable_file);
}

TEST_F(Files, AreReplacedWithTheirMode) {
  write("a.py", "old");
  ::chmod(path("a.py").c_str(), 0640);
  ASSERT_TRUE(write_file(path("a.py"), "new", std::nullopt));
  EXPECT_EQ(bytes("a.py"), "new");
  struct stat status {};
  ASSERT_EQ(::stat(path("a.py").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_EQ(count(), 1U);
}

TEST_F(Files, LinksStayLinks) {
  write("a.py", "old");
  fs::create_symlink("a.py", path("link.py"));
  fs::create_symlink("not_yet.py", path("dangling.py"));
  ASSERT_TRUE(write_file(path("link.py"), "new", 0644));
  ASSERT_TRUE(write_file(path("dangling.py"), "made", 0644));
  EXPECT_TRUE(fs::is_symlink(path("link.py")));
  EXPECT_TRUE(fs::is_symlink(path("dangling.py")));
  EXPECT_EQ(bytes("a.py"), "new");
  EXPECT_EQ(bytes("not_yet.py"), "made");
}

TEST_F(Files, FailuresLeaveNothing) {
  EXPECT_FALSE(write_file(path("no/such/folder.py"), "x", std::nullopt));
  EXPECT_FALSE(write_file(folder_.string(), "x", std::nullopt));
  EXPECT_EQ(count(), 0U);
  EXPECT_FALSE(write_file("/dev/full", "x", std::nullopt));
}

}  // namespace
}  // namespace braid::cli
