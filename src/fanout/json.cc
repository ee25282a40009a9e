#include "fanout/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "fanout/json_scan.h"
#include "syntax/identifiers.h"
#include "syntax/literals.h"

namespace braid::fanout {
namespace {

constexpr int kDeepest = 200;

class Parser {
 public:
  enum class Whose : std::uint8_t { anybody, users, servers };
  explicit Parser(std::string_view text, Whose whose = Whose::anybody)
      : text_(text), whose_(whose) {}

  std::expected<Json, JsonError> parse() {
    Json value;
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    // Of a reply, what is read of it is made valid.
    if (const std::size_t bad =
            whose_ == Whose::servers ? std::string_view::npos : find_invalid_utf8(text_);
        bad != std::string_view::npos) {
      return std::unexpected(JsonError{bad, "a byte that is not UTF-8"});
    }
    if (!read(value, 0)) return std::unexpected(JsonError{at_, what_});
    skip_blanks();
    if (at_ != text_.size()) return std::unexpected(JsonError{at_, "text after the value"});
    return value;
  }

 private:
  bool fail(const char* what) {
    what_ = what;
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool read(Json& out, int depth) {
    if (depth > kDeepest) return fail("nested too deeply");
    skip_blanks();
    if (at_ == text_.size()) return fail("the text ends too early");
    switch (text_[at_]) {
      case '{':
        return read_object(out, depth);
      case '[':
        return read_array(out, depth);
      case '"':
        out.kind = Json::Kind::string;
        return read_string(out.text);
      case 't':
        out.kind = Json::Kind::boolean;
        out.boolean = true;
        return read_word("true");
      case 'f':
        out.kind = Json::Kind::boolean;
        return read_word("false");
      case 'n':
        return read_word("null");
      default:
        return whose_ == Whose::servers && skip_no_number() ? true : read_number(out);
    }
  }

  bool skip_no_number() {
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    return false;
  }

  bool read_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail("not a JSON value");
    at_ += word.size();
    return true;
  }

  bool read_digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  bool read_number(Json& out) {
    const std::size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    const std::size_t first = at_;
    if (!read_digits()) return fail("not a JSON value");
    if (text_[first] == '0' && at_ > first + 1) return fail("a number with a leading zero");
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!read_digits()) return fail("no digits after the point");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!read_digits()) return fail("no digits in the exponent");
    }
    out.kind = Json::Kind::number;
    out.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool read_hex(std::uint32_t& out) {
    if (text_.size() - at_ < 4) return fail("a cut \\u escape");
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, out, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4) return fail("a wrong \\u escape");
    at_ += 4;
    return true;
  }

  bool read_escape(std::string& out) {
    if (at_ == text_.size()) return fail("a string without its end");
    switch (const char c = text_[at_++]) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return true;
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        out += *syntax::control_of_letter(c);
        return true;
      case 'u':
        break;
      default:
        return fail("an unknown escape");
    }
    std::uint32_t point = 0;
    if (!read_hex(point)) return false;
    if (point >= 0xD800 && point < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      const std::size_t back = at_;
      at_ += 2;
      std::uint32_t low = 0;
      if (!read_hex(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = back;
      }
    }
    if (point >= 0xD800 && point < 0xE000) {
      if (whose_ == Whose::users) return fail("half of a surrogate pair, which stands for nothing");
      point = 0xFFFD;
    }
    syntax::append_utf8(point, out);
    return true;
  }

  bool read_string(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t begin = at_;
      while (at_ + 8 <= text_.size() && is_plain(text_.data() + at_)) at_ += 8;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out.append(text_, begin, at_ - begin);
      if (at_ == text_.size()) return fail("a string without its end");
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] != '\\') return fail("a control character in a string");
      ++at_;
      if (!read_escape(out)) return false;
    }
  }

  bool read_array(Json& out, int depth) {
    out.kind = Json::Kind::array;
    ++at_;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ']') return ++at_, true;
    while (true) {
      if (!read(out.items.emplace_back(), depth + 1)) return false;
      skip_blanks();
      if (at_ == text_.size()) return fail("the text ends too early");
      const char c = text_[at_];
      if (c == ']') return ++at_, true;
      if (c != ',') return fail("no comma between items");
      ++at_;
    }
  }

  bool read_object(Json& out, int depth) {
    out.kind = Json::Kind::object;
    ++at_;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '}') return ++at_, true;
    while (true) {
      skip_blanks();
      if (at_ == text_.size() || text_[at_] != '"') return fail("no name of a member");
      auto& [name, value] = out.members.emplace_back();
      if (!read_string(name)) return false;
      skip_blanks();
      if (at_ == text_.size() || text_[at_] != ':') return fail("no colon after a name");
      ++at_;
      if (!read(value, depth + 1)) return false;
      skip_blanks();
      if (at_ == text_.size()) return fail("the text ends too early");
      const char c = text_[at_];
      if (c == '}') return ++at_, true;
      if (c != ',') return fail("no comma between members");
      ++at_;
    }
  }

  std::string_view text_;
  Whose whose_;
  std::size_t at_ = 0;
  const char* what_ = "";
};

void dump_into(std::string& out, const Json& value) {
  switch (value.kind) {
    case Json::Kind::null:
      out += "null";
      return;
    case Json::Kind::boolean:
      out += value.boolean ? "true" : "false";
      return;
    case Json::Kind::number:
      out += value.text;
      return;
    case Json::Kind::string:
      append_quoted(out, value.text);
      return;
    case Json::Kind::array:
      out += '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i != 0) out += ',';
        dump_into(out, value.items[i]);
      }
      out += ']';
      return;
    case Json::Kind::object:
      out += '{';
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        if (i != 0) out += ',';
        append_quoted(out, value.members[i].first);
        out += ':';
        dump_into(out, value.members[i].second);
      }
      out += '}';
      return;
  }
}

}  // namespace

Json::Json() = default;
Json::~Json() = default;
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;

Json Json::of(Kind kind) {
  Json value;
  value.kind = kind;
  return value;
}

Json Json::from(bool value) {
  Json out = of(Kind::boolean);
  out.boolean = value;
  return out;
}

Json Json::from(std::int64_t value) {
  Json out = of(Kind::number);
  out.text = std::to_string(value);
  return out;
}

Json Json::from(double value) {
  if (!std::isfinite(value)) return {};
  Json out = of(Kind::number);
  out.text = fmt::format("{}", value);
  return out;
}

Json Json::from(std::string_view value) {
  Json out = of(Kind::string);
  out.text = value;
  return out;
}

const Json* Json::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->first == name) return &member->second;
  }
  return nullptr;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

const Json* Json::at_pointer(std::string_view pointer) const {
  const Json* at = this;
  while (!pointer.empty() && at != nullptr) {
    if (pointer[0] != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
        step += pointer[++i] == '0' ? '~' : '/';
      } else {
        step += pointer[i];
      }
    }
    pointer.remove_prefix(end);
    if (at->is_array()) {
      std::size_t index = 0;
      const auto [stop, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool found =
          error == std::errc{} && stop == step.data() + step.size() && index < at->items.size();
      at = found ? &at->items[index] : nullptr;
    } else {
      at = at->find(step);
    }
  }
  return at;
}

void Json::set(std::string_view name, Json value) {
  if (Json* there = find(name)) {
    *there = std::move(value);
  } else {
    members.emplace_back(name, std::move(value));
  }
}

std::optional<double> Json::number() const {
  if (kind != Kind::number) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::strtod(text.c_str(), nullptr);
  return value;
}

std::optional<std::int64_t> Json::integer() const {
  if (kind != Kind::number) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  const double real = *number();
  if (std::abs(real) > 9e15 || real != std::floor(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::string_view Json::string_or(std::string_view other) const {
  return kind == Kind::string ? std::string_view(text) : other;
}

std::string Json::dump() const {
  std::string out;
  dump_into(out, *this);
  return out;
}

bool Json::same(const Json& other) const {
  if (kind != other.kind) return false;
  switch (kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return boolean == other.boolean;
    case Kind::number:
      return text == other.text || number() == other.number();
    case Kind::string:
      return text == other.text;
    case Kind::array:
      return items.size() == other.items.size() &&
             std::equal(items.begin(), items.end(), other.items.begin(),
                        [](const Json& a, const Json& b) { return a.same(b); });
    case Kind::object:
      return members.size() == other.members.size() &&
             std::all_of(members.begin(), members.end(), [&](const auto& member) {
               const Json* twin = other.find(member.first);
               return twin != nullptr && member.second.same(*twin);
             });
  }
  return false;
}

std::expected<Json, JsonError> parse_json(std::string_view text) { return Parser(text).parse(); }

std::expected<Json, JsonError> parse_own(std::string_view text) {
  return Parser(text, Parser::Whose::users).parse();
}

std::expected<Json, JsonError> parse_reply(std::string_view text) {
  return Parser(text, Parser::Whose::servers).parse();
}

}  // namespace braid::fanout
