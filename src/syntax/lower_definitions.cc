// Functions, classes, their parameters and type parameters.
#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::decorated_definition(At at) {
  const Kids kids(*this, at);
  const At definition = kids.back();
  if (broken(definition)) return error(at);
  if (rule(definition) == Rule::function_definition) return function_definition(definition, &kids);
  if (rule(definition) == Rule::class_definition) return class_definition(definition, &kids);
  misplaced(at, "invalid syntax");
}

void Lowering::decorator_list(const Kids* decorators, std::uint32_t where) {
  builder_.open_list(where);
  for (std::size_t i = 0; decorators != nullptr && i + 1 < decorators->size(); ++i) {
    const At decorator = (*decorators)[i];
    if (broken(decorator) || cut(decorator) || rule(decorator) != Rule::decorator) {
      error(decorator);
    } else {
      expression(decorator + 2);
    }
  }
  builder_.close_list();
}

void Lowering::function_definition(At at, const Kids* decorators) {
  const Kids kids(*this, at);
  const std::size_t named = kids.find(Rule::identifier);
  const std::size_t list = kids.find(Rule::parameters);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size() || list > block || named > list) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::FunctionDef, span(at));
  if (rule(kids[0]) == Rule::async_word_token) builder_[id].flags |= kAsync;
  builder_.name(id, nodes_[kids[named]].span);
  decorator_list(decorators, span(at).begin);
  if (rule(kids[named + 1]) == Rule::type_parameter) {
    type_parameters(kids[named + 1]);
  } else {
    builder_.empty_list(end(kids[named]));
  }
  parameters(kids[list]);
  if (rule(kids[list + 1]) == Rule::arrow_token) {
    expression(kids[list + 2]);
  } else {
    builder_.none();
  }
  end_statement(id, statements(kids[block]));
}

void Lowering::class_definition(At at, const Kids* decorators) {
  const Kids kids(*this, at);
  const std::size_t named = kids.find(Rule::identifier);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size() || named > block) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::ClassDef, span(at));
  builder_.name(id, nodes_[kids[named]].span);
  decorator_list(decorators, span(at).begin);
  std::size_t next = named + 1;
  if (rule(kids[next]) == Rule::type_parameter) {
    type_parameters(kids[next++]);
  } else {
    builder_.empty_list(end(kids[named]));
  }
  if (rule(kids[next]) == Rule::argument_list) {
    arguments(kids[next]);
  } else {
    builder_.empty_list(end(kids[named]));
    builder_.empty_list(end(kids[named]));
  }
  end_statement(id, statements(kids[block]));
}

void Lowering::type_parameters(At at) {
  builder_.open_list(nodes_[at].span.begin + 1);
  if (broken(at)) {
    error(at);
    return builder_.close_list();
  }
  const Kids kids(*this, at);
  for (std::size_t i = 1; i + 1 < kids.size(); ++i) {
    if (rule(kids[i]) == Rule::comma_token) continue;
    if (rule(kids[i]) != Rule::type || broken(kids[i])) {
      error(kids[i]);
      continue;
    }
    type_parameter(kids[i]);
  }
  builder_.close_list();
}

// name, *name or **name, then `: bound` and `= default`. Masking writes the default's = as a colon,
// and the grammar nests colons to the right.
void Lowering::type_parameter(At at) {
  At bound = 0;
  At default_value = 0;
  At named = at + 1;
  for (At rest = at + 1; rule(rest) == Rule::constrained_type && !broken(rest);) {
    const Kids parts(*this, rest);
    if (parts.size() != 3 || broken(parts[2])) return misplaced(at, "invalid syntax");
    if (rest == at + 1) named = parts[0];
    At value = parts[2];
    rest = value + 1;
    if (rule(rest) == Rule::constrained_type) value = rest + 1;
    At& part = text_[nodes_[parts[1]].span.begin] == '=' ? default_value : bound;
    if (part != 0 || default_value != 0) return misplaced(at, "invalid syntax");
    part = value;
  }
  if (rule(named) == Rule::type && nodes_[named].subtree_end > named + 1) ++named;
  TypeParameterKind kind = TypeParameterKind::TypeVar;
  if (is_star(named) && !broken(named)) {
    kind = text(named).starts_with("**") ? TypeParameterKind::ParamSpec
                                         : TypeParameterKind::TypeVarTuple;
    named = named + 2;
  }
  if (rule(named) != Rule::identifier || nodes_[named].missing)
    return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::TypeParameter, span(at));
  builder_[id].op = static_cast<std::uint8_t>(kind);
  builder_.name(id, nodes_[named].span);
  for (const At part : {bound, default_value}) {
    if (part != 0) {
      expression(part);
    } else {
      builder_.none();
    }
  }
  builder_.close();
}

void Lowering::parameters(At at) {
  const bool brackets = rule(at) == Rule::parameters;
  const std::uint32_t where = nodes_[at].span.begin + (brackets ? 1 : 0);
  const NodeId arguments = builder_.open(NodeKind::Arguments, {where, where});
  builder_.open_list(where);
  if (broken(at)) {
    error(at);
  } else {
    const Kids kids(*this, at);
    separators(kids);
    const std::size_t slash = kids.find(Rule::positional_separator);
    ParameterKind kind =
        slash < kids.size() ? ParameterKind::PositionalOnly : ParameterKind::Positional;
    for (std::size_t i = brackets ? 1 : 0; i < kids.size(); ++i) {
      switch (rule(kids[i])) {
        case Rule::comma_token:
        case Rule::close_paren_token:
          break;
        case Rule::positional_separator:
          kind = ParameterKind::Positional;
          break;
        case Rule::keyword_separator:
          kind = ParameterKind::KeywordOnly;
          break;
        default:
          parameter(kids[i], kind);
          if (text_[nodes_[kids[i]].span.begin] == '*') kind = ParameterKind::KeywordOnly;
      }
    }
  }
  builder_.close_list();
  builder_[arguments].span = builder_[builder_.last_child()].span;
  builder_.close();
}

// `/` and `*` between parameters are no nodes, so what is wrong with them is said here.
void Lowering::separators(const Kids& kids) {
  bool slash = false;
  bool star = false;
  bool rest = false;
  bool parameter = false;
  for (std::size_t i = 0; i < kids.size(); ++i) {
    const At kid = kids[i];
    switch (rule(kid)) {
      case Rule::open_paren_token:
      case Rule::close_paren_token:
      case Rule::comma_token:
        break;
      case Rule::positional_separator:
        if (rest) builder_.report(span(kid), "arguments cannot follow var-keyword argument");
        if (slash) builder_.report(span(kid), "/ may appear only once");
        if (!parameter) builder_.report(span(kid), "at least one argument must precede /");
        if (star) builder_.report(span(kid), "/ must be ahead of *");
        slash = true;
        break;
      default: {
        const bool stars = text_[span(kid).begin] == '*' && text(kid).substr(0, 2) != "**";
        if (stars && star) builder_.report(span(kid), "* argument may appear only once");
        if (stars && rest)
          builder_.report(span(kid), "arguments cannot follow var-keyword argument");
        star = star || stars;
        rest = rest || text(kid).substr(0, 2) == "**";
        parameter = true;
        if (rule(kid) != Rule::keyword_separator) break;
        const std::size_t next = i + 2;
        const bool named = next < kids.size() && rule(kids[next]) != Rule::close_paren_token &&
                           text_[span(kids[next]).begin] != '*';
        if (!named) builder_.report(span(kid), "named arguments must follow bare *");
      }
    }
  }
}

void Lowering::parameter(At at, ParameterKind kind) {
  if (broken(at)) return error(at);
  At named = at;
  At annotation = 0;
  At default_value = 0;
  if (rule(at) != Rule::identifier && rule(at) != Rule::list_splat_pattern &&
      rule(at) != Rule::dictionary_splat_pattern) {
    const Kids kids(*this, at);
    named = kids[0];
    const std::size_t colon = kids.find(Rule::colon_token);
    const std::size_t equals = kids.find(Rule::equals_token);
    if (colon + 1 < kids.size()) annotation = kids[colon + 1];
    if (equals + 1 < kids.size()) default_value = kids[equals + 1];
  }
  if (rule(named) == Rule::list_splat_pattern || rule(named) == Rule::dictionary_splat_pattern) {
    kind = rule(named) == Rule::list_splat_pattern ? ParameterKind::VarPositional
                                                   : ParameterKind::VarKeyword;
    if (broken(named)) return error(at);
    named = named + 2;
  }
  if (rule(named) != Rule::identifier) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::Parameter, span(at));
  builder_[id].op = static_cast<std::uint8_t>(kind);
  builder_.name(id, nodes_[named].span);
  if (annotation != 0) {
    expression(annotation);
  } else {
    builder_.none();
  }
  if (default_value != 0) {
    expression(default_value);
  } else {
    builder_.none();
  }
  builder_.close();
}

}  // namespace braid::syntax
