// Answers that lack records even after they were asked for again: what is there is kept, and only
// the missing records go out once more.
#include "fanout/covers.h"
#include "fanout/graph_run.h"
#include "fanout/merges.h"
#include "fanout/schema.h"

namespace braid::fanout {
namespace {

std::string pointer_of(const Part& part, const Input& input) {
  return input.id.empty() ? *part.covers : input.id;
}

}  // namespace

std::string with_records(std::string_view answer, std::vector<Json> records) {
  auto value = json_of_answer(answer);
  Json list = Json::array();
  list.items = std::move(records);
  if (value && value->is_object()) {
    for (auto& [name, member] : value->members) {
      if (!member.is_array()) continue;
      member = std::move(list);
      return value->dump();
    }
  }
  return list.dump();
}

bool GraphRun::ask_for_missing(const Place& place, const Answer& failed) {
  Node& node = *nodes_[place.node];
  const bool is_first = place.rejected.empty() && !failed.rejected.empty();
  if (failed.status != Status::failed || node.part == nullptr || !node.part->covers || !is_first ||
      caller_.stopped()) {
    return false;
  }
  const Input* input = workflow_.find_input(node.part->each);
  if (input == nullptr || node.chunks.empty()) return false;
  const std::string pointer = pointer_of(*node.part, *input);
  const std::string_view chunk = text_of(place);
  const std::vector<Json> kept = records_kept(chunk, pointer, failed.rejected, *node.part->covers);
  const std::string missing = lines_without(chunk, pointer, kept, *node.part->covers);
  if (kept.empty() || missing.empty()) return false;
  resubmit(make_order(node, place.row, label_of_row(node, place.row), &missing), place, failed,
           with_records(failed.rejected, kept));
  return true;
}

void GraphRun::join_records(const Place& place, Answer& answer) const {
  const Node& node = *nodes_[place.node];
  if (place.rejected.empty() || answer.status != Status::ok || node.part == nullptr) return;
  const Input* input = workflow_.find_input(node.part->each);
  const std::string_view chunk = text_of(place);
  std::vector<Json> records = records_of(place.rejected).value_or(std::vector<Json>{});
  for (Json& record : records_of(answer.text).value_or(std::vector<Json>{})) {
    records.push_back(std::move(record));
  }
  const std::string pointer = pointer_of(*node.part, *input);
  answer.text = with_records(place.rejected,
                             in_order_of(chunk, pointer, std::move(records), *node.part->covers));
  // The whole is looked at once more.
  const auto ids = ids_of_chunk(chunk, pointer);
  const std::string wrong =
      compare_ids(ids.value_or(std::vector<std::string>{}), answer.text, *node.part->covers);
  if (wrong.empty()) return;
  answer.status = Status::failed;
  answer.error = wrong;
  answer.text.clear();
}

}  // namespace braid::fanout
