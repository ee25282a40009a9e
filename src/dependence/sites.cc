// Which loops and comprehensions are sites.
#include "dependence/dependence.h"

namespace braid::dependence {

using syntax::NodeKind;

std::vector<Site> find_sites(const effects::Program& program, const effects::Effects&,
                             ModuleId module) {
  const syntax::SyntaxTree& t = program.modules[module.value].tree;
  std::vector<Site> sites;
  for (std::uint32_t i = 0; i < t.size(); ++i) {
    const NodeId node{i};
    Site site{module, node, SiteKind::For, t.enclosing_definition(node)};
    switch (t.kind(node)) {
      case NodeKind::For:
        if (t.flag(node, syntax::kAsync)) site.kind = SiteKind::AwaitLoop;
        break;
      case NodeKind::While:
        site.kind = SiteKind::While;
        break;
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::DictComp:
        site.kind = SiteKind::Comprehension;
        break;
      case NodeKind::GeneratorExp:
        site.kind = SiteKind::Generator;
        break;
      default:
        continue;
    }
    if (site.kind == SiteKind::For) {
      // A loop that awaits belongs to another kind.
      for (std::uint32_t k = i + 1; k < t[node].subtree_end; ++k) {
        if (t.is(NodeId{k}, NodeKind::FunctionDef) || t.is(NodeId{k}, NodeKind::Lambda)) {
          k = t[NodeId{k}].subtree_end - 1;
          continue;
        }
        if (t.is(NodeId{k}, NodeKind::Await)) site.kind = SiteKind::AwaitLoop;
      }
    }
    sites.push_back(site);
  }
  return sites;
}

}  // namespace braid::dependence
