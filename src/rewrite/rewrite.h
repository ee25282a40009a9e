// rewrite: Plans → Edits. Writes what a careful engineer would have written, in the style of the
// file.
//
// In: one module's tree, scopes and the plans to carry out in it. Out: non-overlapping span
// replacements, sorted, or the reason why this dialect cannot express a plan. No I/O. What is
// emitted holds for every Python from `target` on. Only allowed spans change: the site, imports,
// new top-level definitions, a helper that is split, and with a main guard one line plus
// indentation.
#pragma once

#include <memory>
#include <optional>

#include "plan/plan.h"

namespace braid::rewrite {

struct Edit {
  Span span;  // replaced; empty: an insertion
  std::string text;
  // Why this span may change: "site", "import", "definition", "helper", "guard".
  std::string_view reason;
  // For each line of `text`, the line of the original it stands for (0, or missing: the span's
  // first).
  std::vector<std::uint32_t> origins;
};

// Who runs the calls: executors of concurrent.futures, Braid's own (`import braid`), or joblib's
// `Parallel`.
enum class Dialect : std::uint8_t { stdlib, braid, joblib };

struct PythonVersion {
  int major = 3;
  int minor = 9;
  auto operator<=>(const PythonVersion&) const = default;
};

struct Options {
  Dialect dialect = Dialect::stdlib;
  PythonVersion target;
  std::optional<int> workers;  // else 32 for threads, the CPUs at run time for processes
  bool progress = false;
  // The file may be imported by another local file: a main guard must not be added.
  bool imported_elsewhere = false;
  // For `run`: a guard is not needed, the caller writes a module for the workers.
  bool allow_guard = true;
};

struct Rewritten {
  std::vector<Edit> edits;
  // Per plan: the lines of the emitted text that belong to the site, and why it was left out.
  struct PlanOutcome {
    bool expressed = false;
    std::string reason;   // when not expressed
    std::string instead;  // why it is written in the stdlib dialect although another was asked for
  };
  std::vector<PlanOutcome> outcomes;  // parallel to the plans given
};

// What writing asks of one module, whichever plan it is: made once. It keeps references to the
// program.
struct Original;
std::shared_ptr<const Original> read_original(const effects::Program& program,
                                              effects::ModuleId module);

Rewritten rewrite(const Original& original, const std::vector<plan::Plan>& plans,
                  const Options& options);

// Applies edits to the text. BRAID_CHECKs that they are sorted and do not overlap.
std::string apply(std::string_view text, const std::vector<Edit>& edits);

// For each line of the rewritten text (from 1), the line of the original it came from or stands
// for.
std::vector<std::uint32_t> line_map(const Source& original, const std::vector<Edit>& edits);

}  // namespace braid::rewrite
