// What surrounds a site: the pool, made before it and shut down after it.
#include <algorithm>

#include "rewrite/dialects/delayed.h"
#include "rewrite/dialects/executors.h"
#include "rewrite/loop.h"
#include "rewrite/portable.h"
#include "rewrite/process.h"
#include "rewrite/sendable.h"

namespace braid::rewrite {

namespace {

constexpr int kThreads = 32;
constexpr int kManyProcesses = 128;

// A function around the site has a variable of that name, too.
bool is_shadowed(const Module& module, BindingId global, NodeId site) {
  if (!module.is_global(global)) return false;
  const scope::Scopes& scopes = module.scopes;
  for (NodeId at = module.tree.enclosing_definition(site);
       at && !module.tree.is(at, NodeKind::Module); at = module.tree.enclosing_definition(at)) {
    const BindingId there = scopes.find(scopes.scope_of(at), scopes[global].name);
    if (there && scopes[there].resolved != global) return true;
  }
  return false;
}

}  // namespace

Written<Pool> make_pool(Module& module, const plan::Plan& plan, SiteDraft& draft) {
  const bool process = plan.strategy == plan::Strategy::process;
  const bool joblib = module.dialect == Dialect::joblib;
  if (joblib) {
    if (auto reason = dialects::cannot_be_delayed(module, plan)) return Reason(*reason);
  }
  auto executor = dialects::spell_executor(module, process, draft.needs);
  if (!executor) return Reason(executor.error());
  Pool pool;
  pool.executor = std::move(*executor);
  std::optional<int> workers = module.options.workers;
  if (!workers && !process) workers = kThreads;
  if (joblib) {
    auto delayed = dialects::spell_delayed(module, draft.needs);
    if (!delayed) return Reason(delayed.error());
    pool.delayed = std::move(*delayed);
    pool.name = module.names.shared({"outcomes", "all_outcomes"});
    if (workers && plan.input.iterations)
      workers = static_cast<int>(std::clamp<std::int64_t>(*plan.input.iterations, 1, *workers));
    pool.arguments = dialects::parallel_arguments(module, plan, workers);
    draft.delays = true;
    return pool;
  }
  pool.name = module.names.shared({"pool", "executor", "workers"});
  if (plan.input.iterations) {
    const auto known =
        static_cast<int>(std::clamp<std::int64_t>(*plan.input.iterations, 1, 1 << 20));
    if (workers) {
      workers = std::min(*workers, known);
    } else if (known < kManyProcesses) {
      const Need os{"os", ""};
      if (const auto name = module.imports.spell(os)) {
        draft.needs.insert(os);
        pool.arguments.push_back(words("max_workers=min(" + std::to_string(known) + ", " + *name +
                                       ".cpu_count() or 1)"));
      }
    }
  }
  if (workers) pool.arguments.push_back(words("max_workers=" + std::to_string(*workers)));
  pool.limit = std::to_string(workers ? 2 * *workers : 2 * kManyProcesses);
  return pool;
}

Form Pool::submission(Module& module, const Worker& worker) const {
  std::vector<Form> items;
  if (!through.empty()) items.push_back(words(through));
  for (const std::string& each : worker.call) items.push_back(words(each));
  if (!delayed.empty()) return dialects::delayed_call(module, *this, std::move(items));
  return call(name + ".submit", std::move(items));
}

// Why workers could not make again what is sent to them.
static std::optional<std::string> definitions_lack(const Module& module, const plan::Plan& plan,
                                                   const std::vector<BindingId>& shared) {
  std::vector<NodeId> names = plan.sent_by_name;
  for (const plan::ReadGlobal& each : plan.globals) {
    if (std::find(shared.begin(), shared.end(), each.variable) == shared.end()) continue;
    if (!each.obstacle.empty())
      return "`" + module.name_of(each.variable) + "` cannot be sent to a worker process: it is " +
             each.obstacle;
    names.insert(names.end(), each.names.begin(), each.names.end());
  }
  if (const auto unseen = unseen_by_workers(module, names))
    return "`" + module.text(module.tree[*unseen].name) +
           "` is defined where worker processes do not see it";
  return std::nullopt;
}

static std::optional<std::string> need_pickle(Module& module, SiteDraft& draft);

std::optional<std::string> prepare_workers(Module& module, const plan::Plan& plan,
                                           const std::vector<Worker>& workers, Pool& pool,
                                           SiteDraft& draft) {
  const bool process = plan.strategy == plan::Strategy::process;
  const bool kept = std::any_of(workers.begin(), workers.end(),
                                [](const Worker& each) { return each.kept_by_file; });
  if (kept) {
    const bool portable = process && may_raise_unpicklable(module);
    (portable ? draft.keeps_portably : draft.keeps_output) = true;
  }
  if (!process) return std::nullopt;
  if (auto reason = workers_differ(module, plan)) return reason;
  if (const auto again = done_again(module, plan.seen_at_top)) {
    return "each worker process would run `" + std::string(module.tree.text(*again).substr(0, 60)) +
           "` again";
  }
  if (may_raise_unpicklable(module)) {
    if (auto reason = copying_is_seen(module)) return reason;
  }
  const bool by_value = module.dialect != Dialect::stdlib;
  if (by_value) {
    if (auto reason = dialects::cannot_go_by_value(module)) return reason;
  }
  std::vector<BindingId> globals;
  std::vector<BindingId> shared;
  for (const Worker& worker : workers) {
    globals.insert(globals.end(), worker.worker_globals.begin(), worker.worker_globals.end());
    for (const BindingId each : worker.shared) {
      if (std::find(shared.begin(), shared.end(), each) == shared.end()) shared.push_back(each);
    }
  }
  if (auto reason = workers_lack(module, plan.node, globals, shared)) return reason;
  if (!by_value) {
    if (auto reason = definitions_lack(module, plan, shared)) return reason;
  }
  if (by_value && !shared.empty())
    return dialects::workers_name(module) + " would get `" + module.name_of(shared[0]) +
           "` with every call";
  draft.uses_processes = true;
  std::string reseed;  // a forked worker would draw what the others draw
  if (plan.draws_numpy) {
    const Need numpy{"numpy", ""};
    const auto name = module.imports.spell(numpy);
    if (!name) return "the file has another `numpy`, or a local file hides the library's";
    draft.needs.insert(numpy);
    reseed = *name + ".random.seed";
    if (shared.empty()) pool.arguments.push_back(words("initializer=" + reseed));
  }
  if (!shared.empty()) {
    const std::string name = module.names.fresh({"share_inputs", "share_with_worker"});
    draft.definitions.push_back(
        {definition_anchor(module, plan.node),
         share_definition(module, name, reseed.empty() ? "" : reseed + "()", shared)});
    std::vector<Form> values;
    for (const BindingId each : shared) {
      if (is_shadowed(module, each, plan.node))
        return "`" + module.name_of(each) + "` means another variable where the loop stands";
      if (auto reason = cannot_be_sent(module, each)) return reason;
      values.push_back(words(module.name_of(each)));
    }
    if (values.size() == 1) values[0].text += ",";
    pool.arguments.push_back(words("initializer=" + name));
    pool.arguments.push_back({"initargs=", '(', std::move(values), true});
  }
  const bool raises = std::any_of(workers.begin(), workers.end(),
                                  [](const Worker& each) { return !each.keeps_part; });
  const bool returns = std::any_of(workers.begin(), workers.end(),
                                   [](const Worker& each) { return each.keeps_part; });
  if (returns && may_raise_unpicklable(module)) {
    if (auto reason = need_pickle(module, draft)) return reason;
    draft.portable_errors = true;
  }
  // Braid sees to that itself.
  if (module.dialect != Dialect::braid && raises) return call_portably(module, pool, draft);
  return std::nullopt;
}

static std::optional<std::string> need_pickle(Module& module, SiteDraft& draft) {
  for (const std::string name : {"type", "str", "getattr", "hasattr"}) {
    if (module.names.is_rebound(name)) return "the file has its own `" + name + "`";
  }
  for (const std::string name : {"copyreg", "pickle"}) {
    if (!module.imports.spell({name, ""})) return "a local file hides the library's `" + name + "`";
    draft.needs.insert({name, ""});
  }
  return std::nullopt;
}

std::optional<std::string> call_portably(Module& module, Pool& pool, SiteDraft& draft) {
  if (!may_raise_unpicklable(module)) return std::nullopt;
  if (auto reason = need_pickle(module, draft)) return reason;
  pool.through = portable_name(module);
  draft.portable = true;
  return std::nullopt;
}

void surround(Module& module, const Pool& pool, Span statement, Lines before, Lines inside,
              const std::vector<Span>& replaced, const std::vector<std::string>& let_go,
              SiteDraft& draft) {
  const Layout& layout = module.layout;
  const Source& source = module.tree.source();
  const std::string indent = layout.emitted_indent(statement.begin);
  const std::string own_indent = layout.indent_at(statement.begin);
  const std::string& unit = layout.unit();
  const std::string deeper = layout.deeper_at(statement.begin) + unit;
  const std::string end(layout.newline());
  const std::uint32_t first = layout.line_of(statement.begin);
  std::uint32_t last = layout.line_of(statement.end - 1);
  // Comments that stand deeper than the statement belong to its block.
  for (std::uint32_t line = last + 1;
       line <= source.line_count() && (layout.is_blank(line) || layout.is_comment(line)); ++line) {
    if (!layout.is_comment(line)) continue;
    if (layout.indent_at(source.line_start(line)).size() <= own_indent.size()) break;
    last = line;
  }
  Lines head = std::move(before);
  indent_lines(head, indent);
  const bool joblib = !pool.calls.empty();
  const Form made = joblib ? dialects::run_in_parallel(pool, words(pool.calls))
                           : call(pool.executor, pool.arguments);
  const std::string ended =
      joblib ? dialects::stop_name(module) + "(" + pool.calls + ", " + pool.name + ")"
             : pool.name + ".shutdown(cancel_futures=True)";
  for (const std::string& line :
       lay_out(pool.name + " = ", made, "", indent, unit, layout.width())) {
    head.push_back({indent + line, first});
  }
  head.push_back({indent + "try:", first});
  indent_lines(inside, indent + unit);
  append(head, std::move(inside));
  Edit edit = insertion(source.line_start(first), head, end, "site");
  edit.text += deeper;
  edit.origins.push_back(first);
  draft.edits.push_back(std::move(edit));
  for (std::uint32_t line = first + 1; line <= last; ++line) {
    const std::uint32_t start = source.line_start(line);
    if (layout.is_blank(line) || layout.begins_in_string(line)) continue;
    const bool gone = std::any_of(replaced.begin(), replaced.end(), [&](Span span) {
      return span.begin <= start && start < span.end;
    });
    if (!gone) draft.edits.push_back({{start, start}, deeper, "site", {line}});
  }
  const std::uint32_t after = source.line_start(last + 1);
  const bool no_line_end = last == source.line_count();
  std::string tail = indent + "finally:" + end + indent + unit + ended;
  if (!let_go.empty()) {
    tail += end + indent + unit;
    for (const std::string& each : let_go) tail += each + " = ";
    tail += "None  # a failure would keep its frames, and their files open";
  }
  tail = no_line_end ? end + tail : tail + end;
  draft.edits.push_back({{after, after}, tail, "site-end", {last, last}});
  if (no_line_end) draft.edits.back().origins.insert(draft.edits.back().origins.begin(), last);
  draft.site = {source.line_start(first), after};
}

}  // namespace braid::rewrite
