// The Python files below a folder.
#pragma once

#include <string>
#include <vector>

#include "cli/source_file.h"

namespace braid::cli {

struct FolderContents {
  std::vector<std::string> files;  // *.py and *.pyw, as reached from the argument
  std::vector<std::pair<std::string, std::string>> unreadable;  // folders, and why
};

// Leaves out what .gitignore files name (those above the folder too, up to the repository's root),
// hidden folders and virtual environments. Links to folders are not followed, so that no loop of
// links is entered.
FolderContents python_files(const std::string& folder);

}  // namespace braid::cli
