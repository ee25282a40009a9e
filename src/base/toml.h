// toml: toml++, set up once for all rooms. A file that is broken is an answer with a line in it,
// never an exception and never the end of the program.
#pragma once

#define TOML_EXCEPTIONS 0
// It asserts what some broken files do not keep to (`[`, an empty line, a key); the code behind the
// assertion then finds the error and says so.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
