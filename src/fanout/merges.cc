#include "fanout/merges.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fanout/schema.h"
#include "fanout/splits.h"

namespace braid::fanout {
namespace {

struct Shape {
  bool has_index = false;
  bool has_draw = false;
};

Shape shape_of(const Pieces& pieces) {
  Shape out;
  pieces.each([&](const Piece& piece) {
    out.has_index = out.has_index || piece.index > 0 || piece.is_chunk;
    out.has_draw = out.has_draw || piece.draw > 0;
  });
  return out;
}

std::string block_of(const Piece& piece, const Shape& shape) {
  if (!piece.text) {
    return fmt::format("<part name=\"{}\" missing=\"true\"/>",
                       name_of(piece, shape.has_index, shape.has_draw));
  }
  return fmt::format("<part name=\"{}\">\n{}\n</part>",
                     name_of(piece, shape.has_index, shape.has_draw), *piece.text);
}

}  // namespace

std::string name_of(const Piece& piece, bool has_index, bool has_draw) {
  std::string out = piece.name;
  if (has_index) out += fmt::format(" {}", piece.index);
  if (has_draw) out += fmt::format(" draw {}", piece.draw);
  return out;
}

void check_missing(const Pieces& pieces, const Missing& rule, Merged& out) {
  std::size_t count = 0;
  std::size_t there = 0;
  pieces.each([&](const Piece& piece) {
    ++count;
    if (piece.text) ++there;
  });
  if (there == count) return;
  const Shape shape = shape_of(pieces);
  pieces.each([&](const Piece& piece) {
    if (!piece.text) out.gaps.push_back(name_of(piece, shape.has_index, shape.has_draw));
  });
  if (rule.kind == Missing::Kind::all) {
    out.failure = fmt::format(
        "{} of {} missing: {}", out.gaps.size(), count,
        fmt::join(out.gaps.begin(),
                  out.gaps.begin() +
                      static_cast<std::ptrdiff_t>(std::min<std::size_t>(out.gaps.size(), 10)),
                  ", "));
  } else if (rule.kind == Missing::Kind::quorum && there < rule.quorum) {
    out.failure = fmt::format("{} of {} are there, the quorum is {}", there, count, rule.quorum);
  } else if (there == 0) {
    out.failure = "nothing is there";
  }
}

Merged stitch(const Pieces& pieces, std::string_view join, const Missing& missing) {
  Merged out;
  check_missing(pieces, missing, out);
  if (!out.failure.empty()) return out;
  const Shape shape = out.gaps.empty() ? Shape{} : shape_of(pieces);
  TextWriter text;
  bool is_first = true;
  pieces.each([&](const Piece& piece) {
    std::string gap;
    if (!piece.text) {
      gap = fmt::format("[missing: {}]", name_of(piece, shape.has_index, shape.has_draw));
    }
    const std::string_view body = piece.text.value_or(gap);
    if (piece.is_chunk) {
      text.append(piece.before);
      text.append(without_edges(body).text);
      text.append(piece.after);
    } else {
      if (!is_first) text.append(join);
      text.append(body);
    }
    is_first = false;
  });
  out.text = text.finish();
  return out;
}

std::optional<std::vector<Json>> records_of(std::string_view text) {
  auto value = json_of_answer(text);
  if (!value) {
    std::vector<Json> rows;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = without_edges(rest.substr(0, end)).text;
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.empty() || line.starts_with("```")) continue;
      auto row = parse_json(line);
      if (!row) return std::nullopt;
      rows.push_back(std::move(*row));
    }
    if (rows.empty()) return std::nullopt;
    return rows;
  }
  if (value->is_array()) return std::move(value->items);
  if (value->is_object()) {
    Json* only = nullptr;
    for (auto& [name, member] : value->members) {
      if (!member.is_array()) continue;
      if (only != nullptr) return std::vector<Json>{std::move(*value)};
      only = &member;
    }
    if (only != nullptr) return std::move(only->items);
  }
  return std::vector<Json>{std::move(*value)};
}

Merged jsonl(const Pieces& pieces, bool record_rows, const Missing& missing) {
  Merged out;
  check_missing(pieces, missing, out);
  if (!out.failure.empty()) return out;
  TextWriter text;
  std::string row;
  pieces.each([&](const Piece& piece) {
    row.clear();
    const auto records = record_rows && piece.text ? records_of(*piece.text) : std::nullopt;
    if (records) {
      for (const Json& record : *records) row += record.dump() + "\n";
    } else {
      if (piece.text) {
        append_quoted(row, *piece.text);
      } else {
        row += "null";
      }
      row += '\n';
    }
    text.append(row);
  });
  out.text = text.finish();
  return out;
}

std::string parts_block(const std::vector<Piece>& pieces) {
  const Shape shape = shape_of(pieces);
  std::string out;
  for (const Piece& piece : pieces) {
    if (!out.empty()) out += "\n\n";
    out += block_of(piece, shape);
  }
  return out;
}

std::vector<std::vector<Piece>> fit_groups(const std::vector<Piece>& pieces, std::size_t most) {
  const Shape shape = shape_of(pieces);
  std::vector<std::vector<Piece>> out;
  std::size_t used = 0;
  for (const Piece& piece : pieces) {
    const std::size_t bytes = block_of(piece, shape).size() + 2;
    if (out.empty() || used + bytes > most) {
      out.emplace_back();
      used = 0;
    }
    used += bytes;
    out.back().push_back(piece);
  }
  return out;
}

}  // namespace braid::fanout
