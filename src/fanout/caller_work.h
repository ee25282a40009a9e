// caller_work: one order on its way. Not for other rooms.
#pragma once

#include <utility>

#include "fanout/caller.h"

namespace braid::fanout {

inline Time after(Time now, Seconds span) {
  return now + std::chrono::duration_cast<Time::duration>(span);
}

constexpr double kLongestWait = 300;  // seconds that a server may ask for

struct Caller::Work {
  Order order;
  Digest key;
  std::string identity;                     // for the cache
  std::shared_ptr<const std::string> body;  // of the last POST, or the next
  bool is_body_streamed = false;
  Dropped body_without;          // what the body leaves out
  bool has_left_texts = false;   // those of the messages are in the body alone
  std::size_t prompt_bytes = 0;  // of all messages
  Cost bound;                    // of one POST
  std::optional<Price> price;
  int faults = 0;
  int stale = 0;
  int reasks = 0;
  int adjustments = 0;
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

  // The request with all its texts.
  Request& whole_request() {
    if (std::exchange(has_left_texts, false)) take_texts_back(order.request, *body);
    return order.request;
  }
  void make(bool streamed, const Dropped& without);
  void measure();
};

}  // namespace braid::fanout
