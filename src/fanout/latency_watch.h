// latency_watch: whether a server queues calls without ever refusing one (vLLM does), told by how
// long they take. Not for other rooms. Pure.
//
// What many in flight take longer than the first few did may be a queue, or longer answers. So half
// the window is tried: behind a queue, calls then take about half as long, and as many are served a
// second (Little's law); the half is kept, and the next cut may be deeper. Else, if a second sample
// says so too, the window is taken back, and what calls take then is what they take.
//
// Calls are sampled as they are sent: those that come back first are the shortest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fanout/reply.h"

namespace braid::fanout {

class LatencyWatch {
 public:
  enum class What : std::uint8_t {
    none,
    cut,        // try `share` of the window
    take_back,  // the window from before the trial
    grow        // there is no queue
  };
  struct Advice {
    What what = What::none;
    double share = 1;
  };

  // A call goes out as one of so many in flight (itself counted in), of a window of so many. The
  // number of the sample that it is in, or 0.
  std::uint32_t sent(int in_flight, int window);
  // A call of a sample has come back, with an answer after `took`, or without one.
  Advice ended(std::uint32_t sample, std::optional<Seconds> took, int window);
  // A refusal says more than any latency.
  void forget();

 private:
  enum class Trial : std::uint8_t { none, once, again };

  [[nodiscard]] std::size_t wanted() const;
  void begin_sample();
  Advice judge(double latency, int window);

  std::uint32_t number_ = 1;  // of the sample
  std::size_t members_ = 0;
  std::vector<double> took_;     // seconds, of those that have come back
  std::optional<double> usual_;  // what the first ones took
  double best_rate_ = 0;         // answers a second, of all windows
  Trial trial_ = Trial::none;
  bool is_queue_ = false;  // so a trial has shown
};

}  // namespace braid::fanout
