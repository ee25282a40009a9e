// Exceptions on their way back from a worker process: some cannot be made again as they are.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

// Exceptions of the program or its libraries may need help to be pickled.
bool may_raise_unpicklable(const Module& module);
// Why finding out whether they do would be seen; none: it would not.
std::optional<std::string> copying_is_seen(const Module& module);
// The functions that help, with the name of the one that calls.
// `calls`: with a function that calls another one, and sees to what it raises.
Lines portable_definitions(Module& module, const std::string& copyreg, const std::string& pickle,
                           bool calls);
std::string portable_name(Module& module);
std::string portable_error_name(Module& module);

}  // namespace braid::rewrite
