#include "syntax/builder.h"
#include "syntax/concrete.h"
#include "syntax/lowering.h"

namespace braid::syntax {

SyntaxTree parse(std::shared_ptr<const Source> source, SymbolTable& symbols) {
  const std::string_view text = source->text();
  ConcreteTree concrete = parse_concrete(text);
  TreeBuilder builder(std::move(source), symbols);
  Lowering(concrete, text, builder).module();
  return builder.finish(std::move(concrete.comments));
}

}  // namespace braid::syntax
