// How control comes to a site: pools are started only where the main thread comes by ordinary
// calls. In: a site and its program. Out: where it stands instead ("in a finaliser"), or nothing.
#pragma once

#include <string>

#include "dependence/dependence.h"

namespace braid::dependence {

std::string unusual_entry(const Site& site, const effects::Program& program);

}  // namespace braid::dependence
