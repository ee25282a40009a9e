// diagnostics: what Braid tells the user about a program. codes.def is the one registry; everything
// here is derived from it.
//
//   emit<Code::carried_value>(span, "total").because(write, "written here")
//
// A wrong number of arguments does not compile.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"

namespace braid::diagnostics {

enum class Severity : std::uint8_t { error, reason, assumption, unknown, cheap, later, note };

enum class Code : std::uint16_t {
#define CODE(name, number, severity, title, message) name = number,
#include "diagnostics/codes.def"
#undef CODE
};

struct CodeInfo {
  Code code;
  std::string_view name;  // "carried_value"
  Severity severity;
  std::string_view title;
  std::string_view message;  // with {}
};
// Every code, in order of its number.
std::span<const CodeInfo> all_codes();
const CodeInfo& info(Code code);
// "BR201"
std::string label(Code code);
// From "BR201", "br201" or "201".
std::optional<Code> find_code(std::string_view text);

// A second place that shows why.
struct Evidence {
  Span span;
  std::string text;  // "written here"
  std::string path;  // another file; empty: the same one
};

struct Diagnostic {
  Code code{};
  Span span;
  std::string message;
  std::vector<Evidence> evidence;

  Diagnostic& because(Span where, std::string text, std::string path = {}) & {
    evidence.push_back({where, std::move(text), std::move(path)});
    return *this;
  }
  Diagnostic&& because(Span where, std::string text, std::string path = {}) && {
    evidence.push_back({where, std::move(text), std::move(path)});
    return std::move(*this);
  }
};

consteval std::size_t placeholder_count(Code code) {
  std::string_view message;
  switch (code) {
#define CODE(name, number, severity, title, text) \
  case Code::name:                                \
    message = text;                               \
    break;
#include "diagnostics/codes.def"
#undef CODE
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < message.size(); ++i) {
    if (message[i] == '{' && message[i + 1] == '}') ++count;
  }
  return count;
}

std::string fill(std::string_view message, std::span<const std::string> arguments);

template <Code code, class... Arguments>
Diagnostic emit(Span span, Arguments&&... arguments) {
  static_assert(sizeof...(Arguments) == placeholder_count(code),
                "the arguments do not fit the message in codes.def");
  const std::array<std::string, sizeof...(Arguments)> texts{
      std::string(std::forward<Arguments>(arguments))...};
  return {code, span, fill(info(code).message, texts), {}};
}

}  // namespace braid::diagnostics
