#include "fanout/latency_watch.h"

#include <algorithm>
#include <utility>

namespace braid::fanout {
namespace {

constexpr std::size_t kFirst = 32;   // calls that tell what is usual
constexpr std::size_t kLater = 64;   // calls that tell what is
constexpr double kFull = 0.9;        // of the window: they are sent among as many
constexpr double kShort = 1.5;       // times what is usual: a short queue, or none
constexpr double kSuspicious = 2;    // times what is usual
constexpr double kAgain = 3;         // where a queue was cut to twice what is usual before
constexpr double kNearly = 1.2;      // as many are served, nearly
constexpr double kDeepest = 0.125;   // of the window that is known to be queued
constexpr double kShortest = 0.001;  // seconds: below, all is noise
constexpr int kSmallestWindow = 16;  // what is queued by fewer is not worth a trial

}  // namespace

std::size_t LatencyWatch::wanted() const { return usual_ ? kLater : kFirst; }

void LatencyWatch::begin_sample() {
  ++number_;
  members_ = 0;
  took_.clear();
}

std::uint32_t LatencyWatch::sent(int in_flight, int window) {
  if (members_ == wanted() || (usual_ && in_flight < window * kFull)) return 0;
  ++members_;
  return number_;
}

LatencyWatch::Advice LatencyWatch::ended(std::uint32_t sample, std::optional<Seconds> took,
                                         int window) {
  if (sample != number_) return {};
  if (took) {
    took_.push_back(took->count());
  } else {
    --members_;
  }
  // Those that are still out take longer than the median.
  if (took_.size() < wanted() * 3 / 4) return {};
  const auto middle = took_.begin() + static_cast<std::ptrdiff_t>(wanted() / 2);
  std::nth_element(took_.begin(), middle, took_.end());
  const double latency = std::max(kShortest, *middle);
  begin_sample();
  return judge(latency, window);
}

LatencyWatch::Advice LatencyWatch::judge(double latency, int window) {
  if (!usual_) {
    usual_ = latency;
    return {};
  }
  const double rate = window / latency;
  best_rate_ = std::max(best_rate_, rate);
  if (trial_ != Trial::none) {
    const bool is_slower = rate * kNearly < best_rate_;
    if (is_slower && trial_ == Trial::once) {  // a machine that stood still says the same
      trial_ = Trial::again;
      return {};
    }
    trial_ = Trial::none;
    if (is_slower) {
      usual_ = std::max(*usual_, latency);
      return {What::take_back};
    }
    is_queue_ = true;  // so what was tried is kept
  }
  if (latency <= *usual_ * kShort) return {What::grow};
  if (latency <= *usual_ * (is_queue_ ? kAgain : kSuspicious) || window < kSmallestWindow)
    return {};
  trial_ = Trial::once;
  return {What::cut, is_queue_ ? std::clamp(2 * *usual_ / latency, kDeepest, 0.5) : 0.5};
}

void LatencyWatch::forget() {
  trial_ = Trial::none;
  is_queue_ = false;
  best_rate_ = 0;
  begin_sample();
}

}  // namespace braid::fanout
