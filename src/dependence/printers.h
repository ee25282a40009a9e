// Functions of the file that print, and that a worker can tell where to: each gets one more
// parameter, and each call of it one more argument.
#pragma once

#include "dependence/dependence.h"

namespace braid::dependence {

// `print(…)` with nothing but what a text of its own takes as well as standard output does.
bool is_plain_print(const effects::Program& program, ModuleId module, NodeId call);
// The constant that `flush` has in a plain print.
bool flushes(const effects::Program& program, ModuleId module, NodeId print);

struct Printers {
  std::vector<Printer> all{};
  std::map<NodeId, NodeId> at{};  // calls of them in the loop and in themselves, and of which
  std::string problem{};          // which of them cannot be told, and why: "`log` is decorated"
};

// Those that an iteration may enter; none, if only one of them cannot be told.
Printers find_printers(const effects::Program& program, const effects::Effects& effects,
                       const Site& site, const effects::LoopTrace& trace);
}  // namespace braid::dependence
