// The nodes of a site's graph: the text of one iteration cut into operations.
#include <algorithm>

#include "dependence/builder.h"
#include "dependence/cost.h"
#include "dependence/entry.h"

namespace braid::dependence {

using effects::Effect;
using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using effects::Waits;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

std::uint64_t owner_key(NodeId helper_call, NodeId node) {
  return (std::uint64_t{helper_call.value} << 32U) | node.value;
}

}  // namespace

GraphBuilder::GraphBuilder(const Site& site, const effects::Program& program,
                           const effects::Effects& effects, Entries& entries, bool open_helpers,
                           const effects::LoopTrace* known)
    : site_(site),
      program_(program),
      effects_(effects),
      distinct_(effects, {}),
      entries_(entries),
      open_helpers_(open_helpers),
      known_(known) {
  for (const std::string_view way : {"symlink", "symlink_to", "hardlink_to", "link", "link_to"}) {
    if (program.find(way)) distinct_.may_be_linked();
  }
}

GraphNodeId GraphBuilder::add(GraphNodeKind kind, NodeId node, GraphNodeId parent,
                              NodeId helper_call) {
  const GraphNodeId id{graph_.nodes.size()};
  GraphNode made;
  made.kind = kind;
  made.node = node;
  made.parent = parent;
  made.helper_call = helper_call;
  graph_.nodes.push_back(std::move(made));
  return id;
}

void GraphBuilder::own(NodeId subtree, GraphNodeId owner, NodeId helper_call) {
  for (std::uint32_t i = subtree.value; i < tree()[subtree].subtree_end; ++i)
    owners_[owner_key(helper_call, NodeId{i})] = owner;
}

GraphNodeId GraphBuilder::owner_of(NodeId node, NodeId helper_call) const {
  const bool opened =
      helper_call && std::find(opened_.begin(), opened_.end(), helper_call) != opened_.end();
  auto found = owners_.find(
      owner_key(opened ? helper_call : NodeId{}, helper_call && !opened ? helper_call : node));
  return found == owners_.end() ? GraphNodeId{} : found->second;
}

bool GraphBuilder::costs(NodeId node, NodeId helper_call) const {
  const auto found = events_at_.find((helper_call ? helper_call : node).value);
  if (found == events_at_.end()) return false;
  double seconds = 0;
  for (std::uint32_t i : found->second) {
    const Event& event = graph_.trace.events[i];
    if (!helper_call || (event.helper_call == helper_call && event.node == node))
      seconds += cost_of(event.effect, sleep_is_work_);
  }
  return seconds >= kCostly;
}

NodeId GraphBuilder::helper_to_open(NodeId call) const {
  // Inlined events of this call: both something costly and something that must stay in order.
  double seconds = 0;
  bool ordered = false;
  NodeId inside;
  auto found = events_at_.find(call.value);
  if (found == events_at_.end()) return {};
  for (std::uint32_t i : found->second) {
    const Event& event = graph_.trace.events[i];
    if (event.helper_call != call) continue;
    inside = event.node;
    seconds += cost_of(event.effect, sleep_is_work_);
    ordered = ordered || is_visible(event.effect);
    if (event.effect.place.kind == PlaceKind::Object &&
        (event.effect.kind == EffectKind::Append || event.effect.kind == EffectKind::Write) &&
        event.effect.unless.empty()) {
      for (effects::AtomId id : effects_.values()[event.effect.place.objects]) {
        ordered = ordered || effects_.values()[id].recency != effects::Recency::This;
      }
    }
    if (event.effect.place.kind == PlaceKind::Variable && event.effect.kind == EffectKind::Write &&
        event.through_call)
      ordered = true;
  }
  if (seconds < kCostly || !ordered) return {};
  const NodeId definition = tree().enclosing_definition(inside);
  return tree().is(definition, NodeKind::FunctionDef) ? definition : NodeId{};
}

void GraphBuilder::expressions(NodeId node, GraphNodeId owner, NodeId helper_call) {
  const syntax::SyntaxTree& t = tree();
  if (t.is(node, NodeKind::Lambda) || t.is(node, NodeKind::FunctionDef)) return;
  GraphNodeId here = owner;
  if (t.is(node, NodeKind::Call)) {
    const NodeId helper = helper_call || !open_helpers_ ? NodeId{} : helper_to_open(node);
    if (helper) {
      opened_.push_back(node);
      openers_.push_back(owner);
      // Its arguments belong to the statement; its body follows as nodes of its own.
      for (NodeId child : t.children(node)) {
        if (child) expressions(child, owner, helper_call);
      }
      const std::size_t first = graph_.nodes.size();
      statements(t.child(helper, slot::FunctionDef::statements), owner, node);
      (void)first;
      return;
    }
    if (costs(node, helper_call)) {
      here = add(GraphNodeKind::Expression, node, owner, helper_call);
      own(node, here, helper_call);
    }
  }
  for (NodeId child : t.children(node)) {
    if (child) expressions(child, here, helper_call);
  }
}

void GraphBuilder::statements(NodeId list, GraphNodeId parent, NodeId helper_call) {
  for (NodeId node : tree().children(list)) statement(node, parent, helper_call);
}

void GraphBuilder::statement(NodeId node, GraphNodeId parent, NodeId helper_call) {
  const syntax::SyntaxTree& t = tree();
  switch (t.kind(node)) {
    case NodeKind::If: {
      const NodeId test = t.child(node, slot::If::test);
      const GraphNodeId here = add(GraphNodeKind::Test, node, parent, helper_call);
      own(test, here, helper_call);
      expressions(test, here, helper_call);
      statements(t.child(node, slot::If::statements), here, helper_call);
      statements(t.child(node, slot::If::else_statements), here, helper_call);
      break;
    }
    case NodeKind::With: {
      const bool swallows = !effects_.hands_on(site_.module, node);
      if (swallows && !helper_call && is_one_piece(node)) {
        own(node, add(GraphNodeKind::Block, node, parent, helper_call), helper_call);
        break;
      }
      const GraphNodeId here = add(GraphNodeKind::Scope, node, parent, helper_call);
      own(t.child(node, slot::With::items), here, helper_call);
      expressions(t.child(node, slot::With::items), here, helper_call);
      statements(t.child(node, slot::With::statements), here, helper_call);
      break;
    }
    case NodeKind::Try: {
      if (!helper_call && is_one_piece(node)) {
        own(node, add(GraphNodeKind::Block, node, parent, helper_call), helper_call);
        break;
      }
      // The frame itself does nothing; a handler runs when something inside raises.
      statements(t.child(node, slot::Try::statements), parent, helper_call);
      for (NodeId handler : t.items(node, slot::Try::handlers)) {
        const GraphNodeId choice = add(GraphNodeKind::Test, handler, parent, helper_call);
        own(handler, choice, helper_call);
        statements(t.child(handler, slot::ExceptHandler::statements), choice, helper_call);
      }
      statements(t.child(node, slot::Try::else_statements), parent, helper_call);
      statements(t.child(node, slot::Try::finally_statements), parent, helper_call);
      break;
    }
    case NodeKind::Match: {
      if (!helper_call && is_one_piece(node)) {
        own(node, add(GraphNodeKind::Block, node, parent, helper_call), helper_call);
        break;
      }
      const GraphNodeId here = add(GraphNodeKind::Test, node, parent, helper_call);
      own(node, here, helper_call);
      for (NodeId branch : t.items(node, slot::Match::cases))
        statements(t.child(branch, slot::MatchCase::statements), here, helper_call);
      break;
    }
    case NodeKind::For:
    case NodeKind::While:
    case NodeKind::FunctionDef:
    case NodeKind::ClassDef:
    case NodeKind::Error: {
      const GraphNodeId here = add(GraphNodeKind::Block, node, parent, helper_call);
      own(node, here, helper_call);
      break;
    }
    case NodeKind::Break:
    case NodeKind::Continue:
    case NodeKind::Return:
    case NodeKind::Raise: {
      const GraphNodeId here = add(GraphNodeKind::Exit, node, parent, helper_call);
      own(node, here, helper_call);
      expressions(node, here, helper_call);
      break;
    }
    default: {
      const GraphNodeId here = add(GraphNodeKind::Statement, node, parent, helper_call);
      own(node, here, helper_call);
      expressions(node, here, helper_call);
    }
  }
}

void GraphBuilder::make_nodes() {
  const syntax::SyntaxTree& t = tree();
  const GraphNodeId header = add(GraphNodeKind::Header, site_.node, {}, {});
  if (t.is(site_.node, NodeKind::For)) {
    own(t.child(site_.node, slot::For::target), header, {});
    own(t.child(site_.node, slot::For::iter), header, {});
    statements(t.child(site_.node, slot::For::statements), {}, {});
    return;
  }
  const bool dict = t.is(site_.node, NodeKind::DictComp);
  const auto clauses =
      t.items(site_.node, dict ? static_cast<std::uint32_t>(slot::DictComp::generators)
                               : static_cast<std::uint32_t>(slot::ListComp::generators));
  own(clauses[0], header, {});
  GraphNodeId parent;
  for (NodeId condition : t.items(clauses[0], slot::Comprehension::ifs)) {
    const GraphNodeId test = add(GraphNodeKind::Test, condition, parent, {});
    own(condition, test, {});
    expressions(condition, test, {});
    parent = test;
  }
  if (clauses.size() > 1) {
    // The inner clauses and the element are one piece.
    const GraphNodeId block = add(GraphNodeKind::Block, site_.node, parent, {});
    for (std::size_t i = 1; i < clauses.size(); ++i) own(clauses[i], block, {});
    own(t.child(site_.node, 0), block, {});
    if (dict) own(t.child(site_.node, 1), block, {});
    return;
  }
  for (std::uint32_t part = 0; part < (dict ? 2U : 1U); ++part) {
    const NodeId element = t.child(site_.node, part);
    const GraphNodeId here = add(GraphNodeKind::Statement, element, parent, {});
    own(element, here, {});
    expressions(element, here, {});
  }
}

void GraphBuilder::place_events() {
  event_owner_.resize(graph_.trace.events.size());
  for (std::size_t i = 0; i < graph_.trace.events.size(); ++i) {
    const Event& event = graph_.trace.events[i];
    GraphNodeId owner = owner_of(event.node, event.helper_call);
    if (!owner) owner = GraphNodeId{0U};
    event_owner_[i] = owner;
    graph_.nodes[owner.value].events.push_back(static_cast<std::uint32_t>(i));
  }
}

std::string GraphBuilder::scope_name(NodeId definition) const {
  const syntax::SyntaxTree& t = tree();
  std::string name;
  for (NodeId at = definition; at && !t.is(at, NodeKind::Module); at = t.enclosing_definition(at)) {
    const std::string part = t[at].name ? std::string(program_.symbols.text(t[at].name)) : "lambda";
    name = name.empty() ? part : part + "." + name;
  }
  std::string stem = t.source().path();
  stem = stem.substr(stem.rfind('/') == std::string::npos ? 0 : stem.rfind('/') + 1);
  if (stem.ends_with(".py")) stem.resize(stem.size() - 3);
  if (stem == "-") stem = "stdin";
  return name.empty() ? stem : stem + "." + name;
}

// `exit()` closes standard input on its way out: nothing, where nobody reads that.
void GraphBuilder::forget_closed_input() {
  constexpr std::string_view kReaders[] = {"stdin", "input",      "fileinput", "getpass",
                                           "os",    "subprocess", "pexpect",   "cmd"};
  if (std::any_of(std::begin(kReaders), std::end(kReaders),
                  [&](std::string_view name) { return static_cast<bool>(program_.find(name)); }))
    return;
  std::erase_if(graph_.trace.events, [](const Event& event) {
    const Effect& effect = event.effect;
    return effect.place.kind == PlaceKind::World &&
           effect.place.world == effects::WorldPlace::Stdin && effect.kind == EffectKind::Write &&
           (effect.subject == "exit" || effect.subject == "quit");
  });
}

DependenceGraph GraphBuilder::build() {
  graph_.site = site_;
  graph_.scope = scope_name(site_.definition);
  graph_.unusual_entry = entries_.unusual(site_);
  if (site_.kind == SiteKind::While || site_.kind == SiteKind::AwaitLoop) return std::move(graph_);
  graph_.trace = known_ != nullptr ? *known_ : effects_.trace(site_.module, site_.node);
  if (graph_.trace.gave_up) {
    graph_.unusual_entry = "in a program too intricate to be followed";
    add(GraphNodeKind::Header, site_.node, {}, {});
    return std::move(graph_);
  }
  forget_closed_input();
  const auto& enters = graph_.trace.enters;
  const bool itself = std::find(enters.begin(), enters.end(),
                                std::pair(site_.module, site_.definition)) != enters.end();
  for (const auto& [module, definition] : enters) {
    const effects::Module& m = program_.modules[module.value];
    const Symbol name = m.tree[definition].name;
    if (graph_.unusual_entry.empty() && name && program_.symbols.text(name) == "__del__")
      graph_.unusual_entry = "where objects are made whose end shows (`__del__`)";
  }
  if (graph_.unusual_entry.empty() && itself)
    graph_.unusual_entry = "in a function that it calls again: every level would start workers";
  for (std::size_t i = 0; i < graph_.trace.events.size(); ++i) {
    const Event& event = graph_.trace.events[i];
    events_at_[(event.helper_call ? event.helper_call : event.node).value].push_back(
        static_cast<std::uint32_t>(i));
  }
  sleep_is_work_ =
      std::none_of(graph_.trace.events.begin(), graph_.trace.events.end(), [](const Event& event) {
        return event.effect.kind == EffectKind::Unknown ||
               (event.effect.kind == EffectKind::Wait &&
                (event.effect.waits == Waits::Network || event.effect.waits == Waits::Subprocess));
      });
  make_nodes();
  place_events();
  for (const Event& event : graph_.trace.events) graph_.reached_by.push_back(reached_by(event));
  find_gathered();
  for (GraphNode& node : graph_.nodes) classify(node);
  // Evaluating it again would run the whole helper again.
  for (GraphNodeId each : openers_) {
    graph_.nodes[each.value].movable = false;
    graph_.nodes[each.value].copies.clear();
  }
  describe_input();
  make_edges();
  join_matters_of_calls();
  return std::move(graph_);
}

Dependences::Dependences(const effects::Program& program, const effects::Effects& effects)
    : program_(program), effects_(effects), entries_(std::make_unique<Entries>(program)) {}

Dependences::~Dependences() = default;

DependenceGraph Dependences::find(const Site& site) {
  return GraphBuilder(site, program_, effects_, *entries_, true, nullptr).build();
}

DependenceGraph Dependences::find_closed(const DependenceGraph& opened) {
  return GraphBuilder(opened.site, program_, effects_, *entries_, false, &opened.trace).build();
}

DependenceGraph find_dependences(const Site& site, const effects::Program& program,
                                 const effects::Effects& effects) {
  return Dependences(program, effects).find(site);
}

}  // namespace braid::dependence
