// vote: what many draws of one question say together.
//
// Ballots count by draw, never by arrival. The count stops early only when no ballots that are left
// could change the outcome (`exact`), or when more than `certainty` of belief, begun at
// Beta(3/2, 3/2), is on the leader's side (`probable`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fanout/merges.h"

namespace braid::fanout {

struct Tally {
  std::vector<std::pair<std::string, std::size_t>> votes;  // most first; equal ones as they came
  std::size_t counted = 0;
  std::size_t abstained = 0;  // no valid vote, or no answer
  std::string winner;         // empty: none
  bool is_tie = false;
  std::size_t margin = 0;  // of the leader over the next
  std::string why_none;    // quorum, margin or tie
};

// A ballot as a label: normalised, and one of the choices if there are any; empty: invalid.
// `python:` rules are applied by the caller before.
std::string label_of(std::string_view ballot, const VoteRules& rules);

// Labels of ballots in the order of draws; empty ones abstain.
Tally count_votes(const std::vector<std::string>& labels, const VoteRules& rules);

// How many draws to send next when `labels` are all that came of `total` draws; 0: none is needed.
std::size_t next_draws(const std::vector<std::string>& labels, std::size_t total,
                       const VoteRules& rules);

// The result of a vote over one question's pieces.
Merged merge_votes(const std::vector<Piece>& pieces, const std::vector<std::string>& labels,
                   std::size_t saved, const VoteRules& rules, const Missing& missing);

}  // namespace braid::fanout
