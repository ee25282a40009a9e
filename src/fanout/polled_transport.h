// polled_transport: a transport that can be waited for together with others. Not for other rooms.
#pragma once

#include <memory>
#include <unordered_map>

#include "fanout/transfer.h"
#include "fanout/transport.h"

namespace braid::fanout {

// wait() has something to do once `descriptor` can be read or `due` has come.
class PolledTransport : public Transport {
 public:
  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual Time due() const = 0;
};

// All calls, through libcurl.
Result<std::unique_ptr<PolledTransport>> open_curl_transport();

using Transfers = std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>>;

// Transfers that nothing was heard of for too long, and streams whose end was said while the
// server does not hang up.
struct Quiet {
  std::vector<std::uint64_t> over;
  std::vector<std::uint64_t> silent;
};
Quiet find_quiet(const Transfers& transfers, Time now);

// What became of a transfer; the status of its reply is the caller's to tell.
Received received_of(Transfer& transfer, Failure failure, std::string_view said, long status);

constexpr auto kSilenceCheck = std::chrono::milliseconds(250);

}  // namespace braid::fanout
