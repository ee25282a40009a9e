#include "fanout/latency_watch.h"

#include <gtest/gtest.h>

#include <functional>
#include <queue>
#include <random>

#include "fanout/gate.h"

namespace braid::fanout {
namespace {

using What = LatencyWatch::What;
using Span = std::function<double(std::size_t call)>;  // seconds that a call is worked at

struct Course {
  double seconds = 0;
  int most_late = 0;  // in flight, in the last quarter
  int window = 0;
};

struct Stop {
  double from = 0;
  double to = 0;
};

// A server that works at so many calls at once, the others wait; nobody is refused. Nothing comes
// back during a stop.
Course simulated(std::size_t calls, std::size_t slots, const Span& span, const Stop& stop = {}) {
  struct Flying {
    double end;
    Gate::Ticket ticket;
    bool operator>(const Flying& other) const { return end > other.end; }
  };
  const Time start = Time{} + std::chrono::hours(1);
  const auto at = [&](double seconds) {
    return start + std::chrono::duration_cast<Time::duration>(Seconds(seconds));
  };
  Gate gate({}, 1000, start);
  std::priority_queue<Flying, std::vector<Flying>, std::greater<>> flying;
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (std::size_t i = 0; i < slots; ++i) free.push(0);
  Course out;
  double now = 0;
  std::size_t sent = 0;
  for (std::size_t done = 0; done < calls;) {
    double next = flying.empty() ? now : flying.top().end;
    while (sent < calls) {
      const Time ready = gate.ready(1, at(now));
      if (ready > at(now)) {
        if (ready != Time::max()) next = std::min(next, Seconds(ready - start).count() + 1e-6);
        break;
      }
      const double begun = std::max(now, free.top());
      double end = begun + span(sent++);
      if (begun < stop.to && end > stop.from) end += stop.to - std::max(begun, stop.from);
      free.pop();
      free.push(end);
      flying.push({end, gate.send(1, at(now))});
      if (done > calls / 4 * 3) out.most_late = std::max(out.most_late, gate.in_flight());
    }
    now = flying.empty() ? next : std::min(next, flying.top().end);
    while (!flying.empty() && flying.top().end <= now) {
      gate.came_back(flying.top().ticket, {}, at(now));
      flying.pop();
      ++done;
    }
  }
  out.seconds = now;
  out.window = gate.window();
  return out;
}

TEST(LatencyWatch, LeavesNoLongQueueInTheServerAndKeepsItBusy) {
  for (const std::size_t slots : {8U, 50U, 200U}) {
    const std::size_t calls = 200 * slots + 4000;
    const Course run = simulated(calls, slots, [](std::size_t) { return 0.2; });
    const double ideal = 0.2 * static_cast<double>(calls) / static_cast<double>(slots);
    EXPECT_LT(run.seconds, ideal * 1.02 + 0.5) << slots;
    EXPECT_LT(run.most_late, static_cast<int>(slots) * 8) << slots;
  }
}

TEST(LatencyWatch, LeavesTheWindowWhereNothingIsQueued) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> span(0, 1);  // from a tenth of a second to ten seconds
    std::vector<double> spans(30'000);
    for (double& each : spans) each = span(random);
    const Course run =
        simulated(spans.size(), 100'000, [&](std::size_t call) { return spans[call]; });
    EXPECT_EQ(run.window, 1000) << seed;
  }
}

// What looks like a queue: a trial of half the window says otherwise, once.
TEST(LatencyWatch, TakesLongerAnswersForWhatTheyAre) {
  const auto span = [](std::size_t call) { return call < 500 ? 0.1 : 3.0; };
  const std::size_t calls = 30'000;
  const Course run = simulated(calls, 100'000, span);
  EXPECT_EQ(run.window, 1000);
  EXPECT_LT(run.seconds, 3.0 * (calls - 500) / 1000 * 1.06 + 3);
}

// Where this machine or the server stands still for a while, once, whenever that is.
TEST(LatencyWatch, FindsTheQueueThoughEverythingStoodStillOnce) {
  for (double stop = 0; stop < 6; stop += 0.05) {
    const Course run = simulated(8000, 50, [](std::size_t) { return 0.05; }, {stop, stop + 0.3});
    EXPECT_LE(run.most_late, 600) << stop;
  }
}

// A server that works at more calls at once the more slowly: what is tried costs it little or is
// taken back, however often.
TEST(LatencyWatch, LeavesAServerWhatMakesItFast) {
  LatencyWatch watch;
  double window = 1000;
  const auto latency = [&] { return 0.2 + 0.002 * window; };
  const double best = window / latency();
  for (int round = 0; round < 50; ++round) {
    for (int call = 0; call < 64; ++call) {
      const auto sample = watch.sent(static_cast<int>(window), static_cast<int>(window));
      const double took = round == 0 ? 0.2 : latency();
      const auto advice = watch.ended(sample, Seconds(took), static_cast<int>(window));
      if (advice.what == What::cut) window *= advice.share;
      if (advice.what == What::take_back) window = 1000;
    }
  }
  EXPECT_GT(window / latency(), best * 0.8);
}

TEST(LatencyWatch, AsksForNothingWhileFewAreInFlight) {
  LatencyWatch watch;
  for (int call = 1; call < 1000; ++call) {
    const auto advice = watch.ended(watch.sent(800, 1000), Seconds(call), 1000);
    ASSERT_EQ(advice.what, What::none);
  }
}

TEST(LatencyWatch, JudgesByTheMedianOfThoseThatWereSentTogether) {
  LatencyWatch watch;
  const auto next = [&](int window, const std::vector<std::optional<double>>& spans) {
    std::vector<std::uint32_t> samples;
    for (std::size_t i = 0; i < spans.size(); ++i) samples.push_back(watch.sent(window, window));
    LatencyWatch::Advice said;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const auto took = spans[i] ? std::optional(Seconds(*spans[i])) : std::nullopt;
      const auto advice = watch.ended(samples[i], took, window);
      if (advice.what != What::none) said = advice;
    }
    return said;
  };
  const auto all = [](double span) { return std::vector<std::optional<double>>(64, span); };
  EXPECT_EQ(next(800, all(1)).what, What::none);
  // The shortest come first, and say nothing alone.
  std::vector<std::optional<double>> rising;
  for (int i = 0; i < 64; ++i) rising.emplace_back(i < 30 ? 1 : 40);
  EXPECT_DOUBLE_EQ(next(800, rising).share, 0.5);
  EXPECT_DOUBLE_EQ(next(400, all(20)).share, 0.125);
  EXPECT_EQ(next(50, all(2.5)).what, What::none);   // as was hoped for
  EXPECT_DOUBLE_EQ(next(160, all(8)).share, 0.25);  // to twice what is usual
  EXPECT_EQ(next(40, all(3)).what, What::none);     // once may be chance
  EXPECT_EQ(next(40, all(3)).what, What::take_back);
  EXPECT_EQ(next(160, all(4)).what, What::grow);  // is usual by now
  // What fails took no time; others stand in.
  EXPECT_EQ(next(160, std::vector<std::optional<double>>(64)).what, What::none);
  EXPECT_EQ(next(160, all(99)).what, What::cut);
  watch.forget();
  EXPECT_EQ(next(160, all(99)).what, What::cut);
}

}  // namespace
}  // namespace braid::fanout
