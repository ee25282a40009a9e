// How a file is laid out, and how its text moves to another indentation without changing meaning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syntax/syntax.h"

namespace braid::rewrite {

using syntax::NodeId;
using syntax::NodeKind;
using syntax::SyntaxTree;

// One line of emitted text (no line end), and the line of the original it stands for.
struct Line {
  std::string text;
  std::uint32_t origin = 0;
  bool fixed = false;  // begins inside a string: never indented
};
using Lines = std::vector<Line>;

struct Substitution {
  Span span;
  std::string text;
};

class Layout {
 public:
  explicit Layout(const SyntaxTree& tree);

  // "\n", "\r\n" or "\r": the file's own line end.
  [[nodiscard]] std::string_view newline() const { return newline_; }
  // One level of indentation, as the file has it.
  [[nodiscard]] const std::string& unit() const { return unit_; }
  // How wide emitted lines may be: 88 columns, or 100 where the file has wider lines itself.
  [[nodiscard]] std::size_t width() const { return width_; }
  // The quote that most strings of the file have: '"' or '\''.
  [[nodiscard]] char quote() const { return quote_; }
  // The blanks that begin the line of `offset`.
  [[nodiscard]] std::string indent_at(std::uint32_t offset) const;
  // From this line on the whole file goes one level deeper.
  void deepen_from(std::uint32_t line) { deeper_from_ = line; }
  // The blanks that emitted lines beside that of `offset` begin with.
  [[nodiscard]] std::string emitted_indent(std::uint32_t offset) const {
    return deeper_at(offset) + indent_at(offset);
  }
  // How much deeper the line of `offset` goes: one level or nothing.
  [[nodiscard]] std::string deeper_at(std::uint32_t offset) const {
    return line_of(offset) >= deeper_from_ ? unit_ : "";
  }
  [[nodiscard]] std::uint32_t line_of(std::uint32_t offset) const;
  // The line begins inside a string: its blanks are text.
  [[nodiscard]] bool begins_in_string(std::uint32_t line) const { return in_string_[line]; }
  [[nodiscard]] bool is_blank(std::uint32_t line) const;
  [[nodiscard]] bool is_comment(std::uint32_t line) const;
  // Nothing but blanks stands before `offset` on its line.
  [[nodiscard]] bool starts_line(std::uint32_t offset) const;
  // The end of the trailing comment when nothing else follows `offset` on its line, else `offset`.
  [[nodiscard]] std::uint32_t with_comment(std::uint32_t offset) const;

  // The text of `span` with substitutions made (sorted, inside `span`), line ends as "\n".
  [[nodiscard]] std::string splice(Span span, const std::vector<Substitution>& substitutions) const;
  // The lines of `span`, which begins a statement, moved to `indent`. Lines inside strings stay.
  [[nodiscard]] Lines move(Span span, std::string_view indent,
                           const std::vector<Substitution>& substitutions = {}) const;

 private:
  void mark_strings();
  void mark(Span token);
  void count_quotes(std::string_view token);

  const SyntaxTree& tree_;
  std::string newline_;
  std::string unit_;
  std::size_t width_ = 88;
  char quote_ = '"';
  int quotes_ = 0;  // how many more strings have one than the other
  std::uint32_t deeper_from_ = UINT32_MAX;
  std::vector<bool> in_string_;  // by line, from 1
};

// Adds one level of `indent` to every line that is not blank.
void indent_lines(Lines& lines, std::string_view indent);
void append(Lines& to, Lines from);
// The text of the lines, each with a line end.
std::string join(const Lines& lines, std::string_view newline);

// The text of an expression as it may stand anywhere an argument may: in parentheses when it needs
// them.
std::string argument_text(const SyntaxTree& tree, NodeId expression);
// The same where any operand may stand.
std::string operand_text(const SyntaxTree& tree, NodeId expression);
// A name, literal, call, attribute, subscript or display: needs no parentheses as an operand.
bool is_atom(const SyntaxTree& tree, NodeId expression);
bool is_identifier_character(char c);
// Where the bracket that opens at `open` closes; the text's size when it does not.
std::uint32_t matching_bracket(std::string_view text, std::uint32_t open);
std::string_view trim(std::string_view text);

// Calls `visit(NodeId)` for every node of the subtree, parents first.
template <class Visit>
void each_node(const SyntaxTree& tree, NodeId root, Visit&& visit) {
  for (std::uint32_t i = root.value; i < tree[root].subtree_end; ++i) visit(NodeId{i});
}
inline bool is_inside(const SyntaxTree& tree, NodeId node, NodeId ancestor) {
  return ancestor.value <= node.value && node.value < tree[ancestor].subtree_end;
}

}  // namespace braid::rewrite
