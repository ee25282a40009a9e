// Expressions that surely are text or integers, and whose evaluation surely does not raise.
#pragma once

#include <map>

#include "rewrite/draft.h"

namespace braid::rewrite {

enum class Plain : std::uint8_t { unknown, text, integer };

// What evaluating `expression` gives; `values` stand for variables. Unknown when it may raise.
Plain plain_type(const Module& module, NodeId expression,
                 const std::map<BindingId, NodeId>& values);

}  // namespace braid::rewrite
