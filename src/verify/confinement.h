// Landlock: the kernel refuses this process, and all that it starts, to write outside of one
// folder.
#pragma once

#include <string>

namespace braid::verify {

// False where the kernel does not know Landlock; then nothing is refused. Cannot be undone.
bool confine_writes(const std::string& folder);

}  // namespace braid::verify
