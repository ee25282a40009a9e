// effects: Program × Knowledge → Effects. What code may read, write, wait for, raise, or not be
// known to do.
//
// Method: abstract interpretation of the tree in evaluation order, on demand. A value is a set of
// atoms; an atom is a kind of object together with the place in the text that makes it (allocation
// site) and its recency: made before the loop in focus, in this iteration, or in an older one (the
// recency abstraction of Balakrishnan and Reps, 2006). Calls of the script's own functions are
// summarised per context (the atoms of the arguments), recursion by fixpoint. What is unknown is a
// value of its own (`Unknown` effects name the callee), never silently nothing.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "effects/knowledge.h"
#include "effects/program.h"

namespace braid::effects {

using scope::BindingId;
using syntax::NodeId;

// A set of atoms, hash-consed within one Effects.
struct ValueTag;
using ValueId = Id<ValueTag>;
// A symbolic value: what a path, key or address is made of. Hash-consed within one Effects.
struct TermTag;
using TermId = Id<TermTag>;

// When an object was made, as one iteration of the loop in focus sees it. Own: before the loop, and
// it stands once in what the loop goes through, as this iteration's item or in that.
enum class Recency : std::uint8_t { Before, This, Older, Own };

enum class EffectKind : std::uint8_t {
  Read,
  Write,
  Append,   // a write whose order shows
  Wait,     // blocks on the outside (detail in `waits`)
  Burn,     // costly computing
  Unknown,  // a call that nothing is known of; `subject` names it
  Exit,     // may end the process, where it stands
  Unwind,   // may raise SystemExit
  Raise,    // may raise
  Call,     // costs money or is remote computation: must not be made ahead of need
};

enum class PlaceKind : std::uint8_t { None, Variable, Object, World };

// Part of an object.
enum class Part : std::uint8_t { Whole, Attribute, Elements, Deep };

struct Place {
  PlaceKind kind = PlaceKind::None;
  // Variable
  ModuleId module{};
  BindingId variable{};
  // Object: any of these atoms; which part of it
  ValueId objects{};
  Part part = Part::Whole;
  Symbol attribute{};
  // World
  WorldPlace world = WorldPlace::none;
  // The key of an element, or the path, address or query of a world place; none: any
  TermId key{};
  bool operator==(const Place&) const = default;
};

struct Effect {
  EffectKind kind{};
  Place place{};
  Waits waits = Waits::nothing;  // Wait
  bool nogil = false;            // Burn: releases the interpreter lock
  double seconds = 0;            // Wait and Burn: typical time of one
  std::string unless{};          // the assumption kind that would remove it; empty: none
  FolderMade folder{};           // Write of a file: what comes there, if it is a folder
  std::string subject{};         // the callee or thing, as the user would name it
  // Where it happens: the innermost place in the text.
  ModuleId module{};
  NodeId node{};
  std::uint64_t names = 0;  // hash of `unless` and `subject`, since it was recorded
  bool operator==(const Effect&) const = default;
};

// What the variable's value may be when a Read sees it.
struct Definitions {
  bool before = false;            // from before the loop
  bool older = false;             // from an earlier iteration
  bool unbound = false;           // it may not be bound at all
  std::vector<NodeId> here{};     // written in this iteration by these nodes
  std::vector<NodeId> earlier{};  // written in an earlier iteration by these nodes
  bool operator==(const Definitions&) const = default;
};

struct Event {
  Effect effect{};
  NodeId node{};              // the expression or statement in the traced loop (or in the helper)
  NodeId helper_call{};       // set when `node` stands in a helper called here
  bool through_call = false;  // happens inside a callee: the text at `node` only calls
  Definitions definitions{};  // Read of a variable
  bool operator==(const Event&) const = default;
};

// What an expression of the traced loop (or of a helper called there) may give.
struct ValueAt {
  NodeId node{};
  NodeId helper_call{};
  ValueId value{};
};

// One iteration of a loop, in order of evaluation.
struct LoopTrace {
  std::vector<Event> events{};
  std::vector<ValueAt> values{};  // names, calls and bindings
  // Which expressions of an iteration (node, helper call) may make objects, by site: themselves, or
  // in what they call.
  std::unordered_map<std::uint32_t, std::vector<std::pair<NodeId, NodeId>>> makers{};
  // What the variables of the function around hold where the loop begins.
  std::vector<std::pair<BindingId, ValueId>> entry{};
  // What the loop iterates over.
  ValueId iterated{};
  TermId iterated_term{};
  ValueId containers{};  // of items with Recency::Own, which holds while these stay as they are
  std::vector<std::string> rests_on{};  // knowledge entries used
  bool gave_up = false;  // the program is too intricate to be followed: nothing of this holds
  // Functions of the program that an iteration may call, at any depth.
  std::vector<std::pair<ModuleId, NodeId>> enters{};
};

// The subject of the effect of `is`, and of what else tells objects by identity.
inline constexpr std::string_view kIdentity = "identity";

// The subjects of what else another process answers otherwise.
inline constexpr std::string_view kOrderOfSet = "a set";
inline constexpr std::string_view kOwnName = "__name__";

// Whether a value may go to another process, or come from there, and still mean the same.
struct Crossing {
  enum class Kind : std::uint8_t { same, unseen, other };
  Kind kind = Kind::same;
  std::string what{};      // the kind of thing that would mean something else, or that nobody sees
  bool any_order = false;  // how sets are ordered is judged where they are gone through
  // The program's classes and functions by whose names the other process finds its own.
  std::vector<std::pair<ModuleId, NodeId>> names{};
};

// What is set in this process for all that runs in it later, or goes past its buffers.
struct Setting {
  ModuleId module{};
  NodeId node{};
  std::string what{};
};

class Interpreter;
class Values;
struct Atom;

class Effects {
 public:
  Effects(const Program& program, const Knowledge& knowledge);
  ~Effects();
  Effects(Effects&&) noexcept;
  Effects& operator=(Effects&&) noexcept;

  // Interprets one iteration of the For loop or comprehension.
  [[nodiscard]] LoopTrace trace(ModuleId module, NodeId loop) const;
  // To read the values and terms of a trace (effects/values.h).
  [[nodiscard]] const Values& values() const;
  [[nodiscard]] std::string_view text(Symbol symbol) const;
  [[nodiscard]] const TypeModel* type_model(Symbol type) const;
  // What described types its class is or comes from.
  [[nodiscard]] std::vector<Symbol> library_types(const Atom& atom) const;
  // Whether it names a type whose objects stand for something outside: a connection, a file.
  [[nodiscard]] bool is_handle(std::string_view type) const;
  [[nodiscard]] bool is_immutable(const Atom& atom) const;
  // Objects of these described types, and nothing else.
  [[nodiscard]] bool are_all(ValueId value, std::initializer_list<std::string_view> types) const;
  // Whether the variables that closures of the function use may be met in a later call of it.
  [[nodiscard]] bool leaks(ModuleId module, NodeId function) const;
  [[nodiscard]] std::string describe(ValueId value) const;
  // `made_there`: the value comes back from the process that made it.
  [[nodiscard]] Crossing crossing(ValueId value, bool made_there) const;
  // The same of what it gives when it is gone through.
  [[nodiscard]] Crossing crossing_of_elements(ValueId value, bool made_there) const;
  // The same of what a local function uses of the functions around it.
  [[nodiscard]] Crossing crossing_of_closure(const Atom& function) const;
  // The same of what a module's variable may hold.
  [[nodiscard]] Crossing crossing_of_global(ModuleId module, BindingId variable) const;
  // The same of what the exceptions hold that the program raises.
  [[nodiscard]] Crossing crossing_of_raised() const;
  // Which statement that worker processes run again, as they import the script and its modules,
  // would be seen to, or might give something else; none if empty.
  [[nodiscard]] std::string import_repeats() const;
  // Other statements at the top of the script that would be.
  [[nodiscard]] std::vector<NodeId> seen_at_top() const;
  // What the program sets for its own process, where it does.
  [[nodiscard]] const std::vector<Setting>& settings() const;
  // What writes to standard output past the buffer of `sys.stdout`, or ends the program without
  // writing out what is in it.
  [[nodiscard]] const std::vector<Setting>& past_buffer() const;
  // Functions of the program open what is closed by its end, and not at the end of a `with`.
  [[nodiscard]] bool leaves_open() const;
  // The `with` statements that were followed and hand on whatever is raised in them. Others may
  // swallow it.
  [[nodiscard]] std::set<std::pair<ModuleId, NodeId>> hand_on() const;
  [[nodiscard]] bool hands_on(ModuleId module, NodeId with) const;
  // Functions of the program, or other modules, change it after its module was imported; or it is
  // the script's, and is changed at all.
  [[nodiscard]] bool changes_while_running(const Atom& atom) const;
  // Whether the value is it, or holds it at any depth.
  [[nodiscard]] bool reaches(ValueId value, const Atom& atom) const;
  // Whether a variable of a module is it, or holds it at any depth.
  [[nodiscard]] bool reached_from_globals(const Atom& atom) const;
  // Only who is given it can reach it, and who reads this variable.
  [[nodiscard]] bool only_named(const Atom& atom, ModuleId module, BindingId name) const;
  // A class, a default or a closure holds it that worker processes make anew; but for the closures
  // of functions around the loop.
  [[nodiscard]] bool held_by_definitions(const Atom& atom, ModuleId module, NodeId loop) const;

 private:
  friend Effects summarise_effects(const Program& program, const Knowledge& knowledge);
  std::unique_ptr<Interpreter> interpreter_;
};

Effects summarise_effects(const Program& program, const Knowledge& knowledge);

}  // namespace braid::effects
