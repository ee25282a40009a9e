#include "diagnostics/diagnostics.h"

#include <algorithm>
#include <charconv>

namespace braid::diagnostics {
namespace {

constexpr CodeInfo kCodes[] = {
#define CODE(name, number, severity, title, message) \
  {Code::name, #name, Severity::severity, title, message},
#include "diagnostics/codes.def"
#undef CODE
};

}  // namespace

std::span<const CodeInfo> all_codes() { return kCodes; }

const CodeInfo& info(Code code) {
  const auto* found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                   [&](const CodeInfo& row) { return row.code == code; });
  BRAID_CHECK(found != std::end(kCodes));
  return *found;
}

std::string label(Code code) { return "BR" + std::to_string(static_cast<unsigned>(code)); }

std::optional<Code> find_code(std::string_view text) {
  if (text.size() > 2 && (text[0] == 'B' || text[0] == 'b') && (text[1] == 'R' || text[1] == 'r')) {
    text.remove_prefix(2);
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  for (const CodeInfo& row : kCodes) {
    if (static_cast<unsigned>(row.code) == number) return row.code;
  }
  return std::nullopt;
}

std::string fill(std::string_view message, std::span<const std::string> arguments) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message.substr(i, 2) == "{}" && next < arguments.size()) {
      out += arguments[next++];
      ++i;
    } else {
      out += message[i];
    }
  }
  return out;
}

}  // namespace braid::diagnostics
