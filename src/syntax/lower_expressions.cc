#include <tuple>
#include <utility>

#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::expression(At at) {
  if (too_deep()) return deep(at);
  const NodeId id = builder_.next();
  bool parenthesized = false;
  while (!broken(at) && !unpacks(at)) {
    const Rule outer = rule(at);
    if (outer == Rule::type && nodes_[at].subtree_end > at + 1) {
      ++at;
      continue;
    }
    const bool brackets = outer == Rule::parenthesized_expression ||
                          outer == Rule::parenthesized_list_splat || outer == Rule::tuple ||
                          outer == Rule::tuple_pattern;
    // A tuple rule with one item and no comma is a pair of parentheses.
    if (!brackets || nodes_[at].subtree_end < at + 4) break;
    const At close = nodes_[at + 2].subtree_end;
    if (close >= nodes_[at].subtree_end || rule(close) != Rule::close_paren_token) break;
    at += 2;
    parenthesized = true;
  }
  if (broken(at)) {
    error(at);
  } else if (unpacks(at)) {
    unpacking(at);
  } else {
    bare_expression(at);
  }
  if (parenthesized) builder_[id].flags |= kParenthesized;
}

bool Lowering::is_list(At at) const {
  return rule(at) == Rule::expression_list || rule(at) == Rule::pattern_list;
}

bool Lowering::is_star(At at) const {
  const bool star = rule(at) == Rule::list_splat || rule(at) == Rule::list_splat_pattern ||
                    rule(at) == Rule::splat_type;
  return star && nodes_[at].subtree_end > at + 2;
}

// A star in front of all of the expression, which the grammar has inside it or masking took away.
bool Lowering::unpacks(At at) const {
  const std::uint32_t begin = nodes_[at].span.begin;
  if (is_list(at)) return false;
  if (masked_star(begin) != UINT32_MAX) return true;
  return begin < text_.size() && text_[begin] == '*' && begin != star_ && rule(at) != Rule::type &&
         !is_star(at);
}

void Lowering::unpacking(At at) {
  const std::uint32_t begin = nodes_[at].span.begin;
  builder_.open(NodeKind::Starred, span(at));
  if (masked_star(begin) != UINT32_MAX) {
    const std::uint32_t saved = std::exchange(unpacked_, begin);
    expression(at);
    unpacked_ = saved;
  } else {
    At innermost = at;
    while (!is_star(innermost) && nodes_[innermost].subtree_end > innermost + 1) ++innermost;
    const auto saved = std::pair(star_, behind_star_);
    star_ = begin;
    behind_star_ = is_star(innermost) ? nodes_[innermost + 2].span.begin : begin;
    bare_expression(at);
    std::tie(star_, behind_star_) = saved;
  }
  builder_.close();
}

void Lowering::bare_expression(At at) {
  if (broken(at)) return error(at);
  switch (rule(at)) {
    case Rule::identifier:
      return name(at);
    case Rule::integer:
    case Rule::float_literal:
      return constant(at, number_kind(text(at)));
    case Rule::true_literal:
      return constant(at, ConstantKind::True);
    case Rule::false_literal:
      return constant(at, ConstantKind::False);
    case Rule::none_literal:
      return constant(at, ConstantKind::None);
    case Rule::ellipsis:
      return constant(at, ConstantKind::Ellipsis);
    case Rule::string:
    case Rule::concatenated_string:
      return string(at);
    case Rule::attribute:
    case Rule::member_type:
      return attribute(at);
    case Rule::subscript:
    case Rule::generic_type:
      return subscript(at);
    case Rule::slice:
    case Rule::constrained_type:
      return slice(at);
    case Rule::call:
      return call(at);
    case Rule::binary_operator:
      return binary_operator(at);
    case Rule::union_type:
      return two_sided(at, Operator::BitOr);
    case Rule::unary_operator:
    case Rule::not_operator:
      return unary_operator(at);
    case Rule::boolean_operator:
      return boolean_operator(at);
    case Rule::comparison_operator:
      return comparison(at);
    case Rule::conditional_expression:
      return conditional(at);
    case Rule::named_expression:
      return named_expression(at);
    case Rule::await_expression:
      return await_expression(at);
    case Rule::yield:
      return yield(at);
    case Rule::list_splat:
    case Rule::list_splat_pattern:
    case Rule::splat_type:
      return starred(at);
    case Rule::lambda:
      return lambda(at);
    case Rule::list:
    case Rule::list_pattern:
      return sequence(at, NodeKind::ListLiteral);
    case Rule::tuple:
    case Rule::tuple_pattern:
    case Rule::expression_list:
    case Rule::pattern_list:
      return sequence(at, NodeKind::Tuple);
    case Rule::set:
      return sequence(at, NodeKind::Set);
    case Rule::dictionary:
      return dictionary(at);
    case Rule::list_comprehension:
      return comprehension(at, NodeKind::ListComp);
    case Rule::set_comprehension:
      return comprehension(at, NodeKind::SetComp);
    case Rule::dictionary_comprehension:
      return comprehension(at, NodeKind::DictComp);
    case Rule::generator_expression:
      return comprehension(at, NodeKind::GeneratorExp);
    case Rule::as_pattern:
      if (at == as_) return expression(at + 1);
      return misplaced(at, "invalid syntax");
    default:
      return misplaced(at, "invalid syntax");
  }
}

void Lowering::misplaced(At at, std::string message) {
  builder_.report(span(at), std::move(message));
  builder_.open(NodeKind::Error, span(at));
  salvage(at + 1, nodes_[at].subtree_end);
  builder_.close();
}

void Lowering::name(At at) {
  if (text(at).starts_with(':')) return masked_slice(at);
  builder_.name(builder_.leaf(NodeKind::Name, span(at)), span(at));
}

// Masking makes the slices : and ::1 names.
void Lowering::masked_slice(At at) {
  const Span whole = span(at);
  builder_.open(NodeKind::Slice, whole);
  builder_.none();
  builder_.none();
  if (whole.size() > 2) {
    const Span step{whole.begin + 2, whole.end};
    builder_[builder_.leaf(NodeKind::Constant, step)].op =
        static_cast<std::uint8_t>(ConstantKind::Int);
  } else {
    builder_.none();
  }
  builder_.close();
}

void Lowering::constant(At at, ConstantKind kind) {
  builder_[builder_.leaf(NodeKind::Constant, span(at))].op = static_cast<std::uint8_t>(kind);
}

void Lowering::attribute(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  builder_.name(builder_.open(NodeKind::Attribute, span(at)), nodes_[kids[2]].span);
  expression(kids[0]);
  builder_.close();
}

void Lowering::subscript(At at) {
  Kids kids(*this, at);
  if (kids.size() < 2) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::Subscript, span(at));
  expression(kids[0]);
  if (rule(kids[1]) == Rule::type_parameter) {  // list[int] in an annotation
    const Kids inner(*this, kids[1]);
    index(inner, 1);
  } else {
    index(kids, 2);
  }
  builder_.close();
}

void Lowering::index(const Kids& kids, std::size_t from) {
  std::size_t to = kids.size();
  if (to > from && rule(kids[to - 1]) == Rule::close_bracket_token) --to;
  // a[*b] is a tuple of one.
  const bool star = to == from + 1 && text_[span(kids[from]).begin] == '*';
  if (!star) return bare_tuple(kids, from, to);
  builder_[builder_.open(NodeKind::Tuple, span(kids[from]))].flags |= kBare;
  builder_.open_list(span(kids[from]).begin);
  expression(kids[from]);
  builder_.close_list();
  builder_.close();
}

void Lowering::slice(At at) {
  const Kids kids(*this, at);
  builder_.open(NodeKind::Slice, span(at));
  int parts = 0;
  bool filled = false;
  for (std::size_t i = 0; i < kids.size() && parts < 3; ++i) {
    if (rule(kids[i]) == Rule::colon_token) {
      if (!filled) builder_.none();
      filled = false;
      ++parts;
    } else {
      expression(kids[i]);
      filled = true;
    }
  }
  for (std::size_t have = builder_.child_count(); have < 3; ++have) builder_.none();
  builder_.close();
}

void Lowering::call(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::Call, span(at));
  expression(kids[0]);
  if (rule(kids[1]) == Rule::generator_expression) {
    builder_.open_list(nodes_[kids[1]].span.begin);
    expression(kids[1]);
    builder_.close_list();
    builder_.empty_list(end(kids[1]));
  } else {
    arguments(kids[1]);
  }
  builder_.close();
}

void Lowering::arguments(At at) {
  const std::uint32_t inside = nodes_[at].span.begin + 1;
  if (broken(at)) {
    builder_.open_list(inside);
    error(at);
    builder_.close_list();
    builder_.empty_list(end(at));
    return;
  }
  const Kids kids(*this, at);
  const auto is_keyword = [&](At kid) {
    return rule(kid) == Rule::keyword_argument || rule(kid) == Rule::dictionary_splat;
  };
  std::size_t keywords = 0;
  if (rule(kids[1]) == Rule::comma_token) builder_.report(span(kids[1]), "invalid syntax");
  builder_.open_list(inside);
  for (std::size_t i = 1; i + 1 < kids.size(); ++i) {
    if (rule(kids[i]) == Rule::comma_token) continue;
    if (is_keyword(kids[i])) {
      ++keywords;
    } else {
      expression(kids[i]);
    }
  }
  builder_.close_list();
  builder_.open_list(end(at) - 1);
  for (std::size_t i = 1; keywords > 0 && i + 1 < kids.size(); ++i) {
    if (!is_keyword(kids[i])) continue;
    --keywords;
    if (broken(kids[i])) {
      error(kids[i]);
      continue;
    }
    const Kids parts(*this, kids[i]);
    const NodeId id = builder_.open(NodeKind::Keyword, span(kids[i]));
    if (rule(kids[i]) == Rule::keyword_argument) builder_.name(id, nodes_[parts[0]].span);
    expression(parts.back());
    builder_.close();
  }
  builder_.close_list();
}

}  // namespace braid::syntax
