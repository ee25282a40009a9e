// dependence: finds sites, and builds the dependence graph of one site.
//
// In: a Program and its Effects. Out: Sites in order of the text; for a site, nodes (operations of
// one iteration) and edges (flow, anti, output, control), each within an iteration or carried into
// a later one, with the spans that show it and the assumption that would remove it. Conservative:
// an edge that may exist is there.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.h"
#include "effects/effects.h"

namespace braid::dependence {

using effects::ModuleId;
using scope::BindingId;
using syntax::NodeId;

enum class SiteKind : std::uint8_t {
  For,
  Comprehension,
  Generator,
  While,
  AwaitLoop,
  Statements,
  ArrayLoops,
  Dataframe
};

struct Site {
  ModuleId module;
  NodeId node;  // For, AsyncFor, While, ListComp, SetComp, DictComp, GeneratorExp
  SiteKind kind{};
  NodeId definition;  // the innermost FunctionDef, Lambda, ClassDef or Module around it
};

// Sites of the module: every loop and comprehension that costs something or could.
std::vector<Site> find_sites(const effects::Program& program, const effects::Effects& effects,
                             ModuleId module);

struct GraphNodeTag;
using GraphNodeId = Id<GraphNodeTag>;

enum class GraphNodeKind : std::uint8_t {
  Header,     // next(it) and binding the targets
  Test,       // the condition of an if, a match subject, a handler's choice, a comprehension's `if`
  Statement,  // a simple statement, without the costly expressions in it
  Expression,  // a costly expression, without the costly ones inside it
  Block,       // a whole compound statement that stays in one piece (an inner loop)
  Scope,       // entering and leaving a with
  Exit,        // break, return, raise, continue
};

// What calls of `print` add to, as if it were a container with a name.
inline constexpr BindingId kOutput{0xfffffffeU};

struct GraphNode {
  GraphNodeKind kind{};
  NodeId node{};         // statement or expression in the tree
  NodeId helper_call{};  // the node stands in a helper that the loop calls here
  GraphNodeId
      parent{};        // Expression: the node it stands in; else the Test or Scope it stands under
  double seconds = 0;  // typical cost of one execution, waits and computing
  double burn_seconds = 0;  // the computing that holds the interpreter lock
  bool costly = false;
  bool guessed = false;  // all that makes it costly is a loop of unknown length
  bool may_raise = false;
  bool visible = false;            // does something that can be seen from outside
  bool visible_otherwise = false;  // beside what it prints and a worker could gather
  bool movable = false;            // only computes: may be evaluated twice, ahead of its turn
  // It leaves something changed, beside the variables that its own statement sets and those of the
  // functions that it calls.
  bool changes = false;
  bool draws = false;  // movable but for random numbers that may be drawn in any order: once
  // It would be movable, if it worked on copies of what these names mean: containers, generators of
  // random numbers.
  std::vector<BindingId> copies{};
  // Containers, by name, that it adds to, and `kOutput`; and whether that alone keeps it from being
  // movable: without printing, or with it.
  std::vector<BindingId> gathers{};
  bool gatherable = false;
  bool gatherable_with_output = false;
  std::vector<std::uint32_t> events;  // into the trace
};

enum class EdgeKind : std::uint8_t { Flow, Anti, Output, Control };

struct Edge {
  EdgeKind kind{};
  GraphNodeId from{};
  GraphNodeId to{};
  bool carried = false;
  // A path of control that leaves the loop: dropped when what runs ahead is unseen and surely ends.
  bool exit = false;
  // Both touch an object that this iteration made, outside the text of either node; who changes it.
  bool private_object = false;
  std::vector<GraphNodeId> makers{};  // of the private object; empty: not seen
  bool from_writes = false;
  bool to_writes = false;
  // A scalar that a later read takes from this write through a plain name: a private copy carries
  // it as well.
  BindingId variable{};
  // Anti: what `to` changes, after `from` has looked at it, is a container that this name means, of
  // which it may change a copy. `only_looks`: and `from` reaches it only by that name, and does
  // nothing else to it: a shallow copy, made before the change, does as well.
  BindingId container{};
  bool only_looks = false;
  // What `from`, or `to`, does here is to add to the container that this name means (gathering.cc).
  BindingId from_gathers{};
  BindingId to_gathers{};
  // The write is to a variable that another frame reads, or the read is another frame's: a function
  // that is called, a closure. It sees the variable itself, no copy of it.
  bool shared_variable = false;
  bool is_variable = false;  // about a variable; else about an object or the world
  Span from_span;            // evidence
  Span to_span;
  diagnostics::Code code{};  // how it is explained when it blocks
  std::string subject;       // the name or thing it is about, as the user wrote it
  // What would remove it; none: nothing does.
  struct Remedy {
    diagnostics::Code code{};
    std::string id;
    std::string text;
    std::string seen;
    std::string touches{};  // whose paths it is about, if it is about those of other iterations
  };
  using SharedRemedy = std::shared_ptr<const Remedy>;  // by all edges that it would remove
  SharedRemedy remedy{};
  // Two calls that nobody knows: `remedy` says that `from` has to do with nothing else, this that
  // `to` has; either removes the edge.
  SharedRemedy alternative{};
};

// A function of the file that prints, itself or through others of these, and can be told where to:
// whoever reaches it calls it by its name.
struct Printer {
  NodeId definition{};
  std::vector<NodeId> prints{};  // calls of `print` in its own text
  std::vector<NodeId> calls{};   // of printers, in its own text
  bool operator==(const Printer&) const = default;
};

struct DependenceGraph {
  Site site;
  std::vector<GraphNode> nodes;  // in order of evaluation
  std::vector<Edge> edges;
  effects::LoopTrace trace;
  // For each event of the trace: the plain name through which it reaches its object, if it does.
  std::vector<BindingId> reached_by;
  // For each event: the name of the container that it adds to, and does nothing else to.
  std::vector<BindingId> gathered_by;
  std::set<NodeId> gathers_at;  // where those names stand
  std::set<NodeId> prints_at;   // calls of `print` whose text a worker could gather
  // Functions that the loop calls and whose text a worker could gather as well; and where the loop
  // and they themselves call them.
  std::vector<Printer> printers;
  std::map<NodeId, NodeId> printers_at;
  std::string cannot_tell;  // which function cannot be told where to print, and why
  // How long the input is and what may be asked of it.
  std::optional<std::int64_t> iterations;
  bool restartable = false;  // iterating twice gives the same and changes nothing
  bool listable = false;     // restartable, or counting or pairing what is (`enumerate`, `zip`)
  bool source_may_raise = false;
  bool source_may_block = false;
  bool expression_repeatable = false;
  std::string rest_is_seen;  // the input that may be looked at after the loop ended early
  std::vector<Edge::SharedRemedy>
      rest_unless;            // what would have to be assumed for that not to be so
  std::string scope;          // "main.export": where assumption ids say it stands
  std::string unusual_entry;  // why a pool must not be started here; empty: it may
  [[nodiscard]] const GraphNode& operator[](GraphNodeId id) const { return nodes[id.value]; }
};

class Entries;

// For several sites of one program; it keeps references to what it is made from.
class Dependences {
 public:
  Dependences(const effects::Program& program, const effects::Effects& effects);
  ~Dependences();
  Dependences(const Dependences&) = delete;
  Dependences& operator=(const Dependences&) = delete;

  // A function that the loop calls, with both a costly call and something visible in it, is looked
  // into.
  DependenceGraph find(const Site& site);
  // The same site, with each such call as one node.
  DependenceGraph find_closed(const DependenceGraph& opened);

 private:
  const effects::Program& program_;
  const effects::Effects& effects_;
  std::unique_ptr<Entries> entries_;
};

DependenceGraph find_dependences(const Site& site, const effects::Program& program,
                                 const effects::Effects& effects);

std::string dump(const DependenceGraph& graph, const effects::Program& program);

// The block of a Try or With in which an exception may end; none: of another statement, or it goes
// through.
NodeId guarded_block(const effects::Effects& effects, const syntax::SyntaxTree& tree,
                     ModuleId module, NodeId statement);
// Whether all handlers of a Try end by leaving the iteration, or the block that it stands in.
bool handlers_leave(const syntax::SyntaxTree& tree, NodeId attempt, bool loop = false);

}  // namespace braid::dependence
