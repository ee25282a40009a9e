#include "cli/ask_options.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/option_table.h"

namespace braid::cli {
namespace {

constexpr unsigned kAsk = bit(Command::ask);

template <auto Member>
std::string take_text(Options& options, std::string_view value) {
  options.ask.*Member = std::string(value);
  return {};
}

template <auto Member>
std::string take_flag(Options& options, std::string_view) {
  options.ask.*Member = true;
  return {};
}

template <auto Member, int Lowest>
std::string take_number(Options& options, std::string_view value) {
  using Number = typename std::remove_reference_t<decltype(options.ask.*Member)>::value_type;
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = error == std::errc{} && end == value.data() + value.size();
  if (!is_number || !(number >= static_cast<Number>(Lowest))) {
    return fmt::format("must be a {}number from {} on",
                       std::is_floating_point_v<Number> ? "" : "whole ", Lowest);
  }
  options.ask.*Member = number;
  return {};
}

// A rate: above zero.
template <auto Member>
std::string take_rate(Options& options, std::string_view value) {
  std::string wrong = take_number<Member, 0>(options, value);
  return wrong.empty() && *(options.ask.*Member) <= 0 ? "must be a number above 0" : wrong;
}

template <auto Member, char Between>
std::string take_pair(Options& options, std::string_view value) {
  const std::size_t at = value.find(Between);
  if (at == std::string_view::npos || at == 0) {
    return fmt::format("must be NAME{}VALUE", Between);
  }
  std::string_view second = value.substr(at + 1);
  while (Between == ':' && second.starts_with(' ')) second.remove_prefix(1);
  (options.ask.*Member).emplace_back(value.substr(0, at), second);
  return {};
}

std::string take_graph(Options& options, std::string_view value) {
  if (value != "svg") return "must be svg";
  options.ask.graph = true;
  return {};
}

using A = AskOptions;

const OptionRow kRows[] = {
    {"--set", "", kAsk, "NAME=VALUE", "a value of the workflow's [set]; may be given several times",
     take_pair<&A::set, '='>},
    {"--subject", "", kAsk, "FILE", "what all parts are about; `-` is stdin",
     take_text<&A::subject>},
    {"--part", "", kAsk, "NAME=PROMPT",
     "one aspect; @FILE reads the prompt from a file; may be given several times",
     take_pair<&A::parts, '='>},
    {"--prompt", "", kAsk, "PROMPT",
     "one prompt for all chunks or draws; @FILE reads it from a file", take_text<&A::prompt>},
    {"--each", "", kAsk, "FILE", "cut FILE into chunks; {chunk} in the prompt is one; `-` is stdin",
     take_text<&A::each>},
    {"--split", "", kAsk, "records|lines|paragraphs|sentences|sections|definitions",
     "where to cut (default: by the file's extension)", take_text<&A::split>},
    {"--batch", "", kAsk, "N", "pieces a chunk", take_number<&A::batch, 1>},
    {"--tokens", "", kAsk, "N", "about so many tokens a chunk, at most",
     take_number<&A::tokens, 1>},
    {"--covers", "", kAsk, "POINTER",
     "each answer must hold the records of its chunk, once each, by this JSON pointer to their ids",
     take_text<&A::covers>},
    {"--repeat", "", kAsk, "N", "draw N answers to the same prompt", take_number<&A::repeat, 1>},
    {"--requests", "", kAsk, "FILE", "send one chat body a line; `metadata` goes to --parts",
     take_text<&A::requests>},
    {"--merge", "", kAsk, "KIND", "stitch, jsonl, vote, best, synthesise or python:FILE:FUNCTION",
     take_text<&A::merge>},
    {"--synthesise", "", kAsk, "PROMPT", "write one text from all parts, which are {parts}",
     take_text<&A::synthesise>},
    {"--criteria", "", kAsk, "FILE", "what a judge looks at, for the best",
     take_text<&A::criteria>},
    {"--judge-model", "", kAsk, "M", "the model that judges (default: the author's)",
     take_text<&A::judge_model>},
    {"--pairs", "", kAsk, "", "judge in pairs, each in both orders", take_flag<&A::pairs>},
    {"--missing", "", kAsk, "RULE", "what gaps a merge may have: all (none), quorum:K, best-effort",
     take_text<&A::missing>},
    {"--join", "", kAsk, "TEXT", "what stands between stitched parts (default: a blank line)",
     take_text<&A::join>},
    {"--choices", "", kAsk, "A,B", "what can be voted for", take_text<&A::choices>},
    {"--normalise", "", kAsk, "HOW",
     "a ballot as a label: word (default), none, json:/pointer, python:FILE:FUNCTION",
     take_text<&A::normalise>},
    {"--quorum", "", kAsk, "N", "votes that must count", take_number<&A::quorum, 0>},
    {"--margin", "", kAsk, "N", "votes that the winner must be ahead", take_number<&A::margin, 0>},
    {"--ties", "", kAsk, "RULE", "what a tie gives: none (default), first, or a label",
     take_text<&A::ties>},
    {"--stop", "", kAsk, "RULE", "when a vote may stop early: exact (default), never, or 0.95",
     take_text<&A::stop>},
    {"--invalid", "", kAsk, "abstain|fail", "what an invalid ballot does (default: abstain)",
     take_text<&A::invalid>},
    {"--base-url", "", kAsk, "URL", "the server (default: $OPENAI_BASE_URL, else OpenAI's)",
     take_text<&A::base_url>},
    {"--api-key-file", "", kAsk, "FILE", "holds the key (default: $OPENAI_API_KEY)",
     take_text<&A::api_key_file>},
    {"--model", "", kAsk, "M", "the model's name", take_text<&A::model>},
    {"--system", "", kAsk, "TEXT", "the system message; @FILE reads it from a file",
     take_text<&A::system>},
    {"--temperature", "", kAsk, "X", "sampling temperature", take_number<&A::temperature, 0>},
    {"--max-tokens", "", kAsk, "N", "tokens an answer may have", take_number<&A::max_tokens, 1>},
    {"--seed", "", kAsk, "N", "seed; draw number I gets N + I", take_number<&A::seed, 0>},
    {"--schema", "", kAsk, "FILE", "the JSON schema of an answer: asked for and checked",
     take_text<&A::schema>},
    {"--stream", "", kAsk, "", "receive answers as they are written", take_flag<&A::stream>},
    {"--retries", "", kAsk, "N", "how often a call that fails is sent again (default: 5)",
     take_number<&A::retries, 0>},
    {"--header", "", kAsk, "K:V", "one more header; may be given several times",
     take_pair<&A::headers, ':'>},
    {"--extra", "", kAsk, "JSON", "an object whose members go into each request",
     take_text<&A::extra>},
    {"--http2", "", kAsk, "", "use HTTP/2 where the server has it", take_flag<&A::http2>},
    {"--dedupe", "", kAsk, "", "pay equal requests once", take_flag<&A::dedupe>},
    {"--max-in-flight", "", kAsk, "N", "calls at once, at most (default: what the server takes)",
     take_number<&A::max_in_flight, 1>},
    {"--rpm", "", kAsk, "N", "requests a minute (default: what the server announces)",
     take_rate<&A::rpm>},
    {"--tpm", "", kAsk, "N", "tokens a minute (default: what the server announces)",
     take_rate<&A::tpm>},
    {"--budget-tokens", "", kAsk, "N", "never use more tokens; needs --max-tokens",
     take_number<&A::budget_tokens, 0>},
    {"--budget-usd", "", kAsk, "X", "never spend more dollars; needs --max-tokens and --prices",
     take_number<&A::budget_usd, 0>},
    {"--prices", "", kAsk, "FILE", "prices of models: TOML, dollars for a million tokens",
     take_text<&A::prices>},
    {"--give-up", "", kAsk, "S", "stop after S seconds of nothing but refusals (default: 600)",
     take_number<&A::give_up, 0>},
    {"--journal", "", kAsk, "FILE", "keep what was paid for in FILE", take_text<&A::journal>},
    {"--resume", "", kAsk, "", "go on with the journal, if there is one", take_flag<&A::resume>},
    {"--cache", "", kAsk, "DIR", "use answers of earlier runs, and keep those of this one",
     take_text<&A::cache>},
    {"--journal-sync", "", kAsk, "", "make the journal safe from power loss too",
     take_flag<&A::journal_sync>},
    {"--parts", "", kAsk, "FILE", "write one JSON line a call, in the order of the input",
     take_text<&A::parts_file>},
    {"--stats", "", kAsk, "FILE", "write calls, tokens and cost as JSON", take_text<&A::stats>},
    {"--report", "", kAsk, "FILE", "write an HTML page about the run", take_text<&A::report>},
    {"--dry-run", "", kAsk, "", "send nothing; show the graph, calls, tokens, cost and time",
     take_flag<&A::dry_run>},
    {"--graph", "", kAsk, "FORM", "send nothing; draw the graph; FORM is svg", take_graph},
    {"--serve", "", kAsk, "", "answer JSON lines on stdin (what braid.llm speaks with)",
     take_flag<&A::serve>},
    {"--quiet", "", kAsk, "", "no progress and no summary", take_flag<&A::quiet>},
};

}  // namespace

std::span<const OptionRow> ask_option_rows() { return kRows; }

}  // namespace braid::cli
