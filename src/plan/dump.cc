// A decision as `braid show plans` prints it.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Diagnostic;

std::string dump(const Decision& decision, const effects::Program& program) {
  constexpr std::string_view kVerdicts[] = {"parallel", "conditional", "sequential", "unknown",
                                            "cheap"};
  std::string out =
      "  " + std::string(kVerdicts[static_cast<std::size_t>(decision.verdict)]) + "\n";
  if (decision.plan) {
    const syntax::SyntaxTree& tree = program.modules[decision.plan->module.value].tree;
    const auto line = [&](const char* what, NodeId node) {
      std::string text(tree.text(node));
      if (const std::size_t end = text.find('\n'); end != std::string::npos) text.resize(end);
      out += std::string("    ") + what + " " +
             std::to_string(tree.source().position(tree.span(node).begin).line) + ": " + text +
             "\n";
    };
    for (NodeId each : decision.plan->slice) line("split", each);
    for (const Recorded& each : decision.plan->recorded) line("record", each.statement);
    for (NodeId each : decision.plan->moved) line("pause", each);
    for (const RunUnit& unit : decision.plan->units) {
      line("run", unit.first);
      for (const Gathered& each : unit.gathers) {
        const scope::Scopes& scopes = program.modules[decision.plan->module.value].scopes;
        const bool prints = each.kind == Gathered::Kind::output;
        out += "    gather " +
               (prints ? "what it prints"
                       : std::string(program.symbols.text(scopes[each.name].name))) +
               "\n";
      }
    }
    for (const Assumption& each : decision.plan->assumptions) out += "    if " + each.id + "\n";
  }
  for (const Diagnostic& reason : decision.reasons)
    out += "    " + diagnostics::label(reason.code) + " " + reason.message + "\n";
  return out;
}

}  // namespace braid::plan
