#include "cli/command_ask_flags.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <tuple>

#include "fanout/covers.h"
#include "fanout/schema.h"
#include "fanout/splits.h"
#include "fanout/workflow_file.h"

namespace braid::cli {
namespace {

using namespace fanout;  // NOLINT(google-build-using-namespace): one conversion, all of it theirs

constexpr const char* kAnswer = "answer";

// The first given option that has no meaning for this kind of merge; nullptr without one.
const char* given_merge_option(const AskOptions& ask, std::string_view kind) {
  const auto is = [&](std::string_view wanted) { return kind == wanted; };
  const std::tuple<const char*, bool, bool> options[] = {
      {"--join", ask.join.has_value(), is("stitch")},
      {"--synthesise", ask.synthesise.has_value(), is("synthesise")},
      {"--criteria", ask.criteria.has_value(), is("best")},
      {"--judge-model", ask.judge_model.has_value(), is("best")},
      {"--pairs", ask.pairs, is("best")},
      {"--choices", ask.choices.has_value(), is("vote")},
      {"--normalise", ask.normalise.has_value(), is("vote")},
      {"--quorum", ask.quorum.has_value(), is("vote")},
      {"--margin", ask.margin.has_value(), is("vote")},
      {"--stop", ask.stop.has_value(), is("vote")},
      {"--invalid", ask.invalid.has_value(), is("vote")},
      {"--ties", ask.ties.has_value(), is("vote") || is("best")},
  };
  for (const auto& [name, is_given, has_meaning] : options) {
    if (is_given && !has_meaning) return name;
  }
  return nullptr;
}

class Conversion {
 public:
  explicit Conversion(const Options& options) : all_(options), ask_(options.ask) {}

  Result<Workflow> convert() {
    if (is_workflow()) {
      take_file();
    } else {
      take_question();
      take_merge();
    }
    take_model();
    take_run();
    if (!error_.empty()) return std::unexpected(Error{error_});
    return std::move(workflow_);
  }

 private:
  void wrong(const std::string& what) {
    if (error_.empty()) error_ = what;
  }

  [[nodiscard]] bool is_workflow() const {
    return ask_.words.size() == 1 && ask_.words[0].ends_with(".toml") &&
           std::filesystem::is_regular_file(ask_.words[0]);
  }

  std::string read(const std::string& path) {
    auto text = read_text_file(path);
    if (!text) wrong(text.error().message);
    return text ? std::move(*text) : std::string();
  }

  Text read_long(const std::string& path) {
    auto text = read_long_text(path);
    if (!text) wrong(text.error().message);
    return text ? std::move(*text) : Text();
  }

  std::string text_or_file(const std::string& text) {
    if (text.starts_with("@@")) return text.substr(1);
    return text.starts_with('@') ? read(text.substr(1)) : text;
  }

  Template template_of(const std::string& text, std::string_view what) {
    auto parsed = Template::parse(text_or_file(text));
    if (!parsed) wrong(fmt::format("{}: {}", what, parsed.error().message));
    return parsed ? std::move(*parsed) : Template{};
  }

  void take_file() {
    const bool has_question = ask_.subject || !ask_.parts.empty() || ask_.prompt || ask_.each ||
                              ask_.requests || ask_.repeat || ask_.merge || ask_.schema ||
                              ask_.covers || ask_.split || ask_.batch || ask_.tokens ||
                              ask_.missing || given_merge_option(ask_, "");
    if (has_question) {
      return wrong("the workflow file says what is asked; the options beside it say how it is run");
    }
    auto workflow = read_workflow_file(ask_.words[0], ask_.set);
    if (!workflow) return wrong(workflow.error().message);
    workflow_ = std::move(*workflow);
  }

  void take_question() {
    if (!ask_.set.empty()) return wrong("--set needs a workflow file");
    const std::optional<std::string> word =
        ask_.words.empty() ? std::nullopt : std::optional(ask_.words[0]);
    const int ways = int(word.has_value()) + int(ask_.prompt.has_value()) +
                     int(!ask_.parts.empty()) + int(ask_.requests.has_value());
    if (ways == 0)
      return wrong("there is nothing to ask: give a PROMPT, --part, --prompt or --requests");
    if (ways > 1) return wrong("one of PROMPT, --part, --prompt and --requests at a time");
    if (ask_.requests) return take_requests();
    if (ask_.subject) add_subject(read_long(*ask_.subject), *ask_.subject);
    if (word && !ask_.subject && ask_.each != "-" && ::isatty(STDIN_FILENO) == 0) {
      if (Text text = read_long("-"); !text.empty()) add_subject(std::move(text), "-");
    }
    if (ask_.each) take_each();
    if (!ask_.each && (ask_.split || ask_.batch || ask_.tokens || ask_.covers)) {
      return wrong("--split, --batch, --tokens and --covers need --each");
    }
    if (word) add_part(kAnswer, *word);
    if (ask_.prompt) add_part(kAnswer, *ask_.prompt);
    for (const auto& [name, prompt] : ask_.parts) add_part(name, prompt);
  }

  void add_subject(Text text, const std::string& path) {
    Input input;
    input.name = "subject";
    input.text = std::move(text);
    input.path = path;
    workflow_.inputs.push_back(std::move(input));
  }

  void take_each() {
    Input input;
    input.name = "each";
    input.path = *ask_.each;
    input.text = read_long(input.path);
    input.split = split_for(input.path);
    if (ask_.split) {
      if (const auto kind = split_named(*ask_.split)) input.split = *kind;
    }
    input.batch = ask_.batch.value_or(0);
    input.tokens = ask_.tokens.value_or(0);
    if (ask_.covers) {
      input.id = *ask_.covers;
      if (input.split != SplitKind::records) return wrong("--covers needs --split records");
      if (const auto fine = check_ids(input, input.id); !fine && error_.empty()) {
        wrong(fine.error().message);
      }
    }
    workflow_.inputs.push_back(std::move(input));
  }

  void add_part(const std::string& name, const std::string& prompt) {
    Part part;
    part.name = name;
    part.prompt = template_of(prompt, ask_.parts.empty() ? "the prompt" : "the part " + name);
    if (workflow_.find_input("subject") != nullptr && !part.prompt.names("subject") && !ask_.each) {
      // The shared text first, so that a server's cache of prefixes can help.
      part.prompt.put_before("subject");
    }
    if (ask_.each) part.each = "each";
    part.repeat = ask_.repeat.value_or(1);
    part.covers = ask_.covers;
    if (ask_.schema) {
      auto schema = Schema::read(read(*ask_.schema), *ask_.schema);
      if (!schema) return wrong(schema.error().message);
      part.schema = std::move(*schema);
    }
    workflow_.parts.push_back(std::move(part));
  }

  void take_requests() {
    if (ask_.each || ask_.subject || ask_.schema || ask_.system) {
      return wrong(
          "--requests holds whole chat bodies: --each, --subject, --system and --schema do "
          "not go with it");
    }
    Input input;
    input.name = "requests";
    input.path = *ask_.requests;
    input.text = read_long(input.path);
    input.split = SplitKind::lines;
    Part part;
    part.name = "request";
    part.each = "requests";
    part.has_bodies = true;
    part.repeat = ask_.repeat.value_or(1);
    std::size_t number = 0;
    for (std::string_view rest = input.text; !rest.empty() && error_.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = without_edges(rest.substr(0, end)).text;
      rest.remove_prefix(std::min(end + 1, rest.size()));
      input.text.was_read(end);
      ++number;
      if (line.empty()) continue;
      const auto body = parse_own(line);
      const Json* messages = body ? body->find("messages") : nullptr;
      if (messages == nullptr || !messages->is_array()) {
        wrong(fmt::format(
            "{}:{}: {}", input.path, number,
            body ? "a chat body has a list of messages" : "no JSON: " + body.error().what));
      }
    }
    workflow_.inputs.push_back(std::move(input));
    workflow_.parts.push_back(std::move(part));
  }

  [[nodiscard]] std::string merge_kind() const {
    if (ask_.merge) return *ask_.merge;
    if (ask_.synthesise) return "synthesise";
    if (ask_.criteria) return "best";
    if (ask_.choices) return "vote";
    if (ask_.requests || ask_.repeat.value_or(1) > 1) return "jsonl";
    if (ask_.each || workflow_.parts.size() > 1) return "stitch";
    return {};
  }

  // The parts that no other part reads.
  std::vector<std::string> open_parts() const {
    std::vector<std::string> out;
    for (const Part& part : workflow_.parts) {
      bool is_read = false;
      for (const Part& other : workflow_.parts) is_read = is_read || other.prompt.names(part.name);
      if (!is_read) out.push_back(part.name);
    }
    return out;
  }

  void take_merge() {
    const std::string kind = merge_kind();
    if (const char* option = given_merge_option(ask_, kind)) {
      return wrong(kind.empty() ? fmt::format("{} needs something to merge", option)
                                : fmt::format("{} says nothing about --merge {}", option, kind));
    }
    if (kind.empty()) {
      if (ask_.missing) wrong("--missing needs something to merge");
      return;
    }
    Merge merge;
    merge.name = "result";
    while (workflow_.find_part(merge.name) != nullptr) merge.name += "_";
    merge.of = open_parts();
    if (kind == "stitch") {
      merge.kind = MergeKind::stitch;
      if (ask_.join) merge.join = *ask_.join;
    } else if (kind == "jsonl") {
      merge.kind = MergeKind::jsonl;
    } else if (kind == "vote") {
      take_vote(merge);
    } else if (kind == "best") {
      merge.kind = MergeKind::best;
      if (!ask_.criteria) return wrong("--merge best needs --criteria FILE");
      merge.criteria = read(*ask_.criteria);
      merge.pairs = ask_.pairs;
      merge.vote.ties = ask_.ties.value_or("none");
      if (merge.vote.ties != "none" && merge.vote.ties != "first") {
        return wrong("--ties of the best is none or first");
      }
      if (ask_.judge_model) merge.judge = "judge";
    } else if (kind == "synthesise") {
      merge.kind = MergeKind::synthesise;
      if (!ask_.synthesise) return wrong("--merge synthesise needs --synthesise PROMPT");
      merge.prompt = template_of(*ask_.synthesise, "--synthesise");
      if (!merge.prompt.names("parts")) merge.prompt.put_before("parts");
    } else if (kind.starts_with("python:")) {
      merge.kind = MergeKind::python;
      merge.function = kind.substr(7);
      if (merge.function.rfind(':') == std::string::npos)
        return wrong("--merge python:FILE:FUNCTION");
    } else {
      return wrong(
          fmt::format("no merge is named {}{}", kind,
                      nearest(kind, {"stitch", "jsonl", "vote", "best", "synthesise", "python:"})));
    }
    if (ask_.missing) {
      const auto missing = missing_named(*ask_.missing);
      if (!missing) return wrong("--" + missing.error().message);
      merge.missing = *missing;
    }
    workflow_.merges.push_back(std::move(merge));
  }

  void take_vote(Merge& merge) {
    merge.kind = MergeKind::vote;
    VoteRules& rules = merge.vote;
    const std::string choices = ask_.choices.value_or("");
    for (std::string_view rest = choices; !rest.empty();) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      rules.choices.emplace_back(without_edges(rest.substr(0, end)).text);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    rules.normalise = ask_.normalise.value_or("word");
    if (rules.normalise != "word" && rules.normalise != "none" &&
        !rules.normalise.starts_with("json:") && !rules.normalise.starts_with("python:")) {
      return wrong("--normalise is word, none, json:/pointer or python:FILE:FUNCTION");
    }
    rules.invalid_fails = ask_.invalid == "fail";
    rules.quorum = ask_.quorum.value_or(0);
    rules.margin = ask_.margin.value_or(1);
    rules.ties = ask_.ties.value_or("none");
    if (ask_.stop) {
      const auto stop = stop_named(*ask_.stop, rules.certainty);
      if (!stop) return wrong("--" + stop.error().message);
      rules.stop = *stop;
    }
  }

  void take_model() {
    Model& model = workflow_.models["default"];
    model.label = "default";
    if (ask_.model) model.name = ask_.model;
    if (ask_.base_url) model.base_url = ask_.base_url;
    if (ask_.api_key_file) {
      model.key_file = ask_.api_key_file;
      model.key_env.reset();
    }
    if (ask_.system) model.system = text_or_file(*ask_.system);
    if (ask_.temperature) model.temperature = ask_.temperature;
    if (ask_.max_tokens) model.max_tokens = ask_.max_tokens;
    if (ask_.seed) model.seed = ask_.seed;
    if (ask_.stream) model.stream = true;
    if (all_.timeout) model.timeout = static_cast<double>(all_.timeout->count()) / 1000;
    if (ask_.http2) model.http2 = true;
    for (const auto& header : ask_.headers) model.headers.push_back(header);
    if (ask_.extra) {
      auto extra = parse_own(*ask_.extra);
      if (!extra) return wrong(fmt::format("--extra is no JSON: {}", extra.error().what));
      if (!extra->is_object()) return wrong("--extra is no JSON object");
      model.extra = std::move(*extra);
    }
    if (ask_.judge_model) {
      Model judge = model;
      judge.label = "judge";
      judge.name = ask_.judge_model;
      workflow_.models["judge"] = std::move(judge);
    }
  }

  void take_run() {
    Limits& limits = workflow_.limits;
    if (ask_.max_in_flight) limits.max_in_flight = ask_.max_in_flight;
    if (ask_.rpm) limits.rpm = ask_.rpm;
    if (ask_.tpm) limits.tpm = ask_.tpm;
    if (ask_.retries) limits.retries = *ask_.retries;
    if (ask_.give_up) limits.give_up = *ask_.give_up;
    if (ask_.budget_tokens) workflow_.budget.tokens = ask_.budget_tokens;
    if (ask_.budget_usd) workflow_.budget.usd = ask_.budget_usd;
    if (ask_.prices) {
      auto prices = read_prices(*ask_.prices);
      if (!prices) return wrong(prices.error().message);
      workflow_.prices = std::move(*prices);
      workflow_.has_prices = true;
    }
    RunSettings& run = workflow_.run;
    if (ask_.journal) run.journal = *ask_.journal;
    if (ask_.cache) run.cache = *ask_.cache;
    run.resume = ask_.resume;
    run.journal_sync = ask_.journal_sync;
    run.dedupe = ask_.dedupe;
    if (run.resume && run.journal.empty()) wrong("--resume needs --journal FILE");
  }

  const Options& all_;
  const AskOptions& ask_;
  Workflow workflow_;
  std::string error_;
};

}  // namespace

Result<Workflow> workflow_of(const Options& options) { return Conversion(options).convert(); }

}  // namespace braid::cli
