// transfer: one POST on its way, and what libcurl calls for it. Not for other rooms.
#pragma once

#include <array>

#include "fanout/curl_library.h"
#include "fanout/transport.h"

namespace braid::fanout {

struct Transfer;

// A handle of libcurl with all that stays from one transfer to the next.
struct Easy {
  CURL* handle = nullptr;
  std::string url;
  std::shared_ptr<const std::vector<std::string>> lines;
  curl_slist* key = nullptr;  // the idempotency key's line, which is written over
  bool http2 = false;
  double silence = -1;
  long buffer = 0;
  Transfer* transfer = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
};

struct Transfer {
  Post post;
  std::unique_ptr<Easy> easy;  // libcurl's, and its multi handle's number
  std::size_t multi = 0;
  int socket = -1;  // where there is no libcurl
  int sends = 0;
  bool had_stale_end = false;
  bool is_too_long = false;
  bool is_stream_over = false;  // its last event has come
  std::size_t head_bytes = 0;
  Time began;
  Time heard;
  Time heard_content;
  Received received;

  // What comes is appended to the reply; false: it is more than any reply can be.
  bool take_head_line(std::string_view line);
  bool take_body(std::string_view bytes);
};

// Callbacks; `to` is the Easy of the handle.
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to);
std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* to);
int before_send(void* to, char*, char*, int, int);

// What the end of a transfer means; `reused`: on a connection that had been used before.
Failure failure_of(const Transfer& transfer, CURLcode code, bool reused);

}  // namespace braid::fanout
