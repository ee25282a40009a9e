#include "fanout/cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace braid::fanout {

namespace fs = std::filesystem;

Result<Cache> Cache::open(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder) || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return std::unexpected(Error{fmt::format("{}: not a folder that can be written", folder)});
  }
  Cache cache;
  cache.folder_ = folder;
  return cache;
}

std::string Cache::path_of(std::string_view request) const {
  const std::string hex = digest_of(request).hex();
  return fmt::format("{}/{}/{}", folder_, hex.substr(0, 2), hex.substr(2));
}

std::optional<StoredAnswer> Cache::find(std::string_view request) const {
  std::ifstream file(path_of(request), std::ios::binary);
  if (!file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t line = text.find('\n');
  if (line == std::string::npos || std::string_view(text).substr(line + 1) != request) {
    return std::nullopt;
  }
  auto row = read_row(std::string_view(text).substr(0, line));
  if (!row || row->kind != JournalRow::Kind::answer) return std::nullopt;
  return std::move(row->answer);
}

void Cache::keep(std::string_view request, const StoredAnswer& answer) const {
  static std::atomic<std::uint64_t> count = 0;
  const std::string path = path_of(request);
  const std::string draft = fmt::format("{}.{}.{}", path, ::getpid(), ++count);
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  {
    std::ofstream file(draft, std::ios::binary);
    JournalRow row;
    row.kind = JournalRow::Kind::answer;
    row.answer = answer;
    file << write_row(row) << request;
    file.flush();
    if (!file) {
      file.close();
      fs::remove(draft, error);
      return;
    }
  }
  fs::rename(draft, path, error);
  if (error) fs::remove(draft, error);
}

}  // namespace braid::fanout
