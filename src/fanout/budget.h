// budget: never spends more than the cap. What a call may cost at most is reserved before it is
// sent, and settled by what it did cost. What nobody knows the cost of keeps its reservation.
#pragma once

#include <cstdint>

#include "fanout/reply.h"
#include "fanout/workflow.h"

namespace braid::fanout {

struct Cost {
  std::int64_t tokens = 0;
  double usd = 0;
};

class Spending {
 public:
  Spending(const Budget& cap) : cap_(cap) {}

  [[nodiscard]] bool is_capped() const { return cap_.tokens || cap_.usd; }
  // Whether a call that costs at most `bound` fits beside what is spent and reserved …
  [[nodiscard]] bool fits(const Cost& bound) const { return fits_beside(bound, reserved_); }
  // … and whether it would if all that is in flight cost nothing: if not, waiting is in vain.
  [[nodiscard]] bool may_fit_later(const Cost& bound) const { return fits_beside(bound, {}); }
  void reserve(const Cost& bound);
  void settle(const Cost& bound, const Cost& cost);
  // Spent before: by earlier runs of the same journal.
  void add(const Cost& cost);
  [[nodiscard]] const Cost& spent() const { return spent_; }
  // The cap was passed: only when a server counts more than is possible.
  [[nodiscard]] bool is_passed() const;

 private:
  [[nodiscard]] bool fits_beside(const Cost& bound, const Cost& other) const;

  Budget cap_;
  Cost spent_;
  Cost reserved_;
};

// Cached tokens are a part of the prompt's and cost their own price.
double usd_of(const Usage& usage, const Price& price);
// Nothing cached, everything used.
double usd_bound(std::int64_t prompt, std::int64_t completion, const Price& price);

}  // namespace braid::fanout
