#include "fanout/gate.h"

#include <gtest/gtest.h>

#include <deque>

namespace braid::fanout {
namespace {

using std::chrono::milliseconds;

const Time kStart = Time{} + std::chrono::hours(1);

Gate::Outcome refused(Refusal kind, std::optional<Seconds> after = std::nullopt) {
  Gate::Outcome out;
  out.end = Gate::End::refused;
  out.refusal = kind;
  out.retry_after = after;
  return out;
}

TEST(Gate, WithGivenLimitsSendsAtOnce) {
  Gate gate({.rpm = std::nullopt, .tpm = std::nullopt, .max_in_flight = 3}, 1000, kStart);
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(gate.ready(10, kStart), kStart);
    gate.send(10, kStart);
  }
  EXPECT_EQ(gate.ready(10, kStart), Time::max());
}

TEST(Gate, WithoutLimitsSendsOneAndOpensByTime) {
  Gate gate({}, 1000, kStart);
  const auto ticket = gate.send(1, kStart);
  EXPECT_EQ(gate.ready(1, kStart), Time::max());
  gate.came_back(ticket, {}, kStart + milliseconds(50));
  int sent = 0;
  for (Time now = kStart + milliseconds(50); now < kStart + milliseconds(60);
       now += milliseconds(1)) {
    while (gate.ready(1, now) <= now) {
      gate.send(1, now);
      ++sent;
    }
  }
  EXPECT_GT(sent, 10);
  EXPECT_LT(sent, 60);
}

TEST(Gate, PacesRequestsAndNeverBursts) {
  Gate gate({.rpm = 600, .tpm = std::nullopt, .max_in_flight = std::nullopt}, 100000, kStart);
  int first_second = 0;
  int sent = 0;
  for (Time now = kStart; now < kStart + std::chrono::seconds(10); now += milliseconds(1)) {
    while (gate.ready(1, now) <= now) {
      gate.send(1, now);
      ++sent;
      if (now < kStart + std::chrono::seconds(1)) ++first_second;
    }
  }
  EXPECT_LE(first_second, 11);
  EXPECT_GE(sent, 97);
  EXPECT_LE(sent, 100);
}

TEST(Gate, TokensThatWereNotUsedAreGivenBack) {
  Gate gate({.rpm = std::nullopt, .tpm = 6000, .max_in_flight = std::nullopt}, 1000, kStart);
  const auto ticket = gate.send(1000, kStart);
  const Time waiting = gate.ready(100, kStart);
  EXPECT_GT(waiting, kStart + std::chrono::seconds(5));
  Gate::Outcome outcome;
  outcome.tokens = 10;
  gate.came_back(ticket, outcome, kStart);
  EXPECT_LT(gate.ready(100, kStart), kStart + std::chrono::seconds(2));
}

TEST(Gate, IsClosedUntilTheServersTimeAndThenSendsAProbe) {
  Gate gate({.rpm = std::nullopt, .tpm = std::nullopt, .max_in_flight = 10}, 1000, kStart);
  const auto first = gate.send(1, kStart);
  gate.send(1, kStart);
  gate.came_back(first, refused(Refusal::rate, Seconds(2)), kStart);
  EXPECT_EQ(gate.ready(1, kStart), kStart + std::chrono::seconds(2));
  const Time open = kStart + std::chrono::seconds(2);
  EXPECT_LE(gate.ready(1, open), open);
  const auto probe = gate.send(1, open);
  EXPECT_EQ(gate.ready(1, open), Time::max());
  gate.came_back(probe, {}, open);
  EXPECT_LE(gate.ready(1, open), open);
}

TEST(Gate, ABurstOfRefusalsIsOneEpisode) {
  Gate gate({.rpm = std::nullopt, .tpm = std::nullopt, .max_in_flight = 100}, 1000, kStart);
  std::deque<Gate::Ticket> tickets;
  for (int i = 0; i < 100; ++i) tickets.push_back(gate.send(1, kStart));
  for (int i = 0; i < 40; ++i) {  // the server serves 60
    gate.came_back(tickets.back(), refused(Refusal::concurrency), kStart + milliseconds(1));
    tickets.pop_back();
  }
  EXPECT_EQ(gate.window(), 60);
  EXPECT_EQ(gate.ready(1, kStart + milliseconds(1)), Time::max());
  gate.came_back(tickets.front(), {}, kStart + milliseconds(100));
  EXPECT_LE(gate.ready(1, kStart + milliseconds(100)), kStart + milliseconds(100));
}

// A server of 50 slots and 200 ms, in simulated time: how much is refused, and how long it takes.
TEST(Gate, FindsAConcurrencyLimitThatNobodyAnnounces) {
  constexpr int kSlots = 50;
  constexpr int kCalls = 5000;
  Gate gate({}, 1000, kStart);
  struct Flight {
    Time ends;
    Gate::Ticket ticket;
    bool is_refused;
  };
  std::deque<Flight> flights;
  int served = 0;
  int refusals = 0;
  int left = kCalls;
  int busy = 0;
  Time now = kStart;
  while (served < kCalls && now < kStart + std::chrono::seconds(100)) {
    for (auto flight = flights.begin(); flight != flights.end();) {
      if (flight->ends > now) {
        ++flight;
        continue;
      }
      if (flight->is_refused) {
        ++left;
        gate.came_back(flight->ticket, refused(Refusal::concurrency), now);
      } else {
        ++served;
        --busy;
        gate.came_back(flight->ticket, {}, now);
      }
      flight = flights.erase(flight);
    }
    while (left > 0 && gate.ready(1, now) <= now) {
      const bool is_refused = busy >= kSlots;
      if (is_refused)
        ++refusals;
      else
        ++busy;
      --left;
      flights.push_back({now + milliseconds(is_refused ? 1 : 200), gate.send(1, now), is_refused});
    }
    now += milliseconds(1);
  }
  const double ideal = 0.2 * kCalls / kSlots;
  EXPECT_EQ(served, kCalls);
  EXPECT_LE(Seconds(now - kStart).count(), ideal * 1.10);
  EXPECT_LE(refusals, kCalls / 50 + 50);
}

TEST(Headers, LimitsOfManyForms) {
  const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);
  const auto limits = [&](Headers headers) { return limits_of(headers, now); };
  const AnnouncedLimits usual = limits({{"x-ratelimit-limit-requests", "500"},
                                        {"x-ratelimit-remaining-requests", "499"},
                                        {"x-ratelimit-reset-requests", "120ms"},
                                        {"x-ratelimit-limit-tokens", "30000"},
                                        {"x-ratelimit-remaining-tokens", "15000"},
                                        {"x-ratelimit-reset-tokens", "30s"}});
  EXPECT_NEAR(*usual.requests.per_second(), 500.0 / 60, 1e-9);
  EXPECT_NEAR(*usual.tokens.per_second(), 500, 1e-9);
  const AnnouncedLimits daily = limits({{"x-ratelimit-limit-requests", "14400"},
                                        {"x-ratelimit-remaining-requests", "14370"},
                                        {"x-ratelimit-reset-requests", "2m59.56s"}});
  EXPECT_NEAR(*daily.requests.per_second(), 14400.0 / 86400, 1e-9);
  const AnnouncedLimits dated =
      limits({{"anthropic-ratelimit-requests-limit", "50"},
              {"anthropic-ratelimit-requests-remaining", "49"},
              {"anthropic-ratelimit-requests-reset", "2023-11-14T22:13:21Z"}});
  EXPECT_NEAR(*dated.requests.per_second(), 50.0 / 60, 1e-9);
  const AnnouncedLimits epoch = limits({{"x-ratelimit-limit-requests", "60"},
                                        {"x-ratelimit-remaining-requests", "0"},
                                        {"x-ratelimit-reset-requests", "1700000060"}});
  EXPECT_EQ(epoch.requests.reset, 60);
  EXPECT_FALSE(limits({{"x-ratelimit-limit-requests", "none"}}).requests.per_second());
}

// One kind of limit without a name: Together's is a second's, OpenRouter's a minute's.
TEST(Headers, LimitsOfOneKind) {
  const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);
  const auto rate = [&](const char* limit, const char* remaining, const char* reset) {
    return *limits_of({{"x-ratelimit-limit", limit},
                       {"x-ratelimit-remaining", remaining},
                       {"x-ratelimit-reset", reset}},
                      now)
                .requests.per_second();
  };
  EXPECT_EQ(rate("10", "9", "1"), 10);
  EXPECT_EQ(rate("10", "10", "0"), 10);
  EXPECT_EQ(rate("600", "0", "0.5"), 600);
  EXPECT_EQ(rate("20", "19", "1700000045000"), 20.0 / 60);
  EXPECT_EQ(rate("20", "3", "60"), 20.0 / 60);
}

TEST(Headers, RetryAfterOfManyForms) {
  const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);
  const auto after = [&](Headers headers) {
    const auto span = retry_after_of(headers, now);
    return span ? span->count() : -1;
  };
  EXPECT_EQ(after({{"retry-after", "5"}}), 5);
  EXPECT_EQ(after({{"retry-after", "1.5"}}), 1.5);
  EXPECT_EQ(after({{"retry-after", "9"}, {"retry-after-ms", "250"}}), 0.25);
  EXPECT_EQ(after({{"retry-after", "Tue, 14 Nov 2023 22:13:30 GMT"}}), 10);
  for (const char* date : {"Tue, 14 Nov 2023 22:13:30 UTC", "Tue, 14 Nov 2023 23:13:30 +0100",
                           "Tue, 14 Nov 2023 16:43:30 -0530", "Tuesday, 14-Nov-23 22:13:30 GMT",
                           "Tue Nov 14 22:13:30 2023", "2023-11-14T22:13:30Z",
                           "2023-11-14T22:13:30.25Z", "2023-11-15T00:13:30.5+02:00"}) {
    EXPECT_EQ(after({{"retry-after", date}}), 10) << date;
  }
  EXPECT_EQ(after({{"retry-after", "Tue, 14 Nov 2023 22:13:30 CET"}}), -1);
  EXPECT_EQ(after({{"retry-after", "Tue, 14 Nov 2023 22:00:00 GMT"}}), 0);
  EXPECT_EQ(after({{"retry-after", "Tue, 14 Nov 1011 22:13:30 GMT"}}), 0);
  EXPECT_EQ(after({{"retry-after", "Tue, 14 Nov 9911 22:13:30 GMT"}}), 1e9);
  EXPECT_EQ(after({{"retry-after-ms", "1e300"}}), 1e9);
  EXPECT_EQ(after({{"retry-after", "soon"}}), -1);
  EXPECT_EQ(after({{"retry-after", "-3"}}), -1);
  EXPECT_EQ(after({}), -1);
}

// A server that takes so many calls in each second and refuses the rest until the next one.
struct Counted {
  int answered = 0;
  int refused = 0;
};
Counted run_against_windows(int a_second, milliseconds latency, std::chrono::seconds span) {
  Gate gate({}, 1000, kStart);
  struct Sent {
    Time back;
    Gate::Ticket ticket;
    Gate::Outcome outcome;
  };
  std::deque<Sent> flying;
  Counted out;
  std::int64_t window = -1;
  int served = 0;
  for (Time now = kStart; now < kStart + span; now += milliseconds(1)) {
    while (!flying.empty() && flying.front().back <= now) {
      gate.came_back(flying.front().ticket, flying.front().outcome, now);
      flying.pop_front();
    }
    while (gate.ready(1, now) <= now) {
      const auto since = std::chrono::duration_cast<milliseconds>(now - kStart).count();
      if (since / 1000 != window) served = 0;
      window = since / 1000;
      const bool is_refused = served >= a_second;
      served += is_refused ? 0 : 1;
      ++(is_refused ? out.refused : out.answered);
      const Seconds left((1000 - since % 1000) / 1000.0);
      flying.push_back({now + latency, gate.send(1, now),
                        is_refused ? refused(Refusal::rate, left) : Gate::Outcome{}});
    }
  }
  return out;
}

TEST(Gate, LearnsARateThatNobodyAnnounces) {
  for (const int rate : {5, 50, 300}) {
    for (const int latency : {1, 20, 100}) {
      const Counted slow =
          run_against_windows(rate, milliseconds(latency), std::chrono::seconds(60));
      EXPECT_GE(slow.answered, rate * 60 * 0.85) << rate << ' ' << latency;
      EXPECT_LE(slow.refused, rate * 60 * 0.12 + 2 * latency * 3) << rate << ' ' << latency;
    }
  }
}

TEST(Gate, ForgetsARateThatWasNone) {
  Gate gate({}, 1000, kStart);
  Time now = kStart;
  // Three times a few calls are served and then one is refused for long; after that all is fine.
  for (int episode = 0; episode < 3; ++episode) {
    for (int i = 0; i < 4; ++i) {
      now = std::max(now, gate.ready(1, now));
      const auto ticket = gate.send(1, now);
      now += milliseconds(10);
      gate.came_back(ticket, i < 3 ? Gate::Outcome{} : refused(Refusal::rate, Seconds(10)), now);
    }
  }
  int sent = 0;
  for (const Time end = now + std::chrono::seconds(300); now < end; now += milliseconds(10)) {
    if (gate.ready(1, now) > now) continue;
    gate.came_back(gate.send(1, now), {}, now + milliseconds(5));
    ++sent;
  }
  EXPECT_GT(sent, 10'000);
}

TEST(Gate, WhatIsLeftOfADayMayGoAtOnce) {
  Gate gate({}, 1000, kStart);
  Gate::Outcome told;
  told.announced.requests = {200, 180, 432 * 20.0};
  gate.came_back(gate.send(1, kStart), told, kStart);
  int sent = 0;
  for (Time now = kStart; now < kStart + std::chrono::seconds(2); now += milliseconds(1)) {
    if (gate.ready(1, now) > now) continue;
    gate.send(1, now);
    ++sent;
  }
  EXPECT_GE(sent, 175);
  EXPECT_LE(sent, 180);
}

}  // namespace
}  // namespace braid::fanout
