// What lies in folders, as Python's import looks at it: each folder is read once, however many
// scripts and imports ask. Shared by the threads of one command.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace braid::cli {

// How `import name` would find a local module.
struct LocalModule {
  enum class What {
    nothing,
    package,   // `file` is its __init__.py
    module,    // `file` is its source
    folder,    // without __init__.py: a namespace package, perhaps
    unusable,  // compiled
  } what{};
  std::filesystem::path file;
};

class FolderNames {
 public:
  // In the order of importlib's FileFinder: package, compiled, source, namespace. `name` is without
  // dots.
  LocalModule find_module(const std::filesystem::path& folder, const std::string& name);

 private:
  struct Names {
    std::unordered_set<std::string> all;
    std::unordered_set<std::string> compiled;  // what stands before the first dot
    bool is_read = false;                      // perhaps it may be entered and not listed
  };
  std::shared_ptr<const Names> names_in(const std::string& folder);

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Names>> folders_;
};

}  // namespace braid::cli
