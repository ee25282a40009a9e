// What cannot be assigned to, or deleted.
#include "syntax/rejects.h"

namespace braid::syntax {

void Rejects::targets(NodeId list, Binding binding) {
  for (const NodeId each : tree_.children(list)) target(each, binding, false);
}

void Rejects::target(NodeId id, Binding binding, bool item) {
  if (!id) return;
  const char* verb = binding == Binding::Delete ? "delete" : "assign to";
  switch (tree_.kind(id)) {
    case NodeKind::Error:
    case NodeKind::Subscript:
      return;
    case NodeKind::Name:
      return not_debug(tree_[id].name, id);
    case NodeKind::Attribute:
      return not_debug(tree_[id].name, id);
    case NodeKind::Tuple:
    case NodeKind::ListLiteral: {
      const char* kind = tree_.is(id, NodeKind::Tuple) ? "tuple" : "list";
      if (binding == Binding::Augmented) {
        return reject(
            id, std::string("'") + kind + "' is an illegal expression for augmented assignment");
      }
      if (binding == Binding::Annotated) {
        return reject(id, std::string("only single target (not ") + kind + ") can be annotated");
      }
      bool starred = false;
      for (const NodeId each : tree_.items(id, 0)) {
        if (tree_.is(each, NodeKind::Starred)) {
          if (starred) reject(each, "multiple starred expressions in assignment");
          starred = true;
        }
        target(each, binding, true);
      }
      return;
    }
    case NodeKind::Starred:
      if (binding == Binding::Assign) {
        if (!item) return reject(id, "starred assignment target must be in a list or tuple");
        return target(tree_.child(id, slot::Starred::value), binding, false);
      }
      return reject(id, std::string("cannot ") + verb + " starred");
    default:
      break;
  }
  if (binding == Binding::Augmented) {
    return reject(id, "'" + std::string(describe(id)) +
                          "' is an illegal expression for augmented assignment");
  }
  if (binding == Binding::Annotated) return reject(id, "illegal target for annotation");
  reject(id, std::string("cannot ") + verb + " " + std::string(describe(id)));
}

void Rejects::not_debug(Symbol name, NodeId id) {
  if (name && symbols_.text(name) == "__debug__") reject(id, "cannot assign to __debug__");
}

std::string_view Rejects::describe(NodeId id) const {
  switch (tree_.kind(id)) {
    case NodeKind::Attribute:
      return "attribute";
    case NodeKind::Subscript:
      return "subscript";
    case NodeKind::Starred:
      return "starred";
    case NodeKind::Name:
      return "name";
    case NodeKind::ListLiteral:
      return "list";
    case NodeKind::Tuple:
      return "tuple";
    case NodeKind::Lambda:
      return "lambda";
    case NodeKind::Call:
      return "function call";
    case NodeKind::BoolOp:
    case NodeKind::BinOp:
    case NodeKind::UnaryOp:
      return "expression";
    case NodeKind::GeneratorExp:
      return "generator expression";
    case NodeKind::Yield:
    case NodeKind::YieldFrom:
      return "yield expression";
    case NodeKind::Await:
      return "await expression";
    case NodeKind::ListComp:
      return "list comprehension";
    case NodeKind::SetComp:
      return "set comprehension";
    case NodeKind::DictComp:
      return "dict comprehension";
    case NodeKind::Dict:
      return "dict literal";
    case NodeKind::Set:
      return "set display";
    case NodeKind::JoinedString:
      return "f-string expression";
    case NodeKind::Compare:
      return "comparison";
    case NodeKind::IfExp:
      return "conditional expression";
    case NodeKind::NamedExpr:
      return "named expression";
    case NodeKind::Constant:
      break;
    default:
      return "expression";
  }
  switch (static_cast<ConstantKind>(tree_[id].op)) {
    case ConstantKind::None:
      return "None";
    case ConstantKind::True:
      return "True";
    case ConstantKind::False:
      return "False";
    case ConstantKind::Ellipsis:
      return "ellipsis";
    default:
      return "literal";
  }
}

}  // namespace braid::syntax
