// The functions that all sites of a file share: `look_ahead`, `call_in_chunks`, `show_progress`.
#include <algorithm>

#include "rewrite/loop.h"

namespace braid::rewrite {

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
  return lines_of(module, text);
}

namespace {

const Need kIslice{"itertools", "islice"};

struct ChunkNames {
  std::string call;
  std::string submit;
  std::string run;
  std::string outcome;
};

ChunkNames chunk_names(Module& module) {
  return {module.names.shared({"call_in_chunks", "work_in_chunks"}),
          module.names.shared({"submit_chunks", "send_chunks"}),
          module.names.shared({"run_chunk", "work_on_chunk"}),
          module.names.shared({"Outcome", "CallOutcome"})};
}

bool is_positional(const std::string& argument) {
  std::size_t at = 0;
  while (at < argument.size() && is_identifier_character(argument[at])) ++at;
  at = argument.find_first_not_of(' ', at);
  const bool assigns =
      at != std::string::npos && argument[at] == '=' && argument.substr(at, 2) != "==";
  return !assigns && !argument.starts_with("**");
}

}  // namespace

bool can_go_in_chunks(Module& module, const std::vector<Worker>& workers, Pool& pool,
                      SiteDraft& draft) {
  for (const std::string name : {"list", "min", "len", "zip", "Exception", "SystemExit"}) {
    if (module.names.is_rebound(name)) return false;
  }
  if (workers.size() != 1 || !module.imports.spell(kIslice)) return false;
  const std::vector<std::string>& call = workers[0].call;
  if (!std::all_of(call.begin(), call.end(), is_positional)) return false;
  // Exceptions are values here, of which Braid's engine does not know either.
  return !pool.through.empty() || workers[0].keeps_part || !call_portably(module, pool, draft);
}

Form called_in_chunks(Module& module, const Pool& pool, const Worker& worker, Form item,
                      const std::string& clause, SiteDraft& draft) {
  draft.look_ahead = true;
  draft.chunks = true;
  draft.needs.insert(kIslice);
  std::vector<std::string> call_parts = worker.call;
  if (!pool.through.empty()) call_parts.insert(call_parts.begin(), pool.through);
  std::vector<Form> arguments;
  for (std::size_t i = 1; i < call_parts.size(); ++i) arguments.push_back(words(call_parts[i]));
  if (arguments.size() == 1) arguments[0].text += ",";
  Form packed = arguments.empty() ? words("()") : Form{"", '(', std::move(arguments), true};
  std::string limit = pool.limit;
  const Need os{"os", ""};
  if (const auto name = module.imports.spell(os); name && !module.options.workers) {
    draft.needs.insert(os);
    limit = "2 * (" + *name + ".cpu_count() or 1)";
  }
  return call(
      chunk_names(module).call,
      {words(pool.name), words(call_parts[0]),
       comprehension('(', tuple({std::move(item), std::move(packed)}), clause), words(limit)});
}

Lines chunk_definitions(Module& module, const std::string& look_ahead, const std::string& islice,
                        bool survives_input) {
  const ChunkNames names = chunk_names(module);
  std::vector<std::string> text{
      "class " + names.outcome + ":",
      "\t\"\"\"What a call gave, or how it failed.\"\"\"",
      "",
      "\tdef __init__(self, value, error):",
      "\t\tself.value = value",
      "\t\tself.error = error",
      "",
      "\tdef result(self):",
      "\t\tif self.error is None:",
      "\t\t\treturn self.value",
      "\t\ttry:",
      "\t\t\traise self.error",
      "\t\tfinally:",
      "\t\t\tself = None  # else the exception would hold itself",
      "",
      "",
      "def " + names.run + "(function, chunk):",
      "\t\"\"\"Call `function` with each of the arguments in `chunk`.\"\"\"",
      "\toutcomes = []",
      "\tfor arguments in chunk:",
      "\t\ttry:",
      "\t\t\toutcomes.append((function(*arguments), None))",
      "\t\texcept (Exception, SystemExit) as error:",
      "\t\t\toutcomes.append((None, error.with_traceback(None)))",
      "\treturn outcomes",
      "",
      "",
      "def " + names.submit + "(pool, function, calls):",
      "\t\"\"\"Yield chunks of `calls`, which grow, with their pending outcomes.\"\"\"",
      "\tmade = 0",
  };
  const std::string taken = islice + "(calls, min(1 + made // 128, 1000))";
  std::vector<std::string> rest;
  if (survives_input) {
    rest = {
        "\twhile True:",
        "\t\tchunk, failure = [], None",
        "\t\ttry:",
        "\t\t\tfor call in " + taken + ":",
        "\t\t\t\tchunk.append(call)",
        "\t\texcept (Exception, SystemExit) as error:",
        "\t\t\tfailure = error  # what came before it comes first",
        "\t\tmade += len(chunk)",
        "\t\targuments = [each for _, each in chunk]",
        "\t\tif chunk:",
        "\t\t\tyield chunk, pool.submit(" + names.run + ", function, arguments)",
        "\t\tif failure is not None:",
        "\t\t\traise failure",
        "\t\tif not chunk:",
        "\t\t\treturn",
    };
  } else {
    rest = {
        "\twhile chunk := list(" + taken + "):",
        "\t\tmade += len(chunk)",
        "\t\targuments = [each for _, each in chunk]",
        "\t\tyield chunk, pool.submit(" + names.run + ", function, arguments)",
    };
  }
  text.insert(text.end(), rest.begin(), rest.end());
  rest = {
      "",
      "",
      "def " + names.call + "(pool, function, calls, limit):",
      "\t\"\"\"Yield the item of each of `calls`, in order, with the outcome.\"\"\"",
      "\tfor chunk, pending in " + look_ahead + "(" + names.submit +
          "(pool, function, calls), limit):",
      "\t\tfor (item, _), (value, error) in zip(chunk, pending.result()):",
      "\t\t\tyield item, " + names.outcome + "(value, error)",
  };
  text.insert(text.end(), rest.begin(), rest.end());
  return lines_of(module, text);
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
  return lines_of(
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
