// Whose executors a rewritten file uses: those of concurrent.futures, or Braid's own, which are
// theirs to the letter. Everything else of a rewritten loop is the same in both dialects. How
// joblib's `Parallel` takes their place is in delayed.h.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite::dialects {

// The thread or process executor, or `Parallel`, as the file writes it ("ThreadPoolExecutor",
// "braid.ThreadPoolExecutor"), with the import that it needs. Or why it cannot be had.
Written<std::string> spell_executor(Module& module, bool process, std::set<Need>& needs);

// joblib's `delayed`, in the same way.
Written<std::string> spell_delayed(Module& module, std::set<Need>& needs);

// "Braid's workers"
std::string workers_name(const Module& module);

// Workers of both get functions and classes of the script by value, and never import it: why those
// of this file cannot travel so. None: they can.
std::optional<std::string> cannot_go_by_value(const Module& module);

}  // namespace braid::rewrite::dialects
