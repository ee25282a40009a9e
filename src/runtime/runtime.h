// runtime: the engine of the parallel map. Batches of opaque bytes go in; for each item one answer
// comes out: what its worker published, or that its worker died with it in hand.
//
//   parent                       one shared, anonymous segment              workers
//   Pool::push   -- batches -->  records, heap, blocks       -->   Worker::next, claim
//   Pool::drain  <-- answers --  one ring for each worker    <--   Worker::reserve, commit
//
// Processes and threads work alike: a Worker needs the segment, a bell and its slot, nothing else.
// Who starts, reaps and kills them is the caller's business, which reports it (Pool::starting,
// gone). Nothing here knows Python; order, windows, retries and what errors mean live above.
//
// In: items' encodings, counts and indexes (from 0). Units: nanoseconds of CLOCK_MONOTONIC, bytes.
// Errors about the world (no memory, no descriptors): Result. What never happens: a lock in
// shared memory, a name in the file system, a thread of our own, an item that begins twice.
//
// Sources: claiming by fetch-and-add over shared batches is guided self-scheduling
// (Polychronopoulos and Kuck, 1987), with the batch as the unit of hand-over and the item as that
// of claiming; slots are reused under hazard pointers (Michael, 2004). A caller that takes its own
// answer in place of the thread that polls: leader/followers (Schmidt and others, 2000).
//
// Beside all that: Parker, where a thread waits for another one of its process.
#pragma once

#include "runtime/parker.h"   // IWYU pragma: export
#include "runtime/pool.h"     // IWYU pragma: export
#include "runtime/returns.h"  // IWYU pragma: export
#include "runtime/worker.h"   // IWYU pragma: export
