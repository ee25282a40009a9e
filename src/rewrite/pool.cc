// What surrounds a site: the pool, and the shared `look_ahead`.
#include <algorithm>

#include "rewrite/loop.h"
#include "rewrite/process.h"

namespace braid::rewrite {

namespace {

constexpr int kThreads = 32;
constexpr int kManyProcesses = 128;

}  // namespace

Written<Pool> make_pool(Module& module, const plan::Plan& plan, SiteDraft& draft) {
  const bool process = plan.strategy == plan::Strategy::process;
  const Need need{"concurrent.futures", process ? "ProcessPoolExecutor" : "ThreadPoolExecutor"};
  const auto executor = module.imports.spell(need);
  if (!executor)
    return Reason("the file has another `" + need.name + "`, or a local file hides the library's");
  draft.needs.insert(need);
  Pool pool;
  pool.name = module.names.shared({"pool", "executor", "workers"});
  pool.executor = *executor;
  std::optional<int> workers = module.options.workers;
  if (!workers && !process) workers = kThreads;
  if (plan.input.iterations) {
    const auto known =
        static_cast<int>(std::clamp<std::int64_t>(*plan.input.iterations, 1, 1 << 20));
    if (workers) {
      workers = std::min(*workers, known);
    } else if (known < kManyProcesses) {
      const Need os{"os", ""};
      if (const auto name = module.imports.spell(os)) {
        draft.needs.insert(os);
        pool.arguments =
            "max_workers=min(" + std::to_string(known) + ", " + *name + ".cpu_count() or 1)";
      }
    }
  }
  if (workers) pool.arguments = "max_workers=" + std::to_string(*workers);
  pool.limit = std::to_string(workers ? 2 * *workers : 2 * kManyProcesses);
  return pool;
}

std::optional<std::string> prepare_processes(Module& module, const plan::Plan& plan,
                                             const std::vector<Worker>& workers, Pool& pool,
                                             SiteDraft& draft) {
  if (plan.strategy != plan::Strategy::process) return std::nullopt;
  std::vector<BindingId> globals;
  std::vector<BindingId> shared;
  for (const Worker& worker : workers) {
    globals.insert(globals.end(), worker.worker_globals.begin(), worker.worker_globals.end());
    for (const BindingId each : worker.shared) {
      if (std::find(shared.begin(), shared.end(), each) == shared.end()) shared.push_back(each);
    }
  }
  if (auto reason = workers_lack(module, plan.node, globals, shared)) return reason;
  draft.uses_processes = true;
  if (!shared.empty()) {
    const std::string name = module.names.fresh({"share_inputs", "share_with_worker"});
    draft.definitions.push_back(
        {definition_anchor(module, plan.node), share_definition(module, name, shared)});
    std::string values;
    for (const BindingId each : shared) values += module.name_of(each) + ", ";
    if (shared.size() > 1) values.resize(values.size() - 2);
    if (shared.size() == 1) values.pop_back();
    pool.arguments += (pool.arguments.empty() ? "" : ", ") +
                      ("initializer=" + name + ", initargs=(" + values + ")");
  }
  if (may_raise_unpicklable(module)) {
    for (const std::string name : {"copyreg", "pickle"}) {
      if (!module.imports.spell({name, ""}))
        return "a local file hides the library's `" + name + "`";
      draft.needs.insert({name, ""});
    }
    pool.through = portable_name(module) + ", ";
    draft.portable = true;
  }
  return std::nullopt;
}

void surround(const Module& module, const Pool& pool, Span statement, Lines before, Lines inside,
              const std::vector<Span>& replaced, SiteDraft& draft) {
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
  head.push_back({indent + pool.name + " = " + pool.executor + "(" + pool.arguments + ")", first});
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
  std::string tail =
      indent + "finally:" + end + indent + unit + pool.name + ".shutdown(cancel_futures=True)";
  tail = no_line_end ? end + tail : tail + end;
  draft.edits.push_back({{after, after}, tail, "site-end", {last, last}});
  if (no_line_end) draft.edits.back().origins.insert(draft.edits.back().origins.begin(), last);
  draft.site = {source.line_start(first), after};
}

std::string look_ahead_name(Module& module) {
  return module.names.shared({"look_ahead", "call_ahead", "run_ahead"});
}

Lines look_ahead_definition(Module& module, const std::string& name, const std::string& deque,
                            bool survives_input, bool eager) {
  std::vector<std::string> text{"def " + name + "(calls, limit):"};
  text.push_back(
      eager
          ? "\t\"\"\"Yield each of `calls` in order, once it is done or `limit` of them are made "
            "ahead.\"\"\""
          : "\t\"\"\"Yield each of `calls` in order, with up to `limit` of them made ahead.\"\"\"");
  text.push_back("\tahead = " + deque + "()");
  const std::string deeper = survives_input ? "\t" : "";
  if (survives_input) text.push_back("\ttry:");
  text.push_back(deeper + "\tfor call in calls:");
  text.push_back(deeper + "\t\tahead.append(call)");
  if (eager) {
    text.push_back(deeper +
                   "\t\tdone = all(pending is None or pending.done() for pending in ahead[0][1:])");
    text.push_back(deeper + "\t\tif done or len(ahead) > limit:");
  } else {
    text.push_back(deeper + "\t\tif len(ahead) > limit:");
  }
  text.push_back(deeper + "\t\t\tyield ahead.popleft()");
  if (survives_input) {
    text.push_back("\texcept (Exception, SystemExit):");
    text.push_back("\t\twhile ahead:  # what came before the exception comes first");
    text.push_back("\t\t\tyield ahead.popleft()");
    text.push_back("\t\traise");
  }
  text.push_back("\twhile ahead:");
  text.push_back("\t\tyield ahead.popleft()");
  Lines lines;
  for (const std::string& each : text) {
    const std::size_t depth = std::min(each.find_first_not_of('\t'), each.size());
    std::string indent;
    for (std::size_t i = 0; i < depth; ++i) indent += module.layout.unit();
    lines.push_back({indent + each.substr(depth), 0});
  }
  return lines;
}

}  // namespace braid::rewrite
