// What a Caller makes of what comes back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fanout/caller_work.h"

namespace braid::fanout {
namespace {

constexpr int kMostReasks = 2;
constexpr int kMostStale = 3;
constexpr std::size_t kShortestSecret = 16;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
  return text;
}

}  // namespace

std::string Caller::without_key(std::string text, const Endpoint& endpoint, bool is_answer) const {
  // A short key such as "test" may well be a word of an answer; in messages it never is.
  if (endpoint.key.empty() || (is_answer && endpoint.key.size() < kShortestSecret)) return text;
  return replaced(std::move(text), endpoint.key, "[key]");
}

void Caller::take(Received received, Time now) {
  const auto found = works_.find(received.id);
  if (found == works_.end()) return;  // cancelled
  Work& work = *found->second;
  const Endpoint& endpoint = endpoints_[work.order.endpoint];
  --in_flight_;
  if (received.was_sent) {
    ++work.answer.attempts;
    ++totals_.attempts;
  }
  // Before it is read: what is shown of a reply may be cut in the middle of the key.
  received.reply.body =
      without_key(std::move(received.reply.body), endpoint, received.reply.status < 300);
  Reply reply = read_reply(received.reply);
  reply.model = without_key(std::move(reply.model), endpoint, true);
  reply.finish = without_key(std::move(reply.finish), endpoint, true);
  reply.text = without_key(std::move(reply.text), endpoint, true);
  reply.error = without_key(std::move(reply.error), endpoint, false);
  if (received.failure == Failure::encryption) {
    reply.meaning = Meaning::stop;
    reply.cause = StopCause::address;
    reply.error = "no trusted connection: " + received.reply.transport;
  } else if (received.failure != Failure::none && reply.meaning != Meaning::answer) {
    // What came before the connection broke tells nothing for sure, a refusal's status apart.
    if (received.reply.status < 400 && !received.reply.is_too_long) reply.meaning = Meaning::fault;
    if (reply.error.empty()) reply.error = received.reply.transport;
  }
  if (received.reply.status != 0) heard_[work.order.endpoint] = true;
  settle(work, received, reply);
  leave_gate(work, received, reply, now);
  if (work.is_cancelled) {
    finish(work, Status::skipped, "cancelled");
    return;
  }
  take_reply(work, received, std::move(reply), now);
}

void Caller::settle(Work& work, const Received& received, const Reply& reply) {
  Cost cost;
  if (reply.usage.known) {
    const Usage& usage = reply.usage;
    cost.tokens = usage.prompt + usage.completion;
    if (work.price) cost.usd = usd_of(usage, *work.price);
    work.answer.usage.prompt += usage.prompt;
    work.answer.usage.cached += usage.cached;
    work.answer.usage.completion += usage.completion;
    work.answer.usage.known = true;
    totals_.usage.prompt += usage.prompt;
    totals_.usage.cached += usage.cached;
    totals_.usage.completion += usage.completion;
    const double bytes = static_cast<double>(std::max<std::size_t>(1, work.prompt_bytes));
    counted_ = std::min(counted_ + 1, 200.0);
    // A server that has cached all of a prompt may count none of it.
    const double prompt =
        usage.prompt > 0 ? static_cast<double>(usage.prompt) / bytes : tokens_a_byte_;
    tokens_a_byte_ += (prompt - tokens_a_byte_) / counted_;
    completion_ += (static_cast<double>(usage.completion) - completion_) / counted_;
  } else if (received.was_sent && (received.reply.status == 0 || received.reply.status < 300)) {
    // Perhaps paid for, nobody knows what: it stays reserved.
    cost = work.reserved;
    if (reply.meaning == Meaning::answer) {
      ++totals_.uncounted;
    } else {
      ++totals_.unknown;
    }
  }
  spending_.settle(work.reserved, cost);
  if (work.price) {
    work.usd += cost.usd;
    totals_.usd += cost.usd;
  } else if (reply.usage.known || cost.tokens > 0) {
    work.is_usd_known = false;
    totals_.is_usd_known = false;
  }
  const bool is_over = spending_.is_capped() && cost.tokens > work.reserved.tokens;
  if (is_over && !stop_) {
    stop(StopCause::budget,
         fmt::format("the server counts {} tokens for a call that cannot have more than {}; the "
                     "budget cannot be kept",
                     cost.tokens, work.reserved.tokens));
  }
  if (journal_ && reply.meaning != Meaning::answer && spending_.is_capped()) {
    JournalRow row;
    row.kind = JournalRow::Kind::spent;
    row.number = work.number;
    row.cost = cost;
    journal_->append(row);
  }
  work.reserved = cost;  // from here on: what the attempt cost
}

void Caller::leave_gate(Work& work, const Received& received, const Reply& reply, Time now) {
  Gate::Outcome outcome;
  outcome.announced = limits_of(received.reply.headers, std::chrono::system_clock::now());
  outcome.retry_after = reply.retry_after;
  if (reply.usage.known) {
    outcome.tokens = static_cast<double>(reply.usage.prompt + reply.usage.completion);
  }
  if (reply.meaning == Meaning::refused) {
    outcome.end = Gate::End::refused;
    outcome.refusal = reply.refusal;
    ++totals_.refused;
  } else if (reply.meaning == Meaning::fault) {
    outcome.end = Gate::End::fault;
    ++totals_.faults;
  }
  gates_[endpoints_[work.order.endpoint].gate].came_back(work.ticket, outcome, now);
  work.has_ticket = false;
}

void Caller::take_reply(Work& work, const Received& received, Reply reply, Time now) {
  // A call that was answered, as far as can be seen, may be answered the same again.
  const bool is_unknown = received.reply.status < 300 && !received.reply.complete;
  work.keeps_key = received.was_sent && is_unknown && !received.reply.is_too_long;
  if (received.failure == Failure::stale && ++work.stale <= kMostStale) {
    --totals_.faults;
    queue_again(work);
    return;
  }
  switch (reply.meaning) {
    case Meaning::answer:
      take_answer(work, reply, now);
      return;
    case Meaning::refused:
      if (reply.retry_after && reply.retry_after->count() > kLongestWait) {
        stop(StopCause::given_up,
             fmt::format("the server asks to wait for {:.0f} s", reply.retry_after->count()));
      }
      queue_again(work);
      return;
    case Meaning::fault:
      try_later(work, reply, now);
      return;
    case Meaning::adjust:
      adjust(work, reply);
      return;
    case Meaning::hopeless:
      work.answer.is_too_long = reply.is_too_long;
      finish(work, Status::failed, reply.error);
      return;
    case Meaning::stop:
      if (received.failure != Failure::aborted) stop(reply.cause, reply.error);
      finish(work, Status::failed, reply.error);
      return;
  }
}

void Caller::take_answer(Work& work, const Reply& reply, Time now) {
  work.answer.finish = reply.finish;
  work.answer.model = reply.model;
  work.answer.text = reply.text;
  work.answer.seconds = Seconds(now - work.first_sent).count();
  if (reply.finish == "length" && (work.order.needs_whole || work.order.complaint)) {
    finish(work, Status::failed, "max_tokens cut the answer off");
    return;
  }
  if (work.order.complaint) {
    if (std::string wrong = work.order.complaint(reply.text); !wrong.empty()) {
      ask_again(work, reply, wrong, now);
      return;
    }
  }
  StoredAnswer stored;
  if (journal_ || cache_) {
    stored = {work.key,
              work.order.part,
              work.order.index,
              work.order.draw,
              reply.text,
              reply.finish,
              reply.model,
              work.answer.attempts,
              work.answer.usage,
              work.is_usd_known && work.price ? std::optional(work.usd) : std::nullopt,
              work.answer.seconds};
    if (cache_) cache_->keep(work.identity, stored);
  }
  if (!journal_) {
    finish(work, Status::ok, "");
    return;
  }
  JournalRow row;
  row.kind = JournalRow::Kind::answer;
  row.answer = std::move(stored);
  row.number = work.number;
  row.cost = work.reserved;
  work.commit = journal_->append(row);
  uncommitted_.push_back(work.order.id);
  ++in_flight_;  // until it is committed
}

void Caller::take_commits(Time) {
  if (!journal_) return;
  const std::uint64_t done = journal_->committed();
  while (!uncommitted_.empty()) {
    const auto found = works_.find(uncommitted_.front());
    if (found != works_.end() && found->second->commit > done) break;
    uncommitted_.pop_front();
    --in_flight_;
    if (found != works_.end()) finish(*found->second, Status::ok, "");
  }
  const auto failure = journal_->failure();
  if (!failure) return;
  if (!stop_) stop(StopCause::given_up, "the journal cannot be written: " + *failure);
  // Paid, and in memory: used for this run's result, though a resume would pay again.
  while (!uncommitted_.empty()) {
    const auto found = works_.find(uncommitted_.front());
    uncommitted_.pop_front();
    --in_flight_;
    if (found != works_.end()) finish(*found->second, Status::ok, "");
  }
}

void Caller::ask_again(Work& work, const Reply& reply, const std::string& complaint, Time) {
  if (work.reasks == kMostReasks) {
    work.answer.rejected = reply.text;
    finish(work, Status::failed, complaint);
    return;
  }
  ++work.reasks;
  ++totals_.reasked;
  if (journal_ && spending_.is_capped()) {
    JournalRow row;
    row.kind = JournalRow::Kind::spent;
    row.number = work.number;
    row.cost = work.reserved;
    journal_->append(row);
  }
  std::vector<Message>& messages = work.whole_request().messages;
  messages.push_back({"assistant", reply.text});
  messages.push_back({"user", "That answer cannot be used: " + complaint +
                                  "\nGive the whole answer again, corrected, and nothing else."});
  work.body.reset();
  work.measure();
  queue_again(work);
}

void Caller::try_later(Work& work, const Reply& reply, Time now) {
  const std::size_t endpoint = work.order.endpoint;
  if (reply.retry_after && reply.retry_after->count() > kLongestWait) {
    stop(StopCause::given_up, fmt::format("the server asks to wait for {:.0f} s ({})",
                                          reply.retry_after->count(), reply.error));
    finish(work, Status::failed, reply.error);
    return;
  }
  if (work.faults >= settings_.retries || stop_) {
    if (!heard_[endpoint] && !stop_ && work.answer.attempts == 0) {
      stop(StopCause::address, "no connection: " + reply.error);
    }
    finish(work, Status::failed, reply.error);
    return;
  }
  ++work.faults;
  double most = std::min(30.0, 0.25 * std::pow(2.0, work.faults));
  if (!heard_[endpoint]) most = std::min(most, 1.0);
  double wait = std::uniform_real_distribution<double>(0, most)(random_);
  if (reply.retry_after) wait = std::max(wait, reply.retry_after->count());
  ++waiting_;
  later_.push({after(now, Seconds(wait)), work.order.id});
}

void Caller::queue_again(Work& work) {
  if (stop_) {
    finish(work, Status::skipped, "not sent again: " + stop_->why);
    return;
  }
  ++waiting_;
  ready_[endpoints_[work.order.endpoint].gate].push_front(work.order.id);
}

void Caller::adjust(Work& work, const Reply& reply) {
  Dropped& dropped = dropped_[work.order.endpoint];
  bool Dropped::*which = &Dropped::max_tokens;
  if (reply.field == "stream_options") which = &Dropped::stream_options;
  if (reply.field == "strict") which = &Dropped::strict;
  // A schema that is refused is often refused by the rules of `strict` alone.
  if (reply.field == "response_format") {
    which = work.body_without.strict ? &Dropped::response_format : &Dropped::strict;
  }
  const Request& request = work.order.request;
  bool can_help = reply.field != "max_tokens" || request.max_tokens.has_value();
  if (reply.field == "seed") {
    which = &Dropped::seed;
    can_help = request.seed.has_value();
  } else if (reply.field == "temperature") {
    which = &Dropped::temperature;
    can_help = request.temperature.has_value();
  } else if (reply.field == "top_p") {
    which = &Dropped::top_p;
    can_help = request.top_p.has_value();
  }
  if (!can_help || work.body_without.*which || ++work.adjustments > 4) {
    finish(work, Status::failed, reply.error);
    return;
  }
  const bool is_setting =
      which == &Dropped::seed || which == &Dropped::temperature || which == &Dropped::top_p;
  if (is_setting && !(dropped.*which)) {
    notes_.push_back(fmt::format("the server does not take {}, which is left out ({})", reply.field,
                                 reply.error));
  }
  dropped.*which = true;
  queue_again(work);
}

}  // namespace braid::fanout
