// How one run unit is handed to the pool: as a call that the code has already, or as a new
// function.
#pragma once

#include "rewrite/form.h"
#include "rewrite/local_definitions.h"

namespace braid::rewrite {

// What a unit's text stands in while its worker is made.
struct Scene {
  Module& module;
  const plan::Plan& plan;
  std::vector<plan::RunUnit> units;  // that the steps' units are indices of
  NodeId region;                     // what merge runs: variables written in it change meanwhile
  std::vector<BindingId> items;      // variables that each iteration binds anew, known to split
  std::vector<BindingId> ahead;      // variables that the generator binds (slice not in the worker)
  // The worker unpacks its first parameter itself: "a, (b, c)" from "row"; both empty otherwise.
  std::string pattern;
  std::string packed;
  std::string noun;  // what one item is called
  bool process = false;
  LocalDefinitions local = {};  // processes: what stands in functions and is needed
  // Of a helper's text: where it is called from, what its parameters stand for, and the loop's own
  // steps before the call.
  const Scene* caller = nullptr;
  const struct Helper* helper = nullptr;
  const Steps* caller_steps = nullptr;
};

struct Worker {
  std::vector<std::string> call;  // what stands in `pool.submit(…)`: the function, its arguments
  Lines definition;               // without indentation; empty when the code has the call already
  bool nested = false;            // the definition must see the locals of the loop's function
  std::vector<BindingId> worker_globals;  // processes: what its text reads of the file by name
  std::vector<BindingId> shared;  // processes: what every call reads, given to each worker once
  bool may_raise = false;         // evaluating the arguments may raise
  bool keeps_part = false;        // what fails in it is returned
  bool kept_by_file = false;      // by the file's one `keep_output`, which calls it
  // Not every result is surely bound: the function gives those that are by their names, under this
  // one. Empty: it gives the results as they are.
  std::string bound;
  std::set<BindingId> unsure;

  [[nodiscard]] std::size_t size() const;  // of the call as text
  [[nodiscard]] bool is_tall() const;      // spans lines
};

// `steps` ends in unit `unit`; what comes before is part of the worker's text, or, where every step
// is a simple assignment, of the arguments.
Written<Worker> make_worker(const Scene& scene, const Steps& steps, std::size_t unit);

// The steps as text of a function (`item` empty: exits become `return None`, the unit is returned)
// or of a generator (exits first yield `item`; units are submitted as `pending` says).
struct Rendering {
  std::string item;
  std::vector<std::string> pending;   // generator: by unit, the name that takes the call
  std::vector<Form> submissions;      // generator: by unit, "pool.submit(…)"
  std::string bound;                  // function: see Worker
  std::string surroundings;           // the blanks that all lines will get in addition
  std::vector<std::string> recorded;  // generator: by recorded value of the plan, its name
  // A unit that keeps what it had gathered (plan.h): names for what it prints, how it failed and
  // what it gave, and the class that takes the first.
  std::string printed;
  std::string error;
  std::string result;  // of an expression
  std::string buffer;
  std::string portable;  // what sees that the failure survives the way back; empty: it does
};
inline const Need kStringIO{"io", "StringIO"};
// Behind the other arguments; none: a comment is in the way.
std::optional<Substitution> with_keyword(const Module& module, NodeId call,
                                         const std::string& keyword);
Lines render(const Scene& scene, const Steps& steps, const std::string& indent,
             const Rendering& rendering);

// The noun of what a unit yields: the variable its statement assigns, or empty.
std::string result_noun(const Module& module, const plan::RunUnit& unit);
// Names for a function that does what the unit does, best first.
std::vector<std::string> worker_name_wishes(const Module& module, const plan::RunUnit& unit,
                                            const std::string& item_noun);

}  // namespace braid::rewrite
