#include "cli/print_effects.h"

#include <fmt/format.h>

namespace braid::cli {
namespace {

using namespace effects;

constexpr std::string_view kKinds[] = {"read",    "write", "append", "wait",  "burn",
                                       "unknown", "exit",  "unwind", "raise", "call"};
constexpr std::string_view kWaits[] = {"nothing", "network", "disk",  "subprocess",
                                       "sleep",   "lock",    "input", "gui"};
constexpr std::string_view kWorld[] = {
    "none",     "stdout",       "stderr",   "stdin",        "file",   "directory", "tree",
    "remote",   "cwd",          "environ",  "umask",        "locale", "signals",   "warnings",
    "logging",  "interpreter",  "random",   "numpy random", "clock",  "entropy",   "processes",
    "threads",  "decimal",      "errstate", "contextvars",  "temp",   "gui",       "pyplot",
    "database", "module state", "anything"};
static_assert(std::size(kKinds) == static_cast<std::size_t>(EffectKind::Call) + 1);
static_assert(std::size(kWaits) == static_cast<std::size_t>(Waits::Gui) + 1);
static_assert(std::size(kWorld) == static_cast<std::size_t>(WorldPlace::Anything) + 1);

template <std::size_t size, class Enum>
std::string_view name(const std::string_view (&names)[size], Enum value) {
  return names[static_cast<std::size_t>(value)];
}

std::string print_place(const Place& place, const Effects& effects, const Program& program) {
  switch (place.kind) {
    case PlaceKind::None:
      return {};
    case PlaceKind::Variable: {
      const scope::Binding& binding = program.modules[place.module.value].scopes[place.variable];
      return fmt::format("variable {}", program.symbols.text(binding.name));
    }
    case PlaceKind::Object: {
      std::string out = "object " + effects.describe(place.objects);
      if (place.part == Part::Attribute) out += fmt::format(".{}", effects.text(place.attribute));
      if (place.part == Part::Elements) out += place.key ? "[one]" : "[any]";
      if (place.part == Part::Deep) out += " and all below";
      return out;
    }
    case PlaceKind::World:
      return fmt::format("world {}", name(kWorld, place.world));
  }
  return {};
}

std::string print_definitions(const Definitions& from) {
  std::string out;
  if (from.before) out += " before";
  if (from.older) out += " older";
  if (from.unbound) out += " unbound";
  if (!from.here.empty()) out += " here";
  return out.empty() ? out : ", from" + out;
}

}  // namespace

std::string print_effects(const LoopTrace& trace, const Effects& effects, const Program& program) {
  std::string out = fmt::format("  iterates over {}\n", effects.describe(trace.iterated));
  for (const Event& event : trace.events) {
    const Effect& effect = event.effect;
    const syntax::SyntaxTree& tree = program.modules[effect.module ? effect.module.value : 0].tree;
    const Position position =
        tree.source().position(effect.node ? tree.span(effect.node).begin : 0);
    out += fmt::format("  {}:{} {} {}", position.line, position.column, name(kKinds, effect.kind),
                       print_place(effect.place, effects, program));
    if (effect.waits != Waits::nothing) out += fmt::format(" {}", name(kWaits, effect.waits));
    if (effect.seconds > 0) out += fmt::format(" {:.3g} s", effect.seconds);
    if (effect.nogil) out += " nogil";
    if (!effect.subject.empty()) out += fmt::format(" `{}`", effect.subject);
    if (!effect.unless.empty()) out += fmt::format(" unless {}", effect.unless);
    if (event.through_call) out += " (in a callee)";
    out += print_definitions(event.definitions) + "\n";
  }
  for (const std::string& entry : trace.rests_on) out += fmt::format("  rests on {}\n", entry);
  return out;
}

}  // namespace braid::cli
