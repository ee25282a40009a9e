// What pyproject.toml says: [tool.braid] and requires-python.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rewrite/rewrite.h"

namespace braid::cli {

struct KnowledgeText {
  std::string name;  // of the file, for messages
  std::string toml;
};

struct Settings {
  std::string path;  // of the pyproject.toml; empty: there is none
  std::vector<std::string> assume;
  bool assume_all = false;
  std::vector<KnowledgeText> knowledge;
  std::optional<rewrite::PythonVersion> requires_python;  // its lower bound, at least 3.9
};

// From the nearest pyproject.toml, in `folder` or above. Error: it is there but wrong.
Result<Settings> read_settings(const std::filesystem::path& folder);

// ">=3.10,<4" → 3.10; none when there is no lower bound.
std::optional<rewrite::PythonVersion> lower_bound(std::string_view requires_python);

}  // namespace braid::cli
