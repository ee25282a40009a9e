// Futures: filled, and waited for, without a lock where nobody has asked for one.
//
// braid's Future makes its condition when somebody first asks for that, and is `_watched` from then
// on. Before, nobody can be in the midst of changing it, so that what is done here while the GIL is
// held is done in one go. Afterwards the methods of concurrent.futures do it.
//
// Who waits for the result of one future sleeps here until call_waiting(); a worker that is about
// to let go of the GIL calls only then, so that the GIL is free when the other comes.
#pragma once

#include "runtime/parker.h"

#include <Python.h>
#include <nanobind/nanobind.h>
#include <memory>

namespace braid::python {

[[nodiscard]] bool is_watched(nanobind::handle future);
// From pending to running; false when it was cancelled. Throws what concurrent.futures raises.
bool begin(nanobind::handle future);
// Its result or exception, where it is not watched; false, with nothing that anybody sees changed,
// where it is.
bool fill_unwatched(nanobind::handle future, nanobind::handle result);
bool fail_unwatched(nanobind::handle future, nanobind::handle error);
// Its result in any case.
void complete(nanobind::handle future, nanobind::handle result);

// Waits until the future is done or cancelled, at most `timeout_s` (negative: for ever). Throws
// what signal handlers raise.
void await_done(nanobind::handle future, double timeout_s);
// Whoever waits for it looks again.
void call_waiting(nanobind::handle future);
// One who waits for it, for whoever wants to call later; the others are called now.
std::shared_ptr<runtime::Parker> take_waiting(nanobind::handle future);
// Threads that have let go of the GIL to wait for a future: it is likely to be free.
[[nodiscard]] bool is_gil_offered();
// In a fork: who waits there is not here.
void forget_waiting();

}  // namespace braid::python
