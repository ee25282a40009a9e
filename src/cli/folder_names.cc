#include "cli/folder_names.h"

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// name.cpython-311-x86_64-linux-gnu.so, name.abi3.so, name.so, name.pyc
bool is_compiled(std::string_view file) {
  return file.ends_with(".so") || file.ends_with(".pyc") || file.ends_with(".pyd");
}

}  // namespace

std::shared_ptr<const FolderNames::Names> FolderNames::names_in(const std::string& folder) {
  {
    const std::scoped_lock lock(mutex_);
    if (auto found = folders_.find(folder); found != folders_.end()) return found->second;
  }
  auto names = std::make_shared<Names>();
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
    std::string file = at->path().filename().string();
    const std::size_t dot = file.find('.');
    if (dot > 0 && dot != std::string::npos && is_compiled(file))
      names->compiled.insert(file.substr(0, dot));
    names->all.insert(std::move(file));
  }
  names->is_read = !error;
  const std::scoped_lock lock(mutex_);
  return folders_.try_emplace(folder, std::move(names)).first->second;
}

LocalModule FolderNames::find_module(const fs::path& folder, const std::string& name) {
  using What = LocalModule::What;
  const auto names = names_in(folder.string());
  const auto may_hold = [&](const std::string& file) {
    return !names->is_read || names->all.contains(file);
  };
  const bool inner_is_folder = may_hold(name) && is_folder(folder / name);
  if (inner_is_folder && is_file(folder / name / "__init__.py"))
    return {What::package, folder / name / "__init__.py"};
  if (names->compiled.contains(name)) return {What::unusable, folder};
  if (may_hold(name + ".py") && is_file(folder / (name + ".py")))
    return {What::module, folder / (name + ".py")};
  if (inner_is_folder) return {What::folder, folder / name};
  return {};
}

}  // namespace braid::cli
