// The two passes behind resolve_names, after CPython's symtable.c: collect.cc visits the tree once
// and notes what each scope does with each name; resolve.cc then decides what each name means.
//
// Both passes keep, per name, the chain of entries in the scopes around the current point,
// innermost first, so that looking a name up costs no hashing: names_ holds each chain's head,
// shadowed_ the links. The module's entries stand apart, since they decide nothing about functions.
#pragma once

#include "scope/scope.h"

namespace braid::scope {

// A binding's flag while collecting: the name stands in the target of a `for` clause, if only to be
// read (`for a[i] in …`). Python lets no walrus inside rebind it.
inline constexpr std::uint16_t kInIterationTarget = 1U << 15U;

class Resolver {
 public:
  Resolver(const syntax::SyntaxTree& tree, SymbolTable& symbols);
  Scopes run();

 private:
  using NodeId = syntax::NodeId;

  // Index + 1 of a binding, or 0.
  using Link = std::uint32_t;
  struct NameEntries {
    Link innermost = 0;
    Link in_module = 0;
  };
  struct ScopeState {
    bool in_iteration_target_around = false;
    bool sees_class_names = false;  // an annotation scope directly inside a class
  };
  struct DeferredName {
    NodeId node;
    Symbol name;
  };

  // -- collect.cc and, for what opens a scope, collect_scopes.cc
  void visit(NodeId id);
  void visit_children(NodeId id);
  void visit_target(NodeId id, Access access);
  void visit_annotation(NodeId id);
  void visit_deferred(NodeId id);
  void visit_function(NodeId id);
  void visit_class(NodeId id);
  void visit_lambda(NodeId id);
  void visit_parameters(NodeId arguments);
  void visit_defaults(NodeId arguments);
  void visit_type_alias(NodeId id);
  void visit_type_parameter(NodeId id);
  void visit_type_bound(NodeId parameter, NodeId expression);
  void visit_comprehension(NodeId id);
  void visit_for_clause(NodeId clause, bool is_first);
  void visit_annotated_assignment(NodeId id);
  void visit_named_expression(NodeId id);
  void visit_import(NodeId id);
  void visit_declaration(NodeId id, bool is_global);
  void read_name(NodeId id);
  void bind_walrus_around(Symbol name, NodeId target);

  // -- entries.cc
  ScopeId enter(ScopeKind kind, NodeId node);
  void leave();
  bool enter_type_parameters(NodeId list);
  Symbol mangled(Symbol name);
  Symbol mangled_by_class(Symbol name);
  BindingId new_binding(Symbol name, ScopeId in, bool listed);
  BindingId module_entry(Symbol name);
  BindingId entry(Symbol name);
  BindingId entry_if_any(ScopeId in, Symbol name);
  BindingId entry_around(ScopeId in, Symbol name);
  BindingId define(Symbol name, std::uint16_t flags, NodeId node);
  void add_flags(BindingId id, std::uint16_t flags, NodeId node);
  void bind(NodeId node, Symbol name, std::uint16_t flags, Access access);
  void error_at(NodeId node, std::string message);
  void name_error(NodeId node, std::string_view before, Symbol name, std::string_view after);
  [[nodiscard]] std::uint16_t flags_here(Symbol name);
  [[nodiscard]] bool in_type_scope() const;

  // -- resolve.cc
  void analyze(ScopeId id, ScopeId class_around);
  void decide(BindingId id, ScopeId class_around);
  void nonlocal_error(BindingId id, std::string_view before, std::string_view after);
  bool is_bound_between(Symbol name, BindingId owner);
  BindingId visible_owner(Symbol name);
  void capture(BindingId use, BindingId owner);
  void index_names();
  void group_occurrences();
  void resolve_deferred();

  NameEntries& entries_of(Symbol name) {
    if (name.value >= names_.size()) names_.resize(name.value + name.value / 4 + 16);
    return names_[name.value];
  }
  Binding& binding(Link link) { return out_.bindings_[link - 1]; }
  Scope& scope(ScopeId id) { return out_.scopes_[id.value]; }

  const syntax::SyntaxTree& tree_;
  SymbolTable& symbols_;
  Scopes out_;
  std::vector<NameEntries> names_;  // by symbol
  std::vector<Link> shadowed_;      // by binding: the next entry of its name outwards
  std::vector<ScopeState> states_;  // by scope
  std::vector<DeferredName> deferred_;
  std::unordered_map<BindingId, NodeId> nonlocals_;  // where each was declared
  ScopeId current_;
  Symbol private_class_;  // whose name mangles `__x`
  // In the head of a generic class: the scope whose type parameters alone are mangled.
  ScopeId mangled_parameters_;
  std::uint32_t iterable_depth_ = 0;  // > 0 in the iterables of comprehensions
  bool in_iteration_target_ = false;
  bool annotations_deferred_ = false;
  const Symbol super_;
  const Symbol class_cell_;
  const Symbol dot_zero_;
};

}  // namespace braid::scope
