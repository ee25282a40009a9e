// cli: the door. Reads files and settings, calls the rooms in order, prints, and ends with the exit
// status that is the contract of each command.
//
// In: the command line. Out: an exit status; 2 for usage and unreadable input, with a message on
// stderr that begins with `braid:`. Nothing is written but what a command is asked to write, and
// that atomically.
#pragma once

namespace braid::cli {

int run(int argc, char** argv);

}  // namespace braid::cli
