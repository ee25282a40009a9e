// reply: what an HTTP reply means for the call that was made.
//
// In: status, headers and bytes of any origin. Out: an answer, or what to do next. Never throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace braid::fanout {

using Seconds = std::chrono::duration<double>;
using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

struct Usage {
  std::int64_t prompt = 0;
  std::int64_t cached = 0;  // part of prompt
  std::int64_t completion = 0;
  bool known = false;
};

enum class Meaning : std::uint8_t {
  answer,
  refused,   // come back later: costs no retry
  fault,     // may work when tried again: costs a retry
  hopeless,  // this call will never work
  stop,      // no call will work: key, quota, model, address
  adjust     // the server does not take a field that it names
};
enum class Refusal : std::uint8_t { rate, concurrency, slope, unknown };
enum class StopCause : std::uint8_t { none, key, quota, model, address, budget, given_up, aborted };

struct Reply {
  Meaning meaning = Meaning::fault;
  Refusal refusal = Refusal::unknown;
  StopCause cause = StopCause::none;
  std::string text;          // of an answer
  std::string finish;        // finish_reason, such as stop or length
  std::string model;         // that answered, as the server says
  Usage usage;               // also of answers that cannot be used
  std::string error;         // for people; empty for an answer
  std::string field;         // for adjust
  bool is_too_long = false;  // the request, for the model; hopeless as it is
  std::optional<Seconds> retry_after;
};

// `received` is false when the connection ended before the reply did; `transport` says how.
struct RawReply {
  long status = 0;
  Headers headers;
  std::string body;
  bool streamed = false;
  bool complete = true;
  bool is_too_long = false;  // more came than is kept of a reply
  std::string transport;
};
Reply read_reply(const RawReply& raw);

// True for the data of the event that ends a stream.
bool is_stream_end(std::string_view data);

// The text that one event of a stream adds, or nothing.
std::string delta_of_event(std::string_view data);

// Retry-After and its forms: retry-after-ms, seconds (also 1.5), an HTTP date.
std::optional<Seconds> retry_after_of(const Headers& headers,
                                      std::chrono::system_clock::time_point now);

// The wait that a message asks for in words: "try again in 1.5s". Lower case comes in.
std::optional<Seconds> wait_in_words(std::string_view words);

// One kind of limit as the headers tell it.
struct Announced {
  std::optional<double> limit;  // a period's
  std::optional<double> remaining;
  std::optional<double> reset;           // seconds from now
  std::optional<double> known_period{};  // where it need not be judged
  // The seconds that `limit` is for; judged by the reset.
  [[nodiscard]] double period() const;
  [[nodiscard]] std::optional<double> per_second() const;
};
struct AnnouncedLimits {
  Announced requests;
  Announced tokens;
};
AnnouncedLimits limits_of(const Headers& headers, std::chrono::system_clock::time_point now);

// The beginning of a text, on one line, as valid UTF-8 without control characters.
std::string excerpt(std::string_view text, std::size_t most = 200);  // bytes

std::string_view header(const Headers& headers, std::string_view name);

}  // namespace braid::fanout
