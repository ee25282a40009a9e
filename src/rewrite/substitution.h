// Names of values that the slice computes, replaced by the text of these values.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "rewrite/draft.h"

namespace braid::rewrite {

// Which expression stands for which variable.
using Values = std::map<BindingId, NodeId>;

// The simple assignments among the steps; none when there is anything else, or two for one name.
std::optional<Values> simple_values(const Module& module, const Steps& steps);

// Writes an expression with the values in the place of their names. Once for each text: a value
// that does work is written a single time.
class Substituter {
 public:
  Substituter(const Module& module, const Values& values);

  // `whole`: the text stands alone as an argument. None: it cannot be written so.
  std::optional<std::string> expand(NodeId expression, bool whole);

 private:
  std::optional<std::string> value(NodeId node, bool whole);
  [[nodiscard]] bool in_string(NodeId node, NodeId root) const;

  const Module& module_;
  const SyntaxTree& tree_;
  const Values& values_;
  std::map<NodeId, int> uses_;
};

}  // namespace braid::rewrite
