#include "fanout/text.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "fanout/text_store.h"

namespace braid::fanout {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string out(size, ' ');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// Bytes of memory that this process has: pages of files, and what it has allocated. What a
// sanitizer notes down about each byte is not counted.
std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t here = 0;
  std::size_t of_files = 0;
  file >> all >> here >> of_files;
  const struct mallinfo2 heap = ::mallinfo2();
  return of_files * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + heap.uordblks + heap.hblkhd;
}

// Files may not grow beyond `bytes` while this lives.
class FullDisk {
 public:
  explicit FullDisk(std::size_t bytes) {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    rlimit small = limit_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

TEST(Text, IsWhatWasWritten) {
  std::mt19937 random(1);
  for (const std::size_t size : {0U, 1U, 99U, 100U, 101U, 5000U, 700'000U}) {
    const std::string all = random_bytes(random, size);
    TextWriter writer(100);
    for (std::size_t at = 0; at < size;) {
      const std::size_t next = std::min<std::size_t>(size - at, random() % 40'000);
      writer.append(std::string_view(all).substr(at, next));
      at += next;
    }
    const Text text = writer.finish();
    EXPECT_TRUE(text == all) << size;
    EXPECT_EQ(text.empty(), size == 0);
    std::string together;
    text.in_windows([&](std::string_view window) {
      EXPECT_FALSE(window.empty());
      together += window;
      return true;
    });
    EXPECT_TRUE(together == all) << size;
  }
}

TEST(Text, IsNotInMemoryWhenItIsLong) {
  constexpr std::size_t kSize = 256U << 20U;
  const std::string piece(1U << 20U, 'x');
  const std::size_t before = resident();
  TextWriter writer;
  for (std::size_t at = 0; at < kSize; at += piece.size()) writer.append(piece);
  const Text text = writer.finish();
  ASSERT_EQ(text.size(), kSize);
  std::size_t most = 0;
  text.in_windows([&](std::string_view window) {
    EXPECT_EQ(window.find_first_not_of('x'), std::string_view::npos);
    most = std::max(most, resident());
    return true;
  });
  EXPECT_LT(most - before, kSize / 2);
}

TEST(Text, WindowsEndBetweenCharacters) {
  std::string all;
  while (all.size() < (3U << 20U)) all += "a字😀";
  std::size_t windows = 0;
  Text(all).in_windows([&](std::string_view window) {
    EXPECT_NE(static_cast<unsigned char>(window[0]) & 0xC0U, 0x80U);
    return ++windows < 2;
  });
  EXPECT_EQ(windows, 2U);
}

TEST(Text, StaysInMemoryWhenTheDiskIsFull) {
  std::mt19937 random(2);
  const std::string all = random_bytes(random, 3U << 20U);
  for (const std::size_t room : {0U, 300'000U, 1'000'000U}) {
    const FullDisk full(room);
    TextWriter writer(1000);
    for (std::size_t at = 0; at < all.size(); at += 4096) {
      writer.append(std::string_view(all).substr(at, 4096));
    }
    EXPECT_TRUE(writer.finish() == all) << room;
  }
}

TEST(Text, StaysInMemoryWhereNoFileCanBe) {
  const char* was = std::getenv("TMPDIR");
  const std::string before = was == nullptr ? "" : was;
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  TextWriter writer(10);
  for (int i = 0; i < 100; ++i) writer.append("0123456789");
  EXPECT_EQ(writer.finish().size(), 1000U);
  was == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
}

TEST(TextStore, KeepsEachTextWhereItIs) {
  std::mt19937 random(3);
  TextStore store(2000, 10'000);
  std::vector<std::string> texts;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 500; ++i) {
    texts.push_back(random_bytes(random, i % 50 == 0 ? 25'000 : random() % 300));
    kept.push_back(store.keep(texts.back()));
    store.was_read(1U << 20U);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_TRUE(kept[i] == texts[i]) << i;
}

TEST(TextStore, KeepsInMemoryWhatTheDiskHasNoRoomFor) {
  const std::string text(1000, 'y');
  const FullDisk full(20'000);
  TextStore store(2000, 15'000);
  std::vector<std::string_view> kept;
  for (int i = 0; i < 100; ++i) kept.push_back(store.keep(text));
  const FullDisk fuller(0);
  for (int i = 0; i < 100; ++i) kept.push_back(store.keep(text));
  for (const std::string_view each : kept) EXPECT_TRUE(each == text);
}

}  // namespace
}  // namespace braid::fanout
