// How the file names what emitted code needs of libraries, and where a new import goes.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rewrite/names.h"
#include "rewrite/rewrite.h"
#include "rewrite/text.h"

namespace braid::rewrite {

// `from MODULE import NAME`, or `import MODULE` when name is empty.
struct Need {
  std::string module;
  std::string name;
  auto operator<=>(const Need&) const = default;
};

// By the first part of a dotted name.
bool is_standard_library(std::string_view module);

class Imports {
 public:
  Imports(const effects::Program& program, effects::ModuleId module, const Layout& layout,
          Names& names);

  // What emitted code writes for it: an import that the file has, or the name that a new one binds.
  // None: the file uses the name for something else, or a local file stands in the way.
  std::optional<std::string> spell(const Need& need);
  // The name under which the head of the file has imported it already; none: it has not.
  [[nodiscard]] std::optional<std::string> existing(const Need& need) const;
  // The imports that `needs` ask for and the file lacks, as edits.
  [[nodiscard]] std::vector<Edit> edits(const std::set<Need>& needs) const;

 private:
  [[nodiscard]] bool is_hidden(const std::string& module) const;
  [[nodiscard]] std::vector<NodeId> leading_imports() const;
  [[nodiscard]] bool is_import(NodeId statement) const;
  [[nodiscard]] bool changes_where_from() const;
  [[nodiscard]] std::string module_of(NodeId import) const;
  [[nodiscard]] std::vector<std::vector<NodeId>> blocks_of(
      const std::vector<NodeId>& imports) const;
  [[nodiscard]] bool is_of(const std::string& module, bool standard) const;
  [[nodiscard]] std::uint32_t place_without_imports(bool& below_docstring) const;

  const effects::Program& program_;
  const effects::Module& module_;
  const Layout& layout_;
  Names& names_;
  std::set<Need> spelled_;
};

}  // namespace braid::rewrite
