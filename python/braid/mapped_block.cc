#include "mapped_block.h"

#include <atomic>

namespace braid::python {
namespace {

using runtime::Mapping;
using runtime::Returns;
using Pins = std::atomic<std::uint16_t>;

struct BlockObject {
  PyObject_HEAD Mapping* mapping;
  Mapping* pins;  // a worker's: where it counts
  std::uint32_t worker;
  std::shared_ptr<Returns>* returns;  // the parent's: where the block goes
  std::uint64_t forks;                // how many there had been; a later one has this object too
  BlockPlace place;
};

PyTypeObject* block_type = nullptr;

Pins* pins_of(const Mapping& head) { return reinterpret_cast<Pins*>(head.bytes().data()); }

void dealloc(PyObject* object) {
  auto* self = reinterpret_cast<BlockObject*>(object);
  delete self->mapping;
  const bool only_one = self->forks == Returns::forks();
  if (self->pins != nullptr) {
    if (only_one) pins_of(*self->pins)[self->worker].fetch_sub(1, std::memory_order_release);
    delete self->pins;
  }
  if (self->returns != nullptr) {
    if (only_one) (*self->returns)->give_back(self->place.offset, self->place.bytes);
    delete self->returns;
  }
  PyTypeObject* type = Py_TYPE(object);
  type->tp_free(object);
  Py_DECREF(type);
}

int get_buffer(PyObject* object, Py_buffer* view, int flags) {
  auto* self = reinterpret_cast<BlockObject*>(object);
  const auto bytes = self->mapping->bytes();
  return PyBuffer_FillInfo(view, object, bytes.data(), static_cast<Py_ssize_t>(bytes.size()), 0,
                           flags);
}

PyObject* out_of_memory(const Error& error) {
  PyErr_SetString(PyExc_MemoryError, error.message.c_str());
  return nullptr;
}

}  // namespace

bool add_block_type(PyObject* module) {
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                                {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                                {0, nullptr}};
  static PyType_Spec spec = {"braid._engine.Block", sizeof(BlockObject), 0, Py_TPFLAGS_DEFAULT,
                             slots};
  block_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (block_type == nullptr) return false;
  Py_INCREF(block_type);
  return PyModule_AddObject(module, "Block", reinterpret_cast<PyObject*>(block_type)) == 0;
}

PyObject* map_block(const CodecContext& context, BlockPlace place) {
  auto* self = reinterpret_cast<BlockObject*>(block_type->tp_alloc(block_type, 0));
  if (self == nullptr) return nullptr;
  self->place = place;
  self->forks = Returns::forks();
  self->worker = context.worker;
  if (context.pins) {
    auto pins =
        Mapping::map(context.descriptor, place.offset, kPinBytes, Mapping::Writes::seen_by_all);
    if (!pins) {
      Py_DECREF(self);
      return out_of_memory(pins.error());
    }
    pins_of(*pins)[context.worker].fetch_add(1, std::memory_order_acq_rel);
    self->pins = new Mapping(std::move(*pins));
  }
  auto mapping =
      Mapping::map(context.descriptor, place.offset, place.bytes, Mapping::Writes::private_to_us);
  if (!mapping) {
    Py_DECREF(self);
    return out_of_memory(mapping.error());
  }
  self->mapping = new Mapping(std::move(*mapping));
  if (context.returns != nullptr) {
    self->returns = new std::shared_ptr<Returns>(context.returns);
  }
  return reinterpret_cast<PyObject*>(self);
}

PyObject* view_of_block(PyObject* block, std::uint64_t begin, std::uint64_t bytes, bool readonly) {
  PyObject* all = PyMemoryView_FromObject(block);
  if (all == nullptr) return nullptr;
  PyObject* from = PyLong_FromUnsignedLongLong(begin);
  PyObject* to = PyLong_FromUnsignedLongLong(begin + bytes);
  PyObject* range = from != nullptr && to != nullptr ? PySlice_New(from, to, nullptr) : nullptr;
  PyObject* part = range != nullptr ? PyObject_GetItem(all, range) : nullptr;
  if (part != nullptr && readonly) {
    PyObject* locked = PyObject_CallMethod(part, "toreadonly", nullptr);
    Py_DECREF(part);
    part = locked;
  }
  Py_XDECREF(range);
  Py_XDECREF(to);
  Py_XDECREF(from);
  Py_DECREF(all);
  return part;
}

bool is_pinned(int descriptor, BlockPlace block, std::uint32_t workers) {
  auto head = Mapping::map(descriptor, block.offset, kPinBytes, Mapping::Writes::seen_by_all);
  if (!head) return true;
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    if (pins_of(*head)[worker].load(std::memory_order_acquire) != 0) return true;
  }
  // The parent's own, of an item that it shows in an error.
  return pins_of(*head)[runtime::kMostWorkers - 1].load(std::memory_order_acquire) != 0;
}

void unpin(int descriptor, BlockPlace block, std::uint32_t worker) {
  auto head = Mapping::map(descriptor, block.offset, kPinBytes, Mapping::Writes::seen_by_all);
  if (head) pins_of(*head)[worker].store(0, std::memory_order_release);
}

}  // namespace braid::python
