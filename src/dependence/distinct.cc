#include "dependence/distinct.h"

#include <algorithm>
#include <cctype>

namespace braid::dependence {

using effects::Term;
using effects::TermId;
using effects::TermKind;

bool Distinctness::integer(TermId id) const {
  if (!id) return false;
  const Term& term = effects_.values()[id];
  if (term.kind == TermKind::Item) return items_.kind == Items::Kind::integers;
  if (term.kind == TermKind::Part && term.operands.size() == 1 &&
      effects_.values()[term.operands[0]].kind == TermKind::Item) {
    return items_.kind == Items::Kind::pairs_by_position && effects_.text(term.text) == "[0]";
  }
  if (term.kind == TermKind::Apply && term.operands.size() == 2) {
    const std::string_view op = effects_.text(term.text);
    return (op == "__add__" || op == "__sub__") &&
           (integer(term.operands[0]) || integer(term.operands[1])) &&
           variation(id) == Variation::distinct;
  }
  if (term.kind == TermKind::Apply && term.operands.size() == 1) {
    const std::string_view op = effects_.text(term.text);
    const bool as_number = op.starts_with("format:") && op.ends_with("d") &&
                           op.find_first_not_of("0123456789d", 7) == op.npos;
    return (op == "str" || as_number) && integer(term.operands[0]);
  }
  return false;
}

void Distinctness::flatten(TermId id, std::vector<Piece>& out) const {
  if (!id) {
    out.push_back({{}, id, false});
    return;
  }
  const Term& term = effects_.values()[id];
  if (term.kind == TermKind::Constant) {
    // Bytes may say the same as a text.
    const std::string text(effects_.text(term.text));
    const bool bytes = !term.is_text && text.find_first_of("'\"") != std::string::npos;
    out.push_back({bytes ? std::string() : text, id, !bytes});
    return;
  }
  const std::string_view name = term.text ? effects_.text(term.text) : std::string_view{};
  if (term.kind == TermKind::Concat) {
    for (TermId operand : term.operands) flatten(operand, out);
    return;
  }
  const bool joins = term.kind == TermKind::Apply &&
                     (name == "/" || name.ends_with(".join") || name == "pathlib.Path" ||
                      name.ends_with("joinpath") || name.ends_with("__truediv__"));
  if (joins) {
    for (std::size_t i = 0; i < term.operands.size(); ++i) {
      if (i > 0) out.push_back({"/", {}, true});
      flatten(term.operands[i], out);
    }
    return;
  }
  if (term.kind == TermKind::Apply && name == "str" && term.operands.size() == 1) {
    flatten(term.operands[0], out);
    return;
  }
  out.push_back({{}, id, false});
}

// The path's last name, or that or the path without its ending: where all lie in one folder, and
// have one ending.
bool Distinctness::is_last_name(TermId id) const {
  if (!items_.in_one_folder) return false;
  const Term& term = effects_.values()[id];
  const std::string_view text = term.text ? effects_.text(term.text) : std::string_view{};
  const auto is_item = [&](TermId each) {
    return items_.kind == Items::Kind::strings && effects_.values()[each].kind == TermKind::Item;
  };
  const auto is_name = [&](TermId each) {
    const Term& of = effects_.values()[each];
    return of.kind == TermKind::Apply && of.operands.size() == 1 &&
           effects_.text(of.text) == "posixpath.basename" && is_item(of.operands[0]);
  };
  if (term.kind == TermKind::Apply) return is_name(id);
  if (term.kind != TermKind::Part || term.operands.size() != 1) return false;
  if (text == "name") return is_item(term.operands[0]);
  const Term& split = effects_.values()[term.operands[0]];
  const bool dotted = items_.ending.size() > 1 && items_.ending.starts_with('.') &&
                      items_.ending.find_first_of("./", 1) == std::string::npos;
  return text == "[0]" && dotted && split.kind == TermKind::Apply &&
         effects_.text(split.text) == "posixpath.splitext" &&
         (is_item(split.operands[0]) || is_name(split.operands[0]));
}

Variation Distinctness::variation(TermId id) const {
  if (!id) return Variation::unknown;
  const Term& term = effects_.values()[id];
  switch (term.kind) {
    case TermKind::Constant:
    case TermKind::Invariant:
    case TermKind::Parameter:
      return Variation::invariant;
    case TermKind::Item:
      return items_.distinct_texts &&
                     (items_.kind == Items::Kind::integers || items_.kind == Items::Kind::strings)
                 ? Variation::distinct
                 : Variation::unknown;
    case TermKind::Position:
      return Variation::distinct;
    case TermKind::Opaque:
      return Variation::unknown;
    case TermKind::Part: {
      const TermId whole = term.operands[0];
      if (is_last_name(id)) return Variation::distinct;
      if (effects_.values()[whole].kind == TermKind::Item) {
        const std::string_view part = effects_.text(term.text);
        if (part == "[0]" && (items_.kind == Items::Kind::pairs_by_position ||
                              (items_.kind == Items::Kind::pairs_by_key && items_.distinct_texts)))
          return Variation::distinct;
        if (part == "[1]" && items_.kind == Items::Kind::pairs_by_position &&
            items_.second_distinct)
          return Variation::distinct;
      }
      return variation(whole) == Variation::invariant ? Variation::invariant : Variation::unknown;
    }
    default:
      break;
  }
  bool all_invariant = true;
  for (TermId operand : term.operands)
    all_invariant = all_invariant && variation(operand) == Variation::invariant;
  if (all_invariant) return Variation::invariant;
  std::vector<Piece> pieces;
  flatten(id, pieces);
  if (pieces.size() == 1 && !pieces[0].constant) {
    if (is_last_name(id)) return Variation::distinct;
    // One value through one function.
    const std::string_view name = term.text ? effects_.text(term.text) : std::string_view{};
    if (term.kind == TermKind::Apply && term.operands.size() == 2 &&
        (name == "__add__" || name == "__sub__")) {
      const Variation a = variation(term.operands[0]);
      const Variation b = variation(term.operands[1]);
      const auto whole_number = [&](TermId t) {
        const Term& each = effects_.values()[t];
        return each.kind == TermKind::Constant && !each.is_text &&
               effects_.text(each.text).find_first_not_of("0123456789_") == std::string_view::npos;
      };
      if (a == Variation::distinct && whole_number(term.operands[1]) && integer(term.operands[0]))
        return Variation::distinct;
      if (b == Variation::distinct && whole_number(term.operands[0]) && integer(term.operands[1]))
        return Variation::distinct;
    }
    if (term.kind == TermKind::Apply && term.operands.size() == 1 && name.starts_with("format:") &&
        integer(term.operands[0])) {
      const std::string_view spec = name.substr(7);
      if (spec.find_first_not_of("0123456789d") == std::string_view::npos)
        return Variation::distinct;
    }
    return Variation::unknown;
  }
  std::vector<std::size_t> varying;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].constant && variation(pieces[i].term) != Variation::invariant)
      varying.push_back(i);
  }
  const auto ends_number = [](const std::string& text, bool at_front) {
    if (text.empty()) return false;
    const char c = at_front ? text.front() : text.back();
    return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-';
  };
  if (varying.size() == 1) {
    const Piece& piece = pieces[varying[0]];
    return variation(piece.term) == Variation::distinct ? Variation::distinct : Variation::unknown;
  }
  // The first varying field is a whole number with a clear end, or the last with a clear beginning.
  const std::size_t first = varying.front();
  if (integer(pieces[first].term) && variation(pieces[first].term) == Variation::distinct &&
      first + 1 < pieces.size() && pieces[first + 1].constant &&
      !ends_number(pieces[first + 1].text, true) && !pieces[first + 1].text.empty()) {
    return Variation::distinct;
  }
  const std::size_t last = varying.back();
  if (integer(pieces[last].term) && variation(pieces[last].term) == Variation::distinct &&
      last > 0 && pieces[last - 1].constant && !ends_number(pieces[last - 1].text, false) &&
      !pieces[last - 1].text.empty()) {
    return Variation::distinct;
  }
  return Variation::unknown;
}

bool Distinctness::always_equal(TermId a, TermId b) const {
  return a && a == b && variation(a) == Variation::invariant;
}

}  // namespace braid::dependence
