// verify: (Program, Options) → Comparison. Runs a script and its rewritten text apart, compares
// what the world can see of them, tries to refute that the order does not matter, and measures.
// Also the execution half of `braid run`: run_script puts the rewritten program in the script's
// place.
//
// In: texts and values; this room knows no plan and no effect, the caller tells what it found.
// Out: values; nothing is printed. Processes, files and clocks are used here, nowhere above.
// Units: seconds (double), bytes, lines from 1.
// Errors: Error when nothing could be run at all (no such interpreter, no such script, no sandbox);
// everything that the two programs do or fail to do is a Comparison.
// Never: a change to the user's files, a process or a mount that outlives the caller (also when it
// is killed), a temporary folder that the next call does not sweep.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"

namespace braid::verify {

enum class Strategy : std::uint8_t { thread, process };

// One rewritten site, as the caller knows it.
struct SiteInfo {
  std::uint32_t line = 0;                  // first line of the site in the original
  std::uint32_t end_line = 0;              // its last line there; 0: the statement's own end
  std::uint32_t rewritten_begin_line = 0;  // first and last line of what replaces it in the
  std::uint32_t rewritten_end_line = 0;    // rewritten text (pool, loop and shutdown)
  Strategy strategy = Strategy::thread;
  std::vector<std::string> assumptions;  // ids that the user accepted for this site
};

struct Program {
  std::string python;                  // the interpreter: a path, or a name that PATH has
  std::string script_path;             // as the user gave it; relative to the working directory
  std::string original_text;           // bytes
  std::string rewritten_text;          // bytes: what `fix` or --against made of it
  std::vector<std::string> arguments;  // what follows SCRIPT
  std::optional<std::string>
      stdin_bytes;              // every run reads its own copy; none: a terminal, read as empty
  std::vector<SiteInfo> sites;  // empty for --against: every pool of the script is scheduled
};

enum class SandboxKind : std::uint8_t {
  automatic,  // the best that this machine allows, found by trying
  overlay,    // user and mount namespaces, the whole file system copy-on-write
  copy,       // a copy of the folders; a write outside of them is stopped, and counts as an outside
              // effect
};

struct Options {
  int runs = 3;                                      // pairs, at least one
  bool quick = false;                                // one pair and one reversed order
  std::optional<std::chrono::milliseconds> timeout;  // for each run
  bool allow_effects = false;
  std::vector<std::string> outside_effects;  // what the caller found, one sentence each
  std::optional<double> predicted_speedup;
  SandboxKind sandbox =
      SandboxKind::automatic;  // the variable BRAID_SANDBOX=overlay|copy overrules automatic
  std::function<void(std::string_view)> on_progress;  // one line without its end; may be empty
};

struct Difference {
  enum class What : std::uint8_t { out, err, status, file, exception, name };
  What what{};
  std::string path;  // the file, or the name; empty otherwise
  std::string diff;  // a unified diff, or one sentence ("first differing byte: 17, …")
};
// "stdout", "stderr", "status", "file", "exception", "name".
[[nodiscard]] std::string_view text(Difference::What what);

struct SiteTiming {
  std::string path;
  std::uint32_t line = 0;
  std::optional<double> speedup;  // of the site alone; none when it never ran
  std::optional<double> sequential_s;
  std::optional<double> parallel_s;
};

// One attempt to refute independence.
struct Refutation {
  std::optional<std::uint32_t> site;  // line in the original; none: all sites at once, or not known
  std::string order;                  // "reversed", "shuffled 1", "one worker", "many workers", …
  std::optional<std::string> start_method;  // "fork", "forkserver", "spawn"; none for threads
  std::optional<bool> same;                 // none: could not tell (a run failed or timed out)
  std::optional<std::string> assumption;    // the one that failed
  std::vector<Difference> differences;      // what showed it
};

struct Spread {
  double smallest = 0;
  double largest = 0;
};

struct Comparison {
  std::optional<bool> same;  // none: could not tell, and `reason` says why
  std::string reason;
  bool rewritten = true;          // false: the texts are equal; nothing was run, same is true
  std::optional<double> speedup;  // median over the pairs
  std::optional<Spread> speedup_spread;
  std::optional<double> sequential_s;  // medians of wall time
  std::optional<double> parallel_s;
  std::optional<Spread> sequential_spread;
  std::optional<Spread> parallel_spread;
  std::optional<double> predicted_speedup;
  std::optional<double> sequential_cpu_s;  // medians, the whole process tree
  std::optional<double> parallel_cpu_s;
  std::optional<std::uint64_t> sequential_peak_bytes;  // largest resident memory of the tree
  std::optional<std::uint64_t> parallel_peak_bytes;
  std::vector<SiteTiming> sites;
  std::vector<Difference> differences;  // of the plain runs, first difference of each thing
  std::vector<Refutation> refutations;
  std::vector<std::string> set_aside;        // what differs between two runs of the original itself
  std::vector<std::string> outside_effects;  // listed when they forbid a run
  std::vector<std::string>
      notes;  // "stdin was a terminal: the runs read nothing", "the machine was too busy …"
  SandboxKind sandbox = SandboxKind::automatic;  // the one that was used
  int runs_of_original = 0;
  int runs_of_rewritten = 0;  // without the refutations
};

// 0 same, 1 different, 3 could not tell.
[[nodiscard]] int exit_status(const Comparison& comparison);

// What verify() is about to run, one line each, for the reader who decides whether to wait. Times
// are not known before the first run; on_progress tells them once it has ended.
[[nodiscard]] std::vector<std::string> plan_of_runs(const Program& program, const Options& options);

// Blocks for as long as the runs take. Call it from the thread that outlives them.
[[nodiscard]] Result<Comparison> verify(const Program& program, const Options& options);

// `braid run`. `original_line[i]` is the line of the original that line i+1 of the rewritten text
// stands for (tracebacks show that one); may be shorter than the text.
struct RunRequest {
  std::string python;
  std::string script_path;
  std::string rewritten_text;  // empty: the original runs
  std::vector<std::string> arguments;
  std::vector<std::uint32_t> original_line;
  // The same for an interpreter without the package `braid`, which rewritten_text imports: then
  // this runs, and a line on stderr says so. Empty: rewritten_text needs no package.
  std::string text_without_package;
  std::vector<std::uint32_t> original_line_without_package;
};

// Becomes the interpreter that runs the rewritten program in place of the script: same process, so
// that standard streams, signals, exit status and death by signal are the script's own. Returns
// only if that was not possible. Nothing is written to disk; if the interpreter cannot compile the
// rewritten text, it runs the original.
[[nodiscard]] Error run_script(const RunRequest& request);

}  // namespace braid::verify
