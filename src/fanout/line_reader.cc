#include "fanout/line_reader.h"

#include <unistd.h>

#include <cerrno>

namespace braid::fanout {
namespace {

constexpr std::size_t kGroup = 256U << 10U;  // bytes that are read at once

}  // namespace

std::optional<std::string_view> LineReader::next() {
  std::size_t seen = begin_;
  while (true) {
    const std::size_t end = buffer_.find('\n', seen);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
      at_ = before_ + begin_;
      begin_ = end + 1;
      return line;
    }
    seen = buffer_.size() - begin_;
    if (!read_more()) return std::nullopt;
  }
}

std::string_view LineReader::rest() const { return std::string_view(buffer_).substr(begin_); }

bool LineReader::read_more() {
  buffer_.erase(0, begin_);
  before_ += begin_;
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kGroup);
  ssize_t got = -1;
  do {
    got = ::pread(file_, buffer_.data() + size, kGroup, static_cast<off_t>(before_ + size));
  } while (got < 0 && errno == EINTR);
  if (got < 0) failure_ = errno;
  buffer_.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
  return got > 0;
}

}  // namespace braid::fanout
