#include <fmt/format.h>

#include "cli/option_table.h"

namespace braid::cli {
namespace {

std::string spaced(std::string_view choices) {
  std::string out(choices);
  for (char& c : out) {
    if (c == '|') c = ' ';
  }
  return out;
}

std::string command_names() {
  std::string out;
  for (const CommandRow& row : command_rows())
    out += fmt::format("{}{}", out.empty() ? "" : " ", row.name);
  return out;
}

// The operands that are words of a list, not files.
std::string_view operand_words(Command command) {
  if (command == Command::show) return "syntax scopes effects dependences plan";
  if (command == Command::completion) return "bash zsh fish";
  return {};
}

std::string bash() {
  std::string options;
  for (const CommandRow& command : command_rows()) {
    std::string names;
    for (const OptionRow& row : option_rows()) {
      if ((row.commands & bit(command.command)) != 0) names += fmt::format("{} ", row.name);
    }
    options += fmt::format("    {}) words=\"{}--help\"; operands=\"{}\" ;;\n", command.name, names,
                           operand_words(command.command));
  }
  std::string values;
  for (const OptionRow& row : option_rows()) {
    if (has_choices(row)) {
      values += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                            row.name, spaced(row.value));
    }
  }
  return fmt::format(
      R"(# bash completion of braid
_braid() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words="" operands=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} --help --version" -- "$current"))
    return
  fi
  case $previous in
{}  esac
  case ${{COMP_WORDS[1]}} in
{}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [ -n "$operands" ] && [ "$COMP_CWORD" -eq 2 ]; then
    COMPREPLY=($(compgen -W "$operands" -- "$current"))
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -F _braid braid
)",
      command_names(), values, options);
}

// Inside single quotes and the brackets of _arguments.
std::string zsh_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      out += fmt::format("\\{}", c);
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string zsh() {
  std::string commands;
  std::string cases;
  for (const CommandRow& command : command_rows()) {
    commands += fmt::format("    '{}:{}'\n", command.name, zsh_quoted(command.title));
    cases += fmt::format("    {}) _arguments", command.name);
    for (const OptionRow& row : option_rows()) {
      if ((row.commands & bit(command.command)) == 0) continue;
      std::string argument;
      if (has_choices(row)) {
        argument = fmt::format(":value:({})", spaced(row.value));
      } else if (row.value == "FILE" || row.value == "PATH") {
        argument = ":file:_files";
      } else if (!row.value.empty()) {
        argument = fmt::format(":{}:", zsh_quoted(row.value));
      }
      cases += fmt::format(" '*{}[{}]{}'", row.name, zsh_quoted(row.help), argument);
    }
    if (const std::string_view words = operand_words(command.command); !words.empty()) {
      cases += fmt::format(" ':what:({})'", words);
    }
    cases += " '*:file:_files' ;;\n";
  }
  return fmt::format(
      R"(#compdef braid
_braid() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=${{words[2]}}
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
_braid "$@"
)",
      commands, cases);
}

std::string fish_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string fish() {
  std::string out = "# fish completion of braid\n";
  for (const CommandRow& command : command_rows()) {
    out += fmt::format("complete -c braid -n __fish_use_subcommand -f -a {} -d '{}'\n",
                       command.name, fish_quoted(command.title));
    const std::string only =
        fmt::format("complete -c braid -n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionRow& row : option_rows()) {
      if ((row.commands & bit(command.command)) == 0) continue;
      out += fmt::format("{} -l {}", only, row.name.substr(2));
      if (!row.letter.empty()) out += fmt::format(" -s {}", row.letter.substr(1));
      if (has_choices(row)) {
        out += fmt::format(" -x -a '{}'", spaced(row.value));
      } else if (!row.value.empty()) {
        out += " -r";
      }
      out += fmt::format(" -d '{}'\n", fish_quoted(row.help));
    }
    if (const std::string_view words = operand_words(command.command); !words.empty()) {
      out += fmt::format("{} -f -a '{}'\n", only, words);
    }
  }
  return out;
}

}  // namespace

std::string completion_script(Shell shell) {
  return shell == Shell::bash ? bash() : shell == Shell::zsh ? zsh() : fish();
}

}  // namespace braid::cli
