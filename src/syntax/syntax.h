// syntax: Source → SyntaxTree. The sole user of tree-sitter.
//
// In: a Source (UTF-8). Out: a tree for any input; what is not Python becomes an Error node, and
// the positions CPython would complain about are in `errors`. Never fails, never reads files. Nodes
// are in pre-order (a parent before its children, siblings in text order as far as the grammar
// allows), so that a subtree is the range [node, tree.subtree_end(node)).
//
// Deep nesting is bounded: beyond kMaxDepth levels the inner text becomes one Error node, so that
// no stage after this one needs a guard against stack exhaustion.
#pragma once

#include <optional>
#include <span>

#include "base/base.h"

namespace braid::syntax {

inline constexpr std::uint32_t kMaxDepth = 400;

enum class NodeKind : std::uint8_t {
#define NODE0(kind) kind,
#define NODE(kind, ...) kind,
#include "syntax/nodes.def"
#undef NODE
#undef NODE0
};

// Slot numbers: Slot::For::iter is the index of a For node's `iter` child.
namespace slot {
#define NODE0(kind)
#define NODE(kind, ...)                   \
  struct kind {                           \
    enum : std::uint32_t { __VA_ARGS__ }; \
  };
#include "syntax/nodes.def"
#undef NODE
#undef NODE0
}  // namespace slot

enum class Operator : std::uint8_t {
  none,
  Add,
  Sub,
  Mult,
  MatMult,
  Div,
  Mod,
  Pow,
  LShift,
  RShift,
  BitOr,
  BitXor,
  BitAnd,
  FloorDiv,
  And,
  Or,
  Invert,
  Not,
  UAdd,
  USub,
  Eq,
  NotEq,
  Lt,
  LtE,
  Gt,
  GtE,
  Is,
  IsNot,
  In,
  NotIn,
};

enum class ConstantKind : std::uint8_t {
  None,
  True,
  False,
  Ellipsis,
  Int,
  Float,
  Complex,
  Str,
  Bytes
};
enum class ParameterKind : std::uint8_t {
  PositionalOnly,
  Positional,
  VarPositional,
  KeywordOnly,
  VarKeyword
};
enum class TypeParameterKind : std::uint8_t { TypeVar, TypeVarTuple, ParamSpec };

enum Flag : std::uint8_t {
  kAsync = 1,
  kStar = 2,
  kSimple = 4,
  kElif = 8,
  kDebug = 16,
  kTemplate = 32,
  kParenthesized = 64,  // the expression stands in parentheses of its own (not part of its span)
  kHasError = 128,      // an Error node is somewhere inside

  kBare = kSimple,  // of a Tuple: without parentheses of its own
  // Of a Constant in a JoinedString:
  kPiece =
      kSimple,   // the text between the quotes and braces of an f-string, without quotes of its own
  kRaw = kStar,  // … of an r-string: backslashes mean themselves
};

struct NodeTag;
using NodeId = Id<NodeTag>;

struct Node {
  NodeKind kind{};
  std::uint8_t op = 0;     // Operator, ConstantKind, ParameterKind, … as nodes.def says
  std::uint8_t flags = 0;  // Flag
  Span span;  // as CPython's ast has it (decorators: a definition's span begins at def/class/async,
              // see header_begin)
  Symbol name;     // as nodes.def says
  Symbol alias;    // ImportAlias: the `as` name
  Span name_span;  // where `name` stands in the text
  NodeId parent;
  std::uint32_t first_child = 0;  // into SyntaxTree's child table
  std::uint32_t child_count = 0;
  std::uint32_t subtree_end = 0;  // one past the last node of this subtree
};

// A line the user may have marked: every comment, in order of the text.
struct Comment {
  Span span;  // from '#' to the end of the line, line end not included
};

struct SyntaxError {
  Span span;
  std::string message;  // what a user would understand: "invalid syntax", "unterminated string", …
};

class SyntaxTree {
 public:
  [[nodiscard]] const Source& source() const { return *source_; }
  [[nodiscard]] std::shared_ptr<const Source> shared_source() const { return source_; }
  // The same text, under another path.
  [[nodiscard]] SyntaxTree with_source(std::shared_ptr<const Source> source) const {
    SyntaxTree copy = *this;
    copy.source_ = std::move(source);
    return copy;
  }
  [[nodiscard]] NodeId root() const { return NodeId{0U}; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id.value]; }
  [[nodiscard]] NodeKind kind(NodeId id) const { return nodes_[id.value].kind; }
  [[nodiscard]] bool is(NodeId id, NodeKind kind) const {
    return id && nodes_[id.value].kind == kind;
  }
  [[nodiscard]] Span span(NodeId id) const { return nodes_[id.value].span; }
  [[nodiscard]] std::string_view text(NodeId id) const { return source_->text(span(id)); }
  [[nodiscard]] NodeId parent(NodeId id) const { return nodes_[id.value].parent; }
  // Child in a slot of nodes.def (or item of a List); none for an empty optional slot.
  [[nodiscard]] NodeId child(NodeId id, std::uint32_t slot) const {
    return children_[nodes_[id.value].first_child + slot];
  }
  [[nodiscard]] std::span<const NodeId> children(NodeId id) const {
    const Node& node = nodes_[id.value];
    return {children_.data() + node.first_child, node.child_count};
  }
  // The items of a List slot.
  [[nodiscard]] std::span<const NodeId> items(NodeId id, std::uint32_t slot) const {
    return children(child(id, slot));
  }
  [[nodiscard]] Operator op(NodeId id) const { return static_cast<Operator>(nodes_[id.value].op); }
  [[nodiscard]] bool flag(NodeId id, Flag flag) const {
    return (nodes_[id.value].flags & flag) != 0;
  }
  // Where a statement's own text begins: the first decorator's `@` of a decorated definition.
  [[nodiscard]] std::uint32_t header_begin(NodeId id) const;
  [[nodiscard]] bool is_statement(NodeId id) const;
  [[nodiscard]] bool is_expression(NodeId id) const;
  // The statement that holds `id` (itself when it is one).
  [[nodiscard]] NodeId statement_of(NodeId id) const;
  // The innermost FunctionDef, Lambda, ClassDef or Module strictly around `id`.
  [[nodiscard]] NodeId enclosing_definition(NodeId id) const;

  [[nodiscard]] const std::vector<Comment>& comments() const { return comments_; }
  [[nodiscard]] const std::vector<SyntaxError>& errors() const { return errors_; }
  [[nodiscard]] bool has_errors() const { return !errors_.empty(); }

 private:
  friend class TreeBuilder;
  // Whether `list` holds statements of `owner`.
  [[nodiscard]] bool is_body(NodeId owner, NodeId list) const;
  std::shared_ptr<const Source> source_;
  std::vector<Node> nodes_;
  std::vector<NodeId> children_;
  std::vector<Comment> comments_;
  std::vector<SyntaxError> errors_;
};

// `symbols` gains the names of this source.
SyntaxTree parse(std::shared_ptr<const Source> source, SymbolTable& symbols);

// One node a line, indented, with spans and fields: what `braid show syntax` prints.
std::string dump(const SyntaxTree& tree, const SymbolTable& symbols);

// The value of a string Constant without f-parts (escapes decoded, implicit concatenation joined);
// none for bytes, f-strings or text with \N{…}.
std::optional<std::string> string_value(const SyntaxTree& tree, NodeId constant);
// The value of an int Constant that fits; none otherwise.
std::optional<std::int64_t> int_value(const SyntaxTree& tree, NodeId constant);
// The value of `+`, `-`, `*`, `**`, `<<` and signs over int Constants, where it fits; none
// otherwise.
std::optional<std::int64_t> constant_int(const SyntaxTree& tree, NodeId expression);
// How many numbers a call of `range` with such arguments gives; none where nobody can tell.
std::optional<std::int64_t> range_length(const SyntaxTree& tree, NodeId call);

// Whether the numbers of such a call are never below 0, as far as its text tells.
bool range_is_not_negative(const SyntaxTree& tree, NodeId call);
// From where a call of `enumerate` counts; none where nobody can tell.
std::optional<std::int64_t> enumerate_start(const SyntaxTree& tree, NodeId call);

std::string_view name_of(NodeKind kind);

}  // namespace braid::syntax
