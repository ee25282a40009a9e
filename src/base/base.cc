#include "base/base.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>

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

// Texts stand in blocks that never move, each twice as long as the one before, so that they are
// read without a lock.
class SymbolTable::Names {
 public:
  std::pair<std::string_view, Symbol> intern(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    if (auto found = ids_.find(text); found != ids_.end()) return {found->first, found->second};
    const Symbol symbol{ids_.size()};
    const auto entry = ids_.emplace(std::string(text), symbol).first;
    const auto [block, at] = place(symbol.value);
    if (at == 0) blocks_[block] = std::make_unique<const std::string*[]>(kFirstBlock << block);
    blocks_[block][at] = &entry->first;
    return {entry->first, symbol};
  }

  [[nodiscard]] std::string_view text(Symbol symbol) const {
    const auto [block, at] = place(symbol.value);
    return *blocks_[block][at];
  }

 private:
  static constexpr std::size_t kFirstBlock = 256;
  static std::pair<std::size_t, std::size_t> place(std::size_t index) {
    const auto block = static_cast<std::size_t>(std::bit_width(index / kFirstBlock + 1)) - 1;
    return {block, index - kFirstBlock * ((std::size_t{1} << block) - 1)};
  }
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Symbol, Hash, std::equal_to<>> ids_;
  std::array<std::unique_ptr<const std::string*[]>, 32> blocks_;  // keys of ids_, which never move
};

SymbolTable::SymbolTable() : names_(std::make_shared<Names>()) {}

SymbolTable& SymbolTable::operator=(const SymbolTable& other) {
  if (this != &other) *this = SymbolTable(other);
  return *this;
}

Symbol SymbolTable::intern(std::string_view text) {
  if (auto found = own_.find(text); found != own_.end()) return found->second;
  const auto [kept, symbol] = names_->intern(text);
  own_.emplace(kept, symbol);
  return symbol;
}

Symbol SymbolTable::find_own(std::string_view text) const {
  auto found = own_.find(text);
  return found == own_.end() ? Symbol{} : found->second;
}

std::string_view SymbolTable::text(Symbol symbol) const { return names_->text(symbol); }

}  // namespace braid
