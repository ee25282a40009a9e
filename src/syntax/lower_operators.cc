// Operators, and the keywords that work like them.
#include "syntax/lowering.h"

namespace braid::syntax {

namespace {
std::uint8_t op_of(Operator op) { return static_cast<std::uint8_t>(op); }
}  // namespace

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
    if (rule(left) != Rule::boolean_operator || broken(left) || kids.size() != 3 ||
        rule(kids[1]) != word)
      break;
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

}  // namespace braid::syntax
