// Which of the costly nodes run: of the deals that hold, one with much of the cost.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

namespace {

// What is worth to have in place of all that could run, if it rests on less.
constexpr double kEnough = 0.3;
constexpr std::size_t kMostAlone = 16;

}  // namespace

double Planner::seconds_of(const Deal& deal) const {
  double seconds = 0;
  for (std::uint32_t each : deal.run) seconds += node(each).seconds;
  return seconds;
}

// These and what uses what they give, as far as it may run.
std::set<std::uint32_t> Planner::with_users(const Deal& deal, bool gathering) const {
  std::set<std::uint32_t> all = deal.run;
  for (bool grown = true; grown;) {
    grown = false;
    for (const Edge& edge : graph_.edges) {
      const std::uint32_t user = edge.to.value;
      if (edge.kind != EdgeKind::Flow || edge.carried || edge.exit ||
          !all.contains(edge.from.value) || all.contains(user) || node(user).helper_call ||
          !joinable(deal, user) || (may_gather(node(user)) && !gathering))
        continue;
      all.insert(user);
      grown = true;
    }
  }
  return all;
}

// A deal for these seeds, and the workers that can take it. What cannot leave a worker may be used
// up there.
std::optional<Obstacle> Planner::deal_out(const std::set<std::uint32_t>& seeds,
                                          Found& found) const {
  auto obstacle = dealt(seeds, found, true);
  // What looks at what the costly part changes goes with it.
  std::set<std::uint32_t> joined = seeds;
  while (obstacle && obstacle->beside != 0 && joined.insert(obstacle->beside).second) {
    Found larger;
    obstacle = dealt(joined, larger, true);
    if (obstacle) continue;
    found = std::move(larger);
    return std::nullopt;
  }
  if (obstacle && found.deal.absorbs) obstacle = dealt(seeds, found, false);
  if (!obstacle || found.strategy != Strategy::process) return obstacle;
  for (const bool gathering : {false, true}) {
    const std::set<std::uint32_t> more = with_users(found.deal, gathering);
    Found larger;
    if (more.size() == found.deal.run.size() || dealt(more, larger, true)) continue;
    found = std::move(larger);
    return std::nullopt;
  }
  Found beside;
  if (!only_reads(found.deal) || dealt(seeds, beside, true, Strategy::thread)) return obstacle;
  found = std::move(beside);
  return std::nullopt;
}

// All that it does for long is to go through files, of which nobody knows how long they are and
// how far away.
bool Planner::only_reads(const Deal& deal) const {
  const auto reads = [&](std::uint32_t each) {
    const GraphNode& here = node(each);
    return std::any_of(here.events.begin(), here.events.end(), [&](std::uint32_t i) {
      return graph_.trace.events[i].effect.waits == effects::Waits::Disk;
    });
  };
  return backend_ == Backend::automatic && std::any_of(deal.run.begin(), deal.run.end(), reads) &&
         std::all_of(deal.run.begin(), deal.run.end(),
                     [&](std::uint32_t each) { return !node(each).costly || node(each).guessed; });
}

std::optional<Obstacle> Planner::dealt(const std::set<std::uint32_t>& seeds, Found& found,
                                       bool may_absorb, Strategy wish) const {
  found.seeds = seeds;
  if (auto obstacle = attempt(seeds, found.deal, may_absorb)) return obstacle;
  if (auto obstacle = choose_workers(found, wish)) return obstacle;
  if (!confirm_) return std::nullopt;
  auto reason = confirm_(finish(found.deal, found.strategy, found.workload));
  if (!reason) return std::nullopt;
  return Obstacle{cheapest_of(found), std::move(*reason)};
}

std::optional<Obstacle> Planner::choose_workers(Found& found, Strategy wish) const {
  found.strategy = strategy_of(found.deal, found.workload);
  if (wish != Strategy::none) found.strategy = wish;
  std::string why = worker_lacks(found.deal, found.strategy);
  if (why.empty() && found.strategy == Strategy::process) why = does_not_cross(found.deal);
  if (why.empty()) return std::nullopt;
  return Obstacle{cheapest_of(found), cannot_write(found.deal.units[0].first, why)};
}

std::uint32_t Planner::cheapest_of(const Found& found) const {
  return *std::min_element(
      found.seeds.begin(), found.seeds.end(),
      [&](std::uint32_t a, std::uint32_t b) { return node(a).seconds < node(b).seconds; });
}

// What would have to be assumed may stay in order instead, if enough is left to run.
void Planner::with_fewer_assumptions(Found& found) const {
  const double all = seconds_of(found.deal);
  for (bool better = true; better && !found.deal.assumptions.empty() && found.seeds.size() > 1;) {
    better = false;
    const std::vector<std::uint32_t> candidates(found.seeds.rbegin(), found.seeds.rend());
    for (std::uint32_t each : candidates) {
      std::set<std::uint32_t> fewer = found.seeds;
      fewer.erase(each);
      Found smaller;
      if (deal_out(fewer, smaller) ||
          smaller.deal.assumptions.size() >= found.deal.assumptions.size() ||
          seconds_of(smaller.deal) < kEnough * all)
        continue;
      found = std::move(smaller);
      better = true;
      break;
    }
  }
}

// All of them, and ever fewer while something stands against it.
std::optional<Found> Planner::from_all(std::set<std::uint32_t> seeds,
                                       std::vector<diagnostics::Diagnostic>& obstacles) const {
  while (!seeds.empty()) {
    Found found;
    auto obstacle = deal_out(seeds, found);
    if (!obstacle) return found;
    obstacles.push_back(std::move(obstacle->reason));
    if (seeds.erase(obstacle->seed) == 0) seeds.erase(seeds.begin());
  }
  return std::nullopt;
}

// The dearest that can run alone, and whatever else can run beside it.
std::optional<Found> Planner::from_one(const std::set<std::uint32_t>& seeds) const {
  std::vector<std::uint32_t> dearest(seeds.begin(), seeds.end());
  std::stable_sort(dearest.begin(), dearest.end(), [&](std::uint32_t a, std::uint32_t b) {
    return node(a).seconds > node(b).seconds;
  });
  if (dearest.size() > kMostAlone) dearest.resize(kMostAlone);
  std::optional<Found> best;
  for (std::uint32_t each : dearest) {
    std::set<std::uint32_t> more{each};
    if (best) more.insert(best->seeds.begin(), best->seeds.end());
    Found found;
    if (!deal_out(more, found)) best = std::move(found);
  }
  return best;
}

std::optional<Found> Planner::search(const std::set<std::uint32_t>& seeds,
                                     std::vector<diagnostics::Diagnostic>& obstacles) const {
  std::optional<Found> found = from_all(seeds, obstacles);
  double all = 0;
  for (std::uint32_t each : seeds) all += node(each).seconds;
  if (seeds.size() > 1 && (!found || seconds_of(found->deal) < kEnough * all)) {
    std::optional<Found> other = from_one(seeds);
    if (other && (!found || seconds_of(found->deal) < kEnough * seconds_of(other->deal)))
      found = std::move(other);
  }
  if (found) with_fewer_assumptions(*found);
  return found;
}

}  // namespace braid::plan
