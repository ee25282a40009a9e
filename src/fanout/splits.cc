#include "fanout/splits.h"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <span>

#include "fanout/definitions.h"
#include "fanout/sentences.h"

namespace braid::fanout {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool is_blank_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_blank);
}

// Past the line end that begins at or after `at`; the text's size when there is none.
std::size_t next_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// Takes pieces one by one: a list of all would take more memory than the text, and more time than
// the cutting.
using Take = std::function<void(std::string_view)>;

template <class Ends>
void cut_where(std::string_view text, const Take& take, Ends next_end) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::max(at + 1, next_end(at));
    take(text.substr(at, end - at));
    at = end;
  }
}

bool is_csv(std::string_view path) { return path.ends_with(".csv") || path.ends_with(".tsv"); }

// A line; in CSV one that goes on while a quote is open.
std::size_t record_end(std::string_view text, std::size_t at, bool csv) {
  if (!csv) return next_line(text, at);
  bool is_quoted = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') is_quoted = !is_quoted;
    if (text[at] == '\n' && !is_quoted) return at + 1;
  }
  return text.size();
}

// A paragraph and the empty lines after it.
std::size_t paragraph_end(std::string_view text, std::size_t at) {
  bool had_text = false;
  while (at < text.size()) {
    const std::size_t end = next_line(text, at);
    if (is_blank_text(text.substr(at, end - at))) {
      if (had_text) {
        for (std::size_t next = end; next < text.size(); at = next) {
          const std::size_t after = next_line(text, next);
          if (!is_blank_text(text.substr(next, after - next))) return next;
          next = after;
        }
        return text.size();
      }
    } else {
      had_text = true;
    }
    at = end;
  }
  return text.size();
}

// Before each heading: a line that begins with # (outside of a fence), or one underlined by === or
// ---, or a LaTeX \section.
void cut_sections(std::string_view text, const Take& take) {
  std::size_t begin = 0;
  bool fenced = false;
  std::size_t line = 0;
  while (line < text.size()) {
    const std::size_t end = next_line(text, line);
    const std::string_view body = text.substr(line, end - line);
    if (body.starts_with("```") || body.starts_with("~~~")) fenced = !fenced;
    const std::size_t marks = std::min(body.find_first_not_of('#'), body.size());
    const bool hashed = marks > 0 && marks <= 6 && marks < body.size() && is_blank(body[marks]);
    const std::string_view below = text.substr(end, next_line(text, end) - end);
    const std::string_view rule = without_edges(below).text;
    const bool underlined = !is_blank_text(body) && rule.size() >= 3 &&
                            (rule.find_first_not_of('=') == std::string_view::npos ||
                             rule.find_first_not_of('-') == std::string_view::npos) &&
                            rule != without_edges(body).text;
    if (!fenced && (hashed || underlined || body.starts_with("\\section") ||
                    body.starts_with("\\chapter") || body.starts_with("\\subsection"))) {
      if (line > begin) take(text.substr(begin, line - begin));
      begin = line;
    }
    line = end;
  }
  if (begin < text.size()) take(text.substr(begin));
}

// The boundaries at which a too long piece of a kind is cut, one after the other. A line of prose
// may end in the middle of a sentence, so sentences come first; in code it is the other way round.
std::span<const SplitKind> smaller_than(SplitKind kind) {
  static constexpr std::array kProse = {SplitKind::paragraphs, SplitKind::sentences,
                                        SplitKind::lines};
  static constexpr std::array kCode = {SplitKind::paragraphs, SplitKind::lines,
                                       SplitKind::sentences};
  const std::span<const SplitKind> prose = kProse;
  switch (kind) {
    case SplitKind::definitions:
      return kCode;
    case SplitKind::whole:
    case SplitKind::sections:
      return prose;
    case SplitKind::sentences:
      return prose.subspan(2);
    case SplitKind::paragraphs:
    case SplitKind::records:
    case SplitKind::lines:
      break;
  }
  return prose.subspan(1);
}

void each_piece(std::string_view text, SplitKind kind, std::string_view path, const Take& take) {
  switch (kind) {
    case SplitKind::whole:
      if (!text.empty()) take(text);
      return;
    case SplitKind::records: {
      const bool csv = is_csv(path);
      cut_where(text, take, [&](std::size_t at) { return record_end(text, at, csv); });
      return;
    }
    case SplitKind::lines:
      cut_where(text, take, [&](std::size_t at) { return next_line(text, at); });
      return;
    case SplitKind::paragraphs:
      cut_where(text, take, [&](std::size_t at) { return paragraph_end(text, at); });
      return;
    case SplitKind::sentences:
      cut_where(text, take, [&](std::size_t at) { return sentence_end(text, at); });
      return;
    case SplitKind::sections:
      cut_sections(text, take);
      return;
    case SplitKind::definitions:
      for (const std::string_view piece : cut_definitions(text, path)) take(piece);
      return;
  }
}

// A too long piece, cut at the next smaller boundary, and at last between characters.
void cut_smaller(std::string_view text, std::size_t most, std::span<const SplitKind> smaller,
                 const Take& take) {
  if (text.size() <= most) {
    take(text);
    return;
  }
  if (!smaller.empty()) {
    each_piece(text, smaller[0], "",
               [&](std::string_view piece) { cut_smaller(piece, most, smaller.subspan(1), take); });
    return;
  }
  while (!text.empty()) {
    std::size_t end = std::min(most, text.size());
    if (end < text.size()) {
      const std::size_t blank = text.substr(0, end).find_last_of(" \t\n");
      if (blank != std::string_view::npos && blank > end / 2) {
        end = blank + 1;
      } else {
        while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
      }
    }
    take(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string_view joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

// Blank pieces belong to the piece before them, or to the one after at the very beginning.
class BlankJoiner {
 public:
  explicit BlankJoiner(const Take& take) : take_(take) {}

  void add(std::string_view piece) {
    const bool is_blank_piece = is_blank_text(piece);
    if (!held_.empty() && (first_is_blank_ || is_blank_piece)) {
      held_ = joined(held_, piece);
      first_is_blank_ = first_is_blank_ && is_blank_piece;
      return;
    }
    finish();
    first_is_blank_ = is_blank_piece;
    held_ = piece;
  }

  void finish() {
    if (!held_.empty()) take_(held_);
    held_ = {};
  }

 private:
  const Take& take_;
  std::string_view held_;
  bool first_is_blank_ = false;
};

// Gathers pieces into chunks, by `batch` or `tokens`.
class Gatherer {
 public:
  explicit Gatherer(const Input& input) : input_(input) {}

  void add(std::string_view piece) {
    if (chunk_.pieces > 0 && may_hold(piece)) {
      chunk_.text = joined(chunk_.text, piece);
      ++chunk_.pieces;
    } else {
      finish();
      chunk_ = {piece, context(), count_, 1};
    }
    ++count_;
    if (input_.overlap > 0) {
      before_.push_back(piece);
      if (before_.size() > input_.overlap) before_.pop_front();
    }
  }

  void finish() {
    if (chunk_.pieces == 0) return;
    chunks_.push_back(chunk_);
    input_.text.was_read(chunk_.text.size());
  }

  std::vector<Chunk> take() { return std::move(chunks_); }

 private:
  [[nodiscard]] bool may_hold(std::string_view piece) const {
    if (input_.batch > 0) return chunk_.pieces < input_.batch;
    return input_.tokens > 0 && estimate_tokens(joined(chunk_.text, piece).size()) <= input_.tokens;
  }
  [[nodiscard]] std::string_view context() const {
    return before_.empty() ? std::string_view() : joined(before_.front(), before_.back());
  }

  const Input& input_;
  std::vector<Chunk> chunks_;
  Chunk chunk_;
  std::size_t count_ = 0;
  std::deque<std::string_view> before_;  // the last pieces, `overlap` of them
};

std::vector<std::string_view> pieces_with_text(std::string_view text, SplitKind kind,
                                               std::string_view path) {
  std::vector<std::string_view> out;
  const Take keep = [&](std::string_view piece) { out.push_back(piece); };
  BlankJoiner joiner(keep);
  each_piece(text, kind, path, [&](std::string_view piece) { joiner.add(piece); });
  joiner.finish();
  return out;
}

}  // namespace

std::size_t estimate_tokens(std::size_t bytes) { return (bytes + 3) / 4; }

Edges without_edges(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size() && is_blank(text[begin])) ++begin;
  std::size_t end = text.size();
  while (end > begin && is_blank(text[end - 1])) --end;
  return {text.substr(0, begin), text.substr(begin, end - begin), text.substr(end)};
}

std::vector<std::string_view> cut_pieces(std::string_view text, SplitKind kind,
                                         std::string_view path) {
  std::vector<std::string_view> out;
  each_piece(text, kind, path, [&](std::string_view piece) { out.push_back(piece); });
  return out;
}

std::vector<Chunk> cut_chunks(const Input& input) {
  Gatherer gatherer(input);
  const Take gather = [&](std::string_view piece) { gatherer.add(piece); };
  const Take gather_small = [&](std::string_view piece) {
    cut_smaller(piece, input.tokens * 4, smaller_than(input.split), gather);
  };
  BlankJoiner joiner(input.tokens > 0 ? gather_small : gather);
  each_piece(input.text, input.split, input.path,
             [&](std::string_view piece) { joiner.add(piece); });
  joiner.finish();
  gatherer.finish();
  return gatherer.take();
}

std::vector<std::string_view> cut_in_two(std::string_view chunk, SplitKind kind,
                                         std::string_view path) {
  std::vector<std::string_view> pieces = pieces_with_text(chunk, kind, path);
  if (pieces.size() < 2) {
    pieces.clear();
    const Take keep = [&](std::string_view piece) { pieces.push_back(piece); };
    BlankJoiner joiner(keep);
    const std::size_t half = std::max<std::size_t>(1, without_edges(chunk).text.size() / 2 + 1);
    cut_smaller(chunk, half, smaller_than(kind),
                [&](std::string_view piece) { joiner.add(piece); });
    joiner.finish();
  }
  if (pieces.size() < 2) return pieces;
  const auto distance = [&](std::size_t i) {
    const auto at = static_cast<std::ptrdiff_t>(pieces[i].data() - chunk.data());
    return std::abs(2 * at - static_cast<std::ptrdiff_t>(chunk.size()));
  };
  std::size_t middle = 1;
  for (std::size_t i = 2; i < pieces.size(); ++i) {
    if (distance(i) < distance(middle)) middle = i;
  }
  return {joined(pieces[0], pieces[middle - 1]), joined(pieces[middle], pieces.back())};
}

SplitKind split_for(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::string_view end = dot == std::string_view::npos ? "" : path.substr(dot);
  if (end == ".jsonl" || end == ".ndjson" || end == ".csv" || end == ".tsv") {
    return SplitKind::records;
  }
  if (end == ".md" || end == ".markdown" || end == ".tex" || end == ".rst") {
    return SplitKind::sections;
  }
  if (end == ".py" || end == ".pyi") return SplitKind::definitions;
  if (end == ".log" || end == ".list") return SplitKind::lines;
  return SplitKind::paragraphs;
}

}  // namespace braid::fanout
