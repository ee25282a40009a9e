#include "fanout/merges.h"

#include <gtest/gtest.h>

#include <random>

#include "fanout/budget.h"
#include "fanout/covers.h"
#include "fanout/template.h"
#include "fanout/text_store.h"
#include "fanout/workflow_file.h"

namespace braid::fanout {
namespace {

std::vector<Piece> random_pieces(std::mt19937& random, TextStore& texts) {
  std::vector<Piece> out;
  const std::size_t count = 1 + random() % 12;
  for (std::size_t i = 0; i < count; ++i) {
    Piece& piece = out.emplace_back();
    piece.name = "p";
    piece.index = i;
    if (random() % 4 != 0)
      piece.text = texts.keep("<" + std::to_string(i) + std::string(random() % 30, 'x') + ">");
  }
  return out;
}

// No part lost, doubled or out of order, whatever is missing and whatever the rule.
TEST(Merges, KeepEveryPieceOnceAndInOrder) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    TextStore texts;
    const std::vector<Piece> pieces = random_pieces(random, texts);
    const Missing rule{static_cast<Missing::Kind>(random() % 3), 1 + random() % 4};
    std::size_t there = 0;
    for (const Piece& piece : pieces) there += piece.text ? 1 : 0;
    const bool fits = rule.kind == Missing::Kind::all ? there == pieces.size()
                      : rule.kind == Missing::Kind::best_effort
                          ? there > 0
                          : there >= rule.quorum || there == pieces.size();
    for (const Merged& merged : {stitch(pieces, "|", rule), jsonl(pieces, false, rule)}) {
      ASSERT_EQ(merged.gaps.size(), pieces.size() - there);
      ASSERT_EQ(merged.text.has_value(), fits);
      ASSERT_EQ(merged.failure.empty(), fits);
      if (!fits) continue;
      std::size_t at = 0;
      for (const Piece& piece : pieces) {
        if (!piece.text) continue;
        const std::size_t found = merged.text->view().find(*piece.text, at);
        ASSERT_NE(found, std::string::npos);
        ASSERT_EQ(merged.text->view().find(*piece.text, found + 1), std::string::npos);
        at = found;
      }
    }
  }
}

TEST(Merges, GroupsHoldEveryPieceOnceAndFit) {
  std::mt19937 random(6);
  for (int round = 0; round < 2000; ++round) {
    TextStore texts;
    const std::vector<Piece> pieces = random_pieces(random, texts);
    const std::size_t most = 20 + random() % 200;
    std::vector<std::size_t> seen;
    for (const std::vector<Piece>& group : fit_groups(pieces, most)) {
      ASSERT_FALSE(group.empty());
      for (const Piece& piece : group) seen.push_back(piece.index);
      if (group.size() > 1) {
        ASSERT_LE(parts_block(group).size(), most + 2);
      }
    }
    ASSERT_EQ(seen.size(), pieces.size());
    for (std::size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], i);
  }
}

TEST(Merges, JsonLinesOfRecords) {
  std::vector<Piece> pieces(3);
  pieces[0].text = R"([{"id":1.0},{"id":2}])";
  pieces[1].text = R"({"items":[{"id":3}]})";
  pieces[2].text = "not JSON";
  EXPECT_EQ(jsonl(pieces, true, {}).text, "{\"id\":1.0}\n{\"id\":2}\n{\"id\":3}\n\"not JSON\"\n");
}

TEST(Covers, NamesWhatIsWrong) {
  const std::vector<std::string> wanted = {"1", "2", "\"x\""};
  EXPECT_EQ(compare_ids(wanted, R"([{"id":"x"},{"id":1},{"id":2}])", "/id"), "");
  EXPECT_EQ(compare_ids(wanted, R"([{"id":1},{"id":1},{"id":5}])", "/id"),
            "missing: 2, \"x\"; more than once: 1; not asked for: 5");
  EXPECT_NE(compare_ids(wanted, "nothing", "/id"), "");
}

TEST(Templates, AreFilledOnce) {
  const auto parsed = Template::parse("a {b} {{c}} {b}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->names(), std::vector<std::string>{"b"});
  EXPECT_EQ(parsed->fill([](std::string_view) { return "{b}"; }), "a {b} {c} {b}");
  for (const char* wrong : {"{", "}", "{}", "{a b}", "{\"x\":1}", "{a"}) {
    EXPECT_FALSE(Template::parse(wrong)) << wrong;
  }
}

TEST(Budget, IsNeverPassed) {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    Spending spending(Budget{1000, std::nullopt});
    std::vector<Cost> flying;
    std::int64_t billed = 0;
    for (int step = 0; step < 300; ++step) {
      const Cost bound{1 + static_cast<std::int64_t>(random() % 80), 0};
      if (random() % 2 == 0 && spending.fits(bound)) {
        spending.reserve(bound);
        flying.push_back(bound);
      } else if (!flying.empty()) {
        const Cost cost{static_cast<std::int64_t>(
                            random() % static_cast<std::uint64_t>(flying.back().tokens + 1)),
                        0};
        spending.settle(flying.back(), cost);
        billed += cost.tokens;
        flying.pop_back();
      }
      std::int64_t most = billed;
      for (const Cost& cost : flying) most += cost.tokens;
      ASSERT_LE(most, 1000);
    }
  }
}

TEST(Budget, CachedTokensCostTheirOwnPrice) {
  EXPECT_DOUBLE_EQ(usd_of({1'000'000, 400'000, 100'000, true}, {1, 0.1, 10}), 0.6 + 0.04 + 1);
}

TEST(Workflows, HoldWhatIsNotAsciiInQuotesAlone) {
  constexpr std::size_t kNone = std::string_view::npos;
  for (const char* fine :
       {"a = \"é\\\"é\" # é", "a = '''é'é''' ", "\"é\" = \"\"\"\né\"\"\"\"\n'é' = 1",
        "\xEF\xBB\xBF"
        "a = 1"}) {
    EXPECT_EQ(find_bare_non_ascii(fine), kNone) << fine;
  }
  EXPECT_EQ(find_bare_non_ascii("a = 'x'\né = 1"), 8U);
  EXPECT_EQ(find_bare_non_ascii("a = \"x\" é"), 8U);
  const auto refused = read_workflow("braid = 1\né = 1\n", "w.toml", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "w.toml:2: what is not ASCII stands in quotes");
}

TEST(Workflows, OfTheFirstPageAreRead) {
  auto workflow = read_workflow(
      "braid = 1\nmodel.default = { name = \"m\", temperature = 0.5 }\n[part]\na = \"x\"\nb = "
      "{ prompt = \"{a}\", temperature = 1 }\n",
      "w.toml", {});
  ASSERT_TRUE(workflow) << workflow.error().message;
  ASSERT_TRUE(validate(*workflow));
  EXPECT_EQ(workflow->result, "b");
  EXPECT_EQ(settings_of(*workflow, workflow->parts[1], "default").temperature, 1);
  EXPECT_EQ(settings_of(*workflow, workflow->parts[0], "default").name, "m");
}

}  // namespace
}  // namespace braid::fanout
