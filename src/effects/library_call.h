// One call of a described function: its claim, with what is given for each parameter.
#pragma once

#include <vector>

#include "effects/interpreter.h"

namespace braid::effects {

// `element(xs).__lt__` → {form "element", name "xs", member "__lt__"}.
struct Reference {
  std::string_view form;
  std::string_view name;
  std::string_view member;
};
Reference reference(std::string_view text);

// `keeps default_factory in result.default_factory`: under this name, and not among its elements.
inline constexpr std::string_view kInResult = "result.";

class LibraryCall {
 public:
  LibraryCall(Interpreter& interpreter, const CallableModel& model, Evaluated self,
              const CallArguments& arguments, NodeId node);
  // What each clause that may hold says happens is recorded; gives the result.
  Evaluated apply();

 private:
  // -- parameters and conditions (library_call.cc)
  enum class Holds : std::uint8_t { no, maybe, yes };
  void bind();
  Argument bind(const ParameterSpec& parameter);
  Argument named(std::string_view parameter);
  [[nodiscard]] bool is_of_a_type() const;
  ValueId class_called() const;
  [[nodiscard]] Argument argument(std::string_view name) const;
  [[nodiscard]] Argument referenced(const Reference& wanted) const;
  [[nodiscard]] Argument elements_in(const Argument& whole) const;
  [[nodiscard]] std::optional<std::string_view> constant_of(const Argument& argument) const;
  [[nodiscard]] Holds is_given(std::string_view name) const;
  [[nodiscard]] Holds holds(const Condition& condition) const;
  [[nodiscard]] TermId request() const;

  // -- effects (library_effects.cc)
  void ask_what_is_given();
  void raise();
  void apply(const Clause& clause);
  void touch(const Clause& clause);
  void calls(const Clause& clause);
  void call_back(const Atom& callable, const CallArguments& given);
  [[nodiscard]] Argument deeply(const Reference& wanted) const;
  [[nodiscard]] CallArguments given_to_callback(const Clause& clause,
                                                const Reference& callable) const;
  [[nodiscard]] CallArguments anything_beside(const Reference& callable) const;
  void asked(const Atom& object, ValueId gave);
  void hand_on(std::string_view starred, CallArguments& to) const;
  void consumes(const Clause& clause);

  // -- what is this process's own (this_process.cc)
  void note_for_this_process();
  void order_taken(ValueId iterable);
  void order_deferred();
  [[nodiscard]] bool writes_past_buffer() const;

  // -- the result (library_result.cc)
  Evaluated result();
  ValueId returned(const Clause& clause, TermId& term);
  ValueId part_of(const Atom& atom, const ReturnSpec& spec);
  ValueId made(const ReturnSpec& spec);
  ValueId anything_made();
  ValueId anything_given();
  void hold_what_callbacks_gave(ValueId& result);
  void happens_later(ValueId lazy, const ReturnSpec& spec);
  void back(const PlaceSpec& place);
  [[nodiscard]] bool is_mapping(const Atom& atom) const;
  void keep(const Clause& clause, ValueId result);
  [[nodiscard]] bool takes_each(std::string_view parameter) const;
  [[nodiscard]] TermId term() const;

  Interpreter& in_;
  Values& values_;
  const CallableModel& model_;
  Evaluated self_;
  const CallArguments& arguments_;
  NodeId node_;
  SiteId site_;  // of what it makes
  std::vector<std::pair<std::string_view, Argument>> bound_;
  std::size_t next_ = 0;              // positional argument to be bound
  std::vector<bool> used_;            // by keyword
  std::size_t variadic_ = 0;          // the first positional argument that `*args` has
  std::vector<std::size_t> extra_{};  // the keywords that `**kwargs` has
  bool lazy_ = false;                 // what it calls and consumes comes later
  std::vector<Effect> heard_;         // what the lazy result will do
  ValueId called_;                    // what the functions give that it calls
  ValueId kept_gave_;                 // what those give that somebody was given before
  std::map<std::string, ValueId, std::less<>> consumed_{};  // what parameters gave, one by one
  ValueId asked_;                     // what methods of the program's objects gave
  bool pure_ = false;
  bool repeatable_ = false;  // doing it again does nothing more
};

}  // namespace braid::effects
