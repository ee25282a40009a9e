#include "fanout/text_store.h"

#include <algorithm>
#include <cstdint>

namespace braid::fanout {

std::string_view TextStore::keep(std::string text) {
  if (held_ + text.size() > in_memory_) {
    if (const auto written = write(text)) return *written;
  }
  held_ += text.size();
  return texts_.emplace_back(std::move(text));
}

std::optional<std::string_view> TextStore::write(std::string_view text) {
  if (text.empty()) return std::string_view();
  const bool has_room = file_ && file_->size() + text.size() <= segments_.back().view().size();
  if (!has_room) {
    file_ = TextFile::open();
    auto mapping = file_ ? file_->map(std::max(segment_, text.size())) : std::nullopt;
    if (!mapping) {
      in_memory_ = SIZE_MAX;
      return std::nullopt;
    }
    segments_.push_back(std::move(*mapping));
  }
  const std::size_t at = file_->size();
  if (!file_->append(text)) {
    in_memory_ = SIZE_MAX;
    return std::nullopt;
  }
  return segments_.back().view().substr(at, text.size());
}

void TextStore::was_read(std::size_t bytes) {
  if (!looked_.at(bytes)) return;
  for (const Mapping& segment : segments_) segment.let_go();
}

}  // namespace braid::fanout
