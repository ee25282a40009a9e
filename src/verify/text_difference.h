// How two texts differ, for people; and which parts of a text vary from run to run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::verify {

// A unified diff with `left` and `right` in its header, cut after some dozens of lines; for what is
// not text, one sentence about the first differing byte. The texts differ.
std::string show_difference(std::string_view before, std::string_view after, std::string_view left,
                            std::string_view right);

bool is_text(std::string_view bytes);

// What several runs of one program have in common in one text.
class StableText {
 public:
  // At least one text.
  explicit StableText(const std::vector<std::string_view>& texts);

  [[nodiscard]] bool is_stable() const { return varying_ == 0 && !all_varies_; }
  // "lines 3, 17", "everything", for the reader.
  [[nodiscard]] std::string varying() const;
  // True when `text` is what these runs show, apart from what varies among them.
  [[nodiscard]] bool agrees(std::string_view text) const;

 private:
  // One line: its pieces, with the ones that vary empty; no pieces at all: the whole line varies.
  struct Line {
    std::string text;
    bool varies = false;
    std::vector<std::optional<std::string>> pieces;
  };
  std::string exact_;
  std::vector<Line> lines_;
  std::size_t varying_ = 0;
  bool all_varies_ = false;
};

}  // namespace braid::verify
