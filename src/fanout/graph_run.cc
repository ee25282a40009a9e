#include "fanout/graph_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "fanout/vote.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kMostWaiting = 500;      // orders made ahead of their sending
constexpr std::size_t kBeginning = 1U << 16U;  // bytes of a merge that a report may show
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
  if (node.rows.empty()) node.rows.reserve(items * row_count_an_item(node));
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
      places_.emplace(orders.back().id, Place{.node = i, .row = row});
    }
  }
  submit(std::move(orders));
}

void GraphRun::take(Answer answer) {
  const auto found = places_.find(answer.id);
  BRAID_CHECK(found != places_.end());
  const Place place = std::move(found->second);
  places_.erase(found);
  if (ask_for_missing(place, answer) || fall_back(place, answer) || cut_again(place, answer)) {
    return;
  }
  join_records(place, answer);
  end_place(place, std::move(answer));
}

void GraphRun::end_place(const Place& place, Answer answer) {
  add_cost(answer, place.before);
  if (Joint* joint = place.joint.get()) {
    joint->answers[place.piece] = std::move(answer);
    if (--joint->left == 0) end_place(joint->whole, joined_answer(*joint));
    return;
  }
  Row& row = nodes_[place.node]->rows[place.row];
  if (place.first && answer.status == Status::ok) {
    caller_.keep(*place.first, row.part, row.index, row.draw, answer);
  }
  row.answer = {answer.status,
                answer.is_too_long,
                answer.is_stored,
                answer.attempts,
                texts_->keep(std::move(answer.text)),
                std::move(answer.error),
                answer.usage,
                answer.usd,
                answer.seconds};
  end_row(place.node, place.row);
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
    const KeptAnswer& answer = node.rows[0].answer;
    if (answer.status == Status::ok) {
      node.value = std::string(answer.text);
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
  if (merged.text) {
    Text beginning = std::string(merged.text->view().substr(0, kBeginning));
    node.value = std::exchange(*merged.text, std::move(beginning));
  } else {
    node.blocked = merged.failure;
  }
  node.merged = std::move(merged);
  start_ready();
}

}  // namespace braid::fanout
