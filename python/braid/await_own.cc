// The way of a result to the one thread that waits for it, without another thread between.
//
// From the look at the answer to the filled future no bytecode runs but what unpickling needs, so
// that Ctrl-C finds the answer either in its ring or in its future.

#include "completion.h"
#include "counters.h"
#include "forced_unwind.h"
#include "parent.h"

#include "runtime/futex.h"

#include <algorithm>

namespace braid::python {

namespace nb = nanobind;
using runtime::Answer;
using runtime::Kind;

namespace {

// A signal may come between the look at its flag and the sleep: it waits no longer than this.
constexpr std::int64_t kLongestSleepNs = 100'000'000;

class CallerPlace {
 public:
  explicit CallerPlace(runtime::Pool& pool) : pool_(pool), entered_(pool.enter_caller()) {}
  CallerPlace(const CallerPlace&) = delete;
  CallerPlace& operator=(const CallerPlace&) = delete;
  ~CallerPlace() {
    if (entered_) pool_.leave_caller();
  }
  [[nodiscard]] bool is_entered() const { return entered_; }

 private:
  runtime::Pool& pool_;
  bool entered_;
};

// Held without waiting, or not at all.
class HeldLock {
 public:
  explicit HeldLock(nb::object lock)
      : lock_(std::move(lock)), held_(nb::cast<bool>(lock_.attr("acquire")(false))) {}
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() {
    if (held_) Py_XDECREF(PyObject_CallMethod(lock_.ptr(), "release", nullptr));
  }
  [[nodiscard]] bool is_held() const { return held_; }

 private:
  nb::object lock_;
  bool held_;
};

bool is_empty(nb::handle object, const char* name) {
  return nb::len(nb::object(object.attr(name))) == 0;
}

// Fills a future that nobody else waits for; false, with nothing changed, when somebody does.
bool fill(nb::handle future, nb::handle result) {
  try {
    if (fill_unwatched(future, result)) {
      call_waiting(future);
      return true;
    }
    const nb::object condition = future.attr("_condition");
    const HeldLock lock(condition.attr("_lock"));
    if (!lock.is_held() || !is_empty(condition, "_waiters") || !is_empty(future, "_waiters") ||
        !is_empty(future, "_done_callbacks") ||
        PyUnicode_CompareWithASCIIString(nb::object(future.attr("_state")).ptr(), "RUNNING") != 0) {
      return false;
    }
    future.attr("_result") = result;
    future.attr("_state") = "FINISHED";
    call_waiting(future);
    return true;
  } catch (const nb::python_error&) {
    return false;
  }
}

void sleep_as_caller(runtime::Pool& pool, std::uint32_t nudges, std::int64_t sleep_ns) {
  stay_at_exit([&] {
    Py_BEGIN_ALLOW_THREADS;
    pool.wait_as_caller(nudges, sleep_ns);
    Py_END_ALLOW_THREADS;
  });
}

}  // namespace

// Whether the future has got its result and `running` has lost it. Otherwise all is as it was, and
// an exception is set if it is one that must not be held up.
bool ParentPool::hand_over(const Answer& answer, nb::dict& running, nb::handle future) {
  if (answer.kind != Kind::result) return false;
  if (!in_process_ && block_of(answer.bytes).bytes > 0) return false;
  const nb::object result = nb::steal(decode_answer(answer));
  if (!result) {
    // Whoever polls meets it again, and says so.
    if (PyErr_ExceptionMatches(PyExc_Exception) != 0) PyErr_Clear();
    return false;
  }
  const nb::int_ number(answer.index);
  if (running.contains(number) && fill(future, result)) {
    dropped_.push_back(
        nb::steal(PyObject_CallMethod(running.ptr(), "pop", "OO", number.ptr(), Py_None)));
    counters().items.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  if (in_process_) result.inc_ref();  // the ring still owns it
  return false;
}

bool ParentPool::await_own(std::uint64_t call, std::uint64_t index, nb::dict running,
                           nb::object future, double timeout_s) {
  const nb::int_ number(index);
  const std::int64_t until =
      timeout_s < 0 ? INT64_MAX : runtime::now_ns() + static_cast<std::int64_t>(timeout_s * 1e9);
  bool taken = false;
  {
    const CallerPlace place(*pool_);
    if (!place.is_entered()) return false;
    for (;;) {
      const std::uint32_t nudges = pool_->nudges();
      if (!running.contains(number) || draining_) break;
      if (pool_->has_answers()) {
        taken = pool_->take_one(
            call, index, [&](const Answer& answer) { return hand_over(answer, running, future); });
        break;
      }
      const std::int64_t left = until - runtime::now_ns();
      if (left <= 0) break;
      sleep_as_caller(*pool_, nudges, std::min(left, kLongestSleepNs));
      if (PyErr_CheckSignals() != 0) break;
    }
  }
  if (PyErr_Occurred() != nullptr) throw nb::python_error();
  if (taken) drop_items();  // may run the user's code
  return taken;
}

}  // namespace braid::python
