#include "dependence/dependence.h"

namespace braid::dependence {

std::string dump(const DependenceGraph& graph, const effects::Program& program) {
  const Source& source = program.modules[graph.site.module.value].tree.source();
  const auto& tree = program.modules[graph.site.module.value].tree;
  constexpr std::string_view kKinds[] = {"header", "test",  "statement", "expression",
                                         "block",  "scope", "exit"};
  constexpr std::string_view kEdges[] = {"flow", "anti", "output", "control"};
  std::string out;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const Position at = source.position(tree.span(node.node).begin);
    out += "  n" + std::to_string(i) + " " +
           std::string(kKinds[static_cast<std::size_t>(node.kind)]) + " " +
           std::to_string(at.line) + ":" + std::to_string(at.column);
    if (node.helper_call) out += " in-helper";
    if (node.costly) out += " costly";
    if (node.visible) out += " visible";
    if (node.movable) out += " movable";
    if (node.may_raise) out += " may-raise";
    std::string text(tree.text(node.node));
    if (const std::size_t line = text.find('\n'); line != std::string::npos) text.resize(line);
    out += "  " + text.substr(0, 70) + "\n";
  }
  for (const Edge& edge : graph.edges) {
    out += "  n" + std::to_string(edge.from.value) + " -> n" + std::to_string(edge.to.value) + " " +
           std::string(kEdges[static_cast<std::size_t>(edge.kind)]) +
           (edge.carried ? " carried" : "") + (edge.exit ? " exit" : "") + " " +
           edge.subject.substr(0, edge.subject.find('\n')) +
           (edge.remedy ? " unless " + edge.remedy->id : "") +
           (edge.alternative ? " or " + edge.alternative->id : "") + "\n";
  }
  return out;
}

}  // namespace braid::dependence
