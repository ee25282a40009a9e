#include "fanout/workflow_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "fanout/covers.h"
#include "fanout/schema.h"
#include "fanout/workflow_reading.h"

namespace braid::fanout {
namespace {

class Reader : private Values {
 public:
  Reader(const std::string& path, const Settings& settings) : Values(path), settings_(settings) {}

  Result<Workflow> read(std::string_view text) {
    workflow_.path = path();
    // What is not UTF-8 must not reach the TOML library.
    if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
      return std::unexpected(Error{fmt::format("{}: byte {} is not UTF-8", path(), bad)});
    }
    if (const std::size_t bad = find_bare_non_ascii(text); bad != std::string_view::npos) {
      const auto lines =
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
      wrong(static_cast<std::uint32_t>(lines) + 1, "what is not ASCII stands in quotes");
      return std::unexpected(Error{error()});
    }
    const toml::parse_result parsed = toml::parse(text, path());
    if (parsed) {
      read_root(parsed.table());
    } else {
      wrong(parsed.error().source().begin.line, std::string(parsed.error().description()));
    }
    if (!error().empty()) return std::unexpected(Error{error()});
    return std::move(workflow_);
  }

 private:
  void read_root(const toml::table& root) {
    Table table(root, "the workflow");
    const toml::node* version = table.take("braid");
    if (version == nullptr) {
      wrong(1, "no line `braid = 1`, which says what this file is");
    } else if (version->value<std::int64_t>() != 1) {
      wrong(*version, "this Braid knows workflows of version 1");
    }
    if (const toml::node* result = table.take("result")) {
      workflow_.result = text_of(*result, "result");
      workflow_.result_line = result->source().begin.line;
    }
    read_settings(table.take("set"));
    each_of(table, "model",
            [&](std::string_view name, const toml::node& node) { read_model(name, node); });
    each_of(table, "input",
            [&](std::string_view name, const toml::node& node) { read_input(name, node); });
    each_of(table, "part",
            [&](std::string_view name, const toml::node& node) { read_part(name, node); });
    each_of(table, "merge", [&](std::string_view name, const toml::node& node) {
      if (auto merge = read_merge(*this, name, node)) {
        workflow_.merges.push_back(std::move(*merge));
      }
    });
    read_limits(table.take("limits"));
    read_budget(table.take("budget"));
    read_run(table.take("run"));
    end(table);
    take_sets();
    // Inputs and parts come from TOML in the order of their names; what users wrote is by line.
    const auto by_line = [](const auto& a, const auto& b) { return a.line < b.line; };
    std::stable_sort(workflow_.inputs.begin(), workflow_.inputs.end(), by_line);
    std::stable_sort(workflow_.parts.begin(), workflow_.parts.end(), by_line);
    std::stable_sort(workflow_.merges.begin(), workflow_.merges.end(), by_line);
    check_covers();
  }

  void take_sets() {
    for (const Input& set : sets()) {
      const char* other = workflow_.find_input(set.name) != nullptr   ? "an input"
                          : workflow_.find_part(set.name) != nullptr  ? "a part"
                          : workflow_.find_merge(set.name) != nullptr ? "a merge"
                                                                      : nullptr;
      if (other != nullptr) {
        wrong(set.line,
              fmt::format("the name {} is used twice: a value of [set] and {}", set.name, other));
      } else if (!is_used(set.name)) {
        wrong(set.line,
              fmt::format("the value {} of [set] is declared, but nothing reads it", set.name));
      }
    }
    for (const Input& set : sets()) {
      if (is_used(set.name)) workflow_.inputs.push_back(set);
    }
  }

  template <class Read>
  void each_of(Table& root, std::string_view key, Read read) {
    const toml::node* node = root.take(key);
    if (node == nullptr) return;
    if (!node->is_table()) {
      wrong(*node, fmt::format("[{}] is a table", key));
      return;
    }
    for (const auto& [name, value] : *node->as_table()) read(name.str(), value);
  }

  void read_settings(const toml::node* node) {
    std::map<std::string, std::pair<std::string, std::uint32_t>> set;
    if (node != nullptr && !node->is_table()) wrong(*node, "[set] is a table");
    if (node != nullptr && node->is_table()) {
      for (const auto& [name, value] : *node->as_table()) {
        set[std::string(name.str())] = {
            value.is_string() ? text_or_file(value, "a value of [set]") : scalar_text(value),
            value.source().begin.line};
      }
    }
    for (const auto& [name, value] : settings_) {
      if (!set.contains(name)) {
        std::vector<std::string> known;
        for (const auto& [each, text] : set) known.push_back(each);
        wrong(0, fmt::format("--set {}: [set] has no such name{}", name, nearest(name, known)));
      }
      set[name].first = value;
    }
    for (auto& [name, value] : set) add_set(name, std::move(value.first), value.second);
  }

  void read_sampling(Table& table, Model& model) {
    model.temperature = number_of<double>(table.take("temperature"), "temperature", 0);
    model.top_p = number_of<double>(table.take("top_p"), "top_p", 0);
    model.seed = number_of<std::int64_t>(table.take("seed"), "seed", -9e15);
    model.max_tokens = number_of<std::int64_t>(table.take("max_tokens"), "max_tokens", 1);
  }

  void read_model(std::string_view name, const toml::node& node) {
    Model model;
    model.label = name;
    model.line = node.source().begin.line;
    if (node.is_string()) {
      model.name = text_of(node, "a model");
      workflow_.models.emplace(model.label, std::move(model));
      return;
    }
    if (!node.is_table()) return wrong(node, "a model is a table, or the name of a model");
    Table table(*node.as_table(), fmt::format("[model.{}]", name));
    if (table.take("key") != nullptr || table.table().contains("api_key")) {
      return wrong(node,
                   "a key does not belong into a file that others may see: use key_env or "
                   "key_file");
    }
    model.name = optional_text(table.take("name"), "name");
    model.base_url = optional_text(table.take("base_url"), "base_url");
    model.key_env = optional_text(table.take("key_env"), "key_env");
    model.key_file = optional_text(table.take("key_file"), "key_file");
    if (model.key_env && model.key_file) {
      return wrong(node, "a model has one key: key_env or key_file, not both");
    }
    if (model.key_file) model.key_file = beside(*model.key_file);
    if (const toml::node* system = table.take("system"))
      model.system = text_or_file(*system, "system");
    read_sampling(table, model);
    model.context = number_of<std::int64_t>(table.take("context"), "context", 1);
    model.timeout = number_of<double>(table.take("timeout"), "timeout", 0.001);
    model.stream = flag_of(table.take("stream"), "stream");
    model.http2 = flag_of(table.take("http2"), "http2").value_or(false);
    model.rpm = number_of<double>(table.take("rpm"), "rpm", 0.001);
    model.tpm = number_of<double>(table.take("tpm"), "tpm", 0.001);
    model.max_in_flight = number_of<int>(table.take("max_in_flight"), "max_in_flight", 1, 1e6);
    read_headers(table.take("headers"), model);
    if (const toml::node* extra = table.take("extra")) {
      if (!extra->is_table()) return wrong(*extra, "extra is a table");
      model.extra = json_of(*extra);
    }
    if (const toml::node* fallback = table.take("fallback")) {
      model.fallback = names_of(*fallback, "fallback");
    }
    end(table);
    workflow_.models.emplace(model.label, std::move(model));
  }

  void read_headers(const toml::node* node, Model& model) {
    if (node == nullptr) return;
    if (!node->is_table()) return wrong(*node, "headers is a table");
    for (const auto& [name, value] : *node->as_table()) {
      std::string lower(name.str());
      std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
      if (lower == "authorization" || lower == "api-key" || lower == "x-api-key") {
        return wrong(value,
                     "a key does not belong into a file that others may see: use key_env or "
                     "key_file");
      }
      model.headers.emplace_back(name.str(), text_of(value, "a header"));
    }
  }

  void read_input(std::string_view name, const toml::node& node) {
    Input input;
    input.name = name;
    input.line = node.source().begin.line;
    if (node.is_string()) {
      input.text = text_or_file(node, "an input");
      if (const std::string text = text_of(node, "an input");
          text.starts_with('@') && !text.starts_with("@@")) {
        input.path = beside(text.substr(1));
      }
      workflow_.inputs.push_back(std::move(input));
      return;
    }
    if (!node.is_table()) return wrong(node, "an input is a text or a table");
    Table table(*node.as_table(), fmt::format("[input] {}", name));
    const toml::node* file = table.take("file");
    const toml::node* text = table.take("text");
    const bool from_stdin = flag_of(table.take("stdin"), "stdin").value_or(false);
    if (int(file != nullptr) + int(text != nullptr) + int(from_stdin) != 1) {
      return wrong(node, fmt::format("the input {} says one of file, text and stdin", name));
    }
    if (text != nullptr) {
      input.text = text_or_file(*text, "text");
    } else {
      input.path = from_stdin ? "-" : beside(text_of(*file, "file"));
      auto read = read_long_text(input.path);
      if (!read) return wrong(node, read.error().message);
      input.text = std::move(*read);
    }
    if (const toml::node* split = table.take("split")) {
      const auto kind = split_named(text_of(*split, "split"));
      if (!kind) return wrong(*split, kind.error().message);
      input.split = *kind;
    }
    input.batch = number_of<std::size_t>(table.take("batch"), "batch", 1).value_or(0);
    input.tokens = number_of<std::size_t>(table.take("tokens"), "tokens", 1).value_or(0);
    input.overlap = number_of<std::size_t>(table.take("overlap"), "overlap", 0).value_or(0);
    input.id = optional_text(table.take("id"), "id").value_or("");
    end(table);
    workflow_.inputs.push_back(std::move(input));
  }

  void read_part(std::string_view name, const toml::node& node) {
    Part part;
    part.name = name;
    part.line = node.source().begin.line;
    if (node.is_string()) {
      part.prompt = template_of(node, "the prompt");
      workflow_.parts.push_back(std::move(part));
      return;
    }
    if (!node.is_table()) return wrong(node, "a part is a prompt or a table");
    Table table(*node.as_table(), fmt::format("[part] {}", name));
    const toml::node* prompt = table.take("prompt");
    if (prompt == nullptr) return wrong(node, fmt::format("the part {} has no prompt", name));
    part.prompt = template_of(*prompt, "the prompt");
    if (const toml::node* system = table.take("system"))
      part.system = text_or_file(*system, "system");
    if (const toml::node* model = table.take("model")) part.models = names_of(*model, "model");
    part.each = optional_text(table.take("each"), "each").value_or("");
    part.repeat = number_of<int>(table.take("repeat"), "repeat", 1, 1e6).value_or(1);
    read_sampling(table, part.own);
    if (const toml::node* schema = table.take("schema")) read_schema(*schema, part);
    part.covers = optional_text(table.take("covers"), "covers");
    if (const toml::node* prime = table.take("prime")) {
      const std::string word = text_of(*prime, "prime");
      if (word != "auto" && word != "off") return wrong(*prime, "prime is auto or off");
      part.prime = word == "auto";
    }
    end(table);
    workflow_.parts.push_back(std::move(part));
  }

  void read_schema(const toml::node& node, Part& part) {
    std::string text;
    std::string name = "the schema";
    if (node.is_table()) {
      text = json_of(node).dump();
    } else {
      name = text_of(node, "schema");
      if (name.starts_with('@')) name.erase(0, 1);
      auto read = read_text_file(beside(name));
      if (!read) return wrong(node, read.error().message);
      text = std::move(*read);
    }
    auto schema = Schema::read(text, name);
    if (!schema) return wrong(node, schema.error().message);
    part.schema = std::move(*schema);
  }

  void read_limits(const toml::node* node) {
    if (node == nullptr) return;
    if (!node->is_table()) return wrong(*node, "[limits] is a table");
    Table table(*node->as_table(), "[limits]");
    Limits& limits = workflow_.limits;
    limits.max_in_flight = number_of<int>(table.take("max_in_flight"), "max_in_flight", 1, 1e6);
    limits.rpm = number_of<double>(table.take("rpm"), "rpm", 0.001);
    limits.tpm = number_of<double>(table.take("tpm"), "tpm", 0.001);
    limits.retries =
        number_of<int>(table.take("retries"), "retries", 0, 1000).value_or(limits.retries);
    limits.give_up =
        number_of<double>(table.take("give_up"), "give_up", 0).value_or(limits.give_up);
    end(table);
  }

  void read_budget(const toml::node* node) {
    if (node == nullptr) return;
    if (!node->is_table()) return wrong(*node, "[budget] is a table");
    Table table(*node->as_table(), "[budget]");
    workflow_.budget.line = node->source().begin.line;
    workflow_.budget.tokens = number_of<std::int64_t>(table.take("tokens"), "tokens", 0);
    workflow_.budget.usd = number_of<double>(table.take("usd"), "usd", 0);
    if (const toml::node* prices = table.take("prices")) {
      auto read = read_prices(beside(text_of(*prices, "prices")));
      if (!read) return wrong(*prices, read.error().message);
      workflow_.prices = std::move(*read);
      workflow_.has_prices = true;
    }
    end(table);
  }

  void read_run(const toml::node* node) {
    if (node == nullptr) return;
    if (!node->is_table()) return wrong(*node, "[run] is a table");
    Table table(*node->as_table(), "[run]");
    const auto path = [&](const char* key) {
      const auto text = optional_text(table.take(key), key);
      return text ? beside(*text) : std::string();
    };
    workflow_.run.journal = path("journal");
    workflow_.run.cache = path("cache");
    end(table);
  }

  void check_covers() {
    for (const Part& part : workflow_.parts) {
      const Input* input = workflow_.find_input(part.each);
      if (!part.covers || input == nullptr || input->split != SplitKind::records) continue;
      const auto fine = check_ids(*input, input->id.empty() ? *part.covers : input->id);
      if (!fine) wrong(part.line, fine.error().message);
    }
  }

  const Settings& settings_;
  Workflow workflow_;
};

}  // namespace

Result<Workflow> read_workflow(std::string_view text, const std::string& path,
                               const Settings& settings) {
  return Reader(path, settings).read(text);
}

Result<Workflow> read_workflow_file(const std::string& path, const Settings& settings) {
  auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  return read_workflow(*text, path, settings);
}

}  // namespace braid::fanout
