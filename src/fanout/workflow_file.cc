#include "fanout/workflow_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "fanout/covers.h"
#include "fanout/schema.h"

namespace braid::fanout {
namespace {

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

class Reader {
 public:
  Reader(std::string path, const Settings& settings) : path_(std::move(path)), settings_(settings) {
    folder_ = std::filesystem::path(path_).parent_path().string();
  }

  Result<Workflow> read(std::string_view text) {
    workflow_.path = path_;
    // What is not UTF-8 must not reach the TOML library.
    if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
      return std::unexpected(Error{fmt::format("{}: byte {} is not UTF-8", path_, bad)});
    }
    if (const std::size_t bad = find_bare_non_ascii(text); bad != std::string_view::npos) {
      const auto lines =
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
      wrong(static_cast<std::uint32_t>(lines) + 1, "what is not ASCII stands in quotes");
      return std::unexpected(Error{error_});
    }
    const toml::parse_result parsed = toml::parse(text, path_);
    if (parsed) {
      read_root(parsed.table());
    } else {
      wrong(parsed.error().source().begin.line, std::string(parsed.error().description()));
    }
    if (!error_.empty()) return std::unexpected(Error{error_});
    return std::move(workflow_);
  }

 private:
  void wrong(std::uint32_t line, const std::string& what) {
    if (!error_.empty()) return;
    error_ = line == 0 ? fmt::format("{}: {}", path_, what)
                       : fmt::format("{}:{}: {}", path_, line, what);
  }
  void wrong(const toml::node& node, const std::string& what) {
    wrong(node.source().begin.line, what);
  }

  void end(const Table& table) {
    if (const auto unknown = table.unknown()) wrong(unknown->first, unknown->second);
  }

  void read_root(const toml::table& root) {
    Table table(root, "the workflow");
    const toml::node* version = table.take("braid");
    if (version == nullptr) {
      wrong(1, "no line `braid = 1`, which says what this file is");
    } else if (version->value<std::int64_t>() != 1) {
      wrong(*version, "this Braid knows workflows of version 1");
    }
    if (const toml::node* result = table.take("result"))
      workflow_.result = text_of(*result, "result");
    read_settings(table.take("set"));
    each_of(table, "model",
            [&](std::string_view name, const toml::node& node) { read_model(name, node); });
    each_of(table, "input",
            [&](std::string_view name, const toml::node& node) { read_input(name, node); });
    each_of(table, "part",
            [&](std::string_view name, const toml::node& node) { read_part(name, node); });
    each_of(table, "merge",
            [&](std::string_view name, const toml::node& node) { read_merge(name, node); });
    read_limits(table.take("limits"));
    read_budget(table.take("budget"));
    read_run(table.take("run"));
    end(table);
    // Inputs and parts come from TOML in the order of their names; what users wrote is by line.
    const auto by_line = [](const auto& a, const auto& b) { return a.line < b.line; };
    std::stable_sort(workflow_.inputs.begin(), workflow_.inputs.end(), by_line);
    std::stable_sort(workflow_.parts.begin(), workflow_.parts.end(), by_line);
    std::stable_sort(workflow_.merges.begin(), workflow_.merges.end(), by_line);
    check_covers();
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
    if (node != nullptr && !node->is_table()) wrong(*node, "[set] is a table");
    if (node != nullptr && node->is_table()) {
      for (const auto& [name, value] : *node->as_table()) {
        set_[std::string(name.str())] = scalar_text(value);
      }
    }
    for (const auto& [name, value] : settings_) {
      if (!set_.contains(name)) {
        std::vector<std::string> known;
        for (const auto& [each, text] : set_) known.push_back(each);
        wrong(0, fmt::format("--set {}: [set] has no such name{}", name, nearest(name, known)));
      }
      set_[name] = value;
    }
    for (const auto& [name, value] : set_) {
      Input input;
      input.name = name;
      input.text = value;
      sets_.push_back(std::move(input));
    }
  }

  std::string scalar_text(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
    if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
    wrong(node, "a text or a number is needed here");
    return {};
  }

  std::string text_of(const toml::node& node, std::string_view what) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    wrong(node, fmt::format("{} is a text", what));
    return {};
  }

  [[nodiscard]] std::string beside(const std::string& path) const {
    return folder_.empty() || path.starts_with('/') ? path : folder_ + "/" + path;
  }

  // A text, or the file that @name stands for.
  std::string text_or_file(const toml::node& node, std::string_view what) {
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

  std::optional<bool> flag_of(const toml::node* node, std::string_view what) {
    if (node == nullptr) return std::nullopt;
    const auto value = node->value_exact<bool>();
    if (!value) wrong(*node, fmt::format("{} is true or false", what));
    return value;
  }

  std::optional<std::string> optional_text(const toml::node* node, std::string_view what) {
    if (node == nullptr) return std::nullopt;
    return text_of(*node, what);
  }

  std::vector<std::string> names_of(const toml::node& node, std::string_view what) {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& each : *array) out.push_back(text_of(each, what));
    } else {
      out.push_back(text_of(node, what));
    }
    return out;
  }

  Template template_of(const toml::node& node, std::string_view what) {
    auto parsed = Template::parse(text_or_file(node, what));
    if (!parsed) {
      wrong(node, fmt::format("{}: {}", what, parsed.error().message));
      return {};
    }
    for (const std::string& name : parsed->names()) use_set(name);
    return std::move(*parsed);
  }

  // A name of [set] becomes an input when somebody reads it.
  void use_set(const std::string& name) {
    const auto found = std::find_if(sets_.begin(), sets_.end(),
                                    [&](const Input& each) { return each.name == name; });
    if (found == sets_.end() || workflow_.find_input(name) != nullptr) return;
    workflow_.inputs.push_back(*found);
  }

  Json json_of(const toml::node& node) {
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
      auto read = read_text_file(input.path);
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

  void read_merge(std::string_view name, const toml::node& node) {
    constexpr std::pair<std::string_view, MergeKind> kKinds[] = {
        {"stitch", MergeKind::stitch},
        {"jsonl", MergeKind::jsonl},
        {"vote", MergeKind::vote},
        {"best", MergeKind::best},
        {"synthesise", MergeKind::synthesise},
        {"python", MergeKind::python}};
    if (!node.is_table()) return wrong(node, "a merge is a table");
    Merge merge;
    merge.name = name;
    merge.line = node.source().begin.line;
    Table table(*node.as_table(), fmt::format("[merge] {}", name));
    int kinds = 0;
    for (const auto& [word, kind] : kKinds) {
      const toml::node* of = table.take(word);
      if (of == nullptr) continue;
      ++kinds;
      merge.kind = kind;
      if (kind == MergeKind::python) {
        merge.function = text_of(*of, "python");
        const std::size_t colon = merge.function.rfind(':');
        if (colon == std::string::npos) return wrong(*of, "python is FILE:FUNCTION");
        merge.function = beside(merge.function.substr(0, colon)) + merge.function.substr(colon);
      } else {
        merge.of = names_of(*of, word);
      }
    }
    if (kinds != 1) {
      if (const auto unknown = table.unknown(); unknown && kinds == 0) {
        return wrong(unknown->first, unknown->second);
      }
      return wrong(node, fmt::format("the merge {} says one of stitch, jsonl, vote, best, "
                                     "synthesise and python",
                                     name));
    }
    read_missing(table.take("missing"), merge);
    read_merge_keys(table, merge);
    end(table);
    workflow_.merges.push_back(std::move(merge));
  }

  void read_missing(const toml::node* node, Merge& merge) {
    if (node == nullptr) return;
    if (const toml::table* inner = node->as_table()) {
      Table table(*inner, "missing");
      const auto quorum = number_of<std::size_t>(table.take("quorum"), "quorum", 1);
      if (quorum)
        merge.missing = Missing{Missing::Kind::quorum, *quorum};
      else
        wrong(*node, "missing is \"all\", \"best-effort\" or { quorum = K }");
      end(table);
      return;
    }
    const auto missing = missing_named(text_of(*node, "missing"));
    if (!missing) return wrong(*node, missing.error().message);
    merge.missing = *missing;
  }

  void read_merge_keys(Table& table, Merge& merge) {
    switch (merge.kind) {
      case MergeKind::stitch:
        if (const toml::node* join = table.take("join")) merge.join = text_of(*join, "join");
        return;
      case MergeKind::jsonl:
        if (const toml::node* rows = table.take("rows")) {
          const std::string word = text_of(*rows, "rows");
          if (word != "part" && word != "record") return wrong(*rows, "rows is part or record");
          merge.record_rows = word == "record";
        }
        return;
      case MergeKind::vote:
        return read_vote(table, merge);
      case MergeKind::best:
        if (const toml::node* criteria = table.take("criteria")) {
          merge.criteria = text_or_file(*criteria, "criteria");
        }
        merge.judge = optional_text(table.take("judge"), "judge").value_or("");
        merge.scale = number_of<double>(table.take("scale"), "scale", 2).value_or(10);
        merge.pairs = flag_of(table.take("pairs"), "pairs").value_or(false);
        if (const toml::node* ties = table.take("ties")) {
          merge.vote.ties = text_of(*ties, "ties");
          if (merge.vote.ties != "none" && merge.vote.ties != "first") {
            return wrong(*ties, "ties of best is none or first");
          }
        }
        return;
      case MergeKind::synthesise:
        if (const toml::node* prompt = table.take("prompt")) {
          merge.prompt = template_of(*prompt, "the prompt");
        } else {
          wrong(table.line(), fmt::format("the merge {} has no prompt", merge.name));
        }
        merge.model = optional_text(table.take("model"), "model").value_or("");
        merge.fit = number_of<std::size_t>(table.take("fit"), "fit", 1).value_or(0);
        return;
      case MergeKind::python:
        if (const toml::node* of = table.take("of")) merge.of = names_of(*of, "of");
        return;
    }
  }

  void read_vote(Table& table, Merge& merge) {
    VoteRules& rules = merge.vote;
    if (const toml::node* choices = table.take("choices"))
      rules.choices = names_of(*choices, "choices");
    if (const toml::node* normalise = table.take("normalise")) {
      rules.normalise = text_of(*normalise, "normalise");
      const bool known = rules.normalise == "word" || rules.normalise == "none" ||
                         rules.normalise.starts_with("json:") ||
                         rules.normalise.starts_with("python:");
      if (!known)
        return wrong(*normalise, "normalise is word, none, json:/pointer or python:FILE:FUNCTION");
      if (rules.normalise.starts_with("python:")) {
        rules.normalise = "python:" + beside(rules.normalise.substr(7));
      }
    }
    if (const toml::node* invalid = table.take("invalid")) {
      const std::string word = text_of(*invalid, "invalid");
      if (word != "abstain" && word != "fail") return wrong(*invalid, "invalid is abstain or fail");
      rules.invalid_fails = word == "fail";
    }
    rules.quorum = number_of<std::size_t>(table.take("quorum"), "quorum", 0).value_or(0);
    rules.margin = number_of<std::size_t>(table.take("margin"), "margin", 0).value_or(1);
    rules.ties = optional_text(table.take("ties"), "ties").value_or("none");
    if (const toml::node* stop = table.take("stop")) {
      const auto rule =
          stop_named(stop->is_floating_point() ? fmt::format("{}", *stop->value<double>())
                                               : text_of(*stop, "stop"),
                     rules.certainty);
      if (!rule) return wrong(*stop, rule.error().message);
      rules.stop = *rule;
    }
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

  std::string path_;
  std::string folder_;
  const Settings& settings_;
  std::map<std::string, std::string> set_;
  std::vector<Input> sets_;
  Workflow workflow_;
  std::string error_;
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

Result<Prices> read_prices(const std::string& path) {
  auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  const auto wrong = [&](std::uint32_t line, const std::string& what) {
    return std::unexpected(Error{fmt::format("{}:{}: {}", path, line, what)});
  };
  Prices out;
  if (const std::size_t bad = find_invalid_utf8(*text); bad != std::string_view::npos) {
    return std::unexpected(Error{fmt::format("{}: byte {} is not UTF-8", path, bad)});
  }
  if (find_bare_non_ascii(*text) != std::string_view::npos) {
    return wrong(1, "what is not ASCII stands in quotes");
  }
  const toml::parse_result parsed = toml::parse(*text, path);
  if (!parsed) {
    return wrong(parsed.error().source().begin.line, std::string(parsed.error().description()));
  }
  for (const auto& [model, node] : parsed.table()) {
    const std::uint32_t line = node.source().begin.line;
    if (!node.is_table())
      return wrong(line, fmt::format("the price of {} is a table", model.str()));
    Price price;
    bool has_cached = false;
    bool has_input = false;
    bool has_output = false;
    for (const auto& [key, value] : *node.as_table()) {
      const auto number = value.is_number() ? value.value<double>() : std::nullopt;
      if (!number || *number < 0) return wrong(line, fmt::format("{} is a price", key.str()));
      if (key == "input")
        has_input = true, price.input = *number;
      else if (key == "cached")
        has_cached = true, price.cached = *number;
      else if (key == "output")
        has_output = true, price.output = *number;
      else
        return wrong(line, fmt::format("unknown key {}{}", key.str(),
                                       nearest(key.str(), {"input", "cached", "output"})));
    }
    if (!has_input || !has_output) {
      return wrong(line, fmt::format("the price of {} needs input and output", model.str()));
    }
    if (!has_cached) price.cached = price.input;
    out.emplace(model.str(), price);
  }
  return out;
}

}  // namespace braid::fanout
