// serve_local: what serve() answers without a call. Not for other rooms.
#pragma once

#include <optional>

#include "fanout/json.h"

namespace braid::fanout {

// The answer to a request that asks for a split, a vote or a stitch; none for another one. What is
// wrong with it is in its member "error".
std::optional<Json> answer_locally(const Json& request);

}  // namespace braid::fanout
