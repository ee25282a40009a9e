#include "fanout/graph_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "fanout/covers.h"
#include "fanout/schema.h"
#include "fanout/vote.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kMostWaiting = 2000;  // orders made ahead of their sending
constexpr auto kLongestStep = std::chrono::milliseconds(250);

}  // namespace

GraphRun::GraphRun(const Workflow& workflow, const Endpoints& endpoints, Caller& caller,
                   const RunHooks& hooks)
    : workflow_(workflow),
      endpoints_(endpoints),
      caller_(caller),
      hooks_(hooks),
      began_(Clock::now()) {
  build();
}

GraphRun::Node* GraphRun::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : nodes_[found->second].get();
}

const GraphRun::Node* GraphRun::find(std::string_view name) const {
  return const_cast<GraphRun*>(this)->find(name);
}

void GraphRun::build() {
  for (const Part& part : workflow_.parts) {
    auto& node = *nodes_.emplace_back(std::make_unique<Node>());
    node.part = &part;
    node.name = part.name;
  }
  for (const Merge& merge : workflow_.merges) {
    auto& node = *nodes_.emplace_back(std::make_unique<Node>());
    node.merge = &merge;
    node.name = merge.name;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) by_name_.emplace(nodes_[i]->name, i);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    const Template& prompt = node.part != nullptr ? node.part->prompt : node.merge->prompt;
    for (const std::string& name : prompt.names()) {
      if (Node* read = find(name)) {
        node.needs.push_back(name);
        read->readers.push_back(i);
      }
    }
    if (node.part != nullptr) {
      build_part(node);
      if (Node* source = find(node.part->each)) source->readers.push_back(i);
    } else {
      for (const std::string& name : node.merge->of) {
        if (Node* read = find(name)) read->readers.push_back(i);
      }
    }
  }
  find_voters();
}

void GraphRun::build_part(Node& node) {
  const Part& part = *node.part;
  node.models = part.models.empty() ? std::vector<std::string>{"default"} : part.models;
  node.draws = static_cast<std::size_t>(part.repeat);
  if (const Input* input = workflow_.find_input(part.each)) {
    node.chunks = cut_chunks(*input);
  } else if (!part.each.empty()) {
    node.source = find(part.each);
    node.is_open = true;
  }
}

// A vote decides how many draws are sent when it alone reads the part, and reads nothing else.
void GraphRun::find_voters() {
  for (const Merge& merge : workflow_.merges) {
    if (merge.kind != MergeKind::vote || merge.of.size() != 1 || merge.vote.invalid_fails) continue;
    Node* part = find(merge.of[0]);
    if (part == nullptr || part->part == nullptr || part->readers.size() != 1) continue;
    if (part->models.size() != 1 || merge.vote.stop == StopRule::never) continue;
    if (merge.missing && merge.missing->kind != Missing::Kind::best_effort) continue;
    part->voter = &merge;
  }
}

void GraphRun::run() {
  start_ready();
  while (true) {
    pump();
    if (caller_.is_idle()) break;
    for (Answer& answer : caller_.step(Clock::now() + kLongestStep)) {
      look_at_cache(answer);
      take(std::move(answer));
    }
    check_interrupts();
    const Time now = Clock::now();
    if (hooks_.on_progress && now - shown_ > std::chrono::milliseconds(200)) {
      shown_ = now;
      hooks_.on_progress(progress());
    }
  }
  for (const auto& node : nodes_) BRAID_CHECK(node->is_finished);
}

void GraphRun::check_interrupts() {
  if (hooks_.interrupts == nullptr) return;
  const int count = hooks_.interrupts->load();
  if (count == interrupts_seen_) return;
  if (interrupts_seen_ == 0) {
    is_interrupted_ = true;
    if (hooks_.on_note) {
      hooks_.on_note(
          fmt::format("interrupted: waiting for {} calls in flight; once more gives them up",
                      caller_.in_flight()));
    }
    caller_.stop(StopCause::aborted, "interrupted");
  }
  if (count > 1) caller_.abort();
  interrupts_seen_ = count;
}

void GraphRun::start_ready() {
  for (bool any = true; any;) {
    any = false;
    for (const auto& node : nodes_) {
      if (!node->is_started && start(*node)) any = true;
    }
  }
}

bool GraphRun::start(Node& node) {
  for (const std::string& name : node.needs) {
    const Node& needed = *find(name);
    if (!needed.is_finished) return false;
  }
  if (node.merge != nullptr) {
    for (const std::string& name : node.merge->of) {
      const Node* read = find(name);
      if (read != nullptr && !read->is_finished) return false;
    }
  }
  node.is_started = true;
  for (const std::string& name : node.needs) {
    const Node& needed = *find(name);
    if (!needed.value) {
      block(node, fmt::format("{} is missing: {}", name, needed.blocked));
      return true;
    }
  }
  if (node.merge != nullptr) {
    start_merge(node);
    return true;
  }
  if (node.source != nullptr) {
    add_items(node, node.source->items);
    const std::size_t rows = row_count_an_item(*node.source);
    for (std::size_t item = 0; item < node.items; ++item) {
      const Row& row = node.source->rows[item * rows];
      if (!row.is_done) continue;
      if (row.answer.status == Status::ok)
        release_item(node, item);
      else
        skip_item(node, item, fmt::format("{} {} is missing", node.source->name, item));
    }
    // The source knows its number of items once it has started.
    node.is_open = !node.source->is_started;
  } else {
    const std::size_t items = node.part->each.empty() ? 1 : node.chunks.size();
    add_items(node, items);
    for (std::size_t item = 0; item < items; ++item) release_item(node, item);
  }
  for (const std::size_t reader : node.readers) {
    Node& other = *nodes_[reader];
    if (other.source == &node && other.is_started) {
      add_items(other, node.items - other.items);
      other.is_open = false;
    }
  }
  if (node.done == node.rows.size() && !node.is_open) finish_part(node);
  return true;
}

void GraphRun::add_items(Node& node, std::size_t items) {
  for (std::size_t i = 0; i < items; ++i) {
    const std::size_t item = node.items++;
    node.released.push_back(0);
    for (const std::string& label : node.models) {
      for (std::size_t draw = 0; draw < node.draws; ++draw) {
        Row& row = node.rows.emplace_back();
        row.part = node.models.size() > 1 ? fmt::format("{}.{}", node.name, label) : node.name;
        row.index = item;
        row.draw = draw;
      }
    }
  }
}

void GraphRun::release_item(Node& node, std::size_t item) {
  if (node.voter != nullptr) {
    release_draws(node, item);
    return;
  }
  const std::size_t rows = row_count_an_item(node);
  for (std::size_t row = item * rows; row < (item + 1) * rows; ++row) node.ready.push_back(row);
}

std::vector<std::string> GraphRun::labels_at(const Node& node, std::size_t item) const {
  std::vector<std::string> out;
  for (std::size_t draw = 0; draw < node.released[item]; ++draw) {
    const Row& row = node.rows[item * node.draws + draw];
    out.push_back(row.answer.status == Status::ok ? label_of(row.answer.text, node.voter->vote)
                                                  : std::string());
  }
  return out;
}

// The next round of a vote: as many draws as could still be needed, once all of the last are in.
void GraphRun::release_draws(Node& node, std::size_t item) {
  const std::size_t first = item * node.draws;
  for (std::size_t draw = 0; draw < node.released[item]; ++draw) {
    if (!node.rows[first + draw].is_done) return;
  }
  std::size_t more = node.draws - node.released[item];
  if (!node.voter->vote.normalise.starts_with("python:")) {
    more = std::min(more, next_draws(labels_at(node, item), node.draws, node.voter->vote));
  }
  for (std::size_t i = 0; i < more; ++i) node.ready.push_back(first + node.released[item] + i);
  node.released[item] += more;
  if (more > 0) return;
  for (std::size_t draw = node.released[item]; draw < node.draws; ++draw) {
    Row& row = node.rows[first + draw];
    if (row.is_done) continue;
    row.is_done = true;
    row.is_needed = false;
    row.answer.status = Status::skipped;
    row.answer.error = "not needed: the vote was decided";
    ++node.done;
  }
}

void GraphRun::skip_item(Node& node, std::size_t item, const std::string& why) {
  const std::size_t rows = row_count_an_item(node);
  for (std::size_t at = item * rows; at < (item + 1) * rows; ++at) {
    Row& row = node.rows[at];
    row.answer.status = Status::skipped;
    row.answer.error = why;
    row.is_done = true;
    ++node.done;
  }
  for (const std::size_t reader : node.readers) {
    Node& other = *nodes_[reader];
    if (other.source == &node && other.is_started && item < other.items)
      skip_item(other, item, why);
  }
  if (node.done == node.rows.size() && !node.is_open) finish_part(node);
}

void GraphRun::pump() {
  for (const Digest& key : std::exchange(to_open_, {})) open_prefix(key);
  std::vector<Order> orders;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    while (!node.ready.empty() && caller_.waiting() + orders.size() < kMostWaiting) {
      const std::size_t row = node.ready.front();
      node.ready.pop_front();
      orders.push_back(make_order(node, row, label_of_row(node, row)));
      places_.emplace(orders.back().id, Place{i, row, 0, {}, {}});
    }
  }
  submit(std::move(orders));
}

std::string_view GraphRun::value_of(std::string_view name) const {
  if (const Input* input = workflow_.find_input(name)) return input->text;
  const Node* node = find(name);
  return node != nullptr && node->value ? std::string_view(*node->value) : std::string_view{};
}

Model GraphRun::settings(const std::string& label) const {
  return settings_of(workflow_, {}, label.empty() ? "default" : label);
}

const Model& GraphRun::settings_for(const Part& part, const std::string& label) {
  const auto [found, is_new] = settings_.try_emplace({&part, label});
  if (is_new) found->second = settings_of(workflow_, part, label);
  return found->second;
}

const std::string& GraphRun::label_of_row(const Node& node, std::size_t row) const {
  return node.models[(row / node.draws) % node.models.size()];
}

Order GraphRun::make_order(Node& node, std::size_t at, const std::string& label,
                           const std::string* only) {
  const Part& part = *node.part;
  Row& row = node.rows[at];
  const Model& settings = settings_for(part, label);
  Order order;
  order.id = next_id_++;
  order.part = row.part;
  order.index = row.index;
  order.draw = row.draw;
  order.by_index = node.source != nullptr;
  order.endpoint = endpoints_.by_label.at(label);
  order.request = request_of(settings);
  order.request.schema = part.schema;
  if (settings.seed) order.request.seed = *settings.seed + static_cast<std::int64_t>(row.draw);
  std::string_view chunk;
  std::string_view context;
  if (node.source != nullptr) {
    chunk = node.source->rows[row.index * row_count_an_item(*node.source)].answer.text;
  } else if (!node.chunks.empty()) {
    chunk = without_edges(node.chunks[row.index].text).text;
    context = node.chunks[row.index].context;
  }
  if (only != nullptr) chunk = *only;
  if (part.has_bodies) {
    auto whole = parse_json(chunk);
    BRAID_CHECK(whole.has_value());
    if (const Json* metadata = whole->find("metadata")) {
      row.metadata = std::make_shared<const Json>(*metadata);
    }
    order.request.whole = std::make_shared<const Json>(std::move(*whole));
  } else {
    std::string prompt = part.prompt.fill([&](std::string_view name) -> std::string_view {
      return name == "chunk" ? chunk : name == "context" ? context : value_of(name);
    });
    if (!context.empty() && !part.prompt.names("context")) {
      prompt = fmt::format("What stands before, for context only:\n{}\n\n{}",
                           without_edges(context).text, prompt);
    }
    if (settings.system) order.request.messages.push_back({"system", *settings.system});
    order.request.messages.push_back({"user", std::move(prompt)});
  }
  order.needs_whole = part.schema != nullptr || part.covers;
  for (const std::size_t reader : node.readers) {
    const Merge* merge = nodes_[reader]->merge;
    order.needs_whole = order.needs_whole || (merge != nullptr && merge->kind == MergeKind::stitch);
  }
  if (part.schema || part.covers) {
    order.complaint = complaint_of(part, std::string(chunk), workflow_.find_input(part.each));
  }
  return order;
}

void GraphRun::take(Answer answer) {
  const auto found = places_.find(answer.id);
  BRAID_CHECK(found != places_.end());
  const Place place = std::move(found->second);
  places_.erase(found);
  if (ask_for_missing(place, answer) || fall_back(place, answer)) return;
  join_records(place, answer);
  answer.attempts += place.before.attempts;
  answer.usage.prompt += place.before.usage.prompt;
  answer.usage.cached += place.before.usage.cached;
  answer.usage.completion += place.before.usage.completion;
  nodes_[place.node]->rows[place.row].answer = std::move(answer);
  end_row(place.node, place.row);
}

// A call that failed goes to the next model of its model's list.
bool GraphRun::fall_back(const Place& place, const Answer& failed) {
  Node& node = *nodes_[place.node];
  if (failed.status != Status::failed || node.part == nullptr || caller_.stopped()) return false;
  const auto model = workflow_.models.find(label_of_row(node, place.row));
  if (model == workflow_.models.end() || place.fallbacks >= model->second.fallback.size()) {
    return false;
  }
  Place next = place;
  ++next.fallbacks;
  resubmit(make_order(node, place.row, model->second.fallback[place.fallbacks]), next, failed, "");
  return true;
}

void GraphRun::resubmit(Order order, const Place& place, const Answer& failed,
                        std::string rejected) {
  Place next = place;
  next.rejected = std::move(rejected);
  next.before.attempts += failed.attempts;
  next.before.usage.prompt += failed.usage.prompt;
  next.before.usage.cached += failed.usage.cached;
  next.before.usage.completion += failed.usage.completion;
  places_.emplace(order.id, std::move(next));
  caller_.submit(std::move(order));
}

void GraphRun::end_row(std::size_t at, std::size_t row_at) {
  Node& node = *nodes_[at];
  Row& row = node.rows[row_at];
  row.is_done = true;
  ++node.done;
  if (node.merge != nullptr) {
    if (auto merged = node.calling->advance(*this)) finish_merge(node, std::move(*merged));
    return;
  }
  if (node.voter != nullptr) release_draws(node, row.index);
  for (const std::size_t reader : node.readers) {
    Node& other = *nodes_[reader];
    if (other.source != &node || !other.is_started) continue;
    if (row.answer.status == Status::ok) {
      release_item(other, row.index);
    } else {
      skip_item(other, row.index, fmt::format("{} {} is missing", node.name, row.index));
    }
  }
  if (node.done == node.rows.size() && !node.is_open) finish_part(node);
}

void GraphRun::finish_part(Node& node) {
  if (node.is_finished) return;
  node.is_finished = true;
  if (node.rows.size() == 1 && node.part->each.empty()) {
    const Answer& answer = node.rows[0].answer;
    if (answer.status == Status::ok) {
      node.value = answer.text;
    } else {
      node.blocked = answer.error;
    }
  }
  start_ready();
}

void GraphRun::block(Node& node, const std::string& why) {
  node.blocked = why;
  if (node.merge != nullptr) {
    Merged merged;
    merged.failure = why;
    finish_merge(node, std::move(merged));
    return;
  }
  if (node.source == nullptr) {
    add_items(node, node.part->each.empty() ? 1 : node.chunks.size());
  } else {
    add_items(node, node.source->items);
  }
  node.is_open = false;
  for (const std::size_t reader : node.readers) {
    Node& other = *nodes_[reader];
    if (other.source != &node || !other.is_started) continue;
    add_items(other, node.items - other.items);
    other.is_open = false;
  }
  for (std::size_t item = 0; item < node.items; ++item) skip_item(node, item, why);
  finish_part(node);
}

void GraphRun::finish_merge(Node& node, Merged merged) {
  node.is_finished = true;
  node.value = merged.text;
  if (!merged.text) node.blocked = merged.failure;
  node.merged = std::move(merged);
  start_ready();
}

std::size_t GraphRun::call(const Merge& merge, const std::string& label, std::string prompt,
                           std::function<std::string(const std::string&)> complaint) {
  const std::size_t at = by_name_.at(merge.name);
  Node& node = *nodes_[at];
  const std::string used = label.empty() ? "default" : label;
  const Model settings = settings_of(workflow_, {}, used);
  Row& row = node.rows.emplace_back();
  row.part = merge.name;
  row.index = node.rows.size() - 1;
  Order order;
  order.id = next_id_++;
  order.part = row.part;
  order.index = row.index;
  order.by_index = true;
  order.endpoint = endpoints_.by_label.at(used);
  order.request = request_of(settings);
  order.request.seed = settings.seed;
  if (settings.system) order.request.messages.push_back({"system", *settings.system});
  order.request.messages.push_back({"user", std::move(prompt)});
  order.needs_whole = merge.kind == MergeKind::synthesise;
  order.complaint = std::move(complaint);
  places_.emplace(order.id, Place{at, row.index, 0, {}, {}});
  caller_.submit(std::move(order));
  return row.index;
}

const Row& GraphRun::call_row(const Merge& merge, std::size_t number) const {
  return nodes_[by_name_.at(merge.name)]->rows[number];
}

}  // namespace braid::fanout
