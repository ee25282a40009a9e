// Priming: of several orders that begin with the same long text, one goes first and the rest at the
// first byte of its answer. Sent at once, all of them would pay for that text in full.
#include <algorithm>

#include "fanout/graph_run.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kShared = 4096;  // bytes: about the 1,024 tokens from which servers cache

std::optional<Digest> prefix_of(const Order& order) {
  std::string text;
  for (const Message& message : order.request.messages) {
    text += message.role;
    text += '\n';
    text.append(message.text, 0, kShared);
    if (text.size() >= kShared) {
      text.resize(kShared);
      return digest_of(text, order.endpoint);
    }
    text += '\n';
  }
  return std::nullopt;
}

}  // namespace

void GraphRun::submit(std::vector<Order> orders) {
  std::unordered_map<Digest, std::size_t, DigestHash> counts;
  std::vector<std::optional<Digest>> keys;
  for (const Order& order : orders) {
    keys.push_back(is_priming_ ? prefix_of(order) : std::nullopt);
    if (keys.back()) ++counts[*keys.back()];
  }
  for (std::size_t i = 0; i < orders.size(); ++i) {
    Order& order = orders[i];
    const std::optional<Digest>& key = keys[i];
    const Part* part = nodes_[places_.at(order.id).node]->part;
    const bool may_prime = key && part != nullptr && part->prime;
    const auto found = may_prime ? prefixes_.find(*key) : prefixes_.end();
    if (!may_prime || (found == prefixes_.end() && counts[*key] < 2)) {
      caller_.submit(std::move(order));
    } else if (found == prefixes_.end()) {
      prefixes_[*key].primer = order.id;
      primers_.emplace(order.id, *key);
      order.streamed = true;
      order.on_first_byte = [this, key = *key] {
        to_open_.push_back(key);
        caller_.wake();
      };
      caller_.submit(std::move(order));
    } else if (found->second.is_open) {
      caller_.submit(std::move(order));
    } else {
      found->second.held.push_back(std::move(order));
    }
  }
}

void GraphRun::open_prefix(const Digest& key) {
  Prefix& prefix = prefixes_.at(key);
  prefix.is_open = true;
  for (Order& order : std::exchange(prefix.held, {})) {
    second_wave_.insert(order.id);
    caller_.submit(std::move(order));
  }
}

void GraphRun::look_at_cache(const Answer& answer) {
  if (const auto primer = primers_.find(answer.id); primer != primers_.end()) {
    to_open_.push_back(primer->second);  // however it ended, the others wait no longer
    primers_.erase(primer);
  }
  if (second_wave_.erase(answer.id) == 0 || answer.is_stored || !answer.usage.known) return;
  if (answer.usage.cached == 0) is_priming_ = false;
}

}  // namespace braid::fanout
