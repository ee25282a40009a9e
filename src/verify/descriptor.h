// A file descriptor that closes itself, and the few calls on descriptors that retry when
// interrupted.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace braid::verify {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Both ends are closed on exec. Empty descriptors when the process has none left.
Pipe make_pipe();
// A file without a name in memory that holds `bytes`, its offset at 0.
Descriptor memory_file(const char* name, std::string_view bytes);
// False when the other side is gone or the disk is full.
bool write_all(int fd, std::string_view bytes);
// Everything up to the end, at most `limit` bytes.
std::string read_all(int fd, std::size_t limit = SIZE_MAX);
// The file's bytes; errno tells why not.
bool read_file(const std::string& path, std::string& bytes);

}  // namespace braid::verify
