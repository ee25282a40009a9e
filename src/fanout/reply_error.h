// reply_error: what a server says when it gives no answer. Not for other rooms.
#pragma once

#include "fanout/json.h"
#include "fanout/reply.h"

namespace braid::fanout {

// What an error body says: OpenAI's {"error": {...}}, a list of such, a bare string,
// {"detail": …}, {"message": …}.
struct ErrorBody {
  std::string message;
  std::string kind;  // type and code in lower case
  std::string parameter;
  long status = 0;  // a code that is a status, as gateways put it into a 200
};
ErrorBody error_of(const Json& body);

// True for an object, or an event, that names an error.
bool is_error(const Json& body);

// What an error status means.
Reply of_status(const RawReply& raw, long status, const ErrorBody& error);
// What an error in the place of an answer means.
Reply of_error_body(const RawReply& raw, const Json& body);

bool looks_like_html(const RawReply& raw);
std::string lower(std::string_view text);

}  // namespace braid::fanout
