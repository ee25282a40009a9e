#include <string>

#include "scope/scope.h"

namespace braid::scope {

using syntax::NodeId;
using syntax::NodeKind;

namespace {

std::string_view name_of(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::Module:
      return "module";
    case ScopeKind::Class:
      return "class";
    case ScopeKind::Function:
      return "function";
    case ScopeKind::Lambda:
      return "lambda";
    case ScopeKind::Comprehension:
      return "comprehension";
    case ScopeKind::TypeParameters:
      return "type-parameters";
    case ScopeKind::TypeAlias:
      return "type-alias";
    case ScopeKind::TypeBound:
      return "type-bound";
  }
  return "";
}

std::string_view name_of(NameClass name_class) {
  switch (name_class) {
    case NameClass::Local:
      return "local";
    case NameClass::Cell:
      return "cell";
    case NameClass::Free:
      return "free";
    case NameClass::GlobalExplicit:
      return "declared-global";
    case NameClass::GlobalImplicit:
      return "global";
  }
  return "";
}

constexpr struct {
  BindingFlag flag;
  std::string_view word;
} kFlagWords[] = {
    {kParameter, "parameter"},          {kStored, "assigned"},
    {kReferenced, "referenced"},        {kImported, "imported"},
    {kAnnotated, "annotated"},          {kDeclaredGlobal, "global"},
    {kDeclaredNonlocal, "nonlocal"},    {kDeleted, "deleted"},
    {kIteration, "iteration"},          {kDefinition, "definition"},
    {kTypeParameter, "type-parameter"},
};

class Printer {
 public:
  Printer(const Scopes& scopes, const syntax::SyntaxTree& tree, const SymbolTable& symbols)
      : scopes_(scopes), tree_(tree), symbols_(symbols) {}

  std::string print() && {
    print_scope(scopes_.module_scope(), 0);
    for (const syntax::SyntaxError& error : scopes_.errors()) {
      out_ += "error line " + line_at(error.span.begin) + ": " + error.message + '\n';
    }
    return std::move(out_);
  }

 private:
  void print_scope(ScopeId id, std::size_t indent) {
    const Scope& scope = scopes_[id];
    out_.append(indent, ' ').append("[").append(name_of(scope.kind)).append(" ");
    out_.append(scope_name(scope)).append("]");
    if (scope.kind != ScopeKind::Module) out_ += " line " + line_at(begin_of(scope));
    if (scope.is_nested) out_ += " nested";
    if (scope.is_generator) out_ += " generator";
    if (scope.has_star_import) out_ += " star-import";
    out_ += '\n';
    for (const BindingId binding : scope.bindings) print_binding(scopes_[binding], indent + 2);
    for (const ScopeId child : scope.children) print_scope(child, indent + 2);
  }

  void print_binding(const Binding& binding, std::size_t indent) {
    out_.append(indent, ' ').append(symbols_.text(binding.name)).append("  ");
    out_.append(name_of(binding.name_class));
    for (const auto& [flag, word] : kFlagWords) {
      if ((binding.flags & flag) != 0) out_.append(" ").append(word);
    }
    out_ += '\n';
  }

  std::string_view scope_name(const Scope& scope) const {
    switch (tree_.kind(scope.node)) {
      case NodeKind::Module:
        return "top";
      case NodeKind::Lambda:
        return "lambda";
      case NodeKind::ListComp:
        return "listcomp";
      case NodeKind::SetComp:
        return "setcomp";
      case NodeKind::DictComp:
        return "dictcomp";
      case NodeKind::GeneratorExp:
        return "genexpr";
      case NodeKind::TypeAlias:
        return tree_.text(tree_.child(scope.node, 0));
      case NodeKind::List:
        return definition_name(tree_.parent(scope.node));
      default:
        return definition_name(scope.node);
    }
  }

  std::string_view definition_name(NodeId definition) const {
    if (tree_.is(definition, NodeKind::TypeAlias)) return tree_.text(tree_.child(definition, 0));
    const Symbol name = tree_[definition].name;
    return name ? symbols_.text(name) : std::string_view("?");
  }

  // Type parameters count from the definition that they belong to, as in symtable.
  std::uint32_t begin_of(const Scope& scope) const {
    const bool list = tree_.is(scope.node, NodeKind::List);
    return tree_.span(list ? tree_.parent(scope.node) : scope.node).begin;
  }

  std::string line_at(std::uint32_t offset) const {
    return std::to_string(tree_.source().position(offset).line);
  }

  const Scopes& scopes_;
  const syntax::SyntaxTree& tree_;
  const SymbolTable& symbols_;
  std::string out_;
};

}  // namespace

std::string dump(const Scopes& scopes, const syntax::SyntaxTree& tree, const SymbolTable& symbols) {
  return Printer(scopes, tree, symbols).print();
}

}  // namespace braid::scope
