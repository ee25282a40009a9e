// Where programs run without touching anything of the user's. One sandbox serves many runs, each of
// which begins with the user's files as they are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "verify/file_states.h"
#include "verify/private_folder.h"
#include "verify/supervisor.h"
#include "verify/verify.h"

namespace braid::verify {

// What was written to a stream. All of it is in `size` and `digest`, the beginning in `kept`.
struct Stream {
  std::string kept;
  std::uint64_t size = 0;
  std::string digest;

  [[nodiscard]] bool is_whole() const { return kept.size() == size; }
  bool operator==(const Stream& other) const {
    return size == other.size && digest == other.digest;
  }
};

struct RunResult {
  std::string failure;  // not empty: the run did not take place, and why
  Ending ending;
  Stream out;
  Stream err;
  std::string record;  // what the interpreter's bootstrap wrote down
  FileChanges files;
  std::vector<std::string> stopped;  // outside effects that the guard stopped
  bool space_ran_out = false;
};

class Sandbox {
 public:
  // Tries what this machine allows. `script_file` is absolute, without links.
  static Result<Sandbox> open(SandboxKind kind, const std::string& script_file);

  [[nodiscard]] SandboxKind kind() const { return kind_; }
  // Where a path of the user's is found inside.
  [[nodiscard]] std::string inside(const std::string& path) const;
  // Adds what programs need to find in their environment.
  void set_environment(std::map<std::string, std::string>& environment) const;
  // Where the guard writes down what it stopped; empty when nothing needs to be stopped.
  [[nodiscard]] std::string stopped_file() const;

  // `launch` names the user's own paths; they are translated here.
  RunResult run(const Launch& launch);

 private:
  RunResult run_supervised(const Launch& launch);
  void supervise_overlay(const Launch& launch, const StandardStreams& streams, int report);
  void supervise_copy(const Launch& launch, const StandardStreams& streams, int report);
  [[nodiscard]] Result<bool> fill_copy();
  // Where an overlay puts written files that memory cannot hold; empty: memory can.
  [[nodiscard]] std::string layers_folder() const {
    return folder_.path().empty() ? "" : folder_.path() + "/layers";
  }

  SandboxKind kind_ = SandboxKind::overlay;
  std::string working_directory_;
  std::string script_folder_;
  std::vector<std::string> copied_;  // the user's folders that a copy stands for
  bool in_user_namespace_ = true;
  PrivateFolder folder_;  // of a copy; or for what does not fit into memory
};

}  // namespace braid::verify
