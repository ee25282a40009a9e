#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/preparation.h"
#include "cli/terminal.h"

namespace braid::cli {
namespace {

using diagnostics::Code;

struct Job {
  std::string path;
  bool named = false;  // on the command line, not met in a folder
};

struct Plenty {
  std::vector<Job> jobs;
  report::CheckReport report;
  bool failed = false;  // something named could not be used
};

void add_folder(const std::string& path, Plenty& plenty, std::set<std::string>& seen) {
  FolderContents contents = python_files(path);
  for (auto& [folder, why] : contents.unreadable) {
    const bool named = folder == path;
    plenty.failed |= named;
    plenty.report.errors.push_back(
        {folder,
         {},
         Code::unreadable_file,
         diagnostics::emit<Code::unreadable_file>({}, folder, why).message,
         std::nullopt});
  }
  for (std::string& file : contents.files) {
    if (seen.insert(file).second) plenty.jobs.push_back({std::move(file), false});
  }
}

Plenty find_jobs(const std::vector<std::string>& paths) {
  Plenty plenty;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored)) {
      add_folder(path, plenty, seen);
    } else if (seen.insert(path).second) {
      plenty.jobs.push_back({path, true});
    }
  }
  return plenty;
}

// Settings of folders, read once each; shared by the threads.
class SettingsCache {
 public:
  const Result<Settings>& of(const std::filesystem::path& folder) {
    const std::scoped_lock lock(mutex_);
    auto found = by_folder_.find(folder.string());
    if (found == by_folder_.end())
      found = by_folder_.emplace(folder.string(), read_settings(folder)).first;
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Result<Settings>> by_folder_;  // nodes do not move
};

class Checker {
 public:
  Checker(const Options& options, Plenty& plenty, std::optional<Interpreter> interpreter)
      : options_(options), plenty_(plenty), interpreter_(std::move(interpreter)) {}

  void run() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 16);  // large blocks go back as they are freed
#endif
    std::vector<std::thread> threads;
    const auto count =
        std::min<std::size_t>(static_cast<std::size_t>(processors()), plenty_.jobs.size());
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
  }

 private:
  // Knowledge reads its rows when they are first asked for, so each thread has its own.
  using OwnKnowledge = std::map<std::string, Result<effects::Knowledge>>;

  void work() {
    OwnKnowledge knowledge;
    for (std::size_t i = next_++; i < plenty_.jobs.size(); i = next_++) {
      check_file(plenty_.jobs[i], knowledge);
      give_back_memory();
    }
  }

  // What an intricate file took would stay with the process, and the next one would take more.
  void give_back_memory() {
#ifdef __GLIBC__
    constexpr std::int64_t kPause = 250;  // milliseconds: giving back takes time, too
    const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count();
    std::int64_t last = given_back_;
    if (now - last >= kPause && given_back_.compare_exchange_strong(last, now)) malloc_trim(0);
#endif
  }

  void check_file(const Job& job, OwnKnowledge& own) {
    std::expected<SourceFile, FileProblem> file = read_source(job.path);
    if (!file)
      return add_error({job.path, {}, file.error().code, file.error().message, std::nullopt},
                       job.named);
    const std::filesystem::path folder = folder_of(job.path);
    const Result<Settings>& settings = settings_.of(folder);
    if (!settings) return add_setting_error(settings.error());
    auto knowledge = own.find(settings->path);
    if (knowledge == own.end())
      knowledge = own.emplace(settings->path, make_knowledge(*settings)).first;
    if (!knowledge->second) return add_setting_error(knowledge->second.error());
    const Wishes wishes = make_wishes(options_, *settings, interpreter_);
    const Analysis analysis = analyse(std::move(*file), folder, files_, *knowledge->second, wishes);
    add(analysis, job);
  }

  void add(const Analysis& analysis, const Job& job) {
    std::vector<report::SiteReport> sites;
    for (const SiteAnswer& site : analysis.sites) {
      sites.push_back(
          report::describe(analysis.program, site.site, site.decision, site.accepted, job.path));
    }
    const std::scoped_lock lock(mutex_);
    ++plenty_.report.files;
    for (const diagnostics::Diagnostic& problem : analysis.problems) {
      plenty_.report.errors.push_back(
          report::describe_problem(problem, *analysis.file.source, job.path));
      plenty_.failed |= job.named;
    }
    std::move(sites.begin(), sites.end(), std::back_inserter(plenty_.report.sites));
  }

  void add_error(report::FileError error, bool named) {
    const std::scoped_lock lock(mutex_);
    plenty_.report.errors.push_back(std::move(error));
    plenty_.failed |= named;
  }

  // Once for each pyproject.toml, not for each of its files.
  void add_setting_error(const Error& error) {
    const std::scoped_lock lock(mutex_);
    plenty_.failed = true;
    if (!settings_told_.insert(error.message).second) return;
    const std::string path = error.message.substr(0, error.message.find(": "));
    plenty_.report.errors.push_back(
        {path, {}, Code::bad_configuration, error.message, std::nullopt});
  }

  const Options& options_;
  Plenty& plenty_;
  std::optional<Interpreter> interpreter_;
  SettingsCache settings_;
  LocalFiles files_;
  std::set<std::string> settings_told_;
  std::mutex mutex_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::int64_t> given_back_ = 0;  // when memory was, in milliseconds
};

}  // namespace

int check(const Options& options) {
  std::optional<Interpreter> interpreter;
  if (Result<Interpreter> found = find_interpreter(options.python)) {
    interpreter = std::move(*found);
  } else if (options.python) {
    return fail(found.error().message);
  }
  Plenty plenty = find_jobs(options.paths);
  Checker(options, plenty, std::move(interpreter)).run();
  report::CheckReport& report = plenty.report;
  const auto order = [](const auto& a, const auto& b) {
    return std::tie(a.path, a.position) < std::tie(b.path, b.position);
  };
  std::stable_sort(report.sites.begin(), report.sites.end(), order);
  std::stable_sort(report.errors.begin(), report.errors.end(), order);
  const std::string text =
      options.format == Output::json ? to_json(report) : to_text(report, style_of(STDOUT_FILENO));
  const bool something = std::any_of(report.sites.begin(), report.sites.end(),
                                     [](const auto& site) { return site.accepted; });
  return print(text, plenty.failed ? 2 : options.exit_code && something ? 1 : 0);
}

}  // namespace braid::cli
