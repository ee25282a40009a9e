// A second pair of eyes: proves a plan against the graph again, from the plan's text spans alone.
#include <algorithm>

#include "plan/plan.h"

namespace braid::plan {
namespace {

enum Stage : unsigned { kSplit = 1, kRun = 2, kMerge = 4 };

class Checker {
 public:
  Checker(const Plan& plan, const dependence::DependenceGraph& graph)
      : plan_(plan), graph_(graph) {}

  std::optional<std::string> check() {
    for (const dependence::GraphNode& node : graph_.nodes) stages_.push_back(stages_of(node));
    if (plan_.units.empty()) return "nothing runs";
    const bool any =
        std::any_of(stages_.begin(), stages_.end(), [](unsigned s) { return (s & kRun) != 0; });
    if (!any) return "no node of the graph runs";
    for (const Recorded& each : plan_.recorded) {
      if (auto why = record_is_wrong(each)) return why;
    }
    for (const dependence::Edge& edge : graph_.edges) {
      if (auto why = edge_is_wrong(edge)) return why;
    }
    for (const RunUnit& unit : plan_.units) {
      if (auto why = unit_is_wrong(unit)) return why;
    }
    for (const dependence::Edge::SharedRemedy& each : graph_.rest_unless) {
      if (!assumed(each->id)) return "what is left of the input is read ahead";
    }
    for (std::uint32_t event : graph_.nodes[0].events) {
      if (copied(graph_.reached_by[event])) return "the loop goes through what split copies";
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const dependence::GraphNode& node = graph_.nodes[i];
      if (i > 0 && (stages_[i] & kSplit) != 0 && !node.movable && !is_moved(node) &&
          !works_on_copies(node))
        return "split does more than compute";
      if ((stages_[i] & kRun) != 0 && reads_copied(node))
        return "what runs reads what split copies";
      if ((stages_[i] & kRun) != 0 && looks_at_gathered(node))
        return "what runs looks at what it adds to";
      if ((stages_[i] & kRun) != 0 && is_seen(node) && !assumed("runs-ahead:"))
        return "what runs can be seen";
      if ((stages_[i] & kRun) != 0 && node.kind == dependence::GraphNodeKind::Exit)
        return "an exit runs";
    }
    return std::nullopt;
  }

 private:
  bool runs_after(dependence::GraphNodeId node) const {
    return std::any_of(stages_.begin() + node.value, stages_.end(),
                       [](unsigned stage) { return (stage & kRun) != 0; });
  }
  bool is_moved(const dependence::GraphNode& node) const {
    return std::find(plan_.moved.begin(), plan_.moved.end(), node.node) != plan_.moved.end();
  }

  // A value that merge takes from split: split does evaluate it, and all that evaluating it does is
  // to look.
  std::optional<std::string> record_is_wrong(const Recorded& recorded) const {
    bool found = false;
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
      const dependence::GraphNode& node = graph_.nodes[i];
      if (node.node != recorded.statement || node.helper_call) continue;
      found = true;
      if (stages_[i] != (kSplit | kMerge) || !node.movable)
        return "a value travels that split does not have";
      if (node.changes) return "a value travels whose evaluation changes something";
    }
    return found ? std::nullopt : std::optional<std::string>("a value travels from nowhere");
  }
  const Recorded* added_by(const dependence::GraphNode& node) const {
    if (node.helper_call) return nullptr;
    const auto found = std::find_if(
        plan_.recorded.begin(), plan_.recorded.end(),
        [&](const Recorded& each) { return each.is_added && each.statement == node.node; });
    return found == plan_.recorded.end() ? nullptr : &*found;
  }
  // Merge alone adds: neither split nor what runs may look at the sum.
  bool looks_at_sum(const dependence::Edge& edge) const {
    if (edge.kind != dependence::EdgeKind::Flow || added_by(graph_[edge.from]) == nullptr ||
        (stages_[edge.to.value] & (kSplit | kRun)) == 0)
      return false;
    const Recorded* to = added_by(graph_[edge.to]);
    return to == nullptr || to->evaluated.contains(edge.to_span);
  }
  // Merge evaluates it only where split failed before it could make the calls of the iteration.
  bool recorded(const dependence::GraphNode& node) const {
    return !node.helper_call &&
           std::any_of(plan_.recorded.begin(), plan_.recorded.end(),
                       [&](const Recorded& each) { return each.statement == node.node; });
  }

  bool copied(BindingId name) const {
    return name && std::find(plan_.copied.begin(), plan_.copied.end(), name) != plan_.copied.end();
  }
  bool works_on_copies(const dependence::GraphNode& node) const {
    return !node.copies.empty() && std::all_of(node.copies.begin(), node.copies.end(),
                                               [&](BindingId name) { return copied(name); });
  }
  bool snapshot(BindingId name) const {
    return copied(name) &&
           std::find(plan_.snapshots.begin(), plan_.snapshots.end(), name) != plan_.snapshots.end();
  }
  bool reads_copied(const dependence::GraphNode& node) const {
    return std::any_of(node.events.begin(), node.events.end(), [&](std::uint32_t i) {
      const BindingId name = graph_.reached_by[i];
      const auto kind = graph_.trace.events[i].effect.kind;
      return copied(name) && (!snapshot(name) || kind != effects::EffectKind::Read);
    });
  }

  bool gathered(BindingId name) const {
    return name && std::any_of(plan_.units.begin(), plan_.units.end(), [&](const RunUnit& unit) {
             return std::any_of(unit.gathers.begin(), unit.gathers.end(),
                                [&](const Gathered& each) { return each.name == name; });
           });
  }
  // Somebody sees it where it is done; what is gathered is seen when merge adds it.
  bool is_seen(const dependence::GraphNode& node) const {
    return gathered(dependence::kOutput) ? node.visible_otherwise : node.visible;
  }
  // What was printed before a failure is there when the program ends of it.
  std::optional<std::string> unit_is_wrong(const RunUnit& unit) const {
    const bool prints =
        std::any_of(unit.gathers.begin(), unit.gathers.end(),
                    [](const Gathered& each) { return each.kind == Gathered::Kind::output; });
    if (prints && !unit.keeps_part) return "what it prints is lost if it fails";
    for (std::uint32_t i = unit.first.value; i < unit.end; ++i) {
      const bool there =
          std::find(unit.prints.begin(), unit.prints.end(), NodeId{i}) != unit.prints.end();
      if (gathered(dependence::kOutput) && graph_.prints_at.contains(NodeId{i}) != there)
        return "what it prints is not all gathered";
      const bool told = std::find(unit.printer_calls.begin(), unit.printer_calls.end(),
                                  NodeId{i}) != unit.printer_calls.end();
      if (gathered(dependence::kOutput) && graph_.printers_at.contains(NodeId{i}) != told)
        return "not all that it calls is told where to print";
    }
    if (!std::all_of(unit.printer_calls.begin(), unit.printer_calls.end(),
                     [&](NodeId call) { return is_told(unit, call); }))
      return "a function that it calls is not told where to print";
    for (const dependence::Printer& printer : unit.printers) {
      if (!std::all_of(printer.calls.begin(), printer.calls.end(),
                       [&](NodeId call) { return is_told(unit, call); }))
        return "a function that it reaches is not told where to print";
    }
    return std::nullopt;
  }
  // Whom it calls, the unit does have print where it says, as the graph knows it.
  bool is_told(const RunUnit& unit, NodeId call) const {
    const auto definition = graph_.printers_at.find(call);
    if (definition == graph_.printers_at.end()) return false;
    return std::any_of(unit.printers.begin(), unit.printers.end(), [&](const auto& each) {
      return each.definition == definition->second &&
             std::find(graph_.printers.begin(), graph_.printers.end(), each) !=
                 graph_.printers.end();
    });
  }
  bool looks_at_gathered(const dependence::GraphNode& node) const {
    return std::any_of(node.events.begin(), node.events.end(), [&](std::uint32_t i) {
      const effects::Event& event = graph_.trace.events[i];
      const effects::Place& place = event.effect.place;
      return place.kind == effects::PlaceKind::Variable && place.module == plan_.module &&
             gathered(place.variable) && !graph_.gathers_at.contains(event.node);
    });
  }

  unsigned stages_of(const dependence::GraphNode& node) const {
    if (node.kind == dependence::GraphNodeKind::Header) return kSplit;
    for (const RunUnit& unit : plan_.units) {
      if (runs(unit, node)) return kRun;
    }
    if (is_moved(node)) return kSplit;
    const auto kept = [&](const std::vector<NodeId>& slice) {
      for (const dependence::GraphNode* at = &node;; at = &graph_[at->parent]) {
        if (std::find(slice.begin(), slice.end(), at->node) != slice.end()) return true;
        const bool expression = at->kind == dependence::GraphNodeKind::Expression;
        if (!expression || !at->parent) return false;
      }
    };
    if (!node.helper_call && kept(plan_.slice)) return kSplit | kMerge;
    for (const RunUnit& unit : plan_.units) {
      if (unit.helper_call == node.helper_call && node.helper_call && kept(unit.helper_slice))
        return kSplit | kMerge;
    }
    // A comprehension's condition is evaluated where the items are.
    if (node.kind == dependence::GraphNodeKind::Test &&
        graph_.site.kind != dependence::SiteKind::For)
      return kSplit | kMerge;
    return kMerge;
  }

  bool runs(const RunUnit& unit, const dependence::GraphNode& node) const {
    if (node.helper_call != unit.helper_call) {
      // An opened helper's nodes run with the statement that calls it.
      return node.helper_call && !unit.helper_call && within(unit, node.helper_call);
    }
    return within(unit, node.node);
  }
  bool within(const RunUnit& unit, NodeId node) const {
    return node.value >= unit.first.value && node.value < unit.end;  // nodes are in pre-order
  }

  bool assumed(std::string_view prefix) const {
    return std::any_of(plan_.assumptions.begin(), plan_.assumptions.end(),
                       [&](const Assumption& each) { return each.id.starts_with(prefix); });
  }
  bool dropped(const dependence::Edge& edge) const {
    if (edge.exit) return true;  // what runs ahead is unseen, or accepted: judged by node
    return std::any_of(plan_.assumptions.begin(), plan_.assumptions.end(),
                       [&](const Assumption& each) {
                         return (edge.remedy && each.says(edge.remedy->id)) ||
                                (edge.alternative && each.says(edge.alternative->id));
                       });
  }

  std::optional<std::string> edge_is_wrong(const dependence::Edge& edge) const {
    if (dropped(edge)) return std::nullopt;
    if (looks_at_sum(edge)) return "what merge alone adds is needed ahead: " + edge.subject;
    unsigned from = stages_[edge.from.value];
    unsigned to = stages_[edge.to.value];
    // What runs adds to containers of its own, merge to the loop's.
    const bool gives = from == kRun && gathered(edge.from_gathers);
    const bool takes = to == kRun && gathered(edge.to_gathers);
    if (from == kRun && to == kRun) {
      if (gives && takes && edge.from_gathers == edge.to_gathers) return std::nullopt;
    } else {
      from = gives ? static_cast<unsigned>(kMerge) : from;
      to = takes ? static_cast<unsigned>(kMerge) : to;
    }
    // A pause that the original would have skipped is taken: calls come no closer than before.
    const bool only_pauses =
        edge.kind == dependence::EdgeKind::Control && is_moved(graph_[edge.to]);
    const bool looks_at_snapshot = from == kRun && edge.only_looks && snapshot(edge.container);
    const bool changes_copy =
        from == kMerge && edge.kind == dependence::EdgeKind::Anti && copied(edge.container);
    if ((to & kSplit) != 0 && (from & kSplit) == 0 && !only_pauses && !looks_at_snapshot &&
        !changes_copy)
      return "split depends on what comes later: " + edge.subject;
    if (edge.shared_variable && edge.kind == dependence::EdgeKind::Flow &&
        (to & (kSplit | kRun)) != 0 && (from & kRun) == 0)
      return "what is evaluated ahead reads a variable of the loop itself: " + edge.subject;
    const bool overwrites =
        edge.kind == dependence::EdgeKind::Anti || edge.kind == dependence::EdgeKind::Output;
    const bool meanwhile =
        edge.carried ||
        (graph_[edge.to].kind == dependence::GraphNodeKind::Scope && runs_after(edge.to));
    if (overwrites && !edge.is_variable && edge.from.value != 0 && (from & kSplit) != 0 &&
        to == kMerge && meanwhile && !plan_.slice_in_order)
      return "a worker looks at what merge changes meanwhile: " + edge.subject;
    const bool known_ahead =
        edge.kind == dependence::EdgeKind::Anti && !edge.carried && recorded(graph_[edge.from]);
    if (overwrites && !edge.is_variable && (to & kRun) != 0 && (from & kMerge) != 0 && !known_ahead)
      return "merge looks at what the costly part has changed: " + edge.subject;
    const bool made_there =
        !edge.makers.empty() &&
        std::all_of(edge.makers.begin(), edge.makers.end(),
                    [&](dependence::GraphNodeId each) { return stages_[each.value] == kRun; });
    if (edge.private_object && !made_there &&
        (((from & kRun) != 0 && (to & kRun) == 0 && edge.from_writes) ||
         ((to & kRun) != 0 && (from & kRun) == 0 && edge.to_writes))) {
      return "what runs changes an object that merge has its own copy of: " + edge.subject;
    }
    if ((to & kRun) != 0 && from == kMerge) return "what runs depends on merge: " + edge.subject;
    if ((to & kRun) != 0 && (from & kRun) != 0 && edge.carried)
      return "what runs depends on another iteration: " + edge.subject;
    return std::nullopt;
  }

  const Plan& plan_;
  const dependence::DependenceGraph& graph_;
  std::vector<unsigned> stages_;
};

}  // namespace

std::optional<std::string> check(const Plan& plan, const dependence::DependenceGraph& graph) {
  return Checker(plan, graph).check();
}

}  // namespace braid::plan
