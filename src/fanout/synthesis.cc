// The merge `synthesise`: a model writes one text from all parts. When they do not fit into one
// call, groups of them are written together first, and so on: each round must be shorter than the
// last, or it stops.
#include <fmt/format.h>

#include "fanout/graph_run.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kSpareTokens = 64;

class Synthesis final : public CallingMerge {
 public:
  Synthesis(const Merge& merge, std::vector<Piece> pieces)
      : merge_(merge), pieces_(std::move(pieces)) {
    check_missing(pieces_, merge.missing.value_or(Missing{}), out_);
  }

  std::optional<Merged> advance(GraphRun& run) override {
    if (!out_.failure.empty()) return out_;
    if (calls_.empty()) {
      ask(run);
      if (!out_.failure.empty()) return out_;
    }
    for (const std::size_t call : calls_) {
      if (!run.call_row(merge_, call).is_done) return std::nullopt;
    }
    return take_round(run);
  }

 private:
  // Bytes of parts that one call may hold; SIZE_MAX: all.
  std::size_t room(GraphRun& run) const {
    const Model settings = run.settings(merge_.model);
    std::size_t tokens = merge_.fit;
    if (tokens == 0 && settings.context) {
      const auto context = static_cast<std::size_t>(std::max<std::int64_t>(0, *settings.context));
      const auto answer =
          static_cast<std::size_t>(settings.max_tokens.value_or(*settings.context / 4));
      tokens = context > answer ? context - answer : 1;
    }
    if (tokens == 0) return SIZE_MAX;
    const std::size_t frame = estimate_tokens(prompt_of(run, {}).size()) + kSpareTokens;
    return tokens > frame ? (tokens - frame) * 4 : 4;
  }

  [[nodiscard]] std::string prompt_of(GraphRun& run, const std::vector<Piece>& pieces) const {
    const std::string block = parts_block(pieces);
    return merge_.prompt.fill([&](std::string_view name) -> std::string_view {
      return name == "parts" ? std::string_view(block) : run.value_of(name);
    });
  }

  void ask(GraphRun& run) {
    groups_ = fit_groups(pieces_, std::min(room(run), room_left_));
    if (groups_.size() == pieces_.size() && groups_.size() > 1) {
      out_.failure = "no two parts fit into one call; a larger `fit` or shorter parts are needed";
      return;
    }
    bytes_ = parts_block(pieces_).size();
    for (const std::vector<Piece>& group : groups_) {
      calls_.push_back(run.call(merge_, merge_.model, prompt_of(run, group), nullptr));
    }
  }

  std::optional<Merged> take_round(GraphRun& run) {
    std::vector<Piece> next;
    bool was_too_long = false;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Row& row = run.call_row(merge_, calls_[i]);
      if (row.answer.is_too_long && groups_[i].size() > 1) {
        // Nobody had said how much the model can read: half of that, then.
        was_too_long = true;
        room_left_ = std::min(room_left_, parts_block(groups_[i]).size() / 2 + 1);
        run.set_aside(merge_, calls_[i], "longer than the model can read: written in groups");
        next.insert(next.end(), groups_[i].begin(), groups_[i].end());
        continue;
      }
      if (row.answer.status != Status::ok) {
        out_.failure = fmt::format("the writing failed: {}", row.answer.error);
        return out_;
      }
      Piece& piece = next.emplace_back();
      piece.name = fmt::format("{} {}", merge_.name, i + 1);
      piece.text = row.answer.text;
    }
    ++rounds_;
    if (next.size() == 1 && !was_too_long) {
      out_.text = std::string(*next[0].text);
      out_.notes.push_back(rounds_ == 1 ? "written in one call"
                                        : fmt::format("written in {} rounds", rounds_));
      return out_;
    }
    if (!was_too_long && parts_block(next).size() >= bytes_) {
      out_.failure = fmt::format("round {} is not shorter than what it was made from", rounds_);
      return out_;
    }
    pieces_ = std::move(next);
    calls_.clear();
    ask(run);
    if (!out_.failure.empty()) return out_;
    return std::nullopt;
  }

  const Merge& merge_;
  std::vector<Piece> pieces_;
  std::vector<std::vector<Piece>> groups_;
  std::vector<std::size_t> calls_;
  std::size_t bytes_ = 0;
  std::size_t room_left_ = SIZE_MAX;  // bytes; less, once a call was too long
  int rounds_ = 0;
  Merged out_;
};

}  // namespace

std::unique_ptr<CallingMerge> make_synthesis(const Merge& merge, std::vector<Piece> pieces) {
  return std::make_unique<Synthesis>(merge, std::move(pieces));
}

}  // namespace braid::fanout
