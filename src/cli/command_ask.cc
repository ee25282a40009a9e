#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "cli/command_ask_flags.h"
#include "cli/command_ask_output.h"
#include "cli/commands.h"
#include "cli/source_file.h"
#include "cli/terminal.h"
#include "fanout/fanout.h"
#include "fanout/serve.h"

namespace braid::cli {
namespace {

std::atomic<int> interrupts{0};
std::atomic<fanout::Transport*> wire{nullptr};

void on_signal(int) {
  ++interrupts;
  if (fanout::Transport* transport = wire.load()) transport->wake();
}

// SIGINT, SIGTERM and SIGHUP count while this lives.
class Signals {
 public:
  Signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    // A server that hangs up and a file that may not grow are errors of one call or write.
    for (std::size_t i = 0; i < std::size(kIgnored); ++i) {
      ::sigaction(kIgnored[i], &ignore, &ignored_before_[i]);
    }
    for (std::size_t i = 0; i < std::size(kSignals); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      // What the parent made ignored stays so (nohup).
      if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~Signals() {
    for (std::size_t i = 0; i < std::size(kSignals); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
    for (std::size_t i = 0; i < std::size(kIgnored); ++i) {
      ::sigaction(kIgnored[i], &ignored_before_[i], nullptr);
    }
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  static constexpr int kIgnored[] = {SIGPIPE, SIGXFSZ};
  struct sigaction before_[3] = {};
  struct sigaction ignored_before_[2] = {};
};

// One line on the terminal that is written over.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : is_shown_(shown) {}
  void show(const fanout::Progress& progress) {
    if (!is_shown_) return;
    (void)write_all(STDERR_FILENO, "\r\x1b[K" + progress_text(progress));
    has_line_ = true;
  }
  void clear() {
    if (has_line_) (void)write_all(STDERR_FILENO, "\r\x1b[K");
    has_line_ = false;
  }

 private:
  bool is_shown_;
  bool has_line_ = false;
};

int show_journal(const std::string& path) {
  const auto text = journal_text(path);
  return text ? print(*text, 0) : fail(text.error().message);
}

int show_plan(const AskOptions& options, const fanout::Workflow& workflow) {
  const fanout::Plan plan = fanout::plan_of(workflow);
  if (options.stats) {
    const auto written = write_file(*options.stats, fanout::plan_json(plan), std::nullopt);
    if (!written) return fail(written.error().message);
  }
  return print(options.graph ? fanout::plan_svg(plan, workflow) : fanout::plan_text(plan, workflow),
               0);
}

// The files beside the result; a failure to write one is said and does not undo the others.
bool write_records(const AskOptions& options, const fanout::Outcome& outcome,
                   const fanout::Workflow& workflow) {
  bool fine = true;
  const auto write = [&](const std::optional<std::string>& path, const Fill& fill) {
    if (!path) return;
    const auto written = write_file(*path, fill, std::nullopt);
    if (!written) complain(written.error().message);
    fine = fine && written.has_value();
  };
  write(options.parts_file, [&](int file) { return write_rows(file, outcome); });
  write(options.stats, [&](int file) { return write_all(file, stats_text(outcome)); });
  write(options.report,
        [&](int file) { return write_all(file, fanout::report_html(outcome, workflow)); });
  return fine;
}

// Nothing is paid for that could not be kept.
Result<void> check_outputs(const Options& options) {
  const AskOptions& asked = options.ask;
  for (const auto& path : {options.output, asked.parts_file, asked.stats, asked.report}) {
    if (!path || *path == "-") continue;
    if (auto fine = may_write(*path); !fine) return fine;
  }
  return {};
}

// The result to its file or to stdout; to stdout also when the file cannot be written after all.
bool write_output(const Options& options, const fanout::Text& text) {
  const auto write = [&](int file) { return write_text(file, text); };
  const auto print_it = [&] {
    const auto written = write(STDOUT_FILENO);
    if (!written) complain("cannot write to stdout: " + written.error().message);
    return written.has_value();
  };
  if (!options.output || *options.output == "-") return print_it();
  const auto saved = write_file(*options.output, write, std::nullopt);
  if (saved) return true;
  complain(saved.error().message + "; the result goes to stdout");
  (void)print_it();
  return false;
}

}  // namespace

int ask(const Options& options) {
  const AskOptions& asked = options.ask;
  if (asked.words.size() == 2) return show_journal(asked.words[1]);
  if (asked.serve) return fanout::serve(STDIN_FILENO, STDOUT_FILENO);
  ::signal(SIGXFSZ, SIG_IGN);  // what may not grow in a file stays in memory
  auto workflow = workflow_of(options);
  if (!workflow) return fail(workflow.error().message);
  if (const auto valid = fanout::validate(*workflow); !valid) return fail(valid.error().message);
  if (asked.words.size() == 1 && asked.words[0].ends_with(".toml") && workflow->path.empty()) {
    complain(asked.words[0] + " is no file, so these words are the prompt");
  }
  if (asked.dry_run || asked.graph) return show_plan(asked, *workflow);
  if (const auto fine = check_outputs(options); !fine) return fail(fine.error().message);

  const bool shows_progress = !asked.quiet && ::isatty(STDERR_FILENO) != 0;
  ProgressLine line(shows_progress);
  fanout::RunHooks hooks;
  hooks.interrupts = &interrupts;
  hooks.on_open = [](fanout::Transport& transport) { wire.store(&transport); };
  hooks.on_close = [] { wire.store(nullptr); };
  if (shows_progress) {
    hooks.on_progress = [&](const fanout::Progress& progress) { line.show(progress); };
  }
  hooks.on_note = [&](const std::string& note) {
    line.clear();
    complain(note);
  };
  const auto outcome = [&] {
    const Signals signals;
    return fanout::run(*workflow, hooks);
  }();
  line.clear();
  if (!outcome) return fail(outcome.error().message);

  bool written = write_records(asked, *outcome, *workflow);
  if (!asked.quiet) (void)write_all(STDERR_FILENO, summary_text(*outcome));
  if (outcome->status != 0 && !outcome->failure.empty()) complain(outcome->failure);
  if (outcome->output) written = write_output(options, *outcome->output) && written;
  return outcome->status == 0 && !written ? 1 : outcome->status;
}

}  // namespace braid::cli
