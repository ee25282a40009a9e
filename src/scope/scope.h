// scope: SyntaxTree → Scopes. Which variable each name means, by exactly Python's rules.
//
// In: one tree. Out: its scopes, their bindings, and for each name in the text the binding that it
// reads, writes or deletes. No I/O, no knowledge of other modules; never fails.
// Follows CPython's symtable.c: a name's class is decided per scope, then free and global names are
// resolved outward, skipping class scopes. Python 3.12's type-parameter scopes are kept as scopes;
// comprehensions are scopes always (as before 3.12's inlining), since that is how names resolve.
// Linear in the tree plus the entries that Python's own rules add (a free name passes through every
// scope between its use and its owner).
#pragma once

#include "syntax/syntax.h"

namespace braid::scope {

struct ScopeTag;
using ScopeId = Id<ScopeTag>;
struct BindingTag;
using BindingId = Id<BindingTag>;

enum class ScopeKind : std::uint8_t {
  Module,
  Class,
  Function,
  Lambda,
  Comprehension,
  TypeParameters,
  TypeAlias,
  TypeBound
};

// What CPython's symtable says of a name in one scope.
enum class NameClass : std::uint8_t {
  Local,           // a fast local
  Cell,            // a local that an inner scope reads or writes
  Free,            // belongs to an enclosing function
  GlobalExplicit,  // declared `global`
  GlobalImplicit,  // nothing around binds it: a module global or builtin
};

enum BindingFlag : std::uint16_t {
  kParameter = 1,
  kAssigned = 2,  // =, :=, for, with … as, except … as, import, def, class, del, pattern captures
  kReferenced =
      4,  // read somewhere in its own scope (`x += 1` alone does not count, as in symtable)
  kImported = 8,
  kAnnotated = 16,
  kDeclaredGlobal = 32,    // by `global` here, or in any function for the module's own entry
  kDeclaredNonlocal = 64,  // by `nonlocal`, or a walrus in a comprehension inside a function
  kDeleted = 128,
  kIteration = 256,   // the implicit `.0` or a comprehension's target
  kDefinition = 512,  // bound by def or class
  kTypeParameter = 1024,
  kStored = 2048,  // kAssigned by something other than import: what symtable calls is_assigned
};

// A name in one scope. `resolved` is where the variable lives: itself for Local and Cell, the
// enclosing function's binding for Free, the module's for globals. A name that a class binds and an
// annotation scope inside it reads is GlobalImplicit, as in symtable, and resolves to the class's
// binding. The cell behind super() and __class__ is a binding of the class's scope that is not in
// its list.
struct Binding {
  Symbol name;
  ScopeId scope;
  NameClass name_class{};
  std::uint16_t flags = 0;
  BindingId
      resolved;  // always set; a global that the module never binds (print) gets a module-scope
                 // binding without kAssigned (and without any flag when the module's own code does
                 // not name it). Code with `global x` elsewhere may still bind it: see occurrences
};

struct Scope {
  ScopeKind kind{};
  syntax::NodeId node;  // Module, ClassDef, FunctionDef, Lambda, ListComp, …; TypeParameters: the
                        // List of type parameters; TypeBound: the TypeParameter
  ScopeId parent;
  std::vector<BindingId> bindings;  // in order of first appearance
  std::vector<ScopeId> children;
  bool has_star_import = false;  // `from m import *` directly here
  bool is_generator = false;     // holds a yield of its own, or is a generator expression
  bool is_nested = false;        // inside a function, as symtable's is_nested
};

// none: the node names a variable without using it: in `global x`, `nonlocal x`, `x: int`.
// An ExceptHandler's name is Write, though Python also deletes it at the handler's end.
enum class Access : std::uint8_t {
  none,
  Read,
  Write,
  Delete,
  ReadWrite /* target of an augmented assignment */
};

struct Occurrence {
  syntax::NodeId node;  // Name, or the node that binds by its `name`: FunctionDef, ImportAlias,
                        // ExceptHandler, …
  Access access{};
};

class Scopes {
 public:
  [[nodiscard]] const std::vector<Scope>& scopes() const { return scopes_; }
  [[nodiscard]] const Scope& operator[](ScopeId id) const { return scopes_[id.value]; }
  [[nodiscard]] const Binding& operator[](BindingId id) const { return bindings_[id.value]; }
  [[nodiscard]] std::size_t binding_count() const { return bindings_.size(); }
  [[nodiscard]] ScopeId module_scope() const { return ScopeId{0U}; }
  // The scope whose code `node` is evaluated in (a parameter default or decorator: the scope around
  // the definition; a comprehension's first iterable: the scope around it).
  [[nodiscard]] ScopeId scope_at(syntax::NodeId node) const { return scope_at_[node.value]; }
  // The scope that a definition, lambda, comprehension or the module opens; none for other nodes.
  [[nodiscard]] ScopeId scope_of(syntax::NodeId definition) const;
  // The variable that a Name node (or a node binding by its `name`) means, already resolved to
  // where it lives; none for nodes without one. A name in an annotation that `from __future__
  // import annotations` keeps from being evaluated has no access and is no occurrence; it has a
  // variable where one is found (names bound by a lambda or comprehension there are left out).
  [[nodiscard]] BindingId variable(syntax::NodeId node) const { return variable_[node.value]; }
  // How that node uses it.
  [[nodiscard]] Access access(syntax::NodeId node) const { return access_[node.value]; }
  // Every node that names the variable, in order of the text, all scopes together. `super()` reads
  // `__class__` without an occurrence of it.
  [[nodiscard]] std::span<const Occurrence> occurrences(BindingId variable) const;
  // The scope's own entry for a name; none when it has none.
  [[nodiscard]] BindingId find(ScopeId scope, Symbol name) const;
  // Syntax that CPython's symtable rejects (nonlocal at module level, a parameter declared
  // global…).
  [[nodiscard]] const std::vector<syntax::SyntaxError>& errors() const { return errors_; }

 private:
  friend class Resolver;
  std::vector<Scope> scopes_;
  std::vector<Binding> bindings_;
  std::vector<ScopeId> scope_at_;
  std::vector<BindingId> variable_;
  std::vector<Access> access_;
  std::vector<Occurrence> occurrences_;          // grouped by variable
  std::vector<std::uint32_t> occurrence_begin_;  // per binding, plus one
  std::vector<std::uint32_t> by_name_;  // open addressing: binding + 1, or 0; a power of two long
  std::vector<ScopeId> scope_of_;       // per node
  std::vector<syntax::SyntaxError> errors_;
};

// `symbols` is the table that the tree was parsed with; it gains mangled names (`_C__x`), the first
// parts of dotted imports, `__class__` and `.0`.
Scopes resolve_names(const syntax::SyntaxTree& tree, SymbolTable& symbols);

// What a name means in the text of a class of this name: `__x` in class `_C` means `_C__x`; not
// `__x__`, and not in a class that is named only underscores.
std::string private_name(std::string_view type, std::string_view name);

// What `braid show scopes` prints: a scope a block with its kind, name, line and facts, a name a
// line with its class and flags, two blanks of indentation a level. Stable, and made to be parsed:
// a scope's line begins with `[` after its indentation, a name's does not:
//   [function work] line 3 nested generator
//     total  cell  assigned stored referenced
std::string dump(const Scopes& scopes, const syntax::SyntaxTree& tree, const SymbolTable& symbols);

// The read stands in a `with … as NAME` of its own, in the same function, that `site` does not
// stand in: it means what that bound.
bool means_other_with(const syntax::SyntaxTree& tree, const Scopes& scopes, syntax::NodeId read,
                      syntax::NodeId site);

}  // namespace braid::scope
