// What all dialects with executors share: the sites of a file, drafted one after another, and the
// imports and definitions that they need together.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite::dialects {

class PoolWriter {
 public:
  explicit PoolWriter(Module& module) : module_(module) {}

  // Takes the plan up, or says why it cannot be written beside those before it.
  std::optional<std::string> add(const plan::Plan& plan);
  // Why the last plan taken up is written with concurrent.futures instead; empty: it is not.
  [[nodiscard]] const std::string& instead() const { return instead_; }
  // The edits of all plans taken up, with the imports and definitions that they share.
  // `guarded`: where a main guard begins, or none.
  std::vector<Edit> finish(NodeId guarded);
  [[nodiscard]] bool uses_processes() const;

 private:
  Written<SiteDraft> draft(const plan::Plan& plan);
  std::optional<std::string> add_in_dialect(const plan::Plan& plan);
  [[nodiscard]] std::optional<std::string> overlaps(const SiteDraft& draft) const;
  [[nodiscard]] std::uint32_t first_anchor(bool SiteDraft::*flag) const;
  void place_definitions(std::vector<Edit>& edits, NodeId guarded);

  Module& module_;
  std::vector<SiteDraft> drafts_;
  std::string instead_;
};

}  // namespace braid::rewrite::dialects
