// Edits as text, and where the lines of the text come from.
#include <algorithm>

#include "rewrite/rewrite.h"

namespace braid::rewrite {

std::string apply(std::string_view text, const std::vector<Edit>& edits) {
  std::string result;
  std::uint32_t at = 0;
  for (const Edit& edit : edits) {
    BRAID_CHECK(at <= edit.span.begin && edit.span.begin <= edit.span.end &&
                edit.span.end <= text.size());
    result += text.substr(at, edit.span.begin - at);
    result += edit.text;
    at = edit.span.end;
  }
  result += text.substr(at);
  return result;
}

std::vector<std::uint32_t> line_map(const Source& original, const std::vector<Edit>& edits) {
  std::vector<std::uint32_t> lines;
  std::uint32_t current = 0;  // the line of the first character that stands for one of the original
  const auto put = [&](std::string_view text, auto&& origin_of) {
    std::uint32_t line_of_text = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool blank = text[i] == ' ' || text[i] == '\t';
      const bool line_end =
          text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
      if (current == 0 && (!blank || line_end)) current = origin_of(i, line_of_text);
      if (line_end) {
        lines.push_back(current);
        current = 0;
        ++line_of_text;
      }
    }
  };
  std::uint32_t at = 0;
  const auto keep = [&](std::uint32_t from, std::uint32_t to) {
    put(original.text({from, to}), [&](std::size_t i, std::uint32_t) {
      return original.position(static_cast<std::uint32_t>(from + i)).line;
    });
  };
  for (const Edit& edit : edits) {
    keep(at, edit.span.begin);
    const std::uint32_t own = original.position(edit.span.begin).line;
    put(edit.text, [&](std::size_t, std::uint32_t line) {
      const std::uint32_t origin = line < edit.origins.size() ? edit.origins[line] : 0;
      return origin == 0 ? own : origin;
    });
    at = edit.span.end;
  }
  keep(at, static_cast<std::uint32_t>(original.text().size()));
  lines.push_back(current == 0 ? original.line_count() : current);
  return lines;
}

}  // namespace braid::rewrite
