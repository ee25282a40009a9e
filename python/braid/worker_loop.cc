#include "worker_loop.h"

#include "mapped_block.h"

#include <cxxabi.h>
#include <unistd.h>
#include <cstdio>
#include <cstring>

namespace braid::python {

namespace nb = nanobind;
using runtime::Kind;
using runtime::Worker;

namespace {

PyObject* fresh(PyObject* object) {
  Py_INCREF(object);
  return object;
}

}  // namespace

WorkerLoop::WorkerLoop(runtime::Segment segment, int bell, std::uint32_t slot)
    : own_segment_(std::move(segment)), segment_(&*own_segment_) {
  auto worker = Worker::attach(*segment_, bell, slot);
  if (!worker) throw std::runtime_error(worker.error().message);
  worker_.emplace(std::move(*worker));
  auto& self = segment_->worker(slot);
  self.pid.store(getpid());
  blocks_.emplace(segment_->descriptor(), 2 + self.incarnation.load());
  context_.descriptor = segment_->descriptor();
  context_.blocks = &*blocks_;
  context_.worker = slot;
  context_.pins = true;
  blocks_->take_returned(self);
}

WorkerLoop::WorkerLoop(const runtime::Segment* segment, int bell, std::uint32_t slot)
    : segment_(segment), in_process_(true) {
  auto worker = Worker::attach(*segment_, bell, slot);
  if (!worker) throw std::runtime_error(worker.error().message);
  worker_.emplace(std::move(*worker));
}

WorkerLoop::~WorkerLoop() {
  Py_XDECREF(function_);
  Py_XDECREF(hook_);
}

void WorkerLoop::set_callables(nb::object load_call, nb::object describe, nb::object dumps,
                               nb::object loads, nb::object flush) {
  load_call_ = std::move(load_call);
  describe_ = std::move(describe);
  dumps_ = std::move(dumps);
  loads_ = std::move(loads);
  flush_ = std::move(flush);
  context_.dumps = dumps_.ptr();
  context_.loads = loads_.ptr();
}

nb::object WorkerLoop::setup() {
  auto& header = segment_->header();
  const auto* at = segment_->at(header.setup.load());
  PyObject* setup = decode({at, header.setup_bytes.load()}, context_);
  if (setup == nullptr) throw nb::python_error();
  return nb::steal(setup);
}

std::uint64_t WorkerLoop::trace_offset() const {
  return segment_->header().traces + std::uint64_t{worker_->slot()} * runtime::kTraceBytes;
}

void WorkerLoop::hello(nb::bytes message, bool ready) {
  segment_->worker(worker_->slot())
      .phase.store(
          static_cast<std::uint32_t>(ready ? runtime::Phase::ready : runtime::Phase::leaving));
  send_bytes(Kind::hello, 0, bytes_of(message.ptr()));
}

void WorkerLoop::tell(nb::bytes message) { send_bytes(Kind::hello, 0, bytes_of(message.ptr())); }

bool WorkerLoop::is_spent() const {
  if (most_items_ > 0 && items_ >= most_items_) return true;
  if (most_bytes_ == 0) return false;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return false;
  unsigned long pages = 0;
  const bool read = std::fscanf(file, "%*u %lu", &pages) == 1;
  std::fclose(file);
  return read && pages * static_cast<unsigned long>(sysconf(_SC_PAGESIZE)) >= most_bytes_;
}

const char* WorkerLoop::run(double idle_s, std::uint64_t most_items, std::uint64_t most_bytes) {
  most_items_ = most_items;
  most_bytes_ = most_bytes;
  try {
    return run_batches(idle_s);
  } catch (const abi::__forced_unwind&) {
    // The interpreter has ended while this thread was at work, and makes it exit when it asks for
    // the GIL. What lies below on the stack must not be unwound; the process is gone in a moment.
    for (;;) pause();
  }
}

const char* WorkerLoop::run_batches(double idle_s) {
  const auto idle_ns = idle_s < 0 ? std::int64_t{-1} : static_cast<std::int64_t>(idle_s * 1e9);
  for (;;) {
    Worker::Found found = Worker::Found::batch;
    if (worker_->stopping()) return "stop";
    if (!worker_->try_next()) {
      Py_BEGIN_ALLOW_THREADS;
      found = worker_->next(idle_ns);
      Py_END_ALLOW_THREADS;
    }
    if (found == Worker::Found::stop) return "stop";
    if (found == Worker::Found::idle) return "idle";
    if (PyErr_CheckSignals() != 0) {
      worker_->leave();
      throw nb::python_error();
    }
    if (found == Worker::Found::interrupted) continue;
    if (found == Worker::Found::call_ended) {
      forget_function();
      continue;
    }
    run_batch();
    if (spent_) {
      worker_->ring();
      return "spent";
    }
  }
}

void WorkerLoop::forget_function() {
  if (loaded_call_ > worker_->ended()) return;
  loaded_call_ = 0;
  Py_CLEAR(hook_);
  Py_CLEAR(function_);
}

void WorkerLoop::run_batch() {
  // No item has begun while the function is loaded, so a death in there costs none.
  if (load_call()) {
    worker_->begin_measuring();
    while (!spent_) {
      const auto item = worker_->claim();
      if (!item) break;
      run_item(*item);
      ++items_;
      spent_ = retired_.load(std::memory_order_relaxed) ||
               ((most_items_ > 0 || most_bytes_ > 0) && is_spent());
    }
  }
  index_ = -1;
  worker_->leave();
  flush();
}

void WorkerLoop::flush() {
  if (flush_.is_none()) return;
  has_said = false;
  PyObject* done = PyObject_CallNoArgs(flush_.ptr());
  if (done == nullptr) PyErr_Clear();
  Py_XDECREF(done);
}

// False when it cannot be had; then all items have been answered.
bool WorkerLoop::load_call() {
  const auto& batch = worker_->batch();
  if (batch.call == loaded_call_) return true;
  PyObject* what = nullptr;
  if (in_process_) {
    what = fresh(reinterpret_cast<PyObject*>(batch.call_offset));
  } else {
    PyObject* data = nullptr;
    const std::span<const std::byte> bytes{segment_->at(batch.call_offset), batch.call_bytes};
    data = decode(bytes, context_);
    what = data;
  }
  PyObject* loaded = what != nullptr ? PyObject_CallOneArg(load_call_.ptr(), what) : nullptr;
  Py_XDECREF(what);
  PyObject* function = nullptr;
  PyObject* hook = nullptr;
  int passing = 0;
  if (loaded == nullptr || PyArg_ParseTuple(loaded, "OiO", &function, &passing, &hook) == 0) {
    // Loading catches what the user's code raises; this is out of memory, or our own mistake.
    Py_XDECREF(loaded);
    while (const auto item = worker_->claim()) {
      PyErr_Clear();
      PyErr_SetString(PyExc_MemoryError, "the function could not be loaded in the worker");
      send_exception(*item);
    }
    PyErr_Clear();
    return false;
  }
  Py_XDECREF(function_);
  Py_XDECREF(hook_);
  function_ = fresh(function);
  hook_ = hook == Py_None ? nullptr : fresh(hook);
  passing_ = static_cast<Passing>(passing);
  loaded_call_ = batch.call;
  Py_DECREF(loaded);
  return true;
}

PyObject* WorkerLoop::argument(std::uint32_t item) {
  const auto payload = worker_->payload();
  if (in_process_) {
    PyObject* list = nullptr;
    std::memcpy(&list, payload.data() + (worker_->batch().count + 1) * sizeof(std::uint32_t),
                sizeof list);
    return fresh(PyList_GET_ITEM(list, item));
  }
  std::uint32_t bounds[2];
  std::memcpy(bounds, payload.data() + item * sizeof bounds[0], sizeof bounds);
  const std::size_t records = (worker_->batch().count + 1) * sizeof bounds[0];
  return decode(payload.subspan(records + bounds[0], bounds[1] - bounds[0]), context_);
}

PyObject* WorkerLoop::call(PyObject* argument) {
  switch (passing_) {
    case Passing::one_argument:
      return PyObject_CallOneArg(function_, argument);
    case Passing::spread: {
      if (PyTuple_Check(argument)) return PyObject_CallObject(function_, argument);
      PyObject* spread = PySequence_Tuple(argument);
      if (spread == nullptr) return nullptr;
      PyObject* result = PyObject_CallObject(function_, spread);
      Py_DECREF(spread);
      return result;
    }
    case Passing::own_function: {
      PyObject* function = nullptr;
      PyObject* arguments = nullptr;
      PyObject* keywords = nullptr;
      if (PyArg_ParseTuple(argument, "OO!O!", &function, &PyTuple_Type, &arguments, &PyDict_Type,
                           &keywords) == 0) {
        return nullptr;
      }
      return PyObject_Call(function, arguments, keywords);
    }
  }
  return nullptr;
}

void WorkerLoop::run_item(std::uint32_t item) {
  const auto& batch = worker_->batch();
  index_ = static_cast<std::int64_t>(batch.first + item);
  PyObject* given = argument(item);
  if (given == nullptr) {
    send_exception(item);
    return;
  }
  PyObject* result = nullptr;
  bool ready = true;
  if (hook_ != nullptr) {
    PyObject* done =
        PyObject_CallFunction(hook_, "KI", static_cast<unsigned long long>(index_), batch.attempt);
    ready = done != nullptr;
    Py_XDECREF(done);
  }
  if (ready) result = call(given);
  if (has_said) {
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    flush();
    PyErr_Restore(type, value, trace);
  }
  if (result != nullptr) {
    send(Kind::result, item, result);
    Py_DECREF(result);
  } else {
    send_exception(item);
  }
  Py_DECREF(given);
}

void WorkerLoop::send(Kind kind, std::uint32_t item, PyObject* object) {
  scratch_.clear();
  made_.clear();
  if (in_process_) {
    Py_INCREF(object);
    scratch_.resize(sizeof object);
    std::memcpy(scratch_.data(), &object, sizeof object);
  } else if (!encode(object, context_, scratch_, made_)) {
    for (const auto& block : made_) blocks_->give_back(block.offset, block.bytes);
    send_exception(item);
    return;
  }
  send_bytes(kind, item, scratch_);
}

// The exception that is set becomes the item's outcome.
void WorkerLoop::send_exception(std::uint32_t item) {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  if (in_process_) {
    send(Kind::failure, item, value);
    Py_DECREF(value);
    return;
  }
  PyObject* described =
      PyObject_CallFunction(describe_.ptr(), "OL", value, static_cast<long long>(index_));
  Py_DECREF(value);
  if (described != nullptr && PyBytes_Check(described)) {
    PyObject* boxed = described;
    scratch_.clear();
    made_.clear();
    if (encode(boxed, context_, scratch_, made_)) {
      send_bytes(Kind::failure, item, scratch_);
    } else {
      PyErr_Clear();
      send_bytes(Kind::refused, item, {});
    }
  } else {
    PyErr_Clear();
    send_bytes(Kind::refused, item, {});
  }
  Py_XDECREF(described);
}

void WorkerLoop::send_bytes(Kind kind, std::uint32_t item, std::span<const std::byte> bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::byte* place = worker_->reserve(size);
  while (place == nullptr) {
    if (worker_->stopping()) return;  // nobody reads any more
    Py_BEGIN_ALLOW_THREADS;
    worker_->wait_for_room();
    Py_END_ALLOW_THREADS;
    if (PyErr_CheckSignals() != 0) PyErr_Clear();
    place = worker_->reserve(size);
  }
  if (size > 0) std::memcpy(place, bytes.data(), size);
  worker_->commit(kind, item, size);
}

}  // namespace braid::python
