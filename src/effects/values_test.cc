#include "effects/values.h"

#include <gtest/gtest.h>

#include "effects/flat_set.h"

namespace braid::effects {
namespace {

Atom object_at(std::uint32_t node, Recency recency = Recency::This) {
  return {.kind = AtomKind::Object, .recency = recency, .node = NodeId{node}};
}

TEST(Values, EqualThingsHaveOneId) {
  Values values;
  const AtomId a = values.atom(object_at(1));
  const AtomId b = values.atom(object_at(2));
  EXPECT_NE(a, b);
  EXPECT_EQ(values.atom(object_at(1)), a);
  EXPECT_EQ(values.value({b, a, b}), values.value({a, b}));
  EXPECT_EQ(values.value({a}), values.single(a));
  EXPECT_EQ(values.value(std::vector<AtomId>{}), values.nothing());
  EXPECT_EQ(values.site({.node = NodeId{3U}}), values.site({.node = NodeId{3U}}));
  EXPECT_NE(values.site({.node = NodeId{3U}}), values.site({.node = NodeId{4U}}));
}

TEST(Values, JoinsHoldTheAtomsOfBoth) {
  Values values;
  const ValueId a = values.single(object_at(1));
  const ValueId b = values.single(object_at(2));
  const ValueId both = values.join(a, b);
  EXPECT_EQ(values[both].size(), 2U);
  EXPECT_EQ(values.join(b, a), both);
  EXPECT_EQ(values.join(both, a), both);
  EXPECT_EQ(values.join(values.nothing(), a), a);
  EXPECT_EQ(values.join(ValueId{}, a), a);
}

TEST(Values, WithTooManyAtomsStaysAnything) {
  Values values;
  ValueId all = values.nothing();
  for (std::uint32_t i = 0; i <= kMaxAtoms; ++i) {
    EXPECT_NE(all, values.anything());
    all = values.join(all, values.single(object_at(i)));
  }
  EXPECT_EQ(all, values.anything());
  EXPECT_EQ(values.join(all, values.single(object_at(99))), all);
  EXPECT_EQ(values.join(values.single(object_at(99)), all), all);
  EXPECT_EQ(values.value({values.atom(object_at(99)), values[all][0]}), all);
  EXPECT_EQ(values.with_recency(all, Recency::This, Recency::Older), all);
}

TEST(Values, ManyThingsKeepTheirIds) {
  Values values;
  std::vector<AtomId> atoms;
  std::vector<ValueId> pairs;
  for (std::uint32_t i = 0; i < 5000; ++i) atoms.push_back(values.atom(object_at(i)));
  for (std::uint32_t i = 1; i < 5000; ++i) pairs.push_back(values.value({atoms[i], atoms[i - 1]}));
  for (std::uint32_t i = 1; i < 5000; ++i) {
    EXPECT_EQ(values.atom(object_at(i)), atoms[i]);
    EXPECT_EQ(values.value({atoms[i - 1], atoms[i]}), pairs[i - 1]);
    EXPECT_EQ(values[pairs[i - 1]][1], atoms[i]);
  }
}

TEST(Values, RecencyChangesForThoseThatHaveIt) {
  Values values;
  const ValueId both =
      values.join(values.single(object_at(1)), values.single(object_at(2, Recency::Before)));
  const ValueId aged = values.with_recency(both, Recency::This, Recency::Older);
  EXPECT_EQ(aged, values.join(values.single(object_at(1, Recency::Older)),
                              values.single(object_at(2, Recency::Before))));
  EXPECT_EQ(values.with_recency(aged, Recency::This, Recency::Older), aged);
}

TEST(FlatSet, KeepsOneOfEach) {
  FlatSet<int> set;
  EXPECT_TRUE(set.insert(3));
  EXPECT_TRUE(set.insert(1));
  EXPECT_FALSE(set.insert(3));
  FlatSet<int> other;
  other.insert(2);
  other.insert(3);
  set.insert(other);
  EXPECT_EQ(std::vector<int>(set.begin(), set.end()), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(set.contains(2));
  EXPECT_FALSE(set.contains(4));
}

}  // namespace
}  // namespace braid::effects
