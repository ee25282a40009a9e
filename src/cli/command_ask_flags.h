// The options of `braid ask` → a Workflow. Reads the files that they name.
#pragma once

#include "base/base.h"
#include "cli/options.h"
#include "fanout/workflow.h"

namespace braid::cli {

// Not validated yet. `stdin_is_subject`: a prompt alone has stdin before it.
Result<fanout::Workflow> workflow_of(const Options& options);

}  // namespace braid::cli
