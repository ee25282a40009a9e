#include "work_queue.h"

#include "counters.h"
#include "forced_unwind.h"

#include <sched.h>
#include <algorithm>
#include <utility>

namespace braid::python {

namespace nb = nanobind;
using runtime::Parker;

namespace {

constexpr std::int64_t kForEver = -1;
constexpr std::int64_t kTurnNs = 5'000'000;  // as long as the interpreter's own

// The exception that is set, with its traceback.
nb::object take_raised() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return nb::steal(value);
}

}  // namespace

bool WorkQueue::put(nb::object future, nb::object function, nb::object args, nb::object kwargs) {
  works_.push_back({std::move(future), std::move(function), std::move(args), std::move(kwargs)});
  ++unfinished_;
  if (!idle_.empty()) {
    const auto parker = std::move(idle_.back());
    idle_.pop_back();
    parker->call();
  }
  // Works may wait for one another: each has a thread as long as there may be more.
  return threads_ < std::min(unfinished_, most_threads_);
}

void WorkQueue::close() {
  closed_ = true;
  for (const auto& parker : std::exchange(idle_, {})) parker->call();
}

nb::list WorkQueue::take_all() {
  const std::deque<Work> works = std::exchange(works_, {});
  unfinished_ -= static_cast<std::uint32_t>(works.size());
  nb::list futures;
  for (const Work& work : works) futures.append(work.future);
  return futures;
}

void WorkQueue::run() {
  Place place;
  while (await_work(place)) {
    const Work work = std::move(works_.front());
    works_.pop_front();
    counters().items.fetch_add(1, std::memory_order_relaxed);
    run_one(work);
    place.to_call = take_waiting(work.future);
    let_others_in(place);
  }
}

// Whoever put something may hold the GIL until it waits for the result. Asking earlier would only
// mean a sleep, and two more wakings.
void WorkQueue::await_gil(Place& place) {
  if (!place.parker->is_caller_here()) {
    look_for(place.gil_spin, is_gil_offered);
  } else if (!is_gil_offered() && place.gil_spin.begin() > 0) {
    sched_yield();
    place.gil_spin.end(is_gil_offered());
  }
}

bool WorkQueue::await_work(Place& place) {
  while (works_.empty() && !closed_) {
    idle_.push_back(place.parker);
    stay_at_exit([&] {
      Py_BEGIN_ALLOW_THREADS;
      if (place.to_call != nullptr) std::exchange(place.to_call, nullptr)->call();
      place.parker->wait(place.spin, kForEver);
      await_gil(place);
      Py_END_ALLOW_THREADS;
    });
    std::erase(idle_, place.parker);
    place.since_ns = runtime::now_ns();
  }
  if (place.to_call != nullptr) std::exchange(place.to_call, nullptr)->call();
  return !works_.empty();
}

// The interpreter does that between bytecodes, of which functions written in C have none.
void WorkQueue::let_others_in(Place& place) {
  if (runtime::now_ns() - place.since_ns < kTurnNs) return;
  stay_at_exit([] {
    Py_BEGIN_ALLOW_THREADS;
    Py_END_ALLOW_THREADS;
  });
  place.since_ns = runtime::now_ns();
}

void WorkQueue::run_one(const Work& work) {
  bool counted = false;
  try {
    if (begin(work.future)) {
      PyObject* result = nullptr;
      stay_at_exit(
          [&] { result = PyObject_Call(work.function.ptr(), work.args.ptr(), work.kwargs.ptr()); });
      settle(work, nb::steal(result), counted);
    }
  } catch (nb::python_error& error) {
    error.restore();
    PyErr_WriteUnraisable(work.future.ptr());
  }
  if (!counted) finished();
}

// Whoever waits for the result finds this thread free, unless callbacks keep it.
void WorkQueue::settle(const Work& work, const nb::object& result, bool& counted) {
  if (!result) {
    const nb::object error = take_raised();
    if (!fail_unwatched(work.future, error)) work.future.attr("set_exception")(error);
  } else if (!fill_unwatched(work.future, result)) {
    counted = true;
    complete_watched_(work.future, result, nb::find(this));
  }
}

}  // namespace braid::python
