#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include "fanout/workflow_file.h"

namespace braid::fanout {

namespace {

// Past the string that begins at `at`; the text's size when it has no end.
std::size_t string_end(std::string_view toml, std::size_t at) {
  const char quote = toml[at];
  const std::string three(3, quote);
  const bool is_long = toml.substr(at).starts_with(three);
  for (std::size_t i = at + (is_long ? 3 : 1); i < toml.size(); ++i) {
    if (quote == '"' && toml[i] == '\\') {
      ++i;
    } else if (is_long && toml.substr(i).starts_with(three)) {
      i += 3;
      for (int more = 0; more < 2 && i < toml.size() && toml[i] == quote; ++more) ++i;
      return i;
    } else if (!is_long && (toml[i] == quote || toml[i] == '\n')) {
      return i + 1;
    }
  }
  return toml.size();
}

}  // namespace

std::size_t find_bare_non_ascii(std::string_view toml) {
  std::size_t at = toml.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (at < toml.size()) {
    const char c = toml[at];
    if (static_cast<unsigned char>(c) >= 0x80) return at;
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
    } else if (c == '"' || c == '\'') {
      at = string_end(toml, at);
    } else {
      ++at;
    }
  }
  return std::string_view::npos;
}

Result<Text> read_long_text(const std::string& path) {
  const bool is_stdin = path == "-";
  std::FILE* file = is_stdin ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return std::unexpected(Error{fmt::format("{}: {}", path, std::strerror(errno))});
  TextWriter text;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file)) {
    text.append({buffer, got});
  }
  const bool failed = std::ferror(file) != 0;
  const int why = errno;
  if (!is_stdin) std::fclose(file);
  if (failed) return std::unexpected(Error{fmt::format("{}: {}", path, std::strerror(why))});
  return text.finish();
}

Result<std::string> read_text_file(const std::string& path) {
  const auto text = read_long_text(path);
  if (!text) return std::unexpected(text.error());
  return std::string(text->view());
}

Result<SplitKind> split_named(std::string_view name) {
  constexpr std::pair<std::string_view, SplitKind> kKinds[] = {
      {"records", SplitKind::records},       {"lines", SplitKind::lines},
      {"paragraphs", SplitKind::paragraphs}, {"sentences", SplitKind::sentences},
      {"sections", SplitKind::sections},     {"definitions", SplitKind::definitions}};
  std::vector<std::string> known;
  for (const auto& [known_name, kind] : kKinds) {
    if (known_name == name) return kind;
    known.emplace_back(known_name);
  }
  return std::unexpected(Error{fmt::format("no split is named {}{}", name, nearest(name, known))});
}

Result<Missing> missing_named(std::string_view text) {
  if (text == "all") return Missing{Missing::Kind::all, 0};
  if (text == "best-effort") return Missing{Missing::Kind::best_effort, 0};
  if (text.starts_with("quorum:")) {
    std::size_t quorum = 0;
    const std::string_view digits = text.substr(7);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), quorum);
    if (error == std::errc{} && end == digits.data() + digits.size() && quorum > 0) {
      return Missing{Missing::Kind::quorum, quorum};
    }
  }
  return std::unexpected(
      Error{fmt::format("missing is all, quorum:K or best-effort, not {}", text)});
}

Result<StopRule> stop_named(std::string_view text, double& certainty) {
  if (text == "exact") return StopRule::exact;
  if (text == "never") return StopRule::never;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0.5 || value >= 1) {
    return std::unexpected(
        Error{fmt::format("stop is exact, never or a certainty such as 0.95, not {}", text)});
  }
  certainty = value;
  return StopRule::probable;
}

}  // namespace braid::fanout
