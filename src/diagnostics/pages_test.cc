#include "diagnostics/pages.h"

#include <gtest/gtest.h>

namespace braid::diagnostics {
namespace {

TEST(Pages, EachCodeHasItsOwn) {
  for (const CodeInfo& row : all_codes()) {
    EXPECT_TRUE(page(row.code).starts_with("# " + label(row.code))) << label(row.code);
  }
}

}  // namespace
}  // namespace braid::diagnostics
