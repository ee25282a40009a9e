// The print of a tree: one node a line, indented by two, as
//   kind line:column-line:column name=… alias=… op=… flags
// with a slot's name before a child that stands in one.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "syntax/syntax.h"

namespace braid::syntax {

namespace {

constexpr std::string_view kOperators[] = {
    "",       "Add",    "Sub",   "Mult",   "MatMult", "Div",      "Mod", "Pow",
    "LShift", "RShift", "BitOr", "BitXor", "BitAnd",  "FloorDiv", "And", "Or",
    "Invert", "Not",    "UAdd",  "USub",   "Eq",      "NotEq",    "Lt",  "LtE",
    "Gt",     "GtE",    "Is",    "IsNot",  "In",      "NotIn"};
constexpr std::string_view kConstants[] = {"None",  "True",    "False", "Ellipsis", "Int",
                                           "Float", "Complex", "Str",   "Bytes"};
constexpr std::string_view kParameters[] = {"PositionalOnly", "Positional", "VarPositional",
                                            "KeywordOnly", "VarKeyword"};
constexpr std::string_view kTypeParameters[] = {"TypeVar", "TypeVarTuple", "ParamSpec"};

std::string op_text(const Node& node) {
  switch (node.kind) {
    case NodeKind::Constant:
      return std::string(kConstants[node.op]);
    case NodeKind::Parameter:
      return std::string(kParameters[node.op]);
    case NodeKind::TypeParameter:
      return std::string(kTypeParameters[node.op]);
    case NodeKind::ImportFrom:
      return node.op == 0 ? "" : std::to_string(node.op);
    case NodeKind::FormattedValue:
      return node.op == 0 ? "" : std::string(1, static_cast<char>(node.op));
    default:
      return std::string(kOperators[node.op]);
  }
}

void append_flags(const Node& node, std::string& out) {
  const bool piece = node.kind == NodeKind::Constant;
  const auto add = [&](Flag flag, const char* word) {
    if ((node.flags & flag) != 0) out += word;
  };
  add(kAsync, " async");
  add(kStar, piece ? " raw" : " star");
  add(kSimple, piece ? " piece" : node.kind == NodeKind::Tuple ? " bare" : " simple");
  add(kElif, " elif");
  add(kDebug, " debug");
  add(kTemplate, " template");
  add(kParenthesized, " parenthesized");
  add(kHasError, " has-error");
}

std::string_view slot_name(NodeKind kind, std::size_t slot) {
  static constexpr std::string_view kSlots[] = {
#define NODE0(kind) "",
#define NODE(kind, ...) #__VA_ARGS__,
#include "syntax/nodes.def"
#undef NODE
#undef NODE0
  };
  std::string_view names = kSlots[static_cast<std::size_t>(kind)];
  for (; slot > 0 && !names.empty(); --slot) {
    const std::size_t comma = names.find(", ");
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 2);
  }
  return names.substr(0, names.find(','));
}

// Source::position without its walk along the line.
class Columns {
 public:
  explicit Columns(const Source& source) {
    for (std::uint32_t line = 1; line <= source.line_count(); ++line) {
      line_starts_.push_back(source.line_start(line));
    }
    for (const char c : source.text()) {
      characters_.push_back(total_);
      if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++total_;
    }
    characters_.push_back(total_);
  }
  void append(std::uint32_t offset, std::string& out) const {
    const auto next = std::ranges::upper_bound(line_starts_, offset);
    const std::uint32_t column = characters_[offset] - characters_[*(next - 1)] + 1;
    fmt::format_to(std::back_inserter(out), "{}:{}", next - line_starts_.begin(), column);
  }

 private:
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> characters_;  // code points before each byte
  std::uint32_t total_ = 0;
};

}  // namespace

std::string dump(const SyntaxTree& tree, const SymbolTable& symbols) {
  struct Todo {
    NodeId id;
    std::uint32_t depth;
    std::string_view slot;
  };
  std::string out;
  const Columns columns(tree.source());
  const auto append_span = [&](Span span) {
    columns.append(span.begin, out);
    out += '-';
    columns.append(span.end, out);
  };
  std::vector<Todo> todo{{tree.root(), 0, {}}};
  while (!todo.empty()) {
    const auto [id, depth, slot] = todo.back();
    todo.pop_back();
    const Node& node = tree[id];
    out.append(depth * 2, ' ');
    if (!slot.empty()) out.append(slot).append(": ");
    out.append(name_of(node.kind)).append(" ");
    append_span(node.span);
    if (node.name) {
      out.append(" name=").append(symbols.text(node.name)).append("@");
      columns.append(node.name_span.begin, out);
    }
    if (node.alias) out.append(" alias=").append(symbols.text(node.alias));
    if (const std::string op = op_text(node); !op.empty()) out.append(" op=").append(op);
    append_flags(node, out);
    out += '\n';
    const auto children = tree.children(id);
    for (std::size_t i = children.size(); i-- > 0;) {
      if (children[i]) todo.push_back({children[i], depth + 1, slot_name(node.kind, i)});
    }
  }
  for (const SyntaxError& error : tree.errors()) {
    out += "error ";
    append_span(error.span);
    out.append(" ").append(error.message).append("\n");
  }
  return out;
}

}  // namespace braid::syntax
