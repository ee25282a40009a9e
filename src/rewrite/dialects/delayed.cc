#include "rewrite/dialects/delayed.h"

#include <algorithm>
#include <array>

#include "rewrite/kept_alive.h"

namespace braid::rewrite::dialects {

namespace slot = syntax::slot;

namespace {

// All calls are made, and kept, before the first of them runs.
constexpr std::int64_t kMostCalls = 100'000;

// Libraries whose sums depend on how many threads BLAS or OpenMP has; joblib gives its worker
// processes fewer.
constexpr std::array<std::string_view, 22> kArrayLibraries{
    "numpy",     "scipy",       "pandas",     "sklearn",   "skimage",
    "cv2",       "torch",       "tensorflow", "numba",     "jax",
    "numexpr",   "statsmodels", "xgboost",    "lightgbm",  "librosa",
    "nibabel",   "h5py",        "PIL",        "imagehash", "face_recognition",
    "geopandas", "networkx"};

// What a process hands on to those that it starts, by the names that change it.
constexpr std::array<std::string_view, 16> kOfTheProcess{
    "chdir",  "fchdir", "chroot",  "umask",   "putenv", "unsetenv", "tzset", "setrlimit",
    "setuid", "setgid", "seteuid", "setegid", "setsid", "setpgid",  "nice",  "sched_setaffinity"};
// What meets children of the program, whoever started them.
constexpr std::array<std::string_view, 7> kChildren{"fork",  "forkpty", "waitpid",        "wait3",
                                                    "wait4", "waitid",  "active_children"};

// What takes every value of a generator before it gives anything.
constexpr std::array<std::string_view, 11> kTakers{
    "list", "set", "tuple", "dict", "frozenset", "sorted", "sum", "min", "max", "Counter", "join"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool imports_any(const Module& module, bool (*wanted)(const Module&, std::string_view)) {
  for (const effects::Module& each : module.program.modules) {
    for (std::uint32_t i = 0; i < each.tree.size(); ++i) {
      const NodeId node{i};
      const bool from = each.tree.is(node, NodeKind::ImportFrom);
      const bool plain = each.tree.is(node, NodeKind::ImportAlias) &&
                         each.tree.is(each.tree.parent(each.tree.parent(node)), NodeKind::Import);
      if (!(from || plain) || !each.tree[node].name) continue;
      const std::string name = module.text(each.tree[node].name);
      if (wanted(module, std::string_view(name).substr(0, name.find('.')))) return true;
    }
  }
  return false;
}

bool computes_on_arrays(const Module& /*module*/, std::string_view name) {
  return is_one_of(name, kArrayLibraries);
}

bool is_foreign(const Module& module, std::string_view name) {
  return !is_standard_library(name) && !module.program.by_name.contains(std::string(name));
}

std::optional<std::string> processes_differ(const Module& module) {
  for (const std::string_view name : kOfTheProcess) {
    if (module.program.find(name))
      return "joblib keeps its worker processes, as the first calls have found them, and the "
             "program may change that (`" +
             std::string(name) + "`)";
  }
  for (const std::string_view name : kChildren) {
    if (module.program.find(name))
      return "joblib keeps its worker processes, and the program looks for children (`" +
             std::string(name) + "`)";
  }
  if (module.program.find("Parallel"))
    return "the program has worker processes of joblib's already, and there is one set for all";
  if (imports_any(module, computes_on_arrays))
    return "joblib gives worker processes fewer threads for arrays, whose sums may then differ in "
           "the last bits";
  return std::nullopt;
}

bool takes_all(const Module& module, NodeId generator) {
  const SyntaxTree& tree = module.tree;
  const NodeId call = tree.parent(tree.parent(generator));
  if (!tree.is(call, NodeKind::Call)) return false;
  const NodeId function = tree.child(call, slot::Call::function);
  return tree[function].name && is_one_of(module.text(tree[function].name), kTakers);
}

}  // namespace

std::optional<std::string> cannot_be_delayed(const Module& module, const plan::Plan& plan) {
  const bool is_loop = module.tree.is(plan.node, NodeKind::For);
  for (const std::string name : {"BaseException", "Exception", "zip", "len"}) {
    if (module.names.is_rebound(name)) return "the file has its own `" + name + "`";
  }
  for (const std::string_view name : {"parallel_config", "parallel_backend"}) {
    if (module.program.find(name)) return "the program sets itself what joblib uses";
  }
  if (plan.units.size() != 1) return "joblib runs one call for each item, and here are several";
  if (!plan.input.listable || (!plan.input.restartable && module.names.is_rebound("list")))
    return "joblib takes all items before the first result, and these may fail, or have no end";
  if (plan.input.iterations.value_or(0) > kMostCalls)
    return "joblib would keep every call of so many in memory";
  if (must_let_go(module, plan)) return "a failed call would keep files open";
  if (!is_loop && (plan.costs_money || !plan.assumptions.empty()))
    return "joblib would run all calls of a comprehension, also behind one that fails";
  if (module.tree.is(plan.node, NodeKind::GeneratorExp) && !takes_all(module, plan.node))
    return "joblib would run all calls before the first of them is looked at";
  if (plan.strategy == plan::Strategy::process) return processes_differ(module);
  return std::nullopt;
}

std::vector<Form> parallel_arguments(const Module& module, const plan::Plan& plan,
                                     std::optional<int> workers) {
  const std::string quote(1, module.layout.quote());
  const bool process = plan.strategy == plan::Strategy::process;
  const auto quoted = [&](std::string_view name, std::string_view value) {
    return words(std::string(name) + "=" + quote + std::string(value) + quote);
  };
  // Named, so that no configuration around it has a say.
  std::vector<Form> arguments{words("n_jobs=" + std::to_string(workers.value_or(-1))),
                              quoted("backend", process ? "loky" : "threading")};
  // Else workers get large arrays as files that they cannot write to.
  if (process && imports_any(module, is_foreign)) arguments.push_back(words("max_nbytes=None"));
  if (module.tree.is(plan.node, NodeKind::For))
    arguments.push_back(quoted("return_as", "generator"));
  return arguments;
}

Form run_in_parallel(const Pool& pool, Form calls) {
  return call(call(pool.executor, pool.arguments).flat(), {std::move(calls)});
}

std::string attempt_name(Module& module) {
  return module.names.shared({"attempt", "attempt_call"});
}

std::string stop_name(Module& module) { return module.names.shared({"stop_calls", "end_calls"}); }

Form delayed_call(Module& module, const Pool& pool, std::vector<Form> items) {
  return call(pool.delayed + "(" + attempt_name(module) + ")", std::move(items));
}

Lines attempt_definitions(Module& module, bool loops) {
  std::vector<std::string> text{
      "def " + attempt_name(module) + "(function, /, *arguments, **keywords):",
      "\t\"\"\"Call `function`: what it returned and None, or None and what it raised.\"\"\"",
      "\ttry:",
      "\t\treturn function(*arguments, **keywords), None",
      "\texcept BaseException as error:",
      "\t\treturn None, error",
      "",
      "",
      "def " + result_name(module) + "(outcome):",
      "\t\"\"\"What the call returned; what it raised is raised here.\"\"\"",
      "\tresult, error = outcome",
      "\ttry:",
      "\t\tif error is not None:",
      "\t\t\traise error",
      "\t\treturn result",
      "\tfinally:",
      "\t\tdel outcome, error  # else the exception would hold itself",
  };
  if (loops) {
    text.insert(text.end(),
                {"", "", "def " + stop_name(module) + "(calls, outcomes):",
                 "\t\"\"\"Begin no more of `calls`, and wait for those that run.\"\"\"",
                 "\tcalls.clear()", "\ttry:", "\t\tfor _ in outcomes:", "\t\t\tpass",
                 "\texcept Exception:", "\t\tpass  # nobody asks any more what became of them"});
  }
  return lines_of(module, text);
}

}  // namespace braid::rewrite::dialects
