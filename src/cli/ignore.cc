#include "cli/ignore.h"

#include <algorithm>

namespace braid::cli {
namespace {

// [a-z], [!x], [^x]; returns the length of the class in the pattern, 0 when it is not closed.
std::size_t match_class(std::string_view pattern, char c, bool& matched) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    found |= low <= c && c <= high;
  }
  if (i >= pattern.size()) return 0;
  matched = found != negated && c != '/';
  return i + 1;
}

// The pattern is short and written by people: the two stars are tried from left to right.
bool match_from(std::string_view pattern, std::string_view text, int budget) {
  if (budget == 0) return false;
  while (!pattern.empty()) {
    if (pattern.starts_with("**/")) {
      for (std::size_t at = 0; at <= text.size(); ++at) {
        const bool part_begins = at == 0 || text[at - 1] == '/';
        if (part_begins && match_from(pattern.substr(3), text.substr(at), budget - 1)) return true;
      }
      return false;
    }
    if (pattern == "**") return true;
    if (pattern[0] == '*') {
      while (!pattern.empty() && pattern[0] == '*') pattern.remove_prefix(1);
      for (std::size_t at = 0; at <= text.size(); ++at) {
        if (match_from(pattern, text.substr(at), budget - 1)) return true;
        if (at < text.size() && text[at] == '/') return false;
      }
      return false;
    }
    if (text.empty()) return false;
    std::size_t used = 1;
    bool matched = false;
    if (pattern[0] == '?') {
      matched = text[0] != '/';
    } else if (pattern[0] == '[' && (used = match_class(pattern, text[0], matched)) != 0) {
      // matched is set
    } else {
      used = pattern[0] == '\\' && pattern.size() > 1 ? 2 : 1;
      matched = pattern[used - 1] == text[0];
    }
    if (!matched) return false;
    pattern.remove_prefix(used);
    text.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  return match_from(pattern, text, 64);
}

std::vector<IgnoreRule> read_ignore_rules(std::string_view text) {
  std::vector<IgnoreRule> rules;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    IgnoreRule rule;
    if (line[0] == '!') {
      rule.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.only_folders = true;
      line.remove_suffix(1);
    }
    rule.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool is_ignored(const std::vector<IgnoreFile>& files, const std::string& path, bool is_folder) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (!path.starts_with(file->folder)) continue;
    const std::string_view inner = std::string_view(path).substr(file->folder.size());
    for (auto rule = file->rules.rbegin(); rule != file->rules.rend(); ++rule) {
      if (rule->only_folders && !is_folder) continue;
      if (matches_glob(rule->pattern, rule->anchored ? inner : name)) return !rule->negated;
    }
  }
  return false;
}

}  // namespace braid::cli
