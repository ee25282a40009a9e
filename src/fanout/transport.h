// transport: sends HTTP POSTs and gives back what came, many at once, on the caller's own thread.
//
// In: Posts. Out: one Received for each, in the order of their ends. Never follows a redirect,
// never sends a body twice by itself (libcurl would, when a reused connection dies), never uses a
// proxy for this machine. Waits only inside of wait().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/base.h"
#include "fanout/reply.h"

namespace braid::fanout {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

enum class Failure : std::uint8_t {
  none,
  unreachable,  // no connection was made: nothing was sent
  stale,        // a reused connection died before a reply, and the body was not sent again
  cut,          // the connection ended early
  silent,       // nothing came for the time allowed
  encryption,   // no trusted connection
  aborted
};

struct Post {
  std::uint64_t id = 0;
  std::string url;
  std::shared_ptr<const std::vector<std::string>> headers;  // "Name: value"
  std::string idempotency_key;                              // empty: none
  std::shared_ptr<const std::string> body;
  bool streamed = false;
  bool http2 = false;
  double silence = 600;                            // seconds without a byte
  std::function<void(std::string_view)> on_bytes;  // as they come, if wanted
};

struct Received {
  std::uint64_t id = 0;
  Failure failure = Failure::none;
  RawReply reply;
  bool was_sent = false;  // the body, or part of it, went out
  double seconds = 0;
};

class Transport {
 public:
  // `with_libcurl`: an error where it is missing; else the first call that needs it loads it.
  static Result<std::unique_ptr<Transport>> open(bool with_libcurl);
  virtual ~Transport() = default;

  virtual void send(Post post) = 0;
  // Waits until something has ended, `until`, or a wake(); then all that has ended.
  virtual std::vector<Received> wait(Time until) = 0;
  // Gives up a transfer: it ends as aborted.
  virtual void abort(std::uint64_t id) = 0;
  virtual void abort_all() = 0;
  // From any thread, and from signal handlers: makes wait() return.
  virtual void wake() = 0;
  [[nodiscard]] virtual std::size_t in_flight() const = 0;
};

// True for calls by name, encrypted, through a proxy or over HTTP/2.
bool needs_libcurl(const Post& post);

// How many connections the process may hold open; raises the soft limit as far as it goes.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace braid::fanout
