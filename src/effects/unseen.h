// What the classes of the program say of operators, attributes and statements, by name: an object
// of which nothing is known may be of any of them.
//
// What all hooks of one name do is learnt once a round, for an object that nobody has seen, and
// told wherever something unseen is asked by that name: only what others may notice of it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "effects/frames.h"
#include "effects/program.h"

namespace braid::effects {

using Names = std::vector<std::string_view>;
inline constexpr std::string_view kAnyHook = "*";   // all that an operator or a builtin may ask
bool is_named_elsewhere(std::string_view special);  // runs where the text shows it: hooks.cc

struct OwnHook {
  ModuleId module{};
  syntax::NodeId function{};
};

struct OwnHooks {
  explicit OwnHooks(const Program& program);
  struct ByName {
    std::vector<OwnHook> functions{};
    std::vector<Atom> types{};  // that bind the name in their text
    Summary all{};              // what the functions do, as far as it can be noticed
    ValueId gives{0U};
  };
  // Special methods and properties; with `=` after the name: setters.
  std::map<std::string, ByName, std::less<>> by_name;
};

}  // namespace braid::effects
