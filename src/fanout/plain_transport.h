// plain_transport: calls over plain HTTP/1.1 to numeric addresses, with a read, a write and no
// allocation of a library's own for each. Not for other rooms.
#pragma once

#include <memory>

#include "fanout/polled_transport.h"

namespace braid::fanout {

class PlainTransport : public PolledTransport {
 public:
  using PolledTransport::PolledTransport;
  static Result<std::unique_ptr<PlainTransport>> open();
  // Whether this call may be sent here; others need libcurl.
  virtual bool takes(const Post& post) = 0;
};

}  // namespace braid::fanout
