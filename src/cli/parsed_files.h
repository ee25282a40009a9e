// Files of one command, parsed: each once, however many scripts import it. Shared by the threads of
// one command.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "effects/program.h"

namespace braid::cli {

class ParsedFiles {
 public:
  // A module that a program imports, as far as it can be read; it is kept.
  struct Imported {
    std::shared_ptr<const effects::ParsedFile> file;  // none: it cannot be read
    std::size_t bytes = 0;
  };
  Imported module_at(const std::filesystem::path& path);

  // The script, whose text is here already.
  std::shared_ptr<const effects::ParsedFile> script(std::shared_ptr<const Source> source);

  // What the module's imports ask for.
  std::shared_ptr<const std::vector<effects::ImportRequest>> imports(const effects::Module& module);

  // Shares its names with all files here.
  [[nodiscard]] SymbolTable symbols() const { return symbols_; }

 private:
  struct Entry {
    std::once_flag once;
    Imported imported;
    std::list<std::string>::iterator place;  // in `by_age_`
    bool is_parsed = false;
  };
  using Imports = std::shared_ptr<const std::vector<effects::ImportRequest>>;

  std::shared_ptr<Entry> entry_of(const std::string& path);
  void keep(Entry& entry);

  const SymbolTable symbols_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Entry>> files_;  // by absolute path
  std::list<std::string> by_age_;  // their paths; last: asked for last
  std::map<std::pair<const effects::ParsedFile*, std::string>, Imports> imports_;
  std::size_t kept_ = 0;  // bytes of text
};

}  // namespace braid::cli
