// What split saw travels with the calls: the names under which it does, and where merge takes it.
#include "rewrite/loop_writer.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

// What the test or the right side is called: "exists" in `if not os.path.exists(p)`, "known_size"
// in `size = os.path.getsize(p)`, "added_size" in `size += os.path.getsize(p)`.
std::vector<std::string> wishes_for(const Module& module, NodeId statement) {
  const SyntaxTree& tree = module.tree;
  if (tree.is(statement, NodeKind::Assign)) {
    const NodeId target = tree.items(statement, slot::Assign::targets)[0];
    return {"known_" + module.text(tree[target].name), "known"};
  }
  if (tree.is(statement, NodeKind::AugAssign)) {
    const NodeId target = tree.child(statement, slot::AugAssign::target);
    return {"added_" + module.text(tree[target].name), "added"};
  }
  NodeId test = tree.child(statement, slot::If::test);
  const bool negated = tree.is(test, NodeKind::UnaryOp);
  if (negated) test = tree.child(test, slot::UnaryOp::operand);
  if (!tree.is(test, NodeKind::Call)) return {"is_so", "known"};
  const Symbol name = tree[tree.child(test, slot::Call::function)].name;
  const std::string called = name ? module.text(name) : std::string();
  if (called == "exists" || called == "lexists" || called == "isfile" || called == "isdir" ||
      called == "is_file" || called == "is_dir")
    return negated ? std::vector<std::string>{"is_missing", "was_missing"}
                   : std::vector<std::string>{"exists", "is_there", "was_there"};
  return {"is_so", "known"};
}

}  // namespace

std::optional<std::string> LoopWriter::name_recorded() {
  for (const plan::Recorded& each : plan_.recorded) {
    if (each.as_truth && module_.names.is_rebound("bool")) return "the file has its own `bool`";
    recorded_.push_back(module_.names.fresh(wishes_for(module_, each.statement)));
  }
  return std::nullopt;
}

void LoopWriter::take_recorded() {
  for (std::size_t i = 0; i < recorded_.size(); ++i) {
    const NodeId statement = plan_.recorded[i].statement;
    const NodeId evaluated = evaluated_in(tree_, statement);
    const Span span = tree_.span(evaluated);
    const char before = tree_.source().text()[span.begin - 1];
    const std::string& name = recorded_[i];
    // Where split failed, merge meets the same.
    std::string text = plan_.recorded[i].may_fail ? operand_text(tree_, evaluated) + " if " + name +
                                                        " is None else " + name
                                                  : name;
    if (is_identifier_character(before)) text.insert(0, " ");
    replace(span, std::move(text));
  }
}

}  // namespace braid::rewrite
