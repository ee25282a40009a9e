// The orders in which tasks are run to refute that their order does not matter.
#pragma once

#include <string>
#include <vector>

#include "verify/interpreter_bundle.h"
#include "verify/verify.h"

namespace braid::verify {

struct RefutationOrder {
  std::string name;   // for the reader
  std::string order;  // for the scheduler: "submitted", "reversed", "shuffled"
  int seed = 0;
  bool side_by_side = false;  // several tasks at once, always
  int workers = 0;
  std::string start_method;
  double delay_s = 0;
  double switch_interval_s = 0;
};

// For the pools that the sites use; when no site is known, the first order only.
std::vector<RefutationOrder> refutation_orders(const std::vector<SiteInfo>& sites, bool quick,
                                               bool sites_are_known);
std::vector<RefutationOrder> refutation_orders_for(bool threads, bool processes, bool quick);
// `serial`: one task after another, where the order allows it.
Schedule schedule_of(const RefutationOrder& order, bool serial);

}  // namespace braid::verify
