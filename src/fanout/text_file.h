// text_file: bytes that are too many for memory, in a file without a name. Not for other rooms.
//
// The file lies in $TMPDIR, or else in /var/tmp or /tmp, and is gone with the process, however that
// ends. Nothing of it is in memory but what is looked at.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace braid::fanout {

// Part of memory that shows a file.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const char* data, std::size_t size) : data_(data), size_(size) {}
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  // The memory is given back; what is looked at again comes from the file again.
  void let_go() const;

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

class TextFile {
 public:
  static std::optional<TextFile> open();
  TextFile(TextFile&& other) noexcept
      : file_(std::exchange(other.file_, -1)), size_(std::exchange(other.size_, 0)) {}
  TextFile& operator=(TextFile&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(size_, other.size_);
    return *this;
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile();

  [[nodiscard]] std::size_t size() const { return size_; }
  // False: the file has no room for it, and is as it was.
  bool append(std::string_view bytes);
  // False: what was written cannot be read again.
  bool read(char* to) const;
  // The first `size` bytes, though not all of them may be written yet.
  [[nodiscard]] std::optional<Mapping> map(std::size_t size) const;

 private:
  explicit TextFile(int file) : file_(file) {}
  int file_ = -1;
  std::size_t size_ = 0;
};

// Counts what is looked at; true each time that it is much.
class Looked {
 public:
  bool at(std::size_t bytes) {
    constexpr std::size_t kMuch = 8U << 20U;
    sum_ += bytes;
    if (sum_ < kMuch) return false;
    sum_ = 0;
    return true;
  }

 private:
  std::size_t sum_ = 0;
};

}  // namespace braid::fanout
