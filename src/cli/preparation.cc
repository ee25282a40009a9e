#include "cli/preparation.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/modules.h"
#include "cli/terminal.h"
#include "report/report.h"

namespace braid::cli {
namespace {

using diagnostics::Code;
using diagnostics::emit;

std::string syntax_message(const Analysis& analysis) {
  const Source& source = *analysis.file.source;
  const report::FileError first =
      report::describe_problem(analysis.problems[0], source, source.path());
  std::string text =
      fmt::format("{} is not Python: {}", source.path() == "-" ? "stdin" : source.path(),
                  report::to_text(first, {}));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Wishes make_wishes(const Options& options, const Settings& settings,
                   const std::optional<Interpreter>& interpreter) {
  Wishes wishes;
  wishes.backend = options.backend;
  wishes.accepted.ids = settings.assume;
  wishes.accepted.all = settings.assume_all;
  for (const std::string& id : options.assume) {
    if (id == "all") {
      wishes.accepted.all = true;
    } else {
      wishes.accepted.ids.push_back(id);
    }
  }
  wishes.costs.processors = processors();
  wishes.rewrite.workers = options.workers;
  wishes.rewrite.progress = options.progress;
  const rewrite::Dialect usual =
      options.command == Command::run ? rewrite::Dialect::braid : rewrite::Dialect::stdlib;
  wishes.rewrite.dialect = options.emit.value_or(usual);
  if (options.target) {
    wishes.rewrite.target = *options.target;
  } else if (settings.requires_python) {
    wishes.rewrite.target = *settings.requires_python;
  } else if (interpreter && interpreter->version) {
    wishes.rewrite.target = *interpreter->version;
  }
  return wishes;
}

Result<Prepared> prepare(const Options& options) {
  std::expected<SourceFile, FileProblem> file = read_source(options.script);
  if (!file) return std::unexpected(Error{file.error().message});
  Result<Interpreter> interpreter = find_interpreter(options.python);
  if (!interpreter) return std::unexpected(interpreter.error());
  const std::filesystem::path folder = folder_of(options.script);
  Result<Settings> settings = read_settings(folder);
  if (!settings) return std::unexpected(settings.error());
  Result<effects::Knowledge> knowledge = make_knowledge(*settings);
  if (!knowledge) return std::unexpected(knowledge.error());
  Wishes wishes = make_wishes(options, *settings, *interpreter);
  wishes.in_memory = options.command == Command::run;
  LocalFiles files;
  if (wishes.rewrite.dialect != rewrite::Dialect::stdlib) {
    const std::string package =
        wishes.rewrite.dialect == rewrite::Dialect::joblib ? "joblib" : "braid";
    const std::string shadow = find_file_shadowing(package, folder, files.names);
    if (!shadow.empty()) {
      wishes.rewrite.dialect = rewrite::Dialect::stdlib;
      complain(fmt::format("concurrent.futures is used: `import {}` would run the file {}", package,
                           shadow));
    }
  }
  Analysis analysis = analyse(std::move(*file), folder, files, *knowledge, wishes);
  if (!analysis.problems.empty()) return std::unexpected(Error{syntax_message(analysis)});
  if (auto lines = check_lines(analysis, options.only); !lines)
    return std::unexpected(lines.error());
  return Prepared{std::move(*settings), std::move(*interpreter), std::move(wishes),
                  std::move(*knowledge), std::move(analysis)};
}

Result<void> check_lines(const Analysis& analysis, const std::vector<std::uint32_t>& lines) {
  const Source& source = *analysis.file.source;
  std::vector<std::uint32_t> known;
  for (const SiteAnswer& site : analysis.sites)
    known.push_back(source.position(analysis.tree().span(site.site.node).begin).line);
  for (const std::uint32_t line : lines) {
    if (std::find(known.begin(), known.end(), line) != known.end()) continue;
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    std::stable_sort(known.begin(), known.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::max(a, line) - std::min(a, line) < std::max(b, line) - std::min(b, line);
    });
    std::string nearest;
    for (std::size_t i = 0; i < std::min<std::size_t>(known.size(), 3); ++i) {
      nearest += fmt::format("{}line {}", i == 0 ? "" : ", ", known[i]);
    }
    if (nearest.empty()) nearest = "nowhere: there is none in this file";
    return std::unexpected(
        Error{emit<Code::site_not_found>({}, std::to_string(line), nearest).message});
  }
  return {};
}

}  // namespace braid::cli
