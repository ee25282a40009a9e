// The patterns of match statements.
#include <algorithm>

#include "syntax/rejects.h"

namespace braid::syntax {

void Rejects::match(NodeId id) {
  const auto cases = tree_.items(id, slot::Match::cases);
  if (cases.empty()) reject(id, "expected an indented block after 'match' statement");
  for (const NodeId each : cases) {
    if (!tree_.is(each, NodeKind::MatchCase)) continue;
    const NodeId pattern = tree_.child(each, slot::MatchCase::pattern);
    pattern_case(pattern);
    const bool last = each == cases.back();
    if (!last && !tree_.child(each, slot::MatchCase::guard) && irrefutable(pattern)) {
      reject(pattern, "this pattern makes remaining patterns unreachable");
    }
  }
}

void Rejects::pattern_case(NodeId pattern) {
  if (!pattern) return;
  if (tree_.is(pattern, NodeKind::MatchStar)) reject(pattern, "invalid syntax");
  for (std::uint32_t i = pattern.value; i < tree_[pattern].subtree_end; ++i)
    pattern_shape(NodeId{i});
  std::vector<Symbol> names;
  captures(pattern, names);
}

bool Rejects::irrefutable(NodeId pattern) const {
  if (tree_.is(pattern, NodeKind::MatchOr)) {
    const auto patterns = tree_.items(pattern, slot::MatchOr::patterns);
    return !patterns.empty() && irrefutable(patterns.back());
  }
  if (!tree_.is(pattern, NodeKind::MatchAs)) return false;
  const NodeId inner = tree_.child(pattern, slot::MatchAs::pattern);
  return !inner || irrefutable(inner);
}

void Rejects::capture(Symbol name, NodeId pattern, std::vector<Symbol>& names) {
  if (!name) return;
  not_debug(name, pattern);
  if (std::ranges::find(names, name) != names.end()) {
    reject(pattern,
           "multiple assignments to name '" + std::string(symbols_.text(name)) + "' in pattern");
  } else {
    names.push_back(name);
  }
}

void Rejects::captures(NodeId pattern, std::vector<Symbol>& names) {
  switch (tree_.kind(pattern)) {
    case NodeKind::MatchOr:
      return captures_of_alternatives(pattern, names);
    case NodeKind::MatchAs:
    case NodeKind::MatchStar:
    case NodeKind::MatchMapping:
    case NodeKind::MatchClass:
    case NodeKind::MatchSequence:
    case NodeKind::MatchKeyword:
    case NodeKind::List:
      break;
    default:
      return;
  }
  for (const NodeId child : tree_.children(pattern)) {
    if (child) captures(child, names);
  }
  const bool binds = tree_.is(pattern, NodeKind::MatchAs) ||
                     tree_.is(pattern, NodeKind::MatchStar) ||
                     tree_.is(pattern, NodeKind::MatchMapping);
  if (binds) capture(tree_[pattern].name, pattern, names);
}

void Rejects::captures_of_alternatives(NodeId pattern, std::vector<Symbol>& names) {
  std::vector<Symbol> expected;
  const auto alternatives = tree_.items(pattern, slot::MatchOr::patterns);
  for (const NodeId alternative : alternatives) {
    std::vector<Symbol> own;
    captures(alternative, own);
    std::ranges::sort(own);
    if (alternative == alternatives.front()) {
      expected = own;
    } else if (own != expected) {
      reject(alternative, "alternative patterns bind different names");
    }
    if (alternative != alternatives.back() && irrefutable(alternative)) {
      reject(alternative, "this pattern makes remaining patterns unreachable");
    }
  }
  for (const Symbol name : expected) capture(name, pattern, names);
}

void Rejects::pattern_shape(NodeId pattern) {
  const NodeId parent = tree_.parent(pattern);
  if (parent && tree_.is(parent, NodeKind::Error)) return;
  switch (tree_.kind(pattern)) {
    case NodeKind::MatchAs: {
      const NodeId inner = tree_.child(pattern, slot::MatchAs::pattern);
      const bool named = static_cast<bool>(tree_[pattern].name);
      if (inner && (!named || symbols_.text(tree_[pattern].name) == "_")) {
        return reject(pattern, "cannot use '_' as a target");
      }
      if (inner && tree_.is(inner, NodeKind::MatchStar)) return reject(inner, "invalid syntax");
      if (inner && bare(inner, NodeKind::MatchAs) && tree_.child(inner, slot::MatchAs::pattern)) {
        return reject(pattern, "invalid syntax");  // a as b as c
      }
      // Without parentheses `a as b` is not an alternative, nor a value of a keyword's alternative.
      const bool alternative = tree_.is(tree_.parent(parent), NodeKind::MatchOr);
      if (inner && alternative && !tree_.flag(pattern, kParenthesized))
        reject(pattern, "invalid syntax");
      return;
    }
    case NodeKind::MatchSequence: {
      bool star = false;
      for (const NodeId each : tree_.items(pattern, slot::MatchSequence::patterns)) {
        if (!tree_.is(each, NodeKind::MatchStar)) continue;
        if (star) reject(each, "multiple starred expressions in sequence pattern");
        star = true;
      }
      return;
    }
    case NodeKind::MatchStar: {
      const NodeId owner = tree_.is(parent, NodeKind::List) ? tree_.parent(parent) : parent;
      if (!tree_.is(owner, NodeKind::MatchSequence) || tree_.flag(pattern, kParenthesized)) {
        reject(pattern, "invalid syntax");
      }
      return;
    }
    case NodeKind::MatchKeyword: {
      if (!tree_.is(tree_.parent(parent), NodeKind::MatchClass)) reject(pattern, "invalid syntax");
      return;
    }
    case NodeKind::MatchValue:
      return pattern_value(tree_.child(pattern, slot::MatchValue::value), false);
    case NodeKind::MatchMapping:
      if (tree_[pattern].name && symbols_.text(tree_[pattern].name) == "_")
        reject(pattern, "invalid syntax");
      return mapping_keys(pattern);
    case NodeKind::MatchClass:
      return class_pattern(pattern);
    default:
      return;
  }
}

void Rejects::pattern_value(NodeId value, bool key) {
  switch (tree_.kind(value)) {
    case NodeKind::JoinedString:
      return reject(value, "patterns may only match literals and attribute lookups");
    case NodeKind::Name:
      if (key) reject(value, "invalid syntax");
      return;
    case NodeKind::BinOp: {
      const auto kind = [&](NodeId number) {
        if (tree_.is(number, NodeKind::UnaryOp))
          number = tree_.child(number, slot::UnaryOp::operand);
        return tree_.is(number, NodeKind::Constant) ? static_cast<ConstantKind>(tree_[number].op)
                                                    : ConstantKind::None;
      };
      if (kind(tree_.child(value, slot::BinOp::left)) == ConstantKind::Complex) {
        reject(value, "real number required in complex literal");
      }
      if (kind(tree_.child(value, slot::BinOp::right)) != ConstantKind::Complex) {
        reject(value, "imaginary number required in complex literal");
      }
      return;
    }
    default:
      return;
  }
}

void Rejects::mapping_keys(NodeId pattern) {
  const auto keys = tree_.items(pattern, slot::MatchMapping::keys);
  const auto same = [&](NodeId a, NodeId b) {
    if (tree_.kind(a) != tree_.kind(b) || tree_.is(a, NodeKind::Attribute)) return false;
    if (const auto text = string_value(tree_, a)) return text == string_value(tree_, b);
    if (const auto number = int_value(tree_, a)) return number == int_value(tree_, b);
    return tree_.text(a) == tree_.text(b);
  };
  for (std::size_t i = 0; i < keys.size(); ++i) {
    pattern_value(keys[i], true);
    for (std::size_t j = 0; j < i; ++j) {
      if (same(keys[i], keys[j])) return reject(keys[i], "mapping pattern checks duplicate key");
    }
  }
}

void Rejects::class_pattern(NodeId pattern) {
  const auto keywords = tree_.items(pattern, slot::MatchClass::keyword_patterns);
  std::vector<Symbol> names;
  for (const NodeId keyword : keywords) {
    const Symbol name = tree_[keyword].name;
    if (name && std::ranges::find(names, name) != names.end()) {
      reject(keyword,
             "attribute name repeated in class pattern: " + std::string(symbols_.text(name)));
    }
    names.push_back(name);
  }
  for (const NodeId positional : tree_.items(pattern, slot::MatchClass::patterns)) {
    if (!keywords.empty() && tree_.span(positional).begin > tree_.span(keywords.front()).begin) {
      reject(positional, "positional patterns follow keyword patterns");
    }
  }
}

}  // namespace braid::syntax
