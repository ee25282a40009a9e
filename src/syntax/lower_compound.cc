// Statements with a body. Their span ends where the body's last statement ends.
#include <algorithm>
#include <utility>

#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::if_statement(At at) {
  const Kids kids(*this, at);
  const NodeId id = builder_.open(NodeKind::If, span(at));
  expression(kids[1]);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size()) {
    builder_.empty_list(end(kids.back()));
    builder_.empty_list(end(kids.back()));
    return end_statement(id, end(kids.back()));
  }
  const std::uint32_t body_end = statements(kids[block]);
  end_statement(id, if_tail(kids, block + 1, body_end));
}

// The else_statements of an `if`: what the `elif` and `else` clauses from `from` on make. A chain
// of `elif` is nested ifs; it is built without recursion, since it may be long.
std::uint32_t Lowering::if_tail(const Kids& kids, std::size_t from, std::uint32_t body_end) {
  std::vector<NodeId> chain;
  std::uint32_t where = body_end;
  for (; from < kids.size() && rule(kids[from]) == Rule::elif_clause; ++from) {
    if (broken(kids[from]) || cut(kids[from]) || too_deep()) break;
    const Kids parts(*this, kids[from]);
    const std::size_t block = parts.find(Rule::block);
    if (block == parts.size()) break;
    builder_.open_list(where);
    const NodeId id = builder_.open(NodeKind::If, span(kids[from]));
    builder_[id].flags |= kElif;
    chain.push_back(id);
    expression(parts[1]);
    where = statements(parts[block]);
  }
  std::uint32_t last = where;
  builder_.open_list(where);
  if (from < kids.size()) {
    const At tail = kids[from];
    if (rule(tail) == Rule::else_clause && !broken(tail) && !cut(tail)) {
      const Kids parts(*this, tail);
      if (rule(parts.back()) == Rule::block) last = statement_items(parts.back());
    } else if (rule(tail) == Rule::elif_clause && !broken(tail) && !cut(tail)) {
      builder_.report(span(tail), "too deeply nested");
      builder_.leaf(NodeKind::Error, {nodes_[tail].span.begin, end(kids.back())});
    } else {
      error(tail);
    }
  }
  builder_.close_list();
  last = std::max(last, builder_[builder_.last_child()].span.end);
  for (auto id = chain.rbegin(); id != chain.rend(); ++id) {
    end_statement(*id, last);
    builder_.close_list();
  }
  return last;
}

std::uint32_t Lowering::else_statements(const Kids& kids, std::uint32_t body_end) {
  const std::size_t clause = kids.find(Rule::else_clause);
  if (clause == kids.size()) {
    builder_.empty_list(body_end);
    return body_end;
  }
  if (broken(kids[clause]) || cut(kids[clause])) {
    builder_.open_list(body_end);
    error(kids[clause]);
    builder_.close_list();
    return end(kids[clause]);
  }
  const Kids parts(*this, kids[clause]);
  return std::max(body_end, statements(parts.back()));
}

void Lowering::while_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size()) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::While, span(at));
  expression(kids[1]);
  const std::uint32_t body_end = statements(kids[block]);
  end_statement(id, else_statements(kids, body_end));
}

void Lowering::for_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t in = kids.find(Rule::in_word_token);
  const std::size_t colon = kids.find(Rule::colon_token, in);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size() || colon > block) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::For, span(at));
  if (rule(kids[0]) == Rule::async_word_token) builder_[id].flags |= kAsync;
  expression(kids[in - 1]);
  bare_tuple(kids, in + 1, colon);
  const std::uint32_t body_end = statements(kids[block]);
  end_statement(id, else_statements(kids, body_end));
}

void Lowering::with_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t clause = kids.find(Rule::with_clause);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size() || clause > block) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::With, span(at));
  if (rule(kids[0]) == Rule::async_word_token) builder_[id].flags |= kAsync;
  builder_.open_list(span(kids[clause]).begin);
  if (broken(kids[clause])) {
    error(kids[clause]);
  } else {
    with_items(kids[clause]);
  }
  builder_.close_list();
  end_statement(id, statements(kids[block]));
}

void Lowering::with_items(At clause) {
  const Kids kids(*this, clause);
  // `with (a, b as c):` may come as one item that is a tuple; it is two items.
  if (kids.size() == 1 && rule(kids[0]) == Rule::with_item && !broken(kids[0])) {
    const At value = kids[0] + 1;
    if ((rule(value) == Rule::tuple || rule(value) == Rule::parenthesized_expression) &&
        !broken(value)) {
      const Kids items(*this, value);
      bool are_items = items.size() > 2;
      for (std::size_t i = 1; i + 1 < items.size(); ++i) {
        const Rule item = rule(items[i]);
        if (item == Rule::list_splat || item == Rule::yield || item == Rule::named_expression)
          are_items = false;
      }
      if (are_items) {
        for (std::size_t i = 1; i + 1 < items.size(); ++i) {
          if (rule(items[i]) != Rule::comma_token) with_item(items[i]);
        }
        return;
      }
    }
  }
  // `with (a, *b):` is one item that is a tuple.
  const bool brackets = rule(kids[0]) == Rule::open_paren_token;
  const auto is_starred = [&](At kid) { return text_[span(kid).begin] == '*'; };
  bool starred = false;
  for (std::size_t i = 0; i < kids.size(); ++i) {
    starred = starred || (rule(kids[i]) == Rule::with_item && is_starred(kids[i]));
  }
  if (brackets && starred) {
    builder_.open(NodeKind::WithItem, span(clause));
    builder_.open(NodeKind::Tuple, span(clause));
    builder_.open_list(span(clause).begin + 1);
    for (std::size_t i = 0; i < kids.size(); ++i) {
      if (rule(kids[i]) == Rule::with_item) expression(kids[i] + 1);
    }
    builder_.close_list();
    builder_.close();
    builder_.none();
    builder_.close();
    return;
  }
  if (rule(kids.back()) == Rule::comma_token) builder_.report(span(kids.back()), "invalid syntax");
  for (std::size_t i = 0; i < kids.size(); ++i) {
    if (rule(kids[i]) != Rule::with_item) continue;
    if (broken(kids[i])) {
      error(kids[i]);
    } else {
      with_item(kids[i] + 1);
    }
  }
}

void Lowering::with_item(At value) {
  builder_.open(NodeKind::WithItem, span(value));
  if (const At target = value_as(value); target != 0) {
    expression(target);
  } else {
    builder_.none();
  }
  builder_.close();
}

At Lowering::value_as(At at) {
  // The pattern may be the last operand of what should be its value.
  At pattern = at;
  while (!broken(pattern) &&
         (rule(pattern) == Rule::conditional_expression || rule(pattern) == Rule::lambda ||
          rule(pattern) == Rule::boolean_operator || rule(pattern) == Rule::not_operator)) {
    pattern = Kids(*this, pattern).back();
  }
  if (rule(pattern) != Rule::as_pattern || broken(pattern)) {
    expression(at);
    return 0;
  }
  At target = nodes_[nodes_[pattern + 1].subtree_end].subtree_end;
  if (rule(target) == Rule::as_pattern_target && nodes_[target].subtree_end > target + 1) ++target;
  const At saved = std::exchange(as_, pattern);
  expression(at);
  as_ = saved;
  return target;
}

void Lowering::try_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size()) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::Try, span(at));
  std::uint32_t last = statements(kids[block]);
  builder_.open_list(last);
  bool star = false;
  for (std::size_t i = block + 1; i < kids.size(); ++i) {
    if (rule(kids[i]) != Rule::except_clause) continue;
    star = star || rule(kids[i] + 2) == Rule::star_token;
    except_clause(kids[i]);
    last = builder_[builder_.last_child()].span.end;
  }
  builder_.close_list();
  if (star) builder_[id].flags |= kStar;
  last = else_statements(kids, last);
  const std::size_t finally = kids.find(Rule::finally_clause);
  if (finally == kids.size()) {
    builder_.empty_list(last);
  } else if (broken(kids[finally]) || cut(kids[finally])) {
    builder_.open_list(last);
    error(kids[finally]);
    builder_.close_list();
    last = end(kids[finally]);
  } else {
    const Kids parts(*this, kids[finally]);
    last = std::max(last, statements(parts.back()));
  }
  end_statement(id, last);
}

void Lowering::except_clause(At at) {
  if (broken(at) || cut(at)) return error(at);
  const Kids kids(*this, at);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size()) return misplaced(at, "invalid syntax");
  const std::size_t from = rule(kids[1]) == Rule::star_token ? 2 : 1;
  std::size_t to = kids.find(Rule::colon_token, from);
  const std::size_t as = kids.find(Rule::as_word_token, from);
  const NodeId id = builder_.open(NodeKind::ExceptHandler, span(at));
  At alias = 0;
  if (as < to) {
    alias = kids[as + 1];
    bare_tuple(kids, from, as);
  } else if (to == from + 1) {
    alias = value_as(kids[from]);
  } else {
    bare_tuple(kids, from, to);
  }
  if (alias != 0) {
    if (rule(alias) == Rule::identifier) {
      builder_.name(id, nodes_[alias].span);
    } else {
      builder_.report(span(alias), "cannot use except statement with this target");
    }
  }
  end_statement(id, std::max(end(kids[to]), statements(kids[block])));
}

void Lowering::match_statement(At at) {
  const Kids kids(*this, at);
  const std::size_t block = kids.find(Rule::block);
  const std::size_t colon = kids.find(Rule::colon_token);
  if (block == kids.size() || colon > block) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::Match, span(at));
  bare_tuple(kids, 1, colon);
  builder_.open_list(end(kids[colon]));
  for (At i = kids[block] + 1; i < nodes_[kids[block]].subtree_end; i = nodes_[i].subtree_end) {
    if (rule(i) == Rule::case_clause) {
      case_clause(i);
    } else if (rule(i) == Rule::error || nodes_[i].missing) {
      error(i);
    }
  }
  builder_.close_list();
  end_statement(id, std::max(end(kids[colon]), builder_[builder_.last_child()].span.end));
}

void Lowering::case_clause(At at) {
  if (broken(at) || cut(at)) return error(at);
  const Kids kids(*this, at);
  const std::size_t guard = kids.find(Rule::if_clause);
  const std::size_t colon = kids.find(Rule::colon_token);
  const std::size_t block = kids.find(Rule::block);
  if (block == kids.size() || colon > block) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.open(NodeKind::MatchCase, span(at));
  const std::size_t to = std::min(guard, colon);
  const bool star = to == 2 && text_[nodes_[kids[1]].span.begin] == '*';
  if (to == 2 && !star) {
    pattern(kids[1]);
  } else {
    const Span whole{span(kids[1]).begin, end(kids[to - 1])};
    builder_.open(NodeKind::MatchSequence, whole);
    builder_.open_list(whole.begin);
    pattern_items(kids, 1, to);
    builder_.close_list();
    builder_.close();
  }
  if (guard == kids.size()) {
    builder_.none();
  } else if (broken(kids[guard])) {
    error(kids[guard]);
  } else {
    expression(kids[guard] + 2);
  }
  end_statement(id, std::max(end(kids[colon]), statements(kids[block])));
}

}  // namespace braid::syntax
