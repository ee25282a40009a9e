// The module braid._engine: the only place that knows nanobind's ways of naming things to Python.

#include "completion.h"
#include "counters.h"
#include "parent.h"
#include "work_queue.h"
#include "worker_loop.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <sys/prctl.h>
#include <cstring>

namespace nb = nanobind;
using braid::python::Delivery;
using braid::python::ParentPool;
using braid::python::WorkerLoop;
using braid::python::WorkQueue;

namespace {

WorkerLoop* attach_worker(int segment, int bell, std::uint32_t slot) {
  auto attached = braid::runtime::Segment::attach(segment);
  if (!attached) throw std::runtime_error(attached.error().message);
  return new WorkerLoop(std::move(*attached), bell, slot);
}

// (phase, pid, items, busy seconds, seconds since the item in hand began or None) of one worker.
nb::tuple worker_state(ParentPool& pool, std::uint32_t worker) {
  auto& slot = pool.pool().segment().worker(worker);
  return nb::make_tuple(slot.phase.load(), slot.pid.load(), slot.items.load(),
                        static_cast<double>(slot.busy_ns.load()) * 1e-9);
}

nb::tuple totals(ParentPool& pool) {
  std::uint64_t items = 0;
  std::uint64_t busy = 0;
  for (std::uint32_t worker = 0; worker < pool.pool().workers(); ++worker) {
    auto& slot = pool.pool().segment().worker(worker);
    items += slot.items.load();
    busy += slot.busy_ns.load();
  }
  return nb::make_tuple(items, static_cast<double>(busy) * 1e-9);
}

// What a dead worker's interpreter said about its stack; empty when it said nothing.
std::string trace(ParentPool& pool, std::uint32_t worker) {
  const auto& segment = pool.pool().segment();
  const auto* at = reinterpret_cast<const char*>(
      segment.at(segment.header().traces + std::uint64_t{worker} * braid::runtime::kTraceBytes));
  std::string said(at, strnlen(at, braid::runtime::kTraceBytes));
  for (char& letter : said) {
    if (static_cast<unsigned char>(letter) >= 0x80) letter = '?';
  }
  return said;
}

}  // namespace

NB_MODULE(_engine, module) {
  nb::set_leak_warnings(false);  // pools with threads that were given up live on
  if (!braid::python::add_block_type(module.ptr())) throw nb::python_error();

  nb::class_<Delivery>(module, "Delivery")
      .def(nb::init<bool, bool, std::uint64_t, bool>(), nb::arg("ordered"), nb::arg("indexed"),
           nb::arg("first") = 0, nb::arg("watched") = false)
      .def(
          "put",
          [](Delivery& self, std::uint64_t index, nb::object object) {
            self.put(index, object.release().ptr());
          },
          nb::arg("index"), nb::arg("object").none())
      .def("skip", [](Delivery& self, std::uint64_t index) { self.put(index, nullptr); })
      .def("ignore", &Delivery::ignore)
      .def("ignores", &Delivery::ignores)
      .def_prop_ro("ignored", &Delivery::ignored)
      .def("take", &Delivery::take)
      .def("arrivals", &Delivery::arrivals)
      .def_prop_ro("waiting_bytes", &Delivery::waiting_bytes)
      .def_prop_ro("received", &Delivery::received)
      .def_prop_ro("mean_bytes", &Delivery::mean_bytes)
      .def_prop_ro("delivered", &Delivery::delivered);

  nb::class_<ParentPool>(module, "Pool")
      .def(nb::init<std::uint32_t, std::uint32_t, std::uint64_t, bool, nb::object, nb::object>(),
           nb::arg("workers"), nb::arg("ring_bytes"), nb::arg("heap_bytes"), nb::arg("in_process"),
           nb::arg("dumps").none(), nb::arg("loads").none())
      .def_prop_ro("segment", &ParentPool::segment)
      .def_prop_ro("bell", &ParentPool::bell)
      .def("set_setup", &ParentPool::set_setup)
      .def("ring_every", &ParentPool::ring_every)
      .def("open_call", &ParentPool::open_call)
      .def("close_call", &ParentPool::close_call)
      .def("push", &ParentPool::push)
      .def("push_encoded", &ParentPool::push_encoded)
      .def("poll", &ParentPool::poll)
      .def_prop_ro("sent_bytes", &ParentPool::sent_bytes)
      .def_prop_ro("held_bytes", &ParentPool::held_bytes)
      .def("drain", &ParentPool::drain)
      .def("await_own", &ParentPool::await_own)
      .def("nudge", [](ParentPool& self) { self.pool().nudge(); })
      .def("decode_item", &ParentPool::decode_item)
      .def("gone", &ParentPool::gone)
      .def("starting", &ParentPool::starting)
      .def("cancel", [](ParentPool& self, std::uint64_t call,
                        std::uint64_t from) { return self.pool().cancel(call, from); })
      .def("unanswered",
           [](ParentPool& self, std::uint64_t call) { return self.pool().unanswered(call); })
      .def("open_batches", [](ParentPool& self) { return self.pool().open_batches(); })
      .def("has_answers", [](ParentPool& self) { return self.pool().has_answers(); })
      .def("stop", [](ParentPool& self) { self.pool().stop(); })
      .def("worker_state", &worker_state)
      .def("totals", &totals)
      .def("trace", &trace)
      .def("in_hand", &ParentPool::in_hand)
      .def(
          "thread_worker",
          [](ParentPool& self, std::uint32_t slot) {
            return new WorkerLoop(&self.pool().segment(), self.bell(), slot);
          },
          nb::rv_policy::take_ownership, nb::keep_alive<0, 1>());

  nb::class_<WorkerLoop>(module, "Worker")
      .def_prop_ro("slot", &WorkerLoop::slot)
      .def_prop_ro("index", &WorkerLoop::current_index)
      .def_prop_ro("trace_offset", &WorkerLoop::trace_offset)
      .def("set_callables", &WorkerLoop::set_callables, nb::arg("load_call"),
           nb::arg("describe").none(), nb::arg("dumps").none(), nb::arg("loads").none(),
           nb::arg("flush").none())
      .def("setup", &WorkerLoop::setup)
      .def("hello", &WorkerLoop::hello)
      .def("tell", &WorkerLoop::tell)
      .def_rw("has_said", &WorkerLoop::has_said)
      .def("retire", &WorkerLoop::retire)
      .def("run", &WorkerLoop::run);

  nb::class_<WorkQueue>(module, "WorkQueue")
      .def(nb::init<std::uint32_t, nb::object>(), nb::arg("most_threads"),
           nb::arg("complete_watched"))
      .def("put", &WorkQueue::put)
      .def("begin_thread", &WorkQueue::begin_thread)
      .def("lose_thread", &WorkQueue::lose_thread)
      .def("run", &WorkQueue::run)
      .def("close", &WorkQueue::close)
      .def("take_all", &WorkQueue::take_all)
      .def("finished", &WorkQueue::finished);

  module.def("begin", &braid::python::begin);
  module.def("complete", &braid::python::complete, nb::arg("future"), nb::arg("result").none());
  module.def("await_done", &braid::python::await_done);
  module.def("call_waiting", &braid::python::call_waiting);
  module.def("forget_waiting", &braid::python::forget_waiting);

  module.def("attach_worker", &attach_worker, nb::rv_policy::take_ownership);
  module.def("keep_for_ever", [](nb::object object) { object.release(); });
  module.def("die_with_parent", [](int signal) { return prctl(PR_SET_PDEATHSIG, signal) == 0; });
  module.def("note_fork", &braid::runtime::Returns::note_fork);
  module.def("count_items", [](std::uint64_t items) {
    braid::python::counters().items.fetch_add(items, std::memory_order_relaxed);
  });
  module.def("counters", [] {
    nb::dict all;
    all["items"] = braid::python::counters().items.load();
    all["batches"] = braid::python::counters().batches.load();
    return all;
  });
}
