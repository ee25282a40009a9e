#pragma once

#include <optional>
#include <string>

#include "cli/options.h"

namespace braid::cli {

// What `braid --help` or `braid COMMAND --help` prints.
std::string help_text(std::optional<Command> command);
std::string usage_line(Command command);
std::string version_text();

}  // namespace braid::cli
