// Second pass: from what each scope does with a name to what the name means there. Scopes are taken
// outside in, so that everything around a use is decided before it.
#include "scope/resolver.h"

#include <algorithm>
#include <bit>

namespace braid::scope {

using syntax::NodeId;

namespace {

bool is_bound(const Binding& binding) {
  return (binding.flags & (kParameter | kAssigned | kImported | kTypeParameter)) != 0;
}

std::size_t place_of(ScopeId scope, Symbol name, std::size_t mask) {
  const std::uint64_t key = (std::uint64_t{scope.value} << 32U) | name.value;
  return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 32U) & mask;
}

}  // namespace

Scopes Resolver::run() {
  enter(ScopeKind::Module, tree_.root());
  visit(tree_.root());
  leave();
  analyze(out_.module_scope(), ScopeId{});
  index_names();
  group_occurrences();
  resolve_deferred();
  return std::move(out_);
}

// `class_around`: the class whose names an annotation scope here also sees, or none.
void Resolver::analyze(ScopeId id, ScopeId class_around) {
  const bool is_module = id == out_.module_scope();
  for (const BindingId entry : scope(id).bindings) {
    decide(entry, class_around);
    if (is_module) continue;
    Link& innermost = entries_of(out_[entry].name).innermost;
    shadowed_[entry.value] = innermost;
    innermost = entry.value + 1;
  }
  const bool is_class = scope(id).kind == ScopeKind::Class;
  BindingId cell;
  if (is_class) {
    cell = new_binding(class_cell_, id, false);
    out_.bindings_[cell.value].name_class = NameClass::Cell;
    Link& innermost = entries_of(class_cell_).innermost;
    shadowed_[cell.value] = innermost;
    innermost = cell.value + 1;
  }
  for (const ScopeId child : scope(id).children) {
    const bool sees = states_[child.value].sees_class_names;
    analyze(child, !sees ? ScopeId{} : is_class ? id : class_around);
  }
  if (cell) entries_of(class_cell_).innermost = shadowed_[cell.value];
  if (is_module) return;
  for (const BindingId entry : scope(id).bindings) {
    entries_of(out_[entry].name).innermost = shadowed_[entry.value];
  }
}

void Resolver::decide(BindingId id, ScopeId class_around) {
  out_.bindings_[id.value].flags &= static_cast<std::uint16_t>(~kInIterationTarget);
  const Binding entry = out_[id];
  const auto set = [&](NameClass name_class, BindingId resolved) {
    out_.bindings_[id.value].name_class = name_class;
    out_.bindings_[id.value].resolved = resolved;
  };
  const bool in_module = entry.scope == out_.module_scope();
  if ((entry.flags & kDeclaredGlobal) != 0) {
    if ((entry.flags & kDeclaredNonlocal) != 0) {
      nonlocal_error(id, "name '", "' is nonlocal and global");
    }
    return set(NameClass::GlobalExplicit, module_entry(entry.name));
  }
  if ((entry.flags & kDeclaredNonlocal) != 0) {
    const BindingId owner = in_module ? BindingId{} : visible_owner(entry.name);
    if (owner) {
      if ((out_[owner].flags & kTypeParameter) != 0 && !is_bound_between(entry.name, owner)) {
        nonlocal_error(id, "nonlocal binding not allowed for type parameter '", "'");
      }
      set(NameClass::Free, owner);
      return capture(id, owner);
    }
    if (in_module) {
      nonlocal_error(id, "nonlocal declaration not allowed at module level: '", "'");
    } else {
      nonlocal_error(id, "no binding for nonlocal '", "' found");
    }
  }
  if (is_bound(entry)) return set(NameClass::Local, id);
  if (in_module) return set(NameClass::GlobalImplicit, id);
  if (class_around) {
    if (const BindingId of_class = entry_if_any(class_around, entry.name)) {
      const Binding& found = out_[of_class];
      if ((found.flags & kDeclaredGlobal) != 0) {
        return set(NameClass::GlobalExplicit, module_entry(entry.name));
      }
      if (is_bound(found) && (found.flags & kDeclaredNonlocal) == 0) {
        return set(NameClass::GlobalImplicit, of_class);
      }
    }
  }
  if (const BindingId owner = visible_owner(entry.name)) {
    set(NameClass::Free, owner);
    return capture(id, owner);
  }
  set(NameClass::GlobalImplicit, module_entry(entry.name));
}

// Whether a class between here and the owner binds the name: then Python lets a nonlocal statement
// through that it otherwise rejects.
bool Resolver::is_bound_between(Symbol name, BindingId owner) {
  for (Link link = entries_of(name).innermost; link != owner.value + 1;
       link = shadowed_[link - 1]) {
    if (binding(link).name_class == NameClass::Local) return true;
  }
  return false;
}

// A walrus in a comprehension also counts as nonlocal; what is wrong there was said of its
// function.
void Resolver::nonlocal_error(BindingId id, std::string_view before, std::string_view after) {
  const auto declared = nonlocals_.find(id);
  if (declared != nonlocals_.end()) name_error(declared->second, before, out_[id].name, after);
}

// The variable of an enclosing function (or a class's __class__ cell) that the name would mean in a
// scope without an entry of its own; none when that is a global.
BindingId Resolver::visible_owner(Symbol name) {
  for (Link link = entries_of(name).innermost; link != 0; link = shadowed_[link - 1]) {
    const Binding& entry = binding(link);
    if (entry.name_class == NameClass::Cell) return BindingId{link - 1};
    if (scope(entry.scope).kind == ScopeKind::Class) continue;  // not seen from further in
    switch (entry.name_class) {
      case NameClass::Local:
      case NameClass::Cell:
        return BindingId{link - 1};
      case NameClass::Free:
        return entry.resolved;
      case NameClass::GlobalExplicit:
        if ((entry.flags & kDeclaredGlobal) == 0) continue;  // as below
        return {};
      case NameClass::GlobalImplicit:
        // Found in a class by an annotation scope; scopes further in look past that.
        if (scope(out_[entry.resolved].scope).kind == ScopeKind::Class) continue;
        return {};
    }
  }
  return {};
}

// Python hands a cell down scope by scope: every scope between the owner and the use has an entry.
void Resolver::capture(BindingId use, BindingId owner) {
  const Symbol name = out_[use].name;
  if (out_[owner].name_class == NameClass::Local) {
    out_.bindings_[owner.value].name_class = NameClass::Cell;
  }
  Link inner = 0;
  Link next = entries_of(name).innermost;
  const ScopeId home = out_[owner].scope;
  for (ScopeId at = scope(out_[use].scope).parent; at != home; at = scope(at).parent) {
    BRAID_CHECK(at != out_.module_scope());
    if (next != 0 && binding(next).scope == at) {
      if (binding(next).name_class == NameClass::Free) return;  // handed down to here already
      inner = next;
      next = shadowed_[next - 1];
      continue;
    }
    const BindingId passing = new_binding(name, at, true);
    out_.bindings_[passing.value].name_class = NameClass::Free;
    out_.bindings_[passing.value].resolved = owner;
    shadowed_[passing.value] = next;
    (inner == 0 ? entries_of(name).innermost : shadowed_[inner - 1]) = passing.value + 1;
    inner = passing.value + 1;
  }
}

void Resolver::index_names() {
  const std::size_t size = std::bit_ceil(out_.bindings_.size() * 2 + 2);
  out_.by_name_.assign(size, 0);
  for (const Scope& each : out_.scopes_) {
    for (const BindingId id : each.bindings) {
      const Binding& entry = out_[id];
      std::size_t place = place_of(entry.scope, entry.name, size - 1);
      while (out_.by_name_[place] != 0) place = (place + 1) & (size - 1);
      out_.by_name_[place] = id.value + 1;
    }
  }
}

BindingId Scopes::find(ScopeId scope, Symbol name) const {
  const std::size_t mask = by_name_.size() - 1;
  for (std::size_t place = place_of(scope, name, mask); by_name_[place] != 0;
       place = (place + 1) & mask) {
    const Binding& entry = bindings_[by_name_[place] - 1];
    if (entry.scope == scope && entry.name == name) return BindingId{by_name_[place] - 1};
  }
  return {};
}

void Resolver::group_occurrences() {
  std::vector<std::uint32_t>& begin = out_.occurrence_begin_;
  begin.assign(out_.bindings_.size() + 1, 0);
  for (BindingId& variable : out_.variable_) {
    if (!variable) continue;
    variable = out_[variable].resolved;
    ++begin[variable.value + 1];
  }
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  out_.occurrences_.resize(begin.back());
  std::vector<std::uint32_t> next = begin;
  for (std::uint32_t i = 0; i < out_.variable_.size(); ++i) {
    if (const BindingId variable = out_.variable_[i]) {
      out_.occurrences_[next[variable.value]++] = {NodeId{i}, out_.access_[i]};
    }
  }
  // Nodes are numbered in the order of the text but for a few constructs (`a if b else c`).
  const auto place = [&](const Occurrence& each) {
    const syntax::Node& node = tree_[each.node];
    return node.name_span.empty() ? node.span.begin : node.name_span.begin;
  };
  const auto earlier = [&](const Occurrence& a, const Occurrence& b) {
    return place(a) < place(b);
  };
  for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
    const auto first = out_.occurrences_.begin() + begin[i];
    const auto last = out_.occurrences_.begin() + begin[i + 1];
    if (!std::is_sorted(first, last, earlier)) std::stable_sort(first, last, earlier);
  }
}

std::span<const Occurrence> Scopes::occurrences(BindingId variable) const {
  const std::uint32_t begin = occurrence_begin_[variable.value];
  return {occurrences_.data() + begin, occurrence_begin_[variable.value + 1] - begin};
}

ScopeId Scopes::scope_of(NodeId definition) const { return scope_of_[definition.value]; }

void Resolver::resolve_deferred() {
  for (const DeferredName& each : deferred_) {
    ScopeId at = out_.scope_at_[each.node.value];
    BindingId found = out_.find(at, each.name);
    while (!found && (at = scope(at).parent)) {
      if (scope(at).kind != ScopeKind::Class) found = out_.find(at, each.name);
    }
    if (found) out_.variable_[each.node.value] = out_[found].resolved;
  }
}

Scopes resolve_names(const syntax::SyntaxTree& tree, SymbolTable& symbols) {
  return Resolver(tree, symbols).run();
}

}  // namespace braid::scope
