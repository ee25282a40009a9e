// The options of `braid ask` as a value, and their rows in the table of options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace braid::cli {

struct OptionRow;
struct CommandRow;

struct AskOptions {
  std::vector<std::string> words;  // WORKFLOW.toml, PROMPT, or log FILE
  std::vector<std::pair<std::string, std::string>> set;
  // what is asked
  std::optional<std::string> subject;
  std::vector<std::pair<std::string, std::string>> parts;
  std::optional<std::string> prompt;
  std::optional<std::string> each;
  std::optional<std::string> split;
  std::optional<std::size_t> batch;
  std::optional<std::size_t> tokens;
  std::optional<std::string> covers;
  std::optional<int> repeat;
  std::optional<std::string> requests;
  // how it is merged
  std::optional<std::string> merge;
  std::optional<std::string> synthesise;
  std::optional<std::string> criteria;
  std::optional<std::string> judge_model;
  bool pairs = false;
  std::optional<std::string> missing;
  std::optional<std::string> join;
  std::optional<std::string> choices;
  std::optional<std::string> normalise;
  std::optional<std::size_t> quorum;
  std::optional<std::size_t> margin;
  std::optional<std::string> ties;
  std::optional<std::string> stop;
  std::optional<std::string> invalid;
  // the model
  std::optional<std::string> base_url;
  std::optional<std::string> api_key_file;
  std::optional<std::string> model;
  std::optional<std::string> system;
  std::optional<double> temperature;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> seed;
  std::optional<std::string> schema;
  bool stream = false;
  std::optional<int> retries;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> extra;
  bool http2 = false;
  // limits and money
  bool dedupe = false;
  std::optional<int> max_in_flight;
  std::optional<double> rpm;
  std::optional<double> tpm;
  std::optional<std::int64_t> budget_tokens;
  std::optional<double> budget_usd;
  std::optional<std::string> prices;
  std::optional<double> give_up;
  std::optional<std::string> journal;
  bool resume = false;
  std::optional<std::string> cache;
  bool journal_sync = false;
  // what comes out
  std::optional<std::string> parts_file;
  std::optional<std::string> stats;
  std::optional<std::string> report;
  bool dry_run = false;
  bool graph = false;
  bool quiet = false;
  bool serve = false;
};

std::span<const OptionRow> ask_option_rows();

}  // namespace braid::cli
