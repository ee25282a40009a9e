// plan: DependenceGraph → Plan or Refusal, and the checker that proves a plan again.
//
// The one form that every plan has: **merge is the original loop, with each run unit replaced, in
// its place, by its recorded outcome.** Split evaluates again what is needed to know the units'
// inputs before merge gets there (the slice: pure text, or text that changes only private copies),
// and submits the units. So names, exceptions, `break`, `continue` and `return` happen in merge and
// nowhere else, and the result is the same bit for bit.
//
// In: a graph and costs. Out: values that name nodes of the tree; no text. Never fails, no I/O.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "dependence/dependence.h"
#include "diagnostics/diagnostics.h"

namespace braid::plan {

using dependence::Site;
using effects::ModuleId;
using scope::BindingId;
using syntax::NodeId;

enum class Verdict : std::uint8_t { parallel, conditional, sequential, unknown, cheap };
enum class Workload : std::uint8_t { io, cpu, data, mixed };
enum class Strategy : std::uint8_t { none, thread, process };

// A container that a unit only adds to, or standard output: the unit fills one of its own, and
// merge adds what came to be in it to the loop's.
struct Gathered {
  enum class Kind : std::uint8_t { list, dict, output };
  BindingId name;  // dependence::kOutput for standard output
  Kind kind = Kind::list;
};

// What one worker computes for one iteration: an expression, or consecutive statements of one
// block.
struct RunUnit {
  NodeId first;
  NodeId last;            // equal to `first` for an expression
  std::uint32_t end = 0;  // one past the last tree node of `last`
  bool is_expression = true;
  // `first` is a `with` whose block goes on behind `last`, one of its statements: what follows
  // there needs nothing of the `with`, and stays.
  bool is_head = false;
  // Variables read inside whose value belongs to the iteration (loop targets, names bound by the
  // slice): they are passed, never captured, since merge rebinds them meanwhile.
  std::vector<BindingId> arguments;
  // Variables read inside that no iteration changes. Threads may capture them; processes get them
  // once per worker.
  std::vector<BindingId> captures;
  // Statement units: variables bound inside and read by merge or after the loop, in order of text.
  std::vector<BindingId> results;
  // In order of text; of an expression, standard output alone.
  std::vector<Gathered> gathers;
  // What was gathered before the unit failed is there all the same: merge adds it, then raises.
  bool keeps_part = false;
  std::vector<NodeId> prints;  // calls of `print` in its text whose text is gathered
  // Functions that it reaches and that gather what they print as well, and where its text calls
  // them: each is told where to print.
  std::vector<dependence::Printer> printers;
  std::vector<NodeId> printer_calls;
  bool flushes = false;  // one of all those prints does
  // The unit stands in a function of the same file that the loop calls (`download(url)` holds both
  // the costly call and the write): the definition, and the call in the loop. Then `arguments` and
  // `captures` are variables of the helper; its parameters are bound from the call's arguments.
  NodeId helper;
  NodeId helper_call;
  // Statements of the helper that must be evaluated again to know the unit's inputs, in order.
  std::vector<NodeId> helper_slice;
};

// How long the input is and what may be asked of it.
struct Input {
  std::optional<std::int64_t> iterations;  // known exactly
  // Iterating twice gives the same items and changes nothing (list, tuple, range, dict view …).
  bool restartable = false;
  bool listable = false;   // restartable, or `enumerate` or `zip` of what is: its end is sure
  bool may_raise = false;  // `next` may raise (files with bad bytes, generators)
  bool may_block = false;  // pipes, sockets, queues: no look-ahead before visible output
  // Evaluating the iterable expression twice is free and gives equal iterables (`range(1, 33)`,
  // `urls`).
  bool expression_repeatable = false;
};

// A statement of the slice whose value split alone evaluates: what runs may have changed what it
// looks at before merge gets there, so the value travels with the pending calls.
struct Recorded {
  NodeId statement;       // an If, whose test it is; or an assignment, whose right side it is
  Span evaluated;         // the test or the right side
  bool may_fail = false;  // then nothing is recorded, and merge evaluates it in its place
  bool as_truth = false;  // only its truth is recorded
  bool is_added = false;  // merge alone adds it to a variable that split does without
};

struct Assumption {
  std::string id;    // "runs-ahead:convert@main.export"
  std::string text;  // what must hold, for people
  std::string seen;  // what could then be seen if it does not
  diagnostics::Code code{};
  Span span;                          // the text it is about
  std::string touches{};              // whose paths it is about, if it is about paths
  std::vector<std::string> joined{};  // the ids of those that it says in one
  // Whoever accepts it accepts what has this id.
  [[nodiscard]] bool says(std::string_view other) const;
};

struct Estimate {
  std::optional<std::int64_t> iterations;
  std::optional<double> speedup;
  std::optional<std::int64_t> break_even;  // from how many iterations on it pays
  std::optional<double> seconds_per_iteration;
};

// A variable of the script's top level that the units read: its value may have to be sent.
struct ReadGlobal {
  BindingId variable;
  std::string obstacle;       // the kind of thing that it is and cannot be sent; empty: none
  std::vector<NodeId> names;  // classes and functions that workers find by name, to make it again
};

struct Plan {
  ModuleId module;
  NodeId node;  // the For or the comprehension
  Strategy strategy = Strategy::thread;
  Workload workload = Workload::io;
  std::vector<RunUnit> units;  // in order of evaluation
  // Statements (whole, or If/With headers that stand around kept ones) of the body that split
  // evaluates too, in order of text. `continue` statements may be among them.
  std::vector<NodeId> slice;
  // Containers, generators of random numbers (or the module `random` as one) that the slice
  // changes: split works on its own copy, made before the loop.
  std::vector<BindingId> copied;
  // Those of them that the units look at: each call gets a copy, as split's is when it is made.
  std::vector<BindingId> snapshots;
  // Those of them that draw random numbers: the module `random`, or a `random.Random`.
  std::vector<BindingId> generators;
  // Those of the slice that merge does not evaluate again, in order of text.
  std::vector<Recorded> recorded;
  // Statements that leave the body for split: a politeness `time.sleep`.
  std::vector<NodeId> moved;
  // What the slice looks at is changed by merge: it is evaluated before, not beside it by workers.
  bool slice_in_order = false;
  bool slice_may_raise = false;  // split must survive it: merge raises the same at its place
  bool exits_early = false;      // merge may leave the loop by break or return
  bool costs_money = false;      // each call does
  bool leaves_open = false;      // the program leaves to its end what closes by it: see effects.h
  std::set<std::pair<ModuleId, NodeId>> hand_on;  // `with`s that swallow nothing: see effects.h
  Input input;
  std::vector<Assumption> assumptions;  // empty: parallel
  Estimate estimate;
  std::vector<ReadGlobal> globals;  // with processes only
  bool draws_numpy = false;  // what runs draws from NumPy's generator, which forks would repeat
  // Classes and functions of the script that workers need to make again what units are given.
  std::vector<NodeId> sent_by_name;
  std::vector<effects::Setting> settings;  // with processes only
  std::vector<NodeId> seen_at_top;         // statements of the script that must not be done again
};

struct Refusal {
  Verdict verdict = Verdict::unknown;  // sequential, unknown or cheap
  std::vector<diagnostics::Diagnostic> reasons;
  Workload workload = Workload::io;
  Estimate estimate;
};

// What the cost model needs to know of the machine.
struct Costs {
  int processors = 1;
  double thread_task_seconds = 50e-6;
  double process_task_seconds = 200e-6;
  double process_start_seconds = 0.1;
};

// The user's word on one site: accepted assumption ids; `all` accepts every one.
struct Accepted {
  std::vector<std::string> ids;
  bool all = false;
  [[nodiscard]] bool covers(const std::vector<Assumption>& assumptions) const;
};

// One site's answer.
struct Decision {
  Verdict verdict = Verdict::unknown;
  std::optional<Plan> plan;                      // parallel and conditional
  std::vector<diagnostics::Diagnostic> reasons;  // empty when parallel
  Workload workload = Workload::io;
  Estimate estimate;
  // Knowledge entries that the verdict rests on ("requests.get").
  std::vector<std::string> rests_on;
  // Functions that an iteration may call: their own loops must not start workers inside workers.
  std::vector<std::pair<ModuleId, NodeId>> enters;
};

enum class Backend : std::uint8_t { automatic, thread, process };

// Why a plan will not do, whoever says so; none: it will.
using Confirm = std::function<std::optional<diagnostics::Diagnostic>(const Plan&)>;

// Of the plans that hold and that `confirm` lets pass, the one with most of the cost in it.
Decision make_plan(const dependence::DependenceGraph& graph, const effects::Program& program,
                   const effects::Effects& effects, const Costs& costs, Backend backend,
                   const Confirm& confirm = {});

// Proves the plan against the graph again; shares nothing with the planner but the graph's types.
// Returns the violated condition, or none.
std::optional<std::string> check(const Plan& plan, const dependence::DependenceGraph& graph);

std::string dump(const Decision& decision, const effects::Program& program);

}  // namespace braid::plan
