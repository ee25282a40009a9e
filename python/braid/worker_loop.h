// What a worker process or thread does all day, as one Python object.
//
// `run` takes batches until the pool stops or nothing came for a while. For each item: decode,
// call, encode, publish. What Python must do (loading a function, describing an exception) is done
// by callables that are handed over once.
#pragma once

#include "codec.h"
#include "runtime/worker.h"

#include <Python.h>
#include <nanobind/nanobind.h>
#include <atomic>
#include <optional>

namespace braid::python {

// How a call passes an item to its function.
enum class Passing : int { one_argument, spread, own_function };

class WorkerLoop {
 public:
  // `load_call(bytes or object) → (function, passing, hook or None)`; `describe(exception, index) →
  // bytes`. In a thread of the parent (`in_process`) items and results are plain references.
  WorkerLoop(runtime::Segment segment, int bell, std::uint32_t slot);
  // A thread's: shares the pool's segment, which outlives it.
  WorkerLoop(const runtime::Segment* segment, int bell, std::uint32_t slot);
  WorkerLoop(const WorkerLoop&) = delete;
  WorkerLoop& operator=(const WorkerLoop&) = delete;
  ~WorkerLoop();

  void set_callables(nanobind::object load_call, nanobind::object describe, nanobind::object dumps,
                     nanobind::object loads, nanobind::object flush);
  nanobind::object setup();  // what the parent left for its workers
  void hello(nanobind::bytes message, bool ready);
  // A message beside the items; for the thread that runs them, or another that has the GIL.
  void tell(nanobind::bytes message);
  // Set where `flush` has something to tell: it is called before the item's result is seen.
  bool has_said = false;
  // A thread's: it leaves when the item in hand is done.
  void retire() { retired_.store(true, std::memory_order_relaxed); }
  // "stop" or "idle"; exceptions of signal handlers come through.
  // "spent" after `most_items` items, or when the process holds `most_bytes` (0: no limit).
  const char* run(double idle_s, std::uint64_t most_items, std::uint64_t most_bytes);
  std::int64_t current_index() const { return index_; }
  std::uint32_t slot() const { return worker_->slot(); }
  std::uint64_t trace_offset() const;

 private:
  const char* run_batches(double idle_s);
  [[nodiscard]] bool is_spent() const;
  bool load_call();
  void run_batch();
  void forget_function();
  void run_item(std::uint32_t item);
  void flush();
  PyObject* argument(std::uint32_t item);
  PyObject* call(PyObject* argument);
  void send(runtime::Kind kind, std::uint32_t item, PyObject* object);
  void send_exception(std::uint32_t item);
  void send_bytes(runtime::Kind kind, std::uint32_t item, std::span<const std::byte> bytes);

  std::optional<runtime::Segment> own_segment_;
  const runtime::Segment* segment_ = nullptr;
  std::optional<runtime::Worker> worker_;
  std::optional<runtime::BlockStore> blocks_;
  CodecContext context_;
  bool in_process_ = false;
  nanobind::object load_call_, describe_, dumps_, loads_, flush_;
  std::uint64_t loaded_call_ = 0;  // calls count from 1
  PyObject* function_ = nullptr;
  PyObject* hook_ = nullptr;
  Passing passing_ = Passing::one_argument;
  std::int64_t index_ = -1;
  std::uint64_t items_ = 0;
  std::uint64_t most_items_ = 0;
  std::uint64_t most_bytes_ = 0;
  bool spent_ = false;
  std::atomic<bool> retired_{false};
  Bytes scratch_;
  std::vector<BlockPlace> made_;
};

}  // namespace braid::python
