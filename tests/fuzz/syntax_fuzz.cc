// Any bytes that are UTF-8: the tree keeps its invariants, and names resolve.
#include <cstddef>
#include <cstdint>

#include "scope/scope.h"
#include "syntax/syntax.h"

namespace {

using braid::syntax::NodeId;
using braid::syntax::SyntaxTree;

void check_tree(const SyntaxTree& tree) {
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const NodeId id{i};
    const auto& node = tree[id];
    BRAID_CHECK(node.span.begin <= node.span.end);
    BRAID_CHECK(node.span.end <= tree.source().text().size());
    BRAID_CHECK(node.subtree_end > i && node.subtree_end <= tree.size());
    for (const NodeId child : tree.children(id)) {
      if (!child) continue;
      BRAID_CHECK(child.value > i && child.value < node.subtree_end);
      BRAID_CHECK(tree.parent(child) == id);
    }
  }
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    }
    if (lead == 0xE0 && byte(at + 1) < 0xA0) return false;
    if (lead == 0xED && byte(at + 1) > 0x9F) return false;
    if (lead == 0xF0 && byte(at + 1) < 0x90) return false;
    if (lead == 0xF4 && byte(at + 1) > 0x8F) return false;
    at += length;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!is_utf8(text)) return -1;
  braid::SymbolTable symbols;
  const auto source = std::make_shared<const braid::Source>("fuzz", text);
  const SyntaxTree tree = braid::syntax::parse(source, symbols);
  check_tree(tree);
  const auto scopes = braid::scope::resolve_names(tree, symbols);
  braid::scope::dump(scopes, tree, symbols);
  return 0;
}
