// The header of a `for` loop: its parts as text, and the shape of its items.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

struct Header {
  Span span;                         // from after `for` to the colon
  std::string target;                // as it stands in the text
  std::string iterable;              // as an argument of a call
  std::string clause;                // as the iterable of a comprehension
  std::vector<BindingId> variables;  // that the target binds
  // What a comprehension or generator binds, and the item as an expression: "i, d" and "(i, d)".
  // When unpacking may fail or be seen, both are one fresh name, and `pattern` is the target.
  std::string binding;
  std::string item;
  std::string pattern;
  bool unpacks_surely = false;  // taking the item apart by `pattern` cannot fail
  std::string noun;             // what one item is called; may be empty
  std::string merged_target;    // the target beside a pending call: "page" or "(i, d)"
};

// Why the loop's input cannot be read ahead: somebody else could see how far it has come. None:
// the text shows nothing against it.
std::optional<std::string> source_is_seen(const Module& module, NodeId iterable);

Written<Header> read_header(Module& module, NodeId loop);

}  // namespace braid::rewrite
