// The effect language of docs/knowledge.md: texts of rows → models. Views point into the row.
// Built-in rows were validated when they were compiled; what is not understood in a user's row
// makes the callable `unknown` (conservative), and read_knowledge_file reports it.
#pragma once

#include "effects/knowledge.h"

namespace braid::effects {

CallableModel parse_callable(const KnowledgeRow& row);
TypeModel parse_type_model(const KnowledgeRow& row);
std::optional<PlaceSpec> parse_place(std::string_view text);
// A clause, or none when it is not of the language.
std::optional<Clause> parse_clause(std::string_view text);

}  // namespace braid::effects
