#include "verify/script_launch.h"

#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

extern char** environ;

namespace braid::verify {

Result<std::string> find_program(const std::string& name) {
  auto is_program = [](const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return std::filesystem::absolute(name).string();
    return std::unexpected(Error{name + ": no such interpreter"});
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (is_program(candidate)) return std::filesystem::absolute(candidate).string();
  }
  return std::unexpected(Error{name + ": no such interpreter on the PATH"});
}

Result<ScriptLaunch> ScriptLaunch::prepare(const std::string& python,
                                           const std::string& script_path,
                                           const std::vector<std::string>& arguments) {
  Result<std::string> found = find_program(python);
  if (!found) return std::unexpected(found.error());
  ScriptLaunch launch;
  launch.python = *found;
  launch.script_path = script_path;
  launch.arguments = arguments;
  std::error_code error;
  launch.script_file = std::filesystem::canonical(script_path, error).string();
  if (error) return std::unexpected(Error{script_path + ": " + error.message()});
  launch.working_directory = std::filesystem::current_path(error).string();
  if (error) return std::unexpected(Error{"the working directory: " + error.message()});
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view pair = *entry;
    std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    launch.environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return launch;
}

Launch ScriptLaunch::make(const Sandbox& sandbox, BundleRequest bundle, const std::string& text,
                          const std::string& stdin_bytes) const {
  std::map<std::string, std::string> variables = environment;
  if (!variables.contains("PYTHONHASHSEED")) {
    // Sets come out in the same order in every run; child processes get seeds of their own, as
    // ever.
    variables["PYTHONHASHSEED"] = "0";
    bundle.environment["PYTHONHASHSEED"] = std::nullopt;
  }
  sandbox.set_environment(variables);
  auto inside = [&](const std::string& path) {
    return path.starts_with('/') ? sandbox.inside(path) : path;
  };
  bundle.script = inside(script_path);
  Launch launch;
  launch.python = python;
  launch.bundle = make_bundle(bundle);
  launch.arguments = {python, "-c", bundle_stub(launch.bundle)};
  for (const std::string& argument : arguments) launch.arguments.push_back(inside(argument));
  for (const auto& [name, value] : variables) launch.environment.push_back(name + "=" + value);
  launch.working_directory = working_directory;
  launch.script_file = script_file;
  launch.script_text = text;
  launch.stdin_bytes = stdin_bytes;
  return launch;
}

}  // namespace braid::verify
