// The built-in knowledge of libraries as a constant table. tools/compile_knowledge makes its rows
// from knowledge/*.toml and has checked them: whoever reads the table need not expect bad rows.
// The language of `signature` and `text` is docs/knowledge.md.
//
// Rows are sorted by name, bytewise, then by kind. A name has one row, except that a type and the
// constructor of the same name have one each (Function, then Type). Builtins have no prefix: `len`,
// `list.append`, `dict_keys`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace braid::effects {

enum class KnowledgeKind : std::uint8_t {
  Function,   // a function, constructor or method; text: its effects
  Type,       // text: the words of `is` (`mutable` where the file says nothing)
  Attribute,  // text: a TYPE, `module` or `value`, then perhaps `backed by PLACE`
  Module,     // exists and can be imported; no text
  Alias,      // text: the full name that it stands for; also for all names below it
  Unknown,    // looked at and not described on purpose; no text
};

struct KnowledgeRow {
  std::string_view name;  // full and dotted: module.function, module.Type, module.Type.method
  KnowledgeKind kind;
  std::string_view
      signature;  // of functions, with parentheses, without self; else empty, also for properties
  std::string_view text;     // clauses separated by "; "; type names are full, aliases resolved
  std::string_view library;  // of the file that it comes from
};

// A row as numbers into kKnowledgeText: where each text begins and how long it is.
struct PackedKnowledgeRow {
  std::uint32_t name, name_size, signature, signature_size, text, text_size, library, library_size;
  KnowledgeKind kind;

  [[nodiscard]] KnowledgeRow unpack() const;
};

extern const char kKnowledgeText[];
extern const PackedKnowledgeRow kKnowledgeRows[];
extern const std::size_t kKnowledgeRowCount;

inline KnowledgeRow PackedKnowledgeRow::unpack() const {
  return {{kKnowledgeText + name, name_size},
          kind,
          {kKnowledgeText + signature, signature_size},
          {kKnowledgeText + text, text_size},
          {kKnowledgeText + library, library_size}};
}

}  // namespace braid::effects
