// plain_route: which calls need no library for HTTP: to a numeric address, without encryption and
// without a proxy, as a model server on this machine or beside it has. Not for other rooms.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::fanout {

struct PlainRoute {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  std::string head;  // of each request: its first line and the headers that all of them have
};

// None where a name, a proxy, encryption, or a header that says how a body is sent takes more.
std::optional<PlainRoute> plain_route(std::string_view url,
                                      const std::vector<std::string>& headers);

}  // namespace braid::fanout
