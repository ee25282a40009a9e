// print_syntax: the trees of many sources in one process, for
// tests/property/test_syntax_against_ast.py.
//
// Standard input: per source its length in bytes, a line end, and its text (UTF-8). Standard output
// in the same form: per source what dump() prints, with the literals' values as lines
// `value line:column hexadecimal` (of string_value) and `value line:column =decimal` (of int_value)
// behind it. With --time instead: the lines that parse reads in a second of processor time.
#include <ctime>
#include <iostream>
#include <string>

#include "syntax/syntax.h"

namespace {

using braid::syntax::ConstantKind;
using braid::syntax::NodeId;
using braid::syntax::NodeKind;
using braid::syntax::SyntaxTree;

bool read_source(std::string& text) {
  std::size_t length = 0;
  if (!(std::cin >> length)) return false;
  std::cin.get();
  text.resize(length);
  return static_cast<bool>(std::cin.read(text.data(), static_cast<std::streamsize>(length)));
}

std::string values(const SyntaxTree& tree) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const NodeId id{i};
    if (!tree.is(id, NodeKind::Constant)) continue;
    std::string value;
    if (const auto text = string_value(tree, id)) {
      for (const char c : *text) {
        value += kDigits[static_cast<unsigned char>(c) >> 4];
        value += kDigits[static_cast<unsigned char>(c) & 15];
      }
    } else if (const auto number = int_value(tree, id)) {
      value = "=" + std::to_string(*number);
    } else {
      continue;
    }
    const braid::Position at = tree.source().position(tree.span(id).begin);
    out +=
        "value " + std::to_string(at.line) + ":" + std::to_string(at.column) + " " + value + "\n";
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const bool timing = argc > 1 && std::string_view(argv[1]) == "--time";
  std::string text;
  std::size_t lines = 0;
  std::size_t nodes = 0;
  std::clock_t parsing = 0;
  while (read_source(text)) {
    braid::SymbolTable symbols;
    const auto source = std::make_shared<const braid::Source>("stdin", text);
    const std::clock_t begin = std::clock();
    const SyntaxTree tree = braid::syntax::parse(source, symbols);
    parsing += std::clock() - begin;
    lines += source->line_count();
    nodes += tree.size();
    if (timing) continue;
    const std::string out = dump(tree, symbols) + values(tree);
    std::cout << out.size() << '\n' << out;
  }
  if (timing) {
    const double seconds = static_cast<double>(parsing) / CLOCKS_PER_SEC;
    std::cout << lines << " lines, " << nodes
              << " nodes; lines a second: " << static_cast<double>(lines) / seconds << '\n';
  }
}
