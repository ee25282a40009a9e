#include "syntax/builder.h"

#include <algorithm>

#include "syntax/identifiers.h"

namespace braid::syntax {

namespace {
constexpr std::size_t kMaxErrors = 1000;  // of a file that is not Python at all
}

TreeBuilder::TreeBuilder(std::shared_ptr<const Source> source, SymbolTable& symbols)
    : symbols_(symbols) {
  const std::size_t size = source->text().size();
  tree_.source_ = std::move(source);
  tree_.nodes_.reserve(size / 4 + 8);
  tree_.children_.reserve(size / 4 + 8);
}

NodeId TreeBuilder::open(NodeKind kind, Span span) {
  const NodeId id = next();
  Node node;
  node.kind = kind;
  node.span = span;
  if (!open_.empty()) node.parent = open_.back().id;
  if (kind == NodeKind::Error) node.flags = kHasError;
  tree_.nodes_.push_back(node);
  pending_.push_back(id);
  open_.push_back({id, pending_.size()});
  return id;
}

NodeId TreeBuilder::close() {
  const auto [id, first] = open_.back();
  open_.pop_back();
  Node& node = tree_.nodes_[id.value];
  node.first_child = static_cast<std::uint32_t>(tree_.children_.size());
  node.child_count = static_cast<std::uint32_t>(pending_.size() - first);
  node.subtree_end = static_cast<std::uint32_t>(tree_.nodes_.size());
  tree_.children_.insert(tree_.children_.end(),
                         pending_.begin() + static_cast<std::ptrdiff_t>(first), pending_.end());
  pending_.resize(first);
  if ((node.flags & kHasError) != 0 && node.parent)
    tree_.nodes_[node.parent.value].flags |= kHasError;
  return id;
}

NodeId TreeBuilder::leaf(NodeKind kind, Span span) {
  open(kind, span);
  return close();
}

void TreeBuilder::close_list() {
  if (child_count() > 0) {
    const Span first = (*this)[pending_[open_.back().first_pending]].span;
    const Span last = (*this)[pending_.back()].span;
    (*this)[open_.back().id].span = {first.begin, last.end};
  }
  close();
}

void TreeBuilder::swap_first_children() {
  const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(open_.back().first_pending);
  std::iter_swap(first, first + 1);
}

void TreeBuilder::taint(NodeId id) {
  (*this)[id].flags |= kHasError;
  if ((*this)[id].parent) (*this)[(*this)[id].parent].flags |= kHasError;
}

void TreeBuilder::name(NodeId id, Span span, std::string_view written) {
  const Symbol name = checked_name(span, written);
  (*this)[id].name = name;
  (*this)[id].name_span = span;
}

Symbol TreeBuilder::checked_name(Span span, std::string_view written) {
  const bool plain =
      std::ranges::all_of(written, [](char c) { return continues_name(c) || c == '.'; });
  if (!plain || (written.size() == 5 && (written == "async" || written == "await"))) {
    report(span, "invalid syntax");
  }
  // Where the parser recovers from an error it may take other text for a name.
  return plain ? intern(written) : symbols_.intern("<error>");
}

Symbol TreeBuilder::intern(std::string_view written) {
  const bool ascii =
      std::ranges::all_of(written, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return symbols_.intern(ascii ? written : normal_form(written));
}

void TreeBuilder::report(Span span, std::string message) {
  if (tree_.errors_.size() < kMaxErrors) tree_.errors_.push_back({span, std::move(message)});
}

SyntaxTree TreeBuilder::finish(std::vector<Comment> comments) {
  BRAID_CHECK(open_.empty());
  tree_.comments_ = std::move(comments);
  return std::move(tree_);
}

void TreeBuilder::add_errors(SyntaxTree& tree, std::vector<SyntaxError> errors) {
  for (SyntaxError& error : errors) {
    if (tree.errors_.size() < kMaxErrors) tree.errors_.push_back(std::move(error));
  }
  const auto by_span = [](const SyntaxError& a, const SyntaxError& b) { return a.span < b.span; };
  std::stable_sort(tree.errors_.begin(), tree.errors_.end(), by_span);
  const auto same = [](const SyntaxError& a, const SyntaxError& b) {
    return a.span == b.span && a.message == b.message;
  };
  tree.errors_.erase(std::unique(tree.errors_.begin(), tree.errors_.end(), same),
                     tree.errors_.end());
}

}  // namespace braid::syntax
