#include "fanout/transfer.h"

#include <algorithm>

namespace braid::fanout {
namespace {

constexpr std::size_t kLongestReply = 64U << 20U;
constexpr std::size_t kLongestHead = 256U << 10U;  // interim replies counted in

bool is_wanted_header(std::string_view name) {
  return name == "retry-after" || name == "retry-after-ms" || name == "x-should-retry" ||
         name == "content-type" || name.find("ratelimit") != std::string_view::npos;
}

// Comments of a stream, and blanks, say only that somebody is there.
bool is_content(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && bytes[first] != ':';
}

bool ends_stream(std::string_view body) {
  constexpr std::string_view kEnd = "[DONE]";
  const std::size_t last = body.find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos || body.size() == last + 1) return false;
  const std::string_view line = body.substr(0, last + 1);
  return line.ends_with(kEnd) && line.substr(line.find_last_of("\r\n") + 1).starts_with("data:");
}

}  // namespace

bool Transfer::take_body(std::string_view bytes) {
  heard = Clock::now();
  if (is_content(bytes)) heard_content = heard;
  std::string& body = received.reply.body;
  if (body.size() + bytes.size() > kLongestReply) {
    is_too_long = true;
    return false;
  }
  body += bytes;
  if (post.streamed) is_stream_over = ends_stream(body);
  if (post.on_bytes) post.on_bytes(bytes);
  return true;
}

bool Transfer::take_head_line(std::string_view line) {
  heard = heard_content = Clock::now();
  head_bytes += line.size();
  if (head_bytes > kLongestHead) {
    is_too_long = true;
    return false;
  }
  Headers& headers = received.reply.headers;
  if (line.starts_with("HTTP/")) headers.clear();  // of an interim reply
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() > 64) return true;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (is_wanted_header(name)) {
    std::string_view value = line.substr(colon + 1);
    const std::size_t first = value.find_first_not_of(" \t");
    value.remove_prefix(std::min(first, value.size()));
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    headers.emplace_back(std::move(name), value);
  }
  return true;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  return static_cast<Easy*>(to)->transfer->take_body({bytes, size * count}) ? size * count : 0;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* to) {
  return static_cast<Easy*>(to)->transfer->take_head_line({bytes, size * count}) ? size * count : 0;
}

// libcurl asks before each send, also before one that it repeats by itself: that one is stopped,
// since the first may have been paid for.
int before_send(void* to, char*, char*, int, int) {
  auto* transfer = static_cast<Easy*>(to)->transfer;
  if (transfer->sends > 0) {
    transfer->had_stale_end = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++transfer->sends;
  return CURL_PREREQFUNC_OK;
}

Failure failure_of(const Transfer& transfer, CURLcode code, bool reused) {
  if (transfer.had_stale_end) return Failure::stale;
  switch (code) {
    case CURLE_OK:
      return Failure::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Failure::unreachable;
    case CURLE_SSL_CONNECT_ERROR:
      return transfer.sends == 0 ? Failure::unreachable : Failure::cut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Failure::encryption;
    case CURLE_OPERATION_TIMEDOUT:
      return transfer.sends == 0 ? Failure::unreachable : Failure::silent;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return reused && transfer.head_bytes == 0 ? Failure::stale : Failure::cut;
    default:
      return Failure::cut;
  }
}

}  // namespace braid::fanout
