// What is known of the items that a loop goes over.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "dependence/dependence.h"

namespace braid::dependence {

// Of the items, or of the one part of each pair that is not a position: `pairs_by_key`: the first,
// `pairs_by_position`: the second.
struct Items {
  enum class Kind : std::uint8_t {
    unknown,
    integers,
    strings,
    pairs_by_position,
    pairs_by_key
  } kind = Kind::unknown;
  bool second_distinct = false;  // pairs by position: what the second part is
  bool distinct_texts = false;   // as `str` gives them
  bool distinct_keys = false;    // as keys of a dict: 1, 1.0 and True are one
  bool not_negative = false;     // whole numbers, or positions
  bool from_zero = false;        // positions that begin at 0
  // Different items name different files: one folder's names. Of any other texts two may name one
  // file (`a` and `./a`).
  bool are_paths = false;
  bool lead_down = false;      // from a folder nowhere else than into it, or into folders below
  bool are_names = false;      // lead down, without separators
  bool in_one_folder = false;  // different items have different last names
  std::string ending{};        // of all of them; empty: not known
};

class ItemsReader {
 public:
  ItemsReader(const effects::Program& program, const effects::Effects& effects, ModuleId module,
              const effects::LoopTrace& trace)
      : program_(program), effects_(effects), module_(module), trace_(trace) {}

  // Of what this expression gives: a literal, what the library lists, or a name that is bound to
  // such a thing once.
  Items operator()(NodeId iter) const;

 private:
  [[nodiscard]] Items of_call(NodeId call) const;
  template <typename Read>
  auto followed(NodeId name, const Read& read) const -> decltype(read(name));
  [[nodiscard]] std::optional<std::string> text_of(NodeId node) const;
  [[nodiscard]] Items of_keys(NodeId node) const;
  [[nodiscard]] Items some_of(NodeId comprehension) const;
  [[nodiscard]] std::optional<effects::ValueId> value_at(NodeId node) const;
  [[nodiscard]] bool are_all(NodeId node, std::initializer_list<std::string_view> types) const;
  [[nodiscard]] bool gives(NodeId call, std::string_view name,
                           std::initializer_list<std::string_view> types) const;

  const effects::Program& program_;
  const effects::Effects& effects_;
  ModuleId module_;
  const effects::LoopTrace& trace_;
  mutable std::set<NodeId> followed_{};  // names whose origins are being read
};

}  // namespace braid::dependence
