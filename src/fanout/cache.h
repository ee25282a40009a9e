// cache: answers of earlier runs, by address, request, draw and occurrence. A folder of files; each
// holds the request itself, which is compared. Failures are never cached. A file that cannot be
// read or written is as if it were not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fanout/journal.h"

namespace braid::fanout {

class Cache {
 public:
  static Result<Cache> open(const std::string& folder);

  [[nodiscard]] std::optional<StoredAnswer> find(std::string_view request) const;
  void keep(std::string_view request, const StoredAnswer& answer) const;

 private:
  [[nodiscard]] std::string path_of(std::string_view request) const;
  std::string folder_;
};

}  // namespace braid::fanout
