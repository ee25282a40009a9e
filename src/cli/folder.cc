#include "cli/folder.h"

#include <algorithm>
#include <filesystem>

#include "cli/ignore.h"

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestIgnoreFile = 8U << 20U;
constexpr int kDeepest = 200;

bool is_environment(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "pyvenv.cfg", ignored) || fs::exists(folder / "conda-meta", ignored);
}

class Walk {
 public:
  explicit Walk(FolderContents& found) : found_(found) {}

  // `absolute` is the same folder as .gitignore files see it; ends in '/'.
  void start(const std::string& folder, const std::string& absolute) {
    add_ignore_files_above(absolute);
    enter(folder, absolute, 0);
  }

 private:
  void add_ignore_files_above(const std::string& absolute) {
    std::vector<std::string> folders;
    std::error_code ignored;
    fs::path at = fs::path(absolute).parent_path();
    while (!fs::exists(at / ".git", ignored) && at.has_relative_path()) {
      at = at.parent_path();
      folders.push_back(at == "/" ? "/" : at.string() + "/");
    }
    // Outside of a repository only the files below the argument count.
    if (!fs::exists(at / ".git", ignored)) return;
    add_ignore_file(at.string() + "/.git/info/exclude", at.string() + "/");
    std::reverse(folders.begin(), folders.end());
    for (const std::string& folder : folders) add_ignore_file(folder + ".gitignore", folder);
  }

  bool add_ignore_file(const std::string& path, const std::string& folder) {
    const Result<std::string> text = read_bytes(path, kLargestIgnoreFile);
    if (!text) return false;
    ignore_.push_back({folder, read_ignore_rules(*text)});
    return true;
  }

  void enter(const std::string& folder, const std::string& absolute, int depth) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator at(folder.empty() ? "." : folder, error);
    for (const fs::directory_iterator end; !error && at != end; at.increment(error))
      entries.push_back(*at);
    if (error) found_.unreadable.emplace_back(folder, error.message());
    std::sort(entries.begin(), entries.end());
    const bool has_ignore_file = add_ignore_file(folder + "/.gitignore", absolute);
    for (const fs::directory_entry& entry : entries) take(entry, folder, absolute, depth);
    if (has_ignore_file) ignore_.pop_back();
  }

  void take(const fs::directory_entry& entry, const std::string& folder,
            const std::string& absolute, int depth) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    const std::string path = folder.ends_with('/') ? folder + name : folder + "/" + name;
    if (entry.is_directory(ignored)) {
      if (entry.is_symlink(ignored) || name.starts_with('.') || name == "__pycache__" ||
          name == "node_modules")
        return;
      if (depth >= kDeepest || is_environment(entry.path()) ||
          is_ignored(ignore_, absolute + name, true))
        return;
      return enter(path, absolute + name + "/", depth + 1);
    }
    if (!name.ends_with(".py") && !name.ends_with(".pyw")) return;
    if (is_ignored(ignore_, absolute + name, false)) return;
    // Sockets and pipes of that name are nothing to read; a dangling link is worth an error.
    if (entry.is_regular_file(ignored) || entry.is_symlink(ignored)) found_.files.push_back(path);
  }

  FolderContents& found_;
  std::vector<IgnoreFile> ignore_;
};

}  // namespace

FolderContents python_files(const std::string& folder) {
  FolderContents found;
  std::error_code error;
  std::string absolute = fs::absolute(folder, error).lexically_normal().string();
  if (!absolute.ends_with('/')) absolute += '/';
  Walk(found).start(folder, absolute);
  return found;
}

}  // namespace braid::cli
