#include "cli/cli.h"

#include <unistd.h>

#include "cli/commands.h"
#include "cli/source_file.h"
#include "cli/terminal.h"

namespace braid::cli {

int run(int argc, char** argv) {
  const std::expected<Options, Answer> options = parse_options(argc, argv);
  if (!options) {
    const Answer& answer = options.error();
    if (answer.status == 0) return print(answer.text, 0);
    (void)write_all(STDERR_FILENO, answer.text);
    return answer.status;
  }
  switch (options->command) {
    case Command::check:
      return check(*options);
    case Command::fix:
      return fix(*options);
    case Command::verify:
      return verify(*options);
    case Command::run:
      return run_script(*options);
    case Command::ask:
      return ask(*options);
    case Command::explain:
      return explain(*options);
    case Command::show:
      return show(*options);
    case Command::completion:
      return print(completion_script(options->shell), 0);
  }
  return 2;
}

}  // namespace braid::cli
