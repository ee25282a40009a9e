#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/toml.h"
#include "cli/source_file.h"

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSettings = 8U << 20U;

std::unexpected<Error> wrong(const std::string& path, std::string_view what) {
  return std::unexpected(Error{fmt::format("{}: {}", path, what)});
}

Result<std::vector<std::string>> strings_at(const toml::table& table, std::string_view key,
                                            const std::string& path) {
  std::vector<std::string> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  const auto complain = [&] {
    return wrong(path, fmt::format("tool.braid.{} must be a list of strings", key));
  };
  if (array == nullptr) return complain();
  for (const toml::node& item : *array) {
    const auto text = item.value<std::string>();
    if (!text) return complain();
    out.push_back(*text);
  }
  return out;
}

Result<void> read_braid(const toml::table& table, Settings& settings) {
  for (const auto& [key, value] : table) {
    const std::string_view name = key.str();
    if (name != "assume" && name != "knowledge") {
      return wrong(settings.path,
                   fmt::format("tool.braid.{} is not known; there are: assume, knowledge", name));
    }
  }
  Result<std::vector<std::string>> assume = strings_at(table, "assume", settings.path);
  if (!assume) return std::unexpected(assume.error());
  settings.assume_all = std::find(assume->begin(), assume->end(), "all") != assume->end();
  settings.assume = std::move(*assume);
  const Result<std::vector<std::string>> files = strings_at(table, "knowledge", settings.path);
  if (!files) return std::unexpected(files.error());
  for (const std::string& file : *files) {
    const std::string path = (fs::path(settings.path).parent_path() / file).string();
    Result<std::string> text = read_bytes(path, kLargestSettings);
    if (!text)
      return wrong(settings.path,
                   fmt::format("the knowledge file {}: {}", path, text.error().message));
    settings.knowledge.push_back({path, std::move(*text)});
  }
  return {};
}

}  // namespace

std::optional<rewrite::PythonVersion> lower_bound(std::string_view text) {
  std::optional<rewrite::PythonVersion> bound;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text = part.size() < text.size() ? text.substr(part.size() + 1) : std::string_view{};
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    for (const std::string_view sign : {">=", "~=", "===", "==", ">", "^", "~"}) {
      if (!part.starts_with(sign)) continue;
      part.remove_prefix(sign.size());
      part.remove_prefix(std::min(part.find_first_not_of(" \tv"), part.size()));
      rewrite::PythonVersion version{0, 0};
      const char* end = part.data() + part.size();
      const auto [dot, error] = std::from_chars(part.data(), end, version.major);
      if (error == std::errc{} && dot != end && *dot == '.')
        std::from_chars(dot + 1, end, version.minor);
      if (version.major == 3 && (!bound || *bound < version)) bound = version;
      break;
    }
  }
  if (bound && *bound < rewrite::PythonVersion{}) bound = rewrite::PythonVersion{};
  return bound;
}

Result<Settings> read_settings(const fs::path& folder) {
  Settings settings;
  std::error_code error;
  for (fs::path at = fs::absolute(folder, error).lexically_normal();; at = at.parent_path()) {
    std::error_code ignored;
    if (const fs::path file = at / "pyproject.toml"; fs::is_regular_file(file, ignored)) {
      settings.path = file.string();
      break;
    }
    if (!at.has_relative_path()) return settings;
  }
  const Result<std::string> text = read_bytes(settings.path, kLargestSettings);
  if (!text) return wrong(settings.path, text.error().message);
  const toml::parse_result parsed = toml::parse(*text, settings.path);
  if (!parsed) {
    return wrong(settings.path, fmt::format("line {}: {}", parsed.error().source().begin.line,
                                            std::string_view(parsed.error().description())));
  }
  const toml::table& table = parsed.table();
  if (const auto bound = table["project"]["requires-python"].value<std::string>()) {
    settings.requires_python = lower_bound(*bound);
  } else if (const auto poetry =
                 table["tool"]["poetry"]["dependencies"]["python"].value<std::string>()) {
    settings.requires_python = lower_bound(*poetry);
  }
  if (const toml::table* own = table["tool"]["braid"].as_table()) {
    if (auto read = read_braid(*own, settings); !read) return std::unexpected(read.error());
  }
  return settings;
}

}  // namespace braid::cli
