#include "syntax/rejects.h"

namespace braid::syntax {

std::vector<SyntaxError> Rejects::find() {
  for (std::uint32_t i = 0; i < tree_.size(); ++i) {
    const NodeId id{i};
    const NodeId parent = tree_.parent(id);
    if (parent && tree_.kind(parent) == NodeKind::Error) continue;
    check(id);
  }
  after_yields();
  return std::move(errors_);
}

Rejects::Place Rejects::place(NodeId id) const {
  NodeId owner = tree_.parent(id);
  const bool item = tree_.is(owner, NodeKind::List);
  const NodeId slot_child = item ? owner : id;
  if (item) owner = tree_.parent(owner);
  Place place{owner, tree_.kind(owner), 0, item};
  for (const NodeId child : tree_.children(owner)) {
    if (child == slot_child) break;
    ++place.slot;
  }
  return place;
}

void Rejects::check(NodeId id) {
  switch (tree_.kind(id)) {
    case NodeKind::Assign:
      return targets(tree_.child(id, slot::Assign::targets), Binding::Assign);
    case NodeKind::AugAssign:
      return target(tree_.child(id, slot::AugAssign::target), Binding::Augmented, false);
    case NodeKind::AnnAssign:
      return target(tree_.child(id, slot::AnnAssign::target), Binding::Annotated, false);
    case NodeKind::TypeAlias:
      if (const NodeId name = tree_.child(id, slot::TypeAlias::target);
          !tree_.is(name, NodeKind::Name)) {
        reject(name, "invalid syntax");
      }
      return type_parameters(tree_.child(id, slot::TypeAlias::type_params));
    case NodeKind::Delete:
      return targets(tree_.child(id, slot::Delete::targets), Binding::Delete);
    case NodeKind::For:
      if (tree_.flag(id, kAsync)) needs_async(id, "'async for' outside async function");
      return target(tree_.child(id, slot::For::target), Binding::Assign, false);
    case NodeKind::With:
      if (tree_.flag(id, kAsync)) needs_async(id, "'async with' outside async function");
      return;
    case NodeKind::WithItem:
      return target(tree_.child(id, slot::WithItem::target), Binding::Assign, false);
    case NodeKind::Comprehension:
      return comprehension(id);
    case NodeKind::NamedExpr:
      return named_expression(id);
    case NodeKind::Starred:
      return starred(id);
    case NodeKind::Yield:
    case NodeKind::YieldFrom:
      yield_placement(id);
      return yield_scope(id);
    case NodeKind::Await:
      await_operand(id);
      return needs_async(id, "'await' outside async function");
    case NodeKind::Slice:
      return slice(id);
    case NodeKind::Dict:
      return unpacked_values(id);
    case NodeKind::Lambda:
      return operand(id);
    case NodeKind::IfExp:
      operand(id);
      return conditional(id);
    case NodeKind::FormattedValue:
      return formatted_value(id);
    case NodeKind::Call:
      return arguments(tree_.child(id, slot::Call::arguments_list),
                       tree_.child(id, slot::Call::keywords));
    case NodeKind::ClassDef:
      type_parameters(tree_.child(id, slot::ClassDef::type_params));
      not_debug(tree_[id].name, id);
      return arguments(tree_.child(id, slot::ClassDef::bases),
                       tree_.child(id, slot::ClassDef::keywords));
    case NodeKind::FunctionDef:
      not_debug(tree_[id].name, id);
      return type_parameters(tree_.child(id, slot::FunctionDef::type_params));
    case NodeKind::Arguments:
      return parameters(id);
    case NodeKind::Try:
      return try_statement(id);
    case NodeKind::Raise:
      return raise(id);
    case NodeKind::Return:
      return return_statement(id);
    case NodeKind::Break:
      return loop_exit(id, "break");
    case NodeKind::Continue:
      return loop_exit(id, "continue");
    case NodeKind::Match:
      return match(id);
    case NodeKind::ImportFrom:
      return import_from(id);
    default:
      return;
  }
}

void Rejects::starred(NodeId id) {
  if (tree_.flag(id, kParenthesized)) return reject(id, "cannot use starred expression here");
  const Place at = place(id);
  const NodeId value = tree_.child(id, slot::Starred::value);
  const bool index = at.kind == NodeKind::Tuple &&
                     tree_.is(tree_.parent(at.owner), NodeKind::Subscript) &&
                     tree_.flag(at.owner, kBare);
  if (at.kind != NodeKind::Call && at.kind != NodeKind::ClassDef && !index &&
      looser_than_bitwise_or(value)) {
    return reject(value, "invalid syntax");
  }
  switch (at.kind) {
    case NodeKind::Error:
    case NodeKind::Assign:  // said of the target
    case NodeKind::Delete:
    case NodeKind::For:
      if (at.kind == NodeKind::For && at.slot != slot::For::target) break;
      if (at.kind == NodeKind::Assign && !at.item) break;
      return;
    case NodeKind::Tuple:
    case NodeKind::ListLiteral:
    case NodeKind::Set:
      return;
    case NodeKind::Call:
      if (at.item) return;
      break;
    case NodeKind::ClassDef:
      if (at.item && at.slot == slot::ClassDef::bases) return;
      break;
    case NodeKind::Parameter:
      if (at.slot == slot::Parameter::annotation &&
          static_cast<ParameterKind>(tree_[at.owner].op) == ParameterKind::VarPositional) {
        return;
      }
      break;
    case NodeKind::TypeParameter:
      if (at.slot == slot::TypeParameter::default_value &&
          static_cast<TypeParameterKind>(tree_[at.owner].op) == TypeParameterKind::TypeVarTuple) {
        return;
      }
      break;
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::GeneratorExp:
      return reject(id, "iterable unpacking cannot be used in comprehension");
    default:
      break;
  }
  reject(id, "cannot use starred expression here");
}

bool Rejects::looser_than_bitwise_or(NodeId id) const {
  if (tree_.flag(id, kParenthesized)) return false;
  switch (tree_.kind(id)) {
    case NodeKind::Compare:
    case NodeKind::BoolOp:
    case NodeKind::IfExp:
    case NodeKind::Lambda:
    case NodeKind::NamedExpr:
      return true;
    case NodeKind::UnaryOp:
      return tree_.op(id) == Operator::Not;
    default:
      return false;
  }
}

void Rejects::unpacked_values(NodeId dict) {
  const auto keys = tree_.items(dict, slot::Dict::keys);
  const auto values = tree_.items(dict, slot::Dict::values);
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i) {
    if (tree_.is(keys[i], NodeKind::Missing) && looser_than_bitwise_or(values[i])) {
      reject(values[i], "invalid syntax");
    }
  }
}

void Rejects::named_expression(NodeId id) {
  const NodeId name = tree_.child(id, slot::NamedExpr::target);
  if (!bare(name, NodeKind::Name)) {
    reject(name, "cannot use assignment expressions with " + std::string(describe(name)));
  } else {
    not_debug(tree_[name].name, name);
  }
  if (tree_.flag(id, kParenthesized)) return;
  const Place at = place(id);
  switch (at.kind) {
    case NodeKind::Error:
    case NodeKind::ListLiteral:
    case NodeKind::Set:
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::GeneratorExp:
      return;
    case NodeKind::Tuple: {
      // Those of brackets, and of a `match` and a subscript, but not another tuple without
      // parentheses.
      const NodeId around = tree_.parent(at.owner);
      if (!tree_.flag(at.owner, kBare)) return;
      if (tree_.is(around, NodeKind::Subscript) || tree_.is(around, NodeKind::Match)) return;
      break;
    }
    case NodeKind::Call:
    case NodeKind::ClassDef:
    case NodeKind::FunctionDef:
      if (at.item) return;
      break;
    case NodeKind::If:
    case NodeKind::While:
    case NodeKind::Match:
    case NodeKind::MatchCase:
      return;
    case NodeKind::Subscript:
      if (at.slot == slot::Subscript::slice) return;
      break;
    default:
      break;
  }
  reject(id, "invalid syntax");
}

void Rejects::yield_placement(NodeId id) {
  if (tree_.flag(id, kParenthesized)) return;
  const Place at = place(id);
  switch (at.kind) {
    case NodeKind::Error:
    case NodeKind::ExprStatement:
    case NodeKind::FormattedValue:
      return;
    case NodeKind::Assign:
    case NodeKind::AugAssign:
    case NodeKind::AnnAssign:
      if (!at.item && at.slot > 0) return;
      break;
    default:
      break;
  }
  reject(id, "invalid syntax");
}

void Rejects::slice(NodeId id) {
  Place at = place(id);
  if (at.kind == NodeKind::Tuple && tree_.flag(at.owner, kBare)) at = place(at.owner);
  if (at.kind != NodeKind::Error &&
      (at.kind != NodeKind::Subscript || at.slot != slot::Subscript::slice)) {
    reject(id, "invalid syntax");
  }
}

// A lambda or conditional that would need parentheses where it stands.
void Rejects::operand(NodeId id) {
  if (tree_.flag(id, kParenthesized)) return;
  const Place at = place(id);
  const bool wrong = at.kind == NodeKind::BoolOp || at.kind == NodeKind::UnaryOp ||
                     at.kind == NodeKind::BinOp || at.kind == NodeKind::CompareItem ||
                     at.kind == NodeKind::Compare ||
                     (at.kind == NodeKind::IfExp && at.slot != slot::IfExp::orelse) ||
                     (at.kind == NodeKind::Comprehension && at.slot != slot::Comprehension::target);
  if (wrong) reject(id, "invalid syntax");
}

void Rejects::conditional(NodeId id) {
  for (const NodeId part : tree_.children(id)) {
    if (bare(part, NodeKind::NamedExpr) || bare(part, NodeKind::Starred))
      reject(part, "invalid syntax");
  }
}

void Rejects::comprehension(NodeId id) {
  target(tree_.child(id, slot::Comprehension::target), Binding::Assign, false);
  if (!tree_.flag(id, kAsync)) return;
  const NodeId around = tree_.parent(tree_.parent(id));
  if (!tree_.is(around, NodeKind::GeneratorExp)) {
    needs_async(around, "asynchronous comprehension outside of an asynchronous function");
  }
}

void Rejects::await_operand(NodeId id) {
  const NodeId value = tree_.child(id, slot::Await::value);
  if (tree_.flag(value, kParenthesized)) return;
  switch (tree_.kind(value)) {
    case NodeKind::Await:
    case NodeKind::UnaryOp:
    case NodeKind::BinOp:
    case NodeKind::BoolOp:
    case NodeKind::Compare:
    case NodeKind::Lambda:
    case NodeKind::IfExp:
    case NodeKind::Starred:
      return reject(value, "invalid syntax");
    default:
      return;
  }
}

void Rejects::formatted_value(NodeId id) {
  const std::uint8_t conversion = tree_[id].op;
  if (conversion != 0 && conversion != 's' && conversion != 'r' && conversion != 'a') {
    reject(id, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
  }
}

void Rejects::raise(NodeId id) {
  const NodeId exception = tree_.child(id, slot::Raise::exception);
  if (!exception && tree_.child(id, slot::Raise::cause)) return reject(id, "invalid syntax");
  if (!exception) return;
  if (tree_.is(exception, NodeKind::Tuple) && tree_.flag(exception, kBare)) {
    reject(exception, "invalid syntax (this is Python 2)");
  }
}

}  // namespace braid::syntax
