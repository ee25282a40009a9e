// A script with the local modules that it imports: trees and scopes, and how imports connect them.
// The cli reads the files; this room only says which ones it needs.
#pragma once

#include <string>
#include <vector>

#include "scope/scope.h"

namespace braid::effects {

struct ModuleTag;
using ModuleId = Id<ModuleTag>;

struct Module {
  std::string name;  // dotted import name; "__main__" for the script
  syntax::SyntaxTree tree;
  scope::Scopes scopes;
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
};

// Every module that this one's imports name, in order of the text, without repeats.
std::vector<ImportRequest> imports_of(const Module& module, const SymbolTable& symbols);

}  // namespace braid::effects
