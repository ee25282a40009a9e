// Chunks that are longer than the model can read: cut in two, each half asked by itself, as often
// as it takes, and the answers joined to the answer of the chunk.
#include <fmt/format.h>

#include <algorithm>

#include "fanout/covers.h"
#include "fanout/graph_run.h"
#include "fanout/merges.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kShortest = 64;  // bytes; what is too long even so is not helped by cutting

}  // namespace

std::string_view GraphRun::text_of(const Place& place) const {
  if (place.joint) return place.joint->texts[place.piece];
  const Node& node = *nodes_[place.node];
  const std::size_t index = node.rows[place.row].index;
  if (node.source != nullptr) {
    return node.source->rows[index * row_count_an_item(*node.source)].answer.text;
  }
  return node.chunks.empty() ? std::string_view() : node.chunks[index].text;
}

// Answers to pieces can be joined when what is made of them is a longer text, or a list of records.
// A ballot, a candidate or a value of a schema cannot.
bool GraphRun::may_cut(const Node& node) const {
  if (node.part == nullptr || node.part->each.empty() || node.part->has_bodies) return false;
  if (node.part->schema && !node.part->covers) return false;
  return std::none_of(node.readers.begin(), node.readers.end(), [&](std::size_t reader) {
    const Merge* merge = nodes_[reader]->merge;
    return merge != nullptr && (merge->kind == MergeKind::vote || merge->kind == MergeKind::best);
  });
}

bool GraphRun::cut_again(const Place& place, const Answer& failed) {
  const Node& node = *nodes_[place.node];
  if (failed.status != Status::failed || !failed.is_too_long || caller_.stopped() ||
      !place.rejected.empty() || !may_cut(node)) {
    return false;
  }
  const Input* input = workflow_.find_input(node.part->each);
  const std::string_view text = text_of(place);
  // A record that an answer must hold stays whole.
  if (text.size() < kShortest || (node.part->covers && text.find('\n') >= text.size() - 1)) {
    return false;
  }
  const auto halves = cut_in_two(text, input == nullptr ? SplitKind::paragraphs : input->split,
                                 input == nullptr ? "" : input->path);
  if (halves.size() < 2) return false;
  if (!std::exchange(has_cut_, true) && hooks_.on_note) {
    hooks_.on_note(fmt::format("{} {} is longer than the model can read; it is cut in two",
                               node.name, node.rows[place.row].index));
  }
  const auto joint = std::make_shared<Joint>();
  joint->texts.assign(halves.begin(), halves.end());
  joint->answers.resize(halves.size());
  joint->left = halves.size();
  joint->whole = place;
  if (!joint->whole.first) joint->whole.first = std::make_shared<const Answer>(failed);
  add_cost(joint->whole.before, failed);
  for (std::size_t i = 0; i < joint->texts.size(); ++i) {
    Order order =
        make_order(*nodes_[place.node], place.row, label_of_row(node, place.row), &joint->texts[i]);
    places_.emplace(order.id,
                    Place{.node = place.node, .row = place.row, .joint = joint, .piece = i});
    caller_.submit(std::move(order));
  }
  return true;
}

Answer GraphRun::joined_answer(const Joint& joint) const {
  const Node& node = *nodes_[joint.whole.node];
  Answer out = joint.answers[0];
  out.is_too_long = false;
  std::string text;
  std::vector<Json> records;
  bool are_records = node.part->covers.has_value();
  for (const std::size_t reader : node.readers) {
    const Merge* merge = nodes_[reader]->merge;
    are_records = are_records || (merge != nullptr && merge->record_rows);
  }
  for (std::size_t i = 0; i < joint.answers.size(); ++i) {
    const Answer& answer = joint.answers[i];
    if (i > 0) add_cost(out, answer);
    out.seconds = std::max(out.seconds, answer.seconds);
    out.is_stored = out.is_stored && answer.is_stored;
    if (answer.status != Status::ok) {
      out.status = answer.status;
      out.error = fmt::format("piece {} of {}: {}", i + 1, joint.answers.size(), answer.error);
      continue;
    }
    // What stands between two pieces of the chunk stands between their answers.
    const Edges edges = without_edges(joint.texts[i]);
    if (i > 0) text += edges.before;
    text += without_edges(answer.text).text;
    if (i + 1 < joint.answers.size()) text += edges.after;
    auto found = records_of(answer.text);
    are_records = are_records && found;
    if (!are_records) continue;
    for (Json& record : *found) records.push_back(std::move(record));
  }
  out.text = are_records && out.status == Status::ok
                 ? with_records(joint.answers[0].text, std::move(records))
                 : std::move(text);
  if (out.status != Status::ok) out.text.clear();
  return out;
}

}  // namespace braid::fanout
