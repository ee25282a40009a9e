#include "cli/encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace braid::cli {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

std::unexpected<Error> fail(std::string message) {
  return std::unexpected(Error{std::move(message)});
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string_view after_first_line(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return {};
  return text.substr(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
}

bool is_cookie_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_' || c == '.';
}

// ^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)
std::optional<std::string> cookie_of(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t\f");
  if (start == std::string_view::npos || line[start] != '#') return std::nullopt;
  for (std::size_t at = line.find("coding", start); at != std::string_view::npos;
       at = line.find("coding", at + 1)) {
    std::size_t i = at + 6;
    if (i >= line.size() || (line[i] != ':' && line[i] != '=')) continue;
    i = line.find_first_not_of(" \t", i + 1);
    if (i == std::string_view::npos) continue;
    std::size_t end = i;
    while (end < line.size() && is_cookie_character(line[end])) ++end;
    if (end > i) return std::string(line.substr(i, end - i));
  }
  return std::nullopt;
}

bool may_precede_cookie(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t\f");
  return start == std::string_view::npos || line[start] == '#';
}

// CPython takes `UTF-8-unix` and `latin-1-dos` for the encodings that they begin with.
std::string normalised(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  const auto is = [&](std::string_view prefix) {
    return name == prefix || (name.starts_with(prefix) && name[prefix.size()] == '-');
  };
  if (is("utf-8") || name == "utf8" || name == "u8" || name == "cp65001") return "utf-8";
  if (is("latin-1") || is("iso-8859-1") || is("iso-latin-1") || name == "latin1" || name == "l1" ||
      name == "iso8859-1" || name == "8859" || name == "cp819") {
    return "iso-8859-1";
  }
  if (name == "ascii" || name == "us-ascii" || name == "646") return "ascii";
  return name;
}

// Names that Python and iconv spell differently.
std::string iconv_name(const std::string& name) {
  if (name == "mac-roman" || name == "macroman" || name == "macintosh") return "MACINTOSH";
  if (name == "shift-jis" || name == "sjis" || name == "s-jis") return "SHIFT_JIS";
  if (name == "mbcs") return "";
  if (name.starts_with("windows-")) return "CP" + name.substr(8);
  if (name.starts_with("iso8859-")) return "ISO-8859-" + name.substr(8);
  if (name == "latin-2" || name == "latin2") return "ISO-8859-2";
  if (name == "latin-9" || name == "latin9") return "ISO-8859-15";
  // Not encodings of source files in Python: characters of other lengths, or no characters at all.
  for (std::string_view no : {"utf-16", "utf-32", "utf-7", "ucs", "unicode", "punycode", "idna"}) {
    if (name.starts_with(no)) return "";
  }
  return name;
}

std::size_t line_of(std::string_view bytes, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::unexpected<Error> bad_byte(std::string_view bytes, std::size_t offset) {
  return fail(fmt::format("byte 0x{:02x} in line {}", static_cast<unsigned char>(bytes[offset]),
                          line_of(bytes, offset)));
}

// The length of the UTF-8 sequence at `offset`, 0 when it is none (RFC 3629, table of section 4).
std::size_t sequence_length(std::string_view bytes, std::size_t offset) {
  const auto at = [&](std::size_t i) {
    return offset + i < bytes.size() ? static_cast<unsigned char>(bytes[offset + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    const bool in_range = !(lead == 0xE0 && at(1) < 0xA0) && !(lead == 0xED && at(1) > 0x9F);
    return in_range && tail(1) && tail(2) ? 3 : 0;
  }
  const bool in_range = !(lead == 0xF0 && at(1) < 0x90) && !(lead == 0xF4 && at(1) > 0x8F);
  return in_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
}

std::optional<std::size_t> first_not_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = sequence_length(bytes, i);
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::optional<std::size_t> first_not_ascii(std::string_view bytes) {
  const auto found = std::find_if(bytes.begin(), bytes.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (found == bytes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bytes.begin());
}

std::string from_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | (code >> 6U));
      text += static_cast<char>(0x80U | (code & 0x3FU));
    }
  }
  return text;
}

Result<std::string> convert(std::string_view from, const char* from_name, const char* to_name,
                            const std::string& shown) {
  const iconv_t converter = iconv_open(to_name, from_name);
  // NOLINTNEXTLINE: the interface's own error value
  if (converter == reinterpret_cast<iconv_t>(-1))
    return fail(fmt::format("the encoding {} is not known", shown));
  std::string out;
  std::string input(from);
  char* in = input.data();
  std::size_t in_left = input.size();
  Result<std::string> result;
  while (true) {
    char buffer[4096];
    char* to = buffer;
    std::size_t to_left = sizeof buffer;
    const std::size_t done =
        iconv(converter, in_left == 0 ? nullptr : &in, &in_left, &to, &to_left);
    const int problem = errno;
    out.append(buffer, sizeof buffer - to_left);
    if (done == static_cast<std::size_t>(-1)) {
      if (problem == E2BIG) continue;
      result = bad_byte(from, from.size() - in_left);
      break;
    }
    if (in_left == 0) {
      result = std::move(out);
      break;
    }
  }
  iconv_close(converter);
  return result;
}

}  // namespace

Result<Encoding> find_encoding(std::string_view bytes) {
  for (std::string_view mark : {"\xFF\xFE", "\xFE\xFF"}) {
    if (bytes.starts_with(mark))
      return fail("it begins with the mark of UTF-16, which Python does not read");
  }
  Encoding encoding;
  encoding.byte_order_mark = bytes.starts_with(kMark);
  if (encoding.byte_order_mark) bytes.remove_prefix(kMark.size());
  std::optional<std::string> cookie = cookie_of(first_line(bytes));
  if (!cookie && may_precede_cookie(first_line(bytes)))
    cookie = cookie_of(first_line(after_first_line(bytes)));
  if (!cookie) return encoding;
  encoding.name = normalised(*cookie);
  if (encoding.byte_order_mark && encoding.name != "utf-8") {
    return fail(fmt::format("it begins with the mark of UTF-8, but its comment says {}", *cookie));
  }
  return encoding;
}

Result<std::string> decode(std::string_view bytes, const Encoding& encoding) {
  const std::string_view body = encoding.byte_order_mark ? bytes.substr(kMark.size()) : bytes;
  if (encoding.name == "utf-8" || encoding.name == "ascii") {
    const auto bad = encoding.name == "utf-8" ? first_not_utf8(body) : first_not_ascii(body);
    if (bad) return bad_byte(body, *bad);
    return std::string(body);
  }
  if (encoding.name == "iso-8859-1") return from_latin1(body);
  const std::string name = iconv_name(encoding.name);
  if (name.empty()) return fail(fmt::format("the encoding {} is not known", encoding.name));
  Result<std::string> text = convert(body, name.c_str(), "UTF-8", encoding.name);
  if (!text) return text;
  // What cannot be written back as it was must not be touched.
  const Result<std::string> back = encode(*text, encoding);
  if (!back || *back != bytes) return fail("its characters cannot be written back byte for byte");
  return text;
}

Result<std::string> encode(std::string_view text, const Encoding& encoding) {
  const std::string mark(encoding.byte_order_mark ? kMark : std::string_view{});
  if (encoding.name == "utf-8") return mark + std::string(text);
  if (encoding.name == "ascii") {
    if (first_not_ascii(text)) return fail("a character is not ASCII");
    return std::string(text);
  }
  const std::string name = encoding.name == "iso-8859-1" ? "ISO-8859-1" : iconv_name(encoding.name);
  return convert(text, "UTF-8", name.c_str(), encoding.name);
}

}  // namespace braid::cli
