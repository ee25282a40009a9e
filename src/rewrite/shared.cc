// The functions that all sites of a file share: `look_ahead` and `show_progress`.
#include <algorithm>

#include "rewrite/loop.h"

namespace braid::rewrite {

namespace {

// Lines whose indentation is given by tabs.
Lines indented(const Module& module, const std::vector<std::string>& text) {
  Lines lines;
  for (const std::string& each : text) {
    const std::size_t depth = std::min(each.find_first_not_of('\t'), each.size());
    std::string indent;
    for (std::size_t i = 0; i < depth; ++i) indent += module.layout.unit();
    lines.push_back({indent + each.substr(depth), 0});
  }
  return lines;
}

}  // namespace

Form looked_ahead(Module& module, const Pool& pool, Form calls, SiteDraft& draft) {
  draft.look_ahead = true;
  return call(look_ahead_name(module), {std::move(calls), words(pool.limit)});
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
  return indented(module, text);
}

Form counted(Module& module, Form calls, const std::string& total, SiteDraft& draft) {
  for (const std::string from : {"tqdm", "tqdm.auto"}) {
    const auto tqdm = module.imports.existing({from, "tqdm"});
    if (!tqdm) continue;
    std::vector<Form> items{std::move(calls)};
    if (!total.empty()) items.push_back(words("total=" + total));
    return call(*tqdm, std::move(items));
  }
  draft.progress = true;
  std::vector<Form> items{std::move(calls)};
  if (!total.empty()) items.push_back(words(total));
  return call(progress_name(module), std::move(items));
}

std::string progress_name(Module& module) {
  return module.names.shared({"show_progress", "count_progress"});
}

Lines progress_definition(Module& module, const std::string& name, const std::string& sys) {
  const std::string to_stderr = "file=" + sys + ".stderr";
  return indented(
      module,
      {
          "def " + name + "(calls, total=None):",
          "\t\"\"\"Yield each of `calls` and count on stderr how many are done.\"\"\"",
          "\tof_total = f\" of {total}\" if total else \"\"",
          "\tdone = 0",
          "\ttry:",
          "\t\tfor call in calls:",
          "\t\t\tyield call",
          "\t\t\tdone += 1",
          "\t\t\tif " + sys + ".stderr:",
          "\t\t\t\tprint(f\"\\r{done}{of_total}\", end=\"\", " + to_stderr + ", flush=True)",
          "\tfinally:",
          "\t\tif done and " + sys + ".stderr:",
          "\t\t\tprint(" + to_stderr + ")",
      });
}

}  // namespace braid::rewrite
