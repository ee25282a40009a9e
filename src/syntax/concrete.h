// The concrete tree: what tree-sitter makes of a text, copied once into one flat array in
// pre-order.
//
// In: the masked text. Out: every named node and token.
// Nothing else in the room sees tree-sitter. The children of node i are i + 1, then each one's
// `subtree_end`, up to i's own.
#pragma once

#include <string_view>
#include <vector>

#include "syntax/syntax.h"

struct TSParser;

namespace braid::syntax {

enum class Rule : std::uint8_t {
  other_token,
  error,
#define RULE(name, text) name,
#define TOKEN(name, text) name##_token,
#include "syntax/concrete.def"
#undef TOKEN
#undef RULE
};

struct ConcreteNode {
  Rule rule{};
  bool missing = false;  // the parser made it up to go on
  bool broken = false;   // an error or a missing token is directly inside
  bool tainted = false;  // … or somewhere inside
  Span span;
  std::uint32_t subtree_end = 0;
};

struct ConcreteTree {
  std::vector<ConcreteNode> nodes;  // the first is the module
};

// How a token is written; empty for what is not a token.
std::string_view token_text(Rule rule);

// Parses pieces of a text, one after the other.
class ConcreteParser {
 public:
  ConcreteParser();
  ~ConcreteParser();
  ConcreteParser(const ConcreteParser&) = delete;
  ConcreteParser& operator=(const ConcreteParser&) = delete;
  // The tree of `piece`, which masks what stands from byte `offset` in `text`; spans are those of
  // the text, between whole characters.
  ConcreteTree parse(std::string_view piece, std::string_view text, std::uint32_t offset);

 private:
  TSParser* parser_;
};

}  // namespace braid::syntax
