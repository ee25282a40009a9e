#include "rewrite/plain.h"

#include <algorithm>

#include "rewrite/moving.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using syntax::ConstantKind;
using syntax::Operator;

namespace {

constexpr int kDepth = 8;

class Typer {
 public:
  Typer(const Module& module, const std::map<BindingId, NodeId>& values)
      : module_(module), tree_(module.tree), values_(values) {}

  Plain of(NodeId node, int depth) {
    if (depth > kDepth) return Plain::unknown;
    switch (tree_.kind(node)) {
      case NodeKind::Constant: {
        const auto kind = static_cast<ConstantKind>(tree_[node].op);
        if (kind == ConstantKind::Str) return Plain::text;
        return kind == ConstantKind::Int ? Plain::integer : Plain::unknown;
      }
      case NodeKind::Name: {
        const BindingId variable = module_.scopes.variable(node);
        const auto found = values_.find(variable);
        return found != values_.end() ? of(found->second, depth + 1) : of_variable(variable, depth);
      }
      case NodeKind::JoinedString:
        return joined(node, depth);
      case NodeKind::BinOp: {
        const Plain left = of(tree_.child(node, slot::BinOp::left), depth + 1);
        const Plain right = of(tree_.child(node, slot::BinOp::right), depth + 1);
        const Operator op = tree_.op(node);
        if (left == Plain::unknown || right == Plain::unknown) return Plain::unknown;
        if (op == Operator::Add && left == right) return left;
        const bool whole = left == Plain::integer && right == Plain::integer;
        return whole && (op == Operator::Sub || op == Operator::Mult) ? Plain::integer
                                                                      : Plain::unknown;
      }
      case NodeKind::Call: {
        // str(x) of something plain
        const auto arguments = tree_.items(node, slot::Call::arguments_list);
        const bool text = is_builtin_call(module_, node, "str") && arguments.size() == 1 &&
                          tree_.items(node, slot::Call::keywords).empty();
        return text && of(arguments[0], depth + 1) != Plain::unknown ? Plain::text : Plain::unknown;
      }
      default:
        return Plain::unknown;
    }
  }

 private:
  Plain joined(NodeId node, int depth) {
    for (const NodeId value : tree_.items(node, slot::JoinedString::values)) {
      if (!tree_.is(value, NodeKind::FormattedValue)) continue;
      const Plain type = of(tree_.child(value, slot::FormattedValue::value), depth + 1);
      if (type == Plain::unknown) return Plain::unknown;
      const NodeId spec = tree_.child(value, slot::FormattedValue::format_spec);
      if (!spec) continue;
      // A width, zeros and `d` suit every integer; text takes other specifications.
      const std::string_view text = tree_.text(spec);
      const bool digits =
          std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
      const bool decimal =
          !text.empty() && text.back() == 'd' &&
          std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
      if (tree_[value].op != 0 || type != Plain::integer || text.size() > 4 || !(digits || decimal))
        return Plain::unknown;
    }
    return Plain::text;
  }

  Plain of_variable(BindingId variable, int depth) {
    if (!variable || (module_.scopes[variable].flags & (scope::kParameter | scope::kImported)) != 0)
      return Plain::unknown;
    Plain type = Plain::unknown;
    bool first = true;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access == scope::Access::Read || each.access == scope::Access::none) continue;
      const Plain written =
          each.access == scope::Access::Write ? of_write(each.node, depth) : Plain::unknown;
      if (written == Plain::unknown || (!first && written != type)) return Plain::unknown;
      type = written;
      first = false;
    }
    return type;
  }

  // The value that a binding name gets.
  Plain of_write(NodeId name, int depth) {
    if (!tree_.is(name, NodeKind::Name)) return Plain::unknown;
    const NodeId parent = tree_.parent(name);
    if (tree_.is(parent, NodeKind::For))
      return of_item(tree_.child(parent, slot::For::iter), depth);
    if (tree_.is(parent, NodeKind::Comprehension))
      return of_item(tree_.child(parent, slot::Comprehension::iter), depth);
    const NodeId owner = tree_.parent(parent);
    if (tree_.is(owner, NodeKind::Assign))
      return of(tree_.child(owner, slot::Assign::value), depth + 1);
    if (tree_.is(owner, NodeKind::Tuple) && tree_.children(parent).front() == name) {
      // The number of enumerate(…).
      const NodeId loop = tree_.parent(owner);
      NodeId iter;
      if (tree_.is(loop, NodeKind::For)) iter = tree_.child(loop, slot::For::iter);
      if (tree_.is(loop, NodeKind::Comprehension))
        iter = tree_.child(loop, slot::Comprehension::iter);
      if (iter && is_builtin_call(module_, iter, "enumerate") &&
          tree_.items(iter, slot::Call::arguments_list).size() == 1 &&
          tree_.items(iter, slot::Call::keywords).empty() && tree_.children(parent).size() == 2) {
        return Plain::integer;
      }
    }
    return Plain::unknown;
  }

  Plain of_item(NodeId iterable, int depth) {
    if (is_builtin_call(module_, iterable, "range")) return Plain::integer;
    if (!tree_.is(iterable, NodeKind::ListLiteral) && !tree_.is(iterable, NodeKind::Tuple))
      return Plain::unknown;
    Plain type = Plain::unknown;
    bool first = true;
    for (const NodeId item : tree_.items(iterable, 0)) {
      const Plain one = of(item, depth + 1);
      if (one == Plain::unknown || (!first && one != type)) return Plain::unknown;
      type = one;
      first = false;
    }
    return type;
  }

  const Module& module_;
  const SyntaxTree& tree_;
  const std::map<BindingId, NodeId>& values_;
};

}  // namespace

Plain plain_type(const Module& module, NodeId expression,
                 const std::map<BindingId, NodeId>& values) {
  return Typer(module, values).of(expression, 0);
}

}  // namespace braid::rewrite
