// What cannot be written exactly is refused, with its reason; the text stays as it is.
#include <gtest/gtest.h>

#include "rewrite/rewrite_cases.h"

namespace braid::rewrite {
namespace {

std::vector<std::pair<Case, std::string>> refused_cases() {
  std::vector<std::pair<Case, std::string>> all;
  const auto add = [&](Case each, std::string why) {
    all.emplace_back(std::move(each), std::move(why));
  };
#include "rewrite/refused_cases.inc"
  return all;
}

TEST(Refused, WithItsReason) {
  for (const auto& [given, why] : refused_cases()) {
    const CaseProgram program(given.source);
    ASSERT_FALSE(program.tree().has_errors()) << given.name;
    const Rewritten result =
        rewrite(*read_original(program.program, effects::ModuleId{0U}), {program.plan(given)}, {});
    EXPECT_FALSE(result.outcomes[0].expressed) << given.name << ":\n"
                                               << rewrite::apply(given.source, result.edits);
    EXPECT_NE(result.outcomes[0].reason.find(why), std::string::npos)
        << given.name << ": " << result.outcomes[0].reason;
    EXPECT_TRUE(result.edits.empty()) << given.name;
  }
}

}  // namespace
}  // namespace braid::rewrite
