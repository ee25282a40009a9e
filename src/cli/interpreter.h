// Which Python a script is for, and what it is. Looking at it starts nothing; compiling a text
// does.
#pragma once

#include <optional>
#include <string>

#include "rewrite/rewrite.h"

namespace braid::cli {

struct Interpreter {
  std::string path;
  // From pyvenv.cfg, the name that links lead to, or what an earlier start left in the cache.
  std::optional<rewrite::PythonVersion> version;
};

// `asked`: --python. Else the environment that Braid is installed in, else $VIRTUAL_ENV, else the
// PATH. Error: there is none, or it is older than 3.9.
Result<Interpreter> find_interpreter(const std::optional<std::string>& asked);

// Starts the interpreter and lets it compile the text (bytes of a source file). Error: its message,
// or that it cannot be started. Its version goes to the cache.
struct Compiled {
  rewrite::PythonVersion version;
  std::string complaint;  // empty: it compiles
};
Result<Compiled> compile_with(const Interpreter& interpreter, std::string_view bytes,
                              const std::string& name);

// Starts the interpreter and lets it import the package (`braid` or `joblib`), as new as emitted
// text needs it. Error: it cannot be started.
Result<bool> has_package(const Interpreter& interpreter, std::string_view name);

// CPUs that this process may use: affinity, and the quota of its control group.
int processors();

}  // namespace braid::cli
