#include "fanout/text_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace braid::fanout {
namespace {

int open_in(const char* folder) {
#ifdef O_TMPFILE
  const int file = ::open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) return file;
#endif
  std::string name = std::string(folder) + "/braid-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void Mapping::let_go() const {
  if (data_ != nullptr) ::madvise(const_cast<char*>(data_), size_, MADV_DONTNEED);
}

std::optional<TextFile> TextFile::open() {
  for (const char* folder : {static_cast<const char*>(std::getenv("TMPDIR")), "/var/tmp", "/tmp"}) {
    if (folder == nullptr || *folder == 0) continue;
    if (const int file = open_in(folder); file >= 0) return TextFile(file);
  }
  return std::nullopt;
}

TextFile::~TextFile() {
  if (file_ >= 0) ::close(file_);
}

bool TextFile::append(std::string_view bytes) {
  std::size_t at = size_;
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    at += static_cast<std::size_t>(wrote);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  size_ = at;
  return true;
}

bool TextFile::read(char* to) const {
  for (std::size_t at = 0; at < size_;) {
    const ssize_t got = ::pread(file_, to + at, size_ - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<Mapping> TextFile::map(std::size_t size) const {
  struct stat facts{};
  if (::fstat(file_, &facts) != 0) return std::nullopt;
  // Pages beyond the end of a file cannot be looked at.
  if (static_cast<std::size_t>(facts.st_size) < size &&
      ::ftruncate(file_, static_cast<off_t>(size)) != 0) {
    return std::nullopt;
  }
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file_, 0);
  if (data == MAP_FAILED) return std::nullopt;
  return Mapping(static_cast<const char*>(data), size);
}

}  // namespace braid::fanout
