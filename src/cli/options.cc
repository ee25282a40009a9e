#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/help.h"
#include "cli/option_table.h"

namespace braid::cli {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : known) {
    if (const std::size_t distance = edit_distance(word, candidate); distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found.empty() ? "" : fmt::format("; did you mean {}?", found);
}

class Parser {
 public:
  Parser(int argc, const char* const* argv) : words_(argv + std::min(argc, 1), argv + argc) {}

  std::expected<Options, Answer> parse() {
    if (words_.empty())
      return std::unexpected(Answer{2, "braid: no command given\n\n" + help_text(std::nullopt)});
    const std::string_view first = words_[0];
    if (first == "--help" || first == "-h" || first == "help") return std::unexpected(help());
    if (first == "--version" || first == "-V") return std::unexpected(Answer{0, version_text()});
    const auto rows = command_rows();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const CommandRow& r) { return r.name == first; });
    if (row == rows.end()) return std::unexpected(unknown_command(first));
    options_.command = row->command;
    at_ = 1;
    if (auto wrong = read_words()) return std::unexpected(std::move(*wrong));
    if (auto wrong = take_operands()) return std::unexpected(std::move(*wrong));
    if (std::string wrong = contradiction(); !wrong.empty()) return std::unexpected(usage(wrong));
    return std::move(options_);
  }

 private:
  Answer help() const {
    for (const CommandRow& row : command_rows()) {
      if (words_.size() > 1 && words_[0] == "help" && row.name == words_[1])
        return {0, help_text(row.command)};
    }
    return {0, help_text(std::nullopt)};
  }

  static Answer unknown_command(std::string_view word) {
    std::vector<std::string_view> names;
    for (const CommandRow& row : command_rows()) names.push_back(row.name);
    if (word.starts_with('-'))
      return {2, fmt::format("braid: unknown option {}\nTry: braid --help\n", word)};
    return {2, fmt::format("braid: unknown command {}{}\nTry: braid --help\n", word,
                           did_you_mean(word, names))};
  }

  [[nodiscard]] Answer usage(std::string_view what) const {
    const std::string_view name = row_of(options_.command).name;
    return {2, fmt::format("braid: {}\n{}Try: braid {} --help\n", what,
                           usage_line(options_.command), name)};
  }

  [[nodiscard]] bool script_takes_the_rest() const {
    return options_.command == Command::verify || options_.command == Command::run;
  }

  std::optional<Answer> read_words() {
    bool only_operands = false;
    for (; at_ < words_.size(); ++at_) {
      const std::string_view word = words_[at_];
      if (!only_operands && word == "--") {
        only_operands = true;
      } else if (!only_operands && word.size() > 1 && word.starts_with('-')) {
        if (word == "--help" || word == "-h") return Answer{0, help_text(options_.command)};
        if (auto wrong = read_option(word)) return wrong;
      } else {
        operands_.emplace_back(word);
        if (!script_takes_the_rest()) continue;
        options_.arguments.assign(words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                  words_.end());
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<Answer> read_option(std::string_view word) {
    const bool is_long = word.starts_with("--");
    const std::size_t equals = is_long ? word.find('=') : std::string_view::npos;
    std::string_view name = is_long ? word.substr(0, equals) : word.substr(0, 2);
    const OptionRow* row = find_option(name);
    if (row == nullptr) return unknown_option(name);
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = word.substr(equals + 1);
    if (!is_long && word.size() > 2) value = word.substr(2);
    if (row->value.empty()) {
      if (value) return usage(fmt::format("{} takes no value", row->name));
      value = "";
    } else if (!value) {
      if (at_ + 1 >= words_.size())
        return usage(fmt::format("{} needs a value: {}", name, row->value));
      value = words_[++at_];
    }
    if (has_choices(*row) && !is_choice(row->value, *value)) {
      return usage(fmt::format("{} must be one of {}, not {}", row->name, row->value, *value));
    }
    if (!row->value.empty() && value->empty() && row->value != "TEXT")
      return usage(fmt::format("{} needs a value: {}", name, row->value));
    if (std::string wrong = row->apply(options_, *value); !wrong.empty()) {
      return usage(fmt::format("{} {} {}", row->name, *value, wrong));
    }
    return std::nullopt;
  }

  [[nodiscard]] const OptionRow* find_option(std::string_view name) const {
    for (const OptionRow& row : option_rows()) {
      const bool matches = name == row.name || (!row.letter.empty() && name == row.letter);
      if (matches && (row.commands & bit(options_.command)) != 0) return &row;
    }
    return nullptr;
  }

  [[nodiscard]] Answer unknown_option(std::string_view name) const {
    std::vector<std::string_view> known;
    std::string owners;
    for (const OptionRow& row : option_rows()) {
      if ((row.commands & bit(options_.command)) != 0) known.push_back(row.name);
      if (row.name != name) continue;
      for (const CommandRow& command : command_rows()) {
        if ((row.commands & bit(command.command)) != 0)
          owners += fmt::format("{}{}", owners.empty() ? "" : ", ", command.name);
      }
    }
    const std::string hint =
        owners.empty() ? did_you_mean(name, known) : fmt::format("; it belongs to: {}", owners);
    return usage(fmt::format("unknown option {}{}", name, hint));
  }

  static bool is_choice(std::string_view choices, std::string_view value) {
    while (!choices.empty()) {
      const std::size_t end = choices.find('|');
      if (choices.substr(0, end) == value) return true;
      if (end == std::string_view::npos) return false;
      choices.remove_prefix(end + 1);
    }
    return false;
  }

  std::optional<Answer> take_operands() {
    switch (options_.command) {
      case Command::check:
        if (operands_.empty()) return usage("no PATH given");
        options_.paths = operands_;
        return std::nullopt;
      case Command::fix:
      case Command::verify:
      case Command::run:
        if (operands_.empty()) return usage("no SCRIPT given");
        if (operands_.size() > 1)
          return usage(fmt::format("one SCRIPT at a time; {} is too much", operands_[1]));
        options_.script = operands_[0];
        return std::nullopt;
      case Command::ask:
        if (operands_.size() > 2 || (operands_.size() == 2 && operands_[0] != "log"))
          return usage(
              fmt::format("one workflow or prompt at a time; {} is too much", operands_[1]));
        options_.ask.words = operands_;
        return std::nullopt;
      case Command::explain:
        if (operands_.size() != 1) return usage("one CODE is needed, such as BR201");
        options_.code = operands_[0];
        return std::nullopt;
      case Command::show:
        return take_stage();
      case Command::completion:
        return take_shell();
    }
    return std::nullopt;
  }

  std::optional<Answer> take_stage() {
    constexpr std::string_view kStages[] = {"syntax", "scopes", "effects", "dependences", "plan"};
    if (operands_.size() != 2) return usage("a stage and a FILE are needed");
    for (std::size_t i = 0; i < std::size(kStages); ++i) {
      if (operands_[0] == kStages[i]) {
        options_.stage = static_cast<Stage>(i);
        options_.paths = {operands_[1]};
        return std::nullopt;
      }
    }
    return usage(fmt::format("no stage is named {}{}", operands_[0],
                             did_you_mean(operands_[0], {std::begin(kStages), std::end(kStages)})));
  }

  std::optional<Answer> take_shell() {
    constexpr std::string_view kShells[] = {"bash", "zsh", "fish"};
    if (operands_.size() != 1) return usage("one shell is needed");
    for (std::size_t i = 0; i < std::size(kShells); ++i) {
      if (operands_[0] == kShells[i]) {
        options_.shell = static_cast<Shell>(i);
        return std::nullopt;
      }
    }
    return usage(fmt::format("no completions for {}", operands_[0]));
  }

  [[nodiscard]] std::string contradiction() const {
    if (int(options_.output.has_value()) + int(options_.in_place) + int(options_.diff) > 1) {
      return "only one of -o, --in-place and --diff can be had";
    }
    if (options_.in_place && options_.script == "-")
      return "stdin cannot be changed in place; use -o";
    if (script_takes_the_rest() && options_.script == "-") {
      return fmt::format("{} needs a file: stdin belongs to the script",
                         row_of(options_.command).name);
    }
    if (options_.against == "-") return "--against needs a file: stdin belongs to the script";
    const auto stdin_count = std::count(options_.paths.begin(), options_.paths.end(), "-");
    if (stdin_count > 1) return "stdin can be read only once";
    return {};
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::vector<std::string> operands_;
  Options options_;
};

}  // namespace

std::expected<Options, Answer> parse_options(int argc, const char* const* argv) {
  return Parser(argc, argv).parse();
}

std::optional<rewrite::PythonVersion> read_version(std::string_view text) {
  rewrite::PythonVersion version;
  const auto [dot, first] = std::from_chars(text.data(), text.data() + text.size(), version.major);
  if (first != std::errc{} || dot == text.data() + text.size() || *dot != '.') return std::nullopt;
  const auto [end, second] = std::from_chars(dot + 1, text.data() + text.size(), version.minor);
  if (second != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (version.major != 3 || version.minor < 9 || version.minor > 99) return std::nullopt;
  return version;
}

}  // namespace braid::cli
