// Builds one site's graph: nodes from the text, then edges from what the trace saw.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "dependence/dependence.h"
#include "dependence/distinct.h"
#include "dependence/entry.h"
#include "effects/values.h"

namespace braid::dependence {

inline bool writes(const effects::Effect& effect) {
  return effect.kind == effects::EffectKind::Write || effect.kind == effects::EffectKind::Append;
}
inline bool accesses(const effects::Effect& effect) {
  return writes(effect) || effect.kind == effects::EffectKind::Read;
}

inline EdgeKind kind_of(const effects::Effect& from, const effects::Effect& to) {
  if (writes(from)) return writes(to) ? EdgeKind::Output : EdgeKind::Flow;
  return EdgeKind::Anti;
}
inline bool is_generator(effects::WorldPlace place) {
  return place == effects::WorldPlace::Random || place == effects::WorldPlace::NumpyRandom;
}
std::string_view world_name(effects::WorldPlace place);  // for messages

class GraphBuilder {
 public:
  GraphBuilder(const Site& site, const effects::Program& program, const effects::Effects& effects,
               Entries& entries, bool open_helpers, const effects::LoopTrace* known);
  DependenceGraph build();

 private:
  // -- nodes (nodes.cc)
  void forget_closed_input();
  void make_nodes();
  void statements(NodeId list, GraphNodeId parent, NodeId helper_call);
  void statement(NodeId node, GraphNodeId parent, NodeId helper_call);
  GraphNodeId add(GraphNodeKind kind, NodeId node, GraphNodeId parent, NodeId helper_call);
  // Costly calls below `node`, each a node of its own.
  void expressions(NodeId node, GraphNodeId owner, NodeId helper_call);
  void own(NodeId subtree, GraphNodeId owner, NodeId helper_call);
  void place_events();
  [[nodiscard]] bool stays_inside(NodeId block) const;
  [[nodiscard]] bool holds_costly_call(NodeId statement, NodeId helper_call) const;
  [[nodiscard]] bool is_one_piece(NodeId statement) const;
  void classify(GraphNode& node);
  [[nodiscard]] bool leaves_changed(const GraphNode& node, const effects::Effect& effect) const;
  bool keeps_in_place(const effects::Event& event) const;
  BindingId copy_for(std::uint32_t event) const;
  BindingId reached_by(const effects::Event& event) const;
  [[nodiscard]] BindingId gathered_by(std::uint32_t event) const;  // gathering.cc
  [[nodiscard]] NodeId added_to(NodeId at) const;
  [[nodiscard]] bool is_gathered(const effects::Event& event) const;
  [[nodiscard]] bool is_print(const effects::Event& event) const;
  [[nodiscard]] bool is_told(const effects::Event& event) const;
  void find_gathered();
  bool costs(NodeId node, NodeId helper_call) const;
  // The loop's call of a helper that holds both a costly call and something visible: looked into.
  NodeId helper_to_open(NodeId call) const;
  void describe_input();  // source.cc
  [[nodiscard]] bool stays_put(effects::ValueId value) const;
  [[nodiscard]] bool is_listable(NodeId node) const;
  std::string rest_is_seen(NodeId iter, bool unknown) const;
  bool advances_by(NodeId name, bool unknown) const;
  bool is_file(effects::ValueId value) const;
  [[nodiscard]] bool only_makes(NodeId name) const;
  [[nodiscard]] bool steers_commands() const;
  std::string scope_name(NodeId definition) const;

  // -- edges (edges.cc)
  void make_edges();
  void variable_edges();
  void control_edges();
  void add_control(GraphNodeId from, GraphNodeId to, bool carried = false, bool exit = false);
  void failing_edges();
  [[nodiscard]] std::vector<GraphNodeId> failing_before(GraphNodeId done, GraphNodeId told) const;
  void argument_edges();
  void conflict_edges();  // conflicts.cc
  [[nodiscard]] bool is_filled_here(const effects::Event& request,
                                    const std::vector<std::size_t>& writing) const;
  void changed_where_not_made(std::size_t event);
  [[nodiscard]] bool keeps_containers() const;
  void unknown_edges();
  void conflict(const effects::Event& a, const effects::Event& b, std::size_t ia, std::size_t ib);
  bool made_elsewhere(const effects::Event& a, const effects::Event& b,
                      std::vector<GraphNodeId>& makers) const;
  struct Overlap {
    bool same = false;      // within one iteration
    bool within = false;    // what the user rules out, is ruled out there, too
    bool forward = false;   // a earlier, b in a later iteration
    bool backward = false;  // b earlier, a in a later one
    bool private_object = false;
    bool shared_variable = false;
    BindingId container{};
    bool only_looks = false;
    BindingId from_gathers{};
    BindingId to_gathers{};
    std::vector<GraphNodeId> makers;
    Edge::SharedRemedy remedy;
    Edge::SharedRemedy alternative;
    diagnostics::Code code{};
    std::string subject;
  };
  void find_container(Overlap& between, std::size_t looks, std::size_t changes) const;
  [[nodiscard]] bool only_looks(const GraphNode& node, BindingId name,
                                const effects::Atom& object) const;
  Overlap overlap(const effects::Event& a, const effects::Event& b) const;
  std::string matter_of(const std::string& subject) const;  // matters.cc
  void join_matters_of_calls();
  [[nodiscard]] std::string own_function(const GraphNode& node) const;
  [[nodiscard]] bool gives_the_same(const effects::Event& call) const;
  [[nodiscard]] Edge::SharedRemedy of_paths(const std::string& who, std::string text = {}) const;
  [[nodiscard]] std::string matter_of_paths(const effects::Event& a, const effects::Event& b) const;
  [[nodiscard]] std::optional<Overlap> folder_overlap(const effects::Event& a,
                                                      const effects::Event& b) const;  // folders.cc
  [[nodiscard]] Overlap in_order(const effects::Event& a, const effects::Event& b) const;
  [[nodiscard]] bool surely_before(const effects::Event& first, const effects::Event& then) const;
  [[nodiscard]] bool is_of_header(const effects::Atom& atom) const;
  [[nodiscard]] bool sets_what_was_taken(const effects::Event& a, const effects::Event& b) const;
  Overlap object_overlap(const effects::Effect& a, const effects::Effect& b) const;
  Overlap world_overlap(const effects::Event& a, const effects::Event& b) const;
  [[nodiscard]] bool is_seeded() const;
  [[nodiscard]] bool is_unseeded_draw(const effects::Effect& effect) const;
  Edge::SharedRemedy remedy(diagnostics::Code code, const std::string& kind,
                            const std::string& subject, std::string text, std::string seen,
                            std::string touches = {}) const;
  Edge::SharedRemedy independent(
      const std::string& subject) const;  // of a callee that nobody knows
  [[nodiscard]] NodeId opened_around(const effects::Event& event) const;
  void connect(EdgeKind kind, GraphNodeId from, GraphNodeId to, bool carried,
               const effects::Event& a, const effects::Event& b, const Overlap& why);

  [[nodiscard]] GraphNodeId owner_of(NodeId node, NodeId helper_call) const;
  [[nodiscard]] const syntax::SyntaxTree& tree() const {
    return program_.modules[site_.module.value].tree;
  }
  [[nodiscard]] std::string subject_of(const effects::Event& event) const;
  [[nodiscard]] Span span_of(const effects::Event& event) const { return tree().span(event.node); }

  Site site_;
  const effects::Program& program_;
  const effects::Effects& effects_;
  DependenceGraph graph_;
  Distinctness distinct_;
  std::unordered_map<std::uint64_t, GraphNodeId> owners_;  // (helper call, tree node)
  std::vector<GraphNodeId> event_owner_;
  mutable std::optional<bool> seeded_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>>
      events_at_;  // tree node of the loop → events
  bool sleep_is_work_ = false;
  Entries& entries_;
  bool open_helpers_ = true;
  const effects::LoopTrace* known_;   // of the site, if it was traced before
  std::vector<NodeId> opened_;        // helper calls that are looked into
  std::vector<GraphNodeId> openers_;  // the nodes whose text holds them, in the same order
  std::unordered_set<std::uint64_t> edge_keys_;
  mutable std::unordered_map<std::string, Edge::SharedRemedy> remedies_;  // by what they say
  NodeId header_;                 // what the loop goes through
  bool counts_elements_ = false;  // `enumerate` of a list, and of nothing else
  bool items_apart_ = false;      // an iteration's own objects are no other one's
};

}  // namespace braid::dependence
