// Knowledge: what library callables, types and attributes may do, from knowledge/*.toml (see
// docs/knowledge.md). The built-in rows are compiled in; a user's files are added to them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"
#include "effects/knowledge_table.h"

namespace braid::effects {

enum class WorldPlace : std::uint8_t {
  none,
  Stdout,
  Stderr,
  Stdin,
  File,
  Directory,
  Tree,
  Remote,
  Cwd,
  Environ,
  Umask,
  Locale,
  Signals,
  Warnings,
  Logging,
  Interpreter,
  Random,
  NumpyRandom,
  Clock,
  Entropy,
  Processes,
  Threads,
  Decimal,
  Errstate,
  Contextvars,
  Temp,
  Gui,
  Pyplot,
  Database,
  ModuleState,
  Anything,
};
enum class Waits : std::uint8_t { nothing, Network, Disk, Subprocess, Sleep, Lock, Input, Gui };

// An empty folder is made: that alone, or those above it that are missing, too.
struct FolderMade {
  enum class Kind : std::uint8_t { none, alone, with_parents } kind = Kind::none;
  bool repeatable = false;  // one that is there is left
  explicit operator bool() const { return kind != Kind::none; }
  auto operator<=>(const FolderMade&) const = default;
};

// The parts of a clause are kept as text views into the row: `subject` etc. are names of
// parameters.
struct Condition {
  enum class Kind : std::uint8_t {
    always,
    given,
    absent,
    equals,
    has,
    lacks,
    is
  } kind = Kind::always;
  std::string_view parameter;  // absent: perhaps several, separated by commas
  std::string_view value;      // equals: the literal; has, lacks: the characters; is: the type
};

struct PlaceSpec {
  enum class Kind : std::uint8_t { World, Self, Parameter, Result, Backing } kind{};
  std::string_view
      parameter;  // Parameter, Backing, or a World place's argument (file(path)); "self" possible
  std::string_view attribute;  // self.cookies
  WorldPlace world = WorldPlace::none;
  bool deep = false;
  bool elements = false;
  FolderMade folder{};  // File
};

enum class ReturnOrigin : std::uint8_t {
  fresh,
  value,
  argument,
  self,
  element,
  field,
  shared,
  cached,
  lazy,
  call,
  any
};

struct ReturnSpec {
  ReturnOrigin origin = ReturnOrigin::any;
  std::string_view parameter;  // argument, element, field, lazy over, call
  std::string_view type;       // TYPE text; empty: unknown
  std::optional<PlaceSpec> backed_by;
};

enum class ClauseKind : std::uint8_t {
  reads,
  writes,
  appends,
  waits,
  burns,
  raises,
  raises_nothing,
  exits,
  unwinds,
  returns,
  keeps,
  calls,
  consumes,
  finalises,
  repeatable,
  costs_money,
  stateless_remote,
  pure,
  unknown,
};

struct Clause {
  ClauseKind kind{};
  Condition condition;
  std::string_view unless;        // assumption kind or empty
  std::vector<PlaceSpec> places;  // reads, writes, appends, finalises
  Waits waits = Waits::nothing;
  bool nogil = false;
  double seconds = 0;                   // typical time; 0: the kind's default
  std::vector<std::string_view> names;  // raises
  ReturnSpec returns;
  std::string_view
      argument;           // keeps, calls, consumes: NAME, NAME.method, element(NAME), deep(NAME)
  std::string_view into;  // keeps … in X; empty: somewhere unknown
  bool later = false;     // calls f later
  std::vector<std::string_view> with;  // calls f with element(xs), x
};

struct ParameterSpec {
  std::string_view name;
  enum class Kind : std::uint8_t {
    positional_only,
    positional,
    variadic,
    keyword_only,
    keywords
  } kind{};
};

struct CallableModel {
  std::string_view name;  // full
  std::vector<ParameterSpec> parameters;
  std::vector<Clause> clauses;
  bool is_unknown = false;
  bool is_property = false;  // computed when it is read: no parentheses
  [[nodiscard]] bool has(ClauseKind kind) const;
  [[nodiscard]] bool gives(ReturnOrigin origin) const;
};

struct TypeModel {
  std::string_view name;
  bool immutable = false;
  bool value_like = false;
  bool handle = false;
  bool thread_safe = false;
  bool thread_bound = false;
  bool lazy = false;
  bool exception = false;
  std::vector<std::string_view> bases;
  std::string_view items;  // TYPE of what iterating yields; empty: not said
};

struct Entry {
  KnowledgeKind kind{};
  std::string_view name;                    // full, aliases resolved
  const CallableModel* callable = nullptr;  // Function; also the constructor of a Type that has one
  const TypeModel* type = nullptr;          // Type
  std::string_view attribute_type;          // Attribute
};

// One TYPE text, parsed: `dict[str, list[int] | None]`.
struct TypeText {
  std::string_view name;
  std::vector<std::vector<TypeText>> arguments;  // each argument is a union
  std::string_view parameter;  // element(x), key(x), type(x), call(x), instance(x)
};
// The alternatives of a TYPE.
std::vector<TypeText> parse_type(std::string_view text);
// The names in `a, b`.
std::vector<std::string_view> names_in(std::string_view text);
// What waiting for it is taken to last where nothing is said.
double default_seconds(Waits waits);

// Parses rows when they are first asked for, and keeps answers: not thread-safe, make one for each
// thread.
class Knowledge {
 public:
  // The built-in rows.
  Knowledge();
  ~Knowledge();
  Knowledge(Knowledge&&) noexcept;
  Knowledge& operator=(Knowledge&&) noexcept;

  // Adds a user's file (TOML text). `name` is for messages.
  Result<void> add(std::string_view toml, std::string_view name);

  // By full dotted name: "requests.get", "list.append", "os.path". Methods are looked up along the
  // bases of their type.
  [[nodiscard]] std::optional<Entry> find(std::string_view full_name) const;
  [[nodiscard]] std::optional<Entry> find_member(std::string_view type,
                                                 std::string_view member) const;
  // Whether any file describes this module or a part of it.
  [[nodiscard]] bool knows_module(std::string_view module) const;

 private:
  [[nodiscard]] std::optional<Entry> look_up(std::string_view full_name) const;
  [[nodiscard]] std::optional<Entry> look_up_member(std::string_view type,
                                                    std::string_view member) const;

  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace braid::effects
