#include "fanout/http_reply.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace braid::fanout {
namespace {

using State = ReplyReader::State;

struct Taken final : ReplyTaker {
  bool take_head_line(std::string_view line) override {
    head += line;
    return head.size() < most;
  }
  bool take_body(std::string_view bytes) override {
    body += bytes;
    return body.size() < most;
  }
  std::string head;
  std::string body;
  std::size_t most = 1U << 20U;
};

struct Outcome {
  State state = State::more;
  int status = 0;
  std::string body;
  std::size_t left = 0;  // bytes that are not the reply's
  bool keeps_alive = false;
  bool operator==(const Outcome&) const = default;
};

// The reply in two pieces, then the end of the connection if `ends`.
Outcome read(std::string_view bytes, std::size_t cut, bool ends = false) {
  ReplyReader reader;
  Taken taken;
  std::size_t used = 0;
  for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
    used += reader.take(piece, taken);
  }
  if (ends) reader.end();
  return {reader.state(), reader.status(), taken.body, bytes.size() - used, reader.keeps_alive()};
}

struct Case {
  std::string bytes;
  Outcome outcome;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcX", {State::done, 200, "abc", 1, true}},
      {"HTTP/1.1 200\nContent-Length:3\n\nabc", {State::done, 200, "abc", 0, true}},
      {"HTTP/1.1 429 Too\r\nContent-Length: 0\r\n\r\n", {State::done, 429, "", 0, true}},
      {"HTTP/1.1 100 Go on\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz",
       {State::done, 200, "z", 0, true}},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "4;x=1\r\nabcd\r\n00\r\nt: u\r\n\r\nHTTP",
       {State::done, 200, "abcd", 4, true}},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: "
       "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       {State::done, 200, "a", 0, true}},
      {"HTTP/1.1 204 None\r\n\r\n", {State::done, 204, "", 0, true}},
      {"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\na",
       {State::done, 200, "a", 0, false}},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", {State::done, 200, "a", 0, false}},
      {"HTTP/1.0 200 OK\r\nConnection: a, keep-alive\r\nContent-Length: 1\r\n\r\na",
       {State::done, 200, "a", 0, true}},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
       {State::done, 200, "ab", 0, true}},
  };
  return all;
}

TEST(HttpReply, IsTheSameWhereverItIsCut) {
  for (const Case& each : cases()) {
    for (std::size_t cut = 0; cut <= each.bytes.size(); ++cut) {
      EXPECT_EQ(read(each.bytes, cut), each.outcome) << each.bytes << " cut at " << cut;
    }
  }
}

// Every end of the connection before the end of a reply is an early one.
TEST(HttpReply, IsNotDoneBeforeItsEnd) {
  for (const Case& each : cases()) {
    const std::size_t size = each.bytes.size() - each.outcome.left;
    for (std::size_t end = 0; end < size; ++end) {
      EXPECT_EQ(read(std::string_view(each.bytes).substr(0, end), 0, true).state, State::wrong)
          << each.bytes << " ended at " << end;
    }
  }
}

TEST(HttpReply, MayEndWithItsConnection) {
  const Outcome outcome = read("HTTP/1.1 200 OK\r\n\r\nall of it", 5, true);
  EXPECT_EQ(outcome, (Outcome{State::done, 200, "all of it", 0, false}));
}

TEST(HttpReply, IsRefusedWhenItIsNone) {
  for (const std::string bytes :
       {"", "<html>", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 099\r\n\r\n", "HTTP/1.1 101 Other\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    EXPECT_EQ(read(bytes, bytes.size() / 2, true).state, State::wrong) << bytes;
  }
}

TEST(HttpReply, EndsWhenItsTakerHasHadEnough) {
  for (const std::string bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdefghi",
                                  "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"}) {
    ReplyReader reader;
    Taken taken;
    taken.most = bytes.ends_with("i") ? 50 : 20;
    for (const char c : bytes + std::string(50, 'x')) {
      if (reader.state() == State::more) reader.take({&c, 1}, taken);
    }
    EXPECT_EQ(reader.state(), State::refused) << bytes;
  }
  ReplyReader reader;
  Taken taken;
  reader.take(std::string(300'000, 'x'), taken);
  EXPECT_EQ(reader.state(), State::wrong);
}

TEST(HttpReply, SaysThatItsBodyIsCompressed) {
  using enum Packing;
  for (const auto& [value, packings] :
       std::vector<std::pair<std::string, std::vector<Packing>>>{{"gzip", {deflate}},
                                                                 {"Deflate", {deflate}},
                                                                 {"identity", {}},
                                                                 {"", {}},
                                                                 {"gzip, br", {deflate, brotli}},
                                                                 {"identity , zstd", {zstandard}},
                                                                 {"rot13", {unknown}}}) {
    ReplyReader reader;
    Taken taken;
    reader.take("HTTP/1.1 200 OK\r\nContent-Encoding: " + value + "\r\nContent-Length: 1\r\n\r\nx",
                taken);
    EXPECT_EQ(reader.packings(), packings) << value;
    EXPECT_EQ(reader.state(), State::done);
  }
}

TEST(HttpReply, TakesAnyBytes) {
  std::mt19937 random(31);
  const std::string_view kBits[] = {"HTTP/1.1 200 OK\r\n",
                                    "\r\n",
                                    "\n",
                                    "Content-Length: 5\r\n",
                                    "Transfer-Encoding: chunked\r\n",
                                    "5\r\n",
                                    "abcde",
                                    "0",
                                    "HTTP/1.1 100\r\n",
                                    "\xFF"};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    for (std::size_t i = random() % 12; i > 0; --i) bytes += kBits[random() % std::size(kBits)];
    const Outcome whole = read(bytes, 0, true);
    ASSERT_EQ(read(bytes, random() % (bytes.size() + 1), true), whole) << bytes;
  }
}

}  // namespace
}  // namespace braid::fanout
