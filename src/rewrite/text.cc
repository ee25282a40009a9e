#include "rewrite/text.h"

#include <algorithm>
#include <map>

namespace braid::rewrite {

namespace {

bool is_blank_character(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// Where a string token that begins at `at` (prefix included) ends; `at` when none begins there.
std::uint32_t string_token_end(std::string_view text, std::uint32_t at) {
  std::uint32_t quote = at;
  while (quote < text.size() && quote - at < 3 &&
         std::string_view("rRbBuUfFtT").find(text[quote]) != std::string_view::npos) {
    ++quote;
  }
  if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\'')) return at;
  const std::string closing(text.substr(quote, 3) == std::string(3, text[quote]) ? 3 : 1,
                            text[quote]);
  std::size_t i = quote + closing.size();
  while (i < text.size() && text.substr(i, closing.size()) != closing) i += text[i] == '\\' ? 2 : 1;
  return static_cast<std::uint32_t>(std::min(text.size(), i + closing.size()));
}

}  // namespace

bool is_identifier_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() &&
         std::string_view(" \t\f\r\n").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\f\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

std::uint32_t matching_bracket(std::string_view text, std::uint32_t open) {
  int depth = 0;
  for (std::uint32_t at = open; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
      continue;
    }
    const bool word = at > 0 && is_identifier_character(text[at - 1]);
    const std::uint32_t end = word && c != '"' && c != '\'' ? at : string_token_end(text, at);
    if (end > at) {
      at = end;
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth == 0) return at;
    ++at;
  }
  return static_cast<std::uint32_t>(text.size());
}

Layout::Layout(const SyntaxTree& tree) : tree_(tree), newline_("\n"), unit_("    ") {
  const std::string_view text = tree.source().text();
  if (const std::size_t end = text.find_first_of("\r\n"); end != std::string_view::npos) {
    newline_ = text.substr(end, 2) == "\r\n" ? "\r\n" : std::string(1, text[end]);
  }
  constexpr std::size_t kWide = 100;
  for (std::uint32_t line = 1; line <= tree.source().line_count(); ++line) {
    if (tree.source().line(line).size() > width_) {
      width_ = kWide;
      break;
    }
  }
  in_string_.resize(tree.source().line_count() + 2, false);
  mark_strings();
  // The most common step from a compound statement to its block.
  std::map<std::string, int> steps;
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const NodeId node{i};
    if (!tree.is_statement(node) || !tree.parent(node)) continue;
    const NodeId block = tree.parent(node);
    if (!tree.is(block, NodeKind::List) || tree.is(tree.parent(block), NodeKind::Module)) continue;
    NodeId owner = tree.parent(block);
    if (tree.is(owner, NodeKind::ExceptHandler) || tree.is(owner, NodeKind::MatchCase)) continue;
    if (!starts_line(tree.span(node).begin)) continue;
    const std::string outer = indent_at(tree.span(owner).begin);
    const std::string inner = indent_at(tree.span(node).begin);
    if (inner.size() > outer.size() && inner.starts_with(outer)) {
      ++steps[inner.substr(outer.size())];
    }
  }
  const auto most = std::max_element(
      steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != steps.end()) unit_ = most->first;
}

void Layout::mark(Span token) {
  const std::uint32_t first = line_of(token.begin);
  const std::uint32_t last = token.empty() ? first : line_of(token.end - 1);
  for (std::uint32_t line = first + 1; line <= last; ++line) in_string_[line] = true;
}

void Layout::count_quotes(std::string_view token) {
  const std::size_t at = token.find_first_of("\"'");
  if (at == std::string_view::npos || at > 2) return;
  if (token.substr(at, 3) == "\"\"\"" || token.substr(at, 3) == "'''") return;
  quotes_ += token[at] == '"' ? 1 : -1;
  quote_ = quotes_ < 0 ? '\'' : '"';
}

void Layout::mark_strings() {
  const std::string_view text = tree_.source().text();
  for (std::uint32_t i = 0; i < tree_.size(); ++i) {
    const NodeId node{i};
    const Span span = tree_.span(node);
    const std::string_view token = tree_.text(node);
    if (tree_.is(node, NodeKind::JoinedString) || tree_.is(node, NodeKind::Constant))
      count_quotes(token);
    if (token.find_first_of("\r\n") == std::string_view::npos) continue;
    if (tree_.is(node, NodeKind::JoinedString)) {
      // Nested quotes make the ends of its pieces hard to see: where one of them may hold a line
      // end, no line of the whole is touched.
      bool debug = false;
      each_node(tree_, node,
                [&](NodeId inner) { debug = debug || tree_.flag(inner, syntax::kDebug); });
      if (debug || token.find("\"\"\"") != std::string_view::npos ||
          token.find("'''") != std::string_view::npos ||
          token.find("\\\n") != std::string_view::npos ||
          token.find("\\\r") != std::string_view::npos) {
        mark(span);
      }
    } else if (tree_.is(node, NodeKind::Constant)) {
      std::uint32_t at = span.begin;
      while (at < span.end) {
        if (text[at] == '#') {
          while (at < span.end && text[at] != '\n' && text[at] != '\r') ++at;
          continue;
        }
        const std::uint32_t end = string_token_end(text.substr(0, span.end), at);
        if (end > at) mark({at, end});
        at = std::max(at + 1, end);
      }
    }
  }
}

std::uint32_t Layout::line_of(std::uint32_t offset) const {
  return tree_.source().position(offset).line;
}

std::string Layout::indent_at(std::uint32_t offset) const {
  const std::string_view line = tree_.source().line(line_of(offset));
  std::size_t size = 0;
  while (size < line.size() && is_blank_character(line[size])) ++size;
  return std::string(line.substr(0, size));
}

bool Layout::is_blank(std::uint32_t line) const { return trim(tree_.source().line(line)).empty(); }

bool Layout::is_comment(std::uint32_t line) const {
  return !begins_in_string(line) && trim(tree_.source().line(line)).starts_with('#');
}

bool Layout::starts_line(std::uint32_t offset) const {
  const std::uint32_t start = tree_.source().line_start(line_of(offset));
  return trim(tree_.source().text({start, offset})).empty();
}

std::uint32_t Layout::with_comment(std::uint32_t offset) const {
  const std::string_view text = tree_.source().text();
  std::uint32_t at = offset;
  while (at < text.size() && is_blank_character(text[at])) ++at;
  if (at >= text.size() || text[at] != '#') return offset;
  while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
  return at;
}

std::string Layout::splice(Span span, const std::vector<Substitution>& substitutions) const {
  std::string raw;
  std::uint32_t at = span.begin;
  for (const Substitution& each : substitutions) {
    if (!span.contains(each.span)) continue;
    BRAID_CHECK(at <= each.span.begin);
    raw += tree_.source().text({at, each.span.begin});
    raw += each.text;
    at = each.span.end;
  }
  raw += tree_.source().text({at, span.end});
  std::string result;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r') {
      result += raw[i];
    } else if (i + 1 == raw.size() || raw[i + 1] != '\n') {
      result += '\n';
    }
  }
  return result;
}

Lines Layout::move(Span span, std::string_view indent,
                   const std::vector<Substitution>& substitutions) const {
  const std::string old_indent = indent_at(span.begin);
  Lines lines;
  const std::uint32_t first = line_of(span.begin);
  const std::uint32_t last = span.empty() ? first : line_of(span.end - 1);
  const Source& source = tree_.source();
  // A substitution may span lines; the text is cut where an untouched line begins.
  std::uint32_t at = span.begin;
  for (std::uint32_t line = first; line <= last;) {
    std::uint32_t next = line + 1;
    const auto swallowed = [&](std::uint32_t start) {
      return std::any_of(substitutions.begin(), substitutions.end(), [&](const Substitution& each) {
        return each.span.begin < start && start < each.span.end;
      });
    };
    while (next <= last && swallowed(source.line_start(next))) ++next;
    const std::uint32_t end = next > last ? span.end : source.line_start(next);
    std::string text = splice({at, end}, substitutions);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    bool in_string = line != first && begins_in_string(line);
    std::size_t begin = 0;
    for (std::uint32_t inner = 0;; ++inner) {
      const std::size_t stop = text.find('\n', begin);
      std::string piece = text.substr(begin, stop == std::string::npos ? stop : stop - begin);
      if (line != first || inner > 0) {
        if (trim(piece).empty() && !in_string) {
          piece.clear();
        } else if (!in_string) {
          std::size_t common = 0;
          while (common < old_indent.size() && common < piece.size() &&
                 piece[common] == old_indent[common]) {
            ++common;
          }
          piece = std::string(indent) + piece.substr(common);
        }
      } else {
        piece = std::string(indent) + piece;
      }
      lines.push_back({std::move(piece), line, in_string});
      if (stop == std::string::npos) break;
      begin = stop + 1;
      in_string = false;
    }
    at = end;
    line = next;
  }
  return lines;
}

void indent_lines(Lines& lines, std::string_view indent) {
  for (Line& line : lines) {
    if (!line.text.empty() && !line.fixed) line.text.insert(0, indent);
  }
}

void append(Lines& to, Lines from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string join(const Lines& lines, std::string_view newline) {
  std::string text;
  for (const Line& line : lines) {
    text += line.text;
    text += newline;
  }
  return text;
}

bool is_atom(const SyntaxTree& tree, NodeId expression) {
  switch (tree.kind(expression)) {
    case NodeKind::Name:
    case NodeKind::Call:
    case NodeKind::Attribute:
    case NodeKind::Subscript:
    case NodeKind::ListLiteral:
    case NodeKind::Dict:
    case NodeKind::Set:
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::DictComp:
    case NodeKind::GeneratorExp:
      return true;
    case NodeKind::Constant: {
      // 1 .real needs its blank; strings in pieces need parentheses.
      const auto kind = static_cast<syntax::ConstantKind>(tree[expression].op);
      return kind != syntax::ConstantKind::Int || tree.text(expression).size() < 30;
    }
    case NodeKind::JoinedString:
      return true;
    case NodeKind::Tuple:
      return tree.text(expression).starts_with('(') && tree.text(expression).ends_with(')') &&
             (tree.items(expression, syntax::slot::Tuple::items).empty() ||
              tree.span(tree.items(expression, syntax::slot::Tuple::items)[0]).begin >
                  tree.span(expression).begin);
    default:
      return false;
  }
}

namespace {

bool spans_lines(const SyntaxTree& tree, NodeId expression) {
  return tree.text(expression).find_first_of("\r\n") != std::string_view::npos;
}

// Text whose line ends all stand inside its own brackets.
bool is_bracketed(const SyntaxTree& tree, NodeId expression) {
  if (tree.is(expression, NodeKind::Call)) {
    return !spans_lines(tree, tree.child(expression, syntax::slot::Call::function));
  }
  if (tree.is(expression, NodeKind::Subscript)) {
    return !spans_lines(tree, tree.child(expression, syntax::slot::Subscript::value));
  }
  switch (tree.kind(expression)) {
    case NodeKind::ListLiteral:
    case NodeKind::Dict:
    case NodeKind::Set:
    case NodeKind::ListComp:
    case NodeKind::SetComp:
    case NodeKind::DictComp:
      return true;
    default:
      return false;
  }
}

std::string wrapped(const SyntaxTree& tree, NodeId expression) {
  return "(" + std::string(tree.text(expression)) + ")";
}

}  // namespace

std::string argument_text(const SyntaxTree& tree, NodeId expression) {
  const NodeKind kind = tree.kind(expression);
  const bool bare_tuple = kind == NodeKind::Tuple && !is_atom(tree, expression);
  if (bare_tuple || kind == NodeKind::NamedExpr || kind == NodeKind::Yield ||
      kind == NodeKind::YieldFrom ||
      (spans_lines(tree, expression) && !is_bracketed(tree, expression))) {
    return wrapped(tree, expression);
  }
  return std::string(tree.text(expression));
}

std::string operand_text(const SyntaxTree& tree, NodeId expression) {
  if (!is_atom(tree, expression) ||
      (spans_lines(tree, expression) && !is_bracketed(tree, expression))) {
    return wrapped(tree, expression);
  }
  const bool pieces =
      (tree.is(expression, NodeKind::Constant) || tree.is(expression, NodeKind::JoinedString)) &&
      tree.text(expression).find_first_of("\"'") != std::string_view::npos &&
      tree.text(expression).find_first_of(" \\") != std::string_view::npos;
  return pieces ? wrapped(tree, expression) : std::string(tree.text(expression));
}

}  // namespace braid::rewrite
