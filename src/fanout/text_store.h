// text_store: many texts, each to be had as long as the store lives. Few are in memory, more are in
// files without a name; where no such file can be had, all are in memory.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/text.h"
#include "fanout/text_file.h"

namespace braid::fanout {

class TextStore {
 public:
  explicit TextStore(std::size_t in_memory = kTextInMemory, std::size_t segment = 64U << 20U)
      : in_memory_(in_memory), segment_(segment) {}

  std::string_view keep(std::string text);
  // To be told by whoever goes through the texts: now and then their memory is given back.
  void was_read(std::size_t bytes);

 private:
  std::optional<std::string_view> write(std::string_view text);

  std::size_t in_memory_;
  std::size_t segment_;  // bytes of a file
  std::deque<std::string> texts_;
  std::size_t held_ = 0;  // bytes of them
  std::vector<Mapping> segments_;
  std::optional<TextFile> file_;  // of the last segment
  Looked looked_;
};

}  // namespace braid::fanout
