// line_reader: the lines of a file, of which one is in memory at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace braid::fanout {

class LineReader {
 public:
  explicit LineReader(int file) : file_(file) {}  // read from its beginning, wherever it stands

  // The next line without its end, until the one after it; none when no whole one is left.
  std::optional<std::string_view> next();
  // Where that line begins in the file, in bytes.
  [[nodiscard]] std::size_t at() const { return at_; }
  // Once there is no next line: what stands after the last line end.
  [[nodiscard]] std::string_view rest() const;
  // Why the file cannot be read, as errno has it; 0 when it can.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  bool read_more();

  int file_;
  std::string buffer_;
  std::size_t before_ = 0;  // bytes of the file before the buffer
  std::size_t begin_ = 0;   // in the buffer: of what was not given out
  std::size_t at_ = 0;
  int failure_ = 0;
};

}  // namespace braid::fanout
