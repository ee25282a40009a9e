// base: what every room uses. A closed list: spans, typed ids, sources, errors, interned names.
//
// Units: offsets are bytes into Source::text; Position lines and columns count from 1, columns in
// code points. Nothing here reads files or holds global state.
#pragma once

#include <compare>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace braid {

// A half-open range of bytes of one source.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  [[nodiscard]] bool empty() const { return begin == end; }
  [[nodiscard]] bool contains(Span inner) const { return begin <= inner.begin && inner.end <= end; }
  [[nodiscard]] bool overlaps(Span other) const { return begin < other.end && other.begin < end; }
  auto operator<=>(const Span&) const = default;
};

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

// An index into a vector of Tag things. Default-constructed: none.
template <class Tag>
struct Id {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t value = kNone;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t v) : value(v) {}
  constexpr explicit Id(std::size_t v) : value(static_cast<std::uint32_t>(v)) {}
  constexpr explicit operator bool() const { return value != kNone; }
  auto operator<=>(const Id&) const = default;
};

// Something about the world went wrong (a file, a process, TOML): one message for the user that
// names the thing and the way out.
struct Error {
  std::string message;
};
template <class T>
using Result = std::expected<T, Error>;

[[noreturn]] void check_failed(const char* condition, const char* file, int line);
#define BRAID_CHECK(condition) \
  ((condition) ? void(0) : ::braid::check_failed(#condition, __FILE__, __LINE__))

// The text of one file, valid UTF-8 without a byte-order mark, with its line starts.
class Source {
 public:
  Source() = default;
  Source(std::string path, std::string text);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::string_view text(Span span) const {
    return std::string_view(text_).substr(span.begin, span.size());
  }
  [[nodiscard]] Position position(std::uint32_t offset) const;
  [[nodiscard]] std::uint32_t line_count() const {
    return static_cast<std::uint32_t>(line_starts_.size());
  }
  // The byte offset at which line `line` (from 1) begins; the text's size past the last line.
  [[nodiscard]] std::uint32_t line_start(std::uint32_t line) const;
  // The line's text without its line end.
  [[nodiscard]] std::string_view line(std::uint32_t line) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

// Interned strings: equal text, equal Symbol. A copy of a table shares its names, so that those of
// many files can be compared, whichever thread read them; what a table was asked for is its own.
// Tables that share names may be used at once, each by one thread.
struct SymbolTag;
using Symbol = Id<SymbolTag>;
class SymbolTable {
 public:
  SymbolTable();
  ~SymbolTable() = default;
  SymbolTable(const SymbolTable& other) : names_(other.names_) {}
  SymbolTable(SymbolTable&&) noexcept = default;
  SymbolTable& operator=(const SymbolTable& other);
  SymbolTable& operator=(SymbolTable&&) noexcept = default;

  Symbol intern(std::string_view text);
  // None when this table never interned it.
  [[nodiscard]] Symbol find_own(std::string_view text) const;
  [[nodiscard]] std::string_view text(Symbol symbol) const;

 private:
  class Names;
  std::shared_ptr<Names> names_;
  std::unordered_map<std::string_view, Symbol> own_;
};

}  // namespace braid

template <class Tag>
struct std::hash<braid::Id<Tag>> {
  std::size_t operator()(braid::Id<Tag> id) const { return std::hash<std::uint32_t>{}(id.value); }
};
