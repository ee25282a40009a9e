#include "fanout/text.h"

#include <algorithm>
#include <cstdint>

#include "base/base.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kWindow = 1U << 20U;
constexpr std::size_t kGroup = 256U << 10U;  // bytes that go to the file at once

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

struct Text::Kept {
  std::string memory;
  Mapping mapping;
  Looked looked;
};

Text::Text(std::string text) : kept_(std::make_shared<Kept>()) {
  kept_->memory = std::move(text);
  view_ = kept_->memory;
}

Text::Text(Mapping mapping) : kept_(std::make_shared<Kept>()) {
  kept_->mapping = std::move(mapping);
  view_ = kept_->mapping.view();
}

void Text::was_read(std::size_t bytes) const {
  if (kept_ && kept_->looked.at(bytes)) kept_->mapping.let_go();
}

void Text::in_windows(const std::function<bool(std::string_view)>& take) const {
  constexpr int kLongestTail = 3;  // of the bytes of a character
  for (std::size_t at = 0; at < view_.size();) {
    std::size_t end = std::min(at + kWindow, view_.size());
    for (int i = 0; i < kLongestTail && end < view_.size() && is_inside_character(view_[end]);
         ++i) {
      --end;
    }
    if (!take(view_.substr(at, end - at))) return;
    was_read(end - at);
    at = end;
  }
}

void TextWriter::append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= (file_ ? kGroup : in_memory_)) spill();
}

void TextWriter::spill() {
  if (!file_) {
    file_ = TextFile::open();
    if (!file_) {
      in_memory_ = SIZE_MAX;
      return;
    }
  }
  if (!file_->append(buffer_)) return take_back();
  if (buffer_.capacity() > 2 * kGroup) {
    std::string().swap(buffer_);  // and its memory
  } else {
    buffer_.clear();
  }
}

// There is no more room on the disk.
void TextWriter::take_back() {
  std::string all;
  all.resize(file_->size());
  BRAID_CHECK(file_->read(all.data()));
  buffer_ = std::move(all.append(buffer_));
  file_.reset();
  in_memory_ = SIZE_MAX;
}

Text TextWriter::finish() {
  if (file_ && !buffer_.empty()) spill();
  if (file_) {
    if (auto mapping = file_->map(file_->size())) {
      file_.reset();
      return Text(std::move(*mapping));
    }
    take_back();
  }
  return {std::exchange(buffer_, {})};
}

}  // namespace braid::fanout
