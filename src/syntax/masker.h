// The state of masking one text. masking.cc has lines, brackets, words and numbers; mask_strings.cc
// has strings.
#pragma once

#include "syntax/literals.h"
#include "syntax/masking.h"

namespace braid::syntax {

class Masker {
 public:
  explicit Masker(std::string_view text) : text_(text) { out_.text = text; }
  MaskedText run();

 private:
  enum class Inside : std::uint8_t { Paren, Bracket, Brace, Field, Specification, Text };
  struct Context {
    Inside inside;
    std::uint32_t at;              // where it was opened
    StringPrefix prefix;           // of Text
    std::size_t quotes = 0;        // of Text: 1 or 3
    bool type_parameters = false;  // of Bracket
  };
  // What the last token was, as far as the next one's meaning depends on it.
  enum class Last : std::uint8_t {
    LineStart,
    Operand,
    Operator,
    Colon,
    Word,
    Definition,
    DefinedName,
    Except
  };

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool within() const { return !contexts_.empty(); }
  [[nodiscard]] bool within(Inside inside) const {
    return !contexts_.empty() && contexts_.back().inside == inside;
  }
  void blank(std::size_t from, std::size_t to, char with = ' ') {
    for (; from < to; ++from) out_.text[from] = with;
  }
  void report(std::size_t from, std::size_t to, std::string message);
  // The rest cannot be understood at all.
  void give_up(std::size_t from, std::string message);

  void code();
  // Lines
  void begin_line();
  void indent(std::size_t line_begin, std::size_t begin, std::uint32_t column,
              std::uint32_t plain_column);
  void end_line();
  void begin_piece(std::size_t line_begin, std::size_t begin);
  void comment();
  void line_join();
  [[nodiscard]] std::size_t line_end_size() const;  // of the line end here; 0 when there is none
  // Tokens
  void open(Inside inside);
  void close(char bracket);
  void word();
  void mask_word(std::string_view word, std::size_t begin);
  void number();
  void digits();
  void mark(char c);
  void mask_star();
  void mask_slice();
  void foreign_word(std::size_t begin);
  void never_closed();
  // Strings
  void string(std::size_t begin, StringPrefix prefix);
  void string_text();
  void specification();
  void escape(const StringPrefix& prefix);
  void hexadecimal_escape(std::size_t digits, bool bytes);
  void unterminated(std::size_t begin, std::size_t quotes, bool format);

  std::string_view text_;
  MaskedText out_;
  std::size_t at_ = 0;
  std::vector<Context> contexts_;
  struct Level {
    std::uint32_t column = 0;        // a tab goes to the next multiple of eight
    std::uint32_t plain_column = 0;  // a tab is one
    bool cases = false;              // the block of a match statement
  };
  std::vector<Level> levels_{{}};
  std::uint32_t tokens_ = 0;   // of the piece, roughly
  bool decorated_ = false;     // the line before at the outermost level is a decorator
  bool match_header_ = false;  // the line begins with a `match` that may be a statement
  Last last_ = Last::LineStart;
  bool line_begins_ = true;
  bool block_expected_ = false;  // the line before ended with a colon
  std::size_t block_header_ = 0;
};

}  // namespace braid::syntax
