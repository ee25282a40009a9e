#include "fanout/splits.h"

#include <algorithm>
#include <array>
#include <span>

#include "fanout/definitions.h"

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

template <class Ends>
std::vector<std::string_view> cut_where(std::string_view text, Ends next_end) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::max(at + 1, next_end(at));
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
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

constexpr std::array<std::string_view, 20> kAbbreviations = {
    "dr",  "mr",  "mrs", "ms",  "prof", "sr",  "jr", "st", "vs",     "etc",
    "e.g", "i.e", "cf",  "fig", "no",   "vol", "pp", "ca", "approx", "inc"};

bool ends_in_abbreviation(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !is_blank(text[begin - 1]) && text[begin - 1] != '(') --begin;
  std::string word(text.substr(begin));
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  if (word.size() == 1 && word[0] >= 'a' && word[0] <= 'z') return true;  // an initial
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

// Past the mark that ends a sentence at `at` and what closes with it; 0 when none ends there.
std::size_t sentence_mark(std::string_view text, std::size_t begin, std::size_t at) {
  for (const std::string_view mark : {"。", "！", "？"}) {
    if (text.substr(at).starts_with(mark)) return at + mark.size();
  }
  const char c = text[at];
  if (c != '.' && c != '!' && c != '?') return 0;
  std::size_t end = at + 1;
  while (end < text.size() && (text[end] == '.' || text[end] == '!' || text[end] == '?')) ++end;
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view closing : {"\"", "'", ")", "]", "”", "’", "»"}) {
      if (text.substr(end).starts_with(closing)) {
        end += closing.size();
        more = true;
      }
    }
  }
  if (end < text.size() && !is_blank(text[end])) return 0;
  if (c == '.' && end == at + 1 && ends_in_abbreviation(text.substr(begin, at - begin))) return 0;
  std::size_t next = end;
  while (next < text.size() && is_blank(text[next])) ++next;
  // A small letter after a full stop goes on with the sentence.
  if (c == '.' && next < text.size() && text[next] >= 'a' && text[next] <= 'z') return 0;
  return end;
}

// The first byte of a mark, or a line end. Nearly no byte of a text is one.
bool may_end_sentence(char c) {
  return c == '.' || c == '!' || c == '?' || c == '\n' || c == '\xE3' || c == '\xEF';
}

std::size_t sentence_end(std::string_view text, std::size_t begin) {
  const auto with_blanks = [&](std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
  };
  for (std::size_t at = with_blanks(begin); at < text.size(); ++at) {
    if (!may_end_sentence(text[at])) continue;
    if (const std::size_t end = sentence_mark(text, begin, at); end != 0) return with_blanks(end);
    if (text[at] == '\n') {
      std::size_t next = at + 1;
      while (next < text.size() &&
             (text[next] == ' ' || text[next] == '\t' || text[next] == '\r')) {
        ++next;
      }
      if (next < text.size() && text[next] == '\n') return with_blanks(next);
    }
  }
  return text.size();
}

// Before each heading: a line that begins with # (outside of a fence), or one underlined by === or
// ---, or a LaTeX \section.
std::vector<std::string_view> cut_sections(std::string_view text) {
  std::vector<std::size_t> begins;
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
      begins.push_back(line);
    }
    line = end;
  }
  std::size_t next = 0;
  return cut_where(text, [&](std::size_t at) {
    while (next < begins.size() && begins[next] <= at) ++next;
    return next < begins.size() ? begins[next] : text.size();
  });
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

// A too long piece, cut at the next smaller boundary, and at last between characters.
void cut_smaller(std::string_view text, std::size_t most, std::span<const SplitKind> smaller,
                 std::vector<std::string_view>& out) {
  if (text.size() <= most) {
    out.push_back(text);
    return;
  }
  if (!smaller.empty()) {
    for (const std::string_view piece : cut_pieces(text, smaller[0], "")) {
      cut_smaller(piece, most, smaller.subspan(1), out);
    }
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
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string_view joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

// Blank pieces belong to the piece before them, or to the one after at the very beginning.
std::vector<std::string_view> without_blank_pieces(const std::vector<std::string_view>& pieces) {
  std::vector<std::string_view> out;
  bool first_is_blank = false;
  for (const std::string_view piece : pieces) {
    if (!out.empty() && (first_is_blank || is_blank_text(piece))) {
      out.back() = joined(out.back(), piece);
      first_is_blank = first_is_blank && is_blank_text(piece);
    } else {
      first_is_blank = is_blank_text(piece);
      out.push_back(piece);
    }
  }
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
  switch (kind) {
    case SplitKind::whole:
      break;
    case SplitKind::records: {
      const bool csv = is_csv(path);
      return cut_where(text, [&](std::size_t at) { return record_end(text, at, csv); });
    }
    case SplitKind::lines:
      return cut_where(text, [&](std::size_t at) { return next_line(text, at); });
    case SplitKind::paragraphs:
      return cut_where(text, [&](std::size_t at) { return paragraph_end(text, at); });
    case SplitKind::sentences:
      return cut_where(text, [&](std::size_t at) { return sentence_end(text, at); });
    case SplitKind::sections:
      return cut_sections(text);
    case SplitKind::definitions:
      return cut_definitions(text, path);
  }
  return text.empty() ? std::vector<std::string_view>{} : std::vector{text};
}

std::vector<Chunk> cut_chunks(const Input& input) {
  std::vector<std::string_view> pieces =
      without_blank_pieces(cut_pieces(input.text, input.split, input.path));
  if (input.tokens > 0) {
    std::vector<std::string_view> smaller;
    for (const std::string_view piece : pieces) {
      cut_smaller(piece, input.tokens * 4, smaller_than(input.split), smaller);
    }
    pieces = std::move(smaller);
  }
  std::vector<Chunk> out;
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i + 1;
    while (end < pieces.size() &&
           (input.batch > 0
                ? end - i < input.batch
                : input.tokens > 0 &&
                      estimate_tokens(joined(pieces[i], pieces[end]).size()) <= input.tokens)) {
      ++end;
    }
    Chunk chunk{joined(pieces[i], pieces[end - 1]), {}, i, end - i};
    if (input.overlap > 0 && i > 0) {
      chunk.context = joined(pieces[i - std::min(i, input.overlap)], pieces[i - 1]);
    }
    out.push_back(chunk);
    i = end;
  }
  return out;
}

std::vector<std::string_view> cut_in_two(std::string_view chunk, SplitKind kind,
                                         std::string_view path) {
  std::vector<std::string_view> pieces = without_blank_pieces(cut_pieces(chunk, kind, path));
  if (pieces.size() < 2) {
    pieces.clear();
    const Edges edges = without_edges(chunk);
    cut_smaller(chunk, std::max<std::size_t>(1, edges.text.size() / 2 + 1), smaller_than(kind),
                pieces);
    pieces = without_blank_pieces(pieces);
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
