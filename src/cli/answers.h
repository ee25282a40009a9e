// The stages from one site's dependences to its decision.
#pragma once

#include <filesystem>

#include "cli/folder_names.h"
#include "cli/pipeline.h"

namespace braid::cli {

// What all sites of one file are answered with. Keeps references to what it is made from.
class Answers {
 public:
  Answers(const SourceFile& file, std::filesystem::path folder, FolderNames& names,
          const effects::Program& program, const effects::Effects& effects, const Wishes& wishes);

  SiteAnswer operator()(const dependence::Site& site);

  // Whether somebody seems to import the file; false when no plan made that matter.
  [[nodiscard]] bool imported_elsewhere() const { return imported_.value_or(false); }

 private:
  plan::Decision decide(const dependence::DependenceGraph& graph);
  std::optional<diagnostics::Diagnostic> objection(const dependence::DependenceGraph& graph,
                                                   const plan::Plan& plan);
  rewrite::Options options_for(const plan::Plan& plan);

  const std::string path_;
  const std::filesystem::path folder_;
  FolderNames& names_;
  const effects::Program& program_;
  const effects::Effects& effects_;
  const Wishes& wishes_;
  dependence::Dependences dependences_;
  // Asked for when a plan makes them matter.
  std::optional<std::string> shadowing_;
  std::optional<bool> imported_;
  std::shared_ptr<const rewrite::Original> original_;
};

}  // namespace braid::cli
