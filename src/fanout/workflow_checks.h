// workflow_checks: what validate() asks besides names and reads. Not for other rooms.
//
// In: a workflow. Out: the first thing that is wrong, with its line, or nothing.
#pragma once

#include <optional>
#include <string>

#include "fanout/workflow.h"

namespace braid::fanout {

struct Wrong {
  std::uint32_t line = 0;  // 0: of no line
  std::string what;
};

// A budget that no call can be held to: without max_tokens, or without a price of a model that may
// be called, fallbacks and the models of whole chat bodies included.
std::optional<Wrong> find_unbounded(const Workflow& workflow);

// A model that is declared and never called.
std::optional<Wrong> find_idle_model(const Workflow& workflow);

// A prompt, or what else goes out as it is, that is not UTF-8: a request is.
std::optional<Wrong> find_no_text(const Workflow& workflow);

// A Python function whose file, or python3 itself, is not there.
std::optional<Wrong> find_missing_function(const Workflow& workflow);

// What is said about the chunks of an input that is not cut; stdin as two inputs.
std::optional<Wrong> find_wrong_input(const Workflow& workflow);

}  // namespace braid::fanout
