// What becomes of the blocks that workers wrote, once nobody in the parent looks at them any more:
// the worker writes them again (warm pages are several times faster than fresh ones), or their
// memory goes back to the system.
//
// In: which worker began and ended where, which block came with a result, which one is done with.
// Views of blocks may outlive the pool, so this does too; it has a descriptor of its own. It
// belongs to the process that made it: a fork has copies of the views, and must not give their
// blocks back. One thread at a time may call.
#pragma once

#include "runtime/segment.h"

#include <sys/types.h>
#include <map>
#include <unordered_map>

namespace braid::runtime {

class Returns {
 public:
  explicit Returns(const Segment& segment);
  Returns(const Returns&) = delete;
  Returns& operator=(const Returns&) = delete;
  ~Returns();

  // The worker's blocks lie in this region from now on.
  void begin(std::uint32_t worker, std::uint32_t region);
  // The worker is gone: what it could have written again is given to the system.
  void end(std::uint32_t worker);
  // A result lies in this block: its worker has it no more.
  void seen(std::uint64_t offset);
  void give_back(std::uint64_t offset, std::uint64_t bytes);
  // The segment is about to be unmapped.
  void forget_segment() { segment_ = nullptr; }

  // How often this process has been forked. What was mapped before a fork is mapped there as well,
  // and is not written again.
  static std::uint64_t forks();
  static void note_fork();

 private:
  const Segment* segment_;
  int descriptor_;
  pid_t owner_;
  std::unordered_map<std::uint32_t, std::uint32_t> workers_;  // region → worker
  std::map<std::uint64_t, std::uint64_t> returned_;  // offset → bytes, not yet seen again
  std::uint64_t returned_bytes_ = 0;
};

}  // namespace braid::runtime
