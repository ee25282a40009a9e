// Displays, tuples without parentheses, comprehensions.
#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::sequence(At at, NodeKind kind) {
  const Kids kids(*this, at);
  const bool brackets = rule(at) != Rule::expression_list && rule(at) != Rule::pattern_list;
  const NodeId id = builder_.open(kind, span(at));
  if (!brackets) builder_[id].flags |= kBare;
  builder_.open_list(span(at).begin + (brackets ? 1 : 0));
  if (brackets) {
    expression_items(kids, 1, kids.size() - 1);
  } else {
    expression_items(kids, 0, kids.size());
  }
  builder_.close_list();
  builder_.close();
}

// Expressions with commas between and perhaps behind them: a tuple, or the one there is.
void Lowering::bare_tuple(const Kids& kids, std::size_t from, std::size_t to) {
  if (from >= to) return builder_.none();
  if (to == from + 1) return expression(kids[from]);
  const Span whole{span(kids[from]).begin, end(kids[to - 1])};
  builder_[builder_.open(NodeKind::Tuple, whole)].flags |= kBare;
  builder_.open_list(whole.begin);
  expression_items(kids, from, to);
  builder_.close_list();
  builder_.close();
}

void Lowering::expression_items(const Kids& kids, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (rule(kids[i]) != Rule::comma_token) expression(kids[i]);
  }
}

void Lowering::dictionary(At at) {
  const Kids kids(*this, at);
  if (rule(kids[1]) == Rule::comma_token) builder_.report(span(kids[1]), "invalid syntax");
  builder_.open(NodeKind::Dict, span(at));
  for (const bool keys : {true, false}) {
    builder_.open_list(span(at).begin + 1);
    for (std::size_t i = 1; i + 1 < kids.size(); ++i) {
      if (rule(kids[i]) == Rule::comma_token) continue;
      const Kids parts(*this, kids[i]);
      const bool whole = !broken(kids[i]) && parts.size() >= 2;
      if (!whole || rule(kids[i]) == Rule::dictionary_splat) {
        if (keys) {
          const std::uint32_t where = nodes_[kids[i]].span.begin;
          builder_.leaf(NodeKind::Missing, {where, whole ? where + 2 : where});
        } else if (whole) {
          expression(parts[1]);
        } else {
          error(kids[i]);
        }
      } else {
        expression(keys ? parts[0] : parts.back());
      }
    }
    builder_.close_list();
  }
  builder_.close();
}

void Lowering::comprehension(At at, NodeKind kind) {
  const Kids kids(*this, at);
  if (kids.size() < 4) return misplaced(at, "invalid syntax");
  builder_.open(kind, span(at));
  if (kind == NodeKind::DictComp) {
    const Kids pair(*this, kids[1]);
    if (broken(kids[1]) || pair.size() != 3) {
      error(kids[1]);
      builder_.leaf(NodeKind::Missing, {end(kids[1]), end(kids[1])});
    } else {
      expression(pair[0]);
      expression(pair[2]);
    }
  } else {
    expression(kids[1]);
  }
  generators(kids, 2);
  builder_.close();
}

void Lowering::generators(const Kids& kids, std::size_t from) {
  builder_.open_list(end(kids[from - 1]));
  for (std::size_t i = from; i + 1 < kids.size();) {
    const At clause = kids[i];
    std::size_t next = i + 1;
    while (next + 1 < kids.size() && rule(kids[next]) == Rule::if_clause) ++next;
    const Kids parts(*this, clause);
    const std::size_t in = parts.find(Rule::in_word_token);
    const std::size_t word = parts.find(Rule::for_word_token);
    if (broken(clause) || in + 1 >= parts.size() || word + 2 != in) {
      error(clause);
      i = next;
      continue;
    }
    const Span whole{span(clause).begin, end(kids[next - 1])};
    const NodeId id = builder_.open(NodeKind::Comprehension, whole);
    if (rule(parts[0]) == Rule::async_word_token) builder_[id].flags |= kAsync;
    expression(parts[word + 1]);
    bare_tuple(parts, in + 1, parts.size());
    if (in + 2 < parts.size()) builder_.report(whole, "invalid syntax");
    builder_.open_list(end(clause));
    for (std::size_t test = i + 1; test < next; ++test) {
      if (broken(kids[test])) {
        error(kids[test]);
      } else {
        expression(kids[test] + 2);
      }
    }
    builder_.close_list();
    builder_.close();
    i = next;
  }
  builder_.close_list();
}

}  // namespace braid::syntax
