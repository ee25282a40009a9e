// The pipeline: one file's text → what Braid makes of it.
#pragma once

#include <filesystem>

#include "cli/local_files.h"
#include "cli/settings.h"
#include "cli/source_file.h"
#include "plan/plan.h"
#include "rewrite/rewrite.h"

namespace braid::cli {

// What is decided before a file is looked at.
struct Wishes {
  plan::Backend backend = plan::Backend::automatic;
  plan::Accepted accepted;  // --assume and [tool.braid]
  plan::Costs costs;
  rewrite::Options rewrite;  // dialect, target, workers, progress
  bool in_memory = false;    // `run`: who imports the file gets the original
};

struct SiteAnswer {
  dependence::Site site;
  plan::Decision decision;
  bool accepted = false;  // would be rewritten: parallel, or all assumptions accepted
};

struct Analysis {
  SourceFile file;
  effects::Program program;
  std::vector<SiteAnswer> sites;                  // of the script, by line and column
  bool imported_elsewhere = false;                // found out only where processes are planned
  std::vector<diagnostics::Diagnostic> problems;  // what is not Python in it, or nested too deeply
  [[nodiscard]] const syntax::SyntaxTree& tree() const { return program.modules[0].tree; }
};

// The built-in knowledge and what the settings add. Error: a file of the settings is wrong.
Result<effects::Knowledge> make_knowledge(const Settings& settings);

// `folder`: where the script's imports are looked for.
Analysis analyse(SourceFile file, const std::filesystem::path& folder, LocalFiles& files,
                 const effects::Knowledge& knowledge, const Wishes& wishes);

// The folder that a script's imports begin at: its own; the current one for stdin.
std::filesystem::path folder_of(const std::string& script);

// The chosen sites, carried out together.
struct Rewriting {
  std::vector<const SiteAnswer*> sites;  // those that were rewritten, in order of the text
  std::vector<rewrite::Edit> edits;
  std::string text;  // UTF-8
  // Lines of sites that are written with concurrent.futures although another dialect was asked
  // for, and why.
  std::vector<std::pair<std::uint32_t, std::string>> instead;
  std::string package;  // that the text needs besides: "braid", "joblib"
};
// `chosen`: first lines given by --only; empty: every accepted site.
Rewriting rewrite_sites(const Analysis& analysis, const std::vector<std::uint32_t>& chosen,
                        const Wishes& wishes);

}  // namespace braid::cli
