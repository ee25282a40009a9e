// The values of literals, decoded from their text as CPython does it (Objects/unicodeobject.c,
// unicode-escape; Parser/string_parser.c).
#include <algorithm>
#include <charconv>
#include <vector>

#include "syntax/identifiers.h"
#include "syntax/literals.h"
#include "syntax/syntax.h"

namespace braid::syntax {

namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// A run of text between quotes, or between the quotes and braces of an f-string.
class Decoder {
 public:
  Decoder(std::string_view text, bool raw, bool braces) : text_(text), raw_(raw), braces_(braces) {}

  // False when there is no value to tell.
  bool append_to(std::string& out) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\r') {  // every line end is \n
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
        out += '\n';
      } else if (braces_ && (c == '{' || c == '}')) {
        if (at_ < text_.size() && text_[at_] == c) ++at_;
        out += c;
      } else if (c != '\\' || raw_) {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool escape(std::string& out) {
    if (at_ == text_.size()) return false;
    const char c = text_[at_++];
    switch (c) {
      case '\r':
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
        return true;
      case '\n':
        return true;
      case '\\':
      case '\'':
      case '"':
        out += c;
        return true;
      case 'a':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
        out += *control_of_letter(c);
        return true;
      case 'x':
        return hexadecimal(2, out);
      case 'u':
        return hexadecimal(4, out);
      case 'U':
        return hexadecimal(8, out);
      case 'N':
        return false;  // needs the table of character names
      default:
        break;
    }
    if (!is_octal(c)) {  // not an escape: the backslash stays
      out += '\\';
      --at_;
      return true;
    }
    std::uint32_t code = static_cast<std::uint32_t>(c - '0');
    for (int digits = 1; digits < 3 && at_ < text_.size() && is_octal(text_[at_]); ++digits) {
      code = code * 8 + static_cast<std::uint32_t>(text_[at_++] - '0');
    }
    append_utf8(code, out);
    return true;
  }

  bool hexadecimal(std::size_t digits, std::string& out) {
    if (text_.size() - at_ < digits) return false;
    std::uint32_t code = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + digits, code, 16);
    if (error != std::errc() || end != begin + digits) return false;
    at_ += digits;
    const bool surrogate = code >= 0xD800 && code < 0xE000;  // has no UTF-8
    if (surrogate || code > 0x10FFFF) return false;
    append_utf8(code, out);
    return true;
  }

  std::string_view text_;
  bool raw_;
  bool braces_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<char> control_of_letter(char letter) {
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kControls = "\a\b\f\n\r\t\v";
  const std::size_t at = kLetters.find(letter);
  if (at == std::string_view::npos) return std::nullopt;
  return kControls[at];
}

StringPrefix string_prefix(std::string_view literal) {
  StringPrefix prefix;
  for (const char c : literal) {
    switch (c) {
      case 'r':
      case 'R':
        prefix.raw = true;
        break;
      case 'b':
      case 'B':
        prefix.bytes = true;
        break;
      case 'f':
      case 'F':
        prefix.format = true;
        break;
      case 't':
      case 'T':
        prefix.format = prefix.template_string = true;
        break;
      case 'u':
      case 'U':
        break;
      default:
        return prefix;
    }
    ++prefix.size;
  }
  return prefix;
}

std::size_t quote_size(std::string_view literal, std::size_t at) {
  const std::string_view rest = literal.substr(at);
  return rest.starts_with("\"\"\"") || rest.starts_with("'''") ? 3 : 1;
}

std::size_t skip_between_literals(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == '#') {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (std::string_view(" \t\f\r\n\\").find(text[at]) != std::string_view::npos) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

std::optional<std::string> string_value(const SyntaxTree& tree, NodeId constant) {
  if (!tree.is(constant, NodeKind::Constant)) return std::nullopt;
  if (static_cast<ConstantKind>(tree[constant].op) != ConstantKind::Str) return std::nullopt;
  const std::string_view text = tree.text(constant);
  std::string value;
  if (tree.flag(constant, kPiece)) {
    if (!Decoder(text, tree.flag(constant, kRaw), true).append_to(value)) return std::nullopt;
    return value;
  }
  for (std::size_t at = 0; at < text.size(); at = skip_between_literals(text, at)) {
    const StringPrefix prefix = string_prefix(text.substr(at));
    at += prefix.size;
    if (at >= text.size() || prefix.format || (text[at] != '"' && text[at] != '\''))
      return std::nullopt;
    const std::size_t quotes = quote_size(text, at);
    const std::string_view end = text.substr(at, quotes);
    const std::size_t from = at + quotes;
    for (at = from; at < text.size() && text.substr(at, quotes) != end; ++at) {
      if (text[at] == '\\') ++at;
    }
    if (at >= text.size()) return std::nullopt;
    if (!Decoder(text.substr(from, at - from), prefix.raw, false).append_to(value))
      return std::nullopt;
    at += quotes;
  }
  return value;
}

std::optional<std::int64_t> int_value(const SyntaxTree& tree, NodeId constant) {
  if (!tree.is(constant, NodeKind::Constant)) return std::nullopt;
  if (static_cast<ConstantKind>(tree[constant].op) != ConstantKind::Int) return std::nullopt;
  std::string digits;
  for (const char c : tree.text(constant)) {
    if (c != '_') digits += c;
  }
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    const char mark = static_cast<char>(digits[1] | 0x20);
    if (mark == 'x') base = 16;
    if (mark == 'o') base = 8;
    if (mark == 'b') base = 2;
    if (base != 10) digits.erase(0, 2);
  }
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

namespace {

std::optional<std::int64_t> power(std::int64_t base, std::int64_t exponent) {
  constexpr std::int64_t kMost = 62;
  if (exponent < 0 || exponent > kMost) return std::nullopt;
  std::int64_t value = 1;
  for (; exponent > 0; --exponent) {
    if (__builtin_mul_overflow(value, base, &value)) return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> constant_int(const SyntaxTree& tree, NodeId expression) {
  if (tree.is(expression, NodeKind::UnaryOp) && tree.op(expression) == Operator::USub) {
    const auto value = constant_int(tree, tree.child(expression, slot::UnaryOp::operand));
    std::int64_t negated = 0;
    if (!value || __builtin_sub_overflow(0, *value, &negated)) return std::nullopt;
    return negated;
  }
  if (!tree.is(expression, NodeKind::BinOp)) return int_value(tree, expression);
  const auto left = constant_int(tree, tree.child(expression, slot::BinOp::left));
  const auto right = constant_int(tree, tree.child(expression, slot::BinOp::right));
  if (!left || !right) return std::nullopt;
  std::int64_t value = 0;
  switch (tree.op(expression)) {
    case Operator::Add:
      if (__builtin_add_overflow(*left, *right, &value)) return std::nullopt;
      return value;
    case Operator::Sub:
      if (__builtin_sub_overflow(*left, *right, &value)) return std::nullopt;
      return value;
    case Operator::Mult:
      if (__builtin_mul_overflow(*left, *right, &value)) return std::nullopt;
      return value;
    case Operator::Pow:
      return power(*left, *right);
    case Operator::LShift: {
      const auto factor = power(2, *right);
      if (!factor || __builtin_mul_overflow(*left, *factor, &value)) return std::nullopt;
      return value;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> range_length(const SyntaxTree& tree, NodeId call) {
  const auto arguments = tree.items(call, slot::Call::arguments_list);
  constexpr std::size_t kMost = 3;
  if (arguments.empty() || arguments.size() > kMost ||
      !tree.items(call, slot::Call::keywords).empty())
    return std::nullopt;
  std::vector<std::int64_t> bounds;
  for (const NodeId argument : arguments) {
    const auto bound = constant_int(tree, argument);
    constexpr std::int64_t kFar = std::int64_t{1} << 62;
    if (!bound || *bound > kFar / 2 || *bound < -kFar / 2) return std::nullopt;
    bounds.push_back(*bound);
  }
  const std::int64_t start = bounds.size() > 1 ? bounds[0] : 0;
  const std::int64_t stop = bounds.size() > 1 ? bounds[1] : bounds[0];
  const std::int64_t step = bounds.size() > 2 ? bounds[2] : 1;
  if (step == 0) return std::nullopt;
  const std::int64_t distance = step > 0 ? stop - start : start - stop;
  const std::int64_t stride = step > 0 ? step : -step;
  return distance <= 0 ? 0 : (distance - 1) / stride + 1;
}

namespace {

bool is_spread(const SyntaxTree& tree, std::span<const NodeId> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](NodeId each) { return tree.is(each, NodeKind::Starred); });
}

}  // namespace

bool range_is_not_negative(const SyntaxTree& tree, NodeId call) {
  const auto arguments = tree.items(call, slot::Call::arguments_list);
  if (arguments.empty() || is_spread(tree, arguments)) return false;
  if (arguments.size() == 1) return true;
  const auto step =
      arguments.size() == 3 ? constant_int(tree, arguments[2]) : std::optional<std::int64_t>(1);
  const auto least = constant_int(tree, arguments[step.value_or(1) < 0 ? 1 : 0]);
  return step && *step != 0 && least && *least >= (*step < 0 ? -1 : 0);
}

std::optional<std::int64_t> enumerate_start(const SyntaxTree& tree, NodeId call) {
  const auto arguments = tree.items(call, slot::Call::arguments_list);
  const auto keywords = tree.items(call, slot::Call::keywords);
  if (arguments.empty() || is_spread(tree, arguments) || arguments.size() + keywords.size() > 2)
    return std::nullopt;
  if (arguments.size() == 2) return constant_int(tree, arguments[1]);
  if (keywords.empty()) return 0;
  return constant_int(tree, tree.child(keywords[0], slot::Keyword::value));
}

}  // namespace braid::syntax
