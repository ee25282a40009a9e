#include "fanout/reply.h"

#include <gtest/gtest.h>

#include "fanout/sse.h"

namespace braid::fanout {
namespace {

RawReply raw(long status, std::string body, Headers headers = {}) {
  RawReply out;
  out.status = status;
  out.body = std::move(body);
  out.headers = std::move(headers);
  return out;
}

std::string error_body(const std::string& message, const std::string& code = "") {
  return R"({"error":{"message":")" + message + R"(","type":"t","code":")" + code + R"("}})";
}

TEST(Reply, OfAnAnswer) {
  const Reply reply = read_reply(raw(200, R"({"model":"m","choices":[{"message":{"content":"hi"},
      "finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,
      "prompt_tokens_details":{"cached_tokens":3}}})"));
  EXPECT_EQ(reply.meaning, Meaning::answer);
  EXPECT_EQ(reply.text, "hi");
  EXPECT_EQ(reply.usage.prompt, 5);
  EXPECT_EQ(reply.usage.cached, 3);
  EXPECT_EQ(reply.usage.completion, 2);
}

TEST(Reply, TellsTheFourRefusalsApart) {
  const auto refusal = [](const std::string& message, Headers headers = {}) {
    const Reply reply = read_reply(raw(429, error_body(message), std::move(headers)));
    EXPECT_EQ(reply.meaning, Meaning::refused);
    return reply.refusal;
  };
  EXPECT_EQ(refusal("Rate limit reached for requests per min"), Refusal::rate);
  EXPECT_EQ(refusal("slow down", {{"retry-after", "1"}}), Refusal::rate);
  EXPECT_EQ(refusal("too many concurrent requests"), Refusal::concurrency);
  EXPECT_EQ(refusal("request rate increased too quickly"), Refusal::slope);
  EXPECT_EQ(refusal("slow down"), Refusal::unknown);
  const Reply quota = read_reply(raw(429, error_body("no", "insufficient_quota")));
  EXPECT_EQ(quota.meaning, Meaning::stop);
  EXPECT_EQ(quota.cause, StopCause::quota);
}

TEST(Reply, StatusesMean) {
  const auto meaning = [](long status, const std::string& message = "x", Headers headers = {}) {
    return read_reply(raw(status, error_body(message), std::move(headers))).meaning;
  };
  for (const long status : {408, 409, 500, 502, 503, 504, 529}) {
    EXPECT_EQ(meaning(status), Meaning::fault) << status;
  }
  for (const long status : {401, 403, 402, 404, 307})
    EXPECT_EQ(meaning(status), Meaning::stop) << status;
  EXPECT_EQ(meaning(400), Meaning::hopeless);
  EXPECT_EQ(meaning(400, "maximum context length is 8192"), Meaning::hopeless);
  EXPECT_EQ(meaning(503, "server busy, maximum pending requests exceeded"), Meaning::refused);
  EXPECT_EQ(meaning(500, "x", {{"x-should-retry", "false"}}), Meaning::hopeless);
  EXPECT_EQ(meaning(400, "x", {{"x-should-retry", "true"}}), Meaning::fault);
  EXPECT_EQ(meaning(400, "unknown field stream_options"), Meaning::adjust);
}

TEST(Reply, OddBodiesOf200AreFaults) {
  for (const char* body :
       {"", "<html>", "null", "[]", "{}", R"({"choices":[]})", R"({"choices":[{}]})",
        R"({"choices":[{"message":{"content":null}}]})", R"({"error":{"message":"x","code":502}})",
        R"({"choices":[{"message":{"content":"hal)"}) {
    const Reply reply = read_reply(raw(200, body));
    EXPECT_EQ(reply.meaning, Meaning::fault) << body;
    EXPECT_FALSE(reply.error.empty()) << body;
  }
  EXPECT_EQ(read_reply(raw(200, R"({"error":{"message":"x","code":429}})")).meaning,
            Meaning::refused);
}

TEST(Reply, WhatTheModelDoesNotSayIsNotRetried) {
  EXPECT_EQ(
      read_reply(raw(200, R"({"choices":[{"message":{"content":null,"refusal":"no"}}]})")).meaning,
      Meaning::hopeless);
  EXPECT_EQ(
      read_reply(raw(200, R"({"choices":[{"message":{"content":""},"finish_reason":"length"}]})"))
          .meaning,
      Meaning::hopeless);
  EXPECT_EQ(read_reply(raw(200, R"({"choices":[{"message":{"content":"x"},
      "finish_reason":"content_filter"}]})"))
                .meaning,
            Meaning::hopeless);
}

TEST(Reply, WaitsInWords) {
  const auto wait = [](const char* words) {
    const auto found = wait_in_words(words);
    return found ? found->count() : -1;
  };
  EXPECT_DOUBLE_EQ(wait("limit 3, used 3. please try again in 20s. visit our page"), 20);
  EXPECT_DOUBLE_EQ(wait("please try again in 2m59.5s."), 179.5);
  EXPECT_DOUBLE_EQ(wait("try again in 250ms"), 0.25);
  EXPECT_DOUBLE_EQ(wait("please retry in 34.07s."), 34.07);
  EXPECT_DOUBLE_EQ(wait("try again in 5 minutes"), 300);
  EXPECT_DOUBLE_EQ(wait("retry after 3 seconds"), 3);
  EXPECT_DOUBLE_EQ(wait("try again in a while"), -1);
  EXPECT_DOUBLE_EQ(wait("try again in "), -1);
  EXPECT_DOUBLE_EQ(wait("slow down"), -1);
}

TEST(Reply, ARefusalThatAdvisesToPayMoreIsNoExhaustedQuota) {
  const Reply rate = read_reply(
      raw(429, R"({"error":{"message":"Rate limit reached for requests per min. Please try again in
 20s. You can see /account/billing.","type":"requests","code":"rate_limit_exceeded"}})"));
  EXPECT_EQ(rate.meaning, Meaning::refused);
  EXPECT_EQ(rate.refusal, Refusal::rate);
  const Reply quota = read_reply(raw(
      429, R"({"error":{"message":"Billing hard limit has been reached","type":"insufficient_quota",
"code":"billing_hard_limit_reached"}})"));
  EXPECT_EQ(quota.meaning, Meaning::stop);
  const Reply listed = read_reply(
      raw(429, R"([{"error":{"code":429,"message":"You exceeded your current quota. Please retry in
 34.07s.","status":"RESOURCE_EXHAUSTED"}}])"));
  EXPECT_EQ(listed.meaning, Meaning::refused);
}

TEST(Events, AreTheSameHoweverTheyAreCut) {
  const std::string stream =
      "\xEF\xBB\xBF: comment\r\ndata: one\r\n\r\ndata:two\ndata: more\n\nid: 3\ndata\n\nevent: "
      "x\r\rdata: "
      "last\r\r";
  const std::vector<std::string> expected = {"one", "two\nmore", "", "last"};
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); second += 3) {
      EventReader reader;
      std::vector<std::string> got;
      for (const std::string& piece :
           {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        for (std::string& event : reader.take(piece)) got.push_back(std::move(event));
      }
      ASSERT_EQ(got, expected) << first << ' ' << second;
    }
  }
}

TEST(Events, WithoutAnEmptyLineAtTheEnd) {
  EventReader reader;
  EXPECT_TRUE(reader.take("data: x").empty());
  EXPECT_EQ(reader.finish(), std::vector<std::string>{"x"});
}

}  // namespace
}  // namespace braid::fanout
