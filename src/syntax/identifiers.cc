// Normalisation follows Unicode Standard Annex 15, restricted to what names may hold: compatibility
// mappings, canonical ordering, canonical composition.
#include "syntax/identifiers.h"

#include <algorithm>
#include <vector>

namespace braid::syntax {

namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
struct Mapping {
  std::uint32_t code;
  std::uint16_t begin;
  std::uint16_t size;
};
struct CombiningClass {
  std::uint32_t first;
  std::uint32_t last;
  std::uint8_t combining;
};
struct Pair {
  std::uint32_t first;
  std::uint32_t second;
  std::uint32_t composed;
};

#include "syntax/unicode_tables.inc"

// Hangul syllables are composed by arithmetic: lead, vowel, trail.
constexpr std::uint32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTrails = 0x11A7;
constexpr std::uint32_t kLeadCount = 19, kVowelCount = 21, kTrailCount = 28;
constexpr std::uint32_t kSyllableCount = kLeadCount * kVowelCount * kTrailCount;

template <std::size_t size>
bool in(const Range (&ranges)[size], std::uint32_t code) {
  const auto range = std::ranges::lower_bound(ranges, code, {}, &Range::last);
  return range != std::end(ranges) && range->first <= code;
}

std::uint8_t combining_class(std::uint32_t code) {
  const auto range = std::ranges::lower_bound(kCombining, code, {}, &CombiningClass::last);
  return range != std::end(kCombining) && range->first <= code ? range->combining : 0;
}

void decompose(std::uint32_t code, std::vector<std::uint32_t>& out) {
  if (code - kSyllables < kSyllableCount) {
    const std::uint32_t index = code - kSyllables;
    out.push_back(kLeads + index / (kVowelCount * kTrailCount));
    out.push_back(kVowels + index / kTrailCount % kVowelCount);
    if (index % kTrailCount != 0) out.push_back(kTrails + index % kTrailCount);
    return;
  }
  const auto pair = std::ranges::find(kPairs, code, &Pair::composed);
  if (pair == std::end(kPairs)) {
    out.push_back(code);
  } else {
    decompose(pair->first, out);
    out.push_back(pair->second);
  }
}

// The composition of two code points; 0 when they have none.
std::uint32_t compose(std::uint32_t first, std::uint32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTrailCount;
  }
  const bool open_syllable =
      first - kSyllables < kSyllableCount && (first - kSyllables) % kTrailCount == 0;
  if (open_syllable && second > kTrails && second - kTrails < kTrailCount)
    return first + (second - kTrails);
  const auto pair =
      std::ranges::lower_bound(kPairs, std::pair(first, second), {},
                               [](const Pair& each) { return std::pair(each.first, each.second); });
  const bool found = pair != std::end(kPairs) && pair->first == first && pair->second == second;
  return found ? pair->composed : 0;
}

void compose_all(std::vector<std::uint32_t>& codes) {
  std::size_t kept = 0;
  std::size_t starter = codes.size();  // none yet
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint8_t own = combining_class(codes[i]);
    if (starter < kept) {
      const std::uint8_t between = kept > starter + 1 ? combining_class(codes[kept - 1]) : 0;
      const bool blocked = kept > starter + 1 && between >= own;
      const std::uint32_t composed = blocked ? 0 : compose(codes[starter], codes[i]);
      if (composed != 0) {
        codes[starter] = composed;
        continue;
      }
    }
    if (own == 0) starter = kept;
    codes[kept++] = codes[i];
  }
  codes.resize(kept);
}

}  // namespace

bool starts_identifier(std::uint32_t code) { return in(kStarts, code); }
bool continues_identifier(std::uint32_t code) { return in(kContinues, code); }

std::string normal_form(std::string_view name) {
  std::vector<std::uint32_t> codes;
  for (std::size_t at = 0; at < name.size();) {
    const auto [code, size] = code_point(name, at);
    at += size;
    const auto mapping = std::ranges::lower_bound(kMappings, code, {}, &Mapping::code);
    if (mapping == std::end(kMappings) || mapping->code != code) {
      decompose(code, codes);
    } else {
      for (std::size_t i = 0; i < mapping->size; ++i)
        decompose(kMappedTo[mapping->begin + i], codes);
    }
  }
  for (std::size_t begin = 0; begin < codes.size();) {
    std::size_t end = begin;
    while (end < codes.size() && combining_class(codes[end]) != 0) ++end;
    std::stable_sort(
        codes.begin() + static_cast<std::ptrdiff_t>(begin),
        codes.begin() + static_cast<std::ptrdiff_t>(end),
        [](std::uint32_t a, std::uint32_t b) { return combining_class(a) < combining_class(b); });
    begin = end + 1;
  }
  compose_all(codes);
  std::string out;
  for (const std::uint32_t code : codes) append_utf8(code, out);
  return out;
}

CodePoint code_point(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::uint32_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (size == 1 || text.size() - at < size) return {first, 1};
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::uint32_t i = 1; i < size; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  return {code, size};
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace braid::syntax
