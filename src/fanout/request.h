// request: the chat body of a call, and how much it may cost at most.
//
// Few fields are sent: only what was asked for. The same request always makes the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fanout/json.h"
#include "fanout/workflow.h"

namespace braid::fanout {

struct Message {
  std::string role;
  std::string text;
};

struct Request {
  std::vector<Message> messages;
  std::optional<std::string> model;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int64_t> seed;
  std::optional<std::int64_t> max_tokens;
  std::shared_ptr<const Schema> schema;
  std::shared_ptr<const Json> extra;
  std::shared_ptr<const Json> whole;  // the body as the user wrote it (--requests); messages in it
};

// What a server has said it does not take; learned from its replies.
struct Dropped {
  bool stream_options = false;
  bool strict = false;  // response_format.json_schema.strict
  bool response_format = false;
  bool max_tokens = false;  // max_completion_tokens is sent in its place
  bool seed = false;
  bool temperature = false;
  bool top_p = false;

  [[nodiscard]] bool is_any() const {
    return stream_options || strict || response_format || max_tokens || seed || temperature ||
           top_p;
  }
  bool operator==(const Dropped&) const = default;
};

std::string make_body(const Request& request, bool stream, const Dropped& dropped);

// The texts of the messages are left to a body that was made of them, and taken out of it again: a
// prompt is in memory once. False: this request keeps them.
bool leave_texts(Request& request);
void take_texts_back(Request& request, std::string_view body);

// The model that a body asks for, whoever named it; empty: the server's own.
std::string model_of(const Request& request);

// The request of a model's settings, without messages.
Request request_of(const Model& settings);

// Tokens that the prompt cannot exceed: the bytes of messages and schema, 16 a message, and 64.
std::int64_t prompt_bound(const Request& request);
// Tokens that the answers cannot exceed, whoever set the bound: `n` answers of `max_tokens` each.
// 0: nobody did.
std::int64_t completion_bound(const Request& request);
// Bytes of all messages.
std::size_t prompt_bytes(const Request& request);

}  // namespace braid::fanout
