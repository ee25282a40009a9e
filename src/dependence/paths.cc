// What texts say of the files that they name: which are different ones, and which lie in which
// folder.
//
// A path is a sequence of constant texts and values. A value that is a name in a folder leads
// nowhere else; of others, and of `..`, it is not known where they lead. Links are taken not to be
// there, unless the program makes some.
#include <algorithm>

#include "dependence/distinct.h"

namespace braid::dependence {

using effects::TermId;
using effects::TermKind;

// With constants that touch in one piece.
std::vector<Distinctness::Piece> Distinctness::pieces_of(TermId term) const {
  std::vector<Piece> all;
  flatten(term, all);
  std::vector<Piece> out;
  for (Piece& each : all) {
    if (each.constant && !out.empty() && out.back().constant)
      out.back().text += each.text;
    else
      out.push_back(std::move(each));
  }
  return out;
}

// How many pieces it begins with that name a file or folder of this iteration's own, the last of
// them by its name; 0: it does not. All that comes behind lies in there.
std::size_t Distinctness::own_folder(const std::vector<Piece>& pieces) const {
  const auto first = first_varying(pieces);
  if (first == pieces.end() || variation(first->term) != Variation::distinct ||
      !is_one_name(first->term) || !stays_below(first, pieces.end()))
    return 0;
  const auto next = first + 1;
  const bool ends_there = next == pieces.end() || (next->constant && next->text.starts_with('/'));
  return ends_there ? static_cast<std::size_t>(next - pieces.begin()) : 0;
}

bool Distinctness::distinct_path(TermId id) const {
  if (linked_) return false;
  const std::vector<Piece> pieces = pieces_of(id);
  const auto first = first_varying(pieces);
  if (first == pieces.end()) return false;
  if (own_folder(pieces) > 0) return true;
  const bool by_itself = items_.are_paths || leads_down(first->term);
  return variation(id) == Variation::distinct && by_itself && stays_below(first + 1, pieces.end());
}

bool Distinctness::never_meet(TermId a, TermId b) const {
  if (a && a == b) return distinct_path(a);
  if (linked_) return false;
  const std::vector<Piece> left = pieces_of(a);
  const std::vector<Piece> right = pieces_of(b);
  const auto begin_alike = [&](std::size_t count) {
    return std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count),
                      right.begin(), [](const Piece& x, const Piece& y) {
                        return x.constant == y.constant && x.text == y.text &&
                               (x.constant || (x.term && x.term == y.term));
                      });
  };
  if (left.size() == right.size() && begin_alike(left.size())) return distinct_path(a);
  const std::size_t own = own_folder(left);
  return own > 0 && own == own_folder(right) && begin_alike(own);
}

// Nothing of it leads elsewhere.
bool Distinctness::stays_below(Pieces from, Pieces end) const {
  return std::all_of(from, end, [&](const Piece& piece) {
    return piece.constant ? piece.text.find("..") == std::string::npos : leads_down(piece.term);
  });
}

Distinctness::Pieces Distinctness::first_varying(const std::vector<Piece>& pieces) const {
  return std::find_if(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    return !piece.constant && variation(piece.term) != Variation::invariant;
  });
}

bool Distinctness::distinct_folder(TermId id) const {
  if (!distinct_path(id)) return false;
  const std::vector<Piece> pieces = pieces_of(id);
  return std::all_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    return piece.constant || variation(piece.term) == Variation::invariant ||
           is_one_name(piece.term);
  });
}

// A name in a folder, not in one below it.
bool Distinctness::is_one_name(TermId id) const {
  return leads_down(id) && (items_.are_names || is_number(id));
}

// The text of a number: of the loop's own, or made in the iteration.
bool Distinctness::is_number(TermId id) const {
  if (!id) return false;
  const effects::Term& term = effects_.values()[id];
  if (integer(id) || term.kind == TermKind::Position) return true;
  if (term.kind == TermKind::Opaque) return is_made_as(term, {"int", "bool", "range"});
  if (term.kind != TermKind::Part || effects_.text(term.text) != "[0]") return false;
  const effects::Term& pair = effects_.values()[term.operands[0]];
  return pair.kind == TermKind::Opaque && is_made_as(pair, {"enumerate"});
}

// What the expression that made it gives, or goes over, is of one of these types.
bool Distinctness::is_made_as(const effects::Term& opaque,
                              std::initializer_list<std::string_view> types) const {
  bool seen = false;
  for (const effects::ValueAt& each : trace_->values) {
    if (each.node != opaque.node) continue;
    seen = true;
    if (!effects_.are_all(each.value, types)) return false;
  }
  return seen;
}

// A name in a folder, or in folders below it: nothing of it leads elsewhere.
bool Distinctness::leads_down(TermId id) const {
  if (!id) return false;
  if (is_number(id)) return true;
  const effects::Term& term = effects_.values()[id];
  const std::string_view text = term.text ? effects_.text(term.text) : std::string_view{};
  switch (term.kind) {
    case TermKind::Item:
      return items_.lead_down && items_.kind == Items::Kind::strings;
    case TermKind::Part: {
      const TermId whole = term.operands[0];
      const effects::Term& of = effects_.values()[whole];
      const bool is_item = of.kind == TermKind::Item;
      if (is_item && items_.lead_down)
        return (items_.kind == Items::Kind::pairs_by_key && text == "[0]") ||
               (items_.kind == Items::Kind::pairs_by_position && text == "[1]");
      if (text == "name" || text == "stem") return is_item && items_.are_paths;
      return of.kind == TermKind::Apply && effects_.text(of.text) == "posixpath.splitext" &&
             leads_down(of.operands[0]);
    }
    case TermKind::Apply: {
      if (text == "posixpath.basename")  // of any other text it may be `..`
        return items_.are_paths && term.operands.size() == 1 &&
               effects_.values()[term.operands[0]].kind == TermKind::Item;
      return (text == "str.lower" || text == "str.upper") && term.operands.size() == 1 &&
             leads_down(term.operands[0]);
    }
    default:
      return false;
  }
}

namespace {

// No part of it is empty or means a folder that stands in the text already.
bool is_plain(std::string_view text) {
  return !text.starts_with("./") && text.find("..") == text.npos && text.find("//") == text.npos &&
         text.find("/./") == text.npos;
}

bool ends_plainly(std::string_view text) {
  return is_plain(text) && text != "." && !text.ends_with('/') && !text.ends_with("/.");
}

}  // namespace

bool Distinctness::never_one_file(TermId a, TermId b) const {
  if (!a || !b || linked_) return false;
  const std::vector<Piece> left = pieces_of(a);
  const std::vector<Piece> right = pieces_of(b);
  if (left.empty() || right.empty()) return false;
  const auto stays = [&](const Piece& piece) {
    return piece.constant ? is_plain(piece.text) : leads_down(piece.term);
  };
  const auto below_its_start = [&](const std::vector<Piece>& pieces) {
    return pieces.front().constant && !pieces.front().text.empty() &&
           std::all_of(pieces.begin(), pieces.end(), stays);
  };
  if (below_its_start(left) && below_its_start(right)) {
    const std::string& x = left.front().text;
    const std::string& y = right.front().text;
    const std::size_t common = std::min(x.size(), y.size());
    if ((x[0] == '/') == (y[0] == '/')) {
      if (x.compare(0, common, y, 0, common) != 0 && x != "." && y != ".") return true;
      const bool whole = left.size() == 1 && right.size() == 1;
      if (whole && ends_plainly(x) && ends_plainly(y) && x != y) return true;
    }
  }
  if (left.back().constant && right.back().constant) {
    const std::string& x = left.back().text;
    const std::string& y = right.back().text;
    const std::size_t common = std::min(x.size(), y.size());
    if (common > 0 && ends_plainly(x) && ends_plainly(y) &&
        x.compare(x.size() - common, common, y, y.size() - common, common) != 0)
      return true;
  }
  return false;
}

Below Distinctness::below(TermId path, TermId folder) const {
  if (!path || !folder || linked_) return Below::unknown;
  const effects::Term& made = effects_.values()[folder];
  const bool of_path =
      !made.operands.empty() && made.operands[0] == path && made.text &&
      ((made.kind == TermKind::Apply && effects_.text(made.text) == "posixpath.dirname") ||
       (made.kind == TermKind::Part && effects_.text(made.text) == "parent"));
  if (of_path) return Below::somewhere;
  const std::vector<Piece> whole = pieces_of(path);
  const std::vector<Piece> start = pieces_of(folder);
  if (start.empty() || whole.size() < start.size()) return Below::unknown;
  std::string rest;  // of the last piece that they share
  for (std::size_t i = 0; i < start.size(); ++i) {
    const bool last = i + 1 == start.size();
    if (whole[i].constant != start[i].constant) return Below::unknown;
    if (!whole[i].constant) {
      if (!whole[i].term || whole[i].term != start[i].term) return Below::unknown;
      continue;
    }
    if (!last && whole[i].text != start[i].text) return Below::unknown;
    if (!whole[i].text.starts_with(start[i].text)) return Below::unknown;
    rest = whole[i].text.substr(start[i].text.size());
  }
  std::size_t next = start.size();
  if (!start.back().constant && next < whole.size() && whole[next].constant)
    rest = whole[next++].text;
  const bool ends_open = start.back().constant && start.back().text.ends_with('/');
  if (!ends_open && !rest.starts_with('/')) return Below::unknown;
  bool plain = rest.find("..") == std::string::npos;
  bool named = rest.find_first_not_of("/.") != std::string::npos;
  for (; next < whole.size(); ++next) {
    const Piece& piece = whole[next];
    if (piece.constant) {
      plain = plain && piece.text.find("..") == std::string::npos;
      named = named || piece.text.find_first_not_of("/.") != std::string::npos;
      continue;
    }
    plain = plain && leads_down(piece.term);
    named = named || leads_down(piece.term);
  }
  return plain && named ? Below::by_name : Below::somewhere;
}

}  // namespace braid::dependence
