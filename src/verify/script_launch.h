// How an interpreter is started on a script: found, with its arguments and environment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "verify/interpreter_bundle.h"
#include "verify/sandbox.h"

namespace braid::verify {

// The file that a name of a program means, as a shell finds it.
Result<std::string> find_program(const std::string& name);

struct ScriptLaunch {
  std::string python;
  std::string script_path;  // as the user gave it
  std::string script_file;  // absolute, without links
  std::string working_directory;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;

  static Result<ScriptLaunch> prepare(const std::string& python, const std::string& script_path,
                                      const std::vector<std::string>& arguments);
  [[nodiscard]] Launch make(const Sandbox& sandbox, BundleRequest bundle, const std::string& text,
                            const std::string& stdin_bytes) const;
};

}  // namespace braid::verify
