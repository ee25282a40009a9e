// What an iteration only adds to, a container or standard output: a worker may add to one of its
// own, whose contents are added to the loop's in turn.
#include <algorithm>

#include "dependence/builder.h"
#include "dependence/printers.h"

namespace braid::dependence {

using effects::Event;
using effects::PlaceKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

struct Adder {
  std::string_view type;
  std::string_view method;  // empty: `container[key] = value`
};

// Not those of sets: in which order one gives its elements depends on that in which they came.
constexpr Adder kAdders[] = {{"list", "append"}, {"list", "extend"}, {"dict", ""}};

}  // namespace

// The name in `rows.append(row)`, a statement of its own, or in `found[key] = value`.
NodeId GraphBuilder::added_to(NodeId at) const {
  const syntax::SyntaxTree& t = tree();
  const NodeId statement = t.statement_of(at);
  NodeId name;
  if (t.is(at, NodeKind::Call) && t.is(statement, NodeKind::ExprStatement) &&
      t.child(statement, slot::ExprStatement::value) == at) {
    const NodeId function = t.child(at, slot::Call::function);
    const bool plain = t.items(at, slot::Call::keywords).empty() &&
                       t.items(at, slot::Call::arguments_list).size() == 1;
    if (plain && t.is(function, NodeKind::Attribute))
      name = t.child(function, slot::Attribute::value);
  } else if (t.is(at, NodeKind::Subscript) && t.is(statement, NodeKind::Assign)) {
    const auto targets = t.items(statement, slot::Assign::targets);
    if (targets.size() == 1 && targets[0] == at) name = t.child(at, slot::Subscript::value);
  }
  return name && t.is(name, NodeKind::Name) ? name : NodeId{};
}

// All that it may touch are containers of one of those types that were made before the iteration.
bool GraphBuilder::is_gathered(const Event& event) const {
  const syntax::SyntaxTree& t = tree();
  const bool is_call = t.is(event.node, NodeKind::Call);
  const std::string_view method =
      is_call ? program_.symbols.text(t[t.child(event.node, slot::Call::function)].name)
              : std::string_view{};
  const effects::Values& values = effects_.values();
  const auto& objects = values[event.effect.place.objects];
  const auto is_one = [&](effects::AtomId id) {
    const effects::Atom& atom = values[id];
    const std::string_view type = effects_.text(atom.name);
    return atom.kind == effects::AtomKind::Instance && atom.site &&
           atom.recency != effects::Recency::This &&
           std::any_of(std::begin(kAdders), std::end(kAdders), [&](const Adder& each) {
             return each.type == type && each.method == method;
           });
  };
  return !objects.empty() && std::all_of(objects.begin(), objects.end(), is_one) &&
         std::all_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
           return values[id].name == values[*objects.begin()].name;
         });
}

namespace {

bool is_output(const effects::Effect& effect) {
  return effect.place.kind == PlaceKind::World &&
         effect.place.world == effects::WorldPlace::Stdout &&
         effect.kind == effects::EffectKind::Append;
}

}  // namespace

// `print(…)` in the text of the loop, to wherever standard output goes.
bool GraphBuilder::is_print(const Event& event) const {
  return is_output(event.effect) && !event.through_call && !event.helper_call &&
         is_plain_print(program_, site_.module, event.node);
}

// What a function prints that the loop calls, and that can be told where to.
bool GraphBuilder::is_told(const Event& event) const {
  const bool called =
      event.through_call || (event.helper_call && std::find(opened_.begin(), opened_.end(),
                                                            event.helper_call) == opened_.end());
  return called && !graph_.printers.empty() && is_output(event.effect) &&
         event.effect.subject == "print" && event.effect.module == site_.module &&
         std::any_of(graph_.printers.begin(), graph_.printers.end(), [&](const Printer& each) {
           return std::count(each.prints.begin(), each.prints.end(), event.effect.node) != 0;
         });
}

BindingId GraphBuilder::gathered_by(std::uint32_t index) const {
  const Event& event = graph_.trace.events[index];
  if (is_print(event) || is_told(event)) return kOutput;
  const BindingId name = graph_.reached_by[index];
  if (!name || event.effect.place.kind != PlaceKind::Object || !writes(event.effect) ||
      event.effect.place.part == effects::Part::Deep || !added_to(event.node))
    return {};
  const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
  const auto uses = scopes.occurrences(name);
  const bool rebound = std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
    return use.access != scope::Access::Read &&
           tree().span(site_.node).contains(tree().span(use.node));
  });
  // It means nothing else: not None, to which nothing can be added.
  const bool is_sure = std::any_of(
      graph_.trace.values.begin(), graph_.trace.values.end(), [&](const effects::ValueAt& each) {
        return each.node == added_to(event.node) && !each.helper_call &&
               each.value == event.effect.place.objects;
      });
  return !rebound && is_sure && is_gathered(event) ? name : BindingId{};
}

void GraphBuilder::find_gathered() {
  Printers found = find_printers(program_, effects_, site_, graph_.trace);
  graph_.printers = std::move(found.all);
  graph_.printers_at = std::move(found.at);
  graph_.cannot_tell = std::move(found.problem);
  graph_.gathered_by.resize(graph_.trace.events.size());
  for (std::uint32_t i = 0; i < graph_.trace.events.size(); ++i) {
    graph_.gathered_by[i] = gathered_by(i);
    const NodeId at = graph_.trace.events[i].node;
    if (graph_.gathered_by[i] == kOutput) {
      if (is_print(graph_.trace.events[i])) graph_.prints_at.insert(at);
    } else if (graph_.gathered_by[i]) {
      graph_.gathers_at.insert(added_to(at));
    }
  }
}

}  // namespace braid::dependence
