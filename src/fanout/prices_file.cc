// The user's file of prices.
#include <fmt/format.h>

#include "base/toml.h"
#include "fanout/workflow_file.h"

namespace braid::fanout {

Result<Prices> read_prices(const std::string& path) {
  auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  const auto wrong = [&](std::uint32_t line, const std::string& what) {
    return std::unexpected(Error{fmt::format("{}:{}: {}", path, line, what)});
  };
  Prices out;
  if (const std::size_t bad = find_invalid_utf8(*text); bad != std::string_view::npos) {
    return std::unexpected(Error{fmt::format("{}: byte {} is not UTF-8", path, bad)});
  }
  if (find_bare_non_ascii(*text) != std::string_view::npos) {
    return wrong(1, "what is not ASCII stands in quotes");
  }
  const toml::parse_result parsed = toml::parse(*text, path);
  if (!parsed) {
    return wrong(parsed.error().source().begin.line, std::string(parsed.error().description()));
  }
  for (const auto& [model, node] : parsed.table()) {
    const std::uint32_t line = node.source().begin.line;
    if (!node.is_table())
      return wrong(line, fmt::format("the price of {} is a table", model.str()));
    Price price;
    bool has_cached = false;
    bool has_input = false;
    bool has_output = false;
    for (const auto& [key, value] : *node.as_table()) {
      const auto number = value.is_number() ? value.value<double>() : std::nullopt;
      if (!number || *number < 0) return wrong(line, fmt::format("{} is a price", key.str()));
      if (key == "input")
        has_input = true, price.input = *number;
      else if (key == "cached")
        has_cached = true, price.cached = *number;
      else if (key == "output")
        has_output = true, price.output = *number;
      else
        return wrong(line, fmt::format("unknown key {}{}", key.str(),
                                       nearest(key.str(), {"input", "cached", "output"})));
    }
    if (!has_input || !has_output) {
      return wrong(line, fmt::format("the price of {} needs input and output", model.str()));
    }
    if (!has_cached) price.cached = price.input;
    out.emplace(model.str(), price);
  }
  return out;
}

}  // namespace braid::fanout
