#include "syntax/lowering.h"

#include <algorithm>

namespace braid::syntax {

Lowering::Kids::Kids(Lowering& lowering, At at)
    : lowering_(lowering), first_(lowering.kids_.size()) {
  const std::vector<ConcreteNode>& nodes = lowering.nodes_;
  for (At i = at + 1; i < nodes[at].subtree_end; i = nodes[i].subtree_end) {
    lowering.kids_.push_back(i);
  }
  count_ = lowering.kids_.size() - first_;
}

std::size_t Lowering::Kids::find(Rule rule, std::size_t from) const {
  while (from < count_ && lowering_.rule((*this)[from]) != rule) ++from;
  return from;
}

Span Lowering::span(At at) const {
  Span span = nodes_[at].span;
  if (span.begin == star_) span.begin = behind_star_;
  if (const std::uint32_t star = masked_star(span.begin); star != UINT32_MAX) span.begin = star;
  span.end = end(at);
  return span;
}

std::uint32_t Lowering::end(At at) const {
  const std::uint32_t end = nodes_[at].span.end;
  return as_ != 0 && end == nodes_[as_].span.end ? nodes_[as_ + 1].span.end : end;
}

std::uint32_t Lowering::masked_star(std::uint32_t operand) const {
  if (masked_.stars.empty() || operand == unpacked_) return UINT32_MAX;
  const auto star =
      std::ranges::lower_bound(masked_.stars, operand, {}, &MaskedText::Star::operand);
  return star != masked_.stars.end() && star->operand == operand ? star->star : UINT32_MAX;
}

std::uint32_t Lowering::line_end_behind(std::uint32_t offset) const {
  const auto found = std::ranges::lower_bound(masked_.line_ends, offset);
  return found == masked_.line_ends.end() ? UINT32_MAX : *found;
}

std::uint32_t Lowering::line_end_inside(At at) const {
  std::uint32_t header_end = nodes_[at].span.end;
  for (At i = at + 1; i < nodes_[at].subtree_end; i = nodes_[i].subtree_end) {
    if (rule(i) == Rule::colon_token) header_end = end(i);
    if (rule(i) == Rule::block) break;
  }
  const std::uint32_t line_end = line_end_behind(nodes_[at].span.begin);
  return line_end < header_end ? line_end : UINT32_MAX;
}

void Lowering::piece() {
  // A text that is no module at all has an error at its root.
  if (rule(0) == Rule::error) {
    error(0);
  } else {
    statement_items(0);
  }
}

// What tree-sitter could not place: one Error node over all of it, with the statements and
// expressions inside it as children.
void Lowering::error(At at) {
  const ConcreteNode& node = nodes_[at];
  if (node.missing) {
    const std::string_view token = token_text(node.rule);
    builder_.report(node.span,
                    token.empty() ? "invalid syntax" : "expected '" + std::string(token) + "'");
  } else if (node.rule == Rule::error) {
    builder_.report(node.span, "invalid syntax");
  } else {
    for (At i = at + 1; i < node.subtree_end; i = nodes_[i].subtree_end) {
      if (!nodes_[i].missing && nodes_[i].rule != Rule::error) continue;
      const std::string_view token =
          nodes_[i].missing ? token_text(nodes_[i].rule) : std::string_view();
      builder_.report(nodes_[i].span,
                      token.empty() ? "invalid syntax" : "expected '" + std::string(token) + "'");
    }
    const std::uint32_t line_end = line_end_inside(at);
    if (!node.broken && line_end != UINT32_MAX)
      builder_.report({line_end, line_end + 1}, "invalid syntax");
  }
  builder_.open(NodeKind::Error, span(at));
  if (!too_deep()) salvage(at + 1, node.subtree_end);
  builder_.close();
}

void Lowering::salvage(At from, At to) {
  for (At i = from; i < to;) {
    const ConcreteNode& node = nodes_[i];
    const bool whole = !node.missing && node.subtree_end > i;
    if (whole && node.rule == Rule::error) {
      builder_.report(node.span, "invalid syntax");
      ++i;
    } else if (whole && is_statement_rule(node.rule)) {
      statement(i);
      i = node.subtree_end;
    } else if (whole && is_expression_rule(node.rule)) {
      expression(i);
      i = node.subtree_end;
    } else {
      ++i;
    }
  }
}

void Lowering::deep(At at) {
  builder_.report(span(at), "too deeply nested");
  builder_.leaf(NodeKind::Error, span(at));
}

bool is_statement_rule(Rule rule) {
  switch (rule) {
    case Rule::assert_statement:
    case Rule::break_statement:
    case Rule::class_definition:
    case Rule::continue_statement:
    case Rule::decorated_definition:
    case Rule::delete_statement:
    case Rule::exec_statement:
    case Rule::expression_statement:
    case Rule::for_statement:
    case Rule::function_definition:
    case Rule::future_import_statement:
    case Rule::global_statement:
    case Rule::if_statement:
    case Rule::import_from_statement:
    case Rule::import_statement:
    case Rule::match_statement:
    case Rule::nonlocal_statement:
    case Rule::pass_statement:
    case Rule::print_statement:
    case Rule::raise_statement:
    case Rule::return_statement:
    case Rule::try_statement:
    case Rule::type_alias_statement:
    case Rule::while_statement:
    case Rule::with_statement:
      return true;
    default:
      return false;
  }
}

bool is_expression_rule(Rule rule) {
  switch (rule) {
    case Rule::attribute:
    case Rule::await_expression:
    case Rule::binary_operator:
    case Rule::boolean_operator:
    case Rule::call:
    case Rule::comparison_operator:
    case Rule::concatenated_string:
    case Rule::conditional_expression:
    case Rule::dictionary:
    case Rule::dictionary_comprehension:
    case Rule::ellipsis:
    case Rule::expression_list:
    case Rule::false_literal:
    case Rule::float_literal:
    case Rule::generator_expression:
    case Rule::identifier:
    case Rule::integer:
    case Rule::lambda:
    case Rule::list:
    case Rule::list_comprehension:
    case Rule::list_splat:
    case Rule::list_splat_pattern:
    case Rule::named_expression:
    case Rule::none_literal:
    case Rule::not_operator:
    case Rule::parenthesized_expression:
    case Rule::pattern_list:
    case Rule::set:
    case Rule::set_comprehension:
    case Rule::string:
    case Rule::subscript:
    case Rule::true_literal:
    case Rule::tuple:
    case Rule::unary_operator:
    case Rule::yield:
      return true;
    default:
      return false;
  }
}

Operator operator_of(Rule token) {
  switch (token) {
    case Rule::plus_token:
    case Rule::plus_equal_token:
      return Operator::Add;
    case Rule::minus_token:
    case Rule::minus_equal_token:
      return Operator::Sub;
    case Rule::star_token:
    case Rule::star_equal_token:
      return Operator::Mult;
    case Rule::at_token:
    case Rule::at_equal_token:
      return Operator::MatMult;
    case Rule::slash_token:
    case Rule::slash_equal_token:
      return Operator::Div;
    case Rule::percent_token:
    case Rule::percent_equal_token:
      return Operator::Mod;
    case Rule::double_star_token:
    case Rule::double_star_equal_token:
      return Operator::Pow;
    case Rule::shift_left_token:
    case Rule::shift_left_equal_token:
      return Operator::LShift;
    case Rule::shift_right_token:
    case Rule::shift_right_equal_token:
      return Operator::RShift;
    case Rule::pipe_token:
    case Rule::pipe_equal_token:
      return Operator::BitOr;
    case Rule::caret_token:
    case Rule::caret_equal_token:
      return Operator::BitAnd;  // masked: they change places
    case Rule::ampersand_token:
    case Rule::ampersand_equal_token:
      return Operator::BitXor;
    case Rule::double_slash_token:
    case Rule::double_slash_equal_token:
      return Operator::FloorDiv;
    case Rule::and_word_token:
      return Operator::And;
    case Rule::or_word_token:
      return Operator::Or;
    case Rule::not_word_token:
      return Operator::Not;
    case Rule::tilde_token:
      return Operator::Invert;
    case Rule::equal_equal_token:
      return Operator::Eq;
    case Rule::not_equal_token:
      return Operator::NotEq;
    case Rule::less_token:
      return Operator::Lt;
    case Rule::less_equal_token:
      return Operator::LtE;
    case Rule::greater_token:
      return Operator::Gt;
    case Rule::greater_equal_token:
      return Operator::GtE;
    case Rule::is_word_token:
      return Operator::Is;
    case Rule::is_not_token:
      return Operator::IsNot;
    case Rule::in_word_token:
      return Operator::In;
    case Rule::not_in_token:
      return Operator::NotIn;
    default:
      return Operator::none;
  }
}

ConstantKind number_kind(std::string_view text) {
  const bool prefixed = text.size() > 1 && text[0] == '0' &&
                        std::string_view("xXoObB").find(text[1]) != std::string_view::npos;
  if (prefixed) return ConstantKind::Int;
  if (text.ends_with('j') || text.ends_with('J')) return ConstantKind::Complex;
  return text.find_first_of(".eE") == std::string_view::npos ? ConstantKind::Int
                                                             : ConstantKind::Float;
}

}  // namespace braid::syntax
