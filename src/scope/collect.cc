// First pass: one visit of the tree, in the order of symtable.c, since that order decides which
// `global` statements come too late.
#include "scope/resolver.h"

namespace braid::scope {

namespace slot = syntax::slot;
using syntax::NodeId;
using syntax::NodeKind;

namespace {
constexpr std::uint16_t kBoundHere = kAssigned | kStored;
}

void Resolver::visit_children(NodeId id) {
  for (const NodeId child : tree_.children(id)) visit(child);
}

void Resolver::visit(NodeId id) {
  if (!id) return;  // an optional slot
  const syntax::Node& node = tree_[id];
  out_.scope_at_[id.value] = current_;
  switch (node.kind) {
    case NodeKind::Name:
      read_name(id);
      break;
    case NodeKind::Constant:
    case NodeKind::Pass:
    case NodeKind::Break:
    case NodeKind::Continue:
    case NodeKind::Missing:
      break;
    case NodeKind::FunctionDef:
      visit_function(id);
      break;
    case NodeKind::ClassDef:
      visit_class(id);
      break;
    case NodeKind::Lambda:
      visit_lambda(id);
      break;
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::DictComp:
    case NodeKind::GeneratorExp:
      visit_comprehension(id);
      break;
    case NodeKind::Delete:
      visit_target(tree_.child(id, slot::Delete::targets), Access::Delete);
      break;
    case NodeKind::Assign:
      visit_target(tree_.child(id, slot::Assign::targets), Access::Write);
      visit(tree_.child(id, slot::Assign::value));
      break;
    case NodeKind::AugAssign:
      visit_target(tree_.child(id, slot::AugAssign::target), Access::ReadWrite);
      visit(tree_.child(id, slot::AugAssign::value));
      break;
    case NodeKind::AnnAssign:
      visit_annotated_assignment(id);
      break;
    case NodeKind::TypeAlias:
      visit_type_alias(id);
      break;
    case NodeKind::For:
      visit_target(tree_.child(id, slot::For::target), Access::Write);
      visit(tree_.child(id, slot::For::iter));
      visit(tree_.child(id, slot::For::statements));
      visit(tree_.child(id, slot::For::else_statements));
      break;
    case NodeKind::WithItem:
      visit(tree_.child(id, slot::WithItem::context));
      visit_target(tree_.child(id, slot::WithItem::target), Access::Write);
      break;
    case NodeKind::ExceptHandler:
      visit(tree_.child(id, slot::ExceptHandler::type));
      if (node.name) bind(id, node.name, kBoundHere, Access::Write);
      visit(tree_.child(id, slot::ExceptHandler::statements));
      break;
    case NodeKind::Import:
    case NodeKind::ImportFrom:
      visit_import(id);
      break;
    case NodeKind::Global:
      visit_declaration(id, true);
      break;
    case NodeKind::Nonlocal:
      visit_declaration(id, false);
      break;
    case NodeKind::NamedExpr:
      visit_named_expression(id);
      break;
    case NodeKind::Yield:
    case NodeKind::YieldFrom:
      visit_children(id);
      scope(current_).is_generator = true;
      if (scope(current_).kind == ScopeKind::Comprehension) {
        error_at(id, "'yield' inside a comprehension");
      }
      if (in_type_scope()) error_at(id, "yield expression cannot be used in a type expression");
      break;
    case NodeKind::Await:
      visit_children(id);
      if (in_type_scope()) error_at(id, "await expression cannot be used in a type expression");
      break;
    case NodeKind::MatchMapping:
    case NodeKind::MatchStar:
    case NodeKind::MatchAs:
      visit_children(id);
      if (node.name) bind(id, node.name, kBoundHere, Access::Write);
      break;
    default:
      visit_children(id);
  }
}

void Resolver::read_name(NodeId id) {
  const Symbol name = tree_[id].name;
  if (!name) return;
  bind(id, name, kReferenced, Access::Read);
  const ScopeKind kind = scope(current_).kind;
  if (name == super_ && kind != ScopeKind::Module && kind != ScopeKind::Class) {
    define(class_cell_, kReferenced, id);
  }
}

void Resolver::visit_target(NodeId id, Access access) {
  if (!id) return;
  const syntax::Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::Name: {
      out_.scope_at_[id.value] = current_;
      const std::uint16_t deleted = access == Access::Delete ? kDeleted : 0;
      if (node.name) bind(id, node.name, kBoundHere | deleted, access);
      break;
    }
    case NodeKind::List:
    case NodeKind::Tuple:
    case NodeKind::ListLiteral:
    case NodeKind::Starred:
      out_.scope_at_[id.value] = current_;
      for (const NodeId child : tree_.children(id)) visit_target(child, access);
      break;
    default:
      visit(id);
  }
}

void Resolver::visit_annotated_assignment(NodeId id) {
  const NodeId target = tree_.child(id, slot::AnnAssign::target);
  const NodeId value = tree_.child(id, slot::AnnAssign::value);
  if (tree_.is(target, NodeKind::Name) && tree_[target].name) {
    out_.scope_at_[target.value] = current_;
    const Symbol name = tree_[target].name;
    const bool simple = tree_.flag(id, syntax::kSimple);
    const std::uint16_t declared =
        flags_here(mangled(name)) & (kDeclaredGlobal | kDeclaredNonlocal);
    if (simple && declared != 0 && current_ != out_.module_scope()) {
      name_error(target, "annotated name '", name,
                 (declared & kDeclaredGlobal) != 0 ? "' can't be global" : "' can't be nonlocal");
    }
    const Access access = value ? Access::Write : Access::none;
    if (simple) {
      bind(target, name, kBoundHere | kAnnotated, access);
    } else if (value) {
      bind(target, name, kBoundHere, access);
    }
  } else {
    visit_target(target, Access::Write);
  }
  visit_annotation(tree_.child(id, slot::AnnAssign::annotation));
  visit(value);
}

void Resolver::visit_annotation(NodeId id) {
  if (!id) return;
  if (annotations_deferred_) {
    visit_deferred(id);
  } else {
    visit(id);
  }
}

// Never evaluated: nothing is read and no scope opens.
void Resolver::visit_deferred(NodeId id) {
  const syntax::Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::Name:
      if (node.name) deferred_.push_back({id, mangled(node.name)});
      break;
    case NodeKind::NamedExpr:
    case NodeKind::Yield:
    case NodeKind::YieldFrom:
    case NodeKind::Await:
      error_at(id, "this expression cannot be used within an annotation");
      break;
    case NodeKind::Lambda:
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::DictComp:
    case NodeKind::GeneratorExp:
      for (std::uint32_t i = id.value; i < node.subtree_end; ++i) out_.scope_at_[i] = current_;
      return;
    default:
      break;
  }
  out_.scope_at_[id.value] = current_;
  for (const NodeId child : tree_.children(id)) {
    if (child) visit_deferred(child);
  }
}

void Resolver::visit_import(NodeId id) {
  const syntax::Node& node = tree_[id];
  const bool from = node.kind == NodeKind::ImportFrom;
  if (from && (node.flags & syntax::kStar) != 0) {
    scope(current_).has_star_import = true;
    if (current_ != out_.module_scope()) error_at(id, "import * only allowed at module level");
  }
  const bool future = from && node.name && node.op == 0 && symbols_.text(node.name) == "__future__";
  const NodeId list = tree_.child(id, 0);
  out_.scope_at_[list.value] = current_;
  for (const NodeId alias : tree_.children(list)) {
    const syntax::Node& imported = tree_[alias];
    out_.scope_at_[alias.value] = current_;
    if (imported.kind != NodeKind::ImportAlias || !imported.name) continue;
    if (future && symbols_.text(imported.name) == "annotations") annotations_deferred_ = true;
    Symbol name = imported.alias ? imported.alias : imported.name;
    if (!from && !imported.alias) {
      const std::string_view text = symbols_.text(name);
      if (const auto dot = text.find('.'); dot != text.npos) {
        name = symbols_.intern(std::string(text.substr(0, dot)));
      }
    }
    bind(alias, name, kImported | kAssigned, Access::Write);
  }
}

void Resolver::visit_declaration(NodeId id, bool is_global) {
  const std::string word = is_global ? "global" : "nonlocal";
  for (const NodeId child : tree_.children(id)) {
    const Symbol name = tree_[child].name;
    out_.scope_at_[child.value] = current_;
    if (!name) continue;
    const std::uint16_t before = flags_here(mangled(name));
    if ((before & kParameter) != 0) {
      name_error(child, "name '", name, "' is parameter and " + word);
    } else if ((before & kReferenced) != 0) {
      name_error(child, "name '", name, "' is used prior to " + word + " declaration");
    } else if ((before & kAnnotated) != 0) {
      name_error(child, "annotated name '", name, "' can't be " + word);
    } else if ((before & kStored) != 0) {
      name_error(child, "name '", name, "' is assigned to before " + word + " declaration");
    }
    bind(child, name, is_global ? kDeclaredGlobal : kDeclaredNonlocal, Access::none);
    if (!is_global) nonlocals_.emplace(out_.variable_[child.value], child);
  }
}

void Resolver::visit_named_expression(NodeId id) {
  const NodeId target = tree_.child(id, slot::NamedExpr::target);
  if (in_type_scope()) error_at(id, "named expression cannot be used in a type expression");
  if (iterable_depth_ > 0) {
    error_at(id, "assignment expression cannot be used in a comprehension iterable expression");
  }
  if (scope(current_).kind == ScopeKind::Comprehension && tree_.is(target, NodeKind::Name) &&
      tree_[target].name) {
    bind_walrus_around(mangled(tree_[target].name), target);
  }
  visit(tree_.child(id, slot::NamedExpr::value));
  visit_target(target, Access::Write);
}

// A walrus in a comprehension binds in the function or module around all the comprehensions.
void Resolver::bind_walrus_around(Symbol name, NodeId target) {
  ScopeId around = current_;
  for (; scope(around).kind == ScopeKind::Comprehension; around = scope(around).parent) {
    const BindingId inner = entry_if_any(around, name);
    const std::uint16_t flags = inner ? out_[inner].flags : 0;
    if ((flags & kInIterationTarget) != 0 && (flags & (kStored | kDeclaredGlobal)) != 0) {
      name_error(target, "assignment expression cannot rebind comprehension iteration variable '",
                 name, "'");
    }
  }
  switch (scope(around).kind) {
    case ScopeKind::Function:
    case ScopeKind::Lambda: {
      const BindingId outer = entry_around(around, name);
      const bool global = (out_[outer].flags & kDeclaredGlobal) != 0;
      add_flags(entry(name), global ? kDeclaredGlobal : kDeclaredNonlocal, target);
      out_.bindings_[outer.value].flags |= kBoundHere;
      break;
    }
    case ScopeKind::Module:
      add_flags(entry(name), kDeclaredGlobal, target);
      out_.bindings_[module_entry(name).value].flags |= kAssigned;
      break;
    case ScopeKind::Class:
      error_at(target,
               "assignment expression within a comprehension cannot be used in a class body");
      break;
    default:
      error_at(target, "assignment expression cannot be used in a type expression");
  }
}

}  // namespace braid::scope
