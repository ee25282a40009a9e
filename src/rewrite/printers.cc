#include "rewrite/printers.h"

#include <algorithm>

#include "rewrite/helper.h"
#include "rewrite/portable.h"
#include "rewrite/process.h"

namespace braid::rewrite {

namespace {

std::string replay_name(Module& module) { return module.names.shared({"replay", "show_outcome"}); }

std::vector<NodeId> told_calls(const std::vector<NodeId>& prints,
                               const std::vector<NodeId>& calls) {
  std::vector<NodeId> all = prints;
  all.insert(all.end(), calls.begin(), calls.end());
  return all;
}

}  // namespace

std::string printed_name(Module& module) { return module.names.shared({"printed", "output"}); }

std::vector<Substitution> told_where(Module& module, const plan::RunUnit& unit) {
  const std::string name = printed_name(module);
  std::vector<Substitution> changes;
  for (const NodeId print : unit.prints)
    changes.push_back(*with_keyword(module, print, "file=" + name));
  for (const NodeId call : unit.printer_calls)
    changes.push_back(*with_keyword(module, call, name + "=" + name));
  // One may stand in another's arguments.
  std::sort(changes.begin(), changes.end(), [](const Substitution& a, const Substitution& b) {
    return a.span.begin < b.span.begin;
  });
  return changes;
}

std::optional<std::string> cannot_tell(Module& module, const plan::RunUnit& unit) {
  std::vector<NodeId> calls = told_calls(unit.prints, unit.printer_calls);
  for (const dependence::Printer& each : unit.printers) {
    for (const NodeId call : told_calls(each.prints, each.calls)) calls.push_back(call);
  }
  for (const NodeId call : calls) {
    if (!with_keyword(module, call, {}))
      return "a comment stands behind the last argument of a call whose text it gathers";
  }
  return std::nullopt;
}

void edit_printers(Module& module, const plan::Plan& plan, SiteDraft& draft) {
  const std::string name = printed_name(module);
  const auto add = [&](NodeId call, const std::string& keyword) {
    const Substitution change = *with_keyword(module, call, keyword);
    draft.edits.push_back({change.span, change.text, "helper", {}});
  };
  for (const plan::RunUnit& unit : plan.units) {
    for (const dependence::Printer& each : unit.printers) {
      const std::pair told(each.definition, NodeId{});
      if (std::find(draft.helpers.begin(), draft.helpers.end(), told) != draft.helpers.end())
        continue;
      draft.helpers.push_back(told);
      draft.parameters.emplace_back(each.definition, name);
      for (const NodeId print : each.prints) add(print, "file=" + name);
      for (const NodeId call : each.calls) add(call, name + "=" + name);
    }
  }
}

std::string replayed(Module& module, const plan::RunUnit& unit, const std::string& outcome,
                     SiteDraft& draft) {
  draft.replays = true;
  draft.flushes = draft.flushes || unit.flushes;
  return replay_name(module) + "(" + outcome + ")";
}

std::string print_all(const Module& module, const std::string& printed, bool flushes) {
  const std::string quotes(2, module.layout.quote());
  return "print(*" + printed + ", sep=" + quotes + ", end=" + quotes +
         (flushes ? ", flush=True)" : ")");
}

std::string keeper_name(Module& module, bool portable) {
  return portable ? module.names.shared({"keep_output_in_worker", "keep_output_in_process"})
                  : module.names.shared({"keep_output", "keep_what_is_printed"});
}

Lines keeper_definition(Module& module, const std::string& buffer, bool portable) {
  const std::string& unit = module.layout.unit();
  const std::string name = printed_name(module);
  const std::string ended = name + ".getvalue().splitlines(True), ";
  Lines lines{
      {"def " + keeper_name(module, portable) + "(function, /, *arguments, **keywords):", 0},
      {unit + "\"\"\"Call `function`; return what it gave, printed and raised.\"\"\"", 0},
      {unit + name + " = " + buffer + "()", 0},
      {unit + "try:", 0},
      {unit + unit + "result = function(*arguments, " + name + "=" + name + ", **keywords)", 0},
      {unit + "except BaseException as error:", 0}};
  if (portable) lines.push_back({unit + unit + portable_error_name(module) + "(error)", 0});
  lines.push_back({unit + unit + "return None, " + ended + "error", 0});
  lines.push_back({unit + "return result, " + ended + "None", 0});
  return lines;
}

Lines replay_definition(Module& module, bool flushes) {
  const std::string& unit = module.layout.unit();
  return {{"def " + replay_name(module) + "(outcome):", 0},
          {unit + "\"\"\"Print what a call printed, then return what it gave or raise what it "
                  "raised.\"\"\"",
           0},
          {unit + "result, printed, error = outcome", 0},
          {unit + print_all(module, "printed", flushes), 0},
          {unit + "if error is not None:", 0},
          {unit + unit + "raise error", 0},
          {unit + "return result", 0}};
}

}  // namespace braid::rewrite
