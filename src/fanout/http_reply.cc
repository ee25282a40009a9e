#include "fanout/http_reply.h"

#include <algorithm>
#include <charconv>

namespace braid::fanout {
namespace {

constexpr std::size_t kLongestLine = 256U << 10U;

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_same(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// Cuts the first item off a list such as "keep-alive, Upgrade".
std::string_view next_item(std::string_view& list) {
  const std::size_t end = std::min(list.find(','), list.size());
  const std::string_view item = without_blanks(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return item;
}

bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (is_same(next_item(list), word)) return true;
  }
  return false;
}

Packing packing_of(std::string_view name) {
  for (const std::string_view each : {"gzip", "x-gzip", "deflate"}) {
    if (is_same(name, each)) return Packing::deflate;
  }
  if (is_same(name, "br")) return Packing::brotli;
  return is_same(name, "zstd") ? Packing::zstandard : Packing::unknown;
}

bool read_number(std::string_view digits, int base, std::uint64_t& to) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), to, base);
  return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
}

}  // namespace

std::size_t ReplyReader::take(std::string_view bytes, ReplyTaker& taker) {
  std::size_t at = 0;
  while (state_ == State::more && at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const bool is_data =
        place_ == Place::body || place_ == Place::open_body || place_ == Place::chunk;
    at += is_data ? take_data(rest, taker) : take_line(rest, taker);
  }
  return at;
}

void ReplyReader::end() {
  if (state_ == State::more) state_ = place_ == Place::open_body ? State::done : State::wrong;
}

std::size_t ReplyReader::take_line(std::string_view bytes, ReplyTaker& taker) {
  const std::size_t end = bytes.find('\n');
  const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 1;
  if (line_.size() + size > kLongestLine) {
    wrong();
  } else if (end == std::string_view::npos) {
    line_ += bytes;
  } else if (line_.empty()) {
    read_line(bytes.substr(0, size), taker);
  } else {
    line_ += bytes.substr(0, size);
    read_line(line_, taker);
    line_.clear();
  }
  return size;
}

std::size_t ReplyReader::take_data(std::string_view bytes, ReplyTaker& taker) {
  if (place_ == Place::open_body) {
    if (!taker.take_body(bytes)) state_ = State::refused;
    return bytes.size();
  }
  const std::size_t size = std::min<std::uint64_t>(left_, bytes.size());
  left_ -= size;
  if (!taker.take_body(bytes.substr(0, size))) {
    state_ = State::refused;
  } else if (left_ == 0) {
    if (place_ == Place::chunk) {
      place_ = Place::chunk_end;
    } else {
      state_ = State::done;
    }
  }
  return size;
}

void ReplyReader::read_line(std::string_view line, ReplyTaker& taker) {
  const std::string_view text = without_blanks(line);
  switch (place_) {
    case Place::status_line:
      read_status(text);
      break;
    case Place::head:
      if (text.empty()) return end_head();
      read_field(line);
      break;
    case Place::chunk_line:
      return read_chunk_size(text);
    case Place::chunk_end:
      if (!text.empty()) wrong();
      place_ = Place::chunk_line;
      return;
    case Place::trailer:
      if (text.empty()) state_ = State::done;
      return;
    case Place::body:
    case Place::open_body:
    case Place::chunk:
      return;
  }
  if (state_ == State::more && !taker.take_head_line(line)) state_ = State::refused;
}

void ReplyReader::begin_head() {
  status_ = 0;
  keeps_alive_ = is_chunked_ = has_length_ = false;
  packings_.clear();
}

// HTTP/1.1 200 OK
void ReplyReader::read_status(std::string_view line) {
  constexpr std::string_view kBegin = "HTTP/1.";
  constexpr std::size_t kSize = kBegin.size() + 5;  // with "1 200"
  std::uint64_t status = 0;
  if (line.size() < kSize || !line.starts_with(kBegin) || line[kBegin.size() + 1] != ' ' ||
      !read_number(line.substr(kSize - 3, 3), 10, status) || status < 100 ||
      (line.size() > kSize && line[kSize] != ' ')) {
    return wrong();
  }
  begin_head();
  status_ = static_cast<int>(status);
  keeps_alive_ = line[kBegin.size()] == '1';
  place_ = Place::head;
}

void ReplyReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = without_blanks(line.substr(0, colon));
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (is_same(name, "content-length")) {
    read_length(value);
  } else if (is_same(name, "transfer-encoding")) {
    if (is_same(value, "chunked")) {
      is_chunked_ = true;
    } else if (!is_same(value, "identity")) {
      wrong();
    }
  } else if (is_same(name, "content-encoding")) {
    read_packings(value);
  } else if (is_same(name, "connection")) {
    if (lists(value, "close")) keeps_alive_ = false;
    if (lists(value, "keep-alive")) keeps_alive_ = true;
  }
}

void ReplyReader::read_packings(std::string_view list) {
  while (!list.empty()) {
    const std::string_view name = next_item(list);
    if (!name.empty() && !is_same(name, "identity")) packings_.push_back(packing_of(name));
  }
}

void ReplyReader::read_length(std::string_view value) {
  std::uint64_t length = 0;
  if (!read_number(value, 10, length) || (has_length_ && length != length_)) return wrong();
  has_length_ = true;
  length_ = length;
}

void ReplyReader::read_chunk_size(std::string_view line) {
  const std::string_view size = without_blanks(line.substr(0, line.find(';')));
  if (!read_number(size, 16, left_)) return wrong();
  place_ = left_ == 0 ? Place::trailer : Place::chunk;
}

void ReplyReader::end_head() {
  if (status_ < 200) {
    if (status_ == 101) return wrong();
    begin_head();  // of an interim reply: the real one follows
    place_ = Place::status_line;
  } else if (status_ == 204 || status_ == 304) {
    state_ = State::done;
  } else if (is_chunked_) {
    place_ = Place::chunk_line;
  } else if (has_length_) {
    left_ = length_;
    place_ = Place::body;
    if (left_ == 0) state_ = State::done;
  } else {
    place_ = Place::open_body;
    keeps_alive_ = false;
  }
}

}  // namespace braid::fanout
