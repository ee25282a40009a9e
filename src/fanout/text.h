// text: a text of any length. A short one is in memory, a long one in a file without a name, so
// that memory does not grow with it. Where no such file can be had, it is in memory all the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fanout/text_file.h"

namespace braid::fanout {

inline constexpr std::size_t kTextInMemory = 8U << 20U;  // bytes

// Never changed, and shared by its copies. One thread.
class Text {
 public:
  Text() = default;
  Text(std::string text);                              // NOLINT(google-explicit-constructor)
  Text(const char* text) : Text(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  explicit Text(Mapping mapping);

  [[nodiscard]] std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }
  // To be told by whoever goes through a long text: now and then its memory is given back.
  void was_read(std::size_t bytes) const;
  // Goes through the text in views that end between characters, until `take` returns false.
  void in_windows(const std::function<bool(std::string_view)>& take) const;

  friend bool operator==(const Text& text, std::string_view other) { return text.view_ == other; }

 private:
  struct Kept;
  std::shared_ptr<Kept> kept_;
  std::string_view view_;
};

// Makes a text of what it is given, piece by piece.
class TextWriter {
 public:
  explicit TextWriter(std::size_t in_memory = kTextInMemory) : in_memory_(in_memory) {}

  void append(std::string_view text);
  Text finish();

 private:
  void spill();
  void take_back();

  std::size_t in_memory_;
  std::string buffer_;  // all of the text, or what is not in the file yet
  std::optional<TextFile> file_;
};

}  // namespace braid::fanout
