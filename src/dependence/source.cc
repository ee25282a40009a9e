// What a site iterates over: how long it is, whether it may be read twice, read ahead, or looked at
// afterwards.
#include <algorithm>
#include <set>

#include "dependence/builder.h"

namespace braid::dependence {

using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using effects::Waits;
using effects::WorldPlace;
using scope::BindingId;
using syntax::NodeKind;
namespace slot = syntax::slot;

void GraphBuilder::describe_input() {
  const syntax::SyntaxTree& t = tree();
  NodeId iter;
  if (t.is(site_.node, NodeKind::For)) {
    iter = t.child(site_.node, slot::For::iter);
  } else {
    const bool dict = t.is(site_.node, NodeKind::DictComp);
    const auto clauses =
        t.items(site_.node, dict ? static_cast<std::uint32_t>(slot::DictComp::generators)
                                 : static_cast<std::uint32_t>(slot::ListComp::generators));
    iter = t.child(clauses[0], slot::Comprehension::iter);
  }
  header_ = iter;
  distinct_.know(ItemsReader(program_, effects_, site_.module, graph_.trace)(iter), graph_.trace);
  if (t.is(iter, NodeKind::Call) && !t.items(iter, slot::Call::arguments_list).empty()) {
    const NodeId counted = t.items(iter, slot::Call::arguments_list)[0];
    for (const effects::ValueAt& each : graph_.trace.values) {
      if (each.node == counted && !each.helper_call)
        counts_elements_ = effects_.are_all(each.value, {"list"});
    }
  }
  const effects::Values& values = effects_.values();
  graph_.restartable = stays_put(graph_.trace.iterated);
  bool is_range = false;
  for (effects::AtomId id : values[graph_.trace.iterated]) {
    const effects::Atom& atom = values[id];
    const std::string_view name =
        atom.kind == effects::AtomKind::Instance ? effects_.text(atom.name) : std::string_view{};
    is_range = is_range || name == "range";
    if (name.starts_with("io.") && steers_commands()) graph_.source_may_block = true;
  }
  graph_.source_may_raise = !graph_.restartable;
  graph_.listable = graph_.restartable || is_listable(iter);
  for (const Event& event : graph_.trace.events) {
    if (owner_of(event.node, event.helper_call) != GraphNodeId{0U}) continue;
    if (event.effect.place.kind == PlaceKind::World &&
        event.effect.place.world == WorldPlace::Stdin)
      graph_.source_may_block = true;
    if (event.effect.kind == EffectKind::Wait &&
        (event.effect.waits == Waits::Network || event.effect.waits == Waits::Input ||
         event.effect.waits == Waits::Lock || event.effect.waits == Waits::Subprocess)) {
      graph_.source_may_block = true;
    }
    if (event.effect.kind == EffectKind::Unknown) {
      graph_.source_may_raise = true;
      graph_.listable = false;
    }
  }
  // How many.
  if (t.is(iter, NodeKind::ListLiteral) || t.is(iter, NodeKind::Tuple) ||
      t.is(iter, NodeKind::Set)) {
    graph_.iterations = static_cast<std::int64_t>(t.items(iter, 0).size());
    for (NodeId item : t.items(iter, 0)) {
      if (t.is(item, NodeKind::Starred)) graph_.iterations.reset();
    }
  } else if (is_range && t.is(iter, NodeKind::Call)) {
    graph_.iterations = syntax::range_length(t, iter);
  }
  // The text of the iterable may stand twice when it is a name, an attribute, a literal or a range
  // of these.
  const auto plain = [&](auto self, NodeId node) -> bool {
    switch (t.kind(node)) {
      case NodeKind::Name:
      case NodeKind::Constant:
        return true;
      case NodeKind::ListLiteral:
      case NodeKind::Tuple:
        return std::all_of(t.items(node, 0).begin(), t.items(node, 0).end(), [&](NodeId item) {
          return t.is(item, NodeKind::Constant) || t.is(item, NodeKind::Name);
        });
      case NodeKind::UnaryOp:
        return self(self, t.child(node, slot::UnaryOp::operand));
      case NodeKind::BinOp:
        return is_range && self(self, t.child(node, slot::BinOp::left)) &&
               self(self, t.child(node, slot::BinOp::right));
      case NodeKind::Call:
        return is_range && t.items(node, slot::Call::keywords).empty() &&
               std::all_of(t.items(node, slot::Call::arguments_list).begin(),
                           t.items(node, slot::Call::arguments_list).end(),
                           [&](NodeId item) { return self(self, item); });
      default:
        return false;
    }
  };
  graph_.expression_repeatable = graph_.restartable && plain(plain, iter);
  graph_.rest_is_seen = rest_is_seen(iter, true);
  if (graph_.rest_is_seen.empty() || !rest_is_seen(iter, false).empty()) return;
  // What nobody knows may be something that is used up by going through it.
  for (const Event& event : graph_.trace.events) {
    const bool of_header = owner_of(event.node, event.helper_call) == GraphNodeId{0U};
    if (!of_header || !writes(event.effect) || event.effect.unless != "independent") continue;
    if (event.effect.subject.empty()) return graph_.rest_unless.clear();  // nothing to ask about
    graph_.rest_unless.push_back(independent(event.effect.subject));
  }
  graph_.rest_is_seen.clear();
}

// Items that stay where they are: iterating again gives the same.
bool GraphBuilder::stays_put(effects::ValueId value) const {
  constexpr std::string_view kStable[] = {"list",      "tuple",       "range",      "str",
                                          "bytes",     "dict",        "set",        "frozenset",
                                          "dict_keys", "dict_values", "dict_items", "json"};
  const auto atoms = effects_.values()[value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
    const effects::Atom& atom = effects_.values()[id];
    return atom.kind == effects::AtomKind::Instance &&
           std::find(std::begin(kStable), std::end(kStable), effects_.text(atom.name)) !=
               std::end(kStable);
  });
}

// What it gives can be listed before the loop begins: it has an end, and `next` does not fail.
bool GraphBuilder::is_listable(NodeId node) const {
  const syntax::SyntaxTree& t = tree();
  if (t.is(node, NodeKind::ListLiteral) || t.is(node, NodeKind::Tuple)) return true;
  if (t.is(node, NodeKind::Constant)) return t.text(node).find_first_of("'\"") <= 1;  // text
  const auto evaluated = std::find_if(
      graph_.trace.values.begin(), graph_.trace.values.end(),
      [&](const effects::ValueAt& each) { return each.node == node && !each.helper_call; });
  if (evaluated == graph_.trace.values.end()) return false;
  if (stays_put(evaluated->value)) return true;
  if (!t.is(node, NodeKind::Call)) return false;
  for (const NodeId each : t.items(node, slot::Call::keywords)) {
    const Symbol keyword = t[each].name;
    const bool counts_from = keyword && program_.symbols.text(keyword) == "start" &&
                             t.is(t.child(each, slot::Keyword::value), NodeKind::Constant);
    if (!counts_from) return false;
  }
  const std::string_view name = t.text(t.child(node, slot::Call::function));
  const auto atoms = effects_.values()[evaluated->value];
  const bool pairs =
      (name == "enumerate" || name == "zip") && !atoms.empty() &&
      std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
        const effects::Atom& atom = effects_.values()[id];
        return atom.kind == effects::AtomKind::Instance && effects_.text(atom.name) == name;
      });
  const auto given = t.items(node, slot::Call::arguments_list);
  if (!pairs || given.empty()) return false;
  if (name == "enumerate" && given.size() == 2)
    return t.is(given[1], NodeKind::Constant) && is_listable(given[0]);
  return (name == "zip" || given.size() == 1) &&
         std::all_of(given.begin(), given.end(), [&](NodeId each) { return is_listable(each); });
}

// What a command answers may wait for what it is told, or for its end.
bool GraphBuilder::steers_commands() const {
  if (!program_.find("PIPE")) return false;
  constexpr std::string_view kWays[] = {"stdin", "kill", "terminate", "send_signal", "killpg"};
  return std::any_of(std::begin(kWays), std::end(kWays),
                     [&](std::string_view way) { return static_cast<bool>(program_.find(way)); });
}

// What a name in the text of the input means: objects that are advanced by asking for items.
bool GraphBuilder::advances_by(NodeId name, bool unknown) const {
  for (const effects::ValueAt& each : graph_.trace.values) {
    if (each.node != name || each.helper_call) continue;
    const auto& meant = effects_.values()[each.value];
    for (const Event& event : graph_.trace.events) {
      if (event.effect.place.kind != PlaceKind::Object || event.effect.kind == EffectKind::Read ||
          (!unknown && event.effect.unless == "independent") ||
          owner_of(event.node, event.helper_call) != GraphNodeId{0U})
        continue;
      for (effects::AtomId id : effects_.values()[event.effect.place.objects]) {
        const effects::SiteId site = effects_.values()[id].site;
        if (std::any_of(meant.begin(), meant.end(), [&](effects::AtomId other) {
              return site && effects_.values()[other].site == site;
            }))
          return true;
      }
    }
  }
  return false;
}

// A file, or rows read from one: what is left of it is looked at by name or not at all.
bool GraphBuilder::is_file(effects::ValueId value) const {
  const auto& meant = effects_.values()[value];
  return !meant.empty() && std::all_of(meant.begin(), meant.end(), [&](effects::AtomId id) {
    const std::string_view type = effects_.text(effects_.values()[id].name);
    return type.starts_with("io.") || type.starts_with("csv.") || type.starts_with("_csv.");
  });
}

// `enumerate`, or `csv` in `csv.reader(…)`: what a library's function gives is not held by its
// name.
bool GraphBuilder::only_makes(NodeId name) const {
  const syntax::SyntaxTree& t = tree();
  const NodeId attribute = t.parent(name);
  const bool is_member = t.is(attribute, NodeKind::Attribute);
  const NodeId function = is_member ? attribute : name;
  const NodeId call = t.parent(function);
  if (!t.is(call, NodeKind::Call) || t.child(call, slot::Call::function) != function) return false;
  return std::any_of(
      graph_.trace.values.begin(), graph_.trace.values.end(), [&](const effects::ValueAt& each) {
        if (each.node != name || each.helper_call) return false;
        const auto& meant = effects_.values()[each.value];
        return !meant.empty() && std::all_of(meant.begin(), meant.end(), [&](effects::AtomId id) {
          const effects::AtomKind kind = effects_.values()[id].kind;
          return is_member ? kind == effects::AtomKind::LibraryModule
                           : kind == effects::AtomKind::LibraryCallable ||
                                 kind == effects::AtomKind::LibraryType;
        });
      });
}

// Whether somebody may look at the rest of the input once the loop has ended early: what split has
// read ahead would be missing there. Names the input, or nothing.
// `unknown`: objects of which nothing is known are advanced by going through them.
std::string GraphBuilder::rest_is_seen(NodeId iter, bool unknown) const {
  const syntax::SyntaxTree& t = tree();
  const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
  bool advances = false;   // something that was there before the loop
  bool elsewhere = false;  // made outside of this function: its caller may hold it
  std::vector<effects::Atom> advanced;
  NodeId frame = site_.definition;
  while (t.is(frame, NodeKind::ClassDef)) frame = t.enclosing_definition(frame);
  const Span iter_span = t.span(iter);
  const Span frame_span = t.span(frame);
  for (const Event& event : graph_.trace.events) {
    if (owner_of(event.node, event.helper_call) != GraphNodeId{0U}) continue;
    const bool writes =
        event.effect.kind == EffectKind::Write || event.effect.kind == EffectKind::Append;
    if (!writes || (!unknown && event.effect.unless == "independent")) continue;
    if (event.effect.place.kind == PlaceKind::Variable &&
        (event.through_call || event.effect.place.module != site_.module)) {
      return "what its input changes";  // a generator that counts in a global
    }
    if (event.effect.place.kind != PlaceKind::Object) continue;
    for (effects::AtomId id : effects_.values()[event.effect.place.objects]) {
      const effects::Atom& atom = effects_.values()[id];
      if (atom.recency == effects::Recency::This) continue;
      effects::SiteId site = atom.site;
      while (site && effects_.values()[site].parent) site = effects_.values()[site].parent;
      const NodeId made = site ? effects_.values()[site].node : NodeId{};
      const bool here = made && effects_.values()[site].module == site_.module;
      if (here && iter_span.contains(t.span(made))) continue;  // made for this loop alone
      advances = true;
      advanced.push_back(atom);
      elsewhere = elsewhere || !here || !frame_span.contains(t.span(made)) ||
                  t.is(made, NodeKind::Parameter);
    }
  }
  if (!advances) return {};
  const std::string text(t.text(iter));
  // Around the loop: a handler, or another loop, that goes on after it.
  bool goes_on = program_.find("atexit") || program_.find("excepthook");
  Span around{};  // where later looks may stand before the loop's text
  for (NodeId up = t.parent(site_.node); up && up != frame; up = t.parent(up)) {
    if (t.is(up, NodeKind::Try) || t.is(up, NodeKind::With))
      goes_on = goes_on || t.is(up, NodeKind::Try);
    if (t.is(up, NodeKind::For) || t.is(up, NodeKind::While)) around = t.span(up);
  }
  bool leaves = false;
  for (const GraphNode& each : graph_.nodes) {
    leaves = leaves || (each.kind == GraphNodeKind::Exit && !each.helper_call &&
                        (t.is(each.node, NodeKind::Break) || t.is(each.node, NodeKind::Return)));
  }
  const bool module_level = t.is(frame, NodeKind::Module);
  if (elsewhere && !module_level) return text;
  // Whether some use of the variable outside of the loop may come after it.
  const auto is_used_later = [&](BindingId variable, bool file) {
    for (const scope::Occurrence& use : scopes.occurrences(variable)) {
      if (use.access == scope::Access::Write) continue;
      const NodeId used = t.parent(use.node);
      if (file && t.is(used, NodeKind::Attribute) && program_.symbols.text(t[used].name) == "close")
        continue;
      const Span at = t.span(use.node);
      if (t.span(site_.node).contains(at) ||
          scope::means_other_with(t, scopes, use.node, site_.node))
        continue;
      // What an outer loop binds anew before it looks is not the rest.
      const bool anew = around.contains(at) && at.end <= t.span(site_.node).begin &&
                        std::any_of(scopes.occurrences(variable).begin(),
                                    scopes.occurrences(variable).end(), [&](const auto& other) {
                                      const Span bound = t.span(other.node);
                                      return other.access == scope::Access::Write &&
                                             around.contains(bound) && bound.begin < at.begin;
                                    });
      if (anew) continue;
      if (at.begin >= t.span(site_.node).end || around.contains(at) ||
          t.enclosing_definition(use.node) != frame)
        return true;
    }
    return false;
  };
  std::set<BindingId> named;
  for (std::uint32_t i = iter.value; i < t[iter].subtree_end; ++i) {
    if (!t.is(NodeId{i}, NodeKind::Name)) continue;
    const BindingId variable = scopes.variable(NodeId{i});
    if (!variable || only_makes(NodeId{i})) continue;
    named.insert(variable);
    const auto meant = std::find_if(
        graph_.trace.values.begin(), graph_.trace.values.end(),
        [&](const effects::ValueAt& each) { return each.node == NodeId{i} && !each.helper_call; });
    const bool file = meant != graph_.trace.values.end() && is_file(meant->value);
    // A global lives on, for whoever looks, unless a failure ends the program.
    if ((goes_on || leaves) && scopes[scopes[variable].scope].kind == scope::ScopeKind::Module &&
        !file && advances_by(NodeId{i}, unknown))
      return std::string(t.text(NodeId{i}));
    if ((goes_on || leaves || !module_level) && is_used_later(variable, file))
      return std::string(t.text(NodeId{i}));
  }
  if (!goes_on && !leaves) return {};
  // By another name, or in what another name means.
  const auto is_advanced_by = [&](effects::ValueId value) {
    return std::any_of(advanced.begin(), advanced.end(),
                       [&](const effects::Atom& each) { return effects_.reaches(value, each); });
  };
  for (const auto& [variable, value] : graph_.trace.entry) {
    if (named.contains(variable) || !is_advanced_by(value)) continue;
    const bool lives_on = (scopes[variable].flags & scope::kParameter) != 0;
    if (lives_on || is_used_later(variable, is_file(value)))
      return std::string(program_.symbols.text(scopes[variable].name));
  }
  const bool is_global = !module_level && std::any_of(advanced.begin(), advanced.end(),
                                                      [&](const effects::Atom& each) {
                                                        return effects_.reached_from_globals(each);
                                                      });
  return is_global ? text : std::string();
}

}  // namespace braid::dependence
