// unpacker: the body of a reply that is compressed with gzip or deflate (RFC 9110, 8.4.1), piece by
// piece. Not for other rooms.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace braid::fanout {

class Unpacker {
 public:
  // False: enough of it.
  using Take = std::function<bool(std::string_view)>;

  Unpacker();
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // Hands on what `bytes` hold; false: the taker has had enough, or they are broken.
  bool unpack(std::string_view bytes, const Take& take);
  [[nodiscard]] bool is_broken() const { return is_broken_; }

 private:
  struct Stream;
  bool unpack_all(std::string_view bytes, const Take& take);

  std::unique_ptr<Stream> stream_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  bool is_broken_ = false;
};

}  // namespace braid::fanout
