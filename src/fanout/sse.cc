#include "fanout/sse.h"

namespace braid::fanout {

std::vector<std::string> EventReader::take(std::string_view bytes) {
  std::vector<std::string> out;
  for (const char c : bytes) {
    if (c == '\n' && was_return_) {
      was_return_ = false;
      continue;
    }
    was_return_ = c == '\r';
    if (c == '\n' || c == '\r') {
      take_line(line_, out);
      line_.clear();
    } else {
      line_ += c;
    }
  }
  return out;
}

std::vector<std::string> EventReader::finish() {
  std::vector<std::string> out;
  if (!line_.empty()) take_line(line_, out);
  line_.clear();
  take_line("", out);
  return out;
}

void EventReader::take_line(std::string_view line, std::vector<std::string>& out) {
  if (is_first_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  is_first_ = false;
  if (line.empty()) {
    if (has_data_) out.push_back(std::move(data_));
    data_.clear();
    has_data_ = false;
    return;
  }
  if (!line.starts_with("data")) return;
  line.remove_prefix(4);
  if (!line.empty() && line[0] != ':') return;  // another field, such as "database"
  if (!line.empty()) line.remove_prefix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += line;
  has_data_ = true;
}

}  // namespace braid::fanout
