#include "fanout/gate.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace braid::fanout {
namespace {

// A little below what is allowed: clocks differ, and a server may count by the second.
constexpr double kShare = 0.985;

Time after(Time now, Seconds span) {
  return now + std::chrono::duration_cast<Time::duration>(span);
}

}  // namespace

void Bucket::set_rate(double per_second, Time now, double most) {
  const bool is_first = rate_ <= 0;
  const double level = is_first ? 0 : level_at(now);
  rate_ = per_second * kShare;
  // A twentieth of a second at once: a minute's worth is never sent in a burst.
  capacity_ = std::max({1.0, rate_ * 0.05, most});
  level_ = is_first ? capacity_ : std::min(level, capacity_);
  updated_ = now;
}

double Bucket::level_at(Time now) const {
  return std::min(capacity_, level_ + Seconds(now - updated_).count() * rate_);
}

Time Bucket::ready(double amount, Time now) const {
  if (rate_ <= 0) return now;
  const double missing = std::min(amount, capacity_) - level_at(now);
  return missing <= 1e-9 ? now : after(now, Seconds(missing / rate_));
}

void Bucket::take(double amount, Time now) {
  if (rate_ <= 0) return;
  level_ = level_at(now) - amount;
  updated_ = now;
}

void Bucket::give_back(double amount, Time now) {
  if (rate_ <= 0) return;
  level_ = std::min(capacity_, level_at(now) + amount);
  updated_ = now;
}

void Bucket::lower_to(double level, Time now) {
  if (rate_ <= 0) return;
  level_ = std::min(level_at(now), level);
  updated_ = now;
}

Gate::Gate(const GateLimits& given, int most, Time now)
    : rpm_given_(given.rpm.has_value()),
      tpm_given_(given.tpm.has_value()),
      window_given_(given.max_in_flight.has_value()),
      most_(most),
      window_(std::max(1, std::min(given.max_in_flight.value_or(most), most))),
      probing_(!rpm_given_ && !tpm_given_ && !window_given_),
      ramp_began_(now),
      is_ramping_(probing_),
      opened_(now) {
  if (given.rpm) requests_.set_rate(*given.rpm / 60, now);
  if (given.tpm) tokens_.set_rate(*given.tpm / 60, now);
}

int Gate::allowed(Time now) const {
  if (probing_) return window_;  // ready() lets one through
  if (!is_ramping_) return window_;
  const double opened = 1 + Seconds(now - ramp_began_).count() * ramp_per_second_;
  return opened >= window_ ? window_ : static_cast<int>(opened);
}

Time Gate::ready(double tokens, Time now) const {
  if (in_flight_ >= window_ || (probing_ && in_flight_since_ > 0)) return Time::max();
  Time when = std::max(now, closed_until_);
  if (in_flight_ >= allowed(now)) {
    when = std::max(when, after(now, Seconds(1 / ramp_per_second_)));
  }
  when = std::max(when, requests_.ready(1, now));
  return std::max(when, tokens_.ready(tokens, now));
}

Gate::Ticket Gate::send(double tokens, Time now) {
  ++in_flight_;
  ++in_flight_since_;
  ++sent_;
  tokens_sent_ += tokens;
  requests_.take(1, now);
  tokens_.take(tokens, now);
  if (was_cut_ && in_flight_ >= window_ && widen_at_ == Time::max()) {
    widen_at_ = after(now, widen_every_);
  }
  const bool is_watched = !rpm_given_ && !tpm_given_ && !window_given_;
  return {sent_, tokens, now, is_watched ? latencies_.sent(in_flight_, window_) : 0};
}

void Gate::came_back(const Ticket& ticket, const Outcome& outcome, Time now) {
  --in_flight_;
  if (ticket.number > closed_at_) --in_flight_since_;
  learn(ticket, outcome.announced, now);
  if (outcome.end == End::refused) {
    refused(ticket, outcome, now);
    return;
  }
  if (outcome.tokens) {
    const double spare = ticket.tokens - *outcome.tokens;
    if (spare >= 0) {
      tokens_.give_back(spare, now);
    } else {
      tokens_.take(-spare, now);
    }
  }
  if (outcome.end == End::fault) {
    watch(ticket, std::nullopt, now);
    return;
  }
  refused_since_ = Time::max();
  if (ticket.number > closed_at_) closings_ = 0;
  raise_rate(now);
  if (probing_ && ticket.number > closed_at_) {
    probing_ = false;
    is_ramping_ = !window_given_;
    ramp_began_ = now;
  }
  watch(ticket, now - ticket.sent, now);
  widen(now);
}

void Gate::watch(const Ticket& ticket, std::optional<Seconds> took, Time now) {
  using What = LatencyWatch::What;
  const LatencyWatch::Advice advice = latencies_.ended(ticket.sample, took, window_);
  if (advice.what == What::cut) {
    window_before_ = window_;
    was_queued_ = std::exchange(is_queued_, true);
    cut_to(static_cast<int>(window_ * advice.share), now);
  } else if (advice.what == What::take_back) {
    window_ = std::max(window_, window_before_);
    is_queued_ = was_queued_;
  } else if (advice.what == What::grow && is_queued_) {
    window_ = std::min(most_, window_ + std::max(1, window_ / 8));
  }
}

void Gate::refused(const Ticket& ticket, const Outcome& outcome, Time now) {
  if (refused_since_ == Time::max()) refused_since_ = now;
  // A refused call took no tokens.
  tokens_.give_back(ticket.tokens, now);
  is_ramping_ = false;
  latencies_.forget();
  is_queued_ = false;
  if (outcome.refusal == Refusal::rate) {
    const bool is_new = ticket.number > closed_at_;
    if (is_new) ++closings_;
    if (outcome.retry_after) {
      // A server that names short times and goes on refusing is not hammered.
      const double least = closings_ < 3 ? 0 : std::min(30.0, 0.05 * std::pow(2.0, closings_ - 3));
      close(std::max(*outcome.retry_after, Seconds(least)), now);
    } else if (is_new) {
      close(Seconds(std::min(30.0, 0.5 * std::pow(2.0, closings_))), now);
    }
    if (is_new) learn_rate(ticket, closed_until_);
    closed_at_ = sent_;
    in_flight_since_ = 0;
    probing_ = true;
    return;
  }
  if (outcome.refusal == Refusal::slope) {
    // The server minds how fast the load grows: stand at what it serves, and grow gently.
    cut(ticket, now);
    ramp_per_second_ = std::max(1.0, ramp_per_second_ / 10);
    step_ = 1;
    if (outcome.retry_after) close(*outcome.retry_after, now);
    return;
  }
  cut(ticket, now);
  if (outcome.retry_after) close(*outcome.retry_after, now);
  if (window_ == 1 && in_flight_ == 0 && !outcome.retry_after) {
    // Refused although alone: not ours to mend by sending fewer.
    ++closings_;
    close(Seconds(std::min(30.0, 0.25 * std::pow(2.0, closings_))), now);
  }
}

void Gate::learn_rate(const Ticket& ticket, Time until) {
  const double served = static_cast<double>(ticket.number - opened_at_) - 1;
  const double span = Seconds(until - opened_).count();
  const double before = std::exchange(served_rate_, span > 0 ? std::max(0.0, served) / span : 0);
  opened_ = until;
  opened_at_ = sent_;
  if (rpm_given_ || is_announced_ || served_rate_ <= 0) return;
  if (learnt_rate_ == 0) {
    const bool agree = before > 0 && served_rate_ < 2 * before && before < 2 * served_rate_;
    if (!agree) return;
    learnt_rate_ = std::max(before, served_rate_);
  } else {
    // Raised too far: back to what is served, and the next try later.
    learnt_rate_ = std::min(learnt_rate_, served_rate_);
    raise_every_ = std::min(Seconds(60), raise_every_ * 2);
  }
  requests_.set_rate(learnt_rate_, until);
  raise_at_ = after(until, raise_every_);
}

void Gate::raise_rate(Time now) {
  constexpr double kRaise = 1.1;
  constexpr double kFarAbove = 4;  // what was learnt was something else
  if (learnt_rate_ == 0 || now < raise_at_) return;
  const double rate = requests_.rate() / kShare * kRaise;
  if (rate > learnt_rate_ * kFarAbove) {
    learnt_rate_ = served_rate_ = 0;
    requests_.clear();
    return;
  }
  requests_.set_rate(rate, now);
  raise_at_ = after(now, raise_every_);
}

void Gate::cut(const Ticket& ticket, Time now) {
  const bool same_episode = was_cut_ && ticket.number <= cut_at_;
  if (same_episode) {
    // Each further one of this episode was not being served either.
    window_ = std::max(1, window_ - 1);
    return;
  }
  cut_to(std::min(window_, in_flight_), now);
}

void Gate::cut_to(int window, Time now) {
  if (was_cut_) {  // what was tried above the window did not hold
    widen_every_ = std::min(Seconds(60), widen_every_ * 2);
    step_ = 1;
  }
  window_ = std::max(1, window);
  is_ramping_ = false;
  was_cut_ = true;
  cut_at_ = sent_;
  widen_at_ = after(now, widen_every_);
}

void Gate::widen(Time now) {
  if (!was_cut_ || is_queued_ || now < widen_at_ || in_flight_ + 1 < window_) return;
  const int ceiling = most_;
  window_ = std::min(ceiling, window_ + step_);
  step_ = std::min(step_ * 2, std::max(1, window_ / 8));
  widen_at_ = after(now, widen_every_);
}

void Gate::close(Seconds span, Time now) {
  closed_until_ = std::max(closed_until_, after(now, span));
}

void Gate::learn(const Ticket& ticket, const AnnouncedLimits& announced, Time now) {
  const auto take = [&](Bucket& bucket, const Announced& kind, bool given, double sent_since) {
    const auto rate = kind.per_second();
    if (!rate) return;
    if (!given && std::abs(bucket.rate() - *rate * kShare) > *rate * 0.01) {
      // What is left of an hour or a day may go at once; of a minute it is paced.
      const double left = kind.remaining.value_or(*kind.limit);
      bucket.set_rate(*rate, now, kind.period() > 60 ? left : 0);
    }
    if (kind.remaining) bucket.lower_to(std::max(0.0, *kind.remaining) - sent_since, now);
  };
  if (announced.requests.limit) {
    if (!is_announced_ && learnt_rate_ > 0) requests_.clear();
    is_announced_ = true;
    learnt_rate_ = 0;
  }
  take(requests_, announced.requests, rpm_given_, static_cast<double>(sent_ - ticket.number));
  take(tokens_, announced.tokens, tpm_given_, 0);
}

}  // namespace braid::fanout
