#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "diagnostics/pages.h"

namespace braid::cli {

int explain(const Options& options) {
  const auto code = diagnostics::find_code(options.code);
  if (!code) {
    std::string known;
    for (const diagnostics::CodeInfo& row : diagnostics::all_codes())
      known += fmt::format("\n  {}  {}", diagnostics::label(row.code), row.title);
    return fail(fmt::format("there is no code {}; there are:{}", options.code, known));
  }
  const std::string_view page = diagnostics::page(*code);
  if (!page.empty()) return print(page, 0);
  return print(fmt::format("# {}: {}\n", diagnostics::label(*code), diagnostics::info(*code).title),
               0);
}

}  // namespace braid::cli
