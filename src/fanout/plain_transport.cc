// One epoll set, in which each connection is registered once, for edges: what can be read or
// written is read or written at once, until there is no more.
#include "fanout/plain_transport.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>

#include "fanout/http_reply.h"
#include "fanout/plain_route.h"
#include "fanout/unpacker.h"

namespace braid::fanout {
namespace {

constexpr double kLongestConnect = 60;  // seconds
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kClosing = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

// Calls with the same address and headers share their connections.
struct Route {
  std::string url;
  std::shared_ptr<const std::vector<std::string>> headers;
  std::optional<PlainRoute> plain;  // none: libcurl's
  std::vector<int> idle;            // sockets, the one used last at the end
};

struct Connection final : ReplyTaker {
  Connection(int file, Route& route) : socket(file), where(route) {}
  ~Connection() override { ::close(socket); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool take_head_line(std::string_view line) override { return transfer->take_head_line(line); }
  bool take_body(std::string_view bytes) override {
    if (reader.packings().empty()) return transfer->take_body(bytes);
    if (!unpacker) {
      auto opened = Unpacker::open(reader.packings());
      if (!opened) {
        packed_how = opened.error().message;
        return false;
      }
      unpacker = std::move(*opened);
    }
    return unpacker->unpack(bytes,
                            [this](std::string_view more) { return transfer->take_body(more); });
  }
  [[nodiscard]] std::size_t request_size() const {
    return head.size() + transfer->post.body->size();
  }

  int socket;
  Route& where;
  Transfer* transfer = nullptr;
  ReplyReader reader;
  std::unique_ptr<Unpacker> unpacker;
  std::string packed_how;  // as nobody can read it
  std::string head;
  std::size_t sent = 0;  // bytes of head and body
  bool is_connected = false;
  bool was_used = false;
};

class Wires final : public PlainTransport {
 public:
  explicit Wires(Poll poll) : PlainTransport(std::move(poll)) {}

  bool takes(const Post& post) override { return !post.http2 && route_of(post).plain.has_value(); }

  void send(Post post) override {
    Route& route = route_of(post);
    Transfer& transfer = begin(std::move(post));
    Connection* connection = idle_connection(route);
    if (connection == nullptr) connection = connect(route);
    if (connection == nullptr) {
      return end(transfer, Failure::unreachable, std::strerror(errno), 0);
    }
    attach(*connection, transfer);
    if (connection->is_connected) write(*connection);
  }

 private:
  Route& route_of(const Post& post) {
    for (Route& each : routes_) {
      if (each.headers == post.headers && each.url == post.url) return each;
    }
    return routes_.emplace_back(post.url, post.headers, plain_route(post.url, *post.headers),
                                std::vector<int>{});
  }

  Connection* idle_connection(Route& route) {
    while (!route.idle.empty()) {
      const int socket = route.idle.back();
      route.idle.pop_back();
      char byte = 0;
      const ssize_t there = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (there < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return find(socket);
      connections_[static_cast<std::size_t>(socket)].reset();
    }
    return nullptr;
  }

  // errno says why when there is none.
  Connection* connect(Route& route) {
    const auto* address = reinterpret_cast<const sockaddr*>(&route.plain->address);
    const int socket =
        ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (socket < 0) return nullptr;
    auto owned = std::make_unique<Connection>(socket, route);
    const int one = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    owned->is_connected = ::connect(socket, address, route.plain->address_size) == 0;
    if (!owned->is_connected && errno != EINPROGRESS) return nullptr;
    epoll_event event{};
    event.events = kEvents;
    event.data.u64 = static_cast<std::uint64_t>(socket);
    if (::epoll_ctl(descriptor(), EPOLL_CTL_ADD, socket, &event) != 0) return nullptr;
    const auto at = static_cast<std::size_t>(socket);
    if (at >= connections_.size()) connections_.resize(at + 64);
    connections_[at] = std::move(owned);
    return connections_[at].get();
  }

  Connection* find(int socket) const {
    const auto at = static_cast<std::size_t>(socket);
    return at < connections_.size() ? connections_[at].get() : nullptr;
  }

  static void attach(Connection& connection, Transfer& transfer) {
    connection.transfer = &transfer;
    transfer.socket = connection.socket;
    connection.reader = {};
    connection.unpacker.reset();
    connection.sent = 0;
    const Post& post = transfer.post;
    connection.head = connection.where.plain->head;
    if (!post.idempotency_key.empty()) {
      connection.head += "Idempotency-Key: ";
      connection.head += post.idempotency_key;
      connection.head += "\r\n";
    }
    connection.head += fmt::format("Content-Length: {}\r\n\r\n", post.body->size());
  }

  void take_event(const epoll_event& event) override {
    const std::uint32_t events = event.events;
    Connection* connection = find(static_cast<int>(event.data.u64));
    if (connection == nullptr) return;  // it was closed by an event before this one
    if (connection->transfer == nullptr) {
      if ((events & (kClosing | EPOLLIN)) != 0) close_idle(*connection);
      return;
    }
    if (!connection->is_connected && !finish_connecting(*connection, events)) return;
    if (connection->sent < connection->request_size() && (events & EPOLLOUT) != 0 &&
        !write(*connection)) {
      return;
    }
    if ((events & (kClosing | EPOLLIN)) != 0) read(*connection, (events & kClosing) != 0);
  }

  void close_idle(Connection& connection) {
    std::erase(connection.where.idle, connection.socket);
    connections_[static_cast<std::size_t>(connection.socket)].reset();
  }

  // False: not yet, or not at all.
  bool finish_connecting(Connection& connection, std::uint32_t events) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return false;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    connection.is_connected = error == 0;
    if (error != 0) give_up(*connection.transfer, Failure::unreachable, std::strerror(error));
    return error == 0;
  }

  // False: the transfer has ended.
  bool write(Connection& connection) {
    Transfer& transfer = *connection.transfer;
    transfer.sends = 1;
    const std::string& body = *transfer.post.body;
    const std::size_t head_size = connection.head.size();
    while (connection.sent < connection.request_size()) {
      const std::size_t in_head = std::min(connection.sent, head_size);
      const std::size_t in_body = connection.sent - in_head;
      std::array<iovec, 2> parts = {
          iovec{connection.head.data() + in_head, head_size - in_head},
          iovec{const_cast<char*>(body.data()) + in_body, body.size() - in_body}};
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      const ssize_t wrote = ::sendmsg(connection.socket, &message, MSG_NOSIGNAL);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      // The server may have said why before it hung up.
      if (wrote < 0) return read(connection, true);
      connection.sent += static_cast<std::size_t>(wrote);
    }
    return true;
  }

  // False: the transfer has ended. `to_the_end`: the server has closed its side.
  bool read(Connection& connection, bool to_the_end) {
    ReplyReader& reader = connection.reader;
    while (true) {
      const ssize_t got = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        // Nothing can be sent any more, and no reply has come.
        if (to_the_end && connection.sent < connection.request_size()) {
          return lose(connection, "the server hung up");
        }
        return true;
      }
      if (got <= 0) {
        const std::string said = got < 0 ? std::strerror(errno) : "the connection ended early";
        if (got == 0) reader.end();
        if (reader.state() == ReplyReader::State::done) return finish(connection, false);
        return lose(connection, said);
      }
      const auto size = static_cast<std::size_t>(got);
      const std::size_t taken = reader.take({buffer_.data(), size}, connection);
      if (reader.state() == ReplyReader::State::done) {
        return finish(connection, taken == size && !to_the_end && reader.keeps_alive() &&
                                      connection.sent == connection.request_size());
      }
      if (reader.state() != ReplyReader::State::more) {
        give_up(*connection.transfer, Failure::cut, what_is_wrong(connection));
        return false;
      }
      if (size < buffer_.size() && !to_the_end) return true;
    }
  }

  static std::string what_is_wrong(const Connection& connection) {
    if (!connection.packed_how.empty()) return connection.packed_how;
    const bool is_broken = connection.unpacker && connection.unpacker->is_broken();
    return is_broken ? "what is compressed in the reply is broken" : "the reply is no HTTP";
  }

  bool finish(Connection& connection, bool is_kept) {
    Transfer& transfer = *connection.transfer;
    const int status = connection.reader.status();
    if (is_kept) {
      connection.transfer = nullptr;
      connection.was_used = true;
      connection.where.idle.push_back(connection.socket);
    } else {
      connections_[static_cast<std::size_t>(connection.socket)].reset();
    }
    end(transfer, Failure::none, "", status);
    return false;
  }

  bool lose(Connection& connection, const std::string& said) {
    const bool is_stale = connection.was_used && connection.transfer->head_bytes == 0;
    give_up(*connection.transfer, is_stale ? Failure::stale : Failure::cut, said);
    return false;
  }

  // Ends a transfer before its reply, and its connection.
  void give_up(Transfer& transfer, Failure failure, const std::string& said) override {
    int status = 0;
    if (const Connection* connection = find(transfer.socket)) {
      status = connection->reader.status();
      connections_[static_cast<std::size_t>(transfer.socket)].reset();
    }
    end(transfer, failure, said, status);
  }

  void look_after(Time now) override {
    std::vector<Transfer*> late;
    for (const auto& [id, transfer] : transfers()) {
      const Connection* connection = find(transfer->socket);
      if (connection == nullptr || connection->is_connected) continue;
      if (Seconds(now - transfer->began).count() > kLongestConnect) late.push_back(transfer.get());
    }
    for (Transfer* transfer : late) {
      give_up(*transfer, Failure::unreachable,
              fmt::format("no connection was made in {} s", kLongestConnect));
    }
  }

  std::deque<Route> routes_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by socket
  std::array<char, 65536> buffer_{};
};

}  // namespace

Result<std::unique_ptr<PlainTransport>> PlainTransport::open() {
  auto poll = Poll::open();
  if (!poll) return std::unexpected(poll.error());
  return std::make_unique<Wires>(std::move(*poll));
}

}  // namespace braid::fanout
