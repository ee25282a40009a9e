// Which keys of a container are others in each iteration, and which two are never one.
//
// In a dict 1, 1.0 and True are one key; in a list -1 is also the last index there is.
#include <algorithm>

#include "dependence/distinct.h"

namespace braid::dependence {

using effects::Term;
using effects::TermId;
using effects::TermKind;

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

// The loop's own item: a number that counts, a key of what it goes through.
bool Distinctness::is_own_key(TermId id) const {
  const Term& term = effects_.values()[id];
  if (!items_.distinct_keys) return false;
  if (term.kind == TermKind::Item)
    return items_.kind == Items::Kind::integers || items_.kind == Items::Kind::strings;
  const bool pairs =
      items_.kind == Items::Kind::pairs_by_position || items_.kind == Items::Kind::pairs_by_key;
  return term.kind == TermKind::Part && pairs && effects_.text(term.text) == "[0]" &&
         effects_.values()[term.operands[0]].kind == TermKind::Item;
}

// A whole number that is not negative.
bool Distinctness::is_index(TermId id) const {
  const Term& term = effects_.values()[id];
  if (term.kind == TermKind::Constant) return !term.is_text && is_digits(effects_.text(term.text));
  if (is_own_key(id)) return items_.not_negative && integer(id);
  return term.kind == TermKind::Apply && term.operands.size() == 2 &&
         effects_.text(term.text) == "__add__" && is_index(term.operands[0]) &&
         is_index(term.operands[1]);
}

bool Distinctness::distinct_key(TermId id, bool index) const {
  if (!id || (index && !is_index(id))) return false;
  if (is_own_key(id)) return true;
  const Term& term = effects_.values()[id];
  const bool is_text = term.kind == TermKind::Concat;
  return (is_text || integer(id)) && variation(id) == Variation::distinct;
}

bool Distinctness::never_equal(TermId a, TermId b, bool index) const {
  if (!a || !b) return false;
  const Term& x = effects_.values()[a];
  const Term& y = effects_.values()[b];
  if (x.kind == TermKind::Constant && y.kind == TermKind::Constant) {
    const std::string_view left = effects_.text(x.text);
    const std::string_view right = effects_.text(y.text);
    if (x.is_text != y.is_text) return false;
    const auto plain = [](std::string_view text) {
      return is_digits(text) && (text.size() == 1 || text[0] != '0');
    };
    return left != right && (x.is_text || (plain(left) && plain(right)));
  }
  if (index) return false;
  const std::vector<Piece> left = pieces_of(a);
  const std::vector<Piece> right = pieces_of(b);
  if (left.empty() || right.empty() || (left.size() == 1 && !left[0].constant) ||
      (right.size() == 1 && !right[0].constant))
    return false;
  const auto differ = [](const Piece& one, const Piece& other, bool at_end) {
    if (!one.constant || !other.constant) return false;
    const std::size_t common = std::min(one.text.size(), other.text.size());
    const std::size_t from = at_end ? one.text.size() - common : 0;
    const std::size_t beside = at_end ? other.text.size() - common : 0;
    return one.text.compare(from, common, other.text, beside, common) != 0;
  };
  const auto joins = [&](const std::vector<Piece>& pieces) {
    return std::any_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
      return piece.constant && piece.text.find('/') != std::string::npos;
    });
  };
  if (joins(left) || joins(right)) return false;  // perhaps a path, of which a part counts for all
  return differ(left.front(), right.front(), false) || differ(left.back(), right.back(), true);
}

}  // namespace braid::dependence
