// Each call goes the plain way where it can, and through libcurl where it cannot.
#include "fanout/transport.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>

#include "fanout/plain_route.h"
#include "fanout/plain_transport.h"

namespace braid::fanout {
namespace {

class BothWays final : public Transport {
 public:
  explicit BothWays(std::unique_ptr<PlainTransport> plain) : plain_(std::move(plain)) {}

  // libcurl takes a while to load, which is not spent before it is needed.
  Result<void> open_curl() {
    auto opened = open_curl_transport();
    if (!opened) return std::unexpected(opened.error());
    owned_curl_ = std::move(*opened);
    curl_.store(owned_curl_.get());
    return {};
  }

  void send(Post post) override {
    if (plain_->takes(post)) return plain_->send(std::move(post));
    if (curl() == nullptr) {
      if (const auto opened = open_curl(); !opened) return refuse(post, opened.error().message);
    }
    curl()->send(std::move(post));
  }

  std::vector<Received> wait(Time until) override {
    if (!refused_.empty()) return std::exchange(refused_, {});
    if (curl() == nullptr || curl()->in_flight() == 0) return plain_->wait(until);
    if (plain_->in_flight() == 0) return curl()->wait(until);
    return wait_for_both(until);
  }

  void abort(std::uint64_t id) override {
    plain_->abort(id);
    if (curl() != nullptr) curl()->abort(id);
  }
  void abort_all() override {
    plain_->abort_all();
    if (curl() != nullptr) curl()->abort_all();
  }
  void wake() override {
    plain_->wake();
    if (curl() != nullptr) curl()->wake();
  }
  [[nodiscard]] std::size_t in_flight() const override {
    return plain_->in_flight() + (curl() == nullptr ? 0 : curl()->in_flight());
  }

 private:
  [[nodiscard]] PolledTransport* curl() const { return curl_.load(); }

  std::vector<Received> wait_for_both(Time until) {
    const Time next = std::min({until, plain_->due(), curl()->due()});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    std::array<pollfd, 2> files = {pollfd{plain_->descriptor(), POLLIN, 0},
                                   pollfd{curl()->descriptor(), POLLIN, 0}};
    ::poll(files.data(), files.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    std::vector<Received> out = plain_->wait({});
    std::vector<Received> more = curl()->wait({});
    std::move(more.begin(), more.end(), std::back_inserter(out));
    return out;
  }

  void refuse(const Post& post, const std::string& why) {
    Received& out = refused_.emplace_back();
    out.id = post.id;
    out.failure = Failure::unreachable;
    out.reply.complete = false;
    out.reply.transport = why;
  }

  std::unique_ptr<PlainTransport> plain_;
  std::unique_ptr<PolledTransport> owned_curl_;
  std::atomic<PolledTransport*> curl_ = nullptr;  // the same, for whoever wakes
  std::vector<Received> refused_;
};

}  // namespace

bool needs_libcurl(const Post& post) {
  return post.http2 || !plain_route(post.url, *post.headers).has_value();
}

Result<std::unique_ptr<Transport>> Transport::open(bool with_libcurl) {
  auto plain = PlainTransport::open();
  if (!plain) return std::unexpected(plain.error());
  auto both = std::make_unique<BothWays>(std::move(*plain));
  if (with_libcurl) {
    if (const auto opened = both->open_curl(); !opened) return std::unexpected(opened.error());
  }
  return both;
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  constexpr std::size_t kOwn = 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < wanted + kOwn) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted + kOwn);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur > kOwn ? std::min<std::size_t>(wanted, limit.rlim_cur - kOwn) : 1;
}

}  // namespace braid::fanout
