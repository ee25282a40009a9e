#include "cli/parsed_files.h"

#include "cli/source_file.h"

namespace braid::cli {
namespace {

// A tree takes some twenty times the size of its text. Of what is more, those go that were asked
// for longest ago: scripts of one folder import one another, and are checked one after another.
constexpr std::size_t kMostKept = 8U << 20U;

}  // namespace

std::shared_ptr<ParsedFiles::Entry> ParsedFiles::entry_of(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = files_.find(path); found != files_.end()) {
    by_age_.splice(by_age_.end(), by_age_, found->second->place);
    return found->second;
  }
  auto entry = std::make_shared<Entry>();
  files_.emplace(path, entry);
  entry->place = by_age_.insert(by_age_.end(), path);
  return entry;
}

// Who has one of the files that go, still has it.
void ParsedFiles::keep(Entry& entry) {
  const std::scoped_lock lock(mutex_);
  entry.is_parsed = true;
  kept_ += entry.imported.bytes;
  for (auto oldest = by_age_.begin(); kept_ > kMostKept && oldest != by_age_.end();) {
    const auto found = files_.find(*oldest);
    if (!found->second->is_parsed || found->second.get() == &entry) {
      ++oldest;
      continue;
    }
    const effects::ParsedFile* file = found->second->imported.file.get();
    kept_ -= found->second->imported.bytes;
    std::erase_if(imports_, [&](const auto& each) { return each.first.first == file; });
    files_.erase(found);
    oldest = by_age_.erase(oldest);
  }
}

ParsedFiles::Imported ParsedFiles::module_at(const std::filesystem::path& path) {
  const std::shared_ptr<Entry> entry = entry_of(path.string());
  std::call_once(entry->once, [&] {
    const std::expected<SourceFile, FileProblem> file = read_source(path.string());
    if (!file) return;
    entry->imported = {effects::parse_file(file->source, symbols_), file->source->text().size()};
    keep(*entry);
  });
  return entry->imported;
}

std::shared_ptr<const effects::ParsedFile> ParsedFiles::script(
    std::shared_ptr<const Source> source) {
  if (source->path() == "-") return effects::parse_file(std::move(source), symbols_);
  std::error_code error;
  const std::string path = std::filesystem::absolute(source->path(), error).string();
  if (error) return effects::parse_file(std::move(source), symbols_);
  const std::shared_ptr<Entry> entry = entry_of(path);
  std::call_once(entry->once, [&] {
    entry->imported = {effects::parse_file(source, symbols_), source->text().size()};
    keep(*entry);
  });
  const auto& known = entry->imported.file;
  // Written to in between, or met under another path.
  if (!known || known->tree.source().text() != source->text())
    return effects::parse_file(std::move(source), symbols_);
  if (known->tree.source().path() == source->path()) return known;
  return std::make_shared<const effects::ParsedFile>(
      known->symbols, known->tree.with_source(std::move(source)), known->scopes);
}

ParsedFiles::Imports ParsedFiles::imports(const effects::Module& module) {
  std::pair key(module.file.get(), module.name + (module.is_package ? "/" : ""));
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = imports_.find(key); found != imports_.end()) return found->second;
  }
  auto made = std::make_shared<const std::vector<effects::ImportRequest>>(
      effects::imports_of(module, symbols_));
  const std::scoped_lock lock(mutex_);
  const auto kept = files_.find(module.tree.source().path());
  if (kept != files_.end() && kept->second->imported.file == module.file)
    imports_.try_emplace(std::move(key), made);
  return made;
}

}  // namespace braid::cli
