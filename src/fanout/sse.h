// sse: server-sent events, cut anywhere. In: bytes as they come. Out: the data of each event.
// Comments, other fields, CRLF, CR and a byte-order mark are handled as the standard says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace braid::fanout {

class EventReader {
 public:
  // The data of the events that these bytes complete.
  std::vector<std::string> take(std::string_view bytes);
  // What an event without the empty line at its end holds when the stream is over.
  std::vector<std::string> finish();

 private:
  void take_line(std::string_view line, std::vector<std::string>& out);

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool was_return_ = false;
  bool is_first_ = true;
};

}  // namespace braid::fanout
