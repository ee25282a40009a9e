// Which statements of a block are evaluated elsewhere too, in order; and what variables they need.
//
// A block of the original is projected onto the statements of a plan's slice, its moved statements
// and its units. The projection is a list of Steps, from which a worker's or generator's text is
// made.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace braid::rewrite {

using scope::BindingId;
using syntax::NodeId;
using syntax::NodeKind;
using syntax::SyntaxTree;

enum class StepKind : std::uint8_t {
  Whole,  // the statement as it is, or the right side of one
  If,     // its test, with projected blocks
  With,   // its items, with a projected block
  Unit,   // units evaluated in (or being) this statement
};

struct Step {
  StepKind kind{};
  NodeId node;
  bool moved = false;              // Whole: taken out of the body
  std::vector<std::size_t> units;  // Unit: indices into the plan's units, in order of evaluation
  std::vector<std::vector<Step>> blocks;  // If: then, else; With: one
};
using Steps = std::vector<Step>;

// What a projection looks for, beside the units.
struct Kept {
  std::vector<NodeId> slice;
  std::vector<NodeId> moved;
  std::vector<NodeId> added = {};  // of the slice: `total += …`, of which only the right side is
};

struct Module;

// What a recorded statement evaluates: an If's test, the right side of an assignment.
NodeId evaluated_in(const SyntaxTree& tree, NodeId statement);

// The projection of `statements`. Error: why the plan cannot be projected, for people.
std::expected<Steps, std::string> project(const SyntaxTree& tree,
                                          std::span<const NodeId> statements, const Kept& kept,
                                          const std::vector<plan::RunUnit>& units);

// The steps up to and including unit `unit`, without those that lie beside its path or are moved.
Steps up_to(const Steps& steps, std::size_t unit);
bool holds_unit(const Steps& steps, std::size_t unit);
// The same as one block: what is evaluated on the way to the unit.
Steps path_to(const Steps& steps, std::size_t unit);
bool holds(const Steps& steps, bool (*test)(const Step&));

// Variables of moved text. Those of scopes inside it (comprehension targets, inner functions'
// locals) do not count.
struct Variables {
  std::vector<BindingId> needed;   // read before the text surely binds them, in order of the text
  std::vector<BindingId> written;  // in order of the text
  std::set<BindingId> bound;       // surely bound at its end
};

// What each unit evaluates, by unit: its statements or its expression.
using Texts = std::vector<std::vector<NodeId>>;
Texts texts_of(const SyntaxTree& tree, const std::vector<plan::RunUnit>& units);

// `already`: bound before the text begins. Units are read as their texts.
Variables variables_of(const Module& module, const Steps& steps, const Texts& texts,
                       const std::set<BindingId>& already = {});
Variables variables_of(const Module& module, std::span<const NodeId> statements_or_expressions,
                       const std::set<BindingId>& already = {});

// Variables surely bound when `site` is reached, of those that `body`, which holds it, binds.
std::set<BindingId> bound_at(const Module& module, std::span<const NodeId> body, NodeId site);

// The containers that the unit fills as its own.
std::set<BindingId> gathered_by(const plan::RunUnit& unit);
// It gathers what it prints.
bool prints(const plan::RunUnit& unit);
// The statements of a statement unit, in order; of the head of a `with`, its items come first.
std::vector<NodeId> statements_of(const SyntaxTree& tree, const plan::RunUnit& unit);
// From the unit's first to its last character.
Span span_of(const SyntaxTree& tree, const plan::RunUnit& unit);

}  // namespace braid::rewrite
