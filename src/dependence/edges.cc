// The edges of a site's graph: variables by their definitions, objects and the world by what they
// have in common, control by the structure.
#include <algorithm>
#include <map>

#include "dependence/builder.h"

namespace braid::dependence {

using diagnostics::Code;
using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

Edge::SharedRemedy GraphBuilder::remedy(Code code, const std::string& kind,
                                        const std::string& subject, std::string text,
                                        std::string seen, std::string touches) const {
  std::string name = subject;
  for (char& c : name) {
    if (c == ' ' || c == '\n' || c == '\t') c = '_';
  }
  if (name.size() > 60) name.resize(60);
  Edge::Remedy made{code, kind + ":" + name + "@" + graph_.scope, std::move(text), std::move(seen),
                    std::move(touches)};
  Edge::SharedRemedy& known = remedies_[made.id + '\0' + made.text + '\0' + made.touches];
  if (!known) known = std::make_shared<const Edge::Remedy>(std::move(made));
  return known;
}

std::string GraphBuilder::subject_of(const Event& event) const {
  if (event.effect.place.kind == PlaceKind::Variable) {
    const scope::Scopes& scopes = program_.modules[event.effect.place.module.value].scopes;
    return std::string(program_.symbols.text(scopes[event.effect.place.variable].name));
  }
  // `rows` rather than `list.append`.
  const auto& events = graph_.trace.events;
  const bool is_traced = !events.empty() && &event >= &events.front() && &event <= &events.back();
  if (is_traced && event.effect.place.kind == PlaceKind::Object && event.effect.unless.empty()) {
    const BindingId name = graph_.reached_by[static_cast<std::size_t>(&event - &events.front())];
    const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
    if (name) return std::string(program_.symbols.text(scopes[name].name));
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

Edge::SharedRemedy GraphBuilder::independent(const std::string& subject) const {
  return remedy(Code::unknown_callee, "independent", subject,
                "calls of `" + subject +
                    "`, and of what it returns, depend on nothing but what they are given, and "
                    "change nothing that others use",
                "results could depend on the order of the calls");
}

// The call of an opened helper in whose text, outside the helper, the event happens.
NodeId GraphBuilder::opened_around(const Event& event) const {
  if (event.helper_call) return {};
  for (const NodeId call : opened_) {
    if (tree().span(call).contains(tree().span(event.node))) return call;
  }
  return {};
}

void GraphBuilder::connect(EdgeKind kind, GraphNodeId from, GraphNodeId to, bool carried,
                           const Event& a, const Event& b, const Overlap& why) {
  if (from == to && !carried) return;
  // One edge of a kind between two nodes, by what makes it another one.
  std::size_t hash = static_cast<std::size_t>(kind) * 2 + (carried ? 1 : 0);
  const std::string id = why.remedy ? why.remedy->id : std::string();
  hash = hash * 1000003 + from.value;
  hash = hash * 1000003 + to.value;
  hash = hash * 1000003 + std::hash<std::string>{}(id);
  if (why.alternative) hash = hash * 1000003 + std::hash<std::string>{}(why.alternative->id);
  hash = hash * 4 + (why.private_object ? 1 : 0) + (why.shared_variable ? 2 : 0);
  hash = hash * 1000003 + why.container.value * 2 + (why.only_looks ? 1 : 0);
  hash = hash * 1000003 + why.from_gathers.value;
  hash = hash * 1000003 + why.to_gathers.value;
  for (const GraphNodeId each : why.makers) hash = hash * 1000003 + each.value + 1;
  if (a.effect.place.kind == PlaceKind::Variable)
    hash = hash * 1000003 + a.effect.place.variable.value + 1;
  // What the arguments of an opened call need is needed in the function (argument_edges).
  const NodeId argument_of = opened_around(b);
  if (argument_of) hash = hash * 1000003 + argument_of.value;
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
  edge.alternative = why.alternative;
  edge.private_object = why.private_object;
  edge.shared_variable = why.shared_variable;
  edge.is_variable = why.code == Code::carried_value;
  edge.makers = why.makers;
  edge.container = why.container;
  edge.only_looks = why.only_looks;
  edge.from_gathers = why.from_gathers;
  edge.to_gathers = why.to_gathers;
  edge.from_writes = writes(a.effect);
  edge.to_writes = writes(b.effect);
  graph_.edges.push_back(std::move(edge));
}

void GraphBuilder::make_edges() {
  variable_edges();
  conflict_edges();
  unknown_edges();
  control_edges();
  failing_edges();
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

void GraphBuilder::add_control(GraphNodeId from, GraphNodeId to, bool carried, bool exit) {
  if (from == to && !carried) return;
  const syntax::SyntaxTree& t = tree();
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
}

void GraphBuilder::control_edges() {
  const syntax::SyntaxTree& t = tree();
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
  // The try around whose handlers hold the node and all leave the iteration: what follows is
  // reached if nothing in its body fails.
  const auto failing_try = [&](NodeId node) {
    for (NodeId up = t.parent(node); up && up != site_.node && !t.is(up, NodeKind::FunctionDef);
         up = t.parent(up)) {
      if (!t.is(up, NodeKind::ExceptHandler)) continue;
      const NodeId attempt = t.parent(t.parent(up));
      return handlers_leave(t, attempt) ? attempt : NodeId{};
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
        add_control(up, id);
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
      const NodeId attempt =
          kind == NodeKind::Continue && !in_helper ? failing_try(node.node) : NodeId{};
      for (std::size_t k = 1; k < graph_.nodes.size(); ++k) {
        if (k <= i) continue;
        const GraphNode& later = graph_.nodes[k];
        if (in_helper && later.helper_call != node.helper_call) continue;
        // What it evaluates itself comes before it leaves.
        if (later.helper_call == node.helper_call && t.span(node.node).contains(t.span(later.node)))
          continue;
        const NodeId at = later.helper_call ? later.helper_call : later.node;
        if (attempt && t.span(at).begin >= t.span(attempt).end) {
          const Span body = t.span(t.child(attempt, slot::Try::statements));
          for (std::size_t b = 1; b < i; ++b) {
            const GraphNode& tried = graph_.nodes[b];
            const NodeId there = tried.helper_call ? tried.helper_call : tried.node;
            const bool fails = tried.may_raise || tried.kind == GraphNodeKind::Exit;
            if (fails && body.contains(t.span(there))) add_control(GraphNodeId{b}, GraphNodeId{k});
          }
          continue;
        }
        add_control(id, GraphNodeId{k}, false,
                    leaves || caught || (in_helper && kind == NodeKind::Raise));
      }
      if (leaves) {
        for (std::size_t k = 0; k < graph_.nodes.size(); ++k)
          add_control(id, GraphNodeId{k}, true, true);
      }
    }
    if (node.kind == GraphNodeKind::Test && t.is(node.node, NodeKind::ExceptHandler)) {
      // Taken when something in the try raises.
      const NodeId attempt = t.parent(t.parent(node.node));
      const NodeId body = t.child(attempt, slot::Try::statements);
      for (std::size_t k = 1; k < graph_.nodes.size(); ++k) {
        if (k == i || graph_.nodes[k].helper_call != node.helper_call) continue;
        if (t.span(body).contains(t.span(graph_.nodes[k].node))) add_control(GraphNodeId{k}, id);
      }
    }
  }
  // The program may end here.
  for (std::size_t i = 0; i < graph_.trace.events.size(); ++i) {
    const EffectKind kind = graph_.trace.events[i].effect.kind;
    if (kind != EffectKind::Exit && kind != EffectKind::Unwind) continue;
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k)
      add_control(event_owner_[i], GraphNodeId{k}, true, true);
  }
}

}  // namespace braid::dependence
