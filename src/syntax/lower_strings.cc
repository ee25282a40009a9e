// Strings: a Constant, or a JoinedString with its text pieces and values.
#include "syntax/literals.h"
#include "syntax/lowering.h"

namespace braid::syntax {

void Lowering::string(At at) {
  const bool single = rule(at) == Rule::string;
  bool format = false;
  bool bytes = false;
  bool text_literal = false;
  bool template_string = false;
  const auto look = [&](At part) {
    const StringPrefix prefix = string_prefix(text(part));
    format = format || prefix.format;
    template_string = template_string || prefix.template_string;
    bytes = bytes || prefix.bytes;
    text_literal = text_literal || !prefix.bytes;
  };
  if (single) {
    look(at);
  } else {
    for (At i = at + 1; i < nodes_[at].subtree_end; i = nodes_[i].subtree_end) look(i);
  }
  if (bytes && text_literal) builder_.report(span(at), "cannot mix bytes and nonbytes literals");
  if (!format) return constant(at, bytes ? ConstantKind::Bytes : ConstantKind::Str);

  const NodeId id = builder_.open(NodeKind::JoinedString, span(at));
  if (template_string) builder_[id].flags |= kTemplate;
  builder_.open_list(span(at).begin);
  if (single) {
    string_parts(at);
  } else {
    for (At i = at + 1; i < nodes_[at].subtree_end; i = nodes_[i].subtree_end) {
      if (broken(i)) {
        error(i);
      } else if (string_prefix(text(i)).format) {
        string_parts(i);
      } else {
        constant(i, ConstantKind::Str);
      }
    }
  }
  builder_.close_list();
  builder_.close();
}

void Lowering::string_parts(At at) {
  const Kids kids(*this, at);
  const bool raw = string_prefix(text(at)).raw;
  std::uint32_t from = end(kids[0]);
  for (std::size_t i = 1; i < kids.size(); ++i) {
    if (rule(kids[i]) == Rule::string_content) continue;
    text_piece({from, nodes_[kids[i]].span.begin}, raw);
    if (rule(kids[i]) == Rule::string_end) break;
    interpolation(kids[i], raw);
    from = end(kids[i]);
  }
}

void Lowering::text_piece(Span piece, bool raw) {
  if (piece.begin >= piece.end) return;
  Node& node = builder_[builder_.leaf(NodeKind::Constant, piece)];
  node.op = static_cast<std::uint8_t>(ConstantKind::Str);
  node.flags |= kPiece;
  if (raw) node.flags |= kRaw;
}

void Lowering::interpolation(At at, bool raw) {
  if (broken(at)) return error(at);
  const Kids kids(*this, at);
  if (kids.size() < 3) return misplaced(at, "f-string: valid expression required before '}'");
  const NodeId id = builder_.open(NodeKind::FormattedValue, span(at));
  expression(kids[1]);
  bool specified = false;
  for (std::size_t i = 2; i < kids.size(); ++i) {
    if (rule(kids[i]) == Rule::equals_token) builder_[id].flags |= kDebug;
    if (rule(kids[i]) == Rule::type_conversion)
      builder_[id].op = static_cast<std::uint8_t>(text(kids[i]).back());
    if (rule(kids[i]) == Rule::format_specifier) {
      format_specifier(kids[i], raw);
      specified = true;
    }
  }
  if (!specified) builder_.none();
  builder_.close();
}

void Lowering::format_specifier(At at, bool raw) {
  if (broken(at)) return error(at);
  if (too_deep()) return deep(at);
  const Kids kids(*this, at);
  std::uint32_t from = end(kids[0]);
  builder_.open(NodeKind::JoinedString, span(at));
  builder_.open_list(from);
  for (std::size_t i = 1; i < kids.size(); ++i) {
    if (rule(kids[i]) != Rule::format_expression) continue;
    text_piece({from, nodes_[kids[i]].span.begin}, raw);
    interpolation(kids[i], raw);
    from = end(kids[i]);
  }
  text_piece({from, end(at)}, raw);
  builder_.close_list();
  builder_.close();
}

}  // namespace braid::syntax
