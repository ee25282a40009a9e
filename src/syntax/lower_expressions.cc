#include <tuple>
#include <utility>

#include "syntax/lowering.h"

namespace braid::syntax {

namespace {
std::uint8_t op_of(Operator op) { return static_cast<std::uint8_t>(op); }
}  // namespace

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
  return begin < text_.size() && text_[begin] == '*' && begin != star_ && rule(at) != Rule::type && !is_star(at);
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
    case Rule::identifier: return name(at);
    case Rule::integer:
    case Rule::float_literal: return constant(at, number_kind(text(at)));
    case Rule::true_literal: return constant(at, ConstantKind::True);
    case Rule::false_literal: return constant(at, ConstantKind::False);
    case Rule::none_literal: return constant(at, ConstantKind::None);
    case Rule::ellipsis: return constant(at, ConstantKind::Ellipsis);
    case Rule::string:
    case Rule::concatenated_string: return string(at);
    case Rule::attribute:
    case Rule::member_type: return attribute(at);
    case Rule::subscript:
    case Rule::generic_type: return subscript(at);
    case Rule::slice:
    case Rule::constrained_type: return slice(at);
    case Rule::call: return call(at);
    case Rule::binary_operator: return binary_operator(at);
    case Rule::union_type: return two_sided(at, Operator::BitOr);
    case Rule::unary_operator:
    case Rule::not_operator: return unary_operator(at);
    case Rule::boolean_operator: return boolean_operator(at);
    case Rule::comparison_operator: return comparison(at);
    case Rule::conditional_expression: return conditional(at);
    case Rule::named_expression: return named_expression(at);
    case Rule::await_expression: return await_expression(at);
    case Rule::yield: return yield(at);
    case Rule::list_splat:
    case Rule::list_splat_pattern:
    case Rule::splat_type: return starred(at);
    case Rule::lambda: return lambda(at);
    case Rule::list:
    case Rule::list_pattern: return sequence(at, NodeKind::ListLiteral);
    case Rule::tuple:
    case Rule::tuple_pattern:
    case Rule::expression_list:
    case Rule::pattern_list: return sequence(at, NodeKind::Tuple);
    case Rule::set: return sequence(at, NodeKind::Set);
    case Rule::dictionary: return dictionary(at);
    case Rule::list_comprehension: return comprehension(at, NodeKind::ListComp);
    case Rule::set_comprehension: return comprehension(at, NodeKind::SetComp);
    case Rule::dictionary_comprehension: return comprehension(at, NodeKind::DictComp);
    case Rule::generator_expression: return comprehension(at, NodeKind::GeneratorExp);
    case Rule::as_pattern:
      if (at == as_) return expression(at + 1);
      return misplaced(at, "invalid syntax");
    default: return misplaced(at, "invalid syntax");
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
    builder_[builder_.leaf(NodeKind::Constant, step)].op = static_cast<std::uint8_t>(ConstantKind::Int);
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

void Lowering::binary_operator(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  two_sided(at, operator_of(rule(kids[1])));
}

void Lowering::two_sided(At at, Operator op) {
  const Kids kids(*this, at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  builder_[builder_.open(NodeKind::BinOp, span(at))].op = op_of(op);
  expression(kids[0]);
  expression(kids[2]);
  builder_.close();
}

void Lowering::unary_operator(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2) return misplaced(at, "invalid syntax");
  Operator op = operator_of(rule(kids[0]));
  if (op == Operator::Add) op = Operator::UAdd;
  if (op == Operator::Sub) op = Operator::USub;
  builder_[builder_.open(NodeKind::UnaryOp, span(at))].op = op_of(op);
  expression(kids[1]);
  builder_.close();
}

// (a and b) and c is one BoolOp of three values, unless the parentheses are in the text.
void Lowering::boolean_operator(At at) {
  std::vector<At> values;
  const Rule word = [&] {
    const Kids kids(*this, at);
    return kids.size() == 3 ? rule(kids[1]) : Rule::error;
  }();
  if (word == Rule::error) return misplaced(at, "invalid syntax");
  At left = at;
  for (;;) {
    const Kids kids(*this, left);
    if (rule(left) != Rule::boolean_operator || broken(left) || kids.size() != 3 || rule(kids[1]) != word) break;
    values.push_back(kids[2]);
    left = kids[0];
  }
  values.push_back(left);
  builder_[builder_.open(NodeKind::BoolOp, span(at))].op = op_of(operator_of(word));
  builder_.open_list(span(at).begin);
  for (auto value = values.rbegin(); value != values.rend(); ++value) expression(*value);
  builder_.close_list();
  builder_.close();
}

void Lowering::comparison(At at) {
  const Kids kids(*this, at);
  builder_.open(NodeKind::Compare, span(at));
  expression(kids[0]);
  builder_.open_list(end(kids[0]));
  for (std::size_t i = 1; i + 1 < kids.size(); i += 2) {
    const Span item{nodes_[kids[i]].span.begin, end(kids[i + 1])};
    builder_[builder_.open(NodeKind::CompareItem, item)].op = op_of(operator_of(rule(kids[i])));
    if (rule(kids[i]) == Rule::less_greater_token) builder_.report(span(kids[i]), "invalid syntax");
    expression(kids[i + 1]);
    builder_.close();
  }
  builder_.close_list();
  builder_.close();
}

// The grammar reads `x := a if b else c` as (x := a) if b else c.
void Lowering::conditional(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 5) return misplaced(at, "invalid syntax");
  if (rule(kids[0]) == Rule::named_expression && !broken(kids[0])) {
    const Kids named(*this, kids[0]);
    if (named.size() != 3) return misplaced(at, "invalid syntax");
    builder_.open(NodeKind::NamedExpr, span(at));
    expression(named[0]);
    builder_.open(NodeKind::IfExp, {span(named[2]).begin, end(at)});
    expression(named[2]);
    expression(kids[2]);
    builder_.swap_first_children();
    expression(kids[4]);
    builder_.close();
    builder_.close();
    return;
  }
  builder_.open(NodeKind::IfExp, span(at));
  expression(kids[0]);
  expression(kids[2]);
  builder_.swap_first_children();
  expression(kids[4]);
  builder_.close();
}

void Lowering::named_expression(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::NamedExpr, span(at));
  expression(kids[0]);
  expression(kids[2]);
  builder_.close();
}

// The grammar reads `await a ** b` as await (a ** b).
void Lowering::await_expression(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2) return misplaced(at, "invalid syntax");
  const At operand = kids[1];
  if (rule(operand) == Rule::binary_operator && !broken(operand)) {
    const Kids power(*this, operand);
    if (power.size() == 3 && rule(power[1]) == Rule::double_star_token) {
      builder_[builder_.open(NodeKind::BinOp, span(at))].op = op_of(Operator::Pow);
      builder_.open(NodeKind::Await, {span(at).begin, end(power[0])});
      expression(power[0]);
      builder_.close();
      expression(power[2]);
      builder_.close();
      return;
    }
  }
  builder_.open(NodeKind::Await, span(at));
  expression(operand);
  builder_.close();
}

void Lowering::yield(At at) {
  const Kids kids(*this, at);
  const bool from = kids.size() > 2 && rule(kids[1]) == Rule::from_word_token;
  builder_.open(from ? NodeKind::YieldFrom : NodeKind::Yield, span(at));
  if (kids.size() < 2) {
    builder_.none();
  } else {
    expression(kids.back());
  }
  builder_.close();
}

void Lowering::starred(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2) return misplaced(at, "invalid syntax");
  if (rule(kids[0]) == Rule::double_star_token) return misplaced(at, "invalid syntax");
  if (nodes_[at].span.begin == star_) return expression(kids[1]);
  builder_.open(NodeKind::Starred, span(at));
  expression(kids[1]);
  builder_.close();
}

void Lowering::lambda(At at) {
  const Kids kids(*this, at);
  if (kids.size() < 3) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::Lambda, span(at));
  if (rule(kids[1]) == Rule::lambda_parameters) {
    parameters(kids[1]);
  } else {
    const std::uint32_t where = end(kids[0]);
    builder_.open(NodeKind::Arguments, {where, where});
    builder_.empty_list(where);
    builder_.close();
  }
  expression(kids.back());
  builder_.close();
}

void Lowering::sequence(At at, NodeKind kind) {
  const Kids kids(*this, at);
  const bool brackets = rule(at) != Rule::expression_list && rule(at) != Rule::pattern_list;
  const NodeId id = builder_.open(kind, span(at));
  if (!brackets) builder_[id].flags |= kBare;
  builder_.open_list(span(at).begin + (brackets ? 1 : 0));
  if (brackets) {
    expression_items(kids, 1, kids.size() - 1);
  } else {
    expression_items(kids, 0, kids.size());
  }
  builder_.close_list();
  builder_.close();
}

// Expressions with commas between and perhaps behind them: a tuple, or the one there is.
void Lowering::bare_tuple(const Kids& kids, std::size_t from, std::size_t to) {
  if (from >= to) return builder_.none();
  if (to == from + 1) return expression(kids[from]);
  const Span whole{span(kids[from]).begin, end(kids[to - 1])};
  builder_[builder_.open(NodeKind::Tuple, whole)].flags |= kBare;
  builder_.open_list(whole.begin);
  expression_items(kids, from, to);
  builder_.close_list();
  builder_.close();
}

void Lowering::expression_items(const Kids& kids, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (rule(kids[i]) != Rule::comma_token) expression(kids[i]);
  }
}

void Lowering::dictionary(At at) {
  const Kids kids(*this, at);
  if (rule(kids[1]) == Rule::comma_token) builder_.report(span(kids[1]), "invalid syntax");
  builder_.open(NodeKind::Dict, span(at));
  for (const bool keys : {true, false}) {
    builder_.open_list(span(at).begin + 1);
    for (std::size_t i = 1; i + 1 < kids.size(); ++i) {
      if (rule(kids[i]) == Rule::comma_token) continue;
      const Kids parts(*this, kids[i]);
      const bool whole = !broken(kids[i]) && parts.size() >= 2;
      if (!whole || rule(kids[i]) == Rule::dictionary_splat) {
        if (keys) {
          const std::uint32_t where = nodes_[kids[i]].span.begin;
          builder_.leaf(NodeKind::Missing, {where, whole ? where + 2 : where});
        } else if (whole) {
          expression(parts[1]);
        } else {
          error(kids[i]);
        }
      } else {
        expression(keys ? parts[0] : parts.back());
      }
    }
    builder_.close_list();
  }
  builder_.close();
}

void Lowering::comprehension(At at, NodeKind kind) {
  const Kids kids(*this, at);
  if (kids.size() < 4) return misplaced(at, "invalid syntax");
  builder_.open(kind, span(at));
  if (kind == NodeKind::DictComp) {
    const Kids pair(*this, kids[1]);
    if (broken(kids[1]) || pair.size() != 3) {
      error(kids[1]);
      builder_.leaf(NodeKind::Missing, {end(kids[1]), end(kids[1])});
    } else {
      expression(pair[0]);
      expression(pair[2]);
    }
  } else {
    expression(kids[1]);
  }
  generators(kids, 2);
  builder_.close();
}

void Lowering::generators(const Kids& kids, std::size_t from) {
  builder_.open_list(end(kids[from - 1]));
  for (std::size_t i = from; i + 1 < kids.size();) {
    const At clause = kids[i];
    std::size_t next = i + 1;
    while (next + 1 < kids.size() && rule(kids[next]) == Rule::if_clause) ++next;
    const Kids parts(*this, clause);
    const std::size_t in = parts.find(Rule::in_word_token);
    const std::size_t word = parts.find(Rule::for_word_token);
    if (broken(clause) || in + 1 >= parts.size() || word + 2 != in) {
      error(clause);
      i = next;
      continue;
    }
    const Span whole{span(clause).begin, end(kids[next - 1])};
    const NodeId id = builder_.open(NodeKind::Comprehension, whole);
    if (rule(parts[0]) == Rule::async_word_token) builder_[id].flags |= kAsync;
    expression(parts[word + 1]);
    bare_tuple(parts, in + 1, parts.size());
    if (in + 2 < parts.size()) builder_.report(whole, "invalid syntax");
    builder_.open_list(end(clause));
    for (std::size_t test = i + 1; test < next; ++test) {
      if (broken(kids[test])) {
        error(kids[test]);
      } else {
        expression(kids[test] + 2);
      }
    }
    builder_.close_list();
    builder_.close();
    i = next;
  }
  builder_.close_list();
}

}  // namespace braid::syntax
