// Brackets, words, numbers, marks.
#include <algorithm>
#include <array>

#include "syntax/identifiers.h"
#include "syntax/masker.h"

namespace braid::syntax {

namespace {

constexpr std::size_t kMaxBrackets = 200;  // CPython's MAXLEVEL

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

constexpr std::string_view kKeywords[] = {
    "and",    "as",   "assert", "async",  "await",  "break",   "class",    "continue",
    "def",    "del",  "elif",   "else",   "except", "finally", "for",      "from",
    "global", "if",   "import", "in",     "is",     "lambda",  "nonlocal", "not",
    "or",     "pass", "raise",  "return", "try",    "while",   "with",     "yield"};

constexpr auto kKeywordInitials = [] {
  std::array<bool, 256> initials{};
  for (const std::string_view keyword : kKeywords)
    initials[static_cast<unsigned char>(keyword[0])] = true;
  return initials;
}();

// The words that an expression may follow; None, True and False are not among them.
bool is_keyword(std::string_view word) {
  if (word.size() < 2 || word.size() > 8 || !kKeywordInitials[static_cast<unsigned char>(word[0])])
    return false;
  return std::ranges::binary_search(kKeywords, word);
}

constexpr char closing(char c) { return c == '(' ? ')' : c == '[' ? ']' : '}'; }

// Blanks and invisible marks.
bool is_invisible(std::uint32_t code) {
  return (code >= 0x80 && code <= 0xA0) || code == 0x1680 || (code >= 0x2000 && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) ||
         code == 0x3000 || code == 0xFEFF;
}

std::string non_printable(std::uint32_t code) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string digits;
  for (int shift = code > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4)
    digits += kDigits[code >> shift & 15];
  return "invalid non-printable character U+" + digits;
}

}  // namespace

// -- tokens

void Masker::open(Inside inside) {
  if (contexts_.size() >= kMaxBrackets) return give_up(at_, "too many nested parentheses");
  Context context{inside, static_cast<std::uint32_t>(at_), {}, 0, false};
  context.type_parameters = inside == Inside::Bracket && last_ == Last::DefinedName;
  contexts_.push_back(context);
  last_ = Last::Operator;
  ++at_;
}

void Masker::close(char bracket) {
  last_ = Last::Operand;
  const auto matches = [&](const Context& context) {
    switch (context.inside) {
      case Inside::Paren:
        return bracket == ')';
      case Inside::Bracket:
        return bracket == ']';
      case Inside::Brace:
      case Inside::Field:
        return bracket == '}';
      default:
        return false;
    }
  };
  if (within() && matches(contexts_.back())) {
    contexts_.pop_back();
    ++at_;
    return;
  }
  if (!within()) {
    report(at_, at_ + 1, "unmatched '" + std::string(1, bracket) + "'");
  } else {
    const char opening = text_[contexts_.back().at];
    report(at_, at_ + 1,
           "closing parenthesis '" + std::string(1, bracket) +
               "' does not match opening parenthesis '" + std::string(1, opening) + "'");
    // Perhaps the one before was meant.
    if (contexts_.size() > 1 && matches(contexts_[contexts_.size() - 2])) {
      out_.text[at_] = closing(opening);
      contexts_.pop_back();
      contexts_.pop_back();
    }
  }
  ++at_;
}

void Masker::word() {
  const std::size_t begin = at_;
  bool ascii = true;
  while (!at_end() && continues_name(text_[at_])) {
    ascii = ascii && static_cast<unsigned char>(text_[at_]) < 0x80;
    ++at_;
  }
  if (!ascii) return foreign_word(begin);
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (word.size() <= 2 && (peek() == '"' || peek() == '\'')) {
    const StringPrefix prefix = string_prefix(word);
    const bool valid = prefix.size == word.size() &&
                       (word.size() == 1 || (prefix.raw && (prefix.bytes || prefix.format)));
    if (valid) return string(begin, prefix);
  }
  if ((peek() == '"' || peek() == '\'') && string_prefix(word).size == word.size()) {
    // The grammar would take any such letters for a prefix.
    report(begin, at_, "invalid syntax");
    return blank(begin, at_, '$');
  }
  mask_word(word, begin);
}

void Masker::mask_word(std::string_view word, std::size_t begin) {
  const Last before = last_;
  last_ = before == Last::Definition ? Last::DefinedName : Last::Operand;
  if (is_keyword(word)) {
    last_ = word == "def" || word == "class" ? Last::Definition
            : word == "except"               ? Last::Except
                                             : Last::Word;
    return;
  }
  if (word == "print" || word == "exec") {
    out_.text[at_ - 1] = 'q';
    return;
  }
  if (word == "case" && !(before == Last::LineStart && levels_.back().cases)) {
    out_.text[begin + 1] = 'q';
    return;
  }
  if (word != "type" && word != "match") return;
  const bool statement = before == Last::LineStart || (before == Last::Colon && !within());
  std::size_t next = at_;
  while (next < text_.size() && is_blank(text_[next])) ++next;
  bool soft = statement && next < text_.size();
  if (soft && word == "type") {
    std::size_t end = next;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    soft = next > at_ && begins_name(text_[next]) && !is_keyword(text_.substr(next, end - next));
    if (soft) last_ = Last::Definition;
  } else if (soft) {
    soft = std::string_view("=,;:)]}<>|&^%/@!\n\r").find(text_[next]) == std::string_view::npos &&
           (text_[next] != '.' || text_.substr(next).starts_with("...") ||
            (next + 1 < text_.size() && is_digit(text_[next + 1])));
  }
  if (!soft) {
    out_.text[begin + 1] = 'q';
  } else if (word == "match") {
    last_ = Last::Word;
    match_header_ = true;
  }
}

void Masker::digits() {
  while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) ++at_;
}

void Masker::number() {
  const std::size_t begin = at_;
  last_ = Last::Operand;
  const char mark = static_cast<char>(peek(1) | 0x20);
  const char* kind = "decimal";
  if (peek() == '0' && (mark == 'x' || mark == 'o' || mark == 'b')) {
    kind = mark == 'x' ? "hexadecimal" : mark == 'o' ? "octal" : "binary";
    const auto is_one = [&](char c) {
      const char lower = static_cast<char>(c | 0x20);
      if (mark == 'x') return is_digit(c) || (lower >= 'a' && lower <= 'f');
      return c >= '0' && c <= (mark == 'o' ? '7' : '1');
    };
    at_ += 2;
    const std::size_t from = at_;
    while (is_one(peek()) || (peek() == '_' && is_one(peek(1)))) ++at_;
    if (at_ == from || is_digit(peek())) {
      report(begin, at_, "invalid " + std::string(kind) + " literal");
      out_.text[begin] = '$';
    }
  } else {
    digits();
    bool whole = true;
    if (peek() == '.') {
      whole = false;
      ++at_;
      if (is_digit(peek())) digits();
    }
    if ((peek() | 0x20) == 'e' &&
        (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))))) {
      whole = false;
      at_ += 2;
      digits();
    }
    if ((peek() | 0x20) == 'j') {
      whole = false;
      ++at_;
    }
    const std::string_view written = text_.substr(begin, at_ - begin);
    if (whole && written[0] == '0' && written.find_first_not_of("0_") != std::string_view::npos) {
      report(begin, at_,
             "leading zeros in decimal integer literals are not permitted; "
             "use an 0o prefix for octal integers");
      out_.text[begin] = '$';
    }
  }
  if (!continues_name(peek())) return;
  // 1if x else 2 is Python.
  const std::string_view rest = text_.substr(at_);
  for (const char* word : {"and", "else", "for", "if", "in", "is", "not", "or"}) {
    if (rest.starts_with(word)) return;
  }
  const std::size_t end = at_ + code_point(text_, at_).size;
  report(begin, end, "invalid " + std::string(kind) + " literal");
  blank(begin, end, '$');
  at_ = end;
}

void Masker::mark(char c) {
  const Last before = last_;
  last_ = Last::Operator;
  switch (c) {
    case ':':
      if (within(Inside::Field)) {
        contexts_.back().inside = Inside::Specification;
      } else if (!within()) {
        last_ = Last::Colon;
      } else if (within(Inside::Bracket)) {
        mask_slice();
      }
      break;
    case ';':
      if (!within()) last_ = Last::LineStart;
      break;
    case '!':
      if (peek(1) == '=') ++at_;
      break;
    case '*': {
      if (peek(1) == '*') {
        ++at_;
        break;
      }
      const bool unary =
          before != Last::Operand && before != Last::DefinedName && before != Last::Except;
      if (unary) mask_star();
      break;
    }
    case '=':
      if (peek(1) == '=') {
        ++at_;
      } else if (within() && contexts_.back().type_parameters) {
        out_.text[at_] = ':';
      }
      break;
    case '<':
    case '>':
      if (peek(1) == '=') ++at_;
      break;
    case '&':
      out_.text[at_] = '^';
      break;
    case '^':
      out_.text[at_] = '&';
      break;
    case '`':
      out_.text[at_] = '$';
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        if (c != '\0') report(at_, at_ + 1, non_printable(static_cast<unsigned char>(c)));
        out_.text[at_] = '$';
      }
  }
  ++at_;
}

// In annotations the grammar does not take a[:] and a[:, ::1]: such slices become names.
void Masker::mask_slice() {
  const std::size_t before = out_.text.find_last_not_of(' ', at_ == 0 ? 0 : at_ - 1);
  if (before == std::string::npos || (text_[before] != '[' && text_[before] != ',')) return;
  std::size_t end = at_ + 1;
  if (peek(1) == ':') {
    end = at_ + 2;
    while (end < text_.size() && is_digit(text_[end])) ++end;
  }
  const std::size_t next = skip_between_literals(text_, end);
  if (next >= text_.size() || (text_[next] != ']' && text_[next] != ',')) return;
  blank(at_, std::min(end, at_ + 2), 'x');
  last_ = Last::Operand;
  at_ = end - 1;
}

// The grammar takes a star before a name everywhere, before other operands in few places.
void Masker::mask_star() {
  std::size_t next = at_ + 1;
  if (within()) {
    next = skip_between_literals(text_, next);
  } else {
    while (next < text_.size() && is_blank(text_[next])) ++next;
  }
  if (next >= text_.size()) return;
  if (begins_name(text_[next])) {
    std::size_t end = next;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    const std::string_view word = text_.substr(next, end - next);
    const bool string = end < text_.size() && (text_[end] == '"' || text_[end] == '\'');
    const bool constant = word == "None" || word == "True" || word == "False";
    const bool keyword = word == "await" || word == "lambda" || word == "not";
    if (!string && !constant && !keyword) return;
  } else if (!is_digit(text_[next]) &&
             std::string_view("([{\"'-+~.").find(text_[next]) == std::string_view::npos) {
    return;
  }
  // In front of a line it must not become indentation.
  const std::size_t level = levels_.size() - 1;
  const bool front =
      level > 0 && at_ >= level && out_.text.find_first_not_of(' ', at_ - level) == at_ &&
      (at_ == level || out_.text[at_ - level - 1] == '\n' || out_.text[at_ - level - 1] == '\f');
  out_.text[at_] = level > 0 ? ' ' : '\f';
  if (front) out_.text[at_ - level] = '\f';
  out_.stars.push_back({static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(next)});
}

// A name beyond ASCII; the grammar gets letters that are no keyword.
void Masker::foreign_word(std::size_t begin) {
  last_ = last_ == Last::Definition ? Last::DefinedName : Last::Operand;
  const std::string_view name = text_.substr(0, at_);
  for (std::size_t at = begin; at < at_;) {
    const auto [code, size] = code_point(name, at);
    const bool valid =
        code < 0x80 || (at == begin ? starts_identifier(code) : continues_identifier(code));
    if (!valid) {
      report(at, at + size,
             is_invisible(code) ? non_printable(code)
                                : "invalid character '" + std::string(name.substr(at, size)) + "'");
    }
    blank(at, at + size, valid ? 'q' : '$');
    at += size;
  }
}

}  // namespace braid::syntax
