// First pass, continued: the constructs that open a scope. What is evaluated before the scope opens
// (defaults, decorators, annotations, base classes, a first iterable) belongs to the scope around
// it.
#include "scope/resolver.h"

namespace braid::scope {

namespace slot = syntax::slot;
using syntax::NodeId;
using syntax::NodeKind;

namespace {

constexpr std::uint16_t kBoundHere = kAssigned | kStored;

std::uint32_t generators_slot(NodeKind kind) {
  switch (kind) {
    case NodeKind::ListComp:
      return slot::ListComp::generators;
    case NodeKind::SetComp:
      return slot::SetComp::generators;
    case NodeKind::DictComp:
      return slot::DictComp::generators;
    default:
      return slot::GeneratorExp::generators;
  }
}

}  // namespace

void Resolver::visit_function(NodeId id) {
  using Slot = slot::FunctionDef;
  const Symbol name = tree_[id].name;
  if (name) bind(id, name, kBoundHere | kDefinition, Access::Write);
  const NodeId arguments = tree_.child(id, Slot::arguments);
  const NodeId type_parameters = tree_.child(id, Slot::type_params);
  visit_defaults(arguments);
  visit(tree_.child(id, Slot::decorators));
  const bool generic = enter_type_parameters(type_parameters);
  for (const NodeId parameter : tree_.items(arguments, slot::Arguments::parameters)) {
    if (tree_.is(parameter, NodeKind::Parameter)) {
      visit_annotation(tree_.child(parameter, slot::Parameter::annotation));
    }
  }
  visit_annotation(tree_.child(id, Slot::returns));
  enter(ScopeKind::Function, id);
  visit_parameters(arguments);
  visit(tree_.child(id, Slot::statements));
  leave();
  if (generic) leave();
}

void Resolver::visit_lambda(NodeId id) {
  const NodeId arguments = tree_.child(id, slot::Lambda::arguments);
  visit_defaults(arguments);
  enter(ScopeKind::Lambda, id);
  visit_parameters(arguments);
  visit(tree_.child(id, slot::Lambda::body));
  leave();
}

void Resolver::visit_defaults(NodeId arguments) {
  // Positional defaults first, then keyword-only ones, as Python evaluates them.
  for (const bool keyword_only : {false, true}) {
    for (const NodeId parameter : tree_.items(arguments, slot::Arguments::parameters)) {
      if (!tree_.is(parameter, NodeKind::Parameter)) continue;
      const auto kind = static_cast<syntax::ParameterKind>(tree_[parameter].op);
      if ((kind == syntax::ParameterKind::KeywordOnly) != keyword_only) continue;
      visit(tree_.child(parameter, slot::Parameter::default_value));
    }
  }
}

void Resolver::visit_parameters(NodeId arguments) {
  const NodeId list = tree_.child(arguments, slot::Arguments::parameters);
  out_.scope_at_[arguments.value] = current_;
  out_.scope_at_[list.value] = current_;
  for (const NodeId parameter : tree_.children(list)) {
    if (!tree_.is(parameter, NodeKind::Parameter)) {
      visit(parameter);
      continue;
    }
    out_.scope_at_[parameter.value] = current_;
    if (const Symbol name = tree_[parameter].name) {
      bind(parameter, name, kParameter, Access::Write);
    }
  }
}

void Resolver::visit_class(NodeId id) {
  using Slot = slot::ClassDef;
  const Symbol name = tree_[id].name;
  if (name) bind(id, name, kBoundHere | kDefinition, Access::Write);
  visit(tree_.child(id, Slot::decorators));
  const Symbol private_class_around = private_class_;
  const ScopeId mangled_around = mangled_parameters_;
  const NodeId type_parameters = tree_.child(id, Slot::type_params);
  const bool generic = type_parameters && !tree_.children(type_parameters).empty();
  if (generic) {
    private_class_ = name;
    mangled_parameters_ = ScopeId{out_.scopes_.size()};  // the scope about to open
    enter_type_parameters(type_parameters);
  }
  visit(tree_.child(id, Slot::bases));
  visit(tree_.child(id, Slot::keywords));
  enter(ScopeKind::Class, id);
  private_class_ = name;
  mangled_parameters_ = ScopeId{};
  visit(tree_.child(id, Slot::statements));
  leave();
  if (generic) leave();
  private_class_ = private_class_around;
  mangled_parameters_ = mangled_around;
}

bool Resolver::enter_type_parameters(NodeId list) {
  if (!list) return false;
  out_.scope_at_[list.value] = current_;
  if (tree_.children(list).empty()) return false;
  const bool in_class = scope(current_).kind == ScopeKind::Class;
  enter(ScopeKind::TypeParameters, list);
  states_[current_.value].sees_class_names = in_class;
  out_.scope_at_[list.value] = current_;
  for (const NodeId parameter : tree_.children(list)) {
    if (tree_.is(parameter, NodeKind::TypeParameter)) {
      visit_type_parameter(parameter);
    } else {
      visit(parameter);
    }
  }
  return true;
}

void Resolver::visit_type_parameter(NodeId id) {
  out_.scope_at_[id.value] = current_;
  if (const Symbol name = tree_[id].name) {
    const Symbol private_name = private_class_ ? mangled_by_class(name) : name;
    if ((flags_here(private_name) & kTypeParameter) != 0) {
      name_error(id, "duplicate type parameter '", name, "'");
    }
    bind(id, name, kBoundHere | kTypeParameter, Access::Write);
  }
  visit_type_bound(id, tree_.child(id, slot::TypeParameter::bound));
  visit_type_bound(id, tree_.child(id, slot::TypeParameter::default_value));
}

void Resolver::visit_type_bound(NodeId parameter, NodeId expression) {
  if (!expression) return;
  const bool sees_class_names = states_[current_.value].sees_class_names;
  enter(ScopeKind::TypeBound, parameter);
  states_[current_.value].sees_class_names = sees_class_names;
  visit(expression);
  leave();
}

void Resolver::visit_type_alias(NodeId id) {
  using Slot = slot::TypeAlias;
  visit_target(tree_.child(id, Slot::target), Access::Write);
  const bool in_class = scope(current_).kind == ScopeKind::Class;
  const bool generic = enter_type_parameters(tree_.child(id, Slot::type_params));
  enter(ScopeKind::TypeAlias, id);
  states_[current_.value].sees_class_names = in_class;
  visit(tree_.child(id, Slot::value));
  leave();
  if (generic) leave();
}

void Resolver::visit_comprehension(NodeId id) {
  const NodeKind kind = tree_[id].kind;
  const NodeId list = tree_.child(id, generators_slot(kind));
  const auto clauses = tree_.children(list);
  const bool has_clause = !clauses.empty() && tree_.is(clauses[0], NodeKind::Comprehension);
  if (has_clause) {
    ++iterable_depth_;
    visit(tree_.child(clauses[0], slot::Comprehension::iter));
    --iterable_depth_;
  }
  enter(ScopeKind::Comprehension, id);
  define(dot_zero_, kParameter | kIteration, id);
  out_.scope_at_[list.value] = current_;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    if (tree_.is(clauses[i], NodeKind::Comprehension)) {
      visit_for_clause(clauses[i], i == 0);
    } else {
      visit(clauses[i]);
    }
  }
  if (kind == NodeKind::DictComp) visit(tree_.child(id, slot::DictComp::value));
  visit(tree_.child(id, 0));
  if (kind == NodeKind::GeneratorExp) scope(current_).is_generator = true;
  leave();
}

void Resolver::visit_for_clause(NodeId clause, bool is_first) {
  out_.scope_at_[clause.value] = current_;
  in_iteration_target_ = true;
  visit_target(tree_.child(clause, slot::Comprehension::target), Access::Write);
  in_iteration_target_ = false;
  if (!is_first) {
    ++iterable_depth_;
    visit(tree_.child(clause, slot::Comprehension::iter));
    --iterable_depth_;
  }
  visit(tree_.child(clause, slot::Comprehension::ifs));
}

}  // namespace braid::scope
