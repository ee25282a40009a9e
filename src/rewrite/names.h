// Names for what is emitted: taken from the code, and equal to nothing that the file can see.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "effects/program.h"

namespace braid::rewrite {

class Names {
 public:
  Names(const effects::Program& program, effects::ModuleId module);

  // The first of `wishes` that is free, else the first with a number; taken from then on.
  std::string fresh(const std::vector<std::string>& wishes);
  // One name for all sites of the file that want the same wishes.
  std::string shared(const std::vector<std::string>& wishes);
  // Makes a name of an inner scope one of the module's, for `owner`; false: another one has it.
  bool claim(const std::string& name, std::uint32_t owner);
  [[nodiscard]] bool is_taken(const std::string& name) const {
    return seen_->taken.contains(name) || taken_.contains(name);
  }
  // The file binds this builtin's name itself, or may by a star import.
  [[nodiscard]] bool is_rebound(const std::string& builtin) const {
    return seen_->bound.contains(builtin);
  }

 private:
  // In the file, before anything is emitted: all copies share it.
  struct Seen {
    std::set<std::string> taken{};
    std::set<std::string> bound{};
    std::set<std::string> star_imported{};
  };
  static void see(const effects::Program& program, const effects::Module& module,
                  bool exported_only, Seen& seen);
  // False: it is taken already.
  bool take(const std::string& name) { return !is_taken(name) && taken_.insert(name).second; }

  std::shared_ptr<const Seen> seen_;
  std::set<std::string> taken_;
  std::map<std::string, std::string> shared_;
  std::map<std::string, std::uint32_t> claimed_;
};

bool is_builtin(const std::string& name);
// "page" → "pages", "city" → "cities", "match" → "matches".
std::string plural(const std::string& noun);
// "urls" → "url", "cities" → "city"; empty when it does not look like a plural.
std::string singular(const std::string& noun);
// The verb a worker's name begins with, from the called name: "get" → "fetch", "resize_image" →
// "resize".
std::string verb_for(const std::string& callee);

}  // namespace braid::rewrite
