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

bool is_definition(const syntax::SyntaxTree& t, NodeId statement) {
  return t.is(statement, NodeKind::FunctionDef) || t.is(statement, NodeKind::ClassDef);
}

bool changes(const Effect& effect) {
  return effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
}

}  // namespace

// Of the script, workers run what comes before the first statement that does something: by its
// text. What that means is told here.
bool Interpreter::runs_in_workers(NodeId node) {
  const Frame& here = frame();
  const syntax::SyntaxTree& t = tree();
  if (settled_ || here.traced || here.overheard != nullptr ||
      !t.is(here.definition, NodeKind::Module))
    return false;
  if (here.module.value == 0 && !is_definition(t, node) && !t.is(node, NodeKind::Assign) &&
      !t.is(node, NodeKind::AnnAssign))
    return false;
  if (!t.is(node, NodeKind::If)) return true;
  const NodeId test = t.child(node, slot::If::test);
  return t.text(test).find("__name__") == std::string_view::npos;
}

void Interpreter::note_import(NodeId node, const std::vector<Effect>& heard) {
  for (const Effect& each : heard) {
    if (each.place.kind != PlaceKind::World) continue;
    const WorldPlace place = each.place.world;
    // Of what the interpreter is asked, this is another in another process.
    if (place == WorldPlace::Interpreter && each.subject != kOrderOfSet && each.subject != kOwnName)
      continue;
    const auto known = std::find_if(this_process_.imports_do.begin(),
                                    this_process_.imports_do.end(), [&](const Imported& other) {
                                      return other.place == place &&
                                             other.changes == changes(each) &&
                                             other.module == frame().module && other.node == node;
                                    });
    if (known == this_process_.imports_do.end())
      this_process_.imports_do.push_back(
          {frame().module, node, place, changes(each),
           frame().module.value == 0 && !is_definition(tree(), node)});
  }
}

// Where importing again would be seen, or would give something else than it did.
bool ThisProcess::repeats(const Imported& each) const {
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
    case WorldPlace::Interpreter:
      return !each.changes;
    case WorldPlace::File:
    case WorldPlace::Directory:
    case WorldPlace::Tree:
      return each.changes || std::any_of(changed_places.begin(), changed_places.end(),
                                         [](WorldPlace other) { return is_on_disk(other); });
    case WorldPlace::Cwd:
    case WorldPlace::Environ:
      return each.changes || changed_places.contains(each.place);
    default:
      return false;
  }
}

std::string Interpreter::import_repeats() const {
  const auto repeats = [&](const Imported& each) {
    return !each.at_top && this_process_.repeats(each);
  };
  const auto found =
      std::find_if(this_process_.imports_do.begin(), this_process_.imports_do.end(), repeats);
  if (found == this_process_.imports_do.end()) return {};
  const syntax::SyntaxTree& t = program_.modules[found->module.value].tree;
  const std::string_view whole = t.text(found->node);
  return std::string(whole.substr(0, std::min<std::size_t>(whole.find('\n'), 60)));
}

std::vector<NodeId> ThisProcess::seen_at_top() const {
  std::vector<NodeId> found;
  for (const Imported& each : imports_do) {
    if (each.at_top && repeats(each)) found.push_back(each.node);
  }
  return found;
}

}  // namespace braid::effects
