#include "fanout/plain_route.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstdlib>
#include <cstring>

namespace braid::fanout {
namespace {

std::uint16_t port_of(const PlainRoute& route) {
  sockaddr_in address{};
  std::memcpy(&address, &route.address, sizeof address);
  return ntohs(address.sin_port);
}

TEST(PlainRoute, IsToANumericAddress) {
  const auto route = plain_route("http://127.0.0.1:8000/v1/chat/completions",
                                 {"Content-Type: application/json", "Expect:", "X-Y: z"});
  ASSERT_TRUE(route);
  EXPECT_EQ(port_of(*route), 8000);
  EXPECT_EQ(
      route->head,
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
      "Content-Type: application/json\r\nX-Y: z\r\nAccept: */*\r\nAccept-Encoding: identity\r\n");
  EXPECT_EQ(port_of(*plain_route("http://127.0.0.1/x", {})), 80);
  EXPECT_EQ(plain_route("http://[::1]:81/x?y=1", {"accept: text/plain"})->head,
            "POST /x?y=1 HTTP/1.1\r\nHost: [::1]:81\r\naccept: text/plain\r\n"
            "Accept-Encoding: identity\r\n");
}

TEST(PlainRoute, IsNoneForWhatTakesMore) {
  for (const char* url :
       {"https://127.0.0.1/x", "http://localhost:8000/x", "http://api.example/x", "http://127.1/x",
        "http://user:key@127.0.0.1/x", "http://127.0.0.1:99999/x", "http://127.0.0.1:/x",
        "http://127.0.0.1:8x/x", "http://127.0.0.1", "http://[::1/x", "http://]/x", "http:///x",
        "http://[]/x", "http://127.0.0.1/a b", "http://127.0.0.1/../x", "http://127.0.0.1/\xC3\xA9",
        "http://127.0.0.1/x#y", "http://127.0.0.1/x\r\ny"}) {
    EXPECT_FALSE(plain_route(url, {})) << url;
  }
  for (const char* header : {"Host: x", "content-length: 1", "Transfer-Encoding: chunked",
                             "Connection: close", "Expect: 100-continue", "X-Empty;"}) {
    EXPECT_FALSE(plain_route("http://127.0.0.1/x", {header})) << header;
  }
}

TEST(PlainRoute, GoesThroughAProxyUnlessItStaysHere) {
  ::setenv("http_proxy", "http://127.0.0.1:3128", 1);
  EXPECT_TRUE(plain_route("http://127.0.0.1/x", {}));
  EXPECT_TRUE(plain_route("http://[::1]/x", {}));
  EXPECT_FALSE(plain_route("http://10.0.0.1/x", {}));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_TRUE(plain_route("http://10.0.0.1/x", {}));
}

}  // namespace
}  // namespace braid::fanout
