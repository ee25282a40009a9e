// What a thread executor's threads do: they take works from one queue, run them, fill their
// futures.
//
// All of it happens under the GIL, except for waiting; so there is no lock. Idle threads wait each
// in a place of its own, and put() calls the one that came last. What remains for Python: starting
// threads, initializers, ends.
#pragma once

#include "completion.h"
#include "runtime/parker.h"

#include <Python.h>
#include <nanobind/nanobind.h>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace braid::python {

class WorkQueue {
 public:
  // `complete_watched`(future, result, queue) fills a future that others watch, and calls
  // queue.finished() when the thread is free for more.
  WorkQueue(std::uint32_t most_threads, nanobind::object complete_watched)
      : most_threads_(most_threads), complete_watched_(std::move(complete_watched)) {}

  // True when one more thread is to be started for it.
  bool put(nanobind::object future, nanobind::object function, nanobind::object args,
           nanobind::object kwargs);
  void begin_thread() { ++threads_; }
  void lose_thread() { --threads_; }
  // In one of its threads: until it is closed, and empty.
  void run();
  void close();
  // The futures of what nobody has begun; it is no longer in the queue.
  nanobind::list take_all();
  void finished() { --unfinished_; }

 private:
  struct Work {
    nanobind::object future;
    nanobind::object function;
    nanobind::object args;
    nanobind::object kwargs;
  };
  // One thread's own.
  struct Place {
    std::shared_ptr<runtime::Parker> parker = std::make_shared<runtime::Parker>();
    std::shared_ptr<runtime::Parker> to_call;  // once the GIL is free, or there is more to do
    runtime::Spin spin;
    runtime::Spin gil_spin;
    std::int64_t since_ns = 0;  // when it got the GIL
  };

  bool await_work(Place& place);
  static void await_gil(Place& place);
  static void let_others_in(Place& place);
  void run_one(const Work& work);
  void settle(const Work& work, const nanobind::object& result, bool& counted);

  std::uint32_t most_threads_;
  nanobind::object complete_watched_;
  std::deque<Work> works_;
  std::vector<std::shared_ptr<runtime::Parker>> idle_;
  std::uint32_t threads_ = 0;
  std::uint32_t unfinished_ = 0;  // works that wait, or that a thread has in hand
  bool closed_ = false;
};

}  // namespace braid::python
