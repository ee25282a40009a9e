// The edges of a site's graph: variables by their definitions, objects and the world by what they
// have in common, control by the structure.
#include <algorithm>
#include <map>

#include "dependence/builder.h"

namespace braid::dependence {

using diagnostics::Code;
using effects::Atom;
using effects::AtomKind;
using effects::Effect;
using effects::EffectKind;
using effects::Event;
using effects::Part;
using effects::PlaceKind;
using effects::Recency;
using effects::WorldPlace;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

bool writes(const Effect& effect) {
  return effect.kind == EffectKind::Write || effect.kind == EffectKind::Append;
}
bool accesses(const Effect& effect) { return writes(effect) || effect.kind == EffectKind::Read; }

EdgeKind kind_of(const Effect& from, const Effect& to) {
  if (writes(from)) return writes(to) ? EdgeKind::Output : EdgeKind::Flow;
  return EdgeKind::Anti;
}

std::string_view world_name(WorldPlace place) {
  switch (place) {
    case WorldPlace::Stdout:
      return "standard output";
    case WorldPlace::Stderr:
      return "standard error";
    case WorldPlace::Stdin:
      return "standard input";
    case WorldPlace::File:
      return "a file";
    case WorldPlace::Directory:
      return "a folder's listing";
    case WorldPlace::Tree:
      return "a folder tree";
    case WorldPlace::Remote:
      return "a remote server";
    case WorldPlace::Cwd:
      return "the working directory";
    case WorldPlace::Environ:
      return "the environment";
    case WorldPlace::Random:
      return "the global random generator";
    case WorldPlace::NumpyRandom:
      return "NumPy's global random generator";
    case WorldPlace::Processes:
      return "what outside commands do";
    case WorldPlace::Pyplot:
      return "the current figure";
    case WorldPlace::Gui:
      return "the display";
    case WorldPlace::Database:
      return "the database";
    case WorldPlace::Logging:
      return "the log";
    case WorldPlace::ModuleState:
      return "a library's own state";
    default:
      return "process-wide state";
  }
}

bool ambient(WorldPlace place) {
  switch (place) {
    case WorldPlace::Cwd:
    case WorldPlace::Environ:
    case WorldPlace::Umask:
    case WorldPlace::Locale:
    case WorldPlace::Signals:
    case WorldPlace::Interpreter:
    case WorldPlace::Decimal:
    case WorldPlace::Errstate:
      return true;
    default:
      return false;
  }
}

bool file_like(WorldPlace place) {
  return place == WorldPlace::File || place == WorldPlace::Directory || place == WorldPlace::Tree;
}

}  // namespace

Edge::Remedy GraphBuilder::remedy(Code code, const std::string& kind, const std::string& subject,
                                  std::string text, std::string seen) const {
  std::string name = subject;
  for (char& c : name) {
    if (c == ' ' || c == '\n' || c == '\t') c = '_';
  }
  if (name.size() > 60) name.resize(60);
  return {code, kind + ":" + name + "@" + graph_.scope, std::move(text), std::move(seen)};
}

std::string GraphBuilder::subject_of(const Event& event) const {
  if (event.effect.place.kind == PlaceKind::Variable) {
    const scope::Scopes& scopes = program_.modules[event.effect.place.module.value].scopes;
    return std::string(program_.symbols.text(scopes[event.effect.place.variable].name));
  }
  if (!event.effect.subject.empty()) return event.effect.subject;
  if (event.effect.place.kind == PlaceKind::World)
    return std::string(world_name(event.effect.place.world));
  const syntax::SyntaxTree& t = tree();
  NodeId node = event.node;
  // The object that a method call or a store is about.
  if (t.is(node, NodeKind::Call)) node = t.child(node, slot::Call::function);
  if (t.is(node, NodeKind::Attribute)) node = t.child(node, slot::Attribute::value);
  if (t.is(node, NodeKind::Subscript)) node = t.child(node, slot::Subscript::value);
  std::string text(t.text(node));
  if (const std::size_t line = text.find('\n'); line != std::string::npos) text.resize(line);
  return text.size() > 60 ? text.substr(0, 57) + "…" : text;
}

std::string GraphBuilder::term_text(effects::TermId) const { return {}; }

void GraphBuilder::connect(EdgeKind kind, GraphNodeId from, GraphNodeId to, bool carried,
                           const Event& a, const Event& b, const Overlap& why) {
  if (from == to && !carried) return;
  // One edge of a kind between two nodes, the strongest: without a remedy rather than with one.
  std::size_t hash = static_cast<std::size_t>(kind) * 2 + (carried ? 1 : 0);
  const std::string id = why.remedy ? why.remedy->id : std::string();
  hash = hash * 1000003 + from.value;
  hash = hash * 1000003 + to.value;
  hash = hash * 1000003 + std::hash<std::string>{}(id);
  hash = hash * 4 + (why.private_object ? 1 : 0) + (why.shared_variable ? 2 : 0);
  if (!edge_keys_.insert(hash).second) return;
  Edge edge;
  edge.kind = kind;
  edge.from = from;
  edge.to = to;
  edge.carried = carried;
  edge.from_span = span_of(a);
  edge.to_span = span_of(b);
  edge.code = why.code;
  edge.subject = why.subject;
  edge.remedy = why.remedy;
  edge.private_object = why.private_object;
  edge.shared_variable = why.shared_variable;
  edge.is_variable = why.code == Code::carried_value;
  edge.makers = why.makers;
  edge.from_writes = writes(a.effect);
  edge.to_writes = writes(b.effect);
  graph_.edges.push_back(std::move(edge));
}

void GraphBuilder::make_edges() {
  variable_edges();
  conflict_edges();
  unknown_edges();
  control_edges();
  argument_edges();
}

// -- variables

void GraphBuilder::variable_edges() {
  const auto& events = graph_.trace.events;
  const auto owner_definition = [&](const Event& event) {
    const effects::Module& m = program_.modules[event.effect.place.module.value];
    scope::ScopeId home = m.scopes[event.effect.place.variable].scope;
    while (m.scopes[home].kind != scope::ScopeKind::Module &&
           m.scopes[home].kind != scope::ScopeKind::Function &&
           m.scopes[home].kind != scope::ScopeKind::Lambda) {
      home = m.scopes[home].parent;
    }
    return m.scopes[home].node;
  };
  NodeId traced = site_.definition;
  while (tree().is(traced, NodeKind::ClassDef)) traced = tree().enclosing_definition(traced);
  const auto is_variable = [](const Event& event) {
    return event.effect.place.kind == PlaceKind::Variable && accesses(event.effect);
  };
  const auto remote = [&](const Event& event) {
    if (event.through_call || event.effect.place.module != site_.module) return true;
    const NodeId owner = owner_definition(event);
    if (event.helper_call) return owner != tree().enclosing_definition(event.node);
    return owner != traced;
  };
  // A variable of the helper itself: every call has its own.
  const auto is_of_one_call = [&](const Event& event) {
    return event.helper_call && event.effect.place.module == site_.module &&
           owner_definition(event) == tree().enclosing_definition(event.node) &&
           !effects_.leaks(site_.module, owner_definition(event));
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::size_t>> by_variable;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_variable(events[i])) continue;
    by_variable[{events[i].effect.place.module.value, events[i].effect.place.variable.value}]
        .push_back(i);
  }
  for (const auto& [variable, uses] : by_variable) {
    const bool any_write = std::any_of(uses.begin(), uses.end(),
                                       [&](std::size_t i) { return writes(events[i].effect); });
    if (!any_write) continue;
    for (std::size_t i : uses) {
      const Event& use = events[i];
      if (use.effect.kind == EffectKind::Read && !remote(use)) {
        // By definition: what the name holds when it is read.
        const auto flow = [&](NodeId definition, bool carried) {
          const GraphNodeId from = owner_of(definition, use.helper_call);
          if (!from || (from == event_owner_[i] && !carried)) return;
          Event write = use;
          write.node = definition;
          Overlap why;
          why.code = Code::carried_value;
          why.subject = subject_of(use);
          const std::size_t before = graph_.edges.size();
          connect(EdgeKind::Flow, from, event_owner_[i], carried, write, use, why);
          if (graph_.edges.size() > before)
            graph_.edges.back().variable = use.effect.place.variable;
        };
        for (NodeId definition : use.definitions.here) flow(definition, false);
        for (NodeId definition : use.definitions.earlier) flow(definition, true);
      }
      if (!remote(use)) continue;
      // Through a call, a closure or another frame: the variable itself is shared.
      for (std::size_t k : uses) {
        if (!writes(events[i].effect) && !writes(events[k].effect)) continue;
        const std::size_t first = std::min(i, k);
        const std::size_t second = std::max(i, k);
        const bool one_call = is_of_one_call(use) && is_of_one_call(events[k]);
        if (one_call && use.helper_call != events[k].helper_call) continue;
        Overlap why;
        why.code = Code::carried_value;
        why.subject = subject_of(use);
        why.shared_variable = true;
        if (i != k)
          connect(kind_of(events[first].effect, events[second].effect), event_owner_[first],
                  event_owner_[second], false, events[first], events[second], why);
        if (one_call) continue;
        connect(kind_of(events[first].effect, events[second].effect), event_owner_[first],
                event_owner_[second], true, events[first], events[second], why);
        connect(kind_of(events[second].effect, events[first].effect), event_owner_[second],
                event_owner_[first], true, events[second], events[first], why);
      }
    }
  }
}

// -- objects and the world

GraphBuilder::Overlap GraphBuilder::object_overlap(const Effect& a, const Effect& b) const {
  Overlap out;
  // Which part?
  if (a.place.part != Part::Deep && b.place.part != Part::Deep && a.place.part != Part::Whole &&
      b.place.part != Part::Whole) {
    if (a.place.part != b.place.part) return out;
    if (a.place.part == Part::Attribute && a.place.attribute != b.place.attribute) return out;
  }
  const effects::Values& values = effects_.values();
  const auto is_part_of = [&](effects::SiteId part, effects::SiteId whole) {
    while (part && part != whole) part = values[part].parent;
    return static_cast<bool>(part);
  };
  const auto looks_deep = [](const Effect& effect) {
    return effect.kind == EffectKind::Read && effect.place.part == Part::Deep;
  };
  bool elements_apart = false;  // other iterations touch other keys
  if (a.place.part == Part::Elements && b.place.part == Part::Elements && a.place.key &&
      b.place.key) {
    if (distinct_.never_equal(a.place.key, b.place.key)) return out;
    elements_apart = a.place.key == b.place.key &&
                     distinct_.variation(a.place.key) == Variation::distinct &&
                     a.kind != EffectKind::Append && b.kind != EffectKind::Append;
  }
  for (effects::AtomId left : values[a.place.objects]) {
    for (effects::AtomId right : values[b.place.objects]) {
      const Atom& x = values[left];
      const Atom& y = values[right];
      bool may_be_same = false;
      bool unseen = false;
      if (is_anything(x) || is_anything(y)) {
        may_be_same = true;
      } else if (x.kind == AtomKind::Outside && y.kind == AtomKind::Outside) {
        may_be_same = x.site == y.site || !x.site || !y.site;
        if (!may_be_same) {
          // Two things that a caller passed: perhaps the same one.
          const auto root = [&](effects::SiteId site) {
            while (values[site].parent) site = values[site].parent;
            return site;
          };
          unseen = root(x.site) != root(y.site) && x.recency != Recency::This &&
                   y.recency != Recency::This;
        }
      } else if (x.kind == AtomKind::Outside || y.kind == AtomKind::Outside) {
        const Atom& known = x.kind == AtomKind::Outside ? y : x;
        const Atom& other = x.kind == AtomKind::Outside ? x : y;
        may_be_same = !other.site && known.recency != Recency::This;
      } else if (x.kind == AtomKind::Class || x.kind == AtomKind::Module) {
        may_be_same = x.kind == y.kind && x.node == y.node && x.module == y.module;
      } else if (x.kind == AtomKind::Object && y.kind == AtomKind::Object) {
        // The same object has one class; `self` of a method is any object of its class.
        may_be_same =
            x.node == y.node && x.module == y.module &&
            (x.site == y.site || x.recency != Recency::This || y.recency != Recency::This);
        if (x.site != y.site && (x.recency == Recency::This || y.recency == Recency::This))
          may_be_same = false;
      } else {
        may_be_same =
            x.site && (x.site == y.site || (looks_deep(a) && is_part_of(y.site, x.site)) ||
                       (looks_deep(b) && is_part_of(x.site, y.site)));
      }
      if (!may_be_same && !unseen) continue;
      Overlap one;
      const auto pair = [&](Recency p, Recency q) { return x.recency == p && y.recency == q; };
      if (pair(Recency::Before, Recency::Before) || pair(Recency::Older, Recency::Older))
        one.same = one.forward = one.backward = true;
      if (pair(Recency::This, Recency::This)) one.same = true;
      if (pair(Recency::This, Recency::Older)) one.forward = true;
      if (pair(Recency::Older, Recency::This)) one.backward = true;
      if (is_anything(x) || is_anything(y)) one.same = one.forward = one.backward = true;
      if (elements_apart) one.forward = one.backward = false;
      if (unseen && (one.same || one.forward || one.backward)) {
        if (!out.remedy && !out.same && !out.forward && !out.backward) {
          out.remedy =
              remedy(Code::distinct_objects, "distinct-objects", "arguments",
                     "the arguments of this function are different objects",
                     "if two of them are the same object, iterations would read what others write");
        }
      } else if (one.same || one.forward || one.backward) {
        out.remedy.reset();
        unseen = false;
      }
      out.same = out.same || one.same;
      out.forward = out.forward || one.forward;
      out.backward = out.backward || one.backward;
      if (!unseen && (one.same || one.forward || one.backward)) {
        out.remedy.reset();
        out.code = Code::carried_object;
        if (out.same && out.forward && out.backward) return out;
      }
    }
  }
  out.code = Code::carried_object;
  return out;
}

GraphBuilder::Overlap GraphBuilder::world_overlap(const Event& a, const Event& b) const {
  Overlap out;
  const WorldPlace p = a.effect.place.world;
  const WorldPlace q = b.effect.place.world;
  const bool same_event = &a == &b;
  if (p == WorldPlace::Clock || q == WorldPlace::Clock || p == WorldPlace::Entropy ||
      q == WorldPlace::Entropy || p == WorldPlace::Temp || q == WorldPlace::Temp)
    return out;
  // Standard error's order is not promised.
  if (p == WorldPlace::Stderr && q == WorldPlace::Stderr) return out;
  // Which threads there are does not tell the order in which they began.
  if (p == WorldPlace::Threads && q == WorldPlace::Threads && writes(a.effect) && writes(b.effect))
    return out;
  const auto touches_outside = [](WorldPlace w) {
    return file_like(w) || w == WorldPlace::Remote || w == WorldPlace::Processes;
  };
  bool related = p == q || p == WorldPlace::Anything || q == WorldPlace::Anything ||
                 (file_like(p) && file_like(q)) ||
                 (p == WorldPlace::Processes && touches_outside(q)) ||
                 (q == WorldPlace::Processes && touches_outside(p));
  // A relative path depends on the working directory.
  const auto depends_on = [&](WorldPlace state, const Event& one, const Event& other) {
    const WorldPlace place = other.effect.place.world;
    return one.effect.place.world == state && writes(one.effect) &&
           (place == WorldPlace::Processes || (state == WorldPlace::Cwd && file_like(place)));
  };
  for (WorldPlace state : {WorldPlace::Cwd, WorldPlace::Environ})
    related = related || depends_on(state, a, b) || depends_on(state, b, a);
  if (!related) return out;
  out.same = out.forward = out.backward = true;
  out.code = ambient(p) || ambient(q) ? Code::ambient_state : Code::carried_world;
  out.subject = std::string(world_name(p));
  const effects::TermId k = a.effect.place.key;
  const effects::TermId l = b.effect.place.key;
  if (p == WorldPlace::ModuleState && q == WorldPlace::ModuleState) {
    if (k && l && k != l) return Overlap{};
    return out;
  }
  if (file_like(p) && file_like(q)) {
    if (p == WorldPlace::File && q == WorldPlace::File) {
      if (distinct_.never_equal(k, l)) return Overlap{};
      if (k && k == l && distinct_.distinct_path(k)) {
        out.forward = out.backward = false;
        return out;
      }
      const Variation left = distinct_.variation(k);
      const Variation right = distinct_.variation(l);
      if (left == Variation::invariant && right == Variation::invariant) {
        if (k == l) return out;  // one file for all iterations
        out.remedy =
            remedy(Code::distinct_paths, "distinct-paths",
                   std::string(tree().text(a.node)).substr(0, 40), "the files are different ones",
                   "one iteration would read or overwrite another one's file");
        return out;
      }
      std::string what = subject_of(a);
      out.remedy =
          remedy(Code::distinct_paths, "distinct-paths", what,
                 "no other iteration touches the paths that `" + what + "` touches",
                 "iterations with the same path would overwrite or read each other's file");
      if (!same_event && k && l && k != l &&
          (left == Variation::invariant || right == Variation::invariant)) {
        // One fixed file beside one that varies.
        out.remedy->text = "the fixed path and the varying ones are different files";
      }
      return out;
    }
    // A listing, or a whole folder, beside files that come and go.
    const bool both_read_only = !writes(a.effect) && !writes(b.effect);
    if (both_read_only) return Overlap{};
    const bool vary = distinct_.variation(k) != Variation::invariant &&
                      distinct_.variation(l) != Variation::invariant;
    if (!vary) return out;
    const std::string what = subject_of(a);
    out.remedy = remedy(Code::distinct_paths, "distinct-paths", what,
                        "no other iteration touches the folders that `" + what + "` touches",
                        "iterations could read or overwrite what others write there");
    return out;
  }
  if (p == WorldPlace::Remote && q == WorldPlace::Remote) {
    const std::string what = writes(a.effect) ? subject_of(a) : subject_of(b);
    out.remedy =
        remedy(Code::remote_order, "remote-order", what,
               "the server does not mind the order in which requests by `" + what + "` arrive",
               "a server that keeps state could answer differently");
  }
  return out;
}

GraphBuilder::Overlap GraphBuilder::overlap(const Event& a, const Event& b) const {
  Overlap out;
  if (a.effect.place.kind != b.effect.place.kind) return out;
  out = a.effect.place.kind == PlaceKind::Object ? object_overlap(a.effect, b.effect)
                                                 : world_overlap(a, b);
  if (!out.same && !out.forward && !out.backward) return out;
  if (out.subject.empty()) out.subject = subject_of(writes(a.effect) ? a : b);
  // An effect that the user may rule out.
  for (const Event* event : {&a, &b}) {
    if (event->effect.unless.empty() || out.remedy) continue;
    // What it keeps to itself is ruled out; what the program itself changes, it still reads.
    const Effect& other = event == &a ? b.effect : a.effect;
    if (event->effect.place.kind == PlaceKind::Object && writes(other) && other.unless.empty() &&
        event->effect.unless == "independent")
      continue;
    const std::string& kind = event->effect.unless;
    const std::string& subject = event->effect.subject;
    // Rows are set in order, by one at a time; only the loop's header may look at them ahead.
    const Event& beside = event == &a ? b : a;
    const GraphNodeId reader = owner_of(beside.node, beside.helper_call);
    const bool by_header = reader && graph_.nodes[reader.value].kind == GraphNodeKind::Header;
    if (kind == "own-rows" && (writes(other) || !by_header)) continue;
    if (kind == "independent") {
      out.remedy = remedy(Code::unknown_callee, "independent", subject,
                          "calls of `" + subject +
                              "` do not depend on each other and change nothing that others use",
                          "results could depend on the order of the calls");
      out.code = Code::unknown_callee;
    } else if (kind == "memo") {
      out.remedy = remedy(Code::stateless_object, "memo", subject,
                          "`" + subject + "` only remembers results of a pure function",
                          "the memo could give another result");
    } else if (kind == "own-rows") {
      out.remedy = remedy(Code::stateless_object, kind, subject,
                          "what an iteration sets with `" + subject +
                              "` is in its own row: the loop does not come to it later",
                          "a row could be read before another iteration has set it");
    } else if (kind.find("command") != std::string::npos) {
      out.remedy = remedy(Code::independent_command, kind, subject,
                          "what the commands that `" + subject +
                              "` starts change is neither looked at nor changed by other "
                              "iterations, and what they print may come in any order",
                          "an iteration could miss what another one's command writes");
    } else {
      out.remedy =
          remedy(Code::stateless_object, kind, subject,
                 "`" + subject + "` carries nothing from one call to the next that matters",
                 "a later call could see what an earlier one left");
    }
    out.subject = subject;
  }
  return out;
}

// An object of this iteration that neither of the two nodes makes.
bool GraphBuilder::made_elsewhere(const Event& a, const Event& b,
                                  std::vector<GraphNodeId>& makers) const {
  const effects::Values& values = effects_.values();
  const GraphNodeId x = owner_of(a.node, a.helper_call);
  const GraphNodeId y = owner_of(b.node, b.helper_call);
  bool elsewhere = false;
  bool seen = true;
  for (effects::AtomId left : values[a.effect.place.objects]) {
    const Atom& atom = values[left];
    if (atom.recency != Recency::This || !atom.site) continue;
    effects::SiteId site = atom.site;
    while (values[site].parent) site = values[site].parent;
    const auto made = graph_.trace.makers.find(site.value);
    if (made == graph_.trace.makers.end()) {
      elsewhere = true;
      seen = false;
      continue;
    }
    std::vector<GraphNodeId> here;
    for (const auto& [at, helper_call] : made->second) {
      const GraphNodeId maker = owner_of(at, helper_call);
      seen = seen && maker;
      if (std::find(here.begin(), here.end(), maker) == here.end()) here.push_back(maker);
    }
    if (here.size() == 1 && (here[0] == x || here[0] == y)) continue;
    elsewhere = true;
    for (GraphNodeId maker : here) {
      if (std::find(makers.begin(), makers.end(), maker) == makers.end()) makers.push_back(maker);
    }
  }
  if (!seen) makers.clear();
  return elsewhere;
}

void GraphBuilder::conflict(const Event& a, const Event& b, std::size_t ia, std::size_t ib) {
  const Overlap found = overlap(a, b);
  const GraphNodeId from = event_owner_[ia];
  const GraphNodeId to = event_owner_[ib];
  // What the user rules out, is ruled out between iterations; the order within one stays.
  Overlap firm = found;
  firm.remedy.reset();
  if (found.same && ia != ib) {
    firm.private_object =
        a.effect.place.kind == PlaceKind::Object && made_elsewhere(a, b, firm.makers);
    // What changes nothing that others use, changes nothing that was looked at before.
    if (found.remedy && found.code == Code::unknown_callee && !writes(a.effect))
      firm.remedy = found.remedy;
    // What commands print comes in any order, also beside the lines of their own iteration.
    const auto prints = [](const Event& event) {
      return event.effect.place.kind == PlaceKind::World &&
             event.effect.place.world == WorldPlace::Stdout;
    };
    if (found.remedy && found.remedy->code == Code::independent_command && prints(a) && prints(b))
      firm.remedy = found.remedy;
    connect(kind_of(a.effect, b.effect), from, to, false, a, b, firm);
  }
  if (found.forward) connect(kind_of(a.effect, b.effect), from, to, true, a, b, found);
  if (found.backward) connect(kind_of(b.effect, a.effect), to, from, true, b, a, found);
}

void GraphBuilder::conflict_edges() {
  const auto& events = graph_.trace.events;
  std::vector<std::size_t> touching;
  std::map<std::tuple<std::uint32_t, int, std::uint32_t, std::uint32_t, int, std::uint32_t, int,
                      std::string>,
           bool>
      seen;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Effect& e = events[i].effect;
    if (!accesses(e) || (e.place.kind != PlaceKind::Object && e.place.kind != PlaceKind::World))
      continue;
    const auto key = std::make_tuple(
        event_owner_[i].value, static_cast<int>(e.kind) * 8 + static_cast<int>(e.place.part),
        e.place.objects.value, e.place.key.value, static_cast<int>(e.place.world),
        e.place.attribute.value, static_cast<int>(e.place.kind), e.unless + e.subject);
    if (!seen.emplace(key, true).second) continue;
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
  // The same request again and again watches a changing world.
  for (std::size_t i : touching) {
    const Event& event = events[i];
    if (event.effect.kind != EffectKind::Read || event.effect.place.kind != PlaceKind::World ||
        event.effect.place.world != WorldPlace::Remote)
      continue;
    if (!event.effect.place.key ||
        distinct_.variation(event.effect.place.key) != Variation::invariant)
      continue;
    Overlap why;
    why.code = Code::polling;
    why.subject = subject_of(event);
    connect(EdgeKind::Flow, event_owner_[i], event_owner_[i], true, event, event, why);
  }
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
  std::map<std::pair<GraphNodeId, std::string>, std::vector<std::size_t>> unknown;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Effect& effect = events[i].effect;
    const bool is_unknown = effect.kind == EffectKind::Unknown;
    if (!is_unknown && !is_order_of_interest(effect)) continue;
    Others& there = others[event_owner_[i]];
    there.all.push_back(i);
    if (effect.kind == EffectKind::Read) there.reads.push_back(i);
    if (is_unknown)
      unknown[{event_owner_[i], effect.unless.empty() ? std::string() : effect.subject}].push_back(
          i);
  }
  const auto first_after = [](const std::vector<std::size_t>& sorted, std::size_t place) {
    return std::upper_bound(sorted.begin(), sorted.end(), place);
  };
  for (const auto& [place, calls] : unknown) {
    const Event& event = events[calls.front()];
    Overlap why;
    why.subject = event.effect.subject;
    if (!event.effect.unless.empty()) {
      why.code = Code::unknown_callee;
      why.remedy = remedy(Code::unknown_callee, "independent", why.subject,
                          "calls of `" + why.subject +
                              "`, and of what it returns, do not depend on each other and change "
                              "nothing that others use",
                          "results could depend on the order of the calls");
    } else {
      constexpr std::string_view kDynamic[] = {"eval",   "exec", "compile",    "globals",
                                               "locals", "vars", "__import__", "breakpoint"};
      why.code =
          std::find(std::begin(kDynamic), std::end(kDynamic), why.subject) != std::end(kDynamic)
              ? Code::dynamic_code
          : why.subject == "text that is not Python" ? Code::broken_code
                                                     : Code::unresolved_call;
    }
    const GraphNodeId self = place.first;
    connect(EdgeKind::Flow, self, self, true, event, event, why);
    for (const auto& [there, each] : others) {
      if (there == self) continue;
      const Event& other = events[each.all.front()];
      connect(EdgeKind::Flow, self, there, true, event, other, why);
      connect(EdgeKind::Anti, there, self, true, other, event, why);
      if (const auto later = first_after(each.all, calls.front()); later != each.all.end())
        connect(EdgeKind::Flow, self, there, false, event, events[*later], why);
      if (each.reads.empty()) continue;
      if (const auto later = first_after(calls, each.reads.front()); later != calls.end())
        connect(EdgeKind::Anti, there, self, false, events[each.reads.front()], events[*later],
                why);
    }
  }
}

// What the arguments of an opened helper's call need, its nodes need.
void GraphBuilder::argument_edges() {
  const std::size_t known = graph_.edges.size();
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    const Span call = tree().span(opened_[i]);
    for (std::size_t e = 0; e < known; ++e) {
      if (graph_.edges[e].to != openers_[i] || graph_.edges[e].kind != EdgeKind::Flow ||
          !call.contains(graph_.edges[e].to_span))
        continue;
      for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
        if (graph_.nodes[n].helper_call != opened_[i]) continue;
        Edge edge = graph_.edges[e];
        edge.to = GraphNodeId{n};
        graph_.edges.push_back(std::move(edge));
      }
    }
    // What the arguments do besides is done once, where the statement stands.
    for (const std::uint32_t e : graph_[openers_[i]].events) {
      const Event& event = graph_.trace.events[e];
      const NodeId at = event.helper_call ? event.helper_call : event.node;
      if (at == opened_[i] || !call.contains(tree().span(at)) || !keeps_in_place(event)) continue;
      Overlap why;
      why.code = Code::not_expressible;
      why.subject = std::string(tree().text(at)).substr(0, 40);
      for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
        if (graph_.nodes[n].helper_call == opened_[i])
          connect(EdgeKind::Flow, openers_[i], GraphNodeId{n}, false, event, event, why);
      }
    }
  }
}

// -- control

void GraphBuilder::control_edges() {
  const syntax::SyntaxTree& t = tree();
  const auto add_edge = [&](GraphNodeId from, GraphNodeId to, bool carried, bool exit) {
    if (from == to && !carried) return;
    Edge edge;
    edge.kind = EdgeKind::Control;
    edge.from = from;
    edge.to = to;
    edge.carried = carried;
    edge.exit = exit;
    edge.from_span = t.span(graph_[from].node);
    edge.to_span = t.span(graph_[to].node);
    edge.code = Code::carried_value;
    std::string text(t.text(graph_[from].node));
    if (const std::size_t line = text.find('\n'); line != std::string::npos) text.resize(line);
    edge.subject = std::move(text);
    graph_.edges.push_back(std::move(edge));
  };
  // The statement lists that hold a node, up to the loop: to know what follows it.
  const auto try_inside = [&](NodeId node) {
    // The innermost try around whose body holds the node, inside the loop.
    NodeId child = node;
    for (NodeId up = t.parent(node); up && up != site_.node && !t.is(up, NodeKind::FunctionDef);
         child = up, up = t.parent(up)) {
      if (t.is(up, NodeKind::Try) && t.child(up, slot::Try::statements) == child) return up;
    }
    return NodeId{};
  };
  // What the condition itself evaluates decides, and is not decided about.
  const auto is_asked = [&](const GraphNode& test, const GraphNode& node) {
    const bool inside = test.helper_call && test.helper_call == node.helper_call;
    const NodeId at = node.helper_call && !inside ? node.helper_call : node.node;
    return t.is(test.node, NodeKind::If) && (inside || !test.helper_call) &&
           t.span(t.child(test.node, slot::If::test)).contains(t.span(at));
  };
  for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
    const GraphNodeId id{i};
    const GraphNode& node = graph_[id];
    for (GraphNodeId up = node.parent; up; up = graph_[up].parent) {
      if (graph_[up].kind == GraphNodeKind::Test && !is_asked(graph_[up], node))
        add_edge(up, id, false, false);
    }
    if (node.kind == GraphNodeKind::Expression && node.parent) {
      // Its value flows into what it stands in.
      Edge edge;
      edge.kind = EdgeKind::Flow;
      edge.from = id;
      edge.to = node.parent;
      edge.from_span = t.span(node.node);
      edge.to_span = t.span(graph_[node.parent].node);
      edge.code = Code::carried_value;
      edge.subject = std::string(t.text(node.node)).substr(0, 60);
      graph_.edges.push_back(std::move(edge));
    }
    if (node.kind == GraphNodeKind::Exit) {
      const NodeKind kind = t.kind(node.node);
      const bool in_helper = static_cast<bool>(node.helper_call);
      const bool caught = kind == NodeKind::Raise && try_inside(node.node);
      const bool leaves = !in_helper && kind != NodeKind::Continue && !caught;
      for (std::size_t k = 1; k < graph_.nodes.size(); ++k) {
        if (k <= i) continue;
        const GraphNode& later = graph_.nodes[k];
        if (in_helper && later.helper_call != node.helper_call) continue;
        add_edge(id, GraphNodeId{k}, false,
                 leaves || caught || (in_helper && kind == NodeKind::Raise));
      }
      if (leaves) {
        for (std::size_t k = 0; k < graph_.nodes.size(); ++k)
          add_edge(id, GraphNodeId{k}, true, true);
      }
    }
    if (node.kind == GraphNodeKind::Test && t.is(node.node, NodeKind::ExceptHandler)) {
      // Taken when something in the try raises.
      const NodeId attempt = t.parent(t.parent(node.node));
      const NodeId body = t.child(attempt, slot::Try::statements);
      for (std::size_t k = 1; k < graph_.nodes.size(); ++k) {
        if (k == i || graph_.nodes[k].helper_call != node.helper_call) continue;
        if (t.span(body).contains(t.span(graph_.nodes[k].node)))
          add_edge(GraphNodeId{k}, id, false, false);
      }
    }
  }
  // The program may end here.
  for (std::size_t i = 0; i < graph_.trace.events.size(); ++i) {
    if (graph_.trace.events[i].effect.kind != EffectKind::Exit) continue;
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k)
      add_edge(event_owner_[i], GraphNodeId{k}, true, true);
  }
}

}  // namespace braid::dependence
