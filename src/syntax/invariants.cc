#include "syntax/invariants.h"

#include <algorithm>
#include <array>

namespace braid::syntax {

namespace {

constexpr std::size_t kAnyCount = SIZE_MAX;

constexpr std::size_t count_names(std::string_view names) {
  return 1 + static_cast<std::size_t>(std::ranges::count(names, ','));
}

// The number of slots of each kind; kAnyCount for those that hold items, or nothing.
constexpr std::size_t kSlotCounts[] = {
#define NODE0(kind) kAnyCount,
#define NODE(kind, ...) count_names(#__VA_ARGS__),
#include "syntax/nodes.def"
#undef NODE
#undef NODE0
};

bool may_be_none(NodeKind kind, std::size_t at) {
  switch (kind) {
    case NodeKind::Return:
    case NodeKind::Raise:
    case NodeKind::Yield:
    case NodeKind::Slice:
    case NodeKind::Parameter:
    case NodeKind::TypeParameter:
    case NodeKind::MatchAs:
      return true;
    case NodeKind::FunctionDef:
      return at == slot::FunctionDef::returns;
    case NodeKind::AnnAssign:
      return at == slot::AnnAssign::value;
    case NodeKind::WithItem:
      return at == slot::WithItem::target;
    case NodeKind::MatchCase:
      return at == slot::MatchCase::guard;
    case NodeKind::ExceptHandler:
      return at == slot::ExceptHandler::type;
    case NodeKind::Assert:
      return at == slot::Assert::message;
    case NodeKind::FormattedValue:
      return at == slot::FormattedValue::format_spec;
    default:
      return false;
  }
}

class Checker {
 public:
  explicit Checker(const SyntaxTree& tree) : tree_(tree), text_(tree.source().text()) {}

  std::string check() {
    if (tree_.size() < 2 || !tree_.is(tree_.root(), NodeKind::Module)) return "no module";
    if (tree_.span(tree_.root()) != Span{0, static_cast<std::uint32_t>(text_.size())}) {
      return "the module is not the text";
    }
    depths_.assign(tree_.size(), 0);
    for (std::uint32_t i = 0; i < tree_.size() && violated_.empty(); ++i) node(NodeId{i});
    std::uint32_t before = 0;
    for (const Comment& comment : tree_.comments()) {
      if (comment.span.begin < before || comment.span.end > text_.size()) fail("comments", {});
      before = comment.span.end;
    }
    before = 0;
    for (const SyntaxError& error : tree_.errors()) {
      if (error.span.begin < before || error.span.begin > error.span.end) fail("errors", {});
      before = error.span.begin;
      if (error.span.end > text_.size() || error.message.empty()) fail("error", {});
    }
    return violated_;
  }

 private:
  void fail(std::string_view what, NodeId id) {
    if (!violated_.empty()) return;
    violated_ = what;
    if (id)
      violated_ +=
          " at node " + std::to_string(id.value) + ", " + std::string(name_of(tree_.kind(id)));
  }

  void node(NodeId id) {
    const Node& node = tree_[id];
    const Span span = node.span;
    if (span.begin > span.end || span.end > text_.size()) return fail("span", id);
    if (inside_code_point(span.begin) || inside_code_point(span.end)) return fail("code point", id);
    if (node.subtree_end <= id.value || node.subtree_end > tree_.size()) return fail("subtree", id);
    const bool is_error = node.kind == NodeKind::Error;
    if (is_error && (!tree_.has_errors() || !tree_.flag(id, kHasError)))
      return fail("error flag", id);
    if (id == tree_.root()) {
      if (node.parent) return fail("parent of the root", id);
    } else {
      inner_node(id);
    }
    children(id);
  }

  void inner_node(NodeId id) {
    const Node& node = tree_[id];
    if (!node.parent || node.parent >= id) return fail("parent", id);
    const Node& parent = tree_[node.parent];
    if (tree_.flag(id, kHasError) && !tree_.flag(node.parent, kHasError))
      fail("error flag of parent", id);
    depths_[id.value] = depths_[node.parent.value] + 1;
    if (depths_[id.value] >= kMaxDepth) fail("depth", id);
    const bool decorators =
        (parent.kind == NodeKind::FunctionDef || parent.kind == NodeKind::ClassDef) &&
        tree_.child(node.parent, 0) == id;
    if (!decorators && !parent.span.contains(node.span)) fail("span outside parent", id);
  }

  void children(NodeId id) {
    const Node& node = tree_[id];
    const auto children = tree_.children(id);
    const std::size_t slots = kSlotCounts[static_cast<std::size_t>(node.kind)];
    if (slots != kAnyCount && children.size() != slots) return fail("number of children", id);
    std::vector<NodeId> there;
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (children[i]) {
        if (tree_.parent(children[i]) != id) return fail("child's parent", id);
        there.push_back(children[i]);
      } else if (!may_be_none(node.kind, i)) {
        return fail("empty slot", id);
      }
    }
    std::ranges::sort(there);
    std::uint32_t next = id.value + 1;
    for (const NodeId child : there) {
      if (child.value != next) return fail("order of children", id);
      next = tree_[child].subtree_end;
    }
    if (next != node.subtree_end) fail("end of subtree", id);
  }

  bool inside_code_point(std::uint32_t at) const {
    return at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U;
  }

  const SyntaxTree& tree_;
  std::string_view text_;
  std::vector<std::uint32_t> depths_;
  std::string violated_;
};

}  // namespace

std::string violated_invariant(const SyntaxTree& tree) { return Checker(tree).check(); }

}  // namespace braid::syntax
