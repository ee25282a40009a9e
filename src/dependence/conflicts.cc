// Edges between events that touch the same object or place, and around calls that nobody knows.
#include <algorithm>
#include <map>
#include <set>

#include "dependence/builder.h"

namespace braid::dependence {

using diagnostics::Code;
using effects::Effect;
using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using effects::WorldPlace;
using syntax::NodeKind;

void GraphBuilder::conflict(const Event& a, const Event& b, std::size_t ia, std::size_t ib) {
  const Overlap found = overlap(a, b);
  const GraphNodeId from = event_owner_[ia];
  const GraphNodeId to = event_owner_[ib];
  // What the user rules out, is ruled out between iterations; the order within one stays.
  const auto gather = [&](Overlap& between, std::size_t first, std::size_t second) {
    between.from_gathers = graph_.gathered_by[first];
    between.to_gathers = graph_.gathered_by[second];
  };
  Overlap firm = found;
  firm.remedy.reset();
  if (found.same && ia != ib) {
    firm.private_object =
        a.effect.place.kind == PlaceKind::Object && made_elsewhere(a, b, firm.makers);
    if (found.within) firm.remedy = found.remedy;
    // What changes nothing that others use, changes nothing that was looked at before.
    if (found.remedy && found.code == Code::unknown_callee && !writes(a.effect))
      firm.remedy = found.remedy;
    // The order of an iteration's own draws is worth no more than that of others.
    if (found.remedy && found.code == Code::carried_world &&
        found.remedy->code == Code::unseeded_draws)
      firm.remedy = found.remedy;
    // What commands print comes in any order, also beside the lines of their own iteration.
    const auto prints = [](const Event& event) {
      return event.effect.place.kind == PlaceKind::World &&
             event.effect.place.world == WorldPlace::Stdout;
    };
    if (found.remedy && found.remedy->code == Code::independent_command && prints(a) && prints(b))
      firm.remedy = found.remedy;
    find_container(firm, ia, ib);
    gather(firm, ia, ib);
    connect(kind_of(a.effect, b.effect), from, to, false, a, b, firm);
  }
  if (found.forward) {
    Overlap later = found;
    find_container(later, ia, ib);
    gather(later, ia, ib);
    connect(kind_of(a.effect, b.effect), from, to, true, a, b, later);
  }
  if (found.backward) {
    Overlap later = found;
    find_container(later, ib, ia);
    gather(later, ib, ia);
    connect(kind_of(b.effect, a.effect), to, from, true, b, a, later);
  }
}

// The container that the second changes, if a copy would do for it, and whether one would do for
// the first, which looks at it.
void GraphBuilder::find_container(Overlap& between, std::size_t looks, std::size_t changes) const {
  const Event& event = graph_.trace.events[changes];
  const GraphNode& writer = graph_[event_owner_[changes]];
  const BindingId name = graph_.reached_by[changes];
  if (!name || !writes(event.effect) || writes(graph_.trace.events[looks].effect) ||
      event.effect.place.kind != PlaceKind::Object ||
      std::find(writer.copies.begin(), writer.copies.end(), name) == writer.copies.end())
    return;
  between.container = name;
  const GraphNode& reader = graph_[event_owner_[looks]];
  if (reader.helper_call) return;
  const effects::Values& values = effects_.values();
  // Directly, it is looked at by that name; else a call is given it.
  const Event& look = graph_.trace.events[looks];
  if (!look.through_call && !look.helper_call && graph_.reached_by[looks] != name &&
      !tree().is(look.node, syntax::NodeKind::Call))
    return;
  // What may be anything may be the container, by whatever way.
  for (effects::AtomId id : values[graph_.trace.events[looks].effect.place.objects]) {
    const effects::AtomKind kind = values[id].kind;
    if (kind == effects::AtomKind::Outside || kind == effects::AtomKind::Unknown) return;
  }
  const auto& objects = values[event.effect.place.objects];
  between.only_looks = std::all_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
    const effects::Atom& atom = values[id];
    const std::string_view type = effects_.text(atom.name);
    return atom.site && type != "random.Random" && type != "set" &&
           effects_.only_named(atom, site_.module, name) && only_looks(reader, name, atom);
  });
}

// The text of the node has no other name for the object, hands it on to nobody, and changes nothing
// of it.
bool GraphBuilder::only_looks(const GraphNode& node, BindingId name,
                              const effects::Atom& object) const {
  const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
  for (const effects::ValueAt& each : graph_.trace.values) {
    if (each.helper_call || !tree().span(node.node).contains(tree().span(each.node))) continue;
    const bool by_name =
        tree().is(each.node, syntax::NodeKind::Name) && scopes.variable(each.node) == name;
    if (!by_name && effects_.reaches(each.value, object)) return false;
  }
  return std::none_of(node.events.begin(), node.events.end(), [&](std::uint32_t i) {
    const Event& event = graph_.trace.events[i];
    const effects::Place& place = event.effect.place;
    const bool tells_objects =
        event.effect.subject == effects::kIdentity ||
        (place.kind == PlaceKind::World && place.world == effects::WorldPlace::Interpreter);
    if (event.effect.kind == EffectKind::Unknown || tells_objects) return true;
    if (place.kind == PlaceKind::Variable) {
      const bool by_callee = event.through_call || event.helper_call;
      return by_callee && place.module == site_.module && place.variable == name;
    }
    if (place.kind != PlaceKind::Object || !writes(event.effect)) return false;
    if (place.part == effects::Part::Deep) return effects_.reaches(place.objects, object);
    const auto& changed = effects_.values()[place.objects];
    return std::any_of(changed.begin(), changed.end(), [&](effects::AtomId id) {
      return effects_.values()[id].site == object.site;
    });
  });
}

// What the loop goes through stays as it is: what stands in it once, the loop meets once.
bool GraphBuilder::keeps_containers() const {
  const effects::Values& values = effects_.values();
  std::set<std::uint32_t> containers;
  for (effects::AtomId id : values[graph_.trace.containers]) {
    if (values[id].site) containers.insert(values[id].site.value);
  }
  return std::none_of(
      graph_.trace.events.begin(), graph_.trace.events.end(), [&](const Event& event) {
        const effects::Place& place = event.effect.place;
        if (!writes(event.effect) || place.kind != PlaceKind::Object) return false;
        const auto& objects = values[place.objects];
        return std::any_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
          const effects::Atom& atom = values[id];
          if (atom.recency == effects::Recency::Own) return false;
          return is_anything(atom) || !atom.site || containers.contains(atom.site.value);
        });
      });
}

void GraphBuilder::conflict_edges() {
  items_apart_ = keeps_containers();
  const auto& events = graph_.trace.events;
  std::vector<std::size_t> touching;
  std::set<std::tuple<std::uint32_t, int, effects::FolderMade, std::uint32_t, std::uint32_t, int,
                      std::uint32_t, int, std::string, std::uint32_t>>
      seen;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Effect& e = events[i].effect;
    if (!accesses(e) || (e.place.kind != PlaceKind::Object && e.place.kind != PlaceKind::World))
      continue;
    const auto key = std::make_tuple(
        event_owner_[i].value, static_cast<int>(e.kind) * 8 + static_cast<int>(e.place.part),
        e.folder, e.place.objects.value, e.place.key.value, static_cast<int>(e.place.world),
        e.place.attribute.value, static_cast<int>(e.place.kind), e.unless + e.subject,
        graph_.gathered_by[i].value);
    if (!seen.insert(key).second) continue;
    touching.push_back(i);
  }
  constexpr std::size_t kMostTouching = 3000;  // every two of them are compared
  if (touching.size() > kMostTouching) {
    if (graph_.unusual_entry.empty())
      graph_.unusual_entry = "in a program too intricate to be followed";
    return;
  }
  std::vector<std::size_t> writing;  // of those
  std::copy_if(touching.begin(), touching.end(), std::back_inserter(writing),
               [&](std::size_t i) { return writes(events[i].effect); });
  auto writes_here = writing.begin();  // the first that is not before `here`
  for (auto here = touching.begin(); here != touching.end(); ++here) {
    const bool is_write = writes_here != writing.end() && *writes_here == *here;
    auto other = is_write ? here : touching.end();
    if (is_write) ++writes_here;
    for (; other != touching.end(); ++other) conflict(events[*here], events[*other], *here, *other);
    if (is_write) continue;
    for (auto later = writes_here; later != writing.end(); ++later)
      conflict(events[*here], events[*later], *here, *later);
  }
  for (const std::size_t i : writing) changed_where_not_made(i);
  // The same request again and again watches a changing world.
  for (std::size_t i : touching) {
    const Event& event = events[i];
    if (event.effect.kind != EffectKind::Read || event.effect.place.kind != PlaceKind::World ||
        event.effect.place.world != WorldPlace::Remote)
      continue;
    if (!event.effect.place.key ||
        distinct_.variation(event.effect.place.key) != Variation::invariant)
      continue;
    if (effects_.is_handle(event.effect.subject)) continue;  // it connects, and asks nothing yet
    if (is_filled_here(event, writing)) continue;
    Overlap why;
    why.code = Code::polling;
    why.subject = subject_of(event);
    connect(EdgeKind::Flow, event_owner_[i], event_owner_[i], true, event, event, why);
  }
}

// The request holds an object of the iteration that is changed before it is sent, or one into which
// the iteration puts something of its own.
bool GraphBuilder::is_filled_here(const Event& request,
                                  const std::vector<std::size_t>& writing) const {
  const auto& events = graph_.trace.events;
  const effects::Values& values = effects_.values();
  const auto takes_of_iteration = [&](std::size_t i) {
    const std::vector<std::uint32_t>& all = graph_[event_owner_[i]].events;
    return std::any_of(all.begin(), all.end(), [&](std::uint32_t each) {
      return events[each].effect.kind == EffectKind::Read && !events[each].definitions.here.empty();
    });
  };
  const auto is_filled = [&](effects::AtomId held) {
    const bool is_own = values[held].recency == effects::Recency::This;
    return std::any_of(writing.begin(), writing.end(), [&](std::size_t i) {
      const effects::Place& place = events[i].effect.place;
      if (place.kind != PlaceKind::Object || events[i].node == request.node) return false;
      if (!is_own && !takes_of_iteration(i)) return false;
      const auto& objects = values[place.objects];
      return std::find(objects.begin(), objects.end(), held) != objects.end();
    });
  };
  // `**options` is looked at where it stands.
  const auto is_held = [&](const Event& other) {
    const bool starred =
        tree().is(other.node, NodeKind::Starred) || tree().is(other.node, NodeKind::Keyword);
    return other.node == request.node ||
           (starred && tree().parent(tree().parent(other.node)) == request.node);
  };
  return std::any_of(events.begin(), events.end(), [&](const Event& other) {
    if (!is_held(other) || other.helper_call != request.helper_call ||
        other.effect.kind != EffectKind::Read || other.effect.place.kind != PlaceKind::Object)
      return false;
    const auto& objects = values[other.effect.place.objects];
    return std::any_of(objects.begin(), objects.end(), is_filled);
  });
}

// An object of the iteration that a node changes and others make: whoever holds it afterwards sees
// the change.
void GraphBuilder::changed_where_not_made(std::size_t i) {
  const Event& event = graph_.trace.events[i];
  if (event.effect.place.kind != PlaceKind::Object) return;
  Overlap why;
  why.code = Code::carried_object;
  why.subject = subject_of(event);
  why.private_object = made_elsewhere(event, event, why.makers);
  if (!why.private_object) return;
  Event made = event;
  made.effect.kind = EffectKind::Read;
  for (GraphNodeId maker : std::vector<GraphNodeId>(why.makers))
    connect(EdgeKind::Flow, maker, event_owner_[i], false, made, event, why);
}

// Calls that nobody knows.
void GraphBuilder::unknown_edges() {
  const auto& events = graph_.trace.events;
  const auto is_order_of_interest = [](const Effect& effect) {
    const WorldPlace world = effect.place.world;
    return effect.place.kind == PlaceKind::World && accesses(effect) &&
           world != WorldPlace::Clock && world != WorldPlace::Entropy &&
           world != WorldPlace::Temp && world != WorldPlace::Stdout && world != WorldPlace::Stderr;
  };
  // By their nodes: what is alike there makes the same edges.
  struct Others {
    std::vector<std::size_t> all;
    std::vector<std::size_t> reads;
  };
  std::map<GraphNodeId, Others> others;
  using Calls = std::map<std::pair<GraphNodeId, std::string>, std::vector<std::size_t>>;
  Calls unknown;    // that an assumption may be about, by subject
  Calls unlimited;  // that none is about
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Effect& effect = events[i].effect;
    const bool is_unknown = effect.kind == EffectKind::Unknown;
    if (!is_unknown && !is_order_of_interest(effect)) continue;
    if (is_unknown && !effect.unless.empty()) {
      unknown[{event_owner_[i], effect.subject}].push_back(i);
      continue;
    }
    Others& there = others[event_owner_[i]];
    there.all.push_back(i);
    if (effect.kind == EffectKind::Read) there.reads.push_back(i);
    if (is_unknown) unlimited[{event_owner_[i], std::string()}].push_back(i);
  }
  const auto first_after = [](const std::vector<std::size_t>& sorted, std::size_t place) {
    return std::upper_bound(sorted.begin(), sorted.end(), place);
  };
  const auto both_ways = [&](GraphNodeId self, const std::vector<std::size_t>& calls,
                             GraphNodeId there, const Others& each, const Overlap& why,
                             const Overlap& back) {
    if (there == self) return;
    const Event& event = events[calls.front()];
    const Event& other = events[each.all.front()];
    connect(EdgeKind::Flow, self, there, true, event, other, why);
    connect(EdgeKind::Anti, there, self, true, other, event, back);
    if (const auto later = first_after(each.all, calls.front()); later != each.all.end())
      connect(EdgeKind::Flow, self, there, false, event, events[*later], why);
    if (each.reads.empty()) return;
    if (const auto later = first_after(calls, each.reads.front()); later != calls.end())
      connect(EdgeKind::Anti, there, self, false, events[each.reads.front()], events[*later], back);
  };
  for (const auto& [place, calls] : unlimited) {
    const Event& event = events[calls.front()];
    Overlap why;
    why.subject = event.effect.subject;
    constexpr std::string_view kDynamic[] = {"eval",   "exec", "compile",    "globals",
                                             "locals", "vars", "__import__", "breakpoint"};
    why.code =
        std::find(std::begin(kDynamic), std::end(kDynamic), why.subject) != std::end(kDynamic)
            ? Code::dynamic_code
        : why.subject == "text that is not Python" ? Code::broken_code
                                                   : Code::unresolved_call;
    connect(EdgeKind::Flow, place.first, place.first, true, event, event, why);
    for (const auto& [there, each] : others) both_ways(place.first, calls, there, each, why, why);
    for (const auto& [there, each] : unknown)
      both_ways(place.first, calls, there.first, {each, {}}, why, why);
  }
  const auto about = [&](const std::string& subject) {
    Overlap why;
    why.subject = subject;
    why.code = Code::unknown_callee;
    why.remedy = independent(subject);
    return why;
  };
  for (const auto& [place, calls] : unknown) {
    const auto& [self, subject] = place;
    const Overlap why = about(subject);
    connect(EdgeKind::Flow, self, self, true, events[calls.front()], events[calls.front()], why);
    for (const auto& [there, each] : others) both_ways(self, calls, there, each, why, why);
    for (const auto& [there, each] : unknown) {
      Overlap forth = why;
      Overlap back = about(there.second);
      if (there.second != subject) {
        forth.alternative = back.remedy;
        back.alternative = why.remedy;
      }
      both_ways(self, calls, there.first, {each, {}}, forth, back);
    }
  }
}

}  // namespace braid::dependence
