// What has to be known before a script is analysed: settings, interpreter, wishes, knowledge.
#pragma once

#include "cli/interpreter.h"
#include "cli/options.h"
#include "cli/pipeline.h"

namespace braid::cli {

// The wishes of `options` and the settings for files of one folder. `interpreter`: none when it is
// not known.
Wishes make_wishes(const Options& options, const Settings& settings,
                   const std::optional<Interpreter>& interpreter);

// For fix, verify and run: the script, read and analysed.
struct Prepared {
  Settings settings;
  Interpreter interpreter;
  Wishes wishes;
  effects::Knowledge knowledge;
  Analysis analysis;
};
// Error: usage, or the script is unreadable or not Python; the message is for stderr and may have
// several lines.
Result<Prepared> prepare(const Options& options);

// The sites that --only chose. Error: no loop begins at one of these lines.
Result<void> check_lines(const Analysis& analysis, const std::vector<std::uint32_t>& lines);

}  // namespace braid::cli
