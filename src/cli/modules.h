// The local modules that a script imports: found as Python finds them, parsed, resolved.
#pragma once

#include <filesystem>

#include "cli/local_files.h"
#include "cli/source_file.h"
#include "effects/program.h"

namespace braid::cli {

// The script alone.
effects::Program parse_script(std::shared_ptr<const Source> source, LocalFiles& files);

// Adds every local module that the program imports, directly or through others, from `folder` (what
// sys.path begins with when the script runs). Cycles end; a module that is there but cannot be
// used goes to Program::unusable.
void load_modules(effects::Program& program, const std::filesystem::path& folder,
                  LocalFiles& files);

// A file beside the script that stands in the way of an import that a rewrite adds (`queue.py`);
// empty when there is none.
std::string find_shadowing_file(const std::filesystem::path& folder, FolderNames& names);

// The same for what the package (`braid` or `joblib`) imports beyond that, and for itself.
std::string find_file_shadowing(std::string_view package, const std::filesystem::path& folder,
                                FolderNames& names);

// Whether another local file seems to import the file (its name stands in an import or in quotes).
bool may_be_imported(const std::filesystem::path& script);

}  // namespace braid::cli
