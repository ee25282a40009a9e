// caller: orders go in, answers come out. Between them: gates, retries, budget, journal and cache.
//
// In: Orders, in the order in which they should go. Out: one Answer for each, in the order of their
// ends. Refusals cost no retries. Nothing is sent again after a usable answer. One thread: all
// happens inside of step().
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <span>
#include <unordered_map>

#include "fanout/budget.h"
#include "fanout/cache.h"
#include "fanout/gate.h"
#include "fanout/journal.h"
#include "fanout/request.h"
#include "fanout/text_store.h"
#include "fanout/transport.h"

namespace braid::fanout {

// Where calls of one model go, and how.
struct Endpoint {
  std::string label;
  std::string url;
  std::string key;  // never in a message, a file or an argument
  std::shared_ptr<const std::vector<std::string>> headers;
  bool streamed = false;
  bool http2 = false;
  double silence = 600;
  std::optional<std::int64_t> max_tokens;
  GateLimits limits;
  std::size_t gate = 0;
};

enum class Status : std::uint8_t { ok, failed, skipped };

struct Answer {
  std::uint64_t id = 0;
  Digest key;            // of its order in the journal
  std::string identity;  // of its order in the cache, where the call failed
  Status status = Status::ok;
  std::string text;
  std::string rejected;  // the last answer of a call that failed because it could not be used
  std::string error;
  std::string finish;
  std::string model;
  int attempts = 0;  // POSTs
  Usage usage;       // of all attempts
  std::optional<double> usd;
  double seconds = 0;
  bool is_too_long = false;  // failed because the request is longer than the model can read
  bool is_stored = false;    // from the journal or the cache: not paid now
};

// Attempts, tokens and money of `more` are added.
void add_cost(Answer& to, const Answer& more);

struct Order {
  std::uint64_t id = 0;
  std::string part;
  std::size_t index = 0;
  std::size_t draw = 0;
  bool by_index = false;  // equal requests are told apart by index, not by the order of coming
  std::size_t endpoint = 0;
  Request request;
  bool needs_whole = false;  // an answer that max_tokens cut off is none
  bool streamed = false;     // whatever the endpoint's own setting
  // What is wrong with an answer, to be said to the model; empty when it will do.
  std::function<std::string(const std::string& text)> complaint;
  std::function<void(std::string_view text)> on_text;  // as it comes; the answer repeats it all
  std::function<void()> on_first_byte;
};

struct Stop {
  StopCause cause = StopCause::none;
  std::string why;
};

struct Totals {
  std::int64_t attempts = 0;
  std::int64_t refused = 0;
  std::int64_t faults = 0;
  std::int64_t reasked = 0;
  std::int64_t uncounted = 0;  // answers without usage
  std::int64_t unknown = 0;    // attempts whose outcome nobody knows
  Usage usage;
  double usd = 0;
  bool is_usd_known = true;
};

struct CallerSettings {
  int retries = 5;
  double give_up = 600;
  Budget budget;
  Prices prices;
  bool dedupe = false;
  int most_in_flight = 1000;
};

class Caller {
 public:
  Caller(CallerSettings settings, std::vector<Endpoint> endpoints,
         std::unique_ptr<Transport> transport, std::unique_ptr<Journal> journal,
         std::optional<Cache> cache);
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void submit(Order order);
  // Orders that have not been sent; whoever makes orders lazily keeps this small but not zero.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool is_idle() const;
  // Works until something has ended, something woke it, or `until`.
  std::vector<Answer> step(Time until);
  // Sends nothing more: what waits is skipped, what is in flight is awaited.
  void stop(StopCause cause, std::string why);
  // Gives up what is in flight as well.
  void abort();
  // Gives these up; none of them is sent in the place of another.
  void cancel(std::span<const std::uint64_t> ids);
  // An order that failed as `failed` has its answer after all, made from the answers of others: the
  // journal and the cache hold it from here on as that of the order.
  void keep(const Answer& failed, const std::string& part, std::size_t index, std::size_t draw,
            const Answer& answer);
  void wake() { transport_->wake(); }

  [[nodiscard]] const std::optional<Stop>& stopped() const { return stop_; }
  [[nodiscard]] const Totals& totals() const { return totals_; }
  // What the user should know of how it went, once each.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const Endpoint& endpoint(std::size_t at) const { return endpoints_[at]; }
  [[nodiscard]] const Gate& gate(std::size_t at) const { return gates_[at]; }
  [[nodiscard]] const Spending& spending() const { return spending_; }

 private:
  struct Work;
  // --dedupe: an answer that equal requests get as well.
  struct Known {
    Answer answer;          // without its text
    std::string_view text;  // in `known_texts_`
  };
  struct Later {
    Time when;
    std::uint64_t id = 0;
    bool operator>(const Later& other) const { return when > other.when; }
  };

  bool take_stored(Work& work);
  bool take_known(Work& work);
  Time send_ready(Time now);
  void post(Work& work, Time now);
  Post make_post(Work& work);
  void take(Received received, Time now);
  void take_reply(Work& work, const Received& received, Reply reply, Time now);
  void take_answer(Work& work, const Reply& reply, Time now);
  void ask_again(Work& work, const Reply& reply, const std::string& complaint, Time now);
  void try_later(Work& work, const Reply& reply, Time now);
  void queue_again(Work& work);
  void adjust(Work& work, const Reply& reply);
  void settle(Work& work, const Received& received, const Reply& reply);
  void leave_gate(Work& work, const Received& received, const Reply& reply, Time now);
  void take_commits(Time now);
  void finish(Work& work, Status status, std::string error);
  void skip_waiting();
  void check_patience(Time now);
  [[nodiscard]] std::optional<Price> price_of(const Order& order) const;
  [[nodiscard]] double estimate_of(const Work& work) const;
  [[nodiscard]] std::string without_key(std::string text, const Endpoint& endpoint,
                                        bool is_answer) const;

  CallerSettings settings_;
  std::vector<Endpoint> endpoints_;
  std::vector<Dropped> dropped_;  // by endpoint
  std::vector<bool> heard_;       // by endpoint: anything ever came back
  std::vector<Gate> gates_;
  std::vector<std::deque<std::uint64_t>> ready_;  // by gate
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Work>> works_;
  std::unordered_map<Digest, std::size_t, DigestHash> occurrences_;
  std::unordered_map<Digest, std::uint64_t, DigestHash> twins_;  // --dedupe: who asks
  std::unordered_map<Digest, Known, DigestHash> known_;          // --dedupe: what was answered
  TextStore known_texts_;
  std::deque<std::uint64_t> uncommitted_;
  std::vector<Answer> ended_;
  Spending spending_;
  Totals totals_;
  std::optional<Stop> stop_;
  std::vector<std::string> notes_;
  std::size_t waiting_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t sent_ = 0;
  double tokens_a_byte_ = 0.25;
  double completion_ = 0;  // running mean of reported completions
  double counted_ = 0;
  std::mt19937_64 random_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Journal> journal_;  // after the transport: its thread wakes it until it is gone
  std::optional<Cache> cache_;
};

}  // namespace braid::fanout
