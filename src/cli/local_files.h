// What is known of the files around the scripts of one command. Shared by its threads.
#pragma once

#include "cli/folder_names.h"
#include "cli/parsed_files.h"

namespace braid::cli {

struct LocalFiles {
  FolderNames names;
  ParsedFiles parsed;
};

}  // namespace braid::cli
