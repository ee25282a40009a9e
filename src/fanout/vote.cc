#include "fanout/vote.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fanout/reply.h"
#include "fanout/schema.h"
#include "fanout/splits.h"

namespace braid::fanout {
namespace {

std::string folded(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_mark(char c) {
  return static_cast<unsigned char>(c) < 0x80 &&
         !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

// The first word, stripped of marks at its edges, case folded.
std::string first_word(std::string_view text) {
  while (!text.empty()) {
    std::size_t end = 0;
    text = without_edges(text).text;
    while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != '\t' &&
           text[end] != '\r') {
      ++end;
    }
    std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    while (!word.empty() && is_mark(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_mark(word.back())) word.remove_suffix(1);
    if (!word.empty()) return folded(word);
  }
  return {};
}

// P(p > 1/2) under Beta(ahead + 3/2, behind + 3/2), by Simpson's rule: a prior between one that is
// sure after four equal draws (and too often wrong) and one that needs six.
double belief(std::size_t ahead, std::size_t behind) {
  constexpr int kSteps = 2000;
  const double a = static_cast<double>(ahead) + 0.5;
  const double b = static_cast<double>(behind) + 0.5;
  const double top = a * std::log(a / (a + b)) + b * std::log(b / (a + b));
  double sides[2] = {0, 0};
  for (int i = 1; i < kSteps; ++i) {
    const double x = static_cast<double>(i) / kSteps;
    const double weight = i == kSteps / 2 ? 1 : i % 2 == 0 ? 2 : 4;
    const double value = weight * std::exp(a * std::log(x) + b * std::log(1 - x) - top);
    if (i <= kSteps / 2) sides[0] += value;
    if (i >= kSteps / 2) sides[1] += value;
  }
  return sides[1] / (sides[0] + sides[1]);
}

}  // namespace

std::string label_of(std::string_view ballot, const VoteRules& rules) {
  std::string label;
  if (rules.normalise == "word") {
    label = first_word(ballot);
  } else if (rules.normalise.starts_with("json:")) {
    const auto value = json_of_answer(ballot);
    const Json* at = value ? value->at_pointer(rules.normalise.substr(5)) : nullptr;
    if (at != nullptr) label = at->is_string() ? at->text : at->dump();
  } else {
    label = without_edges(ballot).text;
  }
  if (rules.choices.empty()) return label;
  const bool loose = rules.normalise == "word" || rules.normalise.starts_with("json:");
  for (const std::string& choice : rules.choices) {
    const std::string wanted = rules.normalise == "word" ? first_word(choice) : choice;
    if (loose ? folded(wanted) == folded(label) : wanted == label) return choice;
  }
  return {};
}

Tally count_votes(const std::vector<std::string>& labels, const VoteRules& rules) {
  Tally out;
  for (const std::string& choice : rules.choices) out.votes.emplace_back(choice, 0);
  for (const std::string& label : labels) {
    if (label.empty()) {
      ++out.abstained;
      continue;
    }
    ++out.counted;
    auto found = std::find_if(out.votes.begin(), out.votes.end(),
                              [&](const auto& each) { return each.first == label; });
    if (found == out.votes.end()) found = out.votes.emplace(out.votes.end(), label, 0);
    ++found->second;
  }
  std::stable_sort(out.votes.begin(), out.votes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const std::size_t first = out.votes.empty() ? 0 : out.votes[0].second;
  const std::size_t second = out.votes.size() > 1 ? out.votes[1].second : 0;
  out.margin = first - second;
  const std::size_t needed = std::max<std::size_t>(1, rules.margin);
  if (out.counted < rules.quorum) {
    out.why_none = fmt::format("{} votes count, the quorum is {}", out.counted, rules.quorum);
  } else if (out.counted == 0) {
    out.why_none = "no ballot counts";
  } else if (first == second) {
    std::vector<std::string> leaders;
    for (const auto& [label, votes] : out.votes) {
      if (votes == first) leaders.push_back(label);
    }
    out.is_tie = true;
    if (rules.ties == "first") {
      out.winner = leaders[0];
    } else if (rules.ties != "none") {
      out.winner = rules.ties;
    } else {
      out.why_none = fmt::format("a tie: {} have {} each", fmt::join(leaders, " and "), first);
    }
  } else if (out.margin < needed) {
    out.why_none =
        fmt::format("{} is ahead by {}, the margin is {}", out.votes[0].first, out.margin, needed);
  } else {
    out.winner = out.votes[0].first;
  }
  return out;
}

std::size_t next_draws(const std::vector<std::string>& labels, std::size_t total,
                       const VoteRules& rules) {
  const std::size_t left = total - std::min(total, labels.size());
  if (left == 0 || rules.stop == StopRule::never) return left;
  const Tally tally = count_votes(labels, rules);
  const std::size_t first = tally.votes.empty() ? 0 : tally.votes[0].second;
  const std::size_t second = tally.votes.size() > 1 ? tally.votes[1].second : 0;
  const std::size_t needed = std::max<std::size_t>(1, rules.margin);
  const std::size_t short_of_quorum =
      rules.quorum > tally.counted ? std::min(left, rules.quorum - tally.counted) : 0;
  // Decided when the leader would keep its margin if all that is left went to the next one.
  std::size_t fewest = 0;
  while (fewest < left && first + fewest < second + (left - fewest) + needed) ++fewest;
  if (rules.stop == StopRule::probable) {
    const auto is_enough = [&](std::size_t more) {
      return first + more >= second + needed && belief(first + more, second) >= rules.certainty;
    };
    std::size_t enough = 0;
    while (enough < fewest && !is_enough(enough)) ++enough;
    fewest = enough;
  }
  return std::max(fewest, short_of_quorum);
}

namespace {

constexpr std::size_t kShown = 80;  // bytes of a ballot

const Piece* first_invalid(const std::vector<Piece>& pieces,
                           const std::vector<std::string>& labels) {
  for (std::size_t i = 0; i < pieces.size() && i < labels.size(); ++i) {
    if (pieces[i].text && labels[i].empty()) return &pieces[i];
  }
  return nullptr;
}

}  // namespace

Merged merge_votes(const std::vector<Piece>& pieces, const std::vector<std::string>& labels,
                   std::size_t saved, const VoteRules& rules, const Missing& missing) {
  Merged out;
  check_missing(pieces, missing, out);
  for (std::size_t i = 0; i < pieces.size() && rules.invalid_fails; ++i) {
    if (pieces[i].text && labels[i].empty() && out.failure.empty()) {
      out.failure = fmt::format("the ballot of draw {} is no vote: {}", pieces[i].draw,
                                excerpt(*pieces[i].text, kShown));
    }
  }
  const Tally tally = count_votes(labels, rules);
  out.is_tie = tally.is_tie && tally.winner.empty();
  std::string shown;
  Json votes = Json::object();
  for (const auto& [label, count] : tally.votes) {
    shown += fmt::format("{}{} {}", shown.empty() ? "" : ", ", label, count);
    votes.set(label, Json::from(static_cast<std::int64_t>(count)));
  }
  out.notes.push_back(fmt::format("{}; margin {}, abstained {}, draws saved {}{}", shown,
                                  tally.margin, tally.abstained, saved,
                                  tally.is_tie ? ", a tie" : ""));
  out.details = Json::object();
  out.details.set("votes", std::move(votes));
  out.details.set("margin", Json::from(static_cast<std::int64_t>(tally.margin)));
  out.details.set("abstained", Json::from(static_cast<std::int64_t>(tally.abstained)));
  out.details.set("saved", Json::from(static_cast<std::int64_t>(saved)));
  out.details.set("tie", Json::from(tally.is_tie));
  out.details.set("winner", tally.winner.empty() ? Json{} : Json::from(tally.winner));
  if (!out.failure.empty()) return out;
  if (tally.winner.empty()) {
    out.failure = tally.why_none;
    const auto odd = first_invalid(pieces, labels);
    if (odd && (tally.counted == 0 || tally.counted < rules.quorum)) {
      out.failure += fmt::format("; {} is no vote{}: {}", name_of(*odd, odd->index > 0, true),
                                 rules.choices.empty()
                                     ? std::string()
                                     : fmt::format(" for {}", fmt::join(rules.choices, " or ")),
                                 excerpt(*odd->text, kShown));
    }
  } else {
    out.text = tally.winner;
  }
  return out;
}

}  // namespace braid::fanout
