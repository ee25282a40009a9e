// One function a command; each returns the exit status.
#pragma once

#include "cli/options.h"

namespace braid::cli {

int check(const Options& options);
int fix(const Options& options);
int verify(const Options& options);
int run_script(const Options& options);
int ask(const Options& options);
int explain(const Options& options);
int show(const Options& options);

}  // namespace braid::cli
