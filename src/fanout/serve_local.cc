#include "fanout/serve_local.h"

#include "fanout/merges.h"
#include "fanout/splits.h"
#include "fanout/vote.h"
#include "fanout/workflow_file.h"

namespace braid::fanout {
namespace {

Json whole(std::size_t value) { return Json::from(static_cast<std::int64_t>(value)); }

std::size_t number_in(const Json& from, std::string_view name, std::size_t otherwise) {
  const Json* value = from.find(name);
  const auto number = value == nullptr ? std::nullopt : value->integer();
  return number && *number >= 0 ? static_cast<std::size_t>(*number) : otherwise;
}

std::string_view text_in(const Json& from, std::string_view name, std::string_view otherwise) {
  const Json* value = from.find(name);
  return value == nullptr ? otherwise : value->string_or(otherwise);
}

Json error_of(const std::string& what) {
  Json out = Json::object();
  out.set("error", Json::from(what));
  return out;
}

// [text, number of its first piece, pieces, context] of each chunk.
Json split_answer(const Json& asked) {
  Input input;
  input.text = std::string(text_in(asked, "text", ""));
  input.path = text_in(asked, "path", "");
  const std::string_view kind = text_in(asked, "kind", "");
  input.split = split_for(input.path);
  if (!kind.empty()) {
    const auto named = split_named(kind);
    if (!named) return error_of(named.error().message);
    input.split = *named;
  }
  input.batch = number_in(asked, "batch", 0);
  input.tokens = number_in(asked, "tokens", 0);
  input.overlap = number_in(asked, "overlap", 0);
  if (input.batch > 0 && input.tokens > 0) return error_of("both batch and tokens are given");
  Json out = Json::object();
  Json chunks = Json::array();
  for (const Chunk& chunk : cut_chunks(input)) {
    Json row = Json::array();
    row.items = {Json::from(chunk.text), whole(chunk.first), whole(chunk.pieces),
                 Json::from(chunk.context)};
    chunks.items.push_back(std::move(row));
  }
  out.set("chunks", std::move(chunks));
  return out;
}

std::vector<Piece> pieces_in(const Json& asked) {
  std::vector<Piece> out;
  const Json* texts = asked.find("texts");
  if (texts == nullptr) return out;
  for (std::size_t i = 0; i < texts->items.size(); ++i) {
    Piece& piece = out.emplace_back();
    piece.name = "text";
    piece.draw = i;
    if (texts->items[i].is_string()) piece.text = texts->items[i].text;
  }
  return out;
}

Json merged_answer(const Merged& merged) {
  Json out = Json::object();
  out.set("text", merged.text ? Json::from(*merged.text) : Json{});
  out.set("failure", Json::from(merged.failure));
  out.set("tie", Json::from(merged.is_tie));
  out.set("details", merged.details);
  Json gaps = Json::array();
  for (const std::string& gap : merged.gaps) gaps.items.push_back(Json::from(gap));
  out.set("gaps", std::move(gaps));
  return out;
}

bool is_among(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Json vote_answer(const Json& asked) {
  VoteRules rules;
  if (const Json* choices = asked.find("choices")) {
    for (const Json& choice : choices->items) rules.choices.emplace_back(choice.string_or(""));
  }
  rules.normalise = text_in(asked, "normalise", "word");
  if (rules.normalise.starts_with("python:")) return error_of("a function goes in as labels");
  rules.quorum = number_in(asked, "quorum", 0);
  rules.margin = number_in(asked, "margin", 1);
  rules.ties = text_in(asked, "ties", "none");
  const std::vector<std::string> ways = {"word", "none"};
  if (!rules.normalise.starts_with("json:") && !is_among(ways, rules.normalise)) {
    return error_of("normalise is word, none, json:/pointer or a function, not " + rules.normalise +
                    nearest(rules.normalise, ways));
  }
  const bool is_label = rules.ties != "none" && rules.ties != "first";
  if (is_label && !rules.choices.empty() && !is_among(rules.choices, rules.ties)) {
    return error_of(rules.ties + ", which ties go to, is no choice" +
                    nearest(rules.ties, rules.choices));
  }
  if (rules.choices.size() == 1) return error_of("a single choice is no vote");
  rules.invalid_fails = text_in(asked, "invalid", "abstain") == "fail";
  const std::vector<Piece> pieces = pieces_in(asked);
  std::vector<std::string> labels;
  for (const Piece& piece : pieces) {
    labels.push_back(piece.text ? label_of(*piece.text, rules) : std::string());
  }
  return merged_answer(
      merge_votes(pieces, labels, 0, rules, Missing{Missing::Kind::best_effort, 0}));
}

Json stitch_answer(const Json& asked) {
  const auto missing = missing_named(text_in(asked, "missing", "all"));
  if (!missing) return error_of(missing.error().message);
  std::vector<Piece> pieces = pieces_in(asked);
  if (const Json* chunks = asked.find("chunks"); chunks != nullptr && chunks->is_array()) {
    if (chunks->items.size() != pieces.size())
      return error_of("there are not as many texts as chunks");
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Edges edges = without_edges(chunks->items[i].text);
      pieces[i].is_chunk = true;
      pieces[i].index = pieces[i].draw;
      pieces[i].draw = 0;
      pieces[i].before = edges.before;
      pieces[i].after = edges.after;
    }
  }
  return merged_answer(stitch(pieces, text_in(asked, "join", "\n\n"), *missing));
}

}  // namespace

std::optional<Json> answer_locally(const Json& request) {
  if (const Json* asked = request.find("split")) return split_answer(*asked);
  if (const Json* asked = request.find("vote")) return vote_answer(*asked);
  if (const Json* asked = request.find("stitch")) return stitch_answer(*asked);
  return std::nullopt;
}

}  // namespace braid::fanout
