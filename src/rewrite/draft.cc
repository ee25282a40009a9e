#include "rewrite/draft.h"

#include <algorithm>

namespace braid::rewrite {

NodeId top_level_statement(const SyntaxTree& tree, NodeId node) {
  NodeId top = tree.statement_of(node);
  while (!tree.is(tree.parent(tree.parent(top)), NodeKind::Module)) {
    top = tree.statement_of(tree.parent(top));
  }
  return top;
}

std::uint32_t definition_anchor(const Module& module, NodeId node) {
  const NodeId top = top_level_statement(module.tree, node);
  std::uint32_t line = module.layout.line_of(module.tree.header_begin(top));
  const std::uint32_t own = line;
  while (line > 1 && module.layout.is_comment(line - 1)) --line;
  // A comment that begins the file is its head.
  return module.tree.source().line_start(line == 1 ? own : line);
}

NodeId function_around(const Module& module, NodeId node) {
  NodeId at = module.tree.enclosing_definition(node);
  while (at && !module.tree.is(at, NodeKind::FunctionDef)) {
    if (module.tree.is(at, NodeKind::Module)) return {};
    at = module.tree.enclosing_definition(at);
  }
  return at;
}

bool stands_in_class_body(const Module& module, NodeId node) {
  return module.tree.is(module.tree.enclosing_definition(node), NodeKind::ClassDef);
}

bool stands_in_class(const Module& module, NodeId node) {
  for (NodeId at = node; at; at = module.tree.parent(at)) {
    if (module.tree.is(at, NodeKind::ClassDef)) return true;
  }
  return false;
}

NodeId dotted_root(const SyntaxTree& tree, NodeId expression) {
  while (tree.is(expression, NodeKind::Attribute)) {
    expression = tree.child(expression, syntax::slot::Attribute::value);
  }
  return tree.is(expression, NodeKind::Name) ? expression : NodeId{};
}

std::uint32_t colon_after(const SyntaxTree& tree, std::uint32_t offset) {
  const std::string_view text = tree.source().text();
  std::uint32_t at = offset;
  while (at < text.size() && text[at] != ':') {
    if (text[at] == '#') {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
    } else {
      ++at;
    }
  }
  return at;
}

std::string result_name(Module& module) {
  return module.names.shared({"result_of", "result_of_call"});
}

std::string result_of(Module& module, const std::string& pending) {
  return module.dialect == Dialect::joblib ? result_name(module) + "(" + pending + ")"
                                           : pending + ".result()";
}

std::string pending_name(Module& module) {
  if (module.dialect == Dialect::joblib) return module.names.shared({"outcome", "ended"});
  return module.names.shared({"pending", "future", "call"});
}

Lines lines_of(const Module& module, const std::vector<std::string>& text) {
  Lines lines;
  for (const std::string& each : text) {
    const std::size_t depth = std::min(each.find_first_not_of('\t'), each.size());
    std::string indent;
    for (std::size_t i = 0; i < depth; ++i) indent += module.layout.unit();
    lines.push_back({indent + each.substr(depth), 0});
  }
  return lines;
}

Edit insertion(std::uint32_t at, const Lines& lines, std::string_view newline,
               std::string_view reason) {
  Edit edit{{at, at}, join(lines, newline), reason, {}};
  for (const Line& line : lines) edit.origins.push_back(line.origin);
  return edit;
}

}  // namespace braid::rewrite
