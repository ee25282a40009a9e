// json: JSON values with members in order and numbers as they were written, so that a record that
// passes through comes out byte for byte as it meant to be.
//
// In: UTF-8 text of any origin. Out: a value, or where and why it is none. Nesting is limited, so
// that no reply can exhaust the stack. Never throws.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace braid::fanout {

struct JsonError {
  std::size_t offset = 0;  // byte
  std::string what;
};

class Json {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  // Defined where the class is complete: its members hold more of it.
  Json();
  ~Json();
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;

  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;  // of a string; of a number, as written
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  static Json from(bool value);
  static Json from(std::int64_t value);
  static Json from(double value);
  static Json from(std::string_view value);
  static Json from(const char* value) { return from(std::string_view(value)); }
  static Json array() { return of(Kind::array); }
  static Json object() { return of(Kind::object); }

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_string() const { return kind == Kind::string; }
  [[nodiscard]] bool is_object() const { return kind == Kind::object; }
  [[nodiscard]] bool is_array() const { return kind == Kind::array; }
  // The member (the last one of that name), or nullptr; also when this is no object.
  [[nodiscard]] const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  // A JSON pointer such as "/items/0/id"; "" is this value.
  [[nodiscard]] const Json* at_pointer(std::string_view pointer) const;
  void set(std::string_view name, Json value);
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::string_view string_or(std::string_view other) const;
  // Compact; strings that are not UTF-8 get replacement characters.
  [[nodiscard]] std::string dump() const;
  // Equal as JSON: members in any order, numbers by value.
  [[nodiscard]] bool same(const Json& other) const;

 private:
  static Json of(Kind kind);
};

std::expected<Json, JsonError> parse_json(std::string_view text);
// As users write what goes out: half of a surrogate pair would go out as U+FFFD.
std::expected<Json, JsonError> parse_own(std::string_view text);
// As servers write it: NaN, Infinity and -Infinity, which some do, are null.
std::expected<Json, JsonError> parse_reply(std::string_view text);

// Appends text as a JSON string with its quotes.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);

// The offset of the first byte that is not part of valid UTF-8; npos when all is.
std::size_t find_invalid_utf8(std::string_view text);

// Each byte that is not UTF-8 becomes U+FFFD.
std::string with_valid_utf8(std::string text);

}  // namespace braid::fanout
