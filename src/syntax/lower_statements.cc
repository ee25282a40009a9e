// Simple statements. Statements with a body are in lower_compound.cc.
#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::statement(At at) {
  const NodeId id = builder_.next();
  lower_statement(at);
  // An error that no rule had a place for.
  if (!nodes_[at].tainted || (builder_[id].flags & kHasError) != 0) return;
  builder_.taint(id);
  for (At i = at; i < nodes_[at].subtree_end; ++i) {
    if (nodes_[i].rule == Rule::error || nodes_[i].missing)
      return builder_.report(nodes_[i].span, "invalid syntax");
  }
}

void Lowering::lower_statement(At at) {
  if (too_deep()) return deep(at);
  if (broken(at) || (rule(at) != Rule::decorated_definition && cut(at))) return error(at);
  switch (rule(at)) {
    case Rule::expression_statement:
      return expression_statement(at);
    case Rule::return_statement:
      return return_statement(at);
    case Rule::delete_statement:
      return delete_statement(at);
    case Rule::raise_statement:
      return raise_statement(at);
    case Rule::assert_statement:
      return assert_statement(at);
    case Rule::import_statement:
      return import_statement(at);
    case Rule::import_from_statement:
    case Rule::future_import_statement:
      return import_from_statement(at);
    case Rule::global_statement:
      return names_statement(at, NodeKind::Global);
    case Rule::nonlocal_statement:
      return names_statement(at, NodeKind::Nonlocal);
    case Rule::pass_statement:
      builder_.leaf(NodeKind::Pass, span(at));
      return;
    case Rule::break_statement:
      builder_.leaf(NodeKind::Break, span(at));
      return;
    case Rule::continue_statement:
      builder_.leaf(NodeKind::Continue, span(at));
      return;
    case Rule::type_alias_statement:
      return type_alias_statement(at);
    case Rule::if_statement:
      return if_statement(at);
    case Rule::while_statement:
      return while_statement(at);
    case Rule::for_statement:
      return for_statement(at);
    case Rule::with_statement:
      return with_statement(at);
    case Rule::try_statement:
      return try_statement(at);
    case Rule::match_statement:
      return match_statement(at);
    case Rule::decorated_definition:
      return decorated_definition(at);
    case Rule::function_definition:
      return function_definition(at, nullptr);
    case Rule::class_definition:
      return class_definition(at, nullptr);
    case Rule::print_statement:
      return misplaced(at, "missing parentheses in call to 'print' (this is Python 2)");
    case Rule::exec_statement:
      return misplaced(at, "missing parentheses in call to 'exec' (this is Python 2)");
    default:
      return misplaced(at, "invalid syntax");
  }
}

// A semicolon at the end belongs to the statement around the block.
std::uint32_t Lowering::statement_items(At block) {
  std::uint32_t last = nodes_[block].span.begin;
  bool separate = true;
  for (At i = block + 1; i < nodes_[block].subtree_end; i = nodes_[i].subtree_end) {
    if (is_statement_rule(rule(i))) {
      statement(i);
      // Two statements in a line: the parser made up the line end between them.
      if (!separate && line_end_behind(last) > nodes_[i].span.begin) {
        builder_.report(nodes_[i].span, "invalid syntax");
        builder_.taint(builder_.last_child());
      }
      separate = false;
      last = builder_[builder_.last_child()].span.end;
    } else if (rule(i) == Rule::error || nodes_[i].missing) {
      error(i);
      last = end(i);
      separate = true;
    } else {
      last = end(i);
      separate = true;
    }
  }
  return last;
}

std::uint32_t Lowering::statements(At block) {
  builder_.open_list(nodes_[block].span.begin);
  const std::uint32_t last = statement_items(block);
  builder_.close_list();
  return last;
}

void Lowering::end_statement(NodeId id, std::uint32_t end) {
  builder_[id].span.end = end;
  builder_.close();
}

void Lowering::expression_statement(At at) {
  const At first = at + 1;
  if (rule(first) == Rule::assignment) return assignment(first);
  if (rule(first) == Rule::augmented_assignment) return augmented_assignment(first);
  const Kids kids(*this, at);
  builder_.open(NodeKind::ExprStatement, span(at));
  bare_tuple(kids, 0, kids.size());
  builder_.close();
}

// a = b = value: the grammar nests to the right.
void Lowering::assignment(At at) {
  if (broken(at)) return error(at);
  std::vector<At> targets;
  At value = at;
  const Span whole = span(at);
  while (rule(value) == Rule::assignment && !broken(value)) {
    const Kids kids(*this, value);
    if (kids.size() >= 3 && rule(kids[1]) == Rule::colon_token) {
      if (value == at) return annotated_assignment(at);
      return misplaced(at, "only a single target can be annotated");
    }
    if (kids.size() != 3) return misplaced(at, "invalid syntax");
    targets.push_back(kids[0]);
    value = kids[2];
  }
  builder_.open(NodeKind::Assign, whole);
  builder_.open_list(whole.begin);
  for (const At target : targets) expression(target);
  builder_.close_list();
  expression(value);
  builder_.close();
}

void Lowering::annotated_assignment(At at) {
  const Kids kids(*this, at);
  const NodeId id = builder_.open(NodeKind::AnnAssign, span(at));
  if (rule(kids[0]) == Rule::identifier) builder_[id].flags |= kSimple;
  expression(kids[0]);
  expression(kids[2]);
  if (kids.size() >= 5) {
    if (rule(kids[4]) == Rule::assignment) {
      misplaced(kids[4], "invalid syntax");
    } else {
      expression(kids[4]);
    }
  } else {
    builder_.none();
  }
  builder_.close();
}

void Lowering::augmented_assignment(At at) {
  const Kids kids(*this, at);
  if (broken(at)) return error(at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  builder_[builder_.open(NodeKind::AugAssign, span(at))].op =
      static_cast<std::uint8_t>(operator_of(rule(kids[1])));
  expression(kids[0]);
  expression(kids[2]);
  builder_.close();
}

void Lowering::return_statement(At at) {
  const Kids kids(*this, at);
  builder_.open(NodeKind::Return, span(at));
  bare_tuple(kids, 1, kids.size());
  builder_.close();
}

void Lowering::delete_statement(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::Delete, span(at));
  builder_.open_list(span(kids[1]).begin);
  if (rule(kids[1]) == Rule::expression_list && !broken(kids[1])) {
    const Kids targets(*this, kids[1]);
    expression_items(targets, 0, targets.size());
  } else {
    expression(kids[1]);
  }
  builder_.close_list();
  builder_.close();
}

void Lowering::raise_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t from = kids.find(Rule::from_word_token);
  builder_.open(NodeKind::Raise, span(at));
  bare_tuple(kids, 1, from);
  bare_tuple(kids, from + 1, kids.size());
  builder_.close();
}

void Lowering::assert_statement(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 2 && kids.size() != 4) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::Assert, span(at));
  expression(kids[1]);
  if (kids.size() == 4) {
    expression(kids[3]);
  } else {
    builder_.none();
  }
  builder_.close();
}

void Lowering::import_statement(At at) {
  const Kids kids(*this, at);
  builder_.open(NodeKind::Import, span(at));
  import_names(kids, 1);
  builder_.close();
}

void Lowering::import_from_statement(At at) {
  const Kids kids(*this, at);
  const NodeId id = builder_.open(NodeKind::ImportFrom, span(at));
  std::size_t names = 3;
  if (rule(at) == Rule::future_import_statement) {
    builder_.name(id, nodes_[kids[1]].span);
  } else if (rule(kids[1]) == Rule::relative_import) {
    const Kids parts(*this, kids[1]);
    const std::string_view dots = text(parts[0]);
    std::size_t count = 0;
    for (const char c : dots) count += c == '.';
    builder_[id].op = static_cast<std::uint8_t>(std::min<std::size_t>(count, 255));
    if (parts.size() > 1) dotted(id, parts[1]);
  } else {
    dotted(id, kids[1]);
  }
  if (names < kids.size() && rule(kids[names]) == Rule::wildcard_import) {
    builder_[id].flags |= kStar;
    builder_.empty_list(span(kids[names]).begin);
  } else {
    import_names(kids, names);
  }
  builder_.close();
}

void Lowering::import_names(const Kids& kids, std::size_t from) {
  if (rule(kids.back()) == Rule::comma_token) {
    builder_.report(span(kids.back()),
                    "trailing comma not allowed without surrounding parentheses");
  }
  builder_.open_list(nodes_[kids.back()].span.end);
  for (std::size_t i = from; i < kids.size(); ++i) {
    if (rule(kids[i]) != Rule::dotted_name && rule(kids[i]) != Rule::aliased_import) continue;
    const NodeId id = builder_.leaf(NodeKind::ImportAlias, span(kids[i]));
    if (from == 3 && text(kids[i]).find('.') != std::string_view::npos) {
      builder_.report(span(kids[i]), "invalid syntax");  // `from a import b.c`
    }
    if (rule(kids[i]) == Rule::dotted_name) {
      dotted(id, kids[i]);
    } else {
      const Kids parts(*this, kids[i]);
      dotted(id, parts[0]);
      builder_[id].alias = builder_.checked_name(span(parts.back()), text(parts.back()));
    }
  }
  builder_.close_list();
}

// `a . b` is the name a.b.
void Lowering::dotted(NodeId id, At at) {
  std::string joined;
  for (At i = at + 1; i < nodes_[at].subtree_end; i = nodes_[i].subtree_end) joined += text(i);
  builder_.name(id, nodes_[at].span, joined);
}

void Lowering::names_statement(At at, NodeKind kind) {
  const Kids kids(*this, at);
  builder_.open(kind, span(at));
  for (std::size_t i = 1; i < kids.size(); ++i) {
    if (rule(kids[i]) == Rule::identifier) name(kids[i]);
  }
  builder_.close();
}

// type X[T] = value: the grammar reads X[T] as a type.
void Lowering::type_alias_statement(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 4 || broken(kids[1])) return misplaced(at, "invalid syntax");
  builder_.open(NodeKind::TypeAlias, span(at));
  const At left = kids[1] + 1;
  if (rule(left) == Rule::generic_type && !broken(left)) {
    const Kids parts(*this, left);
    name(parts[0]);
    type_parameters(parts[1]);
  } else {
    expression(left);
    builder_.empty_list(end(left));
  }
  expression(kids[3]);
  builder_.close();
}

}  // namespace braid::syntax
