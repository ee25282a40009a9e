#include "fanout/plain_route.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace braid::fanout {
namespace {

bool has_proxy() {
  return std::ranges::any_of(std::to_array({"http_proxy", "all_proxy", "ALL_PROXY"}),
                             [](const char* name) {
                               const char* value = std::getenv(name);
                               return value != nullptr && *value != 0;
                             });
}

std::optional<std::uint16_t> port_in(std::string_view text) {
  if (text.empty()) return 80;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  if (text[0] != ':' || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

// An IPv4 address, or one of IPv6 in brackets; true for this machine's own.
std::optional<bool> set_address(PlainRoute& route, const std::string& host, std::uint16_t port) {
  if (host.starts_with('[')) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address.sin6_addr) != 1) {
      return std::nullopt;
    }
    std::memcpy(&route.address, &address, sizeof address);
    route.address_size = sizeof address;
    return IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return std::nullopt;
  std::memcpy(&route.address, &address, sizeof address);
  route.address_size = sizeof address;
  return (ntohl(address.sin_addr.s_addr) >> 24U) == 127;
}

bool is_named(std::string_view header, std::string_view lower_case) {
  return header.size() > lower_case.size() && header[lower_case.size()] == ':' &&
         std::ranges::equal(header.substr(0, lower_case.size()), lower_case,
                            [](char a, char b) { return (a | 32) == b; });
}

// False for headers that change how a body is sent, and those in libcurl's own notation.
bool add_headers(std::string& head, const std::vector<std::string>& headers) {
  bool accepts = false;
  for (const std::string& header : headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos) return false;
    if (header.find_first_not_of(" \t", colon + 1) == std::string::npos) continue;
    for (const auto name : {"host", "content-length", "transfer-encoding", "connection", "expect",
                            "te", "upgrade", "accept-encoding"}) {
      if (is_named(header, name)) return false;
    }
    accepts = accepts || is_named(header, "accept");
    head += header + "\r\n";
  }
  if (!accepts) head += "Accept: */*\r\n";
  // A server may pack for whoever does not say.
  head += "Accept-Encoding: identity\r\n";
  return true;
}

}  // namespace

std::optional<PlainRoute> plain_route(std::string_view url,
                                      const std::vector<std::string>& headers) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kOdd = " \t\r\n#@\\%\"<>^`{|}";
  if (!url.starts_with(kScheme) || url.find_first_of(kOdd) != std::string_view::npos ||
      url.find("/.") != std::string_view::npos) {
    return std::nullopt;
  }
  const bool is_ascii = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 127; });
  url.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string_view where = url.substr(0, slash);
  const std::size_t host_end = where.starts_with('[') ? where.find(']') + 1 : where.find(':');
  const std::string host(where.substr(0, host_end));
  const auto port = port_in(where.substr(host.size()));
  if (!is_ascii || slash == url.size() || !port || host.empty()) return std::nullopt;
  PlainRoute route;
  const auto is_own = set_address(route, host, *port);
  if (!is_own || (!*is_own && has_proxy())) return std::nullopt;
  route.head = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\n", url.substr(slash), where);
  if (!add_headers(route.head, headers)) return std::nullopt;
  return route;
}

}  // namespace braid::fanout
