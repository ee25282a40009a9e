// Threads that the interpreter makes exit once it has ended, when they ask for the GIL: by
// unwinding their stacks.
#pragma once

#include <cxxabi.h>
#include <unistd.h>

namespace braid::python {

// Calls `act`, which may ask for the GIL. What lies below on the stack must not be unwound without
// it; such a thread stays where it is, and the process is gone in a moment.
template <class Act>
void stay_at_exit(const Act& act) {
  try {
    act();
  } catch (const abi::__forced_unwind&) {
    for (;;) pause();
  }
}

}  // namespace braid::python
