// The merges of a running graph: what they are made of, and the ones that are made at once.
#include <fmt/format.h>

#include <algorithm>

#include "fanout/graph_run.h"
#include "fanout/python_function.h"
#include "fanout/vote.h"

namespace braid::fanout {

void GraphRun::start_merge(Node& node) {
  const Merge& merge = *node.merge;
  const auto rule = [&](Missing::Kind kind) { return merge.missing.value_or(Missing{kind, 0}); };
  const Pieces one_by_one([&](const Pieces::Take& take) { each_piece(merge, take); });
  if (merge.kind == MergeKind::stitch) {
    return finish_merge(node, stitch(one_by_one, merge.join, rule(Missing::Kind::all)));
  }
  if (merge.kind == MergeKind::jsonl) {
    return finish_merge(node,
                        jsonl(one_by_one, merge.record_rows, rule(Missing::Kind::best_effort)));
  }
  std::vector<Piece> pieces = pieces_of(merge);
  switch (merge.kind) {
    case MergeKind::stitch:
    case MergeKind::jsonl:
      return;
    case MergeKind::vote:
      finish_merge(node, vote(merge));
      return;
    case MergeKind::python: {
      Merged merged;
      check_missing(pieces, rule(Missing::Kind::all), merged);
      if (merged.failure.empty()) {
        auto text = call_python_merge(merge.function, pieces);
        if (text)
          merged.text = std::move(*text);
        else
          merged.failure = text.error().message;
      }
      finish_merge(node, std::move(merged));
      return;
    }
    case MergeKind::best: {
      std::vector<std::string> authors;
      for (const std::string& name : merge.of) {
        const Node* read = find(name);
        if (read == nullptr || read->part == nullptr) continue;
        for (const std::string& label : read->models) {
          authors.push_back(settings_of(workflow_, *read->part, label).name.value_or(""));
        }
      }
      node.calling = make_best(merge, std::move(pieces), std::move(authors));
      break;
    }
    case MergeKind::synthesise:
      node.calling = make_synthesis(merge, std::move(pieces));
      break;
  }
  if (auto merged = node.calling->advance(*this)) finish_merge(node, std::move(*merged));
}

Merged GraphRun::vote(const Merge& merge) const {
  const Missing missing = merge.missing.value_or(Missing{Missing::Kind::best_effort, 0});
  const std::vector<Piece> pieces = pieces_of(merge);
  std::vector<std::string> labels;
  if (merge.vote.normalise.starts_with("python:")) {
    auto said = call_python_labels(merge.vote.normalise.substr(7), pieces);
    if (!said) {
      Merged out;
      out.failure = said.error().message;
      return out;
    }
    for (std::string& label : *said) {
      VoteRules plain = merge.vote;
      plain.normalise = "none";
      labels.push_back(label_of(label, plain));
    }
  } else {
    for (const Piece& piece : pieces) {
      labels.push_back(piece.text ? label_of(*piece.text, merge.vote) : std::string());
    }
  }
  std::size_t saved = 0;
  for (const std::string& name : merge.of) {
    const Node* read = find(name);
    if (read == nullptr) continue;
    saved += static_cast<std::size_t>(std::count_if(read->rows.begin(), read->rows.end(),
                                                    [](const Row& row) { return !row.is_needed; }));
  }
  if (!gives_many(workflow_, merge.name)) {
    return merge_votes(pieces, labels, saved, merge.vote, missing);
  }
  // One vote for each item: a line each.
  Merged out;
  std::string lines;
  for (std::size_t at = 0; at < pieces.size();) {
    std::size_t end = at;
    while (end < pieces.size() && pieces[end].index == pieces[at].index) ++end;
    const auto begin = static_cast<std::ptrdiff_t>(at);
    const auto stop = static_cast<std::ptrdiff_t>(end);
    Merged one =
        merge_votes({pieces.begin() + begin, pieces.begin() + stop},
                    {labels.begin() + begin, labels.begin() + stop}, 0, merge.vote, missing);
    out.is_tie = out.is_tie || one.is_tie;
    if (!one.text)
      out.gaps.push_back(fmt::format("{} {}: {}", merge.name, pieces[at].index, one.failure));
    out.gaps.insert(out.gaps.end(), one.gaps.begin(), one.gaps.end());
    lines += one.text.value_or("").view();
    lines += '\n';
    at = end;
  }
  out.text = std::move(lines);
  out.notes.push_back(fmt::format("draws saved {}", saved));
  return out;
}

void GraphRun::each_piece(const Node& node, const Pieces::Take& take) const {
  if (node.merge != nullptr) {
    Piece piece;
    piece.name = node.name;
    if (node.value) piece.text = *node.value;
    piece.error = node.blocked;
    return take(piece);
  }
  // Items of a part that works on a part keep the edges of the chunks at its source.
  const Node* source = &node;
  while (source->source != nullptr) source = source->source;
  const Input* input = workflow_.find_input(source->part->each);
  for (const Row& row : node.rows) {
    if (!row.is_needed) continue;
    Piece piece;
    piece.name = row.part;
    piece.index = row.index;
    piece.draw = row.draw;
    piece.error = row.answer.error;
    if (row.answer.status == Status::ok) piece.text = row.answer.text;
    const std::string_view chunk =
        source->chunks.empty() ? std::string_view() : source->chunks[row.index].text;
    if (!source->chunks.empty()) {
      const Edges edges = without_edges(chunk);
      piece.is_chunk = node.draws == 1 && node.models.size() == 1;
      piece.before = edges.before;
      piece.after = edges.after;
    }
    take(piece);
    texts_->was_read(row.answer.text.size());
    if (input != nullptr) input->text.was_read(chunk.size());
  }
}

void GraphRun::each_piece(const Merge& merge, const Pieces::Take& take) const {
  for (const std::string& name : merge.of) {
    if (const Node* node = find(name)) {
      each_piece(*node, take);
    } else if (const Input* input = workflow_.find_input(name)) {
      Piece piece;
      piece.name = name;
      piece.text = input->text;
      take(piece);
    }
  }
}

std::vector<Piece> GraphRun::pieces_of(const Merge& merge) const {
  std::vector<Piece> out;
  each_piece(merge, [&](const Piece& piece) { out.push_back(piece); });
  return out;
}

}  // namespace braid::fanout
