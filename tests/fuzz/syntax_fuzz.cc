// parse on any text: it must end, and the tree must be one. What comes in is made valid UTF-8
// first, as every Source is.
#include <cstdio>
#include <cstdlib>

#include "syntax/invariants.h"

namespace {

// Bytes that are not UTF-8 become '?'.
std::string valid_utf8(const std::uint8_t* data, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size;) {
    const std::uint8_t first = data[i];
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    bool valid = length > 0 && size - i >= length;
    for (std::size_t j = 1; valid && j < length; ++j) valid = (data[i + j] & 0xC0) == 0x80;
    if (valid && length == 3) {
      valid = !(first == 0xE0 && data[i + 1] < 0xA0) && !(first == 0xED && data[i + 1] >= 0xA0);
    }
    if (valid && length == 4) {
      valid = !(first == 0xF0 && data[i + 1] < 0x90) && !(first == 0xF4 && data[i + 1] >= 0x90);
    }
    if (valid) {
      out.append(reinterpret_cast<const char*>(data + i), length);
      i += length;
    } else {
      out += '?';
      ++i;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  const auto source = std::make_shared<const Source>("fuzz", valid_utf8(data, size));
  SymbolTable symbols;
  const syntax::SyntaxTree tree = syntax::parse(source, symbols);
  if (const std::string violated = syntax::violated_invariant(tree); !violated.empty()) {
    std::fprintf(stderr, "violated: %s\n", violated.c_str());
    std::abort();
  }
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const syntax::NodeId id{i};
    (void)syntax::string_value(tree, id);
    (void)syntax::int_value(tree, id);
    (void)tree.header_begin(id);
    (void)tree.statement_of(id);
  }
  (void)syntax::dump(tree, symbols);
  return 0;
}
