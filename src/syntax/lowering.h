// Lowering: the concrete tree → Braid's tree. One function per rule of the grammar, in the file of
// its kind; each takes the index of a concrete node and appends exactly one node to the builder
// (or, where the name says so, a List's items).
//
// The grammar is wider than Python, and in a few places shaped differently; what is mended here is
// told beside the code. A concrete node with an error directly inside becomes an Error node that
// holds what was understood.
#pragma once

#include <string_view>
#include <vector>

#include "syntax/builder.h"
#include "syntax/concrete.h"
#include "syntax/masking.h"

namespace braid::syntax {

// An index into ConcreteTree::nodes.
using At = std::uint32_t;

class Lowering {
 public:
  // `concrete` is the tree of the masked text.
  Lowering(const ConcreteTree& concrete, std::string_view text, const MaskedText& masked,
           TreeBuilder& builder)
      : nodes_(concrete.nodes), text_(text), masked_(masked), builder_(builder) {}

  // The statements of the concrete tree.
  void piece();

 private:
  // The children of a concrete node, in a stack shared by all.
  class Kids {
   public:
    Kids(Lowering& lowering, At at);
    ~Kids() { lowering_.kids_.resize(first_); }
    Kids(const Kids&) = delete;
    Kids& operator=(const Kids&) = delete;
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] At operator[](std::size_t i) const { return lowering_.kids_[first_ + i]; }
    [[nodiscard]] At back() const { return (*this)[count_ - 1]; }
    // The first child from `from` on that has this rule; size() when none has.
    [[nodiscard]] std::size_t find(Rule rule, std::size_t from = 0) const;

   private:
    Lowering& lowering_;
    std::size_t first_;
    std::size_t count_;
  };

  // -- the concrete tree
  [[nodiscard]] Rule rule(At at) const { return nodes_[at].rule; }
  [[nodiscard]] Span span(At at) const;
  [[nodiscard]] std::uint32_t end(At at) const;
  [[nodiscard]] bool broken(At at) const { return nodes_[at].broken || nodes_[at].missing; }
  [[nodiscard]] std::string_view text(At at) const {
    return text_.substr(nodes_[at].span.begin, nodes_[at].span.size());
  }
  // The first end of a logical line at or behind `offset`.
  [[nodiscard]] std::uint32_t line_end_behind(std::uint32_t offset) const;
  // The grammar takes line ends for blanks where no statement can end. The first such one in a
  // simple statement, or in the header of one with a body; UINT32_MAX when there is none.
  [[nodiscard]] std::uint32_t line_end_inside(At at) const;
  [[nodiscard]] bool cut(At at) const { return line_end_inside(at) != UINT32_MAX; }
  // The masked star of what begins at `operand`, unless that is being lowered; UINT32_MAX when
  // none.
  [[nodiscard]] std::uint32_t masked_star(std::uint32_t operand) const;
  [[nodiscard]] bool is_star(At at) const;
  [[nodiscard]] bool too_deep() const { return builder_.depth() + 8 > kMaxDepth; }

  // -- statements. Those with a body return where it ends.
  void statement(At at);
  void lower_statement(At at);
  std::uint32_t statements(At block);  // a List; where its text ends
  std::uint32_t statement_items(At block);
  void expression_statement(At at);
  void assignment(At at);
  void annotated_assignment(At at);
  void augmented_assignment(At at);
  void return_statement(At at);
  void delete_statement(At at);
  void raise_statement(At at);
  void assert_statement(At at);
  void import_statement(At at);
  void import_from_statement(At at);
  void import_names(const Kids& kids, std::size_t from);
  void dotted(NodeId id, At at);
  void names_statement(At at, NodeKind kind);
  void type_alias_statement(At at);
  void if_statement(At at);
  std::uint32_t if_tail(const Kids& kids, std::size_t from, std::uint32_t body_end);
  void while_statement(At at);
  void for_statement(At at);
  std::uint32_t else_statements(const Kids& kids, std::uint32_t body_end);
  void with_statement(At at);
  void with_items(At clause);
  void with_item(At value);
  // `value as target` or value alone; the At of the target, or 0.
  At value_as(At at);
  void try_statement(At at);
  void except_clause(At at);
  void match_statement(At at);
  void case_clause(At at);
  void decorated_definition(At at);
  void function_definition(At at, const Kids* decorators);
  void class_definition(At at, const Kids* decorators);
  void decorator_list(const Kids* decorators, std::uint32_t where);
  void end_statement(NodeId id, std::uint32_t end);

  // -- expressions
  void expression(At at);
  void bare_expression(At at);  // without parentheses around it
  [[nodiscard]] bool is_list(At at) const;
  [[nodiscard]] bool unpacks(At at) const;
  void unpacking(At at);
  void name(At at);
  void masked_slice(At at);
  void constant(At at, ConstantKind kind);
  void attribute(At at);
  void subscript(At at);
  void slice(At at);
  void slice_parts(Span span, At first, At last);
  void index(const Kids& kids, std::size_t from);  // what stands in brackets
  void call(At at);
  void arguments(At at);  // two Lists
  void binary_operator(At at);
  void unary_operator(At at);
  void boolean_operator(At at);
  void comparison(At at);
  void conditional(At at);
  void named_expression(At at);
  void await_expression(At at);
  void yield(At at);
  void starred(At at);
  void lambda(At at);
  void sequence(At at, NodeKind kind);
  void bare_tuple(const Kids& kids, std::size_t from, std::size_t to);
  void expression_items(const Kids& kids, std::size_t from, std::size_t to);
  void dictionary(At at);
  void comprehension(At at, NodeKind kind);
  void generators(const Kids& kids, std::size_t from);
  void two_sided(At at, Operator op);
  void misplaced(At at, std::string message);

  // -- definitions
  void type_parameters(At at);  // a List
  void type_parameter(At at);
  void parameters(At at);
  void separators(const Kids& kids);
  void parameter(At at, ParameterKind kind);

  // -- strings
  void string(At at);
  void string_parts(At at);
  void text_piece(Span span, bool raw);
  void interpolation(At at, bool raw);
  void format_specifier(At at, bool raw);

  // -- patterns
  void pattern(At at);
  void pattern_of(const Kids& kids, std::size_t from, std::size_t to);
  void pattern_items(const Kids& kids, std::size_t from, std::size_t to);
  void value_pattern(const Kids& kids, std::size_t from, std::size_t to);
  void pattern_value(const Kids& kids, std::size_t from, std::size_t to);
  void dotted_value(At at);
  void as_pattern(At at);
  void keyword_pattern(At at, At whole);
  void mapping_pattern(At at);
  void class_pattern(At at);
  void star_pattern(At at);

  // -- what is not Python
  void error(At at);
  void salvage(At from, At to);
  void deep(At at);

  const std::vector<ConcreteNode>& nodes_;
  std::string_view text_;
  const MaskedText& masked_;
  TreeBuilder& builder_;
  std::vector<At> kids_;
  // `*a.b()`: the grammar puts the star on `a`. While such an expression is lowered, nodes that
  // begin at the star begin behind it.
  std::uint32_t star_ = UINT32_MAX;
  std::uint32_t behind_star_ = 0;
  // The operand of a masked star that is being lowered; what begins there begins at the star
  // outside.
  std::uint32_t unpacked_ = UINT32_MAX;
  // `a if b else c as d`: the grammar reads c as d. While such an expression is lowered, this is
  // that pattern, and what ends with it ends before the `as`. 0: none.
  At as_ = 0;
};

[[nodiscard]] bool is_statement_rule(Rule rule);
[[nodiscard]] bool is_expression_rule(Rule rule);
[[nodiscard]] Operator operator_of(Rule token);
[[nodiscard]] ConstantKind number_kind(std::string_view text);

}  // namespace braid::syntax
