// workflow: what is to be asked, as a value. A workflow file and the options of the command line
// both become one of these; validate() says whether it can be run.
//
// Inputs, parts and merges share one namespace. Times are in seconds, money in US dollars.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/base.h"
#include "fanout/json.h"
#include "fanout/template.h"
#include "fanout/text.h"

namespace braid::fanout {

class Schema;

enum class SplitKind : std::uint8_t {
  whole,  // not split: one text
  records,
  lines,
  paragraphs,
  sentences,
  sections,
  definitions
};

struct Input {
  std::string name;
  Text text;                   // all of it, read
  std::string path;            // for messages; "-" is stdin, empty when the text stands in the file
  bool has_odd_bytes = false;  // it was not UTF-8: `text` is what bytes_shown() made of it
  SplitKind split = SplitKind::whole;
  std::size_t batch = 0;    // pieces a chunk; 0: not asked for
  std::size_t tokens = 0;   // estimated tokens a chunk, at most; 0: not asked for
  std::size_t overlap = 0;  // pieces of the chunk before that are shown as context
  std::string id;           // a JSON pointer into each record, or nothing
  std::uint32_t line = 0;
};

// A model as it is to be called.
struct Model {
  std::string label;  // [model.LABEL]
  std::optional<std::string> name;
  std::optional<std::string> base_url;
  std::optional<std::string> key_env;
  std::optional<std::string> key_file;
  std::optional<std::string> system;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int64_t> seed;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> context;
  std::optional<double> timeout;
  std::optional<bool> stream;
  std::optional<double> rpm;
  std::optional<double> tpm;
  std::optional<int> max_in_flight;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Json> extra;  // an object whose members go into the request
  std::vector<std::string> fallback;
  bool http2 = false;
  std::uint32_t line = 0;
};

struct Part {
  std::string name;
  Template prompt;
  std::optional<std::string> system;
  std::vector<std::string> models;  // labels; empty: "default"
  std::string each;                 // an input or a part, or nothing
  int repeat = 1;
  std::shared_ptr<const Schema> schema;
  std::optional<std::string> covers;  // a JSON pointer
  bool prime = true;
  Model own;  // what the part itself sets (temperature, max_tokens …)
  std::uint32_t line = 0;
  bool has_bodies = false;  // each chunk is a whole chat body, and there is no prompt
};

enum class MergeKind : std::uint8_t { stitch, jsonl, vote, best, synthesise, python };

struct Missing {
  enum class Kind : std::uint8_t { all, quorum, best_effort } kind = Kind::all;
  std::size_t quorum = 0;
};

enum class StopRule : std::uint8_t { exact, probable, never };

struct VoteRules {
  std::vector<std::string> choices;  // empty: whatever is said
  std::string normalise = "word";    // word, none, json:/pointer, python:FILE:FUNCTION
  bool invalid_fails = false;        // else an invalid ballot abstains
  std::size_t quorum = 0;            // votes that must count
  std::size_t margin = 1;            // votes that the winner must be ahead
  std::string ties = "none";         // none, first, or a label
  StopRule stop = StopRule::exact;
  double certainty = 0.95;  // for StopRule::probable
};

struct Merge {
  std::string name;
  MergeKind kind = MergeKind::stitch;
  std::vector<std::string> of;
  std::optional<Missing> missing;
  std::string join = "\n\n";
  bool record_rows = false;  // jsonl: one row a record of each reply
  VoteRules vote;
  std::string criteria;  // best
  std::string judge;     // best: label of a model; empty: the first part's
  double scale = 10;     // best: scores go from 1 to this
  bool pairs = false;    // best: compare in pairs, each in both orders
  Template prompt;       // synthesise
  std::string model;     // synthesise: label
  std::size_t fit = 0;   // synthesise: tokens that one call may read; 0: from the model
  std::string function;  // python: FILE:FUNCTION
  std::uint32_t line = 0;
};

struct Limits {
  std::optional<int> max_in_flight;
  std::optional<double> rpm;
  std::optional<double> tpm;
  int retries = 5;
  double give_up = 600;  // seconds without one answer while refused
};

struct Price {  // US dollars for a million tokens
  double input = 0;
  double cached = 0;
  double output = 0;
};
using Prices = std::map<std::string, Price, std::less<>>;

struct Budget {
  std::optional<std::int64_t> tokens;
  std::optional<double> usd;
  std::uint32_t line = 0;
};

struct RunSettings {
  std::string journal;
  bool resume = false;
  bool journal_sync = false;
  std::string cache;
  bool dedupe = false;
};

struct Workflow {
  std::string path;  // of the file, for messages; empty: from options
  std::vector<Input> inputs;
  std::map<std::string, Model, std::less<>> models;
  std::vector<Part> parts;
  std::vector<Merge> merges;
  std::string result;  // the node that is the result
  std::uint32_t result_line = 0;
  Limits limits;
  Budget budget;
  Prices prices;
  bool has_prices = false;
  RunSettings run;

  [[nodiscard]] const Input* find_input(std::string_view name) const;
  [[nodiscard]] const Part* find_part(std::string_view name) const;
  [[nodiscard]] const Merge* find_merge(std::string_view name) const;
};

// All that can be known to be wrong before anything is sent; fills in `result`, and makes UTF-8 of
// inputs that are not. The message names
// the line of the file, and the nearest name where one was mistaken.
Result<void> validate(Workflow& workflow);

// The settings of a part's call: its own, then its model's, then those of `default`.
Model settings_of(const Workflow& workflow, const Part& part, std::string_view label);

// True when a part or merge gives more than one text.
bool gives_many(const Workflow& workflow, std::string_view name);

// "; did you mean NAME?" or nothing.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace braid::fanout
