// What both passes do with scopes and their entries.
#include "scope/resolver.h"

namespace braid::scope {

using syntax::NodeId;

Resolver::Resolver(const syntax::SyntaxTree& tree, SymbolTable& symbols)
    : tree_(tree),
      symbols_(symbols),
      super_(symbols.intern("super")),
      class_cell_(symbols.intern("__class__")),
      dot_zero_(symbols.intern(".0")) {
  out_.scope_at_.resize(tree.size());
  out_.variable_.resize(tree.size());
  out_.access_.resize(tree.size());
  out_.scope_of_.resize(tree.size());
}

ScopeId Resolver::enter(ScopeKind kind, NodeId node) {
  const ScopeId id{out_.scopes_.size()};
  Scope& opened = out_.scopes_.emplace_back();
  opened.kind = kind;
  opened.node = node;
  opened.parent = current_;
  if (current_) {
    Scope& around = scope(current_);
    opened.is_nested =
        around.is_nested || (around.kind != ScopeKind::Module && around.kind != ScopeKind::Class);
    around.children.push_back(id);
  }
  if (!out_.scope_of_[node.value]) out_.scope_of_[node.value] = id;
  states_.emplace_back().in_iteration_target_around = in_iteration_target_;
  in_iteration_target_ = false;
  current_ = id;
  return id;
}

void Resolver::leave() {
  const Scope& left = scope(current_);
  for (const BindingId id : left.bindings) {
    entries_of(out_[id].name).innermost = shadowed_[id.value];
  }
  in_iteration_target_ = states_[current_.value].in_iteration_target_around;
  current_ = left.parent;
}

bool Resolver::in_type_scope() const {
  const ScopeKind kind = out_[current_].kind;
  return kind == ScopeKind::TypeParameters || kind == ScopeKind::TypeAlias ||
         kind == ScopeKind::TypeBound;
}

std::string private_name(std::string_view type, std::string_view name) {
  const std::size_t first = type.find_first_not_of('_');
  const bool is_private =
      name.starts_with("__") && !name.ends_with("__") && name.find('.') == name.npos;
  if (!is_private || first == type.npos) return std::string(name);
  return "_" + std::string(type.substr(first)) + std::string(name);
}

// Type parameters of a class are private to it, too.
Symbol Resolver::mangled(Symbol name) {
  if (!private_class_) return name;
  const Symbol private_name = mangled_by_class(name);
  if (private_name == name || !mangled_parameters_) return private_name;
  const BindingId parameter = entry_if_any(mangled_parameters_, private_name);
  return parameter && (out_[parameter].flags & kTypeParameter) != 0 ? private_name : name;
}

Symbol Resolver::mangled_by_class(Symbol name) {
  return symbols_.intern(private_name(symbols_.text(private_class_), symbols_.text(name)));
}

BindingId Resolver::new_binding(Symbol name, ScopeId in, bool listed) {
  const BindingId id{out_.bindings_.size()};
  Binding& created = out_.bindings_.emplace_back();
  created.name = name;
  created.scope = in;
  created.resolved = id;
  shadowed_.push_back(0);
  if (listed) scope(in).bindings.push_back(id);
  return id;
}

BindingId Resolver::module_entry(Symbol name) {
  Link& link = entries_of(name).in_module;
  if (link == 0) {
    link = new_binding(name, out_.module_scope(), true).value + 1;
    binding(link).name_class = NameClass::GlobalImplicit;  // for what only functions name
  }
  return BindingId{link - 1};
}

// The current scope's entry for a name, made if need be.
BindingId Resolver::entry(Symbol name) {
  if (current_ == out_.module_scope()) return module_entry(name);
  NameEntries& entries = entries_of(name);
  if (entries.innermost != 0 && binding(entries.innermost).scope == current_) {
    return BindingId{entries.innermost - 1};
  }
  const BindingId id = new_binding(name, current_, true);
  shadowed_[id.value] = entries.innermost;
  entries.innermost = id.value + 1;
  return id;
}

BindingId Resolver::entry_if_any(ScopeId in, Symbol name) {
  Link link = entries_of(name).innermost;
  // Scopes around the current point have smaller ids the further out they are.
  while (link != 0 && binding(link).scope > in) link = shadowed_[link - 1];
  return link != 0 && binding(link).scope == in ? BindingId{link - 1} : BindingId{};
}

// The entry of a scope around the current one, put into its place in the chain.
BindingId Resolver::entry_around(ScopeId in, Symbol name) {
  if (in == out_.module_scope()) return module_entry(name);
  Link inner = 0;
  Link outer = entries_of(name).innermost;
  while (outer != 0 && binding(outer).scope > in) {
    inner = outer;
    outer = shadowed_[outer - 1];
  }
  if (outer != 0 && binding(outer).scope == in) return BindingId{outer - 1};
  const BindingId id = new_binding(name, in, true);
  shadowed_[id.value] = outer;
  (inner == 0 ? entries_of(name).innermost : shadowed_[inner - 1]) = id.value + 1;
  return id;
}

std::uint16_t Resolver::flags_here(Symbol name) {
  const NameEntries& entries = entries_of(name);
  if (current_ == out_.module_scope()) {
    return entries.in_module != 0 ? binding(entries.in_module).flags : 0;
  }
  if (entries.innermost == 0 || binding(entries.innermost).scope != current_) return 0;
  return binding(entries.innermost).flags;
}

BindingId Resolver::define(Symbol name, std::uint16_t flags, NodeId node) {
  const bool type_parameter = (flags & kTypeParameter) != 0 && private_class_;
  const BindingId id = entry(type_parameter ? mangled_by_class(name) : mangled(name));
  add_flags(id, flags, node);
  return id;
}

void Resolver::add_flags(BindingId id, std::uint16_t flags, NodeId node) {
  Binding& found = out_.bindings_[id.value];
  if ((found.flags & flags & kParameter) != 0) {
    name_error(node, "duplicate argument '", found.name, "' in function definition");
  }
  if (in_iteration_target_) {
    if (((found.flags | flags) & (kDeclaredGlobal | kDeclaredNonlocal)) != 0) {
      name_error(node, "comprehension inner loop cannot rebind assignment expression target '",
                 found.name, "'");
    }
    flags |= kInIterationTarget;
    if ((flags & kAssigned) != 0) flags |= kIteration;
  }
  found.flags |= flags;
  if ((flags & kDeclaredGlobal) != 0) {
    const Symbol name = found.name;  // module_entry may move `found`
    out_.bindings_[module_entry(name).value].flags |= kDeclaredGlobal;
  }
}

void Resolver::bind(NodeId node, Symbol name, std::uint16_t flags, Access access) {
  out_.variable_[node.value] = define(name, flags, node);
  out_.access_[node.value] = access;
}

void Resolver::error_at(NodeId node, std::string message) {
  out_.errors_.push_back({tree_.span(node), std::move(message)});
}

void Resolver::name_error(NodeId node, std::string_view before, Symbol name,
                          std::string_view after) {
  std::string message(before);
  message.append(symbols_.text(name)).append(after);
  error_at(node, std::move(message));
}

}  // namespace braid::scope
