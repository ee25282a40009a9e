#include "fanout/json.h"

#include <gtest/gtest.h>

namespace braid::fanout {
namespace {

TEST(Json, ComesOutAsItWentIn) {
  for (const std::string_view text :
       {R"({"b":1.0,"a":[12345678901234567890,-0,1e400],"c":{"d":null,"e":true}})", "[]", "{}",
        R"("\"\\\n\t")", "false", R"(["é😀"])"}) {
    const auto value = parse_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(value->dump(), text);
  }
}

TEST(Json, EscapesAreRead) {
  EXPECT_EQ(parse_json(R"("A\u00e9\u20ac\ud83d\ude00\/")")->text, "A\u00e9\u20ac\U0001F600/");
  EXPECT_EQ(parse_json(R"("\ud83d!")")->text, "\xEF\xBF\xBD!");
  EXPECT_EQ(parse_json(R"("\u0000")")->text, std::string(1, '\0'));
}

TEST(Json, WhatIsNoneIsRefused) {
  for (const std::string_view text :
       {"", "{", "[1,]", "{\"a\"}", "{\"a\":}", "01", "1.", "1e", "+1", "nul", "\"a", "\"\\x\"",
        "\"\n\"", "[1 2]", "{} {}", "'a'", "\"\\u12\"", "NaN"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

TEST(Json, PointersFindMembersAndItems) {
  const auto value = parse_json(R"({"a":[{"b/c":1,"d~e":2}],"a b":3})");
  EXPECT_EQ(value->at_pointer("/a/0/b~1c")->text, "1");
  EXPECT_EQ(value->at_pointer("/a/0/d~0e")->text, "2");
  EXPECT_EQ(value->at_pointer("")->kind, Json::Kind::object);
  for (const std::string_view wrong : {"/a/1", "/a/x", "/b", "a", "/a/0/b"}) {
    EXPECT_EQ(value->at_pointer(wrong), nullptr) << wrong;
  }
}

TEST(Json, OfTwoMembersWithOneNameTheLastCounts) {
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})")->find("a")->text, "2");
}

TEST(Json, NumbersCompareByValue) {
  EXPECT_TRUE(parse_json("[1,2]")->same(*parse_json("[1.0,2e0]")));
  EXPECT_FALSE(parse_json("[1,2]")->same(*parse_json("[2,1]")));
  EXPECT_TRUE(parse_json(R"({"a":1,"b":2})")->same(*parse_json(R"({"b":2,"a":1})")));
  EXPECT_EQ(parse_json("3.0")->integer(), 3);
  EXPECT_FALSE(parse_json("3.5")->integer());
}

TEST(Quoting, ReplacesWhatIsNoText) {
  EXPECT_EQ(quoted("a\xFF"
                   "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(quoted(std::string_view("\0\x1f", 2)), "\"\\u0000\\u001f\"");
}

TEST(Utf8, TheFirstWrongByteIsFound) {
  EXPECT_EQ(find_invalid_utf8("h\u00e9llo \U0001F600"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("ab\xC3"), 2U);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xF5\x80\x80\x80"), 0U);
}

}  // namespace
}  // namespace braid::fanout
