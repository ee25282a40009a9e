#include "fanout/budget.h"

#include <algorithm>

namespace braid::fanout {
namespace {

constexpr double kMillion = 1e6;
constexpr double kRounding = 1e-12;

}  // namespace

void Spending::reserve(const Cost& bound) {
  reserved_.tokens += bound.tokens;
  reserved_.usd += bound.usd;
}

void Spending::settle(const Cost& bound, const Cost& cost) {
  reserved_.tokens -= bound.tokens;
  reserved_.usd -= bound.usd;
  add(cost);
}

void Spending::add(const Cost& cost) {
  spent_.tokens += cost.tokens;
  spent_.usd += cost.usd;
}

bool Spending::is_passed() const {
  return (cap_.tokens && spent_.tokens > *cap_.tokens) ||
         (cap_.usd && spent_.usd > *cap_.usd + kRounding);
}

bool Spending::fits_beside(const Cost& bound, const Cost& other) const {
  if (cap_.tokens && spent_.tokens + other.tokens + bound.tokens > *cap_.tokens) return false;
  return !cap_.usd || spent_.usd + other.usd + bound.usd <= *cap_.usd + kRounding;
}

double usd_of(const Usage& usage, const Price& price) {
  return (static_cast<double>(usage.prompt - usage.cached) * price.input +
          static_cast<double>(usage.cached) * price.cached +
          static_cast<double>(usage.completion) * price.output) /
         kMillion;
}

double usd_bound(std::int64_t prompt, std::int64_t completion, const Price& price) {
  return (static_cast<double>(prompt) * std::max(price.input, price.cached) +
          static_cast<double>(completion) * price.output) /
         kMillion;
}

}  // namespace braid::fanout
