// What a finished tree can be asked.
#include "syntax/syntax.h"

namespace braid::syntax {

std::uint32_t SyntaxTree::header_begin(NodeId id) const {
  const Node& node = (*this)[id];
  if (node.kind != NodeKind::FunctionDef && node.kind != NodeKind::ClassDef) return node.span.begin;
  const std::uint32_t slot = node.kind == NodeKind::FunctionDef
                                 ? std::uint32_t{slot::FunctionDef::decorators}
                                 : std::uint32_t{slot::ClassDef::decorators};
  const auto decorators = items(id, slot);
  if (decorators.empty()) return node.span.begin;
  // Between the decorator's @ and its expression stand only blanks, parentheses and line joins.
  std::uint32_t begin = span(decorators.front()).begin;
  while (begin > 0 && source_->text()[begin] != '@') --begin;
  return begin;
}

bool SyntaxTree::is_statement(NodeId id) const {
  switch (kind(id)) {
    case NodeKind::Error: {
      // An Error stands for a statement where statements stand.
      const NodeId list = parent(id);
      if (!is(list, NodeKind::List)) return false;
      const NodeId owner = parent(list);
      return is(owner, NodeKind::Module) || is_body(owner, list);
    }
    case NodeKind::WithItem:
    case NodeKind::MatchCase:
    case NodeKind::ExceptHandler:
    case NodeKind::ImportAlias:
      return false;
    default:
      return kind(id) >= NodeKind::FunctionDef && kind(id) <= NodeKind::Continue;
  }
}

bool SyntaxTree::is_body(NodeId owner, NodeId list) const {
  const auto in = [&](std::uint32_t slot) { return child(owner, slot) == list; };
  switch (kind(owner)) {
    case NodeKind::FunctionDef:
      return in(slot::FunctionDef::statements);
    case NodeKind::ClassDef:
      return in(slot::ClassDef::statements);
    case NodeKind::For:
      return in(slot::For::statements) || in(slot::For::else_statements);
    case NodeKind::While:
      return in(slot::While::statements) || in(slot::While::else_statements);
    case NodeKind::If:
      return in(slot::If::statements) || in(slot::If::else_statements);
    case NodeKind::With:
      return in(slot::With::statements);
    case NodeKind::MatchCase:
      return in(slot::MatchCase::statements);
    case NodeKind::ExceptHandler:
      return in(slot::ExceptHandler::statements);
    case NodeKind::Try:
      return in(slot::Try::statements) || in(slot::Try::else_statements) ||
             in(slot::Try::finally_statements);
    default:
      return false;
  }
}

bool SyntaxTree::is_expression(NodeId id) const {
  switch (kind(id)) {
    case NodeKind::Comprehension:
    case NodeKind::CompareItem:
    case NodeKind::Keyword:
    case NodeKind::Missing:
      return false;
    default:
      return kind(id) >= NodeKind::BoolOp && kind(id) <= NodeKind::Missing;
  }
}

NodeId SyntaxTree::statement_of(NodeId id) const {
  while (id && !is_statement(id)) id = parent(id);
  return id;
}

NodeId SyntaxTree::enclosing_definition(NodeId id) const {
  do {
    id = parent(id);
  } while (id && kind(id) != NodeKind::FunctionDef && kind(id) != NodeKind::Lambda &&
           kind(id) != NodeKind::ClassDef && kind(id) != NodeKind::Module);
  return id;
}

std::string_view name_of(NodeKind kind) {
  static constexpr std::string_view kNames[] = {
#define NODE0(kind) #kind,
#define NODE(kind, ...) #kind,
#include "syntax/nodes.def"
#undef NODE
#undef NODE0
  };
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace braid::syntax
