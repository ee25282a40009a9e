// TreeBuilder: puts a SyntaxTree together in pre-order. open() … close() brackets a node; whatever
// is opened, or made as a leaf, in between becomes its children, in order.
#pragma once

#include <string>
#include <utility>

#include "syntax/syntax.h"

namespace braid::syntax {

class TreeBuilder {
 public:
  TreeBuilder(std::shared_ptr<const Source> source, SymbolTable& symbols);

  NodeId open(NodeKind kind, Span span);
  NodeId close();
  NodeId leaf(NodeKind kind, Span span);
  // An empty optional slot.
  void none() { pending_.push_back(NodeId{}); }
  // A List whose span runs from its first to its last item, or is empty at `where`.
  void open_list(std::uint32_t where) { open(NodeKind::List, {where, where}); }
  void close_list();
  void empty_list(std::uint32_t where) { leaf(NodeKind::List, {where, where}); }
  // The open node has its first two children in text order; its slots are the other way round.
  void swap_first_children();

  [[nodiscard]] Node& operator[](NodeId id) { return tree_.nodes_[id.value]; }
  // The id that the next node gets.
  [[nodiscard]] NodeId next() const { return NodeId{tree_.nodes_.size()}; }
  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  // Children of the open node so far.
  [[nodiscard]] std::size_t child_count() const {
    return pending_.size() - open_.back().first_pending;
  }
  [[nodiscard]] NodeId last_child() const { return pending_.back(); }
  // The symbol of a name as it is written; reports what cannot be one.
  [[nodiscard]] Symbol checked_name(Span span, std::string_view written);
  // `written`: the text of `span`, or what it amounts to.
  void name(NodeId id, Span span, std::string_view written);
  void name(NodeId id, Span span) { name(id, span, tree_.source_->text(span)); }
  // A closed node, the last child so far, has an error inside.
  void taint(NodeId id);

  void report(Span span, std::string message);
  [[nodiscard]] std::size_t error_count() const { return tree_.errors_.size(); }

  SyntaxTree finish(std::vector<Comment> comments);
  // More errors of a finished tree; all of them are in order of the text then.
  static void add_errors(SyntaxTree& tree, std::vector<SyntaxError> errors);

 private:
  [[nodiscard]] Symbol intern(std::string_view written);

  struct Open {
    NodeId id;
    std::size_t first_pending;
  };
  SyntaxTree tree_;
  SymbolTable& symbols_;
  std::vector<Open> open_;
  std::vector<NodeId> pending_;
};

}  // namespace braid::syntax
