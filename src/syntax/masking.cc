#include "syntax/masking.h"

#include <algorithm>
#include <utility>

#include "syntax/identifiers.h"
#include "syntax/masker.h"

namespace braid::syntax {

namespace {

constexpr std::size_t kMaxLevels = 100;      // CPython's MAXINDENT
constexpr std::size_t kPieceSize = 1 << 16;  // at least; small enough for the caches

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

MaskedText mask(std::string_view text) { return Masker(text).run(); }

void Masker::report(std::size_t from, std::size_t to, std::string message) {
  out_.errors.push_back(
      {{static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)}, std::move(message)});
}

void Masker::give_up(std::size_t from, std::string message) {
  report(from, from + 1, std::move(message));
  out_.text.resize(from);
  out_.text += '$';
  at_ = text_.size();
  contexts_.clear();
}

MaskedText Masker::run() {
  if (const std::size_t null = text_.find('\0'); null != std::string_view::npos) {
    report(null, null + 1, "source code cannot contain null bytes");
  }
  while (!at_end()) {
    if (within(Inside::Text)) {
      string_text();
    } else if (within(Inside::Specification)) {
      specification();
    } else {
      code();
    }
  }
  if (within()) {
    never_closed();
  } else if (block_expected_ || last_ == Last::Colon) {
    const std::size_t header = block_expected_ ? block_header_ : text_.size() - 1;
    report(header, header + 1, "expected an indented block after ':'");
  }
  const std::uint32_t begin = out_.pieces.empty() ? 0 : out_.pieces.back().end;
  out_.pieces.push_back({begin, static_cast<std::uint32_t>(out_.text.size()), tokens_});
  return std::move(out_);
}

void Masker::never_closed() {
  const Context& context = contexts_.back();
  const std::size_t at = context.at;
  if (context.inside == Inside::Text) return unterminated(at, context.quotes, true);
  if (context.inside == Inside::Field || context.inside == Inside::Specification) {
    return report(at, at + 1, "f-string: expecting '}'");
  }
  report(at, at + 1, "'" + std::string(1, text_[at]) + "' was never closed");
}

void Masker::code() {
  if (line_begins_) {
    line_begins_ = false;
    begin_line();
    if (at_end()) return;
  }
  const char c = peek();
  tokens_ += c != ' ';
  switch (c) {
    case ' ':
    case '\t':
    case '\f':
      ++at_;
      return;
    case '\n':
    case '\r':
      return end_line();
    case '#':
      return comment();
    case '\\':
      return line_join();
    case '"':
    case '\'':
      return string(at_, {});
    case '(':
      return open(Inside::Paren);
    case '[':
      return open(Inside::Bracket);
    case '{':
      return open(Inside::Brace);
    case ')':
    case ']':
    case '}':
      return close(peek());
    case '.':
      if (is_digit(peek(1))) return number();
      if (peek(1) == '.' && peek(2) == '.') {
        last_ = Last::Operand;
        at_ += 3;
        return;
      }
      return mark('.');
    default:
      break;
  }
  if (is_digit(peek())) return number();
  if (begins_name(peek())) return word();
  mark(peek());
}

// -- lines

std::size_t Masker::line_end_size() const {
  if (peek() == '\n') return 1;
  if (peek() == '\r') return peek(1) == '\n' ? 2 : 1;
  return 0;
}

void Masker::begin_line() {
  const std::size_t line_begin = at_;
  std::uint32_t column = 0;
  std::uint32_t plain_column = 0;
  std::uint32_t joined_column = 0;
  for (;;) {
    const char c = peek();
    if (c == ' ') {
      ++column;
      ++plain_column;
    } else if (c == '\t') {
      column = (column / 8 + 1) * 8;
      ++plain_column;
    } else if (c == '\f') {
      column = plain_column = 0;
    } else if (c == '\\' && (peek(1) == '\n' || peek(1) == '\r')) {
      // The first line that is joined decides on the indentation.
      if (joined_column == 0) joined_column = column;
      line_join();
      continue;
    } else {
      break;
    }
    ++at_;
  }
  if (joined_column != 0) column = plain_column = joined_column;
  if (at_end() || peek() == '#' || line_end_size() > 0) return;
  indent(line_begin, at_, column, plain_column);
}

void Masker::indent(std::size_t line_begin, std::size_t begin, std::uint32_t column,
                    std::uint32_t plain_column) {
  const auto inconsistent = [&] {
    report(line_begin, begin, "inconsistent use of tabs and spaces in indentation");
  };
  if (column > levels_.back().column) {
    if (plain_column <= levels_.back().plain_column) inconsistent();
    if (!block_expected_) report(line_begin, begin, "unexpected indent");
    if (levels_.size() >= kMaxLevels) return give_up(begin, "too many levels of indentation");
    levels_.push_back({column, plain_column, match_header_});
  } else {
    if (block_expected_) report(begin, begin + 1, "expected an indented block after ':'");
    while (column < levels_.back().column) levels_.pop_back();
    if (column != levels_.back().column) {
      report(line_begin, begin, "unindent does not match any outer indentation level");
    } else if (plain_column != levels_.back().plain_column) {
      inconsistent();
    }
  }
  block_expected_ = false;
  match_header_ = false;
  if (levels_.size() == 1) begin_piece(line_begin, begin);
  const std::size_t level = std::min(levels_.size() - 1, begin - line_begin);
  blank(line_begin, begin - level, '\f');
  blank(begin - level, begin);
}

void Masker::begin_piece(std::size_t line_begin, std::size_t begin) {
  const bool decorated = std::exchange(decorated_, text_[begin] == '@');
  const std::uint32_t last = out_.pieces.empty() ? 0 : out_.pieces.back().end;
  if (decorated || line_begin < last + kPieceSize) return;
  std::size_t end = begin;
  while (end < text_.size() && continues_name(text_[end])) ++end;
  const std::string_view word = text_.substr(begin, end - begin);
  if (word == "else" || word == "elif" || word == "except" || word == "finally") return;
  out_.pieces.push_back({last, static_cast<std::uint32_t>(line_begin), tokens_});
  tokens_ = 0;
}

void Masker::end_line() {
  const std::size_t size = line_end_size();
  blank(at_, at_ + size);
  if (!within()) {
    out_.text[at_ + size - 1] = '\n';
    out_.line_ends.push_back(static_cast<std::uint32_t>(at_));
    if (last_ == Last::Colon) {
      block_expected_ = true;
      block_header_ = at_ - 1;
    }
    last_ = Last::LineStart;
    line_begins_ = true;
  }
  at_ += size;
}

void Masker::comment() {
  const std::size_t begin = at_;
  at_ = std::min(text_.find_first_of("\n\r", at_), text_.size());
  out_.comments.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)}});
  blank(begin, at_);
}

void Masker::line_join() {
  const std::size_t begin = at_++;
  const std::size_t size = line_end_size();
  if (size == 0) {
    report(begin, begin + 1,
           at_end() ? "unexpected end of file after line continuation"
                    : "unexpected character after line continuation character");
    out_.text[begin] = '$';
    return;
  }
  at_ += size;
  blank(begin, at_);
  if (at_end()) report(begin, begin + 1, "unexpected end of file after line continuation");
}

}  // namespace braid::syntax
