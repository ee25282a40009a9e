// What an assumption is about: what somebody who accepts it takes for one matter.
#include <algorithm>
#include <map>
#include <set>

#include "dependence/builder.h"

namespace braid::dependence {

using diagnostics::Code;
using effects::Event;
using effects::PlaceKind;
using effects::WorldPlace;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool is_file_like(WorldPlace place) {
  return place == WorldPlace::File || place == WorldPlace::Directory || place == WorldPlace::Tree;
}

// More matters of paths in one call are one: that of the function that is called.
constexpr std::size_t kMostMattersOfCall = 2;

}  // namespace

// What a memo hands out again is the same to whoever gets it, if nobody can change it.
bool GraphBuilder::gives_the_same(const Event& call) const {
  const auto& values = graph_.trace.values;
  return std::any_of(values.begin(), values.end(), [&](const effects::ValueAt& each) {
    if (each.node != call.node || each.helper_call != call.helper_call) return false;
    const auto& atoms = effects_.values()[each.value];
    return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
      return effects_.is_immutable(effects_.values()[id]);
    });
  });
}

// What is done with one path, by whatever calls, is one matter too: that of the first who writes
// there. Of who reads and who writes it is the writer's: whoever rules that out, rules out all who
// read there.
std::string GraphBuilder::matter_of_paths(const Event& a, const Event& b) const {
  const bool one_writes = writes(a.effect) != writes(b.effect);
  const Event& told = one_writes && writes(b.effect) ? b : a;
  const effects::TermId path = told.effect.place.key;
  const effects::TermId other = one_writes ? path : b.effect.place.key;
  const auto found =
      std::find_if(graph_.trace.events.begin(), graph_.trace.events.end(), [&](const Event& event) {
        const effects::Place& place = event.effect.place;
        return writes(event.effect) && place.kind == PlaceKind::World &&
               is_file_like(place.world) && place.key && (place.key == path || place.key == other);
      });
  return subject_of(found == graph_.trace.events.end() ? told : *found);
}

// `text`: what is asked, if it is not about all paths that `who` touches.
Edge::SharedRemedy GraphBuilder::of_paths(const std::string& who, std::string text) const {
  const bool about_all = text.empty();
  if (about_all) text = "no other iteration touches the paths that `" + who + "` touches";
  return remedy(Code::distinct_paths, "distinct-paths", who, std::move(text),
                "iterations with the same path would overwrite or read each other's file",
                about_all ? who : std::string());
}

// What is done with one kind of connection, or of command, is one matter to whoever accepts it.
std::string GraphBuilder::matter_of(const std::string& subject) const {
  const std::string type = subject.substr(0, subject.rfind('.'));
  return effects_.is_handle(type) ? type : subject;
}

// A function of the script that touches many paths is one matter to whoever calls it.
void GraphBuilder::join_matters_of_calls() {
  const auto about_paths = [](const Edge& edge) {
    return edge.remedy && edge.remedy->code == Code::distinct_paths;
  };
  std::map<std::uint32_t, std::set<std::string>> matters;  // by the node that calls
  const auto caller = [&](const Edge& edge) {
    for (const GraphNodeId each : {edge.from, edge.to}) {
      if (!own_function(graph_.nodes[each.value]).empty()) return each;
    }
    return GraphNodeId{};
  };
  for (const Edge& edge : graph_.edges) {
    if (!about_paths(edge)) continue;
    if (const GraphNodeId calls = caller(edge)) matters[calls.value].insert(edge.remedy->id);
  }
  for (Edge& edge : graph_.edges) {
    if (!about_paths(edge)) continue;
    const GraphNodeId calls = caller(edge);
    if (!calls || matters[calls.value].size() <= kMostMattersOfCall) continue;
    const std::string name = own_function(graph_.nodes[calls.value]);
    edge.remedy = remedy(Code::distinct_paths, "distinct-paths", name,
                         "no other iteration touches the paths that `" + name + "` touches",
                         "iterations could read or overwrite what others write there", name);
  }
}

// The function of the program that the node calls by its name, and does nothing else; or nothing.
std::string GraphBuilder::own_function(const GraphNode& node) const {
  if (node.kind != GraphNodeKind::Expression || node.helper_call ||
      !tree().is(node.node, NodeKind::Call))
    return {};
  const NodeId function = tree().child(node.node, slot::Call::function);
  if (!tree().is(function, NodeKind::Name)) return {};
  for (const effects::ValueAt& each : graph_.trace.values) {
    if (each.node != function || each.helper_call) continue;
    const auto& atoms = effects_.values()[each.value];
    const bool own =
        atoms.size() == 1 && effects_.values()[atoms[0]].kind == effects::AtomKind::Function;
    return own ? std::string(tree().text(function)) : std::string();
  }
  return {};
}

}  // namespace braid::dependence
