// Rejects: what the grammar accepts and CPython does not. Its grammar's finer rules, and what its
// compiler refuses; what its symbol table refuses belongs to the room `scope`.
//
// One walk over a finished tree. What stands directly in an Error node is left alone.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "syntax/syntax.h"

namespace braid::syntax {

class Rejects {
 public:
  Rejects(const SyntaxTree& tree, const SymbolTable& symbols) : tree_(tree), symbols_(symbols) {}
  std::vector<SyntaxError> find();

 private:
  // Where a node stands: a slot of `owner`, perhaps as an item of the List there.
  struct Place {
    NodeId owner;
    NodeKind kind{};
    std::uint32_t slot = 0;
    bool item = false;
  };
  [[nodiscard]] Place place(NodeId id) const;
  [[nodiscard]] bool bare(NodeId id, NodeKind kind) const {
    return tree_.is(id, kind) && !tree_.flag(id, kParenthesized);
  }
  void reject(NodeId id, std::string message) {
    errors_.push_back({tree_.span(id), std::move(message)});
  }
  void check(NodeId id);

  // rejects.cc: expressions where they may not stand
  void starred(NodeId id);
  void named_expression(NodeId id);
  void yield_placement(NodeId id);
  void slice(NodeId id);
  // Whether an operand of | would need parentheses for `id`.
  [[nodiscard]] bool looser_than_bitwise_or(NodeId id) const;
  void unpacked_values(NodeId dict);
  void operand(NodeId id);
  void conditional(NodeId id);
  void comprehension(NodeId id);
  void await_operand(NodeId id);
  void formatted_value(NodeId id);
  void raise(NodeId id);

  // reject_targets.cc
  enum class Binding { Assign, Augmented, Annotated, Delete };
  void targets(NodeId list, Binding binding);
  void target(NodeId id, Binding binding, bool item);
  [[nodiscard]] std::string_view describe(NodeId id) const;
  void not_debug(Symbol name, NodeId id);

  // reject_definitions.cc
  void arguments(NodeId positional, NodeId keywords);
  void parameters(NodeId id);
  void type_parameters(NodeId list);
  void try_statement(NodeId id);
  void import_from(NodeId id);

  // reject_flow.cc
  [[nodiscard]] NodeId scope_around(NodeId id) const;
  void return_statement(NodeId id);
  void yield_scope(NodeId id);
  void needs_async(NodeId id, std::string message);
  void loop_exit(NodeId id, std::string_view word);
  void after_yields();

  // reject_patterns.cc
  void match(NodeId id);
  void pattern_case(NodeId pattern);
  bool irrefutable(NodeId pattern) const;
  void captures(NodeId pattern, std::vector<Symbol>& names);
  void captures_of_alternatives(NodeId pattern, std::vector<Symbol>& names);
  void capture(Symbol name, NodeId pattern, std::vector<Symbol>& names);
  void pattern_shape(NodeId pattern);
  void pattern_value(NodeId value, bool key);
  void class_pattern(NodeId pattern);
  void mapping_keys(NodeId pattern);

  const SyntaxTree& tree_;
  const SymbolTable& symbols_;
  std::vector<SyntaxError> errors_;
  std::unordered_set<std::uint32_t> generators_;  // functions with a yield of their own
  std::vector<NodeId> async_returns_;             // returns with a value in async functions
};

}  // namespace braid::syntax
