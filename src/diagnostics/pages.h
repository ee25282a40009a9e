// The pages of docs/diagnostics, compiled in: what `braid explain CODE` prints.
#pragma once

#include <string_view>

#include "diagnostics/diagnostics.h"

namespace braid::diagnostics {

// The page as it is written (Markdown); empty when the code has none yet.
std::string_view page(Code code);

}  // namespace braid::diagnostics
