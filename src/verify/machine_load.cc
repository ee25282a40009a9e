#include "verify/machine_load.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "verify/descriptor.h"

namespace braid::verify {

ProcessorTime ProcessorTime::now() {
  ProcessorTime time;
  std::string text, word;
  if (!read_file("/proc/stat", text)) return time;
  std::istringstream line(text.substr(0, text.find('\n')));
  line >> word;
  double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK)), value = 0;
  for (int field = 0; field < 8 && line >> value; ++field) {
    value /= ticks;
    time.total += value;
    if (field == 7) time.stolen += value;
    if (field != 3 && field != 4) time.busy += value;  // neither idle nor waiting for a disk
  }
  return time;
}

double share_of_others(const ProcessorTime& begin, const ProcessorTime& end, double own_s) {
  double total = end.total - begin.total;
  if (total < 0.2) return 0;  // too short for the kernel's own clock
  return std::clamp((end.busy - begin.busy - own_s) / total, 0.0, 1.0);
}

int usable_processors() {
  cpu_set_t set;
  int count = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  std::string quota;
  if (read_file("/sys/fs/cgroup/cpu.max", quota)) {
    std::istringstream words(quota);
    double most = 0, period = 0;
    if (words >> most >> period && most > 0 && period > 0) {
      count = std::min(count, std::max(1, static_cast<int>(std::ceil(most / period))));
    }
  }
  return std::max(1, count);
}

}  // namespace braid::verify
