#include "parent.h"

#include "counters.h"
#include "mapped_block.h"
#include "runtime/futex.h"

#include <cstring>
#include <ctime>
#include <utility>

namespace braid::python {

namespace nb = nanobind;
using runtime::Answer;
using runtime::Kind;

namespace {

constexpr double kWaitNsPerByte = 0.1;

}  // namespace

Delivery::~Delivery() {
  for (const Place& place : places_) Py_XDECREF(place.object);
  for (const auto& [index, object] : arrived_) Py_XDECREF(object);
}

void Delivery::put(std::uint64_t index, PyObject* object, std::uint64_t bytes) {
  waiting_bytes_ += bytes;
  if (!ordered_) {
    if (object != nullptr) arrived_.emplace_back(index, object);
    ++base_;
    return;
  }
  BRAID_CHECK(index >= base_);
  const std::uint64_t at = index - base_;
  if (at >= places_.size()) places_.resize(at + 1);
  BRAID_CHECK(!places_[at].filled);
  places_[at] = {object, bytes, true};
}

void Delivery::receive(std::uint64_t index, std::uint32_t attempt, PyObject* object,
                       std::uint64_t bytes) {
  ++received_;
  received_bytes_ += bytes;
  if (!ignored_.empty() && drop_ignored(index, attempt)) {
    Py_DECREF(object);
    return;
  }
  if (watched_) seen_.emplace_back(index, nb::borrow(object));
  put(index, object, bytes);
}

nb::list Delivery::arrivals() {
  nb::list found;
  for (auto& [index, object] : std::exchange(seen_, {})) {
    found.append(nb::make_tuple(index, object));
  }
  return found;
}

nb::object Delivery::take() {
  if (!ordered_) {
    nb::object list = nb::steal(PyList_New(static_cast<Py_ssize_t>(arrived_.size())));
    if (!list) throw nb::python_error();
    Py_ssize_t at = 0;
    for (auto& [index, object] : arrived_) {
      PyObject* entry = indexed_ ? Py_BuildValue("(KN)", index, object) : object;
      PyList_SET_ITEM(list.ptr(), at++, entry);
    }
    arrived_.clear();
    waiting_bytes_ = 0;
    return list;
  }
  std::size_t ready = 0;
  Py_ssize_t kept = 0;
  while (ready < places_.size() && places_[ready].filled) {
    if (places_[ready].object != nullptr) ++kept;
    ++ready;
  }
  nb::object list = nb::steal(PyList_New(kept));
  if (!list) throw nb::python_error();
  Py_ssize_t at = 0;
  for (std::size_t index = 0; index < ready; ++index) {
    waiting_bytes_ -= places_[index].bytes;
    if (places_[index].object != nullptr) PyList_SET_ITEM(list.ptr(), at++, places_[index].object);
  }
  places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(ready));
  base_ += ready;
  return list;
}

ParentPool::ParentPool(std::uint32_t workers, std::uint32_t ring_bytes, std::uint64_t heap_bytes,
                       bool in_process, nb::object dumps, nb::object loads)
    : in_process_(in_process), dumps_(std::move(dumps)), loads_(std::move(loads)) {
  auto pool = runtime::Pool::create({workers, ring_bytes, heap_bytes});
  if (!pool) throw std::runtime_error(pool.error().message);
  pool_ = std::move(*pool);
  context_.descriptor = segment();
  context_.blocks = &pool_->blocks();
  context_.dumps = dumps_.ptr();
  context_.loads = loads_.ptr();
  if (!in_process_) context_.returns = std::make_shared<runtime::Returns>(pool_->segment());
  pool_->on_free = [this](std::uint32_t slot) {
    if (const auto at = blocks_.find(slot); at != blocks_.end()) {
      for (const auto& block : at->second) {
        if (--uses_[block.offset] > 0) continue;
        uses_.erase(block.offset);
        leaving_.push_back(block);
      }
      blocks_.erase(at);
    }
    // Dropping the items may run the user's code, which must not happen in here.
    if (const auto at = lists_.find(slot); at != lists_.end()) {
      dropped_.push_back(std::move(at->second));
      lists_.erase(at);
    }
  };
  pool_->on_again = [this](std::uint32_t slot, std::span<const std::byte> record) {
    keep_block(slot, record);
  };
}

ParentPool::~ParentPool() {
  pool_->on_free = nullptr;
  if (context_.returns != nullptr) context_.returns->forget_segment();
}

void ParentPool::set_setup(nb::object setup) {
  Bytes bytes;
  std::vector<BlockPlace> blocks;
  if (!encode(setup.ptr(), context_, bytes, blocks)) throw nb::python_error();
  const auto offset = pool_->heap().take(bytes.size());
  BRAID_CHECK(offset.has_value());
  std::memcpy(pool_->segment().at(*offset), bytes.data(), bytes.size());
  auto& header = pool_->segment().header();
  header.setup.store(*offset);
  header.setup_bytes.store(bytes.size());
}

std::uint64_t ParentPool::open_call(nb::object function) {
  Call call;
  if (in_process_) {
    call.offset = reinterpret_cast<std::uint64_t>(function.ptr());
    call.function = std::move(function);
  } else {
    if (!leaving_.empty() || !ended_.empty()) await_free_blocks();
    if (!encode(function.ptr(), context_, call.encoded, call.blocks)) throw nb::python_error();
    const auto offset = pool_->heap().take(call.encoded.size());
    if (!offset) throw std::runtime_error("no room for the function");
    std::memcpy(pool_->segment().at(*offset), call.encoded.data(), call.encoded.size());
    call.offset = *offset;
    call.bytes = call.encoded.size();
  }
  calls_.emplace(next_call_, std::move(call));
  return next_call_++;
}

void ParentPool::close_call(std::uint64_t number) {
  BRAID_CHECK(pool_->unanswered(number) == 0 || in_process_);
  ended_.push_back(number);
  const auto call = calls_.find(number);
  if (call != calls_.end() && !call->second.blocks.empty()) pool_->forget(number);
  free_calls();
}

// What a worker with a batch in hand may still read stays until it has left that batch.
void ParentPool::free_calls() {
  std::vector<nb::object> functions;
  std::erase_if(ended_, [&](std::uint64_t number) {
    const auto at = calls_.find(number);
    if (at == calls_.end()) return true;
    if (pool_->is_in_use(number)) return false;
    Call& call = at->second;
    if (!in_process_) pool_->heap().give_back(call.offset, call.bytes);
    leaving_.insert(leaving_.end(), call.blocks.begin(), call.blocks.end());
    functions.push_back(std::move(call.function));  // may run the user's code when it dies
    calls_.erase(at);
    return true;
  });
  free_blocks();
}

// Before a function is written: memory that workers are about to let go of is worth waiting for, as
// long as that is shorter than filling fresh memory.
void ParentPool::await_free_blocks() {
  std::uint64_t bytes = 0;
  for (const auto& block : leaving_) bytes += block.bytes;
  for (const std::uint64_t number : ended_) {
    const auto call = calls_.find(number);
    if (call == calls_.end()) continue;
    for (const auto& block : call->second.blocks) bytes += block.bytes;
  }
  const std::int64_t until =
      runtime::now_ns() + static_cast<std::int64_t>(static_cast<double>(bytes) * kWaitNsPerByte);
  for (;;) {
    pool_->reclaim();
    free_calls();
    if ((leaving_.empty() && ended_.empty()) || runtime::now_ns() >= until) return;
    Py_BEGIN_ALLOW_THREADS;
    const timespec moment{0, 50'000};
    nanosleep(&moment, nullptr);
    Py_END_ALLOW_THREADS;
  }
}

// A block is written again only when no worker has it mapped.
void ParentPool::free_blocks() {
  std::erase_if(leaving_, [this](const BlockPlace& block) {
    if (is_pinned(segment(), block, pool_->workers())) return false;
    pool_->blocks().give_back(block.offset, block.bytes);
    return true;
  });
}

void ParentPool::drop_items() {
  const std::vector<nb::object> dropped = std::exchange(dropped_, {});
}

// Encodes as many as can be; `count` of them. What it calls may itself push, so nothing is shared.
bool ParentPool::encode_items(PyObject* items, Encoded& encoded, std::size_t& count) {
  auto& [offsets, records, made] = encoded;
  offsets.assign(1, 0);
  count = 0;
  const std::uint64_t most = pool_->heap().capacity() / 4;
  for (Py_ssize_t at = 0; at < PyList_GET_SIZE(items) && records.size() < most; ++at) {
    const std::size_t before = records.size();
    if (!encode(PyList_GET_ITEM(items, at), context_, records, made)) {
      records.resize(before);
      return false;
    }
    offsets.push_back(static_cast<std::uint32_t>(records.size()));
    ++count;
  }
  return true;
}

std::size_t ParentPool::push(std::uint64_t number, nb::list items, std::uint64_t first,
                             std::uint32_t attempt) {
  if (!leaving_.empty()) free_blocks();
  std::size_t count = items.size();
  Encoded encoded;
  auto& [offsets, records, made] = encoded;
  if (in_process_) {
    offsets.assign(count + 1, 0);
    PyObject* list = items.ptr();
    records.resize(sizeof list);
    std::memcpy(records.data(), &list, sizeof list);
  } else if (!encode_items(items.ptr(), encoded, count) &&
             (count == 0 || PyErr_ExceptionMatches(PyExc_Exception) == 0)) {  // or Ctrl-C
    for (const auto& block : made) pool_->blocks().give_back(block.offset, block.bytes);
    throw nb::python_error();
  }
  PyErr_Clear();  // what cannot be pickled is the first of the next push
  const Call& call = calls_.at(number);
  runtime::BatchSpec spec;
  spec.call = number;
  spec.call_offset = call.offset;
  spec.call_bytes = call.bytes;
  spec.first = first;
  spec.count = static_cast<std::uint32_t>(count);
  spec.attempt = attempt;
  spec.leave_rings = in_process_ || !made.empty();
  const auto slot = pool_->push(spec, offsets, records);
  if (!slot) {
    for (const auto& block : made) pool_->blocks().give_back(block.offset, block.bytes);
    return 0;
  }
  if (in_process_) lists_[*slot] = items;
  sent_bytes_ += records.size();
  for (const auto& block : made) {
    ++uses_[block.offset];
    sent_bytes_ += block.bytes;
  }
  if (!made.empty()) blocks_[*slot] = made;
  counters().batches.fetch_add(1, std::memory_order_relaxed);
  drop_items();  // may run the user's code: only once the batch stands in the books
  return count;
}

std::uint64_t ParentPool::held_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [slot, blocks] : blocks_) {
    for (const auto& block : blocks) bytes += block.bytes;
  }
  return bytes;
}

bool ParentPool::push_encoded(std::uint64_t number, nb::bytes item, std::uint64_t index,
                              std::uint32_t attempt) {
  const Call& call = calls_.at(number);
  runtime::BatchSpec spec;
  spec.call = number;
  spec.call_offset = call.offset;
  spec.call_bytes = call.bytes;
  spec.first = index;
  spec.count = 1;
  spec.attempt = attempt;
  const auto bytes = bytes_of(item.ptr());
  spec.leave_rings = block_of(bytes).bytes > 0;
  const std::uint32_t offsets[2] = {0, static_cast<std::uint32_t>(bytes.size())};
  const auto slot = pool_->push(spec, offsets, bytes);
  if (!slot) return false;
  keep_block(*slot, bytes);
  return true;
}

// The block of an item that goes to the workers once more stays until that batch is done, too.
void ParentPool::keep_block(std::uint32_t slot, std::span<const std::byte> record) {
  const BlockPlace block = block_of(record);
  if (block.bytes == 0) return;
  ++uses_[block.offset];
  std::erase_if(leaving_, [&](const BlockPlace& other) { return other.offset == block.offset; });
  blocks_[slot] = {block};
}

nb::object ParentPool::refusal(const Answer& answer, const char* kind, PyObject* payload) {
  PyObject* item = nullptr;
  if (answer.kind == Kind::hello) {
    item = Py_None;
    Py_INCREF(item);
  } else if (in_process_) {
    item = PyList_GET_ITEM(lists_.at(answer.slot).ptr(), answer.item);
    Py_INCREF(item);
  } else {
    item = PyBytes_FromStringAndSize(reinterpret_cast<const char*>(answer.record.data()),
                                     static_cast<Py_ssize_t>(answer.record.size()));
  }
  return nb::steal(Py_BuildValue("(sKKIINN)", kind, static_cast<unsigned long long>(answer.call),
                                 static_cast<unsigned long long>(answer.index), answer.attempt,
                                 answer.worker, payload, item));
}

// Of a thread's the reference that the ring holds.
PyObject* ParentPool::decode_answer(const Answer& answer) {
  if (!in_process_) {
    if (answer.kind == Kind::refused) return PyBytes_FromStringAndSize("", 0);
    return decode(answer.bytes, context_);
  }
  PyObject* object = nullptr;
  std::memcpy(&object, answer.bytes.data(), sizeof object);
  return object;
}

// One answer; false when Python must look first (an exception is set).
bool ParentPool::receive(const Answer& answer, Delivery& delivery, PyObject* others) {
  PyObject* object = nullptr;
  if (answer.kind == Kind::hello) {
    nb::object said =
        refusal(answer, "hello",
                PyBytes_FromStringAndSize(reinterpret_cast<const char*>(answer.bytes.data()),
                                          static_cast<Py_ssize_t>(answer.bytes.size())));
    return PyList_Append(others, said.ptr()) == 0;
  }
  counters().items.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t bytes = 0;
  if (!in_process_ && answer.kind != Kind::refused) {
    const BlockPlace block = block_of(answer.bytes);
    if (block.bytes > 0) context_.returns->seen(block.offset);
    bytes = answer.bytes.size() + block.bytes;
  }
  object = decode_answer(answer);
  if (object == nullptr) {
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace != nullptr) PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    nb::object said = refusal(answer, "undecodable", value);
    return PyList_Append(others, said.ptr()) == 0;
  }
  if (answer.kind == Kind::result) {
    delivery.receive(answer.index, answer.attempt, object, bytes);
    return true;
  }
  if (delivery.drop_ignored(answer.index, answer.attempt)) {
    Py_DECREF(object);
    return true;
  }
  nb::object said = refusal(answer, "failure", object);
  return PyList_Append(others, said.ptr()) == 0;
}

nb::list ParentPool::drain(Delivery& delivery) {
  nb::list others;
  if (pool_->is_caller_taking()) return others;  // it rings when it leaves some
  bool failed = false;
  draining_ = true;
  pool_->drain([&](const Answer& answer) {
    failed = failed || !receive(answer, delivery, others.ptr());
    return true;
  });
  draining_ = false;
  drop_items();
  if (!ended_.empty()) free_calls();
  if (failed) throw nb::python_error();
  return others;
}

nb::tuple ParentPool::poll(Delivery& delivery, int other, double timeout_s) {
  bool readable = false;
  if (!pool_->is_due() || pool_->is_caller_taking()) {
    const auto timeout_ns =
        timeout_s < 0 ? std::int64_t{-1} : static_cast<std::int64_t>(timeout_s * 1e9);
    Py_BEGIN_ALLOW_THREADS;
    readable = pool_->wait(other, timeout_ns);
    Py_END_ALLOW_THREADS;
  }
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  nb::list others = drain(delivery);
  pool_->restore_lost();
  return nb::make_tuple(others, readable);
}

nb::object ParentPool::decode_item(nb::bytes item) {
  CodecContext context = context_;
  context.pins = true;
  context.returns = nullptr;
  context.worker = runtime::kMostWorkers - 1;
  PyObject* object = decode(bytes_of(item.ptr()), context);
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

std::uint32_t ParentPool::starting(std::uint32_t worker) {
  const std::uint32_t region = pool_->starting(worker);
  if (context_.returns != nullptr) context_.returns->begin(worker, region);
  return region;
}

nb::object ParentPool::in_hand(std::uint32_t worker, std::uint64_t call) {
  const auto found = pool_->in_hand(worker, call);
  if (!found) return nb::none();
  nb::object item = nb::none();
  if (in_process_) {
    item = nb::borrow(PyList_GET_ITEM(lists_.at(found->slot).ptr(), found->item));
  }
  return nb::make_tuple(found->index, found->attempt, item);
}

nb::object ParentPool::gone(std::uint32_t worker) {
  if (context_.returns != nullptr) context_.returns->end(worker);
  for (const auto& block : leaving_) unpin(segment(), block, worker);
  for (const auto& [slot, blocks] : blocks_) {
    for (const auto& block : blocks) unpin(segment(), block, worker);
  }
  for (const auto& [number, call] : calls_) {
    for (const auto& block : call.blocks) unpin(segment(), block, worker);
  }
  const auto lost = pool_->gone(worker);
  if (!lost) return nb::none();
  PyObject* item = PyBytes_FromStringAndSize(reinterpret_cast<const char*>(lost->item.data()),
                                             static_cast<Py_ssize_t>(lost->item.size()));
  return nb::steal(Py_BuildValue("(KKIN)", static_cast<unsigned long long>(lost->call),
                                 static_cast<unsigned long long>(lost->index), lost->attempt,
                                 item));
}

}  // namespace braid::python
