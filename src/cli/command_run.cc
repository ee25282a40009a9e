#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "cli/commands.h"
#include "cli/preparation.h"
#include "cli/terminal.h"
#include "verify/verify.h"

namespace braid::cli {
namespace {

// The rewritten text and its lines, or nothing: then the original runs.
Result<verify::RunRequest> rewritten_request(const Options& options, verify::RunRequest request) {
  Result<Prepared> prepared = prepare(options);
  if (!prepared) return std::unexpected(prepared.error());
  const Analysis& analysis = prepared->analysis;
  Rewriting rewriting = rewrite_sites(analysis, options.only, prepared->wishes);
  if (rewriting.package == "joblib") {
    const Result<bool> has = has_package(prepared->interpreter, rewriting.package);
    if (has && !*has) {
      complain(
          "this interpreter has no package `joblib` (1.3 or later): the script runs on "
          "concurrent.futures");
      prepared->wishes.rewrite.dialect = rewrite::Dialect::stdlib;
      rewriting = rewrite_sites(analysis, options.only, prepared->wishes);
    }
  }
  if (rewriting.edits.empty()) return request;
  Result<std::string> bytes = encode(rewriting.text, analysis.file.encoding);
  if (!bytes) return std::unexpected(bytes.error());
  request.rewritten_text = std::move(*bytes);
  request.original_line = rewrite::line_map(*analysis.file.source, rewriting.edits);
  Wishes wishes = prepared->wishes;
  if (wishes.rewrite.dialect != rewrite::Dialect::braid) return request;
  wishes.rewrite.dialect = rewrite::Dialect::stdlib;
  const Rewriting other = rewrite_sites(analysis, options.only, wishes);
  if (other.text == rewriting.text) return request;
  bytes = encode(other.text, analysis.file.encoding);
  if (!bytes) return std::unexpected(bytes.error());
  request.text_without_package = std::move(*bytes);
  request.original_line_without_package = rewrite::line_map(*analysis.file.source, other.edits);
  return request;
}

}  // namespace

int run_script(const Options& options) {
  struct stat status{};
  if (::stat(options.script.c_str(), &status) != 0) {
    return fail(fmt::format("cannot read {}: {}", options.script, std::strerror(errno)));
  }
  const Result<Interpreter> interpreter = find_interpreter(options.python);
  if (!interpreter) return fail(interpreter.error().message);
  const verify::RunRequest original{
      interpreter->path, options.script, "", options.arguments, {}, {}, {}};
  Result<verify::RunRequest> request = rewritten_request(options, original);
  if (!request) {
    // A wrong --only is wrong usage; everything else is the original's to show.
    if (!options.only.empty()) return fail(request.error().message);
    complain(fmt::format("running {} as it is: {}", options.script, request.error().message));
    request = original;
  }
  return fail(verify::run_script(*request).message);
}

}  // namespace braid::cli
