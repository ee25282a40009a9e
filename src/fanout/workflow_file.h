// workflow_file: TOML → Workflow. Reads the files that it names; everything in it that is not known
// is refused, with its line and the nearest name that is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/base.h"
#include "fanout/workflow.h"

namespace braid::fanout {

using Settings = std::vector<std::pair<std::string, std::string>>;  // --set NAME=VALUE

// `path` is for messages and tells where the files beside it are.
Result<Workflow> read_workflow(std::string_view text, const std::string& path,
                               const Settings& settings);
Result<Workflow> read_workflow_file(const std::string& path, const Settings& settings);

// A file of prices: one table a model, with input, cached and output in dollars for a million
// tokens. `cached` is the input's price when it is left out.
Result<Prices> read_prices(const std::string& path);

// The first byte of TOML that is not ASCII and stands outside of strings and comments, where TOML
// allows none; npos without one. The TOML library's behaviour there is undefined.
std::size_t find_bare_non_ascii(std::string_view toml);

// The whole file; "-" is stdin.
Result<std::string> read_text_file(const std::string& path);
Result<Text> read_long_text(const std::string& path);

// The names of the values that an option or a key may have.
Result<SplitKind> split_named(std::string_view name);
Result<Missing> missing_named(std::string_view text);  // all, quorum:K, best-effort
Result<StopRule> stop_named(std::string_view text, double& certainty);

}  // namespace braid::fanout
