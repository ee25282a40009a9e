#include "completion.h"

#include "forced_unwind.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace braid::python {

namespace nb = nanobind;
using runtime::Parker;
using runtime::Spin;

namespace {

// A signal may come between the look at its flag and the sleep: it waits no longer than this.
constexpr std::int64_t kLongestSleepNs = 100'000'000;

struct Waiting {
  PyObject* future;  // compared, never looked into
  std::shared_ptr<Parker> parker;
  bool operator==(const Waiting&) const = default;
};

// Under the GIL; never destroyed, since threads may outlive the module.
std::vector<Waiting>& all_waiting() {
  static auto& all = *new std::vector<Waiting>();
  return all;
}

class Entry {
 public:
  Entry(nb::handle future, const std::shared_ptr<Parker>& parker) : own_{future.ptr(), parker} {
    all_waiting().push_back(own_);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() {
    auto& all = all_waiting();
    if (const auto at = std::ranges::find(all, own_); at != all.end()) all.erase(at);
  }

 private:
  Waiting own_;
};

std::atomic<std::uint32_t> gil_offers{0};

PyObject* interned(const char* text) {
  PyObject* made = PyUnicode_InternFromString(text);
  if (made == nullptr) throw nb::python_error();
  return made;
}

struct Names {
  PyObject* watched = interned("_watched");
  PyObject* state = interned("_state");
  PyObject* result = interned("_result");
  PyObject* exception = interned("_exception");
  PyObject* pending = interned("PENDING");
  PyObject* running = interned("RUNNING");
  PyObject* finished = interned("FINISHED");
};

const Names& names() {
  static const Names& all = *new Names();
  return all;
}

nb::object get(nb::handle object, PyObject* name) {
  nb::object found = nb::steal(PyObject_GetAttr(object.ptr(), name));
  if (!found) throw nb::python_error();
  return found;
}

void set(nb::handle object, PyObject* name, nb::handle value) {
  if (PyObject_SetAttr(object.ptr(), name, value.ptr()) != 0) throw nb::python_error();
}

bool is_in_state(nb::handle future, PyObject* state) {
  const nb::object found = get(future, names().state);
  return found.ptr() == state || PyUnicode_Compare(found.ptr(), state) == 0;
}

bool is_done(nb::handle future) {
  return !is_in_state(future, names().pending) && !is_in_state(future, names().running);
}

// Setting `name` may collect garbage, and so run anybody's code: before the look at `_watched`.
// After it, nothing is allocated.
bool finish_unwatched(nb::handle future, PyObject* name, nb::handle value) {
  if (is_watched(future)) return false;
  set(future, name, value);
  if (is_watched(future) || !is_in_state(future, names().running)) return false;
  set(future, names().state, names().finished);
  return true;
}

}  // namespace

bool is_watched(nb::handle future) { return get(future, names().watched).ptr() != Py_False; }

bool begin(nb::handle future) {
  // The state is the object's own before the look at `_watched`; see finish_unwatched().
  if (!is_watched(future)) {
    const nb::object state = get(future, names().state);
    set(future, names().state, state);
  }
  if (!is_watched(future) && is_in_state(future, names().pending)) {
    set(future, names().state, names().running);
    return true;
  }
  return nb::cast<bool>(future.attr("set_running_or_notify_cancel")());
}

bool fill_unwatched(nb::handle future, nb::handle result) {
  return finish_unwatched(future, names().result, result);
}

bool fail_unwatched(nb::handle future, nb::handle error) {
  return finish_unwatched(future, names().exception, error);
}

void complete(nb::handle future, nb::handle result) {
  if (fill_unwatched(future, result)) {
    call_waiting(future);
  } else {
    future.attr("set_result")(result);
  }
}

std::shared_ptr<Parker> take_waiting(nb::handle future) {
  std::shared_ptr<Parker> found;
  for (const Waiting& waiting : all_waiting()) {
    if (waiting.future != future.ptr()) continue;
    if (found != nullptr) found->call();
    found = waiting.parker;
  }
  return found;
}

void call_waiting(nb::handle future) {
  if (const auto parker = take_waiting(future); parker != nullptr) parker->call();
}

bool is_gil_offered() { return gil_offers.load(std::memory_order_acquire) > 0; }

void forget_waiting() {
  all_waiting().clear();
  gil_offers.store(0);
}

void await_done(nb::handle future, double timeout_s) {
  if (is_done(future)) return;
  // A signal handler may wait for another future meanwhile: whoever was called looks again.
  static thread_local Spin spin;
  static thread_local const auto parker = std::make_shared<Parker>();
  const std::int64_t until =
      timeout_s < 0 ? INT64_MAX : runtime::now_ns() + static_cast<std::int64_t>(timeout_s * 1e9);
  const Entry entry(future, parker);
  while (!is_done(future)) {
    const std::int64_t left = until - runtime::now_ns();
    if (left <= 0) return;
    stay_at_exit([&] {
      Py_BEGIN_ALLOW_THREADS;
      gil_offers.fetch_add(1, std::memory_order_release);
      parker->wait(spin, std::min(left, kLongestSleepNs));
      gil_offers.fetch_sub(1, std::memory_order_release);
      Py_END_ALLOW_THREADS;
    });
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

}  // namespace braid::python
