#include "base/base.h"

#include <algorithm>

namespace braid {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "braid: internal error: %s (%s:%d). Nothing was written. Please report this with "
               "the file that you gave.\n",
               condition, file, line);
  std::abort();
}

Source::Source(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)) {
  // Python ends a line at \n, \r\n and a lone \r.
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const bool lone_return = text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n');
    if (text_[i] == '\n' || lone_return) line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

Position Source::position(std::uint32_t offset) const {
  auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
  std::uint32_t column = 1;
  for (std::uint32_t i = line_starts_[line - 1]; i < offset && i < text_.size(); ++i) {
    if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++column;
  }
  // An offset inside a code point belongs to that code point.
  if (offset < text_.size() && (static_cast<unsigned char>(text_[offset]) & 0xC0U) == 0x80U)
    --column;
  return {line, column};
}

std::uint32_t Source::line_start(std::uint32_t line) const {
  if (line == 0) return 0;
  return line <= line_starts_.size() ? line_starts_[line - 1]
                                     : static_cast<std::uint32_t>(text_.size());
}

std::string_view Source::line(std::uint32_t line) const {
  std::string_view text =
      std::string_view(text_).substr(line_start(line), line_start(line + 1) - line_start(line));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

Symbol SymbolTable::intern(std::string_view text) {
  if (auto found = ids_.find(text); found != ids_.end()) return found->second;
  const Symbol symbol{texts_.size()};
  auto [entry, inserted] = ids_.emplace(std::string(text), symbol);
  texts_.push_back(&entry->first);
  return symbol;
}

Symbol SymbolTable::find(std::string_view text) const {
  auto found = ids_.find(text);
  return found == ids_.end() ? Symbol{} : found->second;
}

}  // namespace braid
