// A `for` loop whose costly part runs ahead: header, units and indentation change, the rest stays.
#pragma once

#include "rewrite/draft.h"
#include "rewrite/header.h"
#include "rewrite/worker.h"

namespace braid::rewrite {

// So many items at most are all submitted before the first result is taken: about what 32 workers
// have ahead of them anyway. More would hold all results until the last of them is merged.
inline constexpr std::int64_t kAllAtOnce = 64;

// How the pool is made and ended, the same for every form.
struct Pool {
  std::string name;
  std::string executor;         // "ThreadPoolExecutor"
  std::vector<Form> arguments;  // "max_workers=32"
  std::string through;          // what stands before the worker in `submit`: "call_in_worker"
  std::string limit;            // how many calls may be ahead, as an expression
  std::string delayed;          // joblib: "delayed"; else empty
  std::string calls;            // joblib: the list of a loop's calls

  [[nodiscard]] Form submission(Module& module, const Worker& worker) const;
};
Written<Pool> make_pool(Module& module, const plan::Plan& plan, SiteDraft& draft);

// What the workers need of the file; and, of worker processes, what they read is shared with them,
// or why it cannot be.
std::optional<std::string> prepare_workers(Module& module, const plan::Plan& plan,
                                           const std::vector<Worker>& workers, Pool& pool,
                                           SiteDraft& draft);

// Where what a call raises may not survive the way back as it is, through a function that sees to
// it; or why not.
std::optional<std::string> call_portably(Module& module, Pool& pool, SiteDraft& draft);

// Puts `pool = …`, `try:` and `finally:` around the lines of a statement, and indents them.
// `before`: lines above the pool; `inside`: lines below `try:`; both without the statement's
// indentation.
// `let_go`: names that must not outlive it.
void surround(Module& module, const Pool& pool, Span statement, Lines before, Lines inside,
              const std::vector<Span>& replaced, const std::vector<std::string>& let_go,
              SiteDraft& draft);

// `calls` buffered: "look_ahead(calls, 64)".
Form looked_ahead(Module& module, const Pool& pool, Form calls, SiteDraft& draft);
// What the file calls its `look_ahead`.
std::string look_ahead_name(Module& module);
Lines look_ahead_definition(Module& module, const std::string& name, const std::string& deque,
                            bool survives_input, bool eager);

// Whether calls can travel to worker processes many at a time: one that takes 10 µs alone is sent
// for 100.
bool can_go_in_chunks(Module& module, const std::vector<Worker>& workers, Pool& pool,
                      SiteDraft& draft);
// "call_in_chunks(pool, work, ((item, (argument,)) for item in items), 8)": yields each item with
// the outcome of its call.
Form called_in_chunks(Module& module, const Pool& pool, const Worker& worker, Form item,
                      const std::string& clause, SiteDraft& draft);
Lines chunk_definitions(Module& module, const std::string& look_ahead, const std::string& islice,
                        bool survives_input);

// `calls` counted on stderr as they are taken: by the file's tqdm, or by `show_progress`. `total`:
// how many there are, as an expression, or empty.
Form counted(Module& module, Form calls, const std::string& total, SiteDraft& draft);
std::string progress_name(Module& module);
Lines progress_definition(Module& module, const std::string& name, const std::string& sys);

Written<SiteDraft> write_loop(Module& module, const plan::Plan& plan);

}  // namespace braid::rewrite
