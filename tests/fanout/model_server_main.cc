// A chat endpoint on loopback that costs next to nothing, for measuring clients: one thread, epoll,
// a fixed latency, an optional limit of calls at once. Prints its port; on SIGTERM prints how many
// POSTs it saw, how many it refused (and of these in the first half second after the first one) and
// the most it had at once.
//
//   model_server LATENCY_MS [SLOTS] [echo]
//
// With `echo` an answer is the text of the last message; SLOTS 0 is no limit.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t is_over = 0;

struct Connection {
  std::string input;
  std::string output;
  std::uint64_t serial = 0;
};

struct Due {
  Clock::time_point when;
  int socket;
  std::uint64_t serial;
  std::string text;  // to echo, as it stands in the request's JSON
};

constexpr auto kFirstEpisode = std::chrono::milliseconds(500);

std::string body_of(std::string_view text) {
  std::string out =
      R"({"id":"x","object":"chat.completion","model":"mock","choices":[{"index":0,"finish_reason":)"
      R"("stop","message":{"role":"assistant","content":")";
  out += text;
  out += R"("}}],"usage":{"prompt_tokens":512,"completion_tokens":50,"total_tokens":562}})";
  return out;
}

// The last message's content, with its escapes.
std::string_view content_of(std::string_view request) {
  constexpr std::string_view kName = R"("content":")";
  const std::size_t at = request.rfind(kName);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + kName.size();
  std::size_t end = begin;
  while (end < request.size() && request[end] != '"') end += request[end] == '\\' ? 2 : 1;
  return request.substr(begin, end - begin);
}

std::string reply_of(const char* status, const std::string& body) {
  return std::string("HTTP/1.1 ") + status +
         "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// The bytes of the first whole request in the input, or 0.
std::size_t request_size(std::string_view input) {
  const std::size_t head = input.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
    const std::size_t at = input.substr(0, head).find(name);
    if (at != std::string_view::npos) {
      length = std::strtoul(input.data() + at + name.size(), nullptr, 10);
    }
  }
  const std::size_t size = head + 4 + length;
  return input.size() >= size ? size : 0;
}

class Server {
 public:
  Server(std::chrono::milliseconds latency, long slots, bool echoes)
      : latency_(latency), slots_(slots), echoes_(echoes) {}

  int run() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 4096) != 0) {
      return 1;
    }
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    poll_ = ::epoll_create1(0);
    watch(listener);
    std::vector<epoll_event> events(1024);
    while (is_over == 0) {
      const int count = ::epoll_wait(poll_, events.data(), int(events.size()), next_wait());
      for (int i = 0; i < count; ++i) {
        const int socket = events[std::size_t(i)].data.fd;
        if (socket == listener) {
          accept_all(listener);
        } else {
          read_from(socket);
        }
      }
      answer_due();
    }
    std::printf("{\"posts\": %ld, \"refused\": %ld, \"overshoot\": %ld, \"most\": %ld}\n", posts_,
                refused_, overshoot_, most_);
    return 0;
  }

 private:
  void watch(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event);
  }

  [[nodiscard]] int next_wait() const {
    if (due_.empty()) return 100;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due_.front().when - Clock::now());
    return left.count() < 0 ? 0 : int(left.count());
  }

  void accept_all(int listener) {
    while (true) {
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (socket < 0) return;
      const int one = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      connections_[socket].serial = ++serial_;
      watch(socket);
    }
  }

  void read_from(int socket) {
    char bytes[16384];
    const auto found = connections_.find(socket);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    while (true) {
      const ssize_t got = ::read(socket, bytes, sizeof bytes);
      if (got < 0) break;
      if (got == 0) {
        ::close(socket);
        connections_.erase(found);
        return;
      }
      connection.input.append(bytes, std::size_t(got));
      if (got < ssize_t(sizeof bytes)) break;
    }
    while (const std::size_t size = request_size(connection.input)) {
      std::string text;
      if (echoes_) text = content_of(std::string_view(connection.input).substr(0, size));
      connection.input.erase(0, size);
      ++posts_;
      if (slots_ > 0 && long(due_.size()) >= slots_) {
        refuse(socket);
        continue;
      }
      due_.push_back({Clock::now() + latency_, socket, connection.serial, std::move(text)});
      most_ = std::max(most_, long(due_.size()));
    }
  }

  void answer_due() {
    const auto now = Clock::now();
    while (!due_.empty() && due_.front().when <= now) {
      const Due due = std::move(due_.front());
      due_.pop_front();
      const auto found = connections_.find(due.socket);
      if (found != connections_.end() && found->second.serial == due.serial) {
        send(due.socket, echoes_ ? reply_of("200 OK", body_of(due.text)) : answer_);
      }
    }
  }

  void refuse(int socket) {
    const auto now = Clock::now();
    if (refused_++ == 0) first_refusal_ = now;
    if (now - first_refusal_ < kFirstEpisode) ++overshoot_;
    send(socket, refusal_);
  }

  // Replies are small, and a client reads them: what does not fit at once is waited for.
  static void send(int socket, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        text.remove_prefix(std::size_t(sent));
      } else if (errno == EAGAIN) {
        pollfd wait{socket, POLLOUT, 0};
        if (::poll(&wait, 1, 5000) <= 0) return;
      } else {
        return;
      }
    }
  }

  std::chrono::milliseconds latency_;
  long slots_;
  bool echoes_;
  int poll_ = -1;
  std::unordered_map<int, Connection> connections_;
  std::deque<Due> due_;
  std::uint64_t serial_ = 0;
  long posts_ = 0;
  long refused_ = 0;
  long overshoot_ = 0;
  long most_ = 0;
  Clock::time_point first_refusal_;
  std::string answer_ = reply_of("200 OK", body_of(std::string(200, 'a')));
  std::string refusal_ =
      reply_of("429 Too Many Requests", R"({"error":{"message":"too many concurrent requests"}})");
};

}  // namespace

int main(int count, char** words) {
  ::signal(SIGTERM, [](int) { is_over = 1; });
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const long latency = count > 1 ? std::strtol(words[1], nullptr, 10) : 200;
  const long slots = count > 2 ? std::strtol(words[2], nullptr, 10) : 0;
  const bool echoes = count > 3 && std::string_view(words[3]) == "echo";
  return Server(std::chrono::milliseconds(latency), slots, echoes).run();
}
