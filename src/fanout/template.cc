#include "fanout/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace braid::fanout {
namespace {

std::unexpected<Error> wrong(std::string_view text, std::size_t at, std::string_view what) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : text.substr(0, at)) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  return std::unexpected(
      Error{fmt::format("line {}, column {} of the prompt: {}", line, column, what)});
}

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || (std::isalpha(static_cast<unsigned char>(text[0])) == 0 && text[0] != '_')) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

Result<Template> Template::parse(std::string_view text) {
  Template out;
  std::string literal;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      literal += c;
      ++at;
      continue;
    }
    if (c == '}') return wrong(text, at, "a } without its {; a literal one is written }}");
    const std::size_t end = text.find('}', at);
    const std::string_view name =
        end == std::string_view::npos ? std::string_view{} : text.substr(at + 1, end - at - 1);
    if (!is_name(name)) {
      return wrong(text, at, "{ begins no {name} here; a literal one is written {{");
    }
    if (!literal.empty()) out.pieces_.push_back({std::move(literal), false});
    literal.clear();
    out.pieces_.push_back({std::string(name), true});
    at = end;
  }
  if (!literal.empty()) out.pieces_.push_back({std::move(literal), false});
  return out;
}

std::vector<std::string> Template::names() const {
  std::vector<std::string> out;
  for (const Piece& piece : pieces_) {
    if (piece.is_name && std::find(out.begin(), out.end(), piece.text) == out.end()) {
      out.push_back(piece.text);
    }
  }
  return out;
}

bool Template::names(std::string_view name) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.is_name && piece.text == name; });
}

std::string Template::fill(
    const std::function<std::string_view(std::string_view name)>& value_of) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.is_name) {
      out += value_of(piece.text);
    } else {
      out += piece.text;
    }
  }
  return out;
}

void Template::put_before(std::string_view name) {
  pieces_.insert(pieces_.begin(), {Piece{std::string(name), true}, Piece{"\n\n", false}});
}

}  // namespace braid::fanout
