#include "cli/parsed_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "cli/modules.h"

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

class ParsedFilesTest : public testing::Test {
 protected:
  ParsedFilesTest()
      : folder_(fs::temp_directory_path() / ("braid_parsed_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~ParsedFilesTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(ParsedFilesTest, AFileIsParsedOnceWhoeverAsks) {
  const fs::path path = write("tool.py", "limit = 3\n");
  ParsedFiles files;
  std::vector<std::shared_ptr<const effects::ParsedFile>> seen(8);
  std::vector<std::thread> threads;
  for (auto& each : seen)
    threads.emplace_back([&files, &each, &path] { each = files.module_at(path).file; });
  for (std::thread& each : threads) each.join();
  ASSERT_TRUE(seen[0]);
  for (const auto& each : seen) EXPECT_EQ(each, seen[0]);
  EXPECT_EQ(files.script(std::make_shared<const Source>(path.string(), "limit = 3\n")), seen[0]);
}

TEST_F(ParsedFilesTest, OfManyFilesTheLastOnesAreKept) {
  std::string text;
  while (text.size() < (3U << 20U))
    text += "# one of very many lines, none of which says anything\n";
  ParsedFiles files;
  std::vector<std::shared_ptr<const effects::ParsedFile>> first;
  for (int number = 0; number < 4; ++number)
    first.push_back(files.module_at(write("m" + std::to_string(number) + ".py", text)).file);
  EXPECT_EQ(files.module_at(folder_ / "m3.py").file, first[3]);
  EXPECT_EQ(files.module_at(folder_ / "m2.py").file, first[2]);
  const auto again = files.module_at(folder_ / "m0.py").file;
  EXPECT_NE(again, first[0]);
  EXPECT_EQ(again->tree.size(), first[0]->tree.size());
}

TEST_F(ParsedFilesTest, AScriptKeepsItsTextAndItsPath) {
  const fs::path path = write("tool.py", "limit = 3\n");
  ParsedFiles files;
  const auto module = files.module_at(path).file;
  const auto other = files.script(std::make_shared<const Source>(path.string(), "size = 4\n"));
  EXPECT_EQ(other->tree.source().text(), "size = 4\n");
  const std::string around = fs::relative(path).string();
  const auto same = files.script(std::make_shared<const Source>(around, "limit = 3\n"));
  EXPECT_EQ(same->tree.source().path(), around);
  EXPECT_EQ(same->tree.size(), module->tree.size());
  EXPECT_FALSE(files.module_at(folder_ / "nothing.py").file);
}

TEST_F(ParsedFilesTest, AProgramKnowsTheNamesOfItsOwnFilesOnly) {
  write("one.py", "import two\natexit = 1\n");
  write("two.py", "def shared(): pass\n");
  write("broken.py", "inspect = = 1\n");
  LocalFiles files;
  files.parsed.module_at(folder_ / "one.py");
  const auto text = std::make_shared<const Source>((folder_ / "main.py").string(),
                                                   "import two\nimport broken\nshared = 2\n");
  effects::Program program = parse_script(text, files);
  load_modules(program, folder_, files);
  ASSERT_EQ(program.modules.size(), 2U);
  EXPECT_EQ(program.unusable, std::vector<std::string>{"broken"});
  EXPECT_FALSE(program.find("atexit"));
  EXPECT_TRUE(program.find("inspect"));
  EXPECT_EQ(program.modules[0].file->symbols->find_own("shared"),
            program.modules[1].file->symbols->find_own("shared"));
}

}  // namespace
}  // namespace braid::cli
