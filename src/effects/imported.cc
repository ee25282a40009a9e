// What importing the program's modules does beside defining: worker processes that import the
// script do it again.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool is_on_disk(WorldPlace place) {
  return place == WorldPlace::File || place == WorldPlace::Directory || place == WorldPlace::Tree;
}

bool changes(const Effect& effect) {
  return effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
}

}  // namespace

// Of the script, workers run definitions only: what comes first and does something is guarded.
bool Interpreter::runs_in_workers(NodeId node) {
  const Frame& here = frame();
  const syntax::SyntaxTree& t = tree();
  if (settled_ || here.traced || here.overheard != nullptr ||
      !t.is(here.definition, NodeKind::Module))
    return false;
  if (here.module.value == 0)
    return t.is(node, NodeKind::FunctionDef) || t.is(node, NodeKind::ClassDef);
  if (!t.is(node, NodeKind::If)) return true;
  const NodeId test = t.child(node, slot::If::test);
  return t.text(test).find("__name__") == std::string_view::npos;
}

void Interpreter::note_import(NodeId node, const std::vector<Effect>& heard) {
  for (const Effect& each : heard) {
    if (each.place.kind != PlaceKind::World) continue;
    const WorldPlace place = each.place.world;
    const auto known =
        std::find_if(imports_do_.begin(), imports_do_.end(), [&](const Imported& other) {
          return other.place == place && other.changes == changes(each) &&
                 other.module == frame().module && other.node == node;
        });
    if (known == imports_do_.end())
      imports_do_.push_back({frame().module, node, place, changes(each)});
  }
}

// Where importing again would be seen, or would give something else than it did.
std::string Interpreter::import_repeats() const {
  const auto repeats = [&](const Imported& each) {
    switch (each.place) {
      case WorldPlace::Stdout:
      case WorldPlace::Stderr:
      case WorldPlace::Stdin:
      case WorldPlace::Remote:
      case WorldPlace::Database:
      case WorldPlace::Random:
      case WorldPlace::NumpyRandom:
      case WorldPlace::Clock:
      case WorldPlace::Entropy:
      case WorldPlace::Processes:
        return true;
      case WorldPlace::File:
      case WorldPlace::Directory:
      case WorldPlace::Tree:
        return each.changes || std::any_of(changed_places_.begin(), changed_places_.end(),
                                           [](WorldPlace other) { return is_on_disk(other); });
      case WorldPlace::Cwd:
      case WorldPlace::Environ:
        return each.changes || changed_places_.contains(each.place);
      default:
        return false;
    }
  };
  const auto found = std::find_if(imports_do_.begin(), imports_do_.end(), repeats);
  if (found == imports_do_.end()) return {};
  const syntax::SyntaxTree& t = program_.modules[found->module.value].tree;
  const std::string_view whole = t.text(found->node);
  return std::string(whole.substr(0, std::min<std::size_t>(whole.find('\n'), 60)));
}

}  // namespace braid::effects
