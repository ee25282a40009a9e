// What the abstract interpreter keeps while it follows code: environments, summaries of functions,
// frames, and the loop in focus.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "effects/effects.h"
#include "effects/event_log.h"
#include "effects/flat_set.h"
#include "effects/values.h"

namespace braid::effects {

// Knowledge entries, told apart by where their names stand.
struct ByAddress {
  bool operator()(std::string_view a, std::string_view b) const {
    return std::less<>{}(a.data(), b.data());
  }
};
using EntryNames = FlatSet<std::string_view, ByAddress>;
using Sites = FlatSet<std::uint32_t>;
using Functions = FlatSet<std::uint64_t>;  // (module, definition)

// Which writes a read may see: (recency, node) pairs, hash-consed. Node none: from before.
struct DefinitionsTag;
using DefinitionsId = Id<DefinitionsTag>;
inline constexpr std::uint64_t kUnbound = std::uint64_t{3} << 32U;  // it may not be bound

// What a call of it gave is part of an unknown callee: `lib.f().g` is told as `lib.f`.
inline std::string root_of(std::string_view subject) {
  return std::string(subject.substr(0, subject.find("()")));
}

inline std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  return (std::uint64_t{a} << 32U) | b;
}

struct Slot {
  ValueId value{0U};
  TermId term{};
  DefinitionsId definitions{0U};
  bool operator==(const Slot&) const = default;
};

struct Environment {
  std::vector<Slot> slots;
  bool reachable = true;
};

struct Evaluated {  // what an expression gives
  ValueId value{0U};
  TermId term{};
};

// Of keys that pair_key makes.
struct PairHash {
  std::size_t operator()(std::uint64_t key) const {
    return std::hash<std::uint64_t>{}(key * 0x9e3779b97f4a7c15ULL);
  }
};

struct Argument {
  ValueId value{0U};
  TermId term{};
  NodeId node{};
  bool given = false;
  bool maybe = false;  // through * or **
};

using BoundTo = std::function<Argument(std::string_view)>;  // by the parameter's name

struct CallArguments {
  std::vector<Argument> positional;
  std::vector<std::pair<Symbol, Argument>> keywords;
  bool starred = false;         // some positional arguments are unknown
  bool double_starred = false;  // some keywords are unknown
  Argument rest;                // what they may be
};

// What runs although no call in the text names it: each once at a time. Where one is met again, it
// is left out, and what is then known of a call is all there is only while that one runs.
class RunningHooks {
 public:
  // False where it runs already.
  bool begin(std::uint64_t key) {
    const auto [found, is_new] = begun_.try_emplace(key, last_ + 1);
    if (is_new)
      running_.insert(++last_);
    else
      left_out.insert(found->second);
    return is_new;
  }
  void end(std::uint64_t key) {
    const auto found = begun_.find(key);
    running_.erase(found->second);
    begun_.erase(found);
  }
  [[nodiscard]] bool all_run(const std::set<std::uint64_t>& hooks) const {
    return std::includes(running_.begin(), running_.end(), hooks.begin(), hooks.end());
  }
  std::set<std::uint64_t> left_out;  // by the call that is being followed

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> begun_;  // by what runs
  std::set<std::uint64_t> running_;
  std::uint64_t last_ = 0;
};

inline constexpr double kUnknownSeconds = 50e-3;  // of a loop of unknown length, or recursion

// What a call of one of the program's functions does, for one context.
struct Summary {
  // Shared by whoever applies it while it is made anew.
  std::shared_ptr<const std::vector<Effect>> effects = std::make_shared<std::vector<Effect>>();
  ValueId returns{0U};
  TermId returned_term{};
  ValueId yields{0U};
  bool complete = false;
  bool recursive = false;    // called while it was made
  bool again = false;        // so was its function, in another context
  std::uint32_t depth = 0;   // while it is made: how many others are
  std::uint32_t lowest = 0;  // the depth of the first one that it needed, unless it is complete
  std::uint64_t pass = 0;    // in which it was made last
  Sites allocated;           // where it makes objects
  Functions entered;         // what it calls, at any depth
  EntryNames rests_on;       // so do its callees
  std::set<std::uint64_t> left_out;  // hooks that ran already: it holds while they do
};

struct Frame;

// What a summary is made of.
struct Task {
  Atom function{};      // whom it is told of
  NodeId definition{};  // of the frame that it is interpreted in; none: not one function
  std::uint64_t key{};
  std::function<void(Frame&)> body{};
};

// A call of one of the program's functions that is being interpreted.
struct Active {
  std::uint64_t function;  // (module, definition)
  bool again;              // called again before it had returned
  Summary* summary;        // none: interpreted in its place
};

// What importing a module does outside of it.
struct Imported {
  ModuleId module{};
  NodeId node{};  // the statement
  WorldPlace place{};
  bool changes = false;
  bool at_top = false;  // of the script, and no definition
};

bool names_its_module(std::string_view attribute);  // this_process.cc

// What is this process's own: its worker processes do not see it, or do it again.
struct ThisProcess {
  std::vector<Imported> imports_do;
  std::set<WorldPlace> changed_places;  // by anything in the program
  std::vector<Setting> settings;
  std::vector<Setting> past_buffer;          // what writes to standard output past `sys.stdout`
  std::set<std::uint32_t> told_by_identity;  // types of immutable objects

  // Whether it would be seen, or might give something else, a second time.
  [[nodiscard]] bool repeats(const Imported& each) const;
  [[nodiscard]] std::vector<NodeId> seen_at_top() const;
  static void note(std::vector<Setting>& all, ModuleId module, NodeId node, std::string_view what) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Setting& each) {
      return each.module == module && each.node == node;
    });
    if (known == all.end()) all.push_back({module, node, std::string(what)});
  }
  void set(ModuleId module, NodeId node, std::string_view what) {
    note(settings, module, node, what);
  }
  // What is put into a library, or registered with it, by whatever name.
  void called(ModuleId module, NodeId node, std::string_view callable);
};

// Where bindings live: the function (or module) whose frame holds them.
struct ModuleLayout {
  std::vector<NodeId> owner;        // per binding: FunctionDef, Lambda or Module node
  std::vector<std::uint32_t> slot;  // per binding: index in the owner's environment
  std::unordered_map<std::uint32_t, std::uint32_t> slots_of;  // owner node → number of slots
  std::vector<bool> shared;  // per binding: another function uses it, or it is a global
};

// A field of a dataclass.
struct RecordField {
  Symbol name;
  bool given = true;  // the constructor takes it
  bool has_default = false;
  bool by_name_only = false;
  bool is_attribute = true;
  bool unsure = false;  // some of this is for the run to say
};

// What tells which objects stand in one place only (ownership.h).
struct Placing {
  std::unordered_map<std::uint32_t, NodeId> put_by;  // by site: what put it where it stands once
  // Containers, by site, that somebody may have changed without its being seen what was put there.
  std::unordered_set<std::uint32_t> disturbed;
  bool orderly = false;  // what is recorded is a change of which all is seen
};

struct LoopContext {
  Environment breaks{{}, false};
  Environment continues{{}, false};
};

// A function or module around loops to be traced, interpreted once for all of them.
struct Surroundings {
  bool made = false;
  bool gave_up = false;
  std::uint64_t grown = 0;                          // as often had anything grown when it was made
  std::unordered_map<NodeId, Environment> entries;  // where each loop begins
  EntryNames rests_on;
};

// Has the hash of its names: to be called before it is passed on.
void note_names(Effect& effect);

// Hashes of what was seen: open addressing, in one block.
class Hashes {
 public:
  // Whether it is new.
  bool insert(std::uint64_t hash);

 private:
  void grow();

  std::vector<std::uint64_t> cells_{};  // 0: empty
  std::size_t count_ = 0;
};

// Effects of a callee that a frame has taken over.
struct Applied {
  std::shared_ptr<const std::vector<Effect>> effects;
  std::uint64_t function = 0;        // (module, definition)
  std::vector<std::uint32_t> terms;  // of the arguments
  std::size_t allocated = 0;         // how many sites of the frame there were
  std::uint64_t listener = 0;        // of the frame; 0: none
  bool heard = false;
  bool focused = false;  // in an iteration of the loop in focus
  NodeId node{};         // in a traced frame: where
  NodeId helper_call{};  // and in which helper,
  NodeId definition{};   // whose frame it is
  auto operator<=>(const Applied&) const = default;
};

struct Frame {
  ModuleId module{};
  NodeId definition{};  // FunctionDef, Lambda or Module
  Environment environment;
  std::vector<LoopContext> loops;
  std::vector<Environment*> handlers;  // environments that an exception may carry to a handler
  ValueId returned{0U};
  TermId returned_term{};
  bool returned_twice = false;
  ValueId yielded{0U};
  std::vector<Effect>* sink = nullptr;  // summary being made; none: effects are dropped
  Hashes* seen = nullptr;
  std::vector<Effect>* overheard = nullptr;  // what is evaluated later, too, is remembered here
  Spent spent;                               // in what the sink holds
  std::uint64_t listener = 0;                // whose that is: no two are the same
  std::uint64_t listeners = 0;               // how many there have been
  Sites allocated;                           // in this frame or below
  // Which of these objects are not its own, as long as it has made so many: (objects, those).
  std::array<std::pair<ValueId, ValueId>, 64> others{};
  std::size_t others_at = 0;
  Functions entered;                                  // by it or below
  NodeId helper_call{};                               // traced helper: the call in the traced frame
  bool traced = false;
  std::map<Applied, bool> applied;       // whether it writes variables of the frame
  Surroundings* surroundings = nullptr;  // being made
};

// While it lives, what happens in the frame is also remembered in `to`; none: nothing changes.
class Listening {
 public:
  Listening(Frame& frame, std::vector<Effect>* to);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Frame& frame_;
  std::vector<Effect>* outer_;
  std::uint64_t outer_listener_;
  std::vector<Effect>* to_;
};

// That something has grown; how often so far.
struct Growth {
  bool seen = false;
  std::uint64_t times = 0;
  Growth& operator=(bool grown) {
    seen = grown;
    times += grown ? 1 : 0;
    return *this;
  }
  explicit operator bool() const { return seen; }
};

// What reading the heap gave, by value: as long as it does not grow, and the loop in focus makes no
// objects at other places.
struct HeapReads {
  std::uint64_t grown = 0;    // how often it had
  std::size_t allocated = 0;  // how many places
  std::unordered_map<std::uint32_t, ValueId> stored;
  std::unordered_map<std::uint32_t, ValueId> reachable;
  std::unordered_map<std::uint32_t, ValueId> viewed;
};

// The loop being traced.
struct Focus {
  ModuleId module{};
  NodeId loop{};
  bool active = false;     // inside an iteration
  bool recording = false;  // the last, stable pass
  bool naming = false;     // evaluating what it iterates over: values are kept, events are not
  EventLog events;
  std::map<std::pair<std::uint32_t, std::uint32_t>, ValueId> values;  // (helper call, node)
  Sites allocated;                                                    // in an iteration
  HeapReads reads;
  Functions entered;                                     // in an iteration
  std::map<Applied, std::vector<std::uint32_t>> logged;  // of each effect: where in `events`
  // What handles stand for that this iteration itself made, by site; and the sites at which a
  // function that it called may have made others.
  std::unordered_map<std::uint32_t, std::vector<std::pair<WorldPlace, TermId>>> backing;
  Sites made_by_others;
  std::unordered_map<std::uint32_t, std::vector<Effect>> lazy;  // that it wrote down, by site
  decltype(LoopTrace::makers) makers;
  ValueId iterated{0U};
  TermId iterated_term{};
  ValueId containers{0U};  // whose items are told apart
  ValueId indexed{0U};     // of those, by the loop's own index or key
  bool owns = false;       // there are values with Recency::Own
  bool stable = true;      // no object is made at a place that was not known to make any
};

}  // namespace braid::effects
