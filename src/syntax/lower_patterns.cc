// The patterns of match statements.
#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::pattern(At at) {
  if (too_deep()) return deep(at);
  if (masked_star(nodes_[at].span.begin) != UINT32_MAX) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.next();
  bool parenthesized = false;
  while (!broken(at)) {
    if (rule(at) == Rule::case_pattern && nodes_[at].subtree_end == nodes_[at + 1].subtree_end) {
      ++at;
      continue;
    }
    // A tuple with one item and no comma is a pair of parentheses.
    if (rule(at) != Rule::tuple_pattern || nodes_[at].subtree_end < at + 4) break;
    const At close = nodes_[at + 2].subtree_end;
    if (close >= nodes_[at].subtree_end || rule(close) != Rule::close_paren_token) break;
    if (text_[nodes_[at + 2].span.begin] == '*') break;
    at += 2;
    parenthesized = true;
  }
  if (broken(at)) return error(at);
  switch (rule(at)) {
    case Rule::case_pattern: {
      const Kids kids(*this, at);
      value_pattern(kids, 0, kids.size());
      break;
    }
    case Rule::as_pattern:
      as_pattern(at);
      break;
    case Rule::keyword_pattern:
      keyword_pattern(at, at);
      break;
    case Rule::class_pattern:
      class_pattern(at);
      break;
    case Rule::splat_pattern:
      star_pattern(at);
      break;
    case Rule::dict_pattern:
      mapping_pattern(at);
      break;
    case Rule::union_pattern: {
      const Kids kids(*this, at);
      builder_.open(NodeKind::MatchOr, span(at));
      builder_.open_list(span(at).begin);
      for (std::size_t from = 0; from < kids.size();) {
        const std::size_t to = kids.find(Rule::pipe_token, from);
        pattern_of(kids, from, to);
        from = to + 1;
      }
      builder_.close_list();
      builder_.close();
      break;
    }
    case Rule::list_pattern:
    case Rule::tuple_pattern: {
      const Kids kids(*this, at);
      builder_.open(NodeKind::MatchSequence, span(at));
      builder_.open_list(span(at).begin + 1);
      pattern_items(kids, 1, kids.size() - 1);
      builder_.close_list();
      builder_.close();
      break;
    }
    case Rule::true_literal:
    case Rule::false_literal:
    case Rule::none_literal:
      builder_.open(NodeKind::MatchSingleton, span(at));
      expression(at);
      builder_.close();
      break;
    case Rule::underscore_token:
      builder_.open(NodeKind::MatchAs, span(at));
      builder_.none();
      builder_.close();
      break;
    case Rule::dotted_name:
      if (nodes_[at].subtree_end == at + 2) {
        const NodeId capture = builder_.open(NodeKind::MatchAs, span(at));
        if (text(at) != "_") builder_.name(capture, span(at));
        builder_.none();
        builder_.close();
      } else {
        builder_.open(NodeKind::MatchValue, span(at));
        dotted_value(at);
        builder_.close();
      }
      break;
    case Rule::string:
    case Rule::concatenated_string:
    case Rule::integer:
    case Rule::float_literal:
      builder_.open(NodeKind::MatchValue, span(at));
      expression(at);
      builder_.close();
      break;
    case Rule::complex_pattern: {
      const Kids kids(*this, at);
      value_pattern(kids, 0, kids.size());
      break;
    }
    default:
      misplaced(at, "invalid syntax");
  }
  if (parenthesized) builder_[id].flags |= kParenthesized;
}

void Lowering::pattern_of(const Kids& kids, std::size_t from, std::size_t to) {
  if (to == from + 1) return pattern(kids[from]);
  if (from < to) return value_pattern(kids, from, to);
}

void Lowering::pattern_items(const Kids& kids, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (rule(kids[i]) != Rule::comma_token) pattern(kids[i]);
  }
}

void Lowering::value_pattern(const Kids& kids, std::size_t from, std::size_t to) {
  builder_.open(NodeKind::MatchValue, {span(kids[from]).begin, end(kids[to - 1])});
  pattern_value(kids, from, to);
  builder_.close();
}

// What may stand for a value: -1, 1 + 2j, a.b, a constant.
void Lowering::pattern_value(const Kids& kids, std::size_t from, std::size_t to) {
  if (to == from + 1) {
    if (broken(kids[from])) return error(kids[from]);
    if (rule(kids[from]) == Rule::dotted_name) return dotted_value(kids[from]);
    if (rule(kids[from]) == Rule::complex_pattern || rule(kids[from]) == Rule::case_pattern) {
      const Kids parts(*this, kids[from]);
      return pattern_value(parts, 0, parts.size());
    }
    return expression(kids[from]);
  }
  const Span whole{span(kids[from]).begin, end(kids[to - 1])};
  const std::size_t left = rule(kids[from]) == Rule::minus_token ? from + 2 : from + 1;
  if (left < to) {
    builder_[builder_.open(NodeKind::BinOp, whole)].op =
        static_cast<std::uint8_t>(operator_of(rule(kids[left])));
    pattern_value(kids, from, left);
    pattern_value(kids, left + 1, to);
    builder_.close();
  } else {
    builder_[builder_.open(NodeKind::UnaryOp, whole)].op =
        static_cast<std::uint8_t>(Operator::USub);
    expression(kids[to - 1]);
    builder_.close();
  }
}

void Lowering::dotted_value(At at) {
  const Kids kids(*this, at);
  std::size_t opened = 0;
  for (std::size_t last = kids.size() - 1; last >= 2; last -= 2) {
    if (too_deep()) break;
    const Span whole{span(at).begin, end(kids[last])};
    builder_.name(builder_.open(NodeKind::Attribute, whole), nodes_[kids[last]].span);
    ++opened;
  }
  if (kids.size() == 1 + 2 * opened) {
    name(kids[0]);
  } else {
    deep(kids[0]);
  }
  for (; opened > 0; --opened) builder_.close();
}

// The grammar reads Point(x=1 as y) as (x=1) as y.
void Lowering::as_pattern(At at) {
  const Kids kids(*this, at);
  if (kids.size() != 3) return misplaced(at, "invalid syntax");
  At inner = kids[0];
  if (rule(inner) == Rule::case_pattern && !broken(inner)) ++inner;
  if (rule(inner) == Rule::keyword_pattern && !broken(inner)) return keyword_pattern(inner, at);
  const NodeId id = builder_.open(NodeKind::MatchAs, span(at));
  builder_.name(id, nodes_[kids[2]].span);
  pattern(kids[0]);
  builder_.close();
}

void Lowering::keyword_pattern(At at, At whole) {
  const Kids kids(*this, at);
  if (kids.size() < 3) return misplaced(at, "invalid syntax");
  builder_.name(builder_.open(NodeKind::MatchKeyword, span(whole)), nodes_[kids[0]].span);
  if (whole != at) {
    const At alias = nodes_[nodes_[whole + 1].subtree_end].subtree_end;
    const NodeId id = builder_.open(NodeKind::MatchAs, {span(kids[2]).begin, end(whole)});
    builder_.name(id, nodes_[alias].span);
    pattern_of(kids, 2, kids.size());
    builder_.close();
  } else {
    pattern_of(kids, 2, kids.size());
  }
  builder_.close();
}

void Lowering::mapping_pattern(At at) {
  const Kids kids(*this, at);
  const NodeId id = builder_.open(NodeKind::MatchMapping, span(at));
  for (const bool keys : {true, false}) {
    builder_.open_list(span(at).begin + 1);
    for (std::size_t i = 1; i + 1 < kids.size();) {
      std::size_t to = kids.find(Rule::comma_token, i);
      to = std::min(to, kids.size() - 1);
      const std::size_t colon = std::min(kids.find(Rule::colon_token, i), to);
      if (rule(kids[i]) == Rule::splat_pattern && !broken(kids[i])) {
        builder_.name(id, nodes_[kids[i] + 2].span);
        const std::size_t rest = to + (rule(kids[to]) == Rule::comma_token ? 1 : 0);
        if (keys && rest + 1 < kids.size()) builder_.report(span(kids[i]), "invalid syntax");
      } else if (colon == to || colon == i) {
        if (keys && to > i) error(kids[i]);
      } else if (keys) {
        pattern_value(kids, i, colon);
      } else {
        pattern_of(kids, colon + 1, to);
      }
      i = to + 1;
    }
    builder_.close_list();
  }
  builder_.close();
}

void Lowering::class_pattern(At at) {
  const Kids kids(*this, at);
  const auto is_keyword = [&](At kid) {
    if (rule(kid) == Rule::case_pattern && nodes_[kid].subtree_end > kid + 1) ++kid;
    if (rule(kid) == Rule::as_pattern && nodes_[kid].subtree_end > kid + 1) {
      ++kid;
      if (rule(kid) == Rule::case_pattern && nodes_[kid].subtree_end > kid + 1) ++kid;
    }
    return rule(kid) == Rule::keyword_pattern;
  };
  builder_.open(NodeKind::MatchClass, span(at));
  dotted_value(kids[0]);
  for (const bool keywords : {false, true}) {
    builder_.open_list(end(kids[0]) + 1);
    for (std::size_t i = 2; i + 1 < kids.size(); ++i) {
      if (rule(kids[i]) != Rule::comma_token && is_keyword(kids[i]) == keywords) pattern(kids[i]);
    }
    builder_.close_list();
  }
  builder_.close();
}

void Lowering::star_pattern(At at) {
  const Kids kids(*this, at);
  if (rule(kids[0]) != Rule::star_token) return misplaced(at, "invalid syntax");
  const NodeId id = builder_.leaf(NodeKind::MatchStar, span(at));
  if (text(kids[1]) != "_") builder_.name(id, nodes_[kids[1]].span);
}

}  // namespace braid::syntax
