// Reasons in the user's words.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;

Verdict verdict_of(Code code) {
  switch (diagnostics::info(code).severity) {
    case diagnostics::Severity::reason:
      return Verdict::sequential;
    case diagnostics::Severity::cheap:
      return Verdict::cheap;
    default:
      return Verdict::unknown;
  }
}

// Which function keeps what is printed in order, to be added to a reason.
std::string Planner::why_untold() const {
  if (graph_.cannot_tell.empty()) return {};
  return "; " + graph_.cannot_tell + ", and cannot be told where to print";
}

Diagnostic Planner::explain(const Edge& edge) const {
  const Span at = edge.to_span;
  Diagnostic out;
  switch (edge.code) {
    case Code::carried_object:
      out = emit<Code::carried_object>(at, edge.subject);
      break;
    case Code::carried_world:
      out = emit<Code::carried_world>(at, edge.subject);
      if (edge.subject == "standard output") out.message += why_untold();
      break;
    case Code::ambient_state:
      out = emit<Code::ambient_state>(at, edge.subject);
      break;
    case Code::polling:
      out = emit<Code::polling>(at);
      break;
    case Code::unresolved_call:
      out = emit<Code::unresolved_call>(at, edge.subject);
      break;
    case Code::dynamic_code:
      out = emit<Code::dynamic_code>(at, edge.subject);
      break;
    case Code::broken_code:
      out = emit<Code::broken_code>(at);
      break;
    case Code::unknown_callee:
      out = emit<Code::unknown_callee>(at, edge.subject);
      break;
    default:
      out = emit<Code::carried_value>(at, edge.subject);
  }
  if (edge.from_span != edge.to_span)
    out.because(edge.from_span, edge.kind == EdgeKind::Anti ? "used here" : "changed here");
  return out;
}

Diagnostic Planner::cannot_write(NodeId at, const std::string& why) const {
  return emit<Code::not_expressible>(tree_.span(at), why);
}

}  // namespace braid::plan
