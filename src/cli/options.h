// The command line as a value. One table of commands and options; help, completions and the man
// page are derived from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "cli/ask_options.h"
#include "plan/plan.h"
#include "rewrite/rewrite.h"

namespace braid::cli {

enum class Command : std::uint8_t { check, fix, verify, run, ask, explain, show, completion };
enum class Output : std::uint8_t { text, json };
enum class Shell : std::uint8_t { bash, zsh, fish };
enum class Stage : std::uint8_t { syntax, scopes, effects, dependences, plan };

struct Options {
  Command command{};
  // check, show: what to read; `-` is stdin
  std::vector<std::string> paths;
  Output format = Output::text;
  bool all = false;
  bool exit_code = false;
  // fix, verify, run
  std::string script;
  std::vector<std::string> arguments;
  std::optional<std::string> output;
  bool in_place = false;
  bool diff = false;
  plan::Backend backend = plan::Backend::automatic;
  std::optional<int> workers;
  bool progress = false;
  std::vector<std::string> assume;
  std::vector<std::uint32_t> only;
  std::optional<rewrite::Dialect> emit;
  // common
  std::optional<std::string> python;
  std::optional<rewrite::PythonVersion> target;
  // verify
  int runs = 3;
  bool quick = false;
  std::optional<std::string> against;
  bool allow_effects = false;
  std::optional<std::chrono::milliseconds> timeout;
  // explain, show, completion
  std::string code;
  Stage stage{};
  Shell shell{};
  AskOptions ask;
};

// The command line asks for no command: what to print, and how to end.
struct Answer {
  int status = 0;
  std::string text;  // for stdout when status is 0, else for stderr
};

std::expected<Options, Answer> parse_options(int argc, const char* const* argv);

// A script for the shell that completes commands, options and their values.
std::string completion_script(Shell shell);

// "3.12" → {3, 12}; none for anything else, and for versions below 3.9.
std::optional<rewrite::PythonVersion> read_version(std::string_view text);

}  // namespace braid::cli
