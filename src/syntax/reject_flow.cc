// return, yield, await, break and continue where they may not stand.
#include "syntax/rejects.h"

namespace braid::syntax {

namespace {

bool is_comprehension(NodeKind kind) {
  return kind == NodeKind::ListComp || kind == NodeKind::SetComp || kind == NodeKind::DictComp ||
         kind == NodeKind::GeneratorExp;
}

}  // namespace

// The function, lambda, class, comprehension or module whose code `id` is, which is not always the
// nearest one around it: decorators, defaults and a comprehension's first iterable stand outside.
NodeId Rejects::scope_around(NodeId id) const {
  for (NodeId inner = id, outer = tree_.parent(id); outer;
       inner = outer, outer = tree_.parent(outer)) {
    switch (tree_.kind(outer)) {
      case NodeKind::Module:
      case NodeKind::TypeParameter:
        return outer;
      case NodeKind::TypeAlias:
        if (inner == tree_.child(outer, slot::TypeAlias::value)) return outer;
        break;
      case NodeKind::FunctionDef:
        if (inner == tree_.child(outer, slot::FunctionDef::statements)) return outer;
        break;
      case NodeKind::ClassDef:
        if (inner == tree_.child(outer, slot::ClassDef::statements)) return outer;
        break;
      case NodeKind::Lambda:
        if (inner == tree_.child(outer, slot::Lambda::body)) return outer;
        break;
      case NodeKind::Comprehension: {
        const NodeId list = tree_.parent(outer);
        const bool first = tree_.children(list).front() == outer;
        if (first && inner == tree_.child(outer, slot::Comprehension::iter)) {
          outer = tree_.parent(list);  // leaves the comprehension
          if (!outer) return NodeId{};
        }
        break;
      }
      default:
        if (is_comprehension(tree_.kind(outer))) return outer;
    }
  }
  return tree_.root();
}

void Rejects::return_statement(NodeId id) {
  const NodeId scope = scope_around(id);
  if (!tree_.is(scope, NodeKind::FunctionDef)) return reject(id, "'return' outside function");
  if (tree_.flag(scope, kAsync) && tree_.child(id, slot::Return::value))
    async_returns_.push_back(id);
  for (NodeId each = tree_.parent(id); each != scope; each = tree_.parent(each)) {
    if (!tree_.is(each, NodeKind::ExceptHandler)) continue;
    if (tree_.flag(tree_.parent(tree_.parent(each)), kStar)) {
      return reject(id, "'break', 'continue' and 'return' cannot appear in an except* block");
    }
  }
}

void Rejects::yield_scope(NodeId id) {
  const NodeId scope = scope_around(id);
  if (is_comprehension(tree_.kind(scope))) return;  // the room scope says so
  const bool function = tree_.is(scope, NodeKind::FunctionDef);
  if (!function && !tree_.is(scope, NodeKind::Lambda))
    return reject(id, "'yield' outside function");
  if (function && tree_.flag(scope, kAsync) && tree_.is(id, NodeKind::YieldFrom)) {
    return reject(id, "'yield from' inside async function");
  }
  generators_.insert(scope.value);
}

void Rejects::after_yields() {
  for (const NodeId id : async_returns_) {
    if (generators_.contains(scope_around(id).value))
      reject(id, "'return' with value in async generator");
  }
}

// A generator expression may be asynchronous anywhere; other comprehensions pass the need on.
void Rejects::needs_async(NodeId id, std::string message) {
  NodeId scope = scope_around(id);
  while (is_comprehension(tree_.kind(scope)) && !tree_.is(scope, NodeKind::GeneratorExp)) {
    scope = scope_around(scope);
  }
  if (tree_.is(scope, NodeKind::GeneratorExp)) return;
  if (!tree_.is(scope, NodeKind::FunctionDef) || !tree_.flag(scope, kAsync))
    reject(id, std::move(message));
}

void Rejects::loop_exit(NodeId id, std::string_view word) {
  bool in_star_handler = false;
  for (NodeId inner = id, outer = tree_.parent(id); outer;
       inner = outer, outer = tree_.parent(outer)) {
    bool loop = false;
    switch (tree_.kind(outer)) {
      case NodeKind::For:
        loop = inner == tree_.child(outer, slot::For::statements);
        break;
      case NodeKind::While:
        loop = inner == tree_.child(outer, slot::While::statements);
        break;
      case NodeKind::ExceptHandler:
        in_star_handler = in_star_handler || tree_.flag(tree_.parent(tree_.parent(outer)), kStar);
        break;
      case NodeKind::FunctionDef:
      case NodeKind::ClassDef:
      case NodeKind::Module:
        return reject(id,
                      word == "break" ? "'break' outside loop" : "'continue' not properly in loop");
      case NodeKind::Error:
        return;
      default:
        break;
    }
    if (!loop) continue;
    if (in_star_handler)
      reject(id, "'break', 'continue' and 'return' cannot appear in an except* block");
    return;
  }
}

}  // namespace braid::syntax
