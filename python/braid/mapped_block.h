// Blocks of the shared segment as Python objects that have the buffer protocol: what NumPy arrays
// and other protocol-5 buffers lie in. A block is unmapped when the last view of it dies.
//
// Blocks are mapped privately: what somebody writes into one nobody else sees, nor does a fork. A
// private mapping would show later writes to pages that it has not touched, so a worker pins a
// block meanwhile, and the parent gives the block of a result back with the last view, unless a
// fork has that view too.
#pragma once

#include "codec.h"

namespace braid::python {

// At a block's begin: for each worker, how often it has the block mapped.
inline constexpr std::uint64_t kPinBytes = 2 * runtime::kMostWorkers;

[[nodiscard]] std::span<const std::byte> bytes_of(PyObject* object);

// New references; null with an exception set.
PyObject* map_block(const CodecContext& context, BlockPlace place);
PyObject* view_of_block(PyObject* block, std::uint64_t begin, std::uint64_t bytes, bool readonly);

}  // namespace braid::python
