// How busy the machine was with other things while something was measured.
#pragma once

#include <cstdint>

namespace braid::verify {

// Processor time of the whole machine since it started, in seconds, all processors together.
struct ProcessorTime {
  double busy = 0;
  double stolen = 0;  // by other guests of the same host
  double total = 0;

  static ProcessorTime now();
};

// The share of the machine's processors, 0 to 1, that others took between the two moments, when the
// measured programs themselves took `own_s`.
double share_of_others(const ProcessorTime& begin, const ProcessorTime& end, double own_s);

// How many processors this process may use: affinity and the container's quota.
int usable_processors();

}  // namespace braid::verify
