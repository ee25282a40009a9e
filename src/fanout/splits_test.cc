#include "fanout/splits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fanout/merges.h"

namespace braid::fanout {
namespace {

constexpr SplitKind kKinds[] = {SplitKind::records,   SplitKind::lines,    SplitKind::paragraphs,
                                SplitKind::sentences, SplitKind::sections, SplitKind::definitions};

std::vector<std::string> pieces(std::string_view text, SplitKind kind, std::string_view path = "") {
  std::vector<std::string> out;
  for (const std::string_view piece : cut_pieces(text, kind, path)) out.emplace_back(piece);
  return out;
}

using Texts = std::vector<std::string>;

TEST(Sentences, EndAtMarksButNotAtAbbreviations) {
  EXPECT_EQ(pieces("Dr. No came. He saw 3.5 kg! \"Really?\" she asked. Yes.", SplitKind::sentences),
            (Texts{"Dr. No came. ", "He saw 3.5 kg! ", "\"Really?\" ", "she asked. ", "Yes."}));
  EXPECT_EQ(pieces("Use e.g. this one. And J. Doe too.", SplitKind::sentences),
            (Texts{"Use e.g. this one. ", "And J. Doe too."}));
}

TEST(Paragraphs, KeepTheirEmptyLines) {
  EXPECT_EQ(pieces("a\nb\n\n\nc\n \nd", SplitKind::paragraphs),
            (Texts{"a\nb\n\n\n", "c\n \n", "d"}));
}

// Prose is cut between sentences, wherever its lines end; code between its lines.
TEST(Chunks, OfATooLongPieceEndWhereASentenceDoes) {
  Input input;
  input.text =
      "The first sentence goes over\ntwo lines. The second one\nis as long. Third\nand last one.";
  input.tokens = 11;
  for (const SplitKind kind : {SplitKind::paragraphs, SplitKind::sections, SplitKind::whole}) {
    input.split = kind;
    Texts chunks;
    for (const Chunk& chunk : cut_chunks(input)) chunks.emplace_back(chunk.text);
    EXPECT_EQ(chunks, (Texts{"The first sentence goes over\ntwo lines. ",
                             "The second one\nis as long. ", "Third\nand last one."}));
  }
  input.split = SplitKind::definitions;
  input.path = "x.py";
  input.text = "def f():\n    a = 1  # One. Two of it.\n    b = 2  # Two. And so on.\n";
  input.tokens = 10;
  for (const Chunk& chunk : cut_chunks(input)) EXPECT_TRUE(chunk.text.ends_with('\n'));
}

TEST(CutInTwo, LosesNothingAndCutsNearTheMiddle) {
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(cut_in_two("a\nbb\n\nccc\nd\n", SplitKind::lines, ""),
            (Views{"a\nbb\n\n", "ccc\nd\n"}));
  EXPECT_EQ(cut_in_two("One is here. Two is there.", SplitKind::records, "x.jsonl"),
            (Views{"One is here. ", "Two is there."}));
  EXPECT_EQ(cut_in_two("abcd", SplitKind::sentences, ""), (Views{"abc", "d"}));
  EXPECT_EQ(cut_in_two("\n a \n", SplitKind::lines, "").size(), 1U);
  EXPECT_LT(cut_in_two("", SplitKind::lines, "").size(), 2U);
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = random() % 60; i > 0; --i) text += "ab. \n\xC3\xA9"[random() % 7];
    for (const SplitKind kind : kKinds) {
      const Views halves = cut_in_two(text, kind, "");
      std::string all;
      for (const std::string_view half : halves) {
        all += half;
        EXPECT_TRUE(halves.size() == 1 || half.size() < text.size());
      }
      EXPECT_EQ(all, text);
      EXPECT_LE(halves.size(), 2U);
    }
  }
}

TEST(Records, OfCsvMayHoldLineEndsInQuotes) {
  EXPECT_EQ(pieces("a,\"b\nc\"\nd,\"e\"\"\n\"\n", SplitKind::records, "x.csv"),
            (Texts{"a,\"b\nc\"\n", "d,\"e\"\"\n\"\n"}));
  EXPECT_EQ(pieces("a,\"b\nc\"\n", SplitKind::records, "x.jsonl"), (Texts{"a,\"b\n", "c\"\n"}));
}

TEST(Sections, BeginAtHeadingsOutsideOfFences) {
  EXPECT_EQ(pieces("intro\n# One\na\n```\n# no heading\n```\n## Two\nb\n", SplitKind::sections),
            (Texts{"intro\n", "# One\na\n```\n# no heading\n```\n", "## Two\nb\n"}));
  EXPECT_EQ(pieces("One\n===\na\nTwo\n---\nb\n", SplitKind::sections),
            (Texts{"One\n===\na\n", "Two\n---\nb\n"}));
}

TEST(Definitions, KeepDecoratorsAndCommentsWithTheirFunction) {
  EXPECT_EQ(pieces("import a\n\n# why\n@b\ndef f():\n    return 1\n\nclass C:\n    pass\n\nx = 1\n",
                   SplitKind::definitions, "x.py"),
            (Texts{"import a\n\n", "# why\n@b\ndef f():\n    return 1\n\n",
                   "class C:\n    pass\n\n", "x = 1\n"}));
}

TEST(Chunks, HoldPiecesByBatchAndByTokens) {
  Input input;
  input.text = "one\ntwo\nthree\nfour\nfive\n";
  input.split = SplitKind::lines;
  input.batch = 2;
  std::vector<Chunk> chunks = cut_chunks(input);
  ASSERT_EQ(chunks.size(), 3U);
  EXPECT_EQ(chunks[1].text, "three\nfour\n");
  EXPECT_EQ(chunks[1].first, 2U);
  input.overlap = 1;
  EXPECT_EQ(cut_chunks(input)[1].context, "two\n");
  input.batch = 0;
  input.tokens = 3;
  for (const Chunk& chunk : cut_chunks(input)) EXPECT_LE(chunk.text.size(), 12U);
}

TEST(Chunks, ALongPieceIsCutAtTheNextSmallerBoundary) {
  Input input;
  input.text = "First sentence here. Second sentence here. Third one.\n\nShort.";
  input.split = SplitKind::paragraphs;
  input.tokens = 7;
  const std::vector<Chunk> chunks = cut_chunks(input);
  EXPECT_EQ(chunks[0].text, "First sentence here. ");
  for (const Chunk& chunk : chunks) EXPECT_LE(chunk.text.size(), 28U);
}

std::string random_text(std::mt19937& random) {
  constexpr std::string_view kBits[] = {
      "a",     "word ",          ". ",      "\n", "\r\n", "\n\n", "\"",    ",",
      "# ",    "def f():\n",     "    x\n", "é",  "\xFF", "!",    "```\n", "\t",
      "===\n", "\\section{a}\n", "e.g. ",   "。"};
  std::string text = random() % 8 == 0 ? "\xEF\xBB\xBF" : "";
  for (unsigned i = random() % 60; i > 0; --i) text += kBits[random() % std::size(kBits)];
  if (random() % 8 == 0) text += std::string(1, '\0');
  return text;
}

// What stands from the first of two views to the end of the other.
std::string_view span_of(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

// Chunks by batch, from a list of all pieces: the rule that cut_chunks() follows piece by piece.
std::vector<Chunk> plain_chunks(const Input& input) {
  std::vector<std::string_view> list;
  bool first_is_blank = false;
  for (const std::string_view piece : cut_pieces(input.text, input.split, input.path)) {
    const bool is_blank = without_edges(piece).text.empty();
    if (!list.empty() && (first_is_blank || is_blank)) {
      list.back() = span_of(list.back(), piece);
      first_is_blank = first_is_blank && is_blank;
    } else {
      first_is_blank = is_blank;
      list.push_back(piece);
    }
  }
  std::vector<Chunk> out;
  const std::size_t batch = std::max<std::size_t>(1, input.batch);
  for (std::size_t i = 0; i < list.size(); i += batch) {
    const std::size_t end = std::min(list.size(), i + batch);
    out.push_back({span_of(list[i], list[end - 1]), {}, i, end - i});
    const std::size_t shown = std::min(i, input.overlap);
    if (shown > 0) out.back().context = span_of(list[i - shown], list[i - 1]);
  }
  return out;
}

TEST(Chunks, AreThoseOfTheListOfAllPieces) {
  std::mt19937 random(17);
  for (int round = 0; round < 2000; ++round) {
    Input input;
    input.text = random_text(random);
    input.split = kKinds[random() % std::size(kKinds)];
    input.path = random() % 2 == 0 ? "x.csv" : "x.py";
    input.batch = random() % 4;
    input.overlap = random() % 4;
    const std::vector<Chunk> expected = plain_chunks(input);
    const std::vector<Chunk> chunks = cut_chunks(input);
    ASSERT_EQ(chunks.size(), expected.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      ASSERT_EQ(chunks[i].text, expected[i].text);
      ASSERT_EQ(chunks[i].context, expected[i].context);
      ASSERT_EQ(chunks[i].first, expected[i].first);
      ASSERT_EQ(chunks[i].pieces, expected[i].pieces);
    }
  }
}

// Whatever the bytes: put together, the chunks are the input, and stitching echoes gives it back.
TEST(Chunks, AreLossless) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    Input input;
    input.text = random_text(random);
    input.split = kKinds[random() % std::size(kKinds)];
    input.path = random() % 2 == 0 ? "x.csv" : "x.py";
    if (random() % 2 == 0)
      input.batch = random() % 5;
    else
      input.tokens = random() % 9;
    std::string together;
    std::vector<Piece> echoes;
    for (const Chunk& chunk : cut_chunks(input)) {
      together += chunk.text;
      const Edges edges = without_edges(chunk.text);
      Piece& piece = echoes.emplace_back();
      piece.is_chunk = true;
      piece.before = edges.before;
      piece.after = edges.after;
      piece.text = edges.text;
    }
    ASSERT_EQ(together, input.text);
    ASSERT_EQ(stitch(echoes, "\n\n", {}).text.value_or(""), input.text);
  }
}

TEST(Chunks, OfTokensAreNeverTooLongAndNeverCutACharacter) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    Input input;
    std::string text;
    for (int i = 0; i < 40; ++i) text += random() % 3 == 0 ? "é" : random() % 3 == 0 ? " " : "x";
    input.text = std::move(text);
    input.split = SplitKind::sentences;
    input.tokens = 2 + random() % 5;
    for (const Chunk& chunk : cut_chunks(input)) {
      ASSERT_LE(chunk.text.size(), input.tokens * 4);
      ASSERT_EQ(find_invalid_utf8(chunk.text), std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace braid::fanout
