// dependence: finds sites, and builds the dependence graph of one site.
//
// In: a Program and its Effects. Out: Sites in order of the text; for a site, nodes (operations of one iteration)
// and edges (flow, anti, output, control), each within an iteration or carried into a later one, with the spans that
// show it and the assumption that would remove it. Conservative: an edge that may exist is there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.h"
#include "effects/effects.h"

namespace braid::dependence {

using effects::ModuleId;
using scope::BindingId;
using syntax::NodeId;

enum class SiteKind : std::uint8_t { For, Comprehension, Generator, While, AwaitLoop, Statements, ArrayLoops, Dataframe };

struct Site {
  ModuleId module;
  NodeId node;         // For, AsyncFor, While, ListComp, SetComp, DictComp, GeneratorExp
  SiteKind kind{};
  NodeId definition;   // the innermost FunctionDef, Lambda, ClassDef or Module around it
};

// Sites of the module: every loop and comprehension that costs something or could.
std::vector<Site> find_sites(const effects::Program& program, const effects::Effects& effects, ModuleId module);

struct GraphNodeTag;
using GraphNodeId = Id<GraphNodeTag>;

enum class GraphNodeKind : std::uint8_t {
  Header,      // next(it) and binding the targets
  Test,        // the condition of an if or inner while, a match subject, an inner for's header
  Statement,   // a simple statement, without the costly expressions in it
  Expression,  // a costly expression
  Block,       // a whole compound statement that stays in one piece
  Scope,       // entering or leaving a with; a try's frame
  Exit,        // break, return, raise, continue
};

struct GraphNode {
  GraphNodeKind kind{};
  NodeId node;                       // statement or expression in the tree
  NodeId helper_call;                // the node stands in a helper that the loop calls here
  GraphNodeId parent;                // the Test, Scope or Block it stands under
  double seconds = 0;                // estimated cost of one execution
  bool costly = false;
  bool may_raise = false;
  bool visible = false;              // does something the outside can see
  bool movable = false;              // pure or on private state: may be evaluated twice
  std::vector<effects::Effect> effects;
};

enum class EdgeKind : std::uint8_t { Flow, Anti, Output, Control };

struct Edge {
  EdgeKind kind{};
  GraphNodeId from;
  GraphNodeId to;
  bool carried = false;
  bool must = false;                 // proven, not only possible
  effects::Place place;              // what both touch
  Span from_span;                    // evidence
  Span to_span;
  diagnostics::Code code{};          // how it is explained when it blocks
  std::string subject;               // the name or thing it is about, as the user wrote it
  std::optional<std::string> assumption;  // id that would remove it; none: not removable
};

struct DependenceGraph {
  Site site;
  std::vector<GraphNode> nodes;
  std::vector<Edge> edges;
};

DependenceGraph find_dependences(const Site& site, const effects::Program& program, const effects::Effects& effects);

std::string dump(const DependenceGraph& graph, const effects::Program& program);

}  // namespace braid::dependence
