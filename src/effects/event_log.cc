#include "effects/event_log.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace braid::effects {

namespace {

std::size_t hash_of(const Event& event) {
  const Effect& effect = event.effect;
  std::size_t hash = static_cast<std::size_t>(effect.kind);
  for (std::size_t part :
       {std::size_t{event.node.value}, std::size_t{event.helper_call.value},
        std::size_t{effect.node.value}, static_cast<std::size_t>(effect.place.kind),
        std::size_t{effect.place.variable.value}, std::size_t{effect.place.objects.value},
        static_cast<std::size_t>(effect.place.part), std::size_t{effect.place.attribute.value},
        static_cast<std::size_t>(effect.place.world), std::size_t{effect.place.key.value},
        std::size_t{effect.names}}) {
    hash ^= part + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
  }
  return hash;
}

}  // namespace

std::uint32_t EventLog::push(Event event) {
  spent_.add(event.effect);
  const std::uint64_t now = next_++;
  const std::size_t hash = hash_of(event);
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    Entry& known = entries_[it->second];
    if (known.event != event) continue;
    known.last = now;
    return it->second;
  }
  by_hash_.emplace(hash, static_cast<std::uint32_t>(entries_.size()));
  entries_.push_back({std::move(event), now, now});
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

void EventLog::repeat(std::uint32_t where) {
  Entry& known = entries_[where];
  spent_.add(known.event.effect);
  known.last = next_++;
}

std::vector<Event> EventLog::take() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    order.emplace_back(entries_[i].first, i);
    if (entries_[i].last != entries_[i].first) order.emplace_back(entries_[i].last, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Event> out;
  out.reserve(order.size());
  for (const auto& [when, entry] : order) out.push_back(entries_[entry].event);
  clear();
  return out;
}

}  // namespace braid::effects
