#include "syntax/builder.h"
#include "syntax/concrete.h"
#include "syntax/lowering.h"
#include "syntax/masking.h"
#include "syntax/rejects.h"

namespace braid::syntax {

namespace {

// More would take the parser gigabytes; no hand-written statement comes near.
constexpr std::uint32_t kMaxTokens = 2'000'000;

}  // namespace

SyntaxTree parse(std::shared_ptr<const Source> source, SymbolTable& symbols) {
  const std::string_view text = source->text();
  MaskedText masked = mask(text);
  TreeBuilder builder(std::move(source), symbols);
  for (SyntaxError& error : masked.errors) builder.report(error.span, std::move(error.message));

  builder.open(NodeKind::Module, {0, static_cast<std::uint32_t>(text.size())});
  builder.open_list(0);
  ConcreteParser parser;
  for (const auto& [begin, end, tokens] : masked.pieces) {
    if (tokens > kMaxTokens) {
      builder.report({begin, end}, "this statement is too long");
      builder.leaf(NodeKind::Error, {begin, end});
      continue;
    }
    const ConcreteTree concrete =
        parser.parse(std::string_view(masked.text).substr(begin, end - begin), text, begin);
    Lowering(concrete, text, masked, builder).piece();
  }
  builder.close_list();
  builder.close();

  SyntaxTree tree = builder.finish(std::move(masked.comments));
  TreeBuilder::add_errors(tree, Rejects(tree, symbols).find());
  return tree;
}

}  // namespace braid::syntax
