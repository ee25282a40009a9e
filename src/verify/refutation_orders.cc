#include "verify/refutation_orders.h"

#include <algorithm>

namespace braid::verify {

std::vector<RefutationOrder> refutation_orders(const std::vector<SiteInfo>& sites, bool quick,
                                               bool sites_are_known) {
  if (!sites_are_known || sites.empty()) {
    return {{.name = "reversed", .order = "reversed", .start_method = quick ? "spawn" : "fork"}};
  }
  auto uses = [&](Strategy strategy) {
    return std::ranges::any_of(sites, [&](const SiteInfo& s) { return s.strategy == strategy; });
  };
  return refutation_orders_for(uses(Strategy::thread), uses(Strategy::process), quick);
}

std::vector<RefutationOrder> refutation_orders_for(bool threads, bool processes, bool quick) {
  std::vector<RefutationOrder> orders;
  if (!threads && !processes) return orders;
  // When there is but one run, by the start method that shares least with the parent.
  const char* first_method = !processes ? "" : quick ? "spawn" : "fork";
  orders.push_back({.name = "reversed", .order = "reversed", .start_method = first_method});
  if (quick) return orders;
  if (processes) {
    for (const char* method : {"forkserver", "spawn"}) {
      orders.push_back({.name = "reversed", .order = "reversed", .start_method = method});
    }
  }
  std::string method = processes ? "fork" : "";
  for (int seed : {1, 2}) {
    orders.push_back({.name = "shuffled " + std::to_string(seed),
                      .order = "shuffled",
                      .seed = seed,
                      .start_method = method});
  }
  orders.push_back(
      {.name = "one worker", .order = "submitted", .workers = 1, .start_method = method});
  orders.push_back({.name = "many workers",
                    .order = "submitted",
                    .side_by_side = true,
                    .workers = threads ? 64 : 8,
                    .start_method = method});
  if (threads) {
    orders.push_back({.name = "delayed at random",
                      .order = "shuffled",
                      .seed = 3,
                      .side_by_side = true,
                      .start_method = method,
                      .delay_s = 0.03});
    orders.push_back({.name = "tiny switch interval",
                      .order = "submitted",
                      .side_by_side = true,
                      .start_method = method,
                      .switch_interval_s = 1e-6});
  }
  return orders;
}

Schedule schedule_of(const RefutationOrder& order, bool serial) {
  Schedule schedule;
  schedule.order = order.order;
  schedule.seed = order.seed;
  schedule.serial = serial && !order.side_by_side;
  schedule.workers = order.workers;
  schedule.start_method = order.start_method;
  schedule.delay_s = order.delay_s;
  schedule.switch_interval_s = order.switch_interval_s;
  return schedule;
}

}  // namespace braid::verify
