// The values of literals.
#include "syntax/syntax.h"
namespace braid::syntax {
std::optional<std::string> string_value(const SyntaxTree&, NodeId) { return std::nullopt; }
std::optional<std::int64_t> int_value(const SyntaxTree&, NodeId) { return std::nullopt; }
}  // namespace braid::syntax
