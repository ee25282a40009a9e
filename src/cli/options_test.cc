#include "cli/options.h"

#include <gtest/gtest.h>

#include "cli/help.h"
#include "cli/option_table.h"

namespace braid::cli {
namespace {

std::expected<Options, Answer> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "braid");
  return parse_options(static_cast<int>(words.size()), words.data());
}

std::string error(std::vector<const char*> words) {
  const auto options = parse(std::move(words));
  if (options) return "no error";
  EXPECT_EQ(options.error().status, 2);
  EXPECT_TRUE(options.error().text.starts_with("braid: ")) << options.error().text;
  return options.error().text.substr(0, options.error().text.find('\n'));
}

TEST(Options, OfCheckStandAnywhere) {
  const auto options = parse({"check", "a.py", "--format", "json", "src", "--exit-code", "--all"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->paths, (std::vector<std::string>{"a.py", "src"}));
  EXPECT_EQ(options->format, Output::json);
  EXPECT_TRUE(options->exit_code);
  EXPECT_TRUE(options->all);
}

TEST(Options, OfFixAddUp) {
  const auto options =
      parse({"fix", "--assume=a", "x.py", "--assume", "b", "--only", "3", "--only=14", "-o", "-",
             "--workers", "8", "--backend", "process", "--target-version", "3.11", "--progress"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->assume, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options->only, (std::vector<std::uint32_t>{3, 14}));
  EXPECT_EQ(options->output, "-");
  EXPECT_EQ(options->workers, 8);
  EXPECT_EQ(options->backend, plan::Backend::process);
  EXPECT_EQ(options->target->minor, 11);
  EXPECT_TRUE(options->progress);
}

TEST(Options, AfterTheScriptBelongToIt) {
  const auto options = parse({"run", "--workers", "2", "x.py", "--workers", "9", "-h", "--", "y"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->script, "x.py");
  EXPECT_EQ(options->workers, 2);
  EXPECT_EQ(options->arguments, (std::vector<std::string>{"--workers", "9", "-h", "--", "y"}));
}

TEST(Options, AfterTwoDashesAreOperands) {
  const auto options = parse({"check", "--", "--format"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->paths, std::vector<std::string>{"--format"});
}

TEST(Options, WrongOnesAreTold) {
  EXPECT_EQ(error({}), "braid: no command given");
  EXPECT_EQ(error({"chekc"}), "braid: unknown command chekc; did you mean check?");
  EXPECT_EQ(error({"check"}), "braid: no PATH given");
  EXPECT_EQ(error({"check", "--formta", "x"}),
            "braid: unknown option --formta; did you mean --format?");
  EXPECT_EQ(error({"check", "--format"}), "braid: --format needs a value: text|json");
  EXPECT_EQ(error({"check", "--format", "xml", "x"}),
            "braid: --format must be one of text|json, not xml");
  EXPECT_EQ(error({"check", "--all=yes", "x"}), "braid: --all takes no value");
  EXPECT_EQ(error({"check", "--in-place", "x"}),
            "braid: unknown option --in-place; it belongs to: fix");
  EXPECT_EQ(error({"check", "-", "-"}), "braid: stdin can be read only once");
  EXPECT_EQ(error({"fix"}), "braid: no SCRIPT given");
  EXPECT_EQ(error({"fix", "a", "b"}), "braid: one SCRIPT at a time; b is too much");
  EXPECT_EQ(error({"fix", "--workers", "0", "x"}),
            "braid: --workers 0 must be a number from 1 to 100000");
  EXPECT_EQ(error({"fix", "--workers", "2x", "x"}),
            "braid: --workers 2x must be a number from 1 to 100000");
  EXPECT_EQ(error({"fix", "-o", "x", "--in-place", "y"}),
            "braid: only one of -o, --in-place and --diff can be had");
  EXPECT_EQ(error({"fix", "-", "--in-place"}), "braid: stdin cannot be changed in place; use -o");
  EXPECT_EQ(error({"fix", "--target-version", "3.8", "x"}),
            "braid: --target-version 3.8 must be a version from 3.9 on, such as 3.11");
  EXPECT_EQ(error({"verify", "-"}), "braid: verify needs a file: stdin belongs to the script");
  EXPECT_EQ(error({"verify", "--against", "-", "x"}),
            "braid: --against needs a file: stdin belongs to the script");
  EXPECT_EQ(error({"verify", "--timeout", "0", "x"}),
            "braid: --timeout 0 must be a number of seconds above 0");
  EXPECT_EQ(error({"run"}), "braid: no SCRIPT given");
  EXPECT_EQ(error({"explain"}), "braid: one CODE is needed, such as BR201");
  EXPECT_EQ(error({"show", "trees", "x"}), "braid: no stage is named trees");
  EXPECT_EQ(error({"show", "plan"}), "braid: a stage and a FILE are needed");
  EXPECT_EQ(error({"completion", "tcsh"}), "braid: no completions for tcsh");
}

TEST(Options, HelpIsNoError) {
  for (const std::vector<const char*>& words : {std::vector<const char*>{"--help"},
                                                {"help"},
                                                {"check", "--help"},
                                                {"run", "-h", "x.py"},
                                                {"--version"}}) {
    const auto options = parse(words);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().status, 0);
  }
}

TEST(Options, EachIsInTheHelpAndTheCompletionsOfItsCommands) {
  for (const CommandRow& command : command_rows()) {
    const std::string help = help_text(command.command);
    EXPECT_NE(help.find(std::string("Usage: braid ") + std::string(command.name)),
              std::string::npos);
    EXPECT_NE(help_text(std::nullopt).find(command.name), std::string::npos);
    for (const OptionRow& row : option_rows()) {
      const bool belongs = (row.commands & bit(command.command)) != 0;
      EXPECT_EQ(
          help.find(std::string(row.name) +
                    (row.value.empty() ? " " : " " + std::string(row.value))) != std::string::npos,
          belongs)
          << command.name << ' ' << row.name;
    }
  }
  for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const std::string script = completion_script(shell);
    for (const OptionRow& row : option_rows())
      EXPECT_NE(script.find(row.name.substr(2)), std::string::npos) << row.name;
  }
}

TEST(Version, IsReadExactly) {
  EXPECT_EQ(read_version("3.12")->minor, 12);
  for (const std::string_view wrong :
       {"3", "3.", "3.8", "2.7", "4.0", "3.12.1", "3.x", "", " 3.12"}) {
    EXPECT_FALSE(read_version(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace braid::cli
