#include "fanout/vote.h"

#include <gtest/gtest.h>

#include <random>

namespace braid::fanout {
namespace {

VoteRules yes_no() {
  VoteRules rules;
  rules.choices = {"yes", "no"};
  return rules;
}

using Labels = std::vector<std::string>;

TEST(Labels, OfAWordAreStrippedAndFolded) {
  const VoteRules rules = yes_no();
  EXPECT_EQ(label_of("  **Yes**, I think", rules), "yes");
  EXPECT_EQ(label_of("NO.", rules), "no");
  EXPECT_EQ(label_of("- no", rules), "no");
  EXPECT_EQ(label_of("maybe", rules), "");
  EXPECT_EQ(label_of("", rules), "");
}

TEST(Labels, OfJsonAreFoundByTheirPointer) {
  VoteRules rules = yes_no();
  rules.normalise = "json:/answer";
  EXPECT_EQ(label_of("```json\n{\"answer\": \"YES\"}\n```", rules), "yes");
  EXPECT_EQ(label_of("yes", rules), "");
}

TEST(Votes, AreCountedByTheRules) {
  VoteRules rules = yes_no();
  EXPECT_EQ(count_votes({"yes", "no", "yes", ""}, rules).winner, "yes");
  const Tally tie = count_votes({"yes", "no"}, rules);
  EXPECT_TRUE(tie.is_tie);
  EXPECT_EQ(tie.winner, "");
  EXPECT_NE(tie.why_none.find("yes and no"), std::string::npos);
  rules.ties = "first";
  EXPECT_EQ(count_votes({"no", "yes"}, rules).winner, "yes");
  rules.ties = "no";
  EXPECT_EQ(count_votes({"yes", "no"}, rules).winner, "no");
  rules.margin = 2;
  EXPECT_EQ(count_votes({"yes", "yes", "no"}, rules).winner, "");
  rules.quorum = 4;
  EXPECT_NE(count_votes({"yes", "yes", "yes"}, rules).why_none.find("quorum"), std::string::npos);
  EXPECT_EQ(count_votes({}, yes_no()).winner, "");
}

// Sends what is asked for until nothing more is; what came, and what all draws would have said.
struct Counted {
  Labels drawn;
  Tally early;
  Tally all;
};

Counted run_vote(const Labels& draws, const VoteRules& rules) {
  Counted out;
  while (const std::size_t more = next_draws(out.drawn, draws.size(), rules)) {
    for (std::size_t i = 0; i < more; ++i) out.drawn.push_back(draws[out.drawn.size()]);
  }
  out.early = count_votes(out.drawn, rules);
  out.all = count_votes(draws, rules);
  return out;
}

// Every vote of up to nine draws over two labels and abstentions, with every margin and quorum.
TEST(EarlyStop, ExactNeverChangesTheOutcome) {
  for (std::size_t n = 1; n <= 9; ++n) {
    std::size_t all = 1;
    for (std::size_t i = 0; i < n; ++i) all *= 3;
    for (std::size_t code = 0; code < all; ++code) {
      Labels draws;
      for (std::size_t rest = code, i = 0; i < n; ++i, rest /= 3) {
        draws.emplace_back(rest % 3 == 0 ? "yes" : rest % 3 == 1 ? "no" : "");
      }
      for (const std::size_t margin : {1, 2, 3}) {
        for (const std::size_t quorum : {std::size_t{0}, n / 2 + 1}) {
          VoteRules rules = yes_no();
          rules.margin = margin;
          rules.quorum = quorum;
          const Counted counted = run_vote(draws, rules);
          ASSERT_EQ(counted.early.winner, counted.all.winner)
              << code << ' ' << margin << ' ' << quorum;
        }
      }
    }
  }
}

double share_saved(double p, const VoteRules& rules, double& same) {
  std::mt19937 random(3);
  std::bernoulli_distribution yes(p);
  constexpr int kRounds = 4000;
  std::size_t drawn = 0;
  int equal = 0;
  for (int round = 0; round < kRounds; ++round) {
    Labels draws;
    for (int i = 0; i < 15; ++i) draws.emplace_back(yes(random) ? "yes" : "no");
    const Counted counted = run_vote(draws, rules);
    drawn += counted.drawn.size();
    if (counted.early.winner == counted.all.winner) ++equal;
  }
  same = double(equal) / kRounds;
  return 1 - double(drawn) / (15.0 * kRounds);
}

TEST(EarlyStop, SavesDraws) {
  VoteRules rules = yes_no();
  double same = 0;
  EXPECT_GE(share_saved(0.7, rules, same), 0.22);
  EXPECT_EQ(same, 1);
  rules.stop = StopRule::probable;
  EXPECT_GE(share_saved(0.9, rules, same), 0.59);
  EXPECT_GE(same, 0.99);
  EXPECT_GE(share_saved(0.7, rules, same), 0.30);
  EXPECT_GE(same, 0.99);
}

TEST(EarlyStop, NeverSendsAll) {
  VoteRules rules = yes_no();
  rules.stop = StopRule::never;
  EXPECT_EQ(next_draws({}, 15, rules), 15U);
}

}  // namespace
}  // namespace braid::fanout
