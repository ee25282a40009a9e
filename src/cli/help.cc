#include "cli/help.h"

#include <fmt/format.h>

#include "cli/option_table.h"

namespace braid::cli {
namespace {

constexpr std::size_t kWidth = 96;
constexpr std::size_t kColumn = 28;

// Options as a table of two columns, wrapped at blanks.
std::string rows_of_options(unsigned commands) {
  std::string out;
  const auto add = [&out](std::string_view left, std::string_view text) {
    out += fmt::format("  {:<{}}", left, kColumn - 2);
    std::size_t column = kColumn;
    if (left.size() + 2 >= kColumn) {
      out += '\n' + std::string(kColumn, ' ');
    }
    bool first = true;
    while (!text.empty()) {
      const std::size_t end = text.find_first_of(" \n");
      const std::string_view word = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      if (!first && column + 1 + word.size() > kWidth) {
        out += '\n' + std::string(kColumn, ' ');
        column = kColumn;
        first = true;
      }
      if (!first) out += ' ';
      out += word;
      column += word.size() + (first ? 0 : 1);
      first = false;
    }
    out += '\n';
  };
  for (const OptionRow& row : option_rows()) {
    if ((row.commands & commands) == 0) continue;
    std::string left = row.letter.empty() ? std::string() : fmt::format("{}, ", row.letter);
    left += row.name;
    if (!row.value.empty()) left += fmt::format(" {}", row.value);
    add(left, row.help);
  }
  add("-h, --help", "show this");
  return out;
}

std::string indented(std::string_view lines) {
  std::string out = "  ";
  for (const char c : lines) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out + '\n';
}

std::string general_help() {
  std::string out =
      "braid turns sequential Python scripts into parallel ones, proven the same.\n\n"
      "Usage: braid COMMAND [OPTIONS] …\n\n"
      "Commands:\n";
  for (const CommandRow& row : command_rows())
    out += fmt::format("  {:<12}{}\n", row.name, row.title);
  out +=
      "\n"
      "Start here:\n"
      "  braid check slow.py          # what can run side by side, what cannot, and why\n"
      "  braid fix slow.py            # the diff that makes it parallel\n"
      "  braid verify slow.py         # is the result the same? how much faster?\n"
      "  braid run slow.py            # just run it faster\n\n"
      "Each command tells more: braid check --help\n"
      "Every finding has a code:  braid explain BR201\n\n"
      "Settings stand in pyproject.toml under [tool.braid]: assume = [\"ID\", …] accepts "
      "assumptions,\n"
      "knowledge = [\"file.toml\", …] describes libraries. The comments `# braid: off` and\n"
      "`# braid: independent` on a loop's first line, or alone above it, switch Braid off for this "
      "loop\n"
      "or accept its assumptions; above the first statement they hold for the whole file.\n\n"
      "Options:\n"
      "  -h, --help                show this\n"
      "  --version                 show the version\n";
  return out;
}

}  // namespace

std::string usage_line(Command command) {
  const CommandRow& row = row_of(command);
  bool has_options = false;
  for (const OptionRow& option : option_rows())
    has_options |= (option.commands & bit(command)) != 0;
  return fmt::format("Usage: braid {}{} {}\n", row.name, has_options ? " [OPTIONS]" : "",
                     row.operands);
}

std::string help_text(std::optional<Command> command) {
  if (!command) return general_help();
  const CommandRow& row = row_of(*command);
  return fmt::format("braid {}: {}\n\n{}\n{}\n\nOptions:\n{}\nExamples:\n{}", row.name, row.title,
                     usage_line(*command), row.description, rows_of_options(bit(*command)),
                     indented(row.examples));
}

std::string version_text() { return "braid " BRAID_VERSION "\n"; }

}  // namespace braid::cli
