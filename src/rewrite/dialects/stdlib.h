// The dialect that needs nothing but the standard library: concurrent.futures.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite::dialects {

class StdlibWriter {
 public:
  explicit StdlibWriter(Module& module) : module_(module) {}

  // Takes the plan up, or says why it cannot be written beside those before it.
  std::optional<std::string> add(const plan::Plan& plan);
  // The edits of all plans taken up, with the imports and definitions that they share.
  std::vector<Edit> finish();

 private:
  Written<SiteDraft> draft(const plan::Plan& plan);
  void place_definitions(std::vector<Edit>& edits);

  Module& module_;
  std::vector<SiteDraft> drafts_;
};

}  // namespace braid::rewrite::dialects
