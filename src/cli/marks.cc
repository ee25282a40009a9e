#include "cli/marks.h"

#include <algorithm>

namespace braid::cli {
namespace {

using syntax::NodeId;
using syntax::NodeKind;

std::string_view word_of(std::string_view comment) {
  comment.remove_prefix(std::min(comment.find_first_not_of("# \t"), comment.size()));
  if (!comment.starts_with("braid:")) return {};
  comment.remove_prefix(6);
  comment.remove_prefix(std::min(comment.find_first_not_of(" \t"), comment.size()));
  return comment.substr(0, comment.find_first_of(" \t,;(#"));
}

void take(Marks& marks, std::string_view word) {
  marks.off |= word == "off";
  marks.independent |= word == "independent";
}

bool stands_alone(const Source& source, std::uint32_t line) {
  const std::string_view text = source.line(line);
  const std::size_t first = text.find_first_not_of(" \t\f");
  return first != std::string_view::npos && text[first] == '#';
}

// Where the header of a compound statement ends: at its first inner statement.
std::uint32_t header_end(const syntax::SyntaxTree& tree, NodeId site) {
  NodeId body;
  if (tree.is(site, NodeKind::For)) body = tree.child(site, syntax::slot::For::statements);
  if (tree.is(site, NodeKind::While)) body = tree.child(site, syntax::slot::While::statements);
  if (!body || tree.children(body).empty()) return tree.span(site).end;
  return tree.span(tree.children(body)[0]).begin;
}

}  // namespace

Marks marks_of(const syntax::SyntaxTree& tree, NodeId site) {
  Marks marks;
  if (tree.comments().empty()) return marks;
  const Source& source = tree.source();
  const NodeId statement = tree.statement_of(site);
  const std::uint32_t first = source.position(tree.span(statement).begin).line;
  const std::uint32_t begin = source.position(tree.span(site).begin).line;
  std::uint32_t last = source.position(header_end(tree, site)).line;
  // `for x in y:  # comment` and the body on the next line.
  if (last > begin && header_end(tree, site) != tree.span(site).end) --last;
  std::uint32_t above = first;
  while (above > 1 && stands_alone(source, above - 1)) --above;
  const auto statements = tree.items(tree.root(), syntax::slot::Module::statements);
  const std::uint32_t top = statements.empty() ? 0 : tree.header_begin(statements[0]);
  for (const syntax::Comment& comment : tree.comments()) {
    const std::string_view word = word_of(source.text(comment.span));
    if (word.empty()) continue;
    const std::uint32_t line = source.position(comment.span.begin).line;
    const bool on_header = (line == first || (begin <= line && line <= last));
    const bool is_above = above <= line && line < first;
    if (on_header || is_above || comment.span.begin < top) take(marks, word);
  }
  return marks;
}

}  // namespace braid::cli
