// Strings, and the three places of an f-string: its text, its fields, their format specifications.
#include <algorithm>

#include "syntax/masker.h"

namespace braid::syntax {

void Masker::string(std::size_t begin, StringPrefix prefix) {
  const char quote = peek();
  const std::size_t quotes = quote_size(text_, at_);
  const bool empty = quotes == 1 && peek(1) == quote;
  at_ += quotes;
  last_ = Last::Operand;
  if (empty) {
    ++at_;
    return;
  }
  if (prefix.format) {
    contexts_.push_back({Inside::Text, static_cast<std::uint32_t>(begin), prefix, quotes, false});
    return;
  }
  const std::size_t from = at_;
  const std::string_view end = text_.substr(from - quotes, quotes);
  for (;;) {
    if (at_end()) return unterminated(begin, quotes, false);
    const char c = text_[at_];
    if (c == quote) {
      if (quotes == 1 || text_.substr(at_, 3) == end) break;
    } else if (c == '\\') {
      escape(prefix);
      continue;
    } else if ((c == '\n' || c == '\r') && quotes == 1) {
      return unterminated(begin, quotes, false);
    } else if (prefix.bytes && static_cast<unsigned char>(c) >= 0x80) {
      report(begin, at_, "bytes can only contain ASCII literal characters");
      prefix.bytes = false;  // said once
    }
    ++at_;
  }
  blank(from, at_, 'x');
  at_ += quotes;
}

void Masker::string_text() {
  const Context context = contexts_.back();
  const std::size_t first = context.at + context.prefix.size;
  const std::string_view end = text_.substr(first, context.quotes);
  while (!at_end()) {
    const char c = text_[at_];
    if (c == end[0] && text_.substr(at_, context.quotes) == end) {
      at_ += context.quotes;
      contexts_.pop_back();
      last_ = Last::Operand;
      return;
    }
    if ((c == '{' || c == '}') && peek(1) == c) {
      blank(at_, at_ + 2, 'x');
      at_ += 2;
    } else if (c == '{') {
      return open(Inside::Field);
    } else if (c == '\\') {
      const std::size_t begin = at_;
      if (!context.prefix.raw && peek(1) == 'N' && peek(2) == '{') {
        const std::size_t close = text_.find_first_of("}\n\r", at_);
        at_ = close == std::string_view::npos ? text_.size() : close + 1;
      } else if (peek(1) == '{' || peek(1) == '}') {
        ++at_;
      } else {
        escape(context.prefix);
      }
      blank(begin, at_, 'x');
    } else if ((c == '\n' || c == '\r') && context.quotes == 1) {
      return unterminated(context.at, 1, true);
    } else {
      if (c == '}') report(at_, at_ + 1, "f-string: single '}' is not allowed");
      out_.text[at_++] = 'x';
    }
  }
}

void Masker::specification() {
  // The f-string that this stands in: its quotes end it, if they come too early.
  std::size_t around = contexts_.size();
  while (around > 0 && contexts_[around - 1].inside != Inside::Text) --around;
  BRAID_CHECK(around > 0);
  const Context context = contexts_[around - 1];
  const std::string_view end = text_.substr(context.at + context.prefix.size, context.quotes);
  while (!at_end()) {
    const char c = text_[at_];
    if (c == '}') {
      contexts_.pop_back();
      ++at_;
      return;
    }
    if (c == '{') return open(Inside::Field);
    const bool quote = c == end[0] && text_.substr(at_, context.quotes) == end;
    if (quote || ((c == '\n' || c == '\r') && context.quotes == 1)) {
      report(contexts_.back().at, at_, "f-string: expecting '}'");
      contexts_.resize(around);
      return;
    }
    const std::size_t begin = at_;
    if (c == '\\') {
      escape(context.prefix);
    } else {
      ++at_;
    }
    blank(begin, at_, 'x');
  }
}

// A backslash and what belongs to it.
void Masker::escape(const StringPrefix& prefix) {
  ++at_;
  if (at_end()) return;
  if (peek() == '\r' && peek(1) == '\n') ++at_;
  const char c = text_[at_++];
  if (prefix.raw) return;
  if (c == 'x') return hexadecimal_escape(2, prefix.bytes);
  if (prefix.bytes) return;
  if (c == 'u') return hexadecimal_escape(4, false);
  if (c == 'U') return hexadecimal_escape(8, false);
  if (c == 'N' && peek() != '{') report(at_ - 2, at_, "malformed \\N character escape");
}

void Masker::hexadecimal_escape(std::size_t digits, bool bytes) {
  const std::size_t begin = at_ - 2;
  std::uint32_t code = 0;
  std::size_t found = 0;
  for (; found < digits; ++found) {
    const char c = peek();
    const char lower = static_cast<char>(c | 0x20);
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!letter && (c < '0' || c > '9')) break;
    code = code << 4 | static_cast<std::uint32_t>(letter ? lower - 'a' + 10 : c - '0');
    ++at_;
  }
  if (found < digits) {
    report(begin, at_,
           bytes ? "invalid \\x escape"
                 : "truncated \\" + std::string(1, text_[begin + 1]) + " escape");
  } else if (code > 0x10FFFF) {
    report(begin, at_, "illegal Unicode character");
  }
}

// Everything from the quotes on is lost: to the end of the line, or of the text.
void Masker::unterminated(std::size_t begin, std::size_t quotes, bool format) {
  report(begin, begin + 1,
         std::string(quotes == 3 ? "unterminated triple-quoted " : "unterminated ") +
             (format ? "f-string literal" : "string literal"));
  if (format) {
    while (!contexts_.empty() && contexts_.back().at >= begin) contexts_.pop_back();
  }
  blank(begin, at_);
  out_.text[begin] = '$';
  last_ = Last::Operand;
}

}  // namespace braid::syntax
