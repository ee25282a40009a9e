// What may be evaluated ahead, in split, as it stands in the text: it can neither fail nor be seen.
#pragma once

#include "rewrite/substitution.h"
#include "rewrite/worker.h"

namespace braid::rewrite {

class Passable {
 public:
  // `written`: variables that the slice binds before the unit.
  Passable(const Scene& scene, const std::vector<BindingId>& written);

  [[nodiscard]] bool as_function(NodeId function, const Values& values) const;
  [[nodiscard]] bool as_argument(NodeId node, const Values& values) const;
  // Surely bound when the calls are made.
  [[nodiscard]] bool is_bound_ahead(BindingId variable) const;

 private:
  [[nodiscard]] bool is_known(BindingId variable) const;
  [[nodiscard]] bool is_import(BindingId variable) const;
  [[nodiscard]] bool is_quiet(NodeId value) const;
  [[nodiscard]] bool all_pass(std::span<const NodeId> nodes, const Values& values) const;

  const Scene& scene_;
  const Module& module_;
  const SyntaxTree& tree_;
  const std::vector<BindingId>& written_;
};

}  // namespace braid::rewrite
