#include "fanout/journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "fanout/cache.h"

namespace braid::fanout {
namespace {

namespace fs = std::filesystem;

class JournalFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("braid-journal-" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "j").string(); }

  static JournalRow answer(const std::string& text, std::uint64_t number) {
    JournalRow row;
    row.kind = JournalRow::Kind::answer;
    row.answer.key = digest_of(text);
    row.answer.part = "p\"\n";
    row.answer.index = number;
    row.answer.text = text;
    row.answer.usage = {10, 4, 3, true};
    row.answer.usd = 0.1;
    row.number = number;
    row.cost = {13, 0.1};
    return row;
  }

  static void write(Journal& journal, int count) {
    std::uint64_t ticket = 0;
    for (int i = 0; i < count; ++i) {
      ticket = journal.append(answer("text " + std::to_string(i), journal.next_number()));
    }
    while (journal.committed() < ticket) std::this_thread::yield();
  }

  fs::path folder_;
};

TEST_F(JournalFile, GivesBackWhatWasWritten) {
  {
    auto journal = Journal::open(path(), false, false, nullptr);
    ASSERT_TRUE(journal) << journal.error().message;
    write(**journal, 50);
  }
  const auto again = Journal::open(path(), true, false, nullptr);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->answers_before(), 50U);
  EXPECT_EQ((*again)->spent_before().tokens, 50 * 13);
  const auto found = (*again)->find(digest_of("text 7"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text, "text 7");
  EXPECT_EQ(found->part, "p\"\n");
  EXPECT_EQ(found->usage.cached, 4);
  EXPECT_FALSE((*again)->find(digest_of("other")));
  EXPECT_TRUE((*again)->has(digest_of("text 49")));
  EXPECT_FALSE((*again)->has(digest_of("text 50")));
}

TEST_F(JournalFile, CutAnywhereKeepsTheWholeLinesBefore) {
  {
    auto journal = Journal::open(path(), false, false, nullptr);
    write(**journal, 3);
  }
  std::ifstream file(path(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << whole.substr(0, cut);
    auto journal = Journal::open(path(), true, false, nullptr);
    ASSERT_TRUE(journal) << cut << journal.error().message;
    std::size_t lines = 0;
    for (std::size_t i = 0; i < cut; ++i) lines += whole[i] == '\n' ? 1 : 0;
    ASSERT_EQ((*journal)->answers_before(), lines == 0 ? 0 : lines - 1) << cut;
    write(**journal, 1);
    journal->reset();
    ASSERT_EQ(read_journal(path(), nullptr)->torn, 0U);
  }
}

TEST_F(JournalFile, ALineThatWasChangedCountsForNothing) {
  {
    auto journal = Journal::open(path(), false, false, nullptr);
    write(**journal, 3);
  }
  std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  file.clear();
  file.seekp(static_cast<std::streamoff>(whole.find("text 1") + 5));
  file << "9";
  file.close();
  std::vector<std::string> texts;
  const auto contents =
      read_journal(path(), [&](const StoredAnswer& answer) { texts.push_back(answer.text); });
  ASSERT_TRUE(contents);
  EXPECT_EQ(texts, (std::vector<std::string>{"text 0", "text 2"}));
  EXPECT_EQ(contents->answers, 2U);
  EXPECT_EQ(contents->torn, 1U);
}

TEST_F(JournalFile, WhatWasInFlightCountsAsSpent) {
  {
    auto journal = Journal::open(path(), false, false, nullptr);
    JournalRow sent;
    sent.kind = JournalRow::Kind::sent;
    sent.cost = {100, 1};
    for (sent.number = 1; sent.number <= 3; ++sent.number) (*journal)->append(sent);
    (*journal)->append(answer("a", 1));
    JournalRow spent;
    spent.kind = JournalRow::Kind::spent;
    spent.number = 2;
    (*journal)->append(spent);
  }
  const auto contents = read_journal(path(), nullptr);
  EXPECT_EQ(contents->spent.tokens, 13 + 0 + 100);
  EXPECT_EQ(contents->next_number, 4U);
}

TEST_F(JournalFile, IsRefusedToASecondWriterAndWithoutResume) {
  {
    const auto first = Journal::open(path(), false, false, nullptr);
    ASSERT_TRUE(first);
    EXPECT_FALSE(Journal::open(path(), true, false, nullptr));
  }
  EXPECT_FALSE(Journal::open(path(), false, false, nullptr));
  EXPECT_TRUE(Journal::open(path(), true, false, nullptr));
}

TEST_F(JournalFile, WakesAfterEachCommitAndSyncs) {
  std::promise<void> woken;
  std::atomic<bool> first = true;
  auto journal = Journal::open(path(), false, true, [&] {
    if (first.exchange(false)) woken.set_value();
  });
  ASSERT_TRUE(journal);
  (*journal)->append(answer("a", 1));
  EXPECT_EQ(woken.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

// Lines that are longer than what is read at once, and many short ones after them.
TEST_F(JournalFile, FindsAnswersOfAnyLength) {
  std::vector<std::string> texts;
  for (const std::size_t size : {0U, 300'000U, 262'144U, 1U, 1'000'000U, 99U}) {
    texts.push_back(std::string(size, static_cast<char>('a' + texts.size())));
  }
  {
    auto journal = Journal::open(path(), false, false, nullptr);
    ASSERT_TRUE(journal);
    for (const std::string& text : texts) {
      (*journal)->append(answer(text, (*journal)->next_number()));
    }
  }
  const auto again = Journal::open(path(), true, false, nullptr);
  ASSERT_TRUE(again);
  for (const std::string& text : texts) {
    const auto found = (*again)->find(digest_of(text));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->text == text);
  }
}

TEST_F(JournalFile, RowsSurviveTheirText) {
  JournalRow row = answer(std::string("nul \0 and \x1f \"q\" \\ \n\r \xE2\x82\xAC", 20), 9);
  const std::string line = write_row(row);
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto back = read_row(std::string_view(line).substr(0, line.size() - 1));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->answer.text, row.answer.text);
  EXPECT_FALSE(read_row("00000000 {}"));
  EXPECT_FALSE(read_row(""));
}

TEST_F(JournalFile, TheCacheComparesTheRequestItself) {
  const auto cache = Cache::open((folder_ / "c").string());
  ASSERT_TRUE(cache);
  EXPECT_FALSE(cache->find("request"));
  cache->keep("request", answer("text", 1).answer);
  EXPECT_EQ(cache->find("request")->text, "text");
  EXPECT_FALSE(cache->find("request "));
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "c")) {
    if (!entry.is_regular_file()) continue;
    std::ofstream(entry.path(), std::ios::app) << "x";
  }
  EXPECT_FALSE(cache->find("request"));
}

}  // namespace
}  // namespace braid::fanout
