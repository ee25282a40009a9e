// How control comes to a site: pools are started only where the main thread comes by ordinary
// calls. In: a site and its program. Out: where it stands instead ("in a finaliser"), or nothing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dependence/dependence.h"

namespace braid::dependence {

class Entries {
 public:
  explicit Entries(const effects::Program& program) : program_(program) {}

  // Known from the second time on for all sites of one definition.
  const std::string& unusual(const Site& site);

 private:
  const effects::Program& program_;
  std::optional<bool> starts_anything_;
  std::map<std::pair<ModuleId, NodeId>, std::string> known_;  // by definition
};

}  // namespace braid::dependence
