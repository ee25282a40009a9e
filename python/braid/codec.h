// Python objects as bytes and back, for items and results that cross between processes.
//
// Exact None, bool, int (64 bits), float, str, bytes and flat tuples of these have an encoding of
// their own, a few nanoseconds each. Everything else is pickled, one object at a time, so that what
// objects share never depends on how they were batched. Large pickles and large protocol-5 buffers
// go into a block of the shared segment: written once, mapped where they are read.
//
// All functions need the GIL. They return false or null with a Python exception set.
#pragma once

#include "runtime/blocks.h"
#include "runtime/returns.h"

#include <Python.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace braid::python {

using Bytes = std::vector<std::byte>;

// A block that an encoding refers to; whoever wrote it gives it back.
struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// Where large things go, and what Python does: `dumps(obj)` → (bytes, list of PickleBuffer),
// `loads(data, buffers)` → object.
struct CodecContext {
  int descriptor = -1;
  runtime::BlockStore* blocks = nullptr;
  PyObject* dumps = nullptr;  // borrowed
  PyObject* loads = nullptr;  // borrowed
  std::uint32_t worker = 0;   // whose pin it is, when blocks are read as a worker
  bool pins = false;          // a worker's: its blocks are not written again meanwhile
  std::shared_ptr<runtime::Returns> returns;  // the parent's: where the blocks of results go
};

// Appends the encoding of `object` to `out`; blocks that it made are appended to `blocks`.
bool encode(PyObject* object, const CodecContext& context, Bytes& out,
            std::vector<BlockPlace>& blocks);
// The object that `bytes` encode: a new reference.
PyObject* decode(std::span<const std::byte> bytes, const CodecContext& context);
// The block that an encoding refers to; its size is 0 when there is none.
BlockPlace block_of(std::span<const std::byte> bytes);

// Whether some worker still has the block mapped.
bool is_pinned(int descriptor, BlockPlace block, std::uint32_t workers);
// The pins of a worker that is gone.
void unpin(int descriptor, BlockPlace block, std::uint32_t worker);

// Makes the type whose objects carry mapped blocks.
bool add_block_type(PyObject* module);

}  // namespace braid::python
