// fanout: splits a job over many model calls, runs them within the limits, merges them.
//
// In: a Workflow that validate() has accepted, and the endpoints of its models. Out: the merged
// result, one row for each call in the order of the input, and what it cost. Independent parts run
// at once; a dependent one starts as soon as what it names is there. Nothing here reads the command
// line or writes to the terminal.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fanout/caller.h"
#include "fanout/merges.h"
#include "fanout/text_store.h"
#include "fanout/workflow.h"

namespace braid::fanout {

// Each model label in use, as an endpoint; reads keys from the environment and from files.
struct Endpoints {
  std::vector<Endpoint> list;
  std::map<std::string, std::size_t, std::less<>> by_label;
};
Result<Endpoints> find_endpoints(const Workflow& workflow);

// What is kept of an answer; its text is in a store.
struct KeptAnswer {
  Status status = Status::ok;
  bool is_too_long = false;
  bool is_stored = false;
  int attempts = 0;
  std::string_view text;
  std::string error;
  Usage usage;
  std::optional<double> usd;
  double seconds = 0;
};

// One call of a part or merge.
struct Row {
  std::string part;
  std::size_t index = 0;
  std::size_t draw = 0;
  KeptAnswer answer;
  bool is_done = false;
  bool is_needed = true;  // false: a draw that a vote could do without
  std::shared_ptr<const Json> metadata;
};

struct MergeOutcome {
  std::string name;
  MergeKind kind = MergeKind::stitch;
  Merged merged;  // of a long text its beginning, for a report; all of the result is `output`
};

struct Progress {
  std::size_t done = 0;
  std::size_t expected = 0;  // as far as it is known yet
  std::size_t in_flight = 0;
  std::size_t failed = 0;
  double per_second = 0;  // calls that this run has ended
  double usd = 0;
  bool is_usd_known = true;
  std::optional<double> seconds_left;
};

struct RunHooks {
  std::function<void(const Progress&)> on_progress;
  // Counts interrupts: the first stops the sending, the second gives up what is in flight.
  std::atomic<int>* interrupts = nullptr;
  std::function<void(const std::string&)> on_note;
  // Called when the transport stands; for signal handlers that must wake it.
  std::function<void(Transport&)> on_open;
  std::function<void()> on_close;
  std::function<void(std::string_view)> on_text;  // the single call's text as it comes
};

struct Outcome {
  int status = 0;  // as the command ends: 0 complete, 1 gaps, 3 stopped, 130 interrupted
  std::optional<Text> output;
  std::vector<Row> rows;
  std::unique_ptr<TextStore> texts;  // of the rows
  std::vector<MergeOutcome> merges;
  std::vector<std::string> gaps;
  std::vector<std::string> odd_inputs;  // that were not UTF-8: rows hold their bytes as odd_bytes.h
  std::vector<std::string> notes;
  StopCause cause = StopCause::none;
  std::string failure;  // why there is no output, or why the run stopped
  Totals totals;
  Cost spent;  // by all runs of the journal
  std::size_t stored = 0;
  double seconds = 0;
};

// A caller with the limits, budget, journal and cache of a workflow. Hooks are taken for notes and
// the opening only.
Result<std::unique_ptr<Caller>> open_caller(const Workflow& workflow, const Endpoints& endpoints,
                                            const RunHooks& hooks);

// An error: refused before anything was sent (exit status 2).
Result<Outcome> run(const Workflow& workflow, const RunHooks& hooks);

// key, quota, model, address, budget, given_up, aborted or none
std::string_view name_of(StopCause cause);

// What run() would do, without sending anything.
struct Plan {
  struct Line {
    std::string name;
    std::string kind;  // input, part, merge
    std::vector<std::string> reads;
    std::size_t calls = 0;
    std::size_t prompt_tokens = 0;
    std::size_t completion_tokens = 0;  // at most; 0: not bounded
    std::optional<double> usd;
  };
  std::vector<Line> lines;
  std::size_t calls = 0;
  bool is_exact = true;  // false: votes may stop early, trees may need more
  std::size_t prompt_tokens = 0;
  std::size_t completion_tokens = 0;
  std::optional<double> usd;      // at most
  std::optional<double> seconds;  // least under the limits; none without limits
};
Plan plan_of(const Workflow& workflow);
std::string plan_json(const Plan& plan);
std::string plan_text(const Plan& plan, const Workflow& workflow);
// The graph as a drawing of its own.
std::string plan_svg(const Plan& plan, const Workflow& workflow);

// A page about a run that stands by itself and can be read on a phone.
std::string report_html(const Outcome& outcome, const Workflow& workflow);

}  // namespace braid::fanout
