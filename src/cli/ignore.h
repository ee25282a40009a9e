// .gitignore files: which paths they name (gitignore(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace braid::cli {

struct IgnoreRule {
  std::string pattern;  // without the marks below
  bool negated = false;
  bool only_folders = false;
  bool anchored = false;  // matches from the file's own folder on, else any part
};

std::vector<IgnoreRule> read_ignore_rules(std::string_view text);

// One .gitignore file and the folder that it stands in, as a path that what is asked about begins
// with.
struct IgnoreFile {
  std::string folder;  // "" or ends in '/'
  std::vector<IgnoreRule> rules;
};

// `files` from the outermost folder to the innermost: the last rule that matches decides.
bool is_ignored(const std::vector<IgnoreFile>& files, const std::string& path, bool is_folder);

// `*`, `?`, `[…]` do not match '/', `**` does.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace braid::cli
