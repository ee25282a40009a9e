#include "effects/event_log.h"

#include <gtest/gtest.h>

namespace braid::effects {
namespace {

Event at(std::uint32_t node) {
  Event event;
  event.effect.kind = EffectKind::Read;
  event.node = NodeId{node};
  return event;
}

std::vector<std::uint32_t> nodes(EventLog& log) {
  std::vector<std::uint32_t> out;
  for (const Event& event : log.take()) out.push_back(event.node.value);
  return out;
}

TEST(EventLog, KeepsTheFirstAndTheLastOfEach) {
  EventLog log;
  for (int round = 0; round < 100; ++round)
    for (std::uint32_t node : {1U, 2U, 3U}) log.push(at(node));
  EXPECT_EQ(log.size(), 3U);
  EXPECT_EQ(nodes(log), (std::vector<std::uint32_t>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(nodes(log), std::vector<std::uint32_t>{});
}

TEST(EventLog, TellsApartWhatDiffersInAnything) {
  EventLog log;
  Event other = at(1);
  other.effect.unless = "independent";
  Event seen = at(1);
  seen.definitions.here = {NodeId{7U}};
  for (const Event& each : {at(1), other, seen, at(1)}) log.push(each);
  EXPECT_EQ(log.size(), 3U);
  EXPECT_EQ(log.take().size(), 4U);
}

TEST(EventLog, CountsEveryTimeOfWhatTakesTime) {
  EventLog log;
  Event burn = at(1);
  burn.effect.kind = EffectKind::Burn;
  burn.effect.seconds = 2;
  Event wait = burn;
  wait.effect.kind = EffectKind::Wait;
  log.push(burn);
  log.push(burn);
  log.push(wait);
  EXPECT_EQ(log.spent().held, 4);
  EXPECT_EQ(log.spent().free, 2);
}

}  // namespace
}  // namespace braid::effects
