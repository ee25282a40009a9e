#include "fanout/schema.h"

#include <gtest/gtest.h>

namespace braid::fanout {
namespace {

std::string complaint(std::string_view schema, std::string_view value) {
  const auto read = Schema::read(schema, "s");
  EXPECT_TRUE(read) << schema;
  return read ? (*read)->complaint(*parse_json(value)) : "no schema";
}

struct Case {
  const char* schema;
  const char* good;
  const char* bad;
};

TEST(Schema, EachKeywordIsChecked) {
  const Case cases[] = {
      {R"({"type":"integer"})", "3", "3.5"},
      {R"({"type":["string","null"]})", "null", "1"},
      {R"({"enum":["a",1]})", "1.0", "\"b\""},
      {R"({"const":{"a":1}})", R"({"a":1})", R"({"a":2})"},
      {R"({"required":["a"]})", R"({"a":1})", "{}"},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x","b":1})", R"({"a":1})"},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})", R"({"b":1})"},
      {R"({"additionalProperties":{"type":"number"}})", R"({"b":1})", R"({"b":"x"})"},
      {R"({"patternProperties":{"^n_":{"type":"number"}},"additionalProperties":false})",
       R"({"n_a":1})", R"({"n_a":"x"})"},
      {R"({"propertyNames":{"maxLength":2}})", R"({"ab":1})", R"({"abc":1})"},
      {R"({"minProperties":1,"maxProperties":2})", R"({"a":1})", "{}"},
      {R"({"items":{"type":"string"}})", R"(["a"])", "[1]"},
      {R"({"prefixItems":[{"type":"string"}],"items":{"type":"number"}})", R"(["a",1])",
       R"(["a","b"])"},
      {R"({"minItems":1,"maxItems":2})", "[1]", "[1,2,3]"},
      {R"({"uniqueItems":true})", "[1,2]", "[1,1.0]"},
      {R"({"contains":{"const":3}})", "[1,3]", "[1]"},
      {R"({"minLength":2,"maxLength":3})", R"("éé")", R"("é")"},
      {R"({"pattern":"^a+$"})", R"("aa")", R"("ab")"},
      {R"({"minimum":1,"exclusiveMaximum":2})", "1", "2"},
      {R"({"multipleOf":0.1})", "0.3", "0.35"},
      {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "2", "3"},
      {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "5", "4"},
      {R"({"oneOf":[{"minimum":1},{"minimum":5}]})", "2", "6"},
      {R"({"not":{"type":"string"}})", "1", R"("a")"},
      {R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}})", "1", R"("a")"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(complaint(each.schema, each.good), "") << each.schema;
    EXPECT_NE(complaint(each.schema, each.bad), "") << each.schema;
  }
}

TEST(Schema, WhatIsNotKnownIsRefused) {
  for (const char* wrong :
       {R"({"typ":"string"})", R"({"type":"text"})", R"({"properties":{"a":{"itens":{}}}})",
        R"({"$ref":"#/nowhere"})", R"({"$ref":"https://example.org"})", R"({"pattern":"("})", "[]",
        "nonsense", R"({"minimum":"1"})", R"({"if":{}})"}) {
    EXPECT_FALSE(Schema::read(wrong, "s")) << wrong;
  }
}

TEST(Schema, OneThatRefersToItselfEnds) {
  EXPECT_NE(complaint(R"({"$ref":"#"})", "1"), "");
  EXPECT_EQ(complaint(R"({"properties":{"next":{"$ref":"#"}},"required":["v"]})",
                      R"({"v":1,"next":{"v":2}})"),
            "");
}

TEST(Answers, LoseOneFence) {
  EXPECT_EQ(json_of_answer("```json\n{\"a\": 1}\n```")->dump(), R"({"a":1})");
  EXPECT_EQ(json_of_answer(" [1] ")->dump(), "[1]");
  EXPECT_FALSE(json_of_answer("Here it is: [1]"));
}

}  // namespace
}  // namespace braid::fanout
