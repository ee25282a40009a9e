// A script with the local modules that it imports: trees and scopes, and how imports connect them.
// The cli reads the files; this room only says which ones it needs.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "scope/scope.h"

namespace braid::effects {

struct ModuleTag;
using ModuleId = Id<ModuleTag>;

// Nodes of one file by what they are, each list in order of the text.
struct NodesByName {
  std::vector<std::pair<Symbol, syntax::NodeId>> mentions;  // Name and Attribute: sorted by name
  std::vector<syntax::NodeId> classes;
  std::vector<syntax::NodeId> decorated;  // functions
  std::vector<syntax::NodeId> imports;

  [[nodiscard]] std::span<const std::pair<Symbol, syntax::NodeId>> of(Symbol name) const;
};

// The text of one file: shared by all programs that it belongs to.
struct ParsedFile {
  ParsedFile(std::shared_ptr<const SymbolTable> its_symbols, syntax::SyntaxTree its_tree,
             scope::Scopes its_scopes)
      : symbols(std::move(its_symbols)), tree(std::move(its_tree)), scopes(std::move(its_scopes)) {}

  // Found when it is first asked for.
  [[nodiscard]] const NodesByName& nodes() const;

  std::shared_ptr<const SymbolTable> symbols;  // the table it was parsed with
  syntax::SyntaxTree tree;
  scope::Scopes scopes;

 private:
  mutable std::once_flag once_;
  mutable NodesByName nodes_;
};

struct Module {
  Module(std::string its_name, std::shared_ptr<const ParsedFile> its_file, bool package)
      : name(std::move(its_name)),
        file(std::move(its_file)),
        tree(file->tree),
        scopes(file->scopes),
        is_package(package) {}

  std::string name;  // dotted import name; "__main__" for the script
  std::shared_ptr<const ParsedFile> file;
  const syntax::SyntaxTree& tree;
  const scope::Scopes& scopes;
  bool is_package = false;  // an __init__.py
};

// One module that an import statement asks for.
struct ImportRequest {
  std::string module;  // absolute dotted name ("pkg.part"), relative dots already resolved
  bool may_be_attribute = false;  // `from m import name`: name may be a submodule or not
};

struct Program {
  SymbolTable symbols;
  std::vector<Module> modules;                        // modules[0] is the script
  std::unordered_map<std::string, ModuleId> by_name;  // local modules only
  // Module names that have a local file which could not be used (unreadable, too deep, not Python).
  std::vector<std::string> unusable;
  std::vector<std::shared_ptr<const ParsedFile>> broken;  // of those: what is not all Python

  // None when no file of the program names it.
  [[nodiscard]] Symbol find(std::string_view name) const;
};

// `symbols`: shares its names with all that are ever in a program together.
std::shared_ptr<const ParsedFile> parse_file(std::shared_ptr<const Source> source,
                                             const SymbolTable& symbols);

// Every module that this one's imports name, in order of the text, without repeats.
std::vector<ImportRequest> imports_of(const Module& module, const SymbolTable& symbols);

}  // namespace braid::effects
