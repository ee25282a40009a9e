#include "verify/baseline.h"

#include <sys/wait.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <memory>

namespace braid::verify {
namespace {

constexpr std::size_t kShownFiles = 20;

std::string status_text(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return std::string("ended by signal ") + std::to_string(WTERMSIG(wait_status)) + " (" +
           ::strsignal(WTERMSIG(wait_status)) + ")";
  }
  return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

std::string exception_text(const Record& record) {
  if (!record.exception) return "none";
  return record.exception->message.empty()
             ? record.exception->type
             : record.exception->type + ": " + record.exception->message;
}

// Addresses of objects say nothing.
std::string without_addresses(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("0x")) {
      std::size_t end = i + 2;
      while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end]))) ++end;
      if (end - i >= 8) {
        result += "0x…";
        i = end;
        continue;
      }
    }
    result += text[i++];
  }
  return result;
}

// The lines of stderr that count, whatever their order: without tracebacks, whose frames differ,
// and with every number masked, since lines of the script move.
std::map<std::string, int> error_lines(std::string_view text) {
  std::map<std::string, int> lines;
  bool in_traceback = false;
  std::string line;
  auto add = [&](const std::string& raw) {
    if (raw.starts_with("Traceback (most recent call last)")) {
      in_traceback = true;
      return;
    }
    if (in_traceback && (raw.starts_with(" ") || raw.empty())) return;
    in_traceback = false;
    std::string masked;
    for (char c : without_addresses(raw)) {
      if (std::isdigit(static_cast<unsigned char>(c))) c = '#';
      if (c != '#' || masked.empty() || masked.back() != '#') masked += c;
    }
    // The source line that a warning shows.
    if (!masked.empty() && !masked.starts_with("  ")) ++lines[masked];
  };
  for (char c : text) {
    if (c == '\n' || c == '\r') {
      add(line);
      line.clear();
    } else {
      line += c;
    }
  }
  add(line);
  return lines;
}

std::string describe(const FileState& state) {
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", state.mode);
  switch (state.kind) {
    case FileState::Kind::absent:
      return "does not exist";
    case FileState::Kind::file:
      return "is a file of " + std::to_string(state.size) + " bytes, mode " + mode;
    case FileState::Kind::directory:
      return std::string("is a folder, mode ") + mode;
    case FileState::Kind::symlink:
      return "is a link to " + state.digest;
    case FileState::Kind::other:
      return std::string("is a special file, mode ") + mode;
  }
  return {};
}

std::string file_difference(const FileState& before, const FileState& after) {
  if (before.kind == FileState::Kind::file && after.kind == FileState::Kind::file) {
    if (before.digest != after.digest || before.size != after.size) {
      if (before.content && after.content) {
        return show_difference(*before.content, *after.content, "original", "rewritten");
      }
      return "the contents differ (" + std::to_string(before.size) + " and " +
             std::to_string(after.size) + " bytes)\n";
    }
  }
  return "original: " + describe(before) + "\nrewritten: " + describe(after) + "\n";
}

std::multiset<std::string> contents_of(const std::set<std::string>& paths,
                                       const FileChanges& files) {
  std::multiset<std::string> contents;
  for (const std::string& path : paths) {
    const FileState& state = files.at(path);
    contents.insert(path.substr(0, path.rfind('/')) + describe(state) + state.digest);
  }
  return contents;
}

}  // namespace

std::string Baseline::shown(const std::string& path) const {
  const std::string& folder = by_.working_directory;
  if (folder != "/" && path.size() > folder.size() + 1 && path.starts_with(folder) &&
      path[folder.size()] == '/') {
    return path.substr(folder.size() + 1);
  }
  return path;
}

bool Baseline::in_temporary_folder(const std::string& path) const {
  auto is_below = [&](const std::string& folder) {
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
  };
  return std::ranges::any_of(by_.temporary_folders, is_below) && !is_below(by_.working_directory) &&
         !is_below(by_.script_folder);
}

std::set<std::string> Baseline::nameless(const Observation& run) const {
  std::set<std::string> paths;
  for (const auto& [path, state] : run.result.files) {
    if (state.kind == FileState::Kind::absent || !in_temporary_folder(path)) continue;
    bool everywhere = std::ranges::all_of(originals_, [&](const Observation& original) {
      return original.result.files.contains(path);
    });
    if (!everywhere && state_on_disk(path).kind == FileState::Kind::absent) paths.insert(path);
  }
  return paths;
}

StableText Baseline::stable_output() const {
  std::vector<std::string_view> texts;
  for (const Observation& original : originals_) texts.push_back(original.result.out.kept);
  return StableText(texts);
}

std::vector<Difference> Baseline::compare(const Observation& other) const {
  std::vector<Difference> found;
  compare_endings(other, found);
  compare_output(other, found);
  compare_files(other, found);
  if (by_.names) compare_names(other, found);
  compare_errors(other, found);
  return found;
}

void Baseline::compare_endings(const Observation& other, std::vector<Difference>& found) const {
  const Observation& first = originals_.front();
  if (other.result.ending.timed_out) {
    char limit[64];
    std::snprintf(limit, sizeof limit, "had not ended after %.0f s", other.result.ending.wall_s);
    found.push_back({Difference::What::status, "",
                     "original: " + status_text(first.result.ending.wait_status) +
                         "\nrewritten: " + limit + "\n"});
    return;  // what it would have written later is not known
  }
  std::vector<std::string_view> exceptions;
  std::vector<std::string> texts;
  for (const Observation& original : originals_) {
    texts.push_back(without_addresses(exception_text(original.record)));
  }
  for (const std::string& text : texts) exceptions.emplace_back(text);
  if (!StableText(exceptions).agrees(without_addresses(exception_text(other.record)))) {
    found.push_back({Difference::What::exception, "",
                     "original: " + exception_text(first.record) +
                         "\nrewritten: " + exception_text(other.record) + "\n"});
  }
  bool known = std::ranges::any_of(originals_, [&](const Observation& original) {
    return original.result.ending.wait_status == other.result.ending.wait_status;
  });
  if (!known) {
    found.push_back({Difference::What::status, "",
                     "original: " + status_text(first.result.ending.wait_status) +
                         "\nrewritten: " + status_text(other.result.ending.wait_status) + "\n"});
  }
}

void Baseline::compare_output(const Observation& other, std::vector<Difference>& found) const {
  if (other.result.ending.timed_out) return;
  const Stream& out = other.result.out;
  const Stream& first = originals_.front().result.out;
  bool whole = out.is_whole() && std::ranges::all_of(originals_, [](const Observation& original) {
                 return original.result.out.is_whole();
               });
  if (whole) {
    if (stable_output().agrees(out.kept)) return;
    found.push_back({Difference::What::out, "",
                     show_difference(first.kept, out.kept, "original", "rewritten")});
    return;
  }
  bool stable = std::ranges::all_of(
      originals_, [&](const Observation& original) { return original.result.out == first; });
  if (!stable || out == first) return;
  std::string diff =
      first.kept == out.kept
          ? "differs after the first " + std::to_string(first.kept.size()) + " bytes\n"
          : show_difference(first.kept, out.kept, "original", "rewritten");
  found.push_back({Difference::What::out, "", std::move(diff)});
}

void Baseline::compare_errors(const Observation& other, std::vector<Difference>& found) const {
  if (other.result.ending.timed_out || !other.result.err.is_whole()) return;
  // Lines that every original has, and this run has not. More lines may always appear: progress.
  std::map<std::string, int> expected = error_lines(originals_.front().result.err.kept);
  for (const Observation& original : originals_) {
    std::map<std::string, int> lines = error_lines(original.result.err.kept);
    for (auto& [line, count] : expected) {
      auto there = lines.find(line);
      count = std::min(count, there == lines.end() ? 0 : there->second);
    }
  }
  std::map<std::string, int> lines = error_lines(other.result.err.kept);
  std::string missing;
  std::size_t named = 0;
  for (const auto& [line, count] : expected) {
    auto there = lines.find(line);
    if ((there == lines.end() ? 0 : there->second) >= count || ++named > 10) continue;
    missing += "-" + line.substr(0, 400) + "\n";
  }
  if (!missing.empty()) {
    found.push_back({Difference::What::err, "", "missing (numbers shown as #):\n" + missing});
  }
}

void Baseline::compare_files(const Observation& other, std::vector<Difference>& found) const {
  if (other.result.ending.timed_out) return;
  std::vector<const FileChanges*> runs = {&other.result.files};
  for (const Observation& original : originals_) runs.push_back(&original.result.files);
  std::set<std::string> passed_over = nameless(other);
  const std::set<std::string> others = passed_over;
  std::set<std::string> firsts;
  for (const Observation& original : originals_) {
    std::set<std::string> some = nameless(original);
    if (&original == &originals_.front()) firsts = some;
    passed_over.insert(some.begin(), some.end());
  }
  std::size_t shown_files = 0;
  for (const std::string& path : paths_in_question(runs)) {
    if (passed_over.contains(path)) continue;
    FileState after = state_after(other.result.files, path);
    std::vector<FileState> befores;
    for (const Observation& original : originals_) {
      befores.push_back(state_after(original.result.files, path));
    }
    bool known = std::ranges::any_of(
        befores, [&](const FileState& before) { return before.looks_like(after); });
    if (known) continue;
    bool stable = std::ranges::all_of(
        befores, [&](const FileState& before) { return before.looks_like(befores[0]); });
    if (!stable) {
      bool readable = after.content && std::ranges::all_of(befores, [&](const FileState& before) {
                        return before.content.has_value() && before.mode == after.mode;
                      });
      if (!readable) continue;
      std::vector<std::string_view> texts;
      for (const FileState& before : befores) texts.push_back(*before.content);
      if (StableText(texts).agrees(*after.content)) continue;
    }
    if (++shown_files > kShownFiles) break;
    found.push_back({Difference::What::file, shown(path), file_difference(befores[0], after)});
  }
  // Files with names by chance: the same contents, under whatever names.
  if (found.empty()) {
    auto expected = contents_of(firsts, originals_.front().result.files);
    bool stable = std::ranges::all_of(originals_, [&](const Observation& original) {
      return contents_of(nameless(original), original.result.files) == expected;
    });
    if (stable && contents_of(others, other.result.files) != expected) {
      found.push_back({Difference::What::file, others.empty() ? *firsts.begin() : *others.begin(),
                       "the temporary files left behind differ: " + std::to_string(firsts.size()) +
                           " and " + std::to_string(others.size()) + "\n"});
    }
  }
}

void Baseline::compare_names(const Observation& other, std::vector<Difference>& found) const {
  for (const auto& [name, value] : originals_.front().record.names) {
    auto there = other.record.names.find(name);
    if (there == other.record.names.end() || there->second == value) continue;
    bool stable = std::ranges::all_of(originals_, [&](const Observation& original) {
      auto again = original.record.names.find(name);
      return again != original.record.names.end() && again->second == value;
    });
    if (!stable) continue;
    found.push_back({Difference::What::name, name,
                     "original: " + value + "\nrewritten: " + there->second + "\n"});
  }
}

std::vector<std::string> Baseline::set_aside() const {
  std::vector<std::string> phrases;
  const Observation& first = originals_.front();
  std::vector<std::string> exceptions;
  for (const Observation& original : originals_) {
    if (original.result.ending.wait_status != first.result.ending.wait_status) {
      phrases.push_back("the exit status");
      break;
    }
  }
  for (const Observation& original : originals_) {
    if (without_addresses(exception_text(original.record)) !=
        without_addresses(exception_text(first.record))) {
      phrases.push_back("the exception");
      break;
    }
  }
  for (const Observation& original : originals_) {
    if (original.result.out == first.result.out) continue;
    StableText stable = stable_output();
    phrases.push_back(stable.is_stable() ? "stdout" : "stdout: " + stable.varying());
    break;
  }
  std::vector<const FileChanges*> runs;
  std::set<std::string> passed_over;
  for (const Observation& original : originals_) {
    runs.push_back(&original.result.files);
    std::set<std::string> some = nameless(original);
    passed_over.insert(some.begin(), some.end());
  }
  for (const std::string& path : paths_in_question(runs)) {
    if (passed_over.contains(path)) continue;
    FileState before = state_after(first.result.files, path);
    for (const Observation& original : originals_) {
      FileState again = state_after(original.result.files, path);
      if (again.looks_like(before)) continue;
      std::string phrase = shown(path);
      if (before.content && again.content && before.mode == again.mode) {
        phrase += ": " + StableText({*before.content, *again.content}).varying();
      }
      phrases.push_back(std::move(phrase));
      break;
    }
  }
  return phrases;
}

}  // namespace braid::verify
