// The process that stands between this program and the script: starts it, measures it, ends its
// whole tree when it is done, when its time is up, and when this program is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verify/wire.h"

namespace braid::verify {

// Descriptors that the interpreter finds open beside the three standard ones. High, so that the
// script's own files get the numbers that they always get.
inline constexpr int kBundleDescriptor = 200;
inline constexpr int kRecordDescriptor = 201;

struct Launch {
  std::string python;                  // a path; empty: everything is prepared, nothing is started
  std::vector<std::string> arguments;  // with argv[0]
  std::vector<std::string> environment;  // NAME=value
  std::string working_directory;
  std::string script_file;  // absolute, links resolved: where `script_text` has to stand
  std::string script_text;
  std::string stdin_bytes;
  std::string bundle;  // read by the interpreter from kBundleDescriptor
  std::optional<double> limit_s;
};

struct StandardStreams {
  int in = -1;
  int out = -1;
  int err = -1;
  int bundle = -1;
  int record = -1;
  int lifeline = -1;  // reaches its end when this program is gone
};

struct Ending {
  std::string failure;  // not empty: the interpreter was not started
  int wait_status = 0;
  bool timed_out = false;
  bool abandoned = false;     // this program is gone: the tree was ended early
  bool left_running = false;  // processes were still there a while after the script's end
  double wall_s = 0;
  double cpu_s = 0;
  std::uint64_t peak_bytes = 0;

  void put(WireWriter& writer) const;
  static Ending get(WireReader& reader);
};

struct TreeOwner {
  bool is_namespace_init = false;  // every other process of this PID namespace belongs to the tree
  std::string
      confined_to;  // not empty: writes outside of this folder are refused, where the kernel can
};

// Runs the script to its end. Blocks SIGCHLD in this process and closes the streams. No process of
// the tree is left when it returns.
Ending supervise(const Launch& launch, StandardStreams streams, const TreeOwner& owner);

// Becomes one that waits for orphans and belongs to no terminal; default signal handlers.
void become_supervisor();

}  // namespace braid::verify
