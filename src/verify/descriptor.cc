#include "verify/descriptor.h"

#include <sys/mman.h>

namespace braid::verify {

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor memory_file(const char* name, std::string_view bytes) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) return file;
  if (!write_all(file.get(), bytes) || ::lseek(file.get(), 0, SEEK_SET) != 0) return Descriptor();
  return file;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string read_all(int fd, std::size_t limit) {
  std::string bytes;
  char buffer[65536];
  while (bytes.size() < limit) {
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  if (bytes.size() > limit) bytes.resize(limit);
  return bytes;
}

bool read_file(const std::string& path, std::string& bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  bytes = read_all(file.get());
  return true;
}

}  // namespace braid::verify
