// http_reply: one reply of HTTP/1.1 (RFC 9112), read from bytes that come in pieces of any length.
// Not for other rooms. Whatever the bytes are, it says so and never goes beyond them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/unpacker.h"

namespace braid::fanout {

// Who takes a reply; false: enough of it.
class ReplyTaker {
 public:
  virtual ~ReplyTaker() = default;
  virtual bool take_head_line(std::string_view line) = 0;  // with its end, the status line first
  virtual bool take_body(std::string_view bytes) = 0;
};

class ReplyReader {
 public:
  enum class State : std::uint8_t {
    more,
    done,
    wrong,   // no HTTP
    refused  // the taker has had enough
  };

  // How many of the bytes are the reply's: all of them unless it is done or wrong.
  std::size_t take(std::string_view bytes, ReplyTaker& taker);
  // The connection was closed.
  void end();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int status() const { return status_; }  // 0: not there yet
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }
  // How the body is compressed, in the order in which it was done.
  [[nodiscard]] const std::vector<Packing>& packings() const { return packings_; }

 private:
  enum class Place : std::uint8_t {
    status_line,
    head,
    body,        // `left_` bytes
    open_body,   // until the connection is closed
    chunk_line,  // the size of a chunk
    chunk,       // `left_` bytes
    chunk_end,
    trailer
  };

  std::size_t take_line(std::string_view bytes, ReplyTaker& taker);
  std::size_t take_data(std::string_view bytes, ReplyTaker& taker);
  void read_line(std::string_view line, ReplyTaker& taker);
  void begin_head();
  void read_status(std::string_view line);
  void read_field(std::string_view line);
  void read_packings(std::string_view list);
  void read_length(std::string_view value);
  void read_chunk_size(std::string_view line);
  void end_head();
  void wrong() { state_ = State::wrong; }

  State state_ = State::more;
  Place place_ = Place::status_line;
  std::string line_;  // the beginning of one that is not whole yet
  int status_ = 0;
  bool keeps_alive_ = false;
  std::vector<Packing> packings_;
  bool is_chunked_ = false;
  bool has_length_ = false;
  std::uint64_t length_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace braid::fanout
