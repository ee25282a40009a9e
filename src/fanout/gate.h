// gate: when the next call for a key may be sent. One gate for each base URL and key; all calls
// through it share what it learns.
//
// Three things must agree: the buckets of requests and tokens (limits given by the user, else those
// that replies announce), the window of calls in flight, and the door, which is closed after a
// refusal until the time that the server named. Limits that are given are taken at their word: no
// probe, no ramp. Otherwise one call goes first, and the window opens by time.
//
// A rate that nobody announces is learnt from what was served between two refusals for rate.
//
// A refusal that names no time cuts the window to what the server was serving, once an episode:
// refusals of calls that were sent before the cut belong to it. A server that refuses nothing and
// queues is told by its latencies (latency_watch.h). Pure: time is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "fanout/latency_watch.h"
#include "fanout/reply.h"

namespace braid::fanout {

using Time = std::chrono::steady_clock::time_point;

// A bucket that fills evenly. It may go below zero by one call, so that calls larger than it pass.
class Bucket {
 public:
  // `most` at once; usually a twentieth of a second's.
  void set_rate(double per_second, Time now, double most = 0);
  void clear() { rate_ = 0; }
  [[nodiscard]] bool is_limited() const { return rate_ > 0; }
  [[nodiscard]] Time ready(double amount, Time now) const;
  void take(double amount, Time now);
  void give_back(double amount, Time now);
  void lower_to(double level, Time now);
  [[nodiscard]] double rate() const { return rate_; }

 private:
  [[nodiscard]] double level_at(Time now) const;

  double rate_ = 0;
  double capacity_ = 0;
  double level_ = 0;
  Time updated_{};
};

struct GateLimits {
  std::optional<double> rpm;
  std::optional<double> tpm;
  std::optional<int> max_in_flight;
};

class Gate {
 public:
  struct Ticket {
    std::uint64_t number = 0;
    double tokens = 0;
    Time sent;
    std::uint32_t sample = 0;  // of the latencies that are watched
  };
  enum class End : std::uint8_t { answered, fault, refused };
  struct Outcome {
    End end = End::answered;
    Refusal refusal = Refusal::unknown;
    std::optional<Seconds> retry_after;
    std::optional<double> tokens;  // as the reply counts them
    AnnouncedLimits announced;
  };

  // `most` in flight whatever is asked for: what the machine can hold open.
  Gate(const GateLimits& given, int most, Time now);

  // When a call of about so many tokens may go; Time::max(): only after something has come back.
  [[nodiscard]] Time ready(double tokens, Time now) const;
  Ticket send(double tokens, Time now);
  void came_back(const Ticket& ticket, const Outcome& outcome, Time now);

  [[nodiscard]] int in_flight() const { return in_flight_; }
  [[nodiscard]] int window() const { return window_; }
  [[nodiscard]] Time closed_until() const { return closed_until_; }
  // True when a wait of ready() is the server's word, not the user's.
  [[nodiscard]] bool is_told() const { return !rpm_given_ && !tpm_given_; }
  // Since when nothing but refusals came; Time::max() while there were none.
  [[nodiscard]] Time refused_since() const { return refused_since_; }

 private:
  [[nodiscard]] int allowed(Time now) const;
  void refused(const Ticket& ticket, const Outcome& outcome, Time now);
  void cut(const Ticket& ticket, Time now);
  void cut_to(int window, Time now);
  void watch(const Ticket& ticket, std::optional<Seconds> took, Time now);
  void close(Seconds span, Time now);
  void learn(const Ticket& ticket, const AnnouncedLimits& announced, Time now);
  void widen(Time now);
  void learn_rate(const Ticket& ticket, Time until);
  void raise_rate(Time now);

  bool rpm_given_;
  bool tpm_given_;
  bool window_given_;
  int most_;
  Bucket requests_;
  Bucket tokens_;

  int in_flight_ = 0;
  int window_;
  std::uint64_t sent_ = 0;
  double tokens_sent_ = 0;

  bool probing_;  // one at a time until an answer
  Time ramp_began_{};
  double ramp_per_second_ = 3000;
  bool is_ramping_;

  std::uint64_t cut_at_ = 0;  // the last call sent before the cut
  bool was_cut_ = false;
  Time widen_at_ = Time::max();
  Seconds widen_every_{1};
  int step_ = 1;

  LatencyWatch latencies_;
  int window_before_ = 0;    // a trial of half of it
  bool is_queued_ = false;   // so the server does, and latencies alone widen the window
  bool was_queued_ = false;  // before the trial

  Time closed_until_{};
  std::uint64_t closed_at_ = 0;  // the last call sent before the door was closed
  int in_flight_since_ = 0;      // calls sent after that
  int closings_ = 0;
  Time refused_since_ = Time::max();

  // A rate of requests that is kept though nobody tells it: what was served from one opening of the
  // door to the next, once two in a row agree. It is raised as long as nothing is refused.
  bool is_announced_ = false;
  Time opened_{};
  std::uint64_t opened_at_ = 0;  // the last call sent before the door was opened
  double served_rate_ = 0;       // of the last episode
  double learnt_rate_ = 0;
  Time raise_at_ = Time::max();
  Seconds raise_every_{2};
};

}  // namespace braid::fanout
