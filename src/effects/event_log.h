// What happens in the traced iteration, in order. What happens at one place again and again (an
// inner loop is interpreted until nothing new is learnt) is kept as its first and its last time:
// no two events are in an order that these do not show.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "effects/effects.h"

namespace braid::effects {

// Seconds that are computed with the interpreter's lock, and that are not.
struct Spent {
  double held = 0;
  double free = 0;

  // The next line of a file is mostly in memory already.
  static bool is_buffered(const Effect& effect) {
    constexpr double kBuffered = 20e-6;
    return effect.kind == EffectKind::Wait && effect.waits == Waits::Disk &&
           effect.seconds < kBuffered;
  }
  // Whoever lets go of the lock for less (an operation on a small array) waits longer to get it
  // back.
  static bool holds_lock(const Effect& effect) {
    constexpr double kWorthReleasing = 50e-6;
    return effect.kind == EffectKind::Burn && (!effect.nogil || effect.seconds < kWorthReleasing);
  }
  void add(const Effect& effect) {
    if (holds_lock(effect) || is_buffered(effect))
      held += effect.seconds;
    else if (effect.kind == EffectKind::Burn || effect.kind == EffectKind::Wait)
      free += effect.seconds;
  }
};

class EventLog {
 public:
  // Where it is kept, until the log is left empty.
  std::uint32_t push(Event event);
  // What is kept there happens again.
  void repeat(std::uint32_t where);
  // Leaves it empty.
  std::vector<Event> take();
  void clear() { *this = {}; }
  [[nodiscard]] const Spent& spent() const { return spent_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Event event;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;
  std::uint64_t next_ = 0;
  Spent spent_;
};

}  // namespace braid::effects
