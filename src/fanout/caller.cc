#include "fanout/caller_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::fanout {
namespace {

std::string random_hex(std::mt19937_64& random) {
  return fmt::format("{:016x}{:016x}", random(), random());
}

template <class Value>
void take_lower(std::optional<Value>& to, const std::optional<Value>& from) {
  if (from && (!to || *from < *to)) to = from;
}

// Models that share a key share its limits: the lowest that any of them names.
GateLimits limits_of_gate(const std::vector<Endpoint>& endpoints, std::size_t gate) {
  GateLimits out;
  for (const Endpoint& each : endpoints) {
    if (each.gate != gate) continue;
    take_lower(out.rpm, each.limits.rpm);
    take_lower(out.tpm, each.limits.tpm);
    take_lower(out.max_in_flight, each.limits.max_in_flight);
  }
  return out;
}

}  // namespace

void add_cost(Answer& to, const Answer& more) {
  if (more.attempts == 0) return;
  if (to.attempts == 0) {
    to.usd = more.usd;
  } else if (to.usd && more.usd) {
    *to.usd += *more.usd;
  } else {
    to.usd.reset();
  }
  to.attempts += more.attempts;
  to.usage.prompt += more.usage.prompt;
  to.usage.cached += more.usage.cached;
  to.usage.completion += more.usage.completion;
}

Caller::Caller(CallerSettings settings, std::vector<Endpoint> endpoints,
               std::unique_ptr<Transport> transport, std::unique_ptr<Journal> journal,
               std::optional<Cache> cache)
    : settings_(settings),
      endpoints_(std::move(endpoints)),
      dropped_(endpoints_.size()),
      heard_(endpoints_.size()),
      spending_(settings.budget),
      random_(std::random_device{}()),
      transport_(std::move(transport)),
      journal_(std::move(journal)),
      cache_(std::move(cache)) {
  const Time now = Clock::now();
  std::size_t gates = 0;
  for (const Endpoint& endpoint : endpoints_) gates = std::max(gates, endpoint.gate + 1);
  for (std::size_t gate = 0; gate < gates; ++gate) {
    gates_.emplace_back(limits_of_gate(endpoints_, gate), settings_.most_in_flight, now);
  }
  ready_.resize(gates);
  if (journal_) spending_.add(journal_->spent_before());
}

Caller::~Caller() = default;

bool Caller::is_idle() const { return works_.empty() && ended_.empty(); }

void Caller::submit(Order order) {
  const std::uint64_t id = order.id;
  auto owned = std::make_unique<Work>();
  Work& work = *owned;
  work.order = std::move(order);
  work.answer.id = id;
  work.price = price_of(work.order);
  work.measure();
  works_.emplace(id, std::move(owned));
  if (journal_ || cache_ || settings_.dedupe) {
    work.make(false, {});
    const std::string& body = *work.body;
    const Digest plain = digest_of(body, work.order.draw);
    std::size_t occurrence = 0;
    if (work.order.by_index) {
      occurrence = work.order.index;
    } else if (!settings_.dedupe) {
      occurrence = occurrences_[plain]++;
    }
    work.key =
        digest_of(plain.hex() + (work.order.by_index ? "#" : ":") + std::to_string(occurrence));
    work.answer.key = work.key;
    if (cache_) {
      work.identity = fmt::format("{}\n{} {}\n{}", endpoints_[work.order.endpoint].url,
                                  work.order.draw, occurrence, body);
    }
    if (take_stored(work)) return;
    if (settings_.dedupe) {
      if (take_known(work)) return;
      const auto [twin, is_first] = twins_.emplace(work.key, id);
      if (!is_first) {
        works_.at(twin->second)->twins.push_back(id);
        return;
      }
    }
  }
  if (stop_) {
    finish(work, Status::skipped, "not sent: " + stop_->why);
    return;
  }
  ++waiting_;
  ready_[endpoints_[work.order.endpoint].gate].push_back(id);
}

bool Caller::take_known(Work& work) {
  const auto known = known_.find(work.key);
  if (known == known_.end()) return false;
  const std::uint64_t id = work.order.id;
  Answer& answer = ended_.emplace_back(known->second.answer);
  answer.id = id;
  answer.text = known->second.text;
  known_texts_.was_read(answer.text.size());
  works_.erase(id);
  return true;
}

bool Caller::take_stored(Work& work) {
  std::optional<StoredAnswer> stored;
  if (journal_) stored = journal_->find(work.key);
  if (!stored && cache_) {
    stored = cache_->find(work.identity);
    // What the cache gave is used again by the next run of this journal, whatever the cache holds.
  }
  if (!stored) return false;
  if (work.order.complaint && !work.order.complaint(stored->text).empty()) return false;
  work.answer.text = std::move(stored->text);
  work.answer.finish = std::move(stored->finish);
  work.answer.model = std::move(stored->model);
  work.answer.is_stored = true;
  work.answer.usage = stored->usage;
  work.answer.usd = 0.0;
  finish(work, Status::ok, "");
  return true;
}

void Caller::keep(const Answer& failed, const std::string& part, std::size_t index,
                  std::size_t draw, const Answer& answer) {
  JournalRow row;
  row.kind = JournalRow::Kind::answer;
  row.answer.key = failed.key;
  row.answer.part = part;
  row.answer.index = index;
  row.answer.draw = draw;
  row.answer.text = answer.text;
  row.answer.finish = answer.finish;
  row.answer.model = answer.model;
  row.answer.usage = answer.usage;
  row.answer.attempts = 0;  // nothing was sent for it alone
  row.answer.seconds = answer.seconds;
  if (cache_ && !failed.identity.empty()) cache_->keep(failed.identity, row.answer);
  if (!journal_ || journal_->has(failed.key)) return;
  row.number = journal_->next_number();
  journal_->append(row);
}

double Caller::estimate_of(const Work& work) const {
  const double prompt = static_cast<double>(work.prompt_bytes) * tokens_a_byte_;
  const auto most = static_cast<double>(completion_bound(work.order.request));
  const double likely = counted_ > 0 ? completion_ : most;
  return std::max(1.0, prompt + (most > 0 ? std::min(most, likely) : likely));
}

std::optional<Price> Caller::price_of(const Order& order) const {
  const auto found = settings_.prices.find(model_of(order.request));
  return found == settings_.prices.end() ? std::nullopt : std::optional(found->second);
}

void Caller::Work::measure() {
  prompt_bytes = fanout::prompt_bytes(order.request);
  const std::int64_t prompt = prompt_bound(order.request);
  const std::int64_t completion = completion_bound(order.request);
  bound = {prompt + completion, price ? usd_bound(prompt, completion, *price) : 0};
}

void Caller::Work::make(bool streamed, const Dropped& without) {
  if (body && is_body_streamed == streamed && body_without == without) return;
  body = std::make_shared<const std::string>(make_body(whole_request(), streamed, without));
  is_body_streamed = streamed;
  body_without = without;
  has_left_texts = leave_texts(order.request);
}

std::vector<Answer> Caller::step(Time until) {
  if (ended_.empty()) {
    const Time now = Clock::now();
    while (!later_.empty() && later_.top().when <= now) {
      const std::uint64_t id = later_.top().id;
      later_.pop();
      if (works_.contains(id)) {
        ready_[endpoints_[works_.at(id)->order.endpoint].gate].push_front(id);
      }
    }
    check_patience(now);
    const std::uint64_t sent_before = sent_;
    Time next = std::min(until, send_ready(now));
    if (!later_.empty()) next = std::min(next, later_.top().when);
    if (ended_.empty()) {
      // Whoever makes orders as they are wanted may have more of them.
      if (sent_ > sent_before && waiting_ == 0) next = now;
      std::vector<Received> received = transport_->wait(next);
      const Time then = Clock::now();
      for (Received& each : received) take(std::move(each), then);
      take_commits(then);
    }
  }
  return std::exchange(ended_, {});
}

Time Caller::send_ready(Time now) {
  Time next = Time::max();
  for (std::size_t gate = 0; gate < gates_.size(); ++gate) {
    while (!stop_ && !ready_[gate].empty()) {
      const auto found = works_.find(ready_[gate].front());
      if (found == works_.end()) {  // cancelled
        ready_[gate].pop_front();
        continue;
      }
      Work& work = *found->second;
      // A slot is held until its answer is in the journal.
      if (gates_[gate].in_flight() + static_cast<int>(uncommitted_.size()) >=
          gates_[gate].window()) {
        break;
      }
      const Time when = gates_[gate].ready(estimate_of(work), now);
      if (when > now) {
        const double wait = Seconds(when - now).count();
        if (when != Time::max() && wait > kLongestWait && in_flight_ == 0 &&
            gates_[gate].is_told()) {
          stop(StopCause::given_up,
               fmt::format("the limits that the server tells leave no call for {:.0f} s", wait));
          break;
        }
        next = std::min(next, when);
        break;
      }
      if (spending_.is_capped()) {
        if (!spending_.fits(work.bound)) {
          if (in_flight_ > 0 && spending_.may_fit_later(work.bound)) break;
          stop(StopCause::budget, "the budget does not cover another call");
          break;
        }
      }
      ready_[gate].pop_front();
      post(work, now);
    }
  }
  return next;
}

void Caller::post(Work& work, Time now) {
  Gate& gate = gates_[endpoints_[work.order.endpoint].gate];
  work.ticket = gate.send(estimate_of(work), now);
  work.has_ticket = true;
  work.reserved = work.bound;
  spending_.reserve(work.reserved);
  if (journal_) {
    work.number = journal_->next_number();
    if (spending_.is_capped()) {
      JournalRow row;
      row.kind = JournalRow::Kind::sent;
      row.number = work.number;
      row.cost = work.reserved;
      journal_->append(row);
    }
  }
  if (!work.is_sent) {
    work.is_sent = true;
    work.first_sent = now;
  }
  --waiting_;
  ++in_flight_;
  ++sent_;
  transport_->send(make_post(work));
}

Post Caller::make_post(Work& work) {
  const Endpoint& endpoint = endpoints_[work.order.endpoint];
  Post post;
  post.id = work.order.id;
  post.url = endpoint.url;
  post.headers = endpoint.headers;
  post.streamed = endpoint.streamed || work.order.streamed;
  const auto body_before = work.body;
  work.make(post.streamed, dropped_[work.order.endpoint]);
  post.body = work.body;
  if (!work.keeps_key || work.body != body_before) work.idempotency_key = random_hex(random_);
  post.idempotency_key = work.idempotency_key;
  post.http2 = endpoint.http2;
  post.silence = endpoint.silence;
  if (work.order.on_text || work.order.on_first_byte) {
    const auto first = std::make_shared<bool>(true);
    post.on_bytes = [&order = work.order, first](std::string_view bytes) {
      if (std::exchange(*first, false) && order.on_first_byte) order.on_first_byte();
      if (order.on_text) order.on_text(bytes);
    };
  }
  return post;
}

void Caller::finish(Work& work, Status status, std::string error) {
  const std::uint64_t id = work.order.id;
  Answer& answer = work.answer;
  answer.status = status;
  answer.error = std::move(error);
  if (status != Status::ok) answer.text.clear();
  if (status == Status::failed) answer.identity = std::move(work.identity);
  if (!answer.is_stored && work.price && work.is_usd_known) {
    answer.usd = work.usd;
  }
  if (answer.seconds == 0 && work.is_sent) {
    answer.seconds = Seconds(Clock::now() - work.first_sent).count();
  }
  const std::vector<std::uint64_t> twins = std::move(work.twins);
  Answer copy;
  if (settings_.dedupe) {
    copy = answer;
    copy.attempts = 0;
    copy.usage = {};
    copy.usd = 0.0;
    copy.is_stored = true;
    twins_.erase(work.key);
    if (status == Status::ok) {
      const std::string_view text = known_texts_.keep(copy.text);
      const auto known = known_.insert_or_assign(work.key, Known{copy, text}).first;
      std::string().swap(known->second.answer.text);
    }
  }
  ended_.push_back(std::move(answer));
  works_.erase(id);
  for (const std::uint64_t twin : twins) {
    const auto found = works_.find(twin);
    if (found == works_.end()) continue;
    copy.id = twin;
    ended_.push_back(copy);
    works_.erase(found);
  }
}

void Caller::stop(StopCause cause, std::string why) {
  if (stop_) return;
  stop_ = Stop{cause, std::move(why)};
  skip_waiting();
}

void Caller::skip_waiting() {
  std::vector<std::uint64_t> waiting;
  for (std::deque<std::uint64_t>& queue : ready_) {
    waiting.insert(waiting.end(), queue.begin(), queue.end());
    queue.clear();
  }
  while (!later_.empty()) {
    waiting.push_back(later_.top().id);
    later_.pop();
  }
  waiting_ = 0;
  for (const std::uint64_t id : waiting) {
    const auto found = works_.find(id);
    if (found != works_.end()) finish(*found->second, Status::skipped, "not sent: " + stop_->why);
  }
}

void Caller::abort() {
  if (!stop_) stop(StopCause::aborted, "aborted");
  transport_->abort_all();
}

void Caller::cancel(std::span<const std::uint64_t> ids) {
  for (const std::uint64_t id : ids) {
    const auto found = works_.find(id);
    if (found == works_.end()) continue;
    Work& work = *found->second;
    if (work.has_ticket) {
      work.is_cancelled = true;
      transport_->abort(id);  // ends in the next step()
    } else if (work.commit == 0) {
      --waiting_;
      finish(work, Status::skipped, "cancelled");
    }
  }
}

void Caller::check_patience(Time now) {
  if (stop_) return;
  for (const Gate& gate : gates_) {
    if (gate.refused_since() != Time::max() &&
        Seconds(now - gate.refused_since()).count() > settings_.give_up) {
      stop(StopCause::given_up,
           fmt::format("nothing but refusals for {:.0f} s", settings_.give_up));
      return;
    }
  }
}

}  // namespace braid::fanout
