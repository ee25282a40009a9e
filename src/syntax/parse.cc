#include "syntax/builder.h"
#include "syntax/concrete.h"
#include "syntax/lowering.h"
#include "syntax/masking.h"
#include "syntax/rejects.h"

namespace braid::syntax {

SyntaxTree parse(std::shared_ptr<const Source> source, SymbolTable& symbols) {
  const std::string_view text = source->text();
  MaskedText masked = mask(text);
  const ConcreteTree concrete = parse_concrete(masked.text);
  TreeBuilder builder(std::move(source), symbols);
  for (SyntaxError& error : masked.errors) builder.report(error.span, std::move(error.message));
  Lowering(concrete, text, masked, builder).module();
  SyntaxTree tree = builder.finish(std::move(masked.comments));
  TreeBuilder::add_errors(tree, Rejects(tree, symbols).find());
  return tree;
}

}  // namespace braid::syntax
