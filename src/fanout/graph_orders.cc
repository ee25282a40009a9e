// What a running graph sends: the order of a row, and of a merge's own call.
#include <fmt/format.h>

#include "fanout/covers.h"
#include "fanout/graph_run.h"
#include "fanout/schema.h"

namespace braid::fanout {

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
  return node.part == nullptr ? node.asked[row].label
                              : node.models[(row / node.draws) % node.models.size()];
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
    texts_->was_read(chunk.size());
  } else if (!node.chunks.empty()) {
    chunk = without_edges(node.chunks[row.index].text).text;
    context = node.chunks[row.index].context;
    if (const Input* input = workflow_.find_input(part.each)) input->text.was_read(chunk.size());
  }
  if (only != nullptr) chunk = without_edges(*only).text;
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

namespace {

// What another model answers is kept in the cache as that model's alone.
std::shared_ptr<const Answer> without_identity(const Answer& first) {
  auto out = std::make_shared<Answer>(first);
  out->identity.clear();
  return out;
}

}  // namespace

// A call that failed goes to the next model of its model's list.
bool GraphRun::fall_back(const Place& place, const Answer& failed) {
  Node& node = *nodes_[place.node];
  if (failed.status != Status::failed || caller_.stopped()) return false;
  const auto model = workflow_.models.find(label_of_row(node, place.row));
  if (model == workflow_.models.end() || place.fallbacks >= model->second.fallback.size()) {
    return false;
  }
  Place next = place;
  ++next.fallbacks;
  next.first = without_identity(place.first ? *place.first : failed);
  if (place.joint) place.joint->whole.first = without_identity(*place.joint->whole.first);
  const std::string& label = model->second.fallback[place.fallbacks];
  const std::string* piece = place.joint ? &place.joint->texts[place.piece] : nullptr;
  resubmit(node.part == nullptr ? make_call(node, place.row, label)
                                : make_order(node, place.row, label, piece),
           next, failed, "");
  return true;
}

void GraphRun::resubmit(Order order, const Place& place, const Answer& failed,
                        std::string rejected) {
  Place next = place;
  next.rejected = std::move(rejected);
  if (!next.first) next.first = std::make_shared<const Answer>(failed);
  add_cost(next.before, failed);
  places_.emplace(order.id, std::move(next));
  caller_.submit(std::move(order));
}

std::size_t GraphRun::call(const Merge& merge, const std::string& label, std::string prompt,
                           std::function<std::string(const std::string&)> complaint) {
  const std::size_t at = by_name_.at(merge.name);
  Node& node = *nodes_[at];
  Row& row = node.rows.emplace_back();
  row.part = merge.name;
  row.index = node.rows.size() - 1;
  node.asked.push_back(
      {label.empty() ? "default" : label, std::move(prompt), std::move(complaint)});
  Order order = make_call(node, row.index, node.asked.back().label);
  places_.emplace(order.id, Place{.node = at, .row = row.index});
  caller_.submit(std::move(order));
  return row.index;
}

Order GraphRun::make_call(const Node& node, std::size_t row, const std::string& label) {
  const Asked& asked = node.asked[row];
  const Model settings = this->settings(label);
  Order order;
  order.id = next_id_++;
  order.part = node.name;
  order.index = row;
  order.by_index = true;
  order.endpoint = endpoints_.by_label.at(label);
  order.request = request_of(settings);
  order.request.seed = settings.seed;
  if (settings.system) order.request.messages.push_back({"system", *settings.system});
  order.request.messages.push_back({"user", asked.prompt});
  order.needs_whole = node.merge->kind == MergeKind::synthesise;
  order.complaint = asked.complaint;
  return order;
}

const Row& GraphRun::call_row(const Merge& merge, std::size_t number) const {
  return nodes_[by_name_.at(merge.name)]->rows[number];
}

void GraphRun::set_aside(const Merge& merge, std::size_t number, const std::string& why) {
  KeptAnswer& answer = nodes_[by_name_.at(merge.name)]->rows[number].answer;
  answer.status = Status::skipped;
  answer.error = why;
}

}  // namespace braid::fanout
