// What the interpreter is given to start with: one Python text that holds the settings of a run and
// bootstrap.py. And what it writes down: the record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace braid::verify {

using LineRange =
    std::pair<std::uint32_t, std::uint32_t>;  // first and last; last 0: that one statement

// How tasks are ordered, for scheduling.py.
struct Schedule {
  std::string order = "submitted";  // or "reversed", "shuffled"
  int seed = 0;
  bool serial = true;        // one task after another; else as many at once as there are workers
  int workers = 0;           // 0: as many as the script asks for
  std::string start_method;  // of processes; empty: the script's own choice
  double delay_s = 0;        // at most this long before and after each task
  double switch_interval_s = 0;                  // 0: the interpreter's own
  std::optional<std::vector<LineRange>> ranges;  // pools made elsewhere are left alone
};

struct BundleRequest {
  std::string script;            // argv[0]
  std::vector<LineRange> timed;  // statements whose time is measured; {0, 0}: none
  bool names = false;            // write down the values of the module's names at the end
  double clock_rate = 1;         // how fast the script's clocks run
  std::map<std::string, std::optional<std::string>>
      environment;  // put right before the script sees it
  std::optional<Schedule> schedule;
};
std::string make_bundle(const BundleRequest& request);

// `run`: the rewritten text is in the bundle, not on disk.
struct RunBundleRequest {
  std::string script;
  std::string original_text;
  std::string rewritten_text;
  std::vector<std::uint32_t> original_line;
  std::string text_without_package;
  std::vector<std::uint32_t> original_line_without_package;
};
std::string make_run_bundle(const RunBundleRequest& request);

// `python -c` gets this: executes the bundle, which kBundleDescriptor holds.
std::string bundle_stub(const std::string& bundle);

struct Record {
  struct Exception {
    std::string type;
    std::string message;
  };
  struct Site {
    double seconds = 0;
    std::uint64_t entered = 0;
  };
  struct Pool {
    std::string kind;  // "thread" or "process"
    std::uint32_t line = 0;
    std::uint64_t tasks = 0;
    std::uint64_t moved = 0;  // tasks that overtook another one
  };
  std::optional<Exception> exception;
  std::map<std::string, std::string> names;
  std::vector<Site> sites;
  std::vector<Pool> pools;
};
Record parse_record(const std::string& text);

}  // namespace braid::verify
