// libcurl's multi interface on one epoll set. A multi handle grows slow with its number of
// transfers, so there are several, of at most about a thousand transfers each.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "fanout/polled_transport.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kTransfersPerMulti = 1000;
constexpr long kReceiveBuffer = 4096;
constexpr long kSmallBuffer = 1024;  // where so many are in flight that buffers are much memory
constexpr std::size_t kManyTransfers = 1000;

class CurlTransport;

constexpr std::string_view kKeyName = "Idempotency-Key: ";

// A socket as epoll knows it. One that libcurl opened by our callback stays in the epoll set while
// its connection is idle: it is mostly watched for the same again at the next transfer.
struct Watch {
  std::uint32_t watched = 0;  // events
  bool is_wanted = false;
  bool is_own = false;  // opened and closed by our callbacks, so that its end is not missed
};

struct SharedHeaders {
  std::shared_ptr<const std::vector<std::string>> lines;
  bool loopback = false;
  curl_slist* list = nullptr;
};

struct Multi {
  CURLM* handle = nullptr;
  CurlTransport* owner = nullptr;
  std::size_t number = 0;
  std::size_t transfers = 0;
  std::optional<Time> timer;
};

bool is_loopback(std::string_view url) {
  const std::size_t begin = url.find("://");
  std::string_view host = begin == std::string_view::npos ? url : url.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?"));
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || (is_number && host.starts_with("127."));
}

class CurlTransport final : public PolledTransport {
 public:
  CurlTransport(const CurlLibrary* curl, Poll poll)
      : PolledTransport(std::move(poll)), curl_(*curl) {}
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  ~CurlTransport() override {
    for (const auto& [id, transfer] : transfers()) {
      curl_.multi_remove_handle(multis_[transfer->multi]->handle, transfer->easy->handle);
      release(*transfer);
    }
    for (const auto& easy : spare_) {
      curl_.easy_cleanup(easy->handle);
      drop_key(*easy);
    }
    for (const auto& multi : multis_) curl_.multi_cleanup(multi->handle);
    for (const SharedHeaders& each : shared_) curl_.slist_free_all(each.list);
  }

  void send(Post post) override {
    Transfer& transfer = begin(std::move(post));
    transfer.multi = pick_multi();
    prepare(transfer);
    Multi& multi = *multis_[transfer.multi];
    ++multi.transfers;
    curl_.multi_add_handle(multi.handle, transfer.easy->handle);
  }

 private:
  Watch& watch_of(int socket) {
    const auto at = static_cast<std::size_t>(socket);
    if (at >= watches_.size()) watches_.resize(at + 64);
    return watches_[at];
  }

  void unwatch(int socket, Watch& watch) {
    epoll_event event{};
    if (watch.watched != 0) ::epoll_ctl(descriptor(), EPOLL_CTL_DEL, socket, &event);
    watch.watched = 0;
  }

  static curl_socket_t open_socket(void* to, curlsocktype, curl_sockaddr* address) {
    const int socket =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket < 0) return CURL_SOCKET_BAD;
    static_cast<CurlTransport*>(to)->watch_of(socket) = {0, false, true};
    return socket;
  }

  static int close_socket(void* to, curl_socket_t socket) {
    static_cast<CurlTransport*>(to)->watch_of(socket) = {};
    return ::close(socket);  // which takes it out of the epoll set
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* to, void*) {
    auto* multi = static_cast<Multi*>(to);
    CurlTransport& self = *multi->owner;
    Watch& watch = self.watch_of(socket);
    watch.is_wanted = what != CURL_POLL_REMOVE;
    if (!watch.is_wanted) {
      if (!watch.is_own) self.unwatch(socket, watch);
      return 0;
    }
    epoll_event event{};
    event.data.u64 =
        (static_cast<std::uint64_t>(multi->number) << 32U) | static_cast<std::uint32_t>(socket);
    if (what != CURL_POLL_OUT) event.events |= EPOLLIN;
    if (what != CURL_POLL_IN) event.events |= EPOLLOUT;
    if (watch.watched == event.events) return 0;
    const int how = watch.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    watch.watched = event.events;
    if (::epoll_ctl(self.descriptor(), how, socket, &event) != 0) {
      ::epoll_ctl(self.descriptor(), how == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket,
                  &event);
    }
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* to) {
    auto* multi = static_cast<Multi*>(to);
    multi->timer.reset();
    if (milliseconds >= 0) multi->timer = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  std::size_t pick_multi() {
    for (const auto& multi : multis_) {
      if (multi->transfers < kTransfersPerMulti) return multi->number;
    }
    auto multi = std::make_unique<Multi>();
    multi->handle = curl_.multi_init();
    BRAID_CHECK(multi->handle != nullptr);
    multi->owner = this;
    multi->number = multis_.size();
    curl_.multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, &CurlTransport::on_socket);
    curl_.multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, static_cast<void*>(multi.get()));
    curl_.multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, &CurlTransport::on_timer);
    curl_.multi_setopt(multi->handle, CURLMOPT_TIMERDATA, static_cast<void*>(multi.get()));
    curl_.multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, static_cast<long>(kTransfersPerMulti));
    multis_.push_back(std::move(multi));
    return multis_.size() - 1;
  }

  void prepare(Transfer& transfer) {
    if (spare_.empty()) {
      transfer.easy = make_easy();
    } else {
      transfer.easy = std::move(spare_.back());
      spare_.pop_back();
    }
    Easy& easy = *transfer.easy;
    easy.transfer = &transfer;
    easy.error[0] = 0;
    const Post& post = transfer.post;
    const bool is_elsewhere = easy.url != post.url;
    if (is_elsewhere) point_at(easy, post.url);
    if (is_elsewhere || easy.lines != post.headers ||
        (easy.key != nullptr) != !post.idempotency_key.empty()) {
      set_headers(easy, post);
    } else if (easy.key != nullptr) {
      post.idempotency_key.copy(easy.key->data + kKeyName.size(), post.idempotency_key.size());
    }
    if (easy.silence != post.silence) {
      easy.silence = post.silence;
      set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(post.silence, 60.0) * 1000));
    }
    if (easy.http2 != post.http2) {
      easy.http2 = post.http2;
      set(easy, CURLOPT_HTTP_VERSION,
          static_cast<long>(post.http2 ? CURL_HTTP_VERSION_2 : CURL_HTTP_VERSION_1_1));
    }
    const long buffer = in_flight() < kManyTransfers ? kReceiveBuffer : kSmallBuffer;
    if (easy.buffer != buffer) {
      easy.buffer = buffer;
      set(easy, CURLOPT_BUFFERSIZE, buffer);
    }
    set(easy, CURLOPT_POSTFIELDS, post.body->data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body->size()));
  }

  template <class Value>
  void set(Easy& easy, CURLoption option, Value value) {
    curl_.easy_setopt(easy.handle, option, value);
  }

  std::unique_ptr<Easy> make_easy() {
    auto easy = std::make_unique<Easy>();
    easy->handle = curl_.easy_init();
    BRAID_CHECK(easy->handle != nullptr);
    set(*easy, CURLOPT_POST, 1L);
    set(*easy, CURLOPT_WRITEFUNCTION, &take_body);
    set(*easy, CURLOPT_WRITEDATA, static_cast<void*>(easy.get()));
    set(*easy, CURLOPT_HEADERFUNCTION, &take_header);
    set(*easy, CURLOPT_HEADERDATA, static_cast<void*>(easy.get()));
    set(*easy, CURLOPT_PREREQFUNCTION, &before_send);
    set(*easy, CURLOPT_PREREQDATA, static_cast<void*>(easy.get()));
    set(*easy, CURLOPT_PRIVATE, static_cast<void*>(easy.get()));
    set(*easy, CURLOPT_ERRORBUFFER, easy->error.data());
    set(*easy, CURLOPT_NOSIGNAL, 1L);
    set(*easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(*easy, CURLOPT_PROTOCOLS_STR, "http,https");
    trust(*easy);
    set(*easy, CURLOPT_OPENSOCKETFUNCTION, &CurlTransport::open_socket);
    set(*easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(*easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlTransport::close_socket);
    set(*easy, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
    set(*easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    return easy;
  }

  // Whom to trust, by the variables that curl's own command and others know.
  void trust(Easy& easy) {
    for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
      const char* file = std::getenv(name);
      if (file == nullptr || *file == 0) continue;
      set(easy, CURLOPT_CAINFO, file);
      break;
    }
    const char* folder = std::getenv("SSL_CERT_DIR");
    if (folder != nullptr && *folder != 0) set(easy, CURLOPT_CAPATH, folder);
  }

  void point_at(Easy& easy, const std::string& url) {
    easy.url = url;
    const bool loopback = is_loopback(url);
    set(easy, CURLOPT_URL, url.c_str());
    set(easy, CURLOPT_NOPROXY, loopback ? "*" : nullptr);
    set(easy, CURLOPT_ACCEPT_ENCODING, "");
  }

  // The headers that all calls of an endpoint share, one list for all handles.
  curl_slist* shared_headers(const Post& post, bool loopback) {
    for (const SharedHeaders& each : shared_) {
      if (each.lines == post.headers && each.loopback == loopback) return each.list;
    }
    curl_slist* list = nullptr;
    for (const std::string& line : *post.headers) list = curl_.slist_append(list, line.c_str());
    // Compression is not asked for from this machine, but read when it comes.
    if (loopback) list = curl_.slist_append(list, "Accept-Encoding: identity");
    shared_.push_back({post.headers, loopback, list});
    return list;
  }

  void drop_key(Easy& easy) {
    if (easy.key == nullptr) return;
    easy.key->next = nullptr;
    curl_.slist_free_all(easy.key);
    easy.key = nullptr;
  }

  void set_headers(Easy& easy, const Post& post) {
    drop_key(easy);
    easy.lines = post.headers;
    curl_slist* headers = shared_headers(post, is_loopback(post.url));
    if (!post.idempotency_key.empty()) {
      const std::string line = std::string(kKeyName) + post.idempotency_key;
      easy.key = curl_.slist_append(nullptr, line.c_str());
      easy.key->next = headers;
      headers = easy.key;
    }
    set(easy, CURLOPT_HTTPHEADER, headers);
  }

  void release(Transfer& transfer) {
    transfer.easy->transfer = nullptr;
    spare_.push_back(std::move(transfer.easy));
  }

  void take_event(const epoll_event& event) override {
    const int socket = static_cast<int>(event.data.u64 & UINT32_MAX);
    Watch& watch = watch_of(socket);
    if (!watch.is_wanted) {  // an idle connection that the server has closed
      unwatch(socket, watch);
      return;
    }
    int mask = 0;
    if ((event.events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
    int running = 0;
    curl_.multi_socket_action(multis_[event.data.u64 >> 32U]->handle, socket, mask, &running);
  }

  [[nodiscard]] Time next_timer() const override {
    Time next = Time::max();
    for (const auto& multi : multis_) {
      if (multi->timer) next = std::min(next, *multi->timer);
    }
    return next;
  }

  void run_timers() override {
    const Time now = Clock::now();
    for (const auto& multi : multis_) {
      if (!multi->timer || *multi->timer > now) continue;
      multi->timer.reset();
      int running = 0;
      curl_.multi_socket_action(multi->handle, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect();
  }

  void collect() {
    for (const auto& multi : multis_) {
      int left = 0;
      while (CURLMsg* message = curl_.multi_info_read(multi->handle, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        void* to = nullptr;
        curl_.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &to);
        Easy& easy = *static_cast<Easy*>(to);
        Transfer& transfer = *easy.transfer;
        const char* said = easy.error[0] != 0 ? easy.error.data() : curl_.easy_strerror(code);
        long opened = 0;
        curl_.easy_getinfo(message->easy_handle, CURLINFO_NUM_CONNECTS, &opened);
        give_up(transfer, failure_of(transfer, code, opened == 0), code == CURLE_OK ? "" : said);
      }
    }
  }

  void give_up(Transfer& transfer, Failure failure, const std::string& said) override {
    Multi& multi = *multis_[transfer.multi];
    curl_.multi_remove_handle(multi.handle, transfer.easy->handle);
    --multi.transfers;
    long status = 0;
    curl_.easy_getinfo(transfer.easy->handle, CURLINFO_RESPONSE_CODE, &status);
    release(transfer);
    end(transfer, failure, said, status);
  }

  const CurlLibrary& curl_;
  std::vector<Watch> watches_;  // by socket
  std::vector<std::unique_ptr<Multi>> multis_;
  std::vector<std::unique_ptr<Easy>> spare_;
  std::vector<SharedHeaders> shared_;
};

}  // namespace

Result<std::unique_ptr<PolledTransport>> open_curl_transport() {
  const auto curl = curl_library();
  if (!curl) return std::unexpected(curl.error());
  auto poll = Poll::open();
  if (!poll) return std::unexpected(poll.error());
  return std::make_unique<CurlTransport>(*curl, std::move(*poll));
}

}  // namespace braid::fanout
