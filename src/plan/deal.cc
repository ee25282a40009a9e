// Deals the nodes of one graph to run, split and merge: the rule itself.
#include <algorithm>
#include <map>

#include "dependence/cost.h"
#include "effects/values.h"
#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::emit;
using effects::EffectKind;
using effects::PlaceKind;
using effects::Waits;
using syntax::NodeKind;
namespace slot = syntax::slot;

// -- the deal

// An exit decides about what comes later. What is unseen may be there ahead of it.
bool Planner::may_run_ahead(const Edge& edge) const { return edge.exit; }

// Split reads the input ahead: nobody may see that it did.
std::optional<Diagnostic> Planner::source_shows() const {
  const GraphNode& header = node(0);
  for (std::uint32_t i : header.events) {
    const effects::Effect& effect = graph_.trace.events[i].effect;
    if ((effect.kind != EffectKind::Write && effect.kind != EffectKind::Append) ||
        effect.place.kind != PlaceKind::World)
      continue;
    switch (effect.place.world) {
      case effects::WorldPlace::Stderr:
      case effects::WorldPlace::Clock:
      case effects::WorldPlace::ModuleState:
        continue;  // a progress bar
      default:
        return cannot_write(header.node, "asking for the next item does something that is seen");
    }
  }
  if (!graph_.rest_is_seen.empty())
    return cannot_write(header.node, "what is left of `" + graph_.rest_is_seen +
                                         "` after the loop may be looked at, and would have been "
                                         "read ahead");
  return std::nullopt;
}

std::optional<Obstacle> Planner::attempt(const std::set<std::uint32_t>& seeds, Deal& deal,
                                         bool may_absorb) const {
  deal = Deal{};
  deal.run = seeds;
  constexpr int kRounds = 8;
  for (int round = 0;; ++round) {
    const std::size_t before = deal.run.size();
    deal.split.clear();
    deal.recorded.clear();
    deal.copied.clear();
    deal.snapshots.clear();
    deal.units.clear();
    deal.assumptions.clear();
    for (std::size_t size = 0; size != deal.run.size();) {
      size = deal.run.size();
      if (auto obstacle = close_between(deal, seeds)) return obstacle;
      close_private(deal);
      close_stopwatch(deal);
      close_made_ready(deal);
    }
    for (const Edge::SharedRemedy& each : graph_.rest_unless)
      accept(deal, Assumption{each->id, each->text, each->seen, each->code,
                              tree_.span(graph_.site.node)});
    find_gathers(deal);
    if (auto obstacle = judge_gathers(deal)) return obstacle;
    if (auto obstacle = judge_run(deal)) return obstacle;
    if (auto obstacle = close_split(deal)) return obstacle;
    if (auto obstacle = judge_copies(deal)) return obstacle;
    if (auto obstacle = form_units(deal)) return obstacle;
    if (auto obstacle = judge_gathered(deal)) return obstacle;
    // What stands in the text of a unit runs with it, and is judged like the rest.
    for (const RunUnit& unit : deal.units) {
      if (unit.is_expression) continue;
      for (std::uint32_t i = 1; i < graph_.nodes.size(); ++i) {
        const GraphNode& each = node(i);
        const NodeId at = each.helper_call ? each.helper_call : each.node;
        if (at.value >= unit.first.value && at.value < unit.end) deal.run.insert(i);
      }
    }
    for (const RunUnit& unit : deal.units) {
      if (may_absorb) absorb_before(unit, deal);
    }
    if (deal.run.size() == before) {
      keep_rate(deal);
      keep_names_apart(deal);
      return std::nullopt;
    }
    if (round == kRounds)
      return Obstacle{*seeds.begin(), cannot_write(node(*seeds.begin()).node,
                                                   "its costly parts hang together in too many "
                                                   "ways")};
  }
}

bool Planner::stands_under(std::uint32_t id, std::uint32_t owner) const {
  for (dependence::GraphNodeId up = node(id).parent; up; up = node(up.value).parent) {
    if (up.value == owner) return true;
  }
  return false;
}

// A worker may do it beside what is costly: nobody sees it, and it stays in its place.
bool Planner::joinable(const Deal& deal, std::uint32_t id) const {
  const GraphNode& here = node(id);
  if (here.kind == GraphNodeKind::Header || here.kind == GraphNodeKind::Exit) return false;
  // Opening a file is seen, and so is what is costly about writing it.
  const auto runs_and_shows = [&](std::uint32_t each) {
    return is_seen(node(each)) && stands_under(each, id);
  };
  if (is_seen(here) && (here.kind != GraphNodeKind::Scope ||
                        std::none_of(deal.run.begin(), deal.run.end(), runs_and_shows)))
    return false;
  if (here.kind != GraphNodeKind::Scope && here.kind != GraphNodeKind::Test)
    return here.movable || here.draws || here.costly || may_gather(here);
  const NodeId last = last_in_head(deal, id);
  for (std::uint32_t i = id + 1; i < graph_.nodes.size(); ++i) {
    if (runs_with(i, id, last) && !deal.run.contains(i) && !joinable(deal, i)) return false;
  }
  return here.movable || here.kind == GraphNodeKind::Scope;
}

void Planner::join(Deal& deal, std::uint32_t id) const {
  deal.run.insert(id);
  if (node(id).kind != GraphNodeKind::Scope && node(id).kind != GraphNodeKind::Test) return;
  const NodeId last = last_in_head(deal, id);
  for (std::uint32_t i = id + 1; i < graph_.nodes.size(); ++i) {
    if (runs_with(i, id, last)) deal.run.insert(i);
  }
}

// A command that nobody waits for here (`Popen`).
bool Planner::only_starts(const GraphNode& here) const {
  bool starts = false;
  for (const std::uint32_t i : here.events) {
    const effects::Effect& effect = graph_.trace.events[i].effect;
    if (effect.kind != EffectKind::Wait && effect.kind != EffectKind::Burn &&
        effect.kind != EffectKind::Unknown)
      continue;
    if (effect.kind == EffectKind::Unknown || effect.seconds > dependence::kCostly) return false;
    starts = starts || effect.waits == Waits::Subprocess;
  }
  return starts;
}

std::optional<Obstacle> Planner::judge_run(Deal& deal) const {
  for (const Edge& edge : graph_.edges) {
    const bool from = deal.run.contains(edge.from.value);
    const bool to = deal.run.contains(edge.to.value);
    if (!from || !to || !edge.carried || edge.exit || adds_in_turn(deal, edge)) continue;
    if (edge.remedy)
      accept(deal, edge);
    else
      return Obstacle{edge.to.value, explain(edge)};
  }
  const bool leaves =
      std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const GraphNode& each) {
        return each.kind == GraphNodeKind::Exit && !each.helper_call &&
               (tree_.is(each.node, NodeKind::Break) || tree_.is(each.node, NodeKind::Return));
      });
  // Merge has objects of its own: what runs must not change one that others look at.
  for (const Edge& edge : graph_.edges) {
    const bool from = deal.run.contains(edge.from.value);
    const bool to = deal.run.contains(edge.to.value);
    if (from != to && needs_one_copy(deal, edge)) {
      return Obstacle{
          from ? edge.from.value : edge.to.value,
          emit<Code::shared_handle>(from ? edge.from_span : edge.to_span, edge.subject)};
    }
  }
  if (std::all_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
        return !node(each).costly || only_starts(node(each));
      }))
    return Obstacle{*deal.run.begin(),
                    cannot_write(node(*deal.run.begin()).node,
                                 "it only starts a command, which then runs by itself")};
  const bool told = std::any_of(deal.run.begin(), deal.run.end(), [&](std::uint32_t each) {
    return node(each).costly && is_seen(node(each));
  });
  for (std::uint32_t each : deal.run) {
    const GraphNode& here = node(each);
    bool cut = here.kind == GraphNodeKind::Exit || here.kind == GraphNodeKind::Header;
    const NodeId last = here.kind == GraphNodeKind::Scope ? last_in_head(deal, each) : NodeId{};
    for (std::uint32_t i = each + 1; here.kind == GraphNodeKind::Scope && i < graph_.nodes.size();
         ++i) {
      cut = cut || (runs_with(i, each, last) && !deal.run.contains(i));
    }
    if (cut) {
      return Obstacle{
          each, cannot_write(here.node, "the costly part holds an exit or a `with` of the loop")};
    }
    bool timed = tree_.text(here.node).find("timeout") != std::string_view::npos;
    bool paid = false;
    bool paused = false;
    bool network = false;
    std::string subject;
    std::string seen;  // of what others see it do
    for (std::uint32_t i : here.events) {
      const effects::Effect& effect = graph_.trace.events[i].effect;
      if (effect.kind == EffectKind::Exit)
        return Obstacle{each,
                        emit<Code::carried_world>(tree_.span(here.node), "the end of the program")};
      if (effect.kind == EffectKind::Call) paid = true;
      if (effect.kind == EffectKind::Wait) {
        paused = paused || effect.waits == Waits::Sleep;
        network = network || effect.waits == Waits::Network;
      }
      if (effect.place.kind == PlaceKind::World &&
          (effect.kind == EffectKind::Read || effect.kind == EffectKind::Write)) {
        if (effect.place.world == effects::WorldPlace::Stdin && effect.unless.empty())
          return Obstacle{each, emit<Code::carried_world>(tree_.span(here.node), "standard input")};
      }
      const bool shows = dependence::is_visible(effect) && !effect.subject.empty() &&
                         effect.place.world != effects::WorldPlace::Stdout;
      if (shows && seen.empty()) seen = effect.subject;
      if (subject.empty() && !effect.subject.empty()) subject = effect.subject;
    }
    if (here.visible && !seen.empty()) subject = seen;
    if (tree_.is(here.node, NodeKind::Call)) {
      const NodeId function = tree_.child(here.node, slot::Call::function);
      if (tree_[function].name) subject = std::string(program_.symbols.text(tree_[function].name));
    }
    const std::string called = subject.substr(subject.rfind('.') + 1);
    if (is_seen(here) && (!told || here.costly || here.kind != GraphNodeKind::Statement)) {
      accept(deal,
             {"runs-ahead:" + called + "@" + graph_.scope,
              "`" + subject +
                  "` may already have been done for later iterations when an earlier one fails" +
                  (leaves ? " or ends the loop" : ""),
              "after a failure" + std::string(leaves ? " or the end" : "") +
                  ", files or effects of later iterations may already be there",
              Code::runs_ahead, tree_.span(here.node)});
    } else if (leaves && (paid || !timed)) {
      accept(deal,
             {"runs-ahead:" + subject + "@" + graph_.scope,
              "`" + subject + "` may be called for items after the one at which the loop ends",
              "calls that the loop would not have made may be made, and one that never ends would "
              "hold the program",
              Code::runs_ahead, tree_.span(here.node)});
    }
    if (paused && network) {
      accept(deal,
             {"rate:" + subject + "@" + graph_.scope,
              "the pauses inside `" + subject + "` need not separate calls of different iterations",
              "the server sees requests closer together than before", Code::remote_order,
              tree_.span(here.node)});
    }
  }
  return std::nullopt;
}

// Everything that decides about a unit's inputs is evaluated ahead, or nothing is right.
std::optional<Obstacle> Planner::close_split(Deal& deal) const {
  std::vector<std::uint32_t> work(deal.run.begin(), deal.run.end());
  std::set<std::uint32_t> needed;
  work.push_back(0);  // the header
  deal.split.insert(0);
  const std::uint32_t blamed = *deal.run.begin();
  std::map<std::uint32_t, const Edge*> pulled;  // by which edge split came to hold a node
  std::vector<const Edge*> late;                // that an assumption or a recorded value removes
  // Of a cycle, the edge from one iteration to the next is what a reader looks for.
  const auto carried_on_the_way = [&](const Edge& edge) -> const Edge& {
    const Edge* at = &edge;
    for (int steps = 0; steps < 100; ++steps) {
      if (at->carried) return *at;
      auto next = pulled.find(at->to.value);
      if (next == pulled.end()) break;
      at = next->second;
    }
    return edge;
  };
  while (!work.empty()) {
    const std::uint32_t at = work.back();
    work.pop_back();
    for (const Edge& edge : graph_.edges) {
      if (edge.to.value != at || may_run_ahead(edge) || adds_in_turn(deal, edge)) continue;
      const std::uint32_t from = edge.from.value;
      if (deal.run.contains(from)) {
        if (deal.run.contains(at)) continue;
        if (edge.only_looks) {
          deal.snapshots.insert(edge.container);
          continue;
        }
        if (edge.remedy) {
          accept(deal, edge);
          continue;
        }
        Diagnostic why = at == 0 ? emit<Code::source_depends>(edge.to_span, edge.subject)
                                 : explain(carried_on_the_way(edge));
        return Obstacle{from, std::move(why)};
      }
      // Split changes a copy of its own: merge finds what it looks for.
      if (edge.kind == EdgeKind::Anti && deal.copied.contains(edge.container)) continue;
      if (edge.shared_variable && edge.kind == EdgeKind::Flow && !deal.run.contains(from)) {
        // Split has its own variables; who is called looks at the loop's.
        return Obstacle{
            blamed, edge.carried
                        ? explain(edge)
                        : cannot_write(node(from).node, "a function that is called ahead reads `" +
                                                            edge.subject + "` itself")};
      }
      if (merge_comes_late(deal, edge) && may_be_recorded(edge)) {
        // A test is split's where something that split needs stands under it.
        if (edge.remedy || node(from).kind == GraphNodeKind::Test) {
          late.push_back(&edge);
          continue;
        }
        deal.recorded.insert(from);
      } else if (merge_comes_late(deal, edge)) {
        if (edge.remedy) {
          accept(deal, edge);
          continue;
        }
        const bool may_join = !edge.carried && joinable(deal, from);
        return Obstacle{blamed, comes_late(edge), may_join ? from : 0};
      }
      if (deal.split.contains(from)) continue;
      if (edge.remedy) {
        accept(deal, edge);
        continue;
      }
      const GraphNode& source = node(from);
      if (at == 0 && edge.carried && edge.kind != EdgeKind::Flow) {
        return Obstacle{blamed, emit<Code::source_depends>(edge.to_span, edge.subject)};
      }
      if (!source.copies.empty()) {
        deal.copied.insert(source.copies.begin(), source.copies.end());
      } else if (source.draws && joinable(deal, from)) {
        deal.run.insert(from);
        continue;
      } else if (!source.movable) {
        Diagnostic why =
            edge.code != Code::not_expressible && (edge.carried || source.visible)
                ? explain(edge)
                : cannot_write(source.node, "what it needs cannot be evaluated ahead of its turn");
        if (edge.kind == EdgeKind::Control)
          why = cannot_write(source.node,
                             "whether it is called depends on something that stays in order");
        return Obstacle{blamed, std::move(why)};
      }
      if (tree_.is(source.node, NodeKind::ExceptHandler))
        return Obstacle{
            blamed, cannot_write(source.node, "whether it is called depends on what fails before")};
      deal.split.insert(from);
      pulled.emplace(from, &edge);
      work.push_back(from);
    }
  }
  for (const Edge* edge : late) {
    const std::uint32_t from = edge->from.value;
    if (deal.split.contains(from)) {
      deal.recorded.insert(from);
    } else if (edge->remedy) {
      accept(deal, *edge);
    } else {
      return Obstacle{blamed, comes_late(*edge)};
    }
  }
  if (auto obstacle = needs_what_merge_adds(deal)) return obstacle;
  return judge_ahead(deal);
}

}  // namespace braid::plan
