// definitions: cuts Python source at its top-level functions and classes. What is not Python comes
// back in one piece.
#pragma once

#include <string_view>
#include <vector>

namespace braid::fanout {

// Consecutive views that put together are all of the text; cut only at the beginnings of lines.
std::vector<std::string_view> cut_definitions(std::string_view text, std::string_view path);

}  // namespace braid::fanout
