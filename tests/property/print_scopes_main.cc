// print_scopes: the scopes of many sources in one process, for
// tests/property/test_scope_against_symtable.py.
//
// Standard input: per source its length in bytes, a line end, and its text (UTF-8). Standard output
// in the same form: per source what dump() prints, or for a source with syntax errors one line
// `syntax-error line N: message` each. With --time instead: the lines a second of resolve_names
// alone.
#include <chrono>
#include <iostream>
#include <string>

#include "scope/scope.h"

namespace {

bool read_source(std::string& text) {
  std::size_t length = 0;
  if (!(std::cin >> length)) return false;
  std::cin.get();
  text.resize(length);
  return static_cast<bool>(std::cin.read(text.data(), static_cast<std::streamsize>(length)));
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  std::ios::sync_with_stdio(false);
  const bool timing = argc > 1 && std::string_view(argv[1]) == "--time";
  std::string text;
  std::size_t lines = 0;
  std::size_t names = 0;
  Clock::duration parsing{};
  Clock::duration resolving{};
  while (read_source(text)) {
    braid::SymbolTable symbols;
    const auto source = std::make_shared<const braid::Source>("stdin", text);
    const auto begin = Clock::now();
    const braid::syntax::SyntaxTree tree = braid::syntax::parse(source, symbols);
    const auto parsed = Clock::now();
    const braid::scope::Scopes scopes = braid::scope::resolve_names(tree, symbols);
    if (timing) {
      resolving += Clock::now() - parsed;
      parsing += parsed - begin;
      lines += source->line_count();
      names += scopes.binding_count();
      continue;
    }
    std::string out;
    for (const braid::syntax::SyntaxError& error : tree.errors()) {
      out += "syntax-error line " + std::to_string(source->position(error.span.begin).line) + ": " +
             error.message + '\n';
    }
    if (out.empty()) out = braid::scope::dump(scopes, tree, symbols);
    std::cout << out.size() << '\n' << out;
  }
  if (timing) {
    const auto rate = [&](Clock::duration spent) {
      return static_cast<double>(lines) / std::chrono::duration<double>(spent).count();
    };
    std::cout << lines << " lines, " << names << " entries; lines a second: parse " << rate(parsing)
              << ", resolve_names " << rate(resolving) << '\n';
  }
}
