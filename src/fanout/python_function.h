// python_function: calls a function of the user's own Python file, in a process of its own. Texts
// go in and come out as JSON; gaps are None.
#pragma once

#include <string>
#include <vector>

#include "base/base.h"
#include "fanout/merges.h"

namespace braid::fanout {

// "FILE:FUNCTION" gets the list of texts; what it returns is the result, as JSON unless a string.
Result<std::string> call_python_merge(const std::string& function,
                                      const std::vector<Piece>& pieces);

// "FILE:FUNCTION" gets one text at a time; what it returns is the label, None for no vote.
Result<std::vector<std::string>> call_python_labels(const std::string& function,
                                                    const std::vector<Piece>& pieces);

}  // namespace braid::fanout
