#include "fanout/polled_transport.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace braid::fanout {
namespace {

constexpr std::uint64_t kWakeMark = UINT64_MAX;
constexpr auto kSilenceCheck = std::chrono::milliseconds(250);
constexpr auto kStreamEndWait = std::chrono::milliseconds(500);
// A body that is kept alive by comments or blanks is given up after so many silences.
constexpr double kBlankSilences = 10;

bool is_silent(const Transfer& transfer, Time now) {
  const double silence = transfer.post.silence;
  return Seconds(now - transfer.heard).count() > silence ||
         Seconds(now - transfer.heard_content).count() > silence * kBlankSilences;
}

}  // namespace

Result<Poll> Poll::open() {
  Poll out(::epoll_create1(EPOLL_CLOEXEC), ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeMark;
  if (out.set_ < 0 || out.waker_ < 0 ||
      ::epoll_ctl(out.set_, EPOLL_CTL_ADD, out.waker_, &event) != 0) {
    return std::unexpected(Error{"no more files can be opened"});
  }
  return out;
}

Poll::Poll(Poll&& other) noexcept
    : set_(std::exchange(other.set_, -1)), waker_(std::exchange(other.waker_, -1)) {}

Poll::~Poll() {
  for (const int file : {waker_, set_}) {
    if (file >= 0) ::close(file);
  }
}

void Poll::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(waker_, &one, sizeof one);
}

bool Poll::takes_wake(const epoll_event& event) const {
  if (event.data.u64 != kWakeMark) return false;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(waker_, &count, sizeof count);
  return true;
}

std::vector<Received> PolledTransport::wait(Time until) {
  run_timers();
  while (ended_.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(std::min(until, due()) - Clock::now());
    const int count =
        ::epoll_wait(poll_.set(), events_.data(), static_cast<int>(events_.size()),
                     static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
    bool woken = false;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      if (poll_.takes_wake(event)) {
        woken = true;
      } else {
        take_event(event);
      }
    }
    run_timers();
    drop_quiet();
    if (woken || count < 0 || Clock::now() >= until) break;
  }
  return std::exchange(ended_, {});
}

void PolledTransport::abort(std::uint64_t id) {
  const auto found = transfers_.find(id);
  if (found != transfers_.end()) give_up(*found->second, Failure::aborted, "given up");
}

void PolledTransport::abort_all() {
  while (!transfers_.empty()) give_up(*transfers_.begin()->second, Failure::aborted, "given up");
}

Time PolledTransport::due() const {
  if (!ended_.empty()) return {};
  return transfers_.empty() ? next_timer() : std::min(next_timer(), next_check_);
}

Transfer& PolledTransport::begin(Post post) {
  const std::uint64_t id = post.id;
  auto owned = std::make_unique<Transfer>();
  Transfer& transfer = *owned;
  transfer.post = std::move(post);
  transfer.received.id = id;
  transfer.began = transfer.heard = transfer.heard_content = Clock::now();
  transfers_.emplace(id, std::move(owned));
  return transfer;
}

void PolledTransport::end(Transfer& transfer, Failure failure, std::string_view said, long status) {
  Received out = std::move(transfer.received);
  out.failure = failure;
  out.was_sent = transfer.sends > 0;
  out.seconds = Seconds(Clock::now() - transfer.began).count();
  out.reply.streamed = transfer.post.streamed;
  out.reply.complete = failure == Failure::none;
  out.reply.is_too_long = transfer.is_too_long;
  out.reply.transport = transfer.is_too_long ? "the reply is longer than any answer can be" : said;
  out.reply.status = status;
  transfers_.erase(out.id);
  ended_.push_back(std::move(out));
}

// Transfers that nothing was heard of for too long, and streams whose end was said while the
// server does not hang up.
void PolledTransport::drop_quiet() {
  const Time now = Clock::now();
  if (now < next_check_) return;
  next_check_ = now + kSilenceCheck;
  std::vector<Transfer*> over;
  std::vector<Transfer*> silent;
  for (const auto& [id, transfer] : transfers_) {
    if (transfer->is_stream_over && now - transfer->heard > kStreamEndWait) {
      over.push_back(transfer.get());
    } else if (is_silent(*transfer, now)) {
      silent.push_back(transfer.get());
    }
  }
  for (Transfer* transfer : over) give_up(*transfer, Failure::none, "");
  for (Transfer* transfer : silent) {
    const std::string said = fmt::format("no byte came for {} s", transfer->post.silence);
    give_up(*transfer, transfer->sends == 0 ? Failure::unreachable : Failure::silent, said);
  }
  look_after(now);
}

}  // namespace braid::fanout
