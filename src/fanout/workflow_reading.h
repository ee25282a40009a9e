// workflow_reading: values of a workflow file, each with its complaint. Not for other rooms.
//
// The first thing that is wrong is kept, with its line; what comes after it is read as if nothing
// had happened.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/toml.h"
#include "fanout/workflow.h"

namespace braid::fanout {

// A table whose keys are taken one by one; what nobody took is unknown.
class Table {
 public:
  Table(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  const toml::node* take(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  [[nodiscard]] const toml::table& table() const { return table_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t line() const { return table_.source().begin.line; }

  // The first key that nobody took.
  [[nodiscard]] std::optional<std::pair<std::uint32_t, std::string>> unknown() const {
    for (const auto& [key, value] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      return std::pair(key.source().begin.line, fmt::format("unknown key {} in {}{}", key.str(),
                                                            name_, nearest(key.str(), known_)));
    }
    return std::nullopt;
  }

 private:
  const toml::table& table_;
  std::string name_;
  std::vector<std::string> known_;
};

class Values {
 public:
  explicit Values(std::string path);

  void wrong(std::uint32_t line, const std::string& what);
  void wrong(const toml::node& node, const std::string& what) {
    wrong(node.source().begin.line, what);
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  // Complains about what nobody took.
  void end(const Table& table);

  // A path as it is written in the file, which stands beside the paths that it names.
  [[nodiscard]] std::string beside(const std::string& path) const;
  std::string text_of(const toml::node& node, std::string_view what);
  // Text, number or truth, as text.
  std::string scalar_text(const toml::node& node);
  // A text, or the file that @name stands for.
  std::string text_or_file(const toml::node& node, std::string_view what);
  std::optional<bool> flag_of(const toml::node* node, std::string_view what);
  std::optional<std::string> optional_text(const toml::node* node, std::string_view what);
  // One text or a list of them.
  std::vector<std::string> names_of(const toml::node& node, std::string_view what);
  Template template_of(const toml::node& node, std::string_view what);
  Json json_of(const toml::node& node);

  template <class Number>
  std::optional<Number> number_of(const toml::node* node, std::string_view what, double least,
                                  double most = 1e18) {
    if (node == nullptr) return std::nullopt;
    const auto value = node->is_number() ? node->value<double>() : std::nullopt;
    const bool is_whole = std::is_floating_point_v<Number> || node->is_integer();
    if (!value || !is_whole || *value < least || *value > most) {
      wrong(*node,
            fmt::format("{} is a {}number from {} on", what, is_whole ? "" : "whole ", least));
      return std::nullopt;
    }
    return node->value<Number>();
  }

  // Names of [set], and their texts.
  void add_set(const std::string& name, std::string text, std::uint32_t line);
  // All of them, as inputs, and whether a template names one.
  [[nodiscard]] const std::vector<Input>& sets() const { return sets_; }
  [[nodiscard]] bool is_used(const std::string& name) const { return used_sets_.contains(name); }

 private:
  std::string path_;
  std::string folder_;
  std::string error_;
  std::vector<Input> sets_;
  std::set<std::string> used_sets_;
};

// A merge as [merge] names it; nothing when it is wrong.
std::optional<Merge> read_merge(Values& values, std::string_view name, const toml::node& node);

}  // namespace braid::fanout
