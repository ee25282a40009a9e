#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/source_file.h"

namespace braid::cli {

report::Style style_of(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool wanted = (no_colour == nullptr || *no_colour == '\0') &&
                      (terminal == nullptr || std::string_view(terminal) != "dumb");
  return {wanted && ::isatty(descriptor) != 0};
}

int print(std::string_view text, int status) {
  if (auto written = write_all(STDOUT_FILENO, text); !written) {
    return fail(fmt::format("cannot write to stdout: {}", written.error().message));
  }
  return status;
}

void complain(std::string_view message) {
  (void)write_all(STDERR_FILENO, fmt::format("braid: {}\n", message));
}

int fail(std::string_view message) {
  complain(message);
  return 2;
}

}  // namespace braid::cli
