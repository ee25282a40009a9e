#include "fanout/covers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "fanout/merges.h"
#include "fanout/schema.h"
#include "fanout/splits.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kMostNamed = 20;

std::string listed(const std::vector<std::string>& ids) {
  std::string out;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostNamed); ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : ", ", ids[i]);
  }
  if (ids.size() > kMostNamed) out += fmt::format(" and {} more", ids.size() - kMostNamed);
  return out;
}

}  // namespace

Result<std::vector<std::string>> ids_of_chunk(std::string_view chunk, std::string_view pointer) {
  std::vector<std::string> out;
  std::size_t number = 0;
  while (!chunk.empty()) {
    const std::size_t end = std::min(chunk.find('\n'), chunk.size());
    const std::string_view line = without_edges(chunk.substr(0, end)).text;
    chunk.remove_prefix(std::min(end + 1, chunk.size()));
    ++number;
    if (line.empty()) continue;
    const auto record = parse_json(line);
    if (!record) {
      return std::unexpected(
          Error{fmt::format("line {} is no JSON: {}", number, record.error().what)});
    }
    const Json* id = record->at_pointer(pointer);
    if (id == nullptr || id->is(Json::Kind::null)) {
      return std::unexpected(Error{fmt::format("line {} has no id at {}", number, pointer)});
    }
    out.push_back(id->dump());
  }
  return out;
}

std::string compare_ids(const std::vector<std::string>& wanted, std::string_view answer,
                        std::string_view pointer) {
  const auto records = records_of(answer);
  if (!records) return "it is no JSON list of records";
  std::map<std::string, std::size_t> seen;
  std::vector<std::string> invented;
  std::vector<std::string> doubled;
  const std::set<std::string> known(wanted.begin(), wanted.end());
  std::size_t nameless = 0;
  for (const Json& record : *records) {
    const Json* id = record.at_pointer(pointer);
    if (id == nullptr) {
      ++nameless;
      continue;
    }
    const std::string name = id->dump();
    const std::size_t times = ++seen[name];
    if (!known.contains(name)) {
      if (times == 1) invented.push_back(name);
    } else if (times == 2) {
      doubled.push_back(name);
    }
  }
  std::vector<std::string> missing;
  for (const std::string& id : wanted) {
    if (!seen.contains(id)) missing.push_back(id);
  }
  std::string out;
  const auto add = [&](const char* what, const std::vector<std::string>& ids) {
    if (!ids.empty()) out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", what, listed(ids));
  };
  add("missing", missing);
  add("more than once", doubled);
  add("not asked for", invented);
  if (nameless > 0) {
    out += fmt::format("{}{} records without {}", out.empty() ? "" : "; ", nameless, pointer);
  }
  return out;
}

std::vector<Json> records_kept(std::string_view chunk, std::string_view pointer,
                               std::string_view answer, std::string_view answer_pointer) {
  std::vector<Json> out;
  const auto ids = ids_of_chunk(chunk, pointer);
  auto records = records_of(answer);
  if (!ids || !records) return out;
  std::set<std::string> wanted(ids->begin(), ids->end());
  for (Json& record : *records) {
    const Json* id = record.at_pointer(answer_pointer);
    if (id != nullptr && wanted.erase(id->dump()) > 0) out.push_back(std::move(record));
  }
  return out;
}

std::string lines_without(std::string_view chunk, std::string_view pointer,
                          const std::vector<Json>& records, std::string_view record_pointer) {
  std::set<std::string> there;
  for (const Json& record : records) {
    if (const Json* id = record.at_pointer(record_pointer)) there.insert(id->dump());
  }
  std::string out;
  while (!chunk.empty()) {
    const std::size_t end = std::min(chunk.find('\n'), chunk.size());
    const std::string_view line = without_edges(chunk.substr(0, end)).text;
    chunk.remove_prefix(std::min(end + 1, chunk.size()));
    const auto record = parse_json(line);
    const Json* id = record ? record->at_pointer(pointer) : nullptr;
    if (id == nullptr || there.contains(id->dump())) continue;
    if (!out.empty()) out += '\n';
    out += line;
  }
  return out;
}

std::vector<Json> in_order_of(std::string_view chunk, std::string_view pointer,
                              std::vector<Json> records, std::string_view record_pointer) {
  std::map<std::string, std::size_t> places;
  for (const std::string& id : ids_of_chunk(chunk, pointer).value_or(std::vector<std::string>{})) {
    places.emplace(id, places.size());
  }
  const auto place_of = [&](const Json& record) {
    const Json* id = record.at_pointer(record_pointer);
    const auto found = id == nullptr ? places.end() : places.find(id->dump());
    return found == places.end() ? places.size() : found->second;
  };
  std::stable_sort(records.begin(), records.end(),
                   [&](const Json& a, const Json& b) { return place_of(a) < place_of(b); });
  return records;
}

Result<void> check_ids(const Input& input, std::string_view pointer) {
  const auto ids = ids_of_chunk(input.text, pointer);
  input.text.was_read(input.text.size());
  const std::string name = input.path.empty() ? "the input " + input.name : input.path;
  if (!ids) return std::unexpected(Error{fmt::format("{}: {}", name, ids.error().message)});
  std::set<std::string> seen;
  for (const std::string& id : *ids) {
    if (!seen.insert(id).second) {
      return std::unexpected(Error{fmt::format("{}: the id {} is there twice", name, id)});
    }
  }
  return {};
}

std::function<std::string(const std::string&)> complaint_of(const Part& part, std::string chunk,
                                                            const Input* input) {
  std::vector<std::string> ids;
  if (part.covers) {
    const std::string pointer = input != nullptr && !input->id.empty() ? input->id : *part.covers;
    if (auto found = ids_of_chunk(chunk, pointer)) ids = std::move(*found);
  }
  return [schema = part.schema, covers = part.covers, ids](const std::string& text) -> std::string {
    if (schema) {
      const auto value = json_of_answer(text);
      if (!value)
        return fmt::format("it is no JSON: {} at byte {}", value.error().what,
                           value.error().offset);
      if (std::string wrong = schema->complaint(*value); !wrong.empty()) return wrong;
    }
    return covers ? compare_ids(ids, text, *covers) : std::string();
  };
}

}  // namespace braid::fanout
