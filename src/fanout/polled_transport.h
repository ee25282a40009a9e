// polled_transport: what all transports share: transfers on one epoll set, how they are waited for,
// woken and given up. Not for other rooms.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <memory>
#include <unordered_map>

#include "fanout/transfer.h"
#include "fanout/transport.h"

namespace braid::fanout {

// The files of a transport: an epoll set, and an event that is in it and wakes it.
class Poll {
 public:
  static Result<Poll> open();
  Poll(Poll&& other) noexcept;
  Poll& operator=(Poll&&) = delete;
  ~Poll();

  [[nodiscard]] int set() const { return set_; }
  void wake() const;  // from any thread, and from signal handlers
  // True for the event that wakes, which is over then.
  [[nodiscard]] bool takes_wake(const epoll_event& event) const;

 private:
  Poll(int set, int waker) : set_(set), waker_(waker) {}

  int set_;
  int waker_;
};

class PolledTransport : public Transport {
 public:
  explicit PolledTransport(Poll poll) : poll_(std::move(poll)) {}
  PolledTransport(const PolledTransport&) = delete;
  PolledTransport& operator=(const PolledTransport&) = delete;

  std::vector<Received> wait(Time until) final;
  void abort(std::uint64_t id) final;
  void abort_all() final;
  void wake() final { poll_.wake(); }
  [[nodiscard]] std::size_t in_flight() const final { return transfers_.size(); }

  // wait() has something to do once `descriptor` can be read or `due` has come.
  [[nodiscard]] int descriptor() const { return poll_.set(); }
  [[nodiscard]] Time due() const;

 protected:
  // Events bear what the transport put into them; never UINT64_MAX.
  virtual void take_event(const epoll_event& event) = 0;
  // Ends a transfer before its reply.
  virtual void give_up(Transfer& transfer, Failure failure, const std::string& said) = 0;
  // What is due by now, events apart.
  virtual void run_timers() {}
  [[nodiscard]] virtual Time next_timer() const { return Time::max(); }
  virtual void look_after(Time) {}  // every kSilenceCheck

  Transfer& begin(Post post);
  void end(Transfer& transfer, Failure failure, std::string_view said, long status);
  [[nodiscard]] const auto& transfers() const { return transfers_; }

 private:
  void drop_quiet();

  Poll poll_;
  Time next_check_ = Clock::now();
  std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>> transfers_;
  std::vector<Received> ended_;
  std::array<epoll_event, 256> events_{};
};

// All calls, through libcurl.
Result<std::unique_ptr<PolledTransport>> open_curl_transport();

}  // namespace braid::fanout
