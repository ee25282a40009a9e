// Printing: colour where it is wanted, and every failure to print is one message and status 2.
#pragma once

#include <string_view>

#include "report/report.h"

namespace braid::cli {

// Colour on a terminal, unless NO_COLOR or TERM=dumb say no.
report::Style style_of(int descriptor);

// Returns `status`, or 2 when stdout cannot be written.
int print(std::string_view text, int status);

// "braid: …" on stderr.
void complain(std::string_view message);

// complain(), then 2.
int fail(std::string_view message);

}  // namespace braid::cli
