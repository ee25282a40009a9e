#include "cli/option_table.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace braid::cli {
namespace {

constexpr unsigned kCheck = bit(Command::check);
constexpr unsigned kFix = bit(Command::fix);
constexpr unsigned kVerify = bit(Command::verify);
constexpr unsigned kRun = bit(Command::run);
constexpr unsigned kAsk = bit(Command::ask);
constexpr unsigned kShow = bit(Command::show);
constexpr unsigned kRewrites = kFix | kVerify | kRun;

constexpr CommandRow kCommands[] = {
    {Command::check, "check", "PATH…", "say what can run in parallel, what cannot, and why",
     "Reads Python files, or all files of folders (leaving out what .gitignore names, virtual\n"
     "environments and hidden folders), and reports every loop that costs something: `parallel`\n"
     "(proven), `conditional` (if the assumptions that are listed hold), `sequential` (with the "
     "lines\n"
     "that make it so), `unknown`, or `cheap` (independent, but not worth it). Runs nothing and "
     "changes\n"
     "nothing. `-` reads from stdin. Exit status: 0, also with findings; 2 for wrong usage, or "
     "when a\n"
     "PATH cannot be read.",
     "braid check download.py              # one script\n"
     "braid check src --format json        # all of a folder, for another program\n"
     "braid check . --exit-code            # 1 if `braid fix` would rewrite something"},
    {Command::fix, "fix", "SCRIPT", "write the parallel script, or show the diff",
     "Rewrites the loops that are proven parallel, and conditional ones whose assumptions you "
     "accept.\n"
     "Without -o or --in-place only the diff is shown. The result is compiled by the target "
     "interpreter\n"
     "before it is written, and written at once or not at all. Exit status: 0, rewritten or not; 2 "
     "for\n"
     "wrong usage or input that is not Python.",
     "braid fix download.py                # show what would change\n"
     "braid fix download.py -o fast.py     # write it beside the original\n"
     "braid fix download.py --in-place --only 14 --assume all"},
    {Command::verify, "verify", "SCRIPT [ARGS…]",
     "run both apart and compare: same result? how much faster?",
     "Runs the original and the rewritten script in sandboxes that leave your files alone, "
     "compares\n"
     "output, files, exit status and exceptions, tries to refute that the order does not matter,\n"
     "and measures. All that follows SCRIPT is the script's own. Scripts with effects outside of "
     "this\n"
     "machine are run only with --allow-effects. Exit status: 0 same, 1 different, 2 wrong usage,\n"
     "3 could not tell.",
     "braid verify download.py 1 32        # with the script's own arguments\n"
     "braid verify --quick download.py     # one pair of runs\n"
     "braid verify --against mine.py download.py   # compare a version of your own"},
    {Command::run, "run", "SCRIPT [ARGS…]", "run the script in parallel, changing nothing on disk",
     "Rewrites in memory and runs, with the script's own arguments, stdin and exit status; "
     "tracebacks\n"
     "point into your own file. If nothing can be rewritten, the original runs. All that follows "
     "SCRIPT\n"
     "is the script's own.",
     "braid run download.py 1 32\n"
     "braid run --workers 8 --progress download.py"},
    {Command::ask, "ask", "[WORKFLOW.toml | PROMPT | log FILE]",
     "split a job over many model calls, run them within the limits, merge the answers",
     "Asks a language model many times at once: by aspect (--subject, --part), by volume "
     "(--prompt,\n"
     "--each), by repetition (--repeat), or as a workflow file says, and merges the answers. Any\n"
     "server with OpenAI's interface will do. A word that ends in .toml and is a file is a "
     "workflow;\n"
     "`log FILE` reads a journal; anything else is a prompt, with stdin before it as its subject. "
     "Exit\n"
     "status: 0 complete; 1 gaps, a tie, or a merge that could not be made; 2 refused before "
     "anything\n"
     "was sent; 3 stopped (budget, quota, key, model, given up); 130 interrupted.",
     "braid ask \"Summarise this.\" < notes.txt\n"
     "braid ask --subject plan.md --part risks=\"What can go wrong?\" --part cost=\"What will it "
     "cost?\"\n"
     "braid ask --prompt \"Translate to French: {chunk}\" --each book.md --tokens 1500 -o "
     "livre.md\n"
     "braid ask --prompt \"Is 2027 a prime? YES or NO.\" --repeat 9 --choices yes,no\n"
     "braid ask recipe.toml --dry-run"},
    {Command::explain, "explain", "CODE", "what a code like BR201 means, and the way out",
     "Prints the page of a code: a wrong example, why it is wrong, a right one, and what to do.",
     "braid explain BR201"},
    {Command::show, "show", "syntax|scopes|effects|dependences|plan FILE",
     "print what a stage makes of a file",
     "Prints the value that one stage of the pipeline returns, for those who wonder why Braid "
     "decides\n"
     "as it does. `-` reads from stdin.",
     "braid show plan download.py"},
    {Command::completion, "completion", "bash|zsh|fish", "print a completion script for a shell",
     "Prints a script that makes the shell complete commands, options and files.",
     "braid completion bash > ~/.local/share/bash-completion/completions/braid\n"
     "braid completion zsh > ~/.zfunc/_braid\n"
     "braid completion fish > ~/.config/fish/completions/braid.fish"},
};

template <class Number>
std::string read_number(std::string_view text, Number lowest, Number highest, Number& out) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < lowest ||
      number > highest) {
    return fmt::format("must be a number from {} to {}", lowest, highest);
  }
  out = number;
  return {};
}

std::string take_seconds(Options& options, std::string_view value) {
  double seconds = 0;
  std::string wrong = read_number(value, 0.001, 1e6, seconds);
  if (wrong.empty()) options.timeout = std::chrono::milliseconds(std::llround(seconds * 1000));
  return wrong.empty() ? wrong : "must be a number of seconds above 0";
}

std::string take_version(Options& options, std::string_view value) {
  options.target = read_version(value);
  return options.target ? "" : "must be a version from 3.9 on, such as 3.11";
}

// The parser has made sure that the value is one of the row's choices.
std::string take_backend(Options& options, std::string_view value) {
  options.backend = value == "thread"    ? plan::Backend::thread
                    : value == "process" ? plan::Backend::process
                                         : plan::Backend::automatic;
  return {};
}

const OptionRow kOptions[] = {
    {"--format", "", kCheck | kVerify, "text|json",
     "text for people (default), or JSON for programs",
     [](Options& options, std::string_view value) -> std::string {
       options.format = value == "json" ? Output::json : Output::text;
       return {};
     }},
    {"--all", "", kCheck, "", "also list loops that do next to nothing",
     [](Options& options, std::string_view) {
       options.all = true;
       return std::string();
     }},
    {"--exit-code", "", kCheck, "", "end with status 1 if something would be rewritten",
     [](Options& options, std::string_view) {
       options.exit_code = true;
       return std::string();
     }},
    {"--output", "-o", kFix | kAsk, "FILE",
     "write the result to FILE (fix: an unchanged copy when nothing is to be done); `-` is stdout",
     [](Options& options, std::string_view value) {
       options.output = value;
       return std::string();
     }},
    {"--in-place", "", kFix, "", "write the result over SCRIPT",
     [](Options& options, std::string_view) {
       options.in_place = true;
       return std::string();
     }},
    {"--diff", "", kFix, "", "show the difference (default)",
     [](Options& options, std::string_view) {
       options.diff = true;
       return std::string();
     }},
    {"--backend", "", kRewrites, "auto|thread|process",
     "what the workers are; auto (default) chooses for each loop", take_backend},
    {"--workers", "", kRewrites, "N",
     "at most N at once (default: 32 threads, or a process per CPU)",
     [](Options& options, std::string_view value) {
       return read_number(value, 1, 100'000, options.workers.emplace());
     }},
    {"--emit", "", kRewrites, "stdlib|braid|joblib",
     "who runs the calls: executors of the standard library (fix and verify: default), Braid's "
     "engine,\n"
     "the package `braid` (run: default where the interpreter has it), or joblib's Parallel",
     [](Options& options, std::string_view value) -> std::string {
       options.emit = value == "braid"    ? rewrite::Dialect::braid
                      : value == "joblib" ? rewrite::Dialect::joblib
                                          : rewrite::Dialect::stdlib;
       return {};
     }},
    {"--progress", "", kRewrites, "", "the rewritten script counts its progress on stderr",
     [](Options& options, std::string_view) {
       options.progress = true;
       return std::string();
     }},
    {"--assume", "", kRewrites, "ID|all",
     "accept an assumption that `braid check` names, or all; may be given several times",
     [](Options& options, std::string_view value) {
       options.assume.emplace_back(value);
       return std::string();
     }},
    {"--only", "", kRewrites, "LINE",
     "rewrite only the loop that begins at LINE; may be given several times",
     [](Options& options, std::string_view value) {
       return read_number(value, 1U, 4'000'000'000U, options.only.emplace_back());
     }},
    {"--runs", "", kVerify, "N", "pairs of runs (default: 3)",
     [](Options& options, std::string_view value) {
       return read_number(value, 1, 1000, options.runs);
     }},
    {"--quick", "", kVerify, "", "one pair of runs, and one in reversed order",
     [](Options& options, std::string_view) {
       options.quick = true;
       return std::string();
     }},
    {"--against", "", kVerify, "FILE",
     "run FILE in SCRIPT's place instead of what Braid would write",
     [](Options& options, std::string_view value) {
       options.against = value;
       return std::string();
     }},
    {"--allow-effects", "", kVerify, "",
     "run it several times although it acts outside of this machine",
     [](Options& options, std::string_view) {
       options.allow_effects = true;
       return std::string();
     }},
    {"--timeout", "", kVerify | kAsk, "SECONDS",
     "give up a run that takes longer; ask: a call that is silent for longer (default: 600)",
     take_seconds},
    {"--python", "", kCheck | kRewrites | kShow, "PATH",
     "the interpreter that the script is for (default: the one Braid was installed into, else that "
     "of\n"
     "$VIRTUAL_ENV, else python3)",
     [](Options& options, std::string_view value) {
       options.python = value;
       return std::string();
     }},
    {"--target-version", "", kCheck | kRewrites | kShow, "3.x",
     "the oldest Python that must run the result (default: from requires-python, else the "
     "interpreter's)",
     take_version},
};

}  // namespace

std::span<const CommandRow> command_rows() { return kCommands; }

const CommandRow& row_of(Command command) { return kCommands[static_cast<unsigned>(command)]; }

std::span<const OptionRow> option_rows() {
  static const std::vector<OptionRow> rows = [] {
    std::vector<OptionRow> all(std::begin(kOptions), std::end(kOptions));
    const auto more = ask_option_rows();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return rows;
}

bool has_choices(const OptionRow& row) {
  return row.value.find('|') != std::string_view::npos && row.value != "ID|all";
}

}  // namespace braid::cli
