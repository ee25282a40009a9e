// `match`: which parts of the subject the names of a pattern are bound to.
#include <vector>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

void Interpreter::match_statement(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const Evaluated subject = expression(t.child(node, slot::Match::subject));
  // Class patterns read attributes, which may be properties.
  may_ask(subject.value, Asked::anything, node);
  Environment after{{}, false};
  for (NodeId branch : t.items(node, slot::Match::cases)) {
    const Environment before = frame().environment;
    bind_pattern(t.child(branch, slot::MatchCase::pattern), subject.value);
    if (const NodeId guard = t.child(branch, slot::MatchCase::guard)) condition(guard);
    block(t.child(branch, slot::MatchCase::statements));
    join_into(after, frame().environment);
    frame().environment = before;
  }
  join_into(frame().environment, after);
}

void Interpreter::bind_pattern(NodeId pattern, ValueId subject) {
  const syntax::SyntaxTree& t = tree();
  if (!pattern) return;
  const NodeKind kind = t.kind(pattern);
  // How many it holds, and under which keys, decides.
  if (kind == NodeKind::MatchSequence || kind == NodeKind::MatchMapping)
    record_object(EffectKind::Read, subject, Part::Elements, pattern);
  ValueId parts = values_.nothing();
  for (AtomId id : values_[subject]) {
    const Atom atom = values_[id];
    parts = values_.join(parts, elements_of(atom));
    parts = values_.join(
        parts,
        outside(atom.site ? values_.site({.parent = atom.site, .part = elements_}) : SiteId{},
                atom.recency));
  }
  if (kind == NodeKind::MatchClass)
    parts = values_.join(parts, values_.join(subject, attributes_matched(pattern, subject)));
  if (t[pattern].name && kind == NodeKind::MatchAs) {
    write_variable(scopes().variable(pattern), {values_.join(subject, parts), opaque(pattern)},
                   pattern);
  } else if (t[pattern].name && (kind == NodeKind::MatchStar || kind == NodeKind::MatchMapping)) {
    // A new list or dictionary of the rest.
    const bool star = kind == NodeKind::MatchStar;
    const ValueId rest = allocate(star ? "list" : "dict", pattern);
    for (AtomId id : values_[rest]) {
      heap_write(heap_site(values_[id]), elements_, star ? subject : parts);
      if (!star) heap_write(heap_site(values_[id]), keys_, parts);
    }
    write_variable(scopes().variable(pattern), {rest, opaque(pattern)}, pattern);
  }
  const bool same = kind == NodeKind::MatchAs || kind == NodeKind::MatchOr;
  for (NodeId child : t.children(pattern)) {
    if (!child) continue;
    if (t.is(child, NodeKind::List)) {
      for (NodeId item : t.children(child)) bind_pattern(item, same ? subject : parts);
    } else if (t.is_expression(child)) {
      const ValueId compared = expression(child).value;
      may_ask(compared, Asked::hooks, child);
      metaclasses_asked(compared, child);
    } else {
      bind_pattern(child, same || kind == NodeKind::MatchKeyword ? subject : parts);
    }
  }
}

// What the parts of a class pattern are given: attributes by their names, or, by their places, any.
ValueId Interpreter::attributes_matched(NodeId pattern, ValueId subject) {
  const syntax::SyntaxTree& t = tree();
  ValueId found = values_.nothing();
  for (NodeId keyword : t.items(pattern, slot::MatchClass::keyword_patterns))
    found = values_.join(found, attribute_of({subject, {}}, t[keyword].name, pattern).value);
  if (t.items(pattern, slot::MatchClass::patterns).empty()) return found;
  for (AtomId id : std::vector<AtomId>(values_[subject])) {
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Object) continue;
    for (Symbol name : attribute_names(atom)) {
      const Evaluated one{values_.single(atom), {}};
      found = values_.join(found, attribute_of(one, name, pattern).value);
    }
  }
  return found;
}

}  // namespace braid::effects
