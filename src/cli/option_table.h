// The commands and options of the command line, once. Parsing, --help, completions and the man page
// are derived from these two tables.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"

namespace braid::cli {

struct CommandRow {
  Command command;
  std::string_view name;
  std::string_view operands;     // as --help shows them
  std::string_view title;        // one line
  std::string_view description;  // paragraphs
  std::string_view examples;     // lines of "command", each perhaps with "  # why"
};
std::span<const CommandRow> command_rows();
const CommandRow& row_of(Command command);

constexpr unsigned bit(Command command) { return 1U << static_cast<unsigned>(command); }

// Takes the value into the options; what is wrong with it, or nothing.
using Apply = std::string (*)(Options& options, std::string_view value);

struct OptionRow {
  std::string_view name;    // "--workers"
  std::string_view letter;  // "-o" or nothing
  unsigned commands;        // bits of Command
  std::string_view value;   // "N"; empty: a flag. "a|b" in lower case are the choices
  std::string_view help;
  Apply apply;
};
std::span<const OptionRow> option_rows();
bool has_choices(const OptionRow& row);

}  // namespace braid::cli
