#include "fanout/workflow_reading.h"

#include <algorithm>
#include <filesystem>

#include "fanout/workflow_file.h"

namespace braid::fanout {

Values::Values(std::string path) : path_(std::move(path)) {
  folder_ = std::filesystem::path(path_).parent_path().string();
}

void Values::wrong(std::uint32_t line, const std::string& what) {
  if (!error_.empty()) return;
  error_ =
      line == 0 ? fmt::format("{}: {}", path_, what) : fmt::format("{}:{}: {}", path_, line, what);
}

void Values::end(const Table& table) {
  if (const auto unknown = table.unknown()) wrong(unknown->first, unknown->second);
}

std::string Values::scalar_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  wrong(node, "a text or a number is needed here");
  return {};
}

std::string Values::text_of(const toml::node& node, std::string_view what) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  wrong(node, fmt::format("{} is a text", what));
  return {};
}

std::string Values::beside(const std::string& path) const {
  return folder_.empty() || path.starts_with('/') ? path : folder_ + "/" + path;
}

std::string Values::text_or_file(const toml::node& node, std::string_view what) {
  std::string text = text_of(node, what);
  if (text.starts_with("@@")) return text.substr(1);
  if (!text.starts_with('@')) return text;
  auto read = read_text_file(beside(text.substr(1)));
  if (!read) {
    wrong(node, read.error().message);
    return {};
  }
  return std::move(*read);
}

std::optional<bool> Values::flag_of(const toml::node* node, std::string_view what) {
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) wrong(*node, fmt::format("{} is true or false", what));
  return value;
}

std::optional<std::string> Values::optional_text(const toml::node* node, std::string_view what) {
  if (node == nullptr) return std::nullopt;
  return text_of(*node, what);
}

std::vector<std::string> Values::names_of(const toml::node& node, std::string_view what) {
  std::vector<std::string> out;
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& each : *array) out.push_back(text_of(each, what));
  } else {
    out.push_back(text_of(node, what));
  }
  return out;
}

Template Values::template_of(const toml::node& node, std::string_view what) {
  auto parsed = Template::parse(text_or_file(node, what));
  if (!parsed) {
    wrong(node, fmt::format("{}: {}", what, parsed.error().message));
    return {};
  }
  for (std::string& name : parsed->names()) used_sets_.insert(std::move(name));
  return std::move(*parsed);
}

Json Values::json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return Json::from(*text);
  if (const auto flag = node.value_exact<bool>()) return Json::from(*flag);
  if (const auto number = node.value_exact<std::int64_t>()) return Json::from(*number);
  if (const auto number = node.value_exact<double>()) return Json::from(*number);
  if (const toml::array* array = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& each : *array) out.items.push_back(json_of(each));
    return out;
  }
  Json out = Json::object();
  if (const toml::table* table = node.as_table()) {
    for (const auto& [name, value] : *table) out.set(name.str(), json_of(value));
  } else {
    wrong(node, "dates have no form in JSON");
  }
  return out;
}

void Values::add_set(const std::string& name, std::string text, std::uint32_t line) {
  Input input;
  input.name = name;
  input.line = line;
  input.text = std::move(text);
  sets_.push_back(std::move(input));
}

}  // namespace braid::fanout
