// The merge `best`: every candidate is scored by a judge, or compared with every other one in both
// orders, so that a judge who prefers a position is found out.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fanout/graph_run.h"

namespace braid::fanout {
namespace {

// The first number of a text.
std::optional<double> number_in(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] < '0' || text[at] > '9') continue;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error == std::errc{}) return at > 0 && text[at - 1] == '-' ? -value : value;
  }
  return std::nullopt;
}

// 'A' or 'B': the first word that is one of them; 0 for neither.
char choice_in(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto is_letter = [&](std::size_t i) {
      return i < text.size() && ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z');
    };
    if ((text[at] == 'A' || text[at] == 'B') && (at == 0 || !is_letter(at - 1)) &&
        !is_letter(at + 1)) {
      return text[at];
    }
  }
  return 0;
}

class Best final : public CallingMerge {
 public:
  Best(const Merge& merge, std::vector<Piece> pieces, std::vector<std::string> authors)
      : merge_(merge), pieces_(std::move(pieces)), authors_(std::move(authors)) {
    check_missing(pieces_, merge.missing.value_or(Missing{}), out_);
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].text) candidates_.push_back(i);
    }
  }

  std::optional<Merged> advance(GraphRun& run) override {
    if (!out_.failure.empty()) return out_;
    if (!has_asked_) {
      has_asked_ = true;
      warn(run);
      if (merge_.pairs)
        ask_pairs(run);
      else
        ask_scores(run);
    }
    for (const std::size_t call : calls_) {
      if (!run.call_row(merge_, call).is_done) return std::nullopt;
    }
    if (std::exchange(is_finished_, true)) return std::nullopt;
    if (merge_.pairs)
      count_pairs(run);
    else
      count_scores(run);
    return choose();
  }

 private:
  void warn(GraphRun& run) {
    const std::string judge = run.settings(merge_.judge).name.value_or("");
    if (std::find(authors_.begin(), authors_.end(), judge) != authors_.end()) {
      out_.notes.push_back(fmt::format(
          "warning: the judge {}is the model that wrote the candidates; models prefer their own",
          judge.empty() ? "" : judge + " "));
    }
  }

  void ask_scores(GraphRun& run) {
    const double scale = merge_.scale;
    for (const std::size_t candidate : candidates_) {
      calls_.push_back(run.call(
          merge_, merge_.judge,
          fmt::format("{}\n\n<answer>\n{}\n</answer>\n\nScore this answer from 1 to {}. Reply with "
                      "the number alone.",
                      merge_.criteria, *pieces_[candidate].text, scale),
          [scale](const std::string& text) -> std::string {
            const auto score = number_in(text);
            if (score && *score >= 1 && *score <= scale) return {};
            return fmt::format("it is no number from 1 to {}", scale);
          }));
    }
  }

  void ask_pairs(GraphRun& run) {
    const auto ask = [&](std::size_t a, std::size_t b) {
      calls_.push_back(run.call(
          merge_, merge_.judge,
          fmt::format(
              "{}\n\n<answer name=\"A\">\n{}\n</answer>\n\n<answer name=\"B\">\n{}\n</answer>\n\n"
              "Which answer is better? Reply with A or B alone.",
              merge_.criteria, *pieces_[candidates_[a]].text, *pieces_[candidates_[b]].text),
          [](const std::string& text) -> std::string {
            return choice_in(text) != 0 ? "" : "it is neither A nor B";
          }));
    };
    for (std::size_t a = 0; a < candidates_.size(); ++a) {
      for (std::size_t b = a + 1; b < candidates_.size(); ++b) {
        ask(a, b);
        ask(b, a);
      }
    }
  }

  [[nodiscard]] std::optional<std::string> text_of(GraphRun& run, std::size_t call) const {
    const Row& row = run.call_row(merge_, calls_[call]);
    if (row.answer.status != Status::ok) return std::nullopt;
    return std::string(row.answer.text);
  }

  void count_scores(GraphRun& run) {
    scores_.assign(candidates_.size(), 0);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const auto text = text_of(run, i);
      if (text)
        scores_[i] = number_in(*text).value_or(0);
      else
        add_unjudged(fmt::format("the judgement of {}", shown(i)));
    }
  }

  void count_pairs(GraphRun& run) {
    scores_.assign(candidates_.size(), 0);
    std::size_t flips = 0;
    std::size_t pairs = 0;
    std::size_t call = 0;
    for (std::size_t a = 0; a < candidates_.size(); ++a) {
      for (std::size_t b = a + 1; b < candidates_.size(); ++b, call += 2) {
        const auto there = text_of(run, call);
        const auto back = text_of(run, call + 1);
        if (!there || !back) {
          add_unjudged(fmt::format("the judgement of {} and {}", shown(a), shown(b)));
          continue;
        }
        ++pairs;
        const bool first_a = choice_in(*there) == 'A';
        const bool second_a = choice_in(*back) == 'B';
        if (first_a != second_a) ++flips;
        scores_[a] += (first_a ? 0.5 : 0) + (second_a ? 0.5 : 0);
        scores_[b] += (first_a ? 0 : 0.5) + (second_a ? 0 : 0.5);
      }
    }
    const double rate = pairs == 0 ? 0 : static_cast<double>(flips) / static_cast<double>(pairs);
    out_.notes.push_back(
        fmt::format("flip rate {:.2f}: of {} pairs, {} came out otherwise when "
                    "their order was swapped",
                    rate, pairs, flips));
    flip_rate_ = rate;
  }

  void add_unjudged(const std::string& what) {
    out_.gaps.push_back(what);
    if (merge_.missing.value_or(Missing{}).kind == Missing::Kind::all) {
      out_.failure = what + " is missing";
    }
  }

  [[nodiscard]] std::string shown(std::size_t candidate) const {
    const Piece& piece = pieces_[candidates_[candidate]];
    return name_of(piece, piece.index > 0, true);
  }

  Merged choose() {
    out_.details = Json::object();
    Json scores = Json::object();
    std::string listed;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      scores.set(shown(i), Json::from(scores_[i]));
      listed += fmt::format("{}{} {}", listed.empty() ? "" : ", ", shown(i), scores_[i]);
    }
    out_.details.set("scores", std::move(scores));
    if (flip_rate_) out_.details.set("flip_rate", Json::from(*flip_rate_));
    out_.notes.push_back("scores: " + listed);
    if (!out_.failure.empty() || candidates_.empty()) return out_;
    const double top = *std::max_element(scores_.begin(), scores_.end());
    std::vector<std::size_t> leaders;
    for (std::size_t i = 0; i < scores_.size(); ++i) {
      if (scores_[i] == top) leaders.push_back(i);
    }
    out_.is_tie = leaders.size() > 1;
    out_.details.set("tie", Json::from(out_.is_tie));
    if (out_.is_tie && merge_.vote.ties != "first") {
      std::vector<std::string> names;
      for (const std::size_t leader : leaders) names.push_back(shown(leader));
      out_.failure = fmt::format("a tie: {} have {} each", fmt::join(names, " and "), top);
      return out_;
    }
    out_.is_tie = false;
    out_.text = std::string(*pieces_[candidates_[leaders[0]]].text);
    out_.notes.push_back("best: " + shown(leaders[0]));
    return out_;
  }

  const Merge& merge_;
  std::vector<Piece> pieces_;
  std::vector<std::string> authors_;
  std::vector<std::size_t> candidates_;
  std::vector<std::size_t> calls_;
  std::vector<double> scores_;
  std::optional<double> flip_rate_;
  bool has_asked_ = false;
  bool is_finished_ = false;
  Merged out_;
};

}  // namespace

std::unique_ptr<CallingMerge> make_best(const Merge& merge, std::vector<Piece> pieces,
                                        std::vector<std::string> authors) {
  return std::make_unique<Best>(merge, std::move(pieces), std::move(authors));
}

}  // namespace braid::fanout
