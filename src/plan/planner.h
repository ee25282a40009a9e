// Finds the deal of one graph's nodes to split, run and merge.
#pragma once

#include <map>
#include <set>

#include "plan/plan.h"

namespace braid::plan {

using dependence::DependenceGraph;
using dependence::Edge;
using dependence::EdgeKind;
using dependence::GraphNode;
using dependence::GraphNodeId;
using dependence::GraphNodeKind;

// One attempt: which nodes run, which split evaluates ahead.
struct Deal {
  std::set<std::uint32_t> run;
  std::set<std::uint32_t> split;     // besides merge: evaluated in both
  std::set<std::uint32_t> recorded;  // of those: whose value split alone evaluates
  std::set<BindingId> copied;        // what split has its own copies of
  std::set<BindingId> snapshots;     // of those: what each call gets a copy of
  std::set<BindingId> gathers;       // what each call adds to a container of its own
  std::vector<RunUnit> units;
  std::vector<Assumption> assumptions;
  std::vector<NodeId> sent_by_name;
  bool absorbs = false;  // it runs more than it has to, for the sake of the text
};

// A deal that holds, and who does its work.
struct Found {
  std::set<std::uint32_t> seeds;
  Deal deal;
  Strategy strategy = Strategy::thread;
  Workload workload = Workload::io;
};

// Why a node cannot run.
struct Obstacle {
  std::uint32_t seed = 0;
  diagnostics::Diagnostic reason;
  std::uint32_t beside = 0;  // a node that could run as well; then it would not be there
};

// What a reason of this code makes of a site.
Verdict verdict_of(diagnostics::Code code);

class Planner {
 public:
  Planner(const DependenceGraph& graph, const effects::Program& program,
          const effects::Effects& effects, const Costs& costs, Backend backend,
          const Confirm& confirm)
      : graph_(graph),
        program_(program),
        effects_(effects),
        tree_(program.modules[graph.site.module.value].tree),
        scopes_(program.modules[graph.site.module.value].scopes),
        costs_(costs),
        backend_(backend),
        confirm_(confirm),
        after_(graph.nodes.size()),
        before_(graph.nodes.size()) {
    for (const Edge& edge : graph.edges) {
      if (edge.carried || edge.exit || edge.from == edge.to) continue;
      after_[edge.from.value].push_back(edge.to.value);
      before_[edge.to.value].push_back(edge.from.value);
    }
  }
  Decision decide();

 private:
  std::optional<Decision> other_kinds() const;
  Decision without_cost() const;
  std::set<std::uint32_t> timed() const;
  static bool names_file(const effects::Effect& effect);
  bool has_own_part(effects::TermId path) const;
  std::optional<diagnostics::Diagnostic> clock_decides() const;
  void keep_names_apart(Deal& deal) const;
  std::optional<diagnostics::Diagnostic> source_shows() const;
  // Fills `deal` or says which seed to give up and why.
  std::optional<Obstacle> attempt(const std::set<std::uint32_t>& seeds, Deal& deal,
                                  bool may_absorb) const;
  std::optional<Obstacle> close_between(Deal& deal, const std::set<std::uint32_t>& seeds) const;
  bool needs_one_copy(const Deal& deal, const Edge& edge) const;
  void close_private(Deal& deal) const;
  void close_stopwatch(Deal& deal) const;
  void close_made_ready(Deal& deal) const;
  [[nodiscard]] bool lives_on(BindingId variable) const;
  [[nodiscard]] NodeId whole_statement(const RunUnit& unit) const;
  bool only_prepares(NodeId statement, std::uint32_t end, const Deal& deal,
                     std::set<std::uint32_t>& inside) const;
  void absorb_before(const RunUnit& unit, Deal& deal) const;
  bool stands_under(std::uint32_t id, std::uint32_t owner) const;
  bool joinable(const Deal& deal, std::uint32_t id) const;
  // What of a `with` has to run with it (heads.cc).
  NodeId last_in_head(const Deal& deal, std::uint32_t scope) const;
  bool is_closed_behind(NodeId with, Span head) const;
  bool runs_with(std::uint32_t id, std::uint32_t scope, NodeId last) const;
  void join(Deal& deal, std::uint32_t id) const;
  std::optional<Obstacle> close_split(Deal& deal) const;
  std::optional<Obstacle> judge_copies(const Deal& deal) const;  // copies.cc
  // Containers that what runs only adds to (gathering.cc).
  void find_gathers(Deal& deal) const;
  static bool adds_in_turn(const Deal& deal, const Edge& edge);
  std::optional<Obstacle> judge_gathers(const Deal& deal) const;
  [[nodiscard]] std::optional<Obstacle> judge_gathered(const Deal& deal) const;
  [[nodiscard]] bool is_bound_in_split(const Deal& deal, BindingId variable) const;
  [[nodiscard]] bool is_given_as_itself(const Deal& deal, NodeId name, BindingId variable) const;
  [[nodiscard]] std::string cannot_gather(const RunUnit& unit, BindingId name) const;
  [[nodiscard]] bool is_made_here(NodeId binding) const;
  [[nodiscard]] bool is_builtin(NodeId name, std::initializer_list<std::string_view> names) const;
  [[nodiscard]] bool hands_on(NodeId name) const;
  [[nodiscard]] Gathered::Kind kind_of(BindingId gathered) const;
  [[nodiscard]] std::string cannot_print(const RunUnit& unit) const;
  [[nodiscard]] bool goes_on_for_ever(NodeId first, std::uint32_t end) const;
  void find_prints(RunUnit& unit) const;
  [[nodiscard]] std::string why_untold() const;
  [[nodiscard]] bool replaces_output(const effects::Module& module) const;
  [[nodiscard]] bool input_may_change(BindingId variable) const;
  [[nodiscard]] bool defines_method(std::string_view name) const;
  std::string gather(RunUnit& unit, const Deal& deal) const;
  [[nodiscard]] bool may_gather(const GraphNode& node) const {
    return node.gatherable || (keeps_parts_ && node.gatherable_with_output);
  }
  // Somebody sees what it does, where it is done.
  [[nodiscard]] bool is_seen(const GraphNode& node) const {
    return keeps_parts_ ? node.visible_otherwise : node.visible;
  }
  [[nodiscard]] bool is_bound_in_class(BindingId variable) const;
  [[nodiscard]] bool is_bound_anew(NodeId use, BindingId variable, const RunUnit& unit) const;
  void leave_unread(RunUnit& unit) const;
  [[nodiscard]] std::vector<std::pair<NodeId, bool>> added_by(const Deal& deal) const;
  std::optional<Obstacle> dealt(const std::set<std::uint32_t>& seeds, Found& found, bool may_absorb,
                                Strategy wish = Strategy::none) const;
  [[nodiscard]] std::set<std::uint32_t> with_users(const Deal& deal, bool gathering) const;
  std::optional<Obstacle> deal_out(const std::set<std::uint32_t>& seeds, Found& found) const;
  std::optional<Obstacle> choose_workers(Found& found, Strategy wish) const;
  [[nodiscard]] bool only_reads(const Deal& deal) const;
  std::uint32_t cheapest_of(const Found& found) const;
  void with_fewer_assumptions(Found& found) const;
  std::optional<Found> from_all(std::set<std::uint32_t> seeds,
                                std::vector<diagnostics::Diagnostic>& obstacles) const;
  std::optional<Found> from_one(const std::set<std::uint32_t>& seeds) const;
  std::optional<Found> search(const std::set<std::uint32_t>& seeds,
                              std::vector<diagnostics::Diagnostic>& obstacles) const;
  double seconds_of(const Deal& deal) const;
  [[nodiscard]] bool only_starts(const GraphNode& here) const;
  std::optional<Obstacle> judge_run(Deal& deal) const;
  std::optional<Obstacle> form_units(Deal& deal) const;
  std::optional<RunUnit> unit_of(const Deal& deal, const std::set<std::uint32_t>& nodes,
                                 std::string& problem) const;
  void describe_unit(RunUnit& unit, const std::set<BindingId>& gathers) const;
  bool may_run_ahead(const Edge& edge) const;
  bool merge_comes_late(const Deal& deal, const Edge& edge) const;
  diagnostics::Diagnostic comes_late(const Edge& edge) const;
  bool may_be_recorded(const Edge& edge) const;
  [[nodiscard]] NodeId recorded_expression(const GraphNode& node) const;
  [[nodiscard]] bool is_added(const GraphNode& node) const;
  std::optional<Obstacle> needs_what_merge_adds(const Deal& deal) const;
  bool is_plain(NodeId expression, bool may_be_none) const;
  bool is_truth(NodeId expression) const;
  bool is_text(NodeId expression) const;
  bool is_scalar(effects::ValueId value) const;
  Recorded describe_recorded(const GraphNode& node) const;
  bool must_precede(const Deal& deal, const Edge& edge) const;
  bool may_fail(const GraphNode& here) const;
  bool goes_on_after_failing(const Deal& deal, const GraphNode& here) const;
  std::optional<Obstacle> judge_ahead(const Deal& deal) const;
  void keep_rate(Deal& deal) const;
  void accept(Deal& deal, const Edge& edge) const;
  static bool is_accepted(const Deal& deal, const Edge::SharedRemedy& remedy);
  [[nodiscard]] std::vector<Assumption> joined_paths(std::vector<Assumption> assumptions) const;
  void accept(Deal& deal, Assumption assumption) const;
  diagnostics::Diagnostic explain(const Edge& edge) const;
  diagnostics::Diagnostic cannot_write(NodeId node, const std::string& why) const;
  std::vector<NodeId> pauses(const Deal& deal) const;
  bool pauses_at(const GraphNode& node) const;
  bool is_reached(NodeId statement, NodeId body) const;
  Plan finish(const Deal& deal, Strategy strategy, Workload workload) const;
  Strategy strategy_of(const Deal& deal, Workload& workload) const;
  [[nodiscard]] bool is_as_imported(const effects::Effect& effect) const;
  std::string worker_lacks(const Deal& deal, Strategy strategy) const;
  std::string object_differs(const effects::Event& event, bool process) const;
  std::string written_past_buffer(const Deal& deal) const;
  std::string variable_differs(const effects::Event& event) const;
  void leave_there(
      RunUnit& unit,
      const std::map<std::pair<std::uint32_t, std::uint32_t>, effects::ValueId>& values) const;
  std::string does_not_cross(Deal& deal) const;
  std::vector<NodeId> own_names(const effects::Crossing& crossing) const;
  std::vector<ReadGlobal> globals_read(const Deal& deal) const;
  std::optional<Decision> too_cheap(const Plan& plan) const;
  Estimate estimate(double seconds, Strategy strategy, double in_order) const;
  [[nodiscard]] double pause_of(const GraphNode& node) const;
  [[nodiscard]] double seconds_in_order(const Deal& deal) const;
  bool movable(const GraphNode& node) const { return node.movable; }
  [[nodiscard]] const GraphNode& node(std::uint32_t id) const { return graph_.nodes[id]; }

  const DependenceGraph& graph_;
  const effects::Program& program_;
  const effects::Effects& effects_;
  const syntax::SyntaxTree& tree_;
  const scope::Scopes& scopes_;
  const Costs& costs_;
  Backend backend_;
  const Confirm& confirm_;
  // Of each node, those that an edge of the same iteration leads to, and comes from.
  std::vector<std::vector<std::uint32_t>> after_;
  std::vector<std::vector<std::uint32_t>> before_;
  // Workers may gather what they print, and keep what they had gathered before they failed: asked
  // for where nothing else will do.
  bool keeps_parts_ = false;
};

}  // namespace braid::plan
