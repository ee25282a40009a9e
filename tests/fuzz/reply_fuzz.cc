// Replies of servers, whole and streamed: any bytes are read to an end, and how they are cut
// changes nothing. The first byte chooses status and form; headers stand up to the first empty
// line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fanout/http_reply.h"
#include "fanout/reply.h"
#include "fanout/sse.h"

namespace {

constexpr long kStatuses[] = {200, 429, 500, 400, 503, 404, 401, 302};

braid::fanout::Headers headers_of(std::string_view text) {
  braid::fanout::Headers out;
  while (!text.empty() && out.size() < 20) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      out.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }
  return out;
}

void require(bool fine) {
  if (!fine) std::abort();
}

struct Taken final : braid::fanout::ReplyTaker {
  bool take_head_line(std::string_view line) override {
    said += line;
    return true;
  }
  bool take_body(std::string_view bytes) override {
    said += bytes;
    return true;
  }
  std::string said;
};

void try_http(std::string_view bytes) {
  braid::fanout::ReplyReader whole;
  Taken at_once;
  const std::size_t used = whole.take(bytes, at_once);
  braid::fanout::ReplyReader bytewise;
  Taken one_by_one;
  std::size_t used_bytewise = 0;
  for (const char& c : bytes) used_bytewise += bytewise.take({&c, 1}, one_by_one);
  require(whole.state() == bytewise.state() && whole.status() == bytewise.status());
  using State = braid::fanout::ReplyReader::State;
  const bool is_read = whole.state() == State::more || whole.state() == State::done;
  require(!is_read || (used == used_bytewise && at_once.said == one_by_one.said));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid::fanout;
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const unsigned mode = data[0];
  try_http(all.substr(1));
  try_http("HTTP/1.1 200 OK\r\n" + std::string(all.substr(1)));
  const std::size_t end = std::min(all.find("\n\n", 1), size);
  RawReply raw;
  raw.status = kStatuses[mode % 8];
  raw.streamed = (mode & 8U) != 0;
  raw.complete = (mode & 16U) != 0;
  raw.headers = headers_of(all.substr(1, end - 1));
  raw.body = end + 2 <= size ? all.substr(end + 2) : "";
  const Reply reply = read_reply(raw);
  require(reply.meaning != Meaning::answer || !reply.text.empty());
  require(reply.meaning == Meaning::answer || !reply.error.empty());
  require(!reply.retry_after || reply.retry_after->count() >= 0);
  require(reply.usage.cached <= reply.usage.prompt);
  const auto rate = limits_of(raw.headers, std::chrono::system_clock::now()).requests.per_second();
  require(!rate || *rate > 0);

  EventReader whole;
  std::vector<std::string> at_once = whole.take(raw.body);
  for (std::string& last : whole.finish()) at_once.push_back(std::move(last));
  EventReader bytewise;
  std::vector<std::string> one_by_one;
  for (const char c : raw.body) {
    for (std::string& event : bytewise.take({&c, 1})) one_by_one.push_back(std::move(event));
  }
  for (std::string& last : bytewise.finish()) one_by_one.push_back(std::move(last));
  require(at_once == one_by_one);
  return 0;
}
