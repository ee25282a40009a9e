// A user's knowledge file (TOML text) → rows, by the same rules as tools/compile_knowledge.
#pragma once

#include "effects/knowledge.h"

namespace braid::effects {

struct KnowledgeFileRow {
  std::string name, signature, text, library;
  KnowledgeKind kind{};
};

// Errors name the file, the key and what is wrong with it.
Result<std::vector<KnowledgeFileRow>> read_knowledge_file(std::string_view toml,
                                                          std::string_view file);

}  // namespace braid::effects
