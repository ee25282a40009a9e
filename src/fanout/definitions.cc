#include "fanout/definitions.h"

#include <algorithm>

#include "fanout/json.h"
#include "syntax/syntax.h"

namespace braid::fanout {
namespace {

using syntax::NodeId;
using syntax::NodeKind;

// The first of the comment lines that stand right above a line.
std::size_t with_comments_above(std::string_view text, std::size_t line_begin) {
  while (line_begin > 0) {
    const std::size_t above =
        line_begin < 2 ? 0 : text.rfind('\n', line_begin - 2) + 1;  // npos + 1 is 0
    const std::size_t first = text.find_first_not_of(" \t", above);
    if (first >= line_begin || text[first] != '#' || first != above) break;
    line_begin = above;
  }
  return line_begin;
}

}  // namespace

std::vector<std::string_view> cut_definitions(std::string_view text, std::string_view path) {
  if (text.empty()) return {};
  if (find_invalid_utf8(text) != std::string_view::npos || text.starts_with("\xEF\xBB\xBF") ||
      text.size() > UINT32_MAX / 2) {
    return {text};
  }
  SymbolTable symbols;
  const auto source = std::make_shared<Source>(std::string(path), std::string(text));
  const syntax::SyntaxTree tree = syntax::parse(source, symbols);
  std::vector<std::size_t> cuts;
  const auto line_begin = [&](std::size_t at) {
    return at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  };
  bool was_definition = false;
  for (const NodeId child : tree.items(tree.root(), syntax::slot::Module::statements)) {
    const syntax::Node& node = tree[child];
    const bool is_definition =
        node.kind == NodeKind::FunctionDef || node.kind == NodeKind::ClassDef;
    if (is_definition || was_definition) {
      const std::uint32_t begin = is_definition ? tree.header_begin(child) : node.span.begin;
      cuts.push_back(with_comments_above(text, line_begin(begin)));
    }
    was_definition = is_definition;
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<std::string_view> out;
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    if (cut <= at) continue;
    out.push_back(text.substr(at, cut - at));
    at = cut;
  }
  out.push_back(text.substr(at));
  return out;
}

}  // namespace braid::fanout
