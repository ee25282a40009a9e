#include "verify/verify.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "verify/baseline.h"
#include "verify/interpreter_bundle.h"
#include "verify/machine_load.h"
#include "verify/refutation_orders.h"
#include "verify/sandbox.h"
#include "verify/script_launch.h"

namespace braid::verify {
namespace {

constexpr double kOrderedOneByOne =
    20;  // seconds: longer programs are refuted with tasks side by side
constexpr int kOriginalsAtMost = 4;
constexpr double kBusy = 0.2;

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<Spread> spread(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  auto [smallest, largest] = std::ranges::minmax(values);
  return Spread{smallest, largest};
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f s" : "%.0f s", value);
  return text;
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

enum class Which { original, rewritten };

struct Measured {
  std::vector<double> wall, cpu, peak;
  std::vector<std::vector<double>> sites;  // per site, where it was timed and ran

  void add(const Observation& run) {
    wall.push_back(run.result.ending.wall_s);
    cpu.push_back(run.result.ending.cpu_s);
    peak.push_back(static_cast<double>(run.result.ending.peak_bytes));
    sites.resize(std::max(sites.size(), run.record.sites.size()));
    for (std::size_t i = 0; i < run.record.sites.size(); ++i) {
      if (run.record.sites[i].entered > 0) sites[i].push_back(run.record.sites[i].seconds);
    }
  }
};

// One verification, from the first run to the last.
class Verification {
 public:
  Verification(const Program& program, const Options& options, ScriptLaunch launch, Sandbox sandbox)
      : program_(program),
        options_(options),
        launch_(std::move(launch)),
        sandbox_(std::move(sandbox)),
        baseline_(compared_by()) {}

  Comparison run() {
    comparison_.predicted_speedup = options_.predicted_speedup;
    if (!program_.stdin_bytes) {
      comparison_.notes.push_back("stdin was a terminal: the runs read nothing");
    }
    run_pairs();
    if (!failed() && comparison_.differences.empty()) refute();
    conclude();
    return std::move(comparison_);
  }

 private:
  [[nodiscard]] ComparedBy compared_by() const {
    ComparedBy by;
    by.working_directory = launch_.working_directory;
    by.script_folder = launch_.script_file.substr(0, launch_.script_file.rfind('/'));
    by.names = !program_.sites.empty();
    by.temporary_folders = {"/tmp", "/var/tmp"};
    if (const char* chosen = std::getenv("TMPDIR"); chosen != nullptr && chosen[0] == '/') {
      by.temporary_folders.emplace_back(chosen);
    }
    return by;
  }

  [[nodiscard]] bool failed() const { return !comparison_.reason.empty(); }

  void give_up(std::string reason) {
    if (comparison_.reason.empty()) comparison_.reason = std::move(reason);
  }

  void progress(const std::string& line) {
    if (options_.on_progress) options_.on_progress(line);
  }

  // How long one run may take. The rewritten program has a limit also when the user sets none: a
  // deadlock must come to an end.
  [[nodiscard]] std::optional<double> limit(Which which) const {
    if (options_.timeout) return std::chrono::duration<double>(*options_.timeout).count();
    if (which == Which::original || sequential_.wall.empty()) return std::nullopt;
    return 15 + 10 * std::ranges::max(sequential_.wall);
  }

  Observation observe(Which which, const BundleRequest& bundle) {
    Launch launch =
        launch_.make(sandbox_, bundle,
                     which == Which::original ? program_.original_text : program_.rewritten_text,
                     program_.stdin_bytes.value_or(""));
    launch.limit_s = limit(which);
    ProcessorTime begin = ProcessorTime::now();
    Observation seen;
    seen.result = sandbox_.run(launch);
    seen.record = parse_record(seen.result.record);
    others_.push_back(share_of_others(begin, ProcessorTime::now(), seen.result.ending.cpu_s));
    return seen;
  }

  // False when the run says nothing about the program.
  bool is_valid(const Observation& seen, const char* whose) {
    if (!seen.result.failure.empty()) {
      give_up(std::string("a run of ") + whose + " failed: " + seen.result.failure);
    } else if (!seen.result.stopped.empty()) {
      comparison_.outside_effects = seen.result.stopped;
      give_up("this machine allows no copy-on-write view of its files, and " + std::string(whose) +
              " was stopped when it began to " + seen.result.stopped.front());
    } else if (seen.result.space_ran_out) {
      give_up(std::string(whose) + " writes more than fits into the memory set aside for it");
    }
    return !failed();
  }

  bool run_original(double clock_rate, bool timed) {
    BundleRequest bundle;
    bundle.clock_rate = clock_rate;
    bundle.names = !program_.sites.empty();
    if (timed) {
      for (const SiteInfo& site : program_.sites)
        bundle.timed.emplace_back(site.line, site.end_line);
    }
    Observation seen = observe(Which::original, bundle);
    ++comparison_.runs_of_original;
    if (!is_valid(seen, "the original")) return false;
    if (seen.result.ending.timed_out) {
      give_up("the original had not ended after " + seconds(seen.result.ending.wall_s));
      return false;
    }
    if (const auto& raised = seen.record.exception;
        raised && sandbox_.kind() == SandboxKind::overlay) {
      // What a copy-on-write view cannot do, and the real file system can.
      for (const char* number : {"[Errno 18]", "[Errno 75]"}) {
        if (raised->message.find(number) == std::string::npos) continue;
        give_up("the original fails in a copy-on-write view of the files: " + raised->message);
        return false;
      }
    }
    if (seen.result.ending.left_running) {
      note("processes that the original started outlived it, and were ended");
    }
    sequential_.add(seen);
    baseline_.add(std::move(seen));
    return true;
  }

  std::optional<Observation> run_rewritten(bool timed) {
    BundleRequest bundle;
    bundle.names = !program_.sites.empty();
    if (timed) {
      for (const SiteInfo& site : program_.sites) {
        bundle.timed.emplace_back(site.rewritten_begin_line, site.rewritten_end_line);
      }
    }
    Observation seen = observe(Which::rewritten, bundle);
    ++comparison_.runs_of_rewritten;
    if (!is_valid(seen, "the rewritten script")) return std::nullopt;
    if (!seen.result.ending.timed_out) parallel_.add(seen);
    return seen;
  }

  void note(std::string text) {
    if (std::ranges::find(comparison_.notes, text) == comparison_.notes.end()) {
      comparison_.notes.push_back(std::move(text));
    }
  }

  // A time limit that the original itself nearly needs says nothing about a slower run.
  bool is_tight(const Observation& seen) {
    if (!seen.result.ending.timed_out || !options_.timeout) return false;
    return limit(Which::rewritten) < 3 * std::ranges::max(sequential_.wall);
  }

  // Differences that stay when the original has been run once more, after the run in question: what
  // changes from minute to minute must not be blamed on the rewriting.
  std::vector<Difference> confirmed(const Observation& seen) {
    std::vector<Difference> found = baseline_.compare(seen);
    while (!found.empty() && !failed() && static_cast<int>(baseline_.size()) < kOriginalsAtMost) {
      bool enough = baseline_.size() >= 3;
      // The second original has another idea of time: what depends on it comes out different.
      if (enough || !run_original(baseline_.size() == 1 ? 1.5 : 1, false)) break;
      found = baseline_.compare(seen);
    }
    return found;
  }

  void run_pairs() {
    int pairs = options_.quick ? 1 : std::max(1, options_.runs);
    for (int pair = 0; pair < pairs && !failed() && comparison_.differences.empty(); ++pair) {
      // The first pair is untouched; in the others calls stand around the sites that time them.
      bool timed = pair > 0 || pairs == 1;
      if (!run_original(pair == 1 ? 1.5 : 1, timed)) return;
      if (pair == 0) announce(pairs);
      std::optional<Observation> seen = run_rewritten(timed);
      if (!seen) return;
      if (is_tight(*seen)) {
        give_up("the rewritten script had not ended after " + seconds(seen->result.ending.wall_s) +
                ", and the original needs nearly as long");
        return;
      }
      comparison_.differences = confirmed(*seen);
    }
    if (pairs == 1 && !options_.quick && !failed() && baseline_.size() == 1)
      run_original(1.5, false);
  }

  void announce(int pairs) {
    double one = sequential_.wall.front();
    double rest = one * (pairs - 1) + pairs * one / options_.predicted_speedup.value_or(1.0);
    rest +=
        one * static_cast<double>(refutation_orders(program_.sites, options_.quick, false).size());
    progress("the original takes " + seconds(one) + "; all other runs together about " +
             seconds(rest));
  }

  // -- refutation

  void refute() {
    bool serial = sequential_.wall.front() <= kOrderedOneByOne;
    std::vector<RefutationOrder> orders =
        refutation_orders(program_.sites, options_.quick, !program_.sites.empty());
    for (std::size_t i = 0; i < orders.size() && !failed(); ++i) {
      std::optional<Observation> seen = run_scheduled(orders[i], serial, std::nullopt);
      if (!seen) return;
      if (i == 0 && !seen->result.ending.timed_out) {
        bool threads = false, processes = false;
        for (const Record::Pool& pool : seen->record.pools) {
          threads |= pool.kind == "thread";
          processes |= pool.kind == "process";
        }
        if (!threads && !processes) {
          note("no pool was at work in the rewritten script: its order could not be tested");
        }
        // A rewriting made by hand: what it uses is known only now.
        if (program_.sites.empty())
          orders = refutation_orders_for(threads, processes, options_.quick);
        if (orders.empty()) return;
      }
      judge(orders[i], serial, *seen);
      // After a difference the answer is known; after a run without end the others may hang as
      // well.
      if (!comparison_.refutations.empty() && comparison_.refutations.back().same != true) return;
    }
  }

  std::optional<Observation> run_scheduled(const RefutationOrder& order, bool serial,
                                           std::optional<std::size_t> only_site) {
    BundleRequest bundle;
    bundle.names = !program_.sites.empty();
    bundle.schedule = schedule_of(order, serial);
    if (only_site) {
      const SiteInfo& site = program_.sites[*only_site];
      bundle.schedule->ranges = {{site.rewritten_begin_line, site.rewritten_end_line}};
    } else if (!program_.sites.empty() && has_own_pools()) {
      bundle.schedule->ranges.emplace();
      for (const SiteInfo& site : program_.sites) {
        bundle.schedule->ranges->emplace_back(site.rewritten_begin_line, site.rewritten_end_line);
      }
    }
    Observation seen = observe(Which::rewritten, bundle);
    if (!is_valid(seen, "the rewritten script")) return std::nullopt;
    return seen;
  }

  // The script's own pools are no business of ours.
  [[nodiscard]] bool has_own_pools() const {
    return program_.original_text.find("PoolExecutor") != std::string::npos;
  }

  void judge(const RefutationOrder& order, bool serial, const Observation& seen) {
    Refutation refutation;
    refutation.order = order.name;
    if (!order.start_method.empty()) refutation.start_method = order.start_method;
    if (program_.sites.size() == 1) refutation.site = program_.sites.front().line;
    if (seen.result.ending.timed_out) {
      refutation.same = std::nullopt;
      note("with its tasks in another order (" + order.name +
           ") the rewritten script had not ended after " + seconds(seen.result.ending.wall_s));
      comparison_.refutations.push_back(std::move(refutation));
      return;
    }
    refutation.differences = confirmed(seen);
    if (failed()) return;
    refutation.same = refutation.differences.empty();
    if (!*refutation.same) blame(order, serial, refutation);
    comparison_.refutations.push_back(std::move(refutation));
  }

  // Which site it was, and which of the things that were taken for granted there.
  void blame(const RefutationOrder& order, bool serial, Refutation& refutation) {
    std::optional<std::size_t> guilty;
    if (program_.sites.size() == 1) guilty = 0;
    for (std::size_t i = 0; program_.sites.size() > 1 && i < program_.sites.size(); ++i) {
      std::optional<Observation> seen = run_scheduled(order, serial, i);
      if (!seen) break;
      if (baseline_.compare(*seen).empty()) continue;
      guilty = i;
      break;
    }
    if (!guilty) return;
    const SiteInfo& site = program_.sites[*guilty];
    refutation.site = site.line;
    if (site.assumptions.empty()) return;
    // A run that failed, and left more behind than the original: tasks after the failing one had
    // run.
    bool raised = baseline_.first().record.exception.has_value();
    auto runs_ahead = std::ranges::find_if(
        site.assumptions, [](const std::string& id) { return id.starts_with("runs-ahead"); });
    auto other = std::ranges::find_if(
        site.assumptions, [](const std::string& id) { return !id.starts_with("runs-ahead"); });
    if (raised && runs_ahead != site.assumptions.end()) {
      refutation.assumption = *runs_ahead;
    } else {
      refutation.assumption = other != site.assumptions.end() ? *other : site.assumptions.front();
    }
  }

  // -- the end

  void conclude() {
    comparison_.sandbox = sandbox_.kind();
    measure();
    if (failed()) return;
    comparison_.set_aside = baseline_.set_aside();
    bool refuted = std::ranges::any_of(comparison_.refutations, [](const Refutation& refutation) {
      return refutation.same == std::optional(false);
    });
    bool unknown = std::ranges::any_of(comparison_.refutations, [](const Refutation& refutation) {
      return !refutation.same.has_value();
    });
    if (!comparison_.differences.empty() || refuted) {
      comparison_.same = false;
    } else if (!comparison_.set_aside.empty()) {
      comparison_.reason =
          "the original is not reproducible with itself; everything else is the same";
    } else if (unknown) {
      comparison_.reason = "a run with the tasks in another order had not ended in time";
    } else {
      comparison_.same = true;
    }
  }

  void measure() {
    comparison_.sequential_s = median(sequential_.wall);
    comparison_.parallel_s = median(parallel_.wall);
    comparison_.sequential_spread = spread(sequential_.wall);
    comparison_.parallel_spread = spread(parallel_.wall);
    comparison_.sequential_cpu_s = median(sequential_.cpu);
    comparison_.parallel_cpu_s = median(parallel_.cpu);
    auto bytes = [](const std::vector<double>& values) -> std::optional<std::uint64_t> {
      if (values.empty()) return std::nullopt;
      return static_cast<std::uint64_t>(std::ranges::max(values));
    };
    comparison_.sequential_peak_bytes = bytes(sequential_.peak);
    comparison_.parallel_peak_bytes = bytes(parallel_.peak);
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(sequential_.wall.size(), parallel_.wall.size()); ++i) {
      if (parallel_.wall[i] > 0) ratios.push_back(sequential_.wall[i] / parallel_.wall[i]);
    }
    comparison_.speedup = median(ratios);
    comparison_.speedup_spread = spread(ratios);
    for (std::size_t i = 0; i < program_.sites.size(); ++i) {
      SiteTiming timing{program_.script_path, program_.sites[i].line, {}, {}, {}};
      if (i < sequential_.sites.size()) timing.sequential_s = median(sequential_.sites[i]);
      if (i < parallel_.sites.size()) timing.parallel_s = median(parallel_.sites[i]);
      if (timing.sequential_s && timing.parallel_s && *timing.parallel_s > 0) {
        timing.speedup = *timing.sequential_s / *timing.parallel_s;
      }
      comparison_.sites.push_back(std::move(timing));
    }
    double others = median(others_).value_or(0);
    if (others > kBusy) {
      note("the machine was too busy to tell the speedup: other programs took " + percent(others) +
           " of its processors");
    }
    if (comparison_.sequential_spread && sequential_.wall.size() > 1 &&
        comparison_.sequential_spread->largest >
            1.3 * comparison_.sequential_spread->smallest + 0.1) {
      note("runs of the original took between " + seconds(comparison_.sequential_spread->smallest) +
           " and " + seconds(comparison_.sequential_spread->largest) +
           ": take the speedup as a rough figure");
    }
  }

  const Program& program_;
  const Options& options_;
  ScriptLaunch launch_;
  Sandbox sandbox_;
  Baseline baseline_;
  Comparison comparison_;
  Measured sequential_;
  Measured parallel_;
  std::vector<double> others_;
};

}  // namespace

std::string_view text(Difference::What what) {
  switch (what) {
    case Difference::What::out:
      return "stdout";
    case Difference::What::err:
      return "stderr";
    case Difference::What::status:
      return "status";
    case Difference::What::file:
      return "file";
    case Difference::What::exception:
      return "exception";
    case Difference::What::name:
      return "name";
  }
  return "";
}

int exit_status(const Comparison& comparison) {
  if (!comparison.same) return 3;
  return *comparison.same ? 0 : 1;
}

std::vector<std::string> plan_of_runs(const Program& program, const Options& options) {
  std::vector<std::string> lines;
  int pairs = options.quick ? 1 : std::max(1, options.runs);
  lines.push_back(pairs == 1
                      ? "1 run of the original and of the rewritten script, one after the other"
                      : std::to_string(pairs) +
                            " runs each of the original and of the rewritten script, in turn");
  for (const RefutationOrder& order :
       refutation_orders(program.sites, options.quick, !program.sites.empty())) {
    lines.push_back(
        "1 run of the rewritten script, its tasks " + order.name +
        (order.start_method.empty() ? "" : " (processes by " + order.start_method + ")"));
  }
  if (program.sites.empty() && !options.quick) {
    lines.push_back("more orders, once it is seen which pools the script uses");
  }
  return lines;
}

Result<Comparison> verify(const Program& program, const Options& options) {
  Comparison comparison;
  comparison.predicted_speedup = options.predicted_speedup;
  if (program.original_text == program.rewritten_text) {
    comparison.same = true;
    comparison.rewritten = false;
    comparison.notes.push_back("nothing is rewritten: there is nothing to run");
    return comparison;
  }
  if (!options.outside_effects.empty() && !options.allow_effects) {
    comparison.outside_effects = options.outside_effects;
    comparison.reason =
        "the script has effects outside of this machine's files, and would be run several times";
    return comparison;
  }
  Result<ScriptLaunch> launch =
      ScriptLaunch::prepare(program.python, program.script_path, program.arguments);
  if (!launch) return std::unexpected(launch.error());
  Result<Sandbox> sandbox = Sandbox::open(options.sandbox, launch->script_file);
  if (!sandbox) return std::unexpected(sandbox.error());
  return Verification(program, options, std::move(*launch), std::move(*sandbox)).run();
}

}  // namespace braid::verify
