// caller_work: one order on its way. Not for other rooms.
#pragma once

#include "fanout/caller.h"

namespace braid::fanout {

inline Time after(Time now, Seconds span) {
  return now + std::chrono::duration_cast<Time::duration>(span);
}

constexpr double kLongestWait = 300;  // seconds that a server may ask for

struct Caller::Work {
  Order order;
  Digest key;
  std::string identity;  // for the cache
  std::string body;      // of the first POST, if it has been made already
  std::optional<Price> price;
  int faults = 0;
  int stale = 0;
  int reasks = 0;
  int adjustments = 0;
  Dropped sent_without;  // what the last POST left out
  bool is_sent = false;
  bool is_cancelled = false;
  bool keeps_key = false;
  std::string idempotency_key;
  Time first_sent{};
  Gate::Ticket ticket;
  bool has_ticket = false;
  Cost reserved;
  std::uint64_t number = 0;  // in the journal
  std::uint64_t commit = 0;
  Answer answer;
  bool is_usd_known = true;
  double usd = 0;
  std::vector<std::uint64_t> twins;
};

}  // namespace braid::fanout
