#include "syntax/builder.h"
#include "syntax/concrete.h"
#include "syntax/lowering.h"
#include "syntax/masking.h"

namespace braid::syntax {

SyntaxTree parse(std::shared_ptr<const Source> source, SymbolTable& symbols) {
  const std::string_view text = source->text();
  MaskedText masked = mask(text);
  const ConcreteTree concrete = parse_concrete(masked.text);
  TreeBuilder builder(std::move(source), symbols);
  for (SyntaxError& error : masked.errors) builder.report(error.span, std::move(error.message));
  Lowering(concrete, text, builder).module();
  return builder.finish(std::move(masked.comments));
}

}  // namespace braid::syntax
