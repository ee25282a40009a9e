// What two events have in common: objects by what they may be, the world by its places.
#include <algorithm>

#include "dependence/builder.h"
#include "dependence/reached.h"

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

namespace {

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

// One is the header that goes through a list or dict, and looks at one element each time; the other
// sets, in an iteration, that very element.
bool GraphBuilder::sets_what_was_taken(const Event& a, const Event& b) const {
  const auto by_header = [&](const Event& event) {
    return event.effect.kind == EffectKind::Read && event.effect.place.part == Part::Elements &&
           !event.effect.place.key && !event.helper_call && !event.through_call &&
           owner_of(event.node, event.helper_call) == GraphNodeId{0U};
  };
  const Event& header = by_header(a) ? a : b;
  const Event& store = by_header(a) ? b : a;
  const effects::Place& place = store.effect.place;
  if (!by_header(header) || store.helper_call || store.through_call || !place.key ||
      place.part != Part::Elements || !writes(store.effect) ||
      !tree().is(store.node, NodeKind::Subscript) || !distinct_.is_own_key(place.key))
    return false;
  const effects::ValueId over = graph_.trace.iterated;
  if (effects_.are_all(header.effect.place.objects, {"dict"}) &&
      effects_.are_all(place.objects, {"dict"}))
    return effects_.are_all(over, {"dict", "dict_items", "dict_keys"});
  // The k-th item is that of index k, from 0 on.
  return distinct_.items().from_zero && effects_.are_all(over, {"enumerate"}) &&
         effects_.are_all(header.effect.place.objects, {"list"}) &&
         effects_.are_all(place.objects, {"list"}) && counts_elements_;
}

// What the header made to go through something, and nobody else has: `enumerate(rows)`.
bool GraphBuilder::is_of_header(const Atom& atom) const {
  constexpr std::string_view kLazy[] = {"enumerate", "zip",         "map",
                                        "filter",    "reversed",    "dict_items",
                                        "dict_keys", "dict_values", "tqdm.tqdm"};
  return atom.kind == AtomKind::Instance && atom.site &&
         effects_.values()[atom.site].node == header_ &&
         effects_.values()[atom.site].module == site_.module &&
         std::find(std::begin(kLazy), std::end(kLazy), effects_.text(atom.name)) != std::end(kLazy);
}

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
    const bool plain = effects_.are_all(a.place.objects, {"list", "dict"}) &&
                       effects_.are_all(b.place.objects, {"list", "dict"});
    const bool index = !effects_.are_all(a.place.objects, {"dict"}) ||
                       !effects_.are_all(b.place.objects, {"dict"});
    if (distinct_.never_equal(a.place.key, b.place.key, index)) return out;
    // In which order keys come into a dict is seen.
    elements_apart = plain && a.place.key == b.place.key &&
                     distinct_.distinct_key(a.place.key, index) &&
                     !(a.kind == EffectKind::Append && b.kind == EffectKind::Append);
  }
  for (effects::AtomId left : values[a.place.objects]) {
    for (effects::AtomId right : values[b.place.objects]) {
      const Atom& x = values[left];
      const Atom& y = values[right];
      bool may_be_same = false;
      bool unseen = false;
      if (is_anything(x) || is_anything(y)) {
        may_be_same = !is_of_header(x) && !is_of_header(y);
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
        may_be_same = !other.site && known.recency != Recency::This && !is_of_header(known);
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
      const bool own = x.recency == Recency::Own && y.recency == Recency::Own && items_apart_;
      const auto as_before = [](Recency r) { return r == Recency::Own ? Recency::Before : r; };
      const auto pair = [&](Recency p, Recency q) {
        return as_before(x.recency) == p && as_before(y.recency) == q;
      };
      if (pair(Recency::Before, Recency::Before) || pair(Recency::Older, Recency::Older))
        one.same = one.forward = one.backward = true;
      if (pair(Recency::This, Recency::This)) one.same = true;
      if (pair(Recency::This, Recency::Older)) one.forward = true;
      if (pair(Recency::Older, Recency::This)) one.backward = true;
      if (may_be_same && (is_anything(x) || is_anything(y)))
        one.same = one.forward = one.backward = true;
      if (elements_apart || own) one.forward = one.backward = false;
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

// Whether a file of the program names anything by which a random generator may be made to repeat
// itself, or has a text with such a name: an option, code in a string.
bool GraphBuilder::is_seeded() const {
  const auto tells = [](std::string_view text) {
    constexpr std::string_view kWords[] = {"seed",      "Seed",     "SEED",      "setstate",
                                           "set_state", "getstate", "get_state", "bit_generator"};
    return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
      return text.find(word) != std::string_view::npos;
    });
  };
  // The generators themselves.
  constexpr std::string_view kGenerators[] = {"_inst", "_rand", "mtrand", "__self__"};
  const auto seeds = [&](const syntax::SyntaxTree& file) {
    for (std::uint32_t i = 0; i < file.size(); ++i) {
      const NodeId at{i};
      if (file[at].name && tells(program_.symbols.text(file[at].name))) return true;
      const bool says =
          file.is(at, NodeKind::Constant) && !file.is(file.parent(at), NodeKind::ExprStatement);
      if (says && tells(file.text(at))) return true;
    }
    return false;
  };
  if (!seeded_)
    seeded_ = !program_.unusable.empty() || makes_names(program_) ||
              std::any_of(
                  std::begin(kGenerators), std::end(kGenerators),
                  [&](std::string_view name) { return static_cast<bool>(program_.find(name)); }) ||
              std::any_of(program_.modules.begin(), program_.modules.end(),
                          [&](const effects::Module& each) { return seeds(each.tree); });
  return *seeded_;
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
  if (p == q && is_generator(p) && !is_seeded()) {
    const std::string what = p == WorldPlace::Random ? "random" : "numpy.random";
    out.remedy = remedy(Code::unseeded_draws, "any-draws", what,
                        "the numbers that `" + what +
                            "` gives may be drawn in any order: nothing here seeds it, so they "
                            "are others in every run",
                        "each iteration would draw other numbers than in order");
    return out;
  }
  if (p == WorldPlace::ModuleState && q == WorldPlace::ModuleState) {
    if (k && l && k != l) return Overlap{};
    return out;
  }
  if (file_like(p) && file_like(q)) {
    if (p == WorldPlace::File && q == WorldPlace::File) {
      if (a.effect.folder || b.effect.folder) {
        if (auto folders = folder_overlap(a, b)) return *folders;
      }
      if (distinct_.never_one_file(k, l)) return Overlap{};
      if (distinct_.never_meet(k, l)) {
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
      const std::string what = matter_of_paths(a, b);
      // One fixed file beside one that varies, and is another one each time.
      const bool one_is_fixed = !same_event && k && l && k != l &&
                                (left == Variation::invariant || right == Variation::invariant) &&
                                distinct_.distinct_path(left == Variation::invariant ? l : k);
      out.remedy = one_is_fixed
                       ? of_paths(what, "the fixed path and the varying ones are different files")
                       : of_paths(what);
      return out;
    }
    // A listing, or a whole folder, beside files that come and go.
    const bool both_read_only = !writes(a.effect) && !writes(b.effect);
    if (both_read_only) return Overlap{};
    const bool vary = distinct_.variation(k) != Variation::invariant &&
                      distinct_.variation(l) != Variation::invariant;
    if (!vary) return out;
    const std::string what = matter_of_paths(a, b);
    out.remedy = remedy(Code::distinct_paths, "distinct-paths", what,
                        "no other iteration touches the folders that `" + what + "` touches",
                        "iterations could read or overwrite what others write there", what);
    return out;
  }
  if (p == WorldPlace::Remote && q == WorldPlace::Remote) {
    const std::string what = matter_of(writes(a.effect) ? subject_of(a) : subject_of(b));
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
  if (a.effect.place.kind == PlaceKind::Object && sets_what_was_taken(a, b))
    out.forward = out.backward = false;
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
      out.remedy = independent(subject);
      out.code = Code::unknown_callee;
    } else if (kind == "memo" && !gives_the_same(*event)) {
      continue;
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

}  // namespace braid::dependence
