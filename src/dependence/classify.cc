// What a node may do: run, be evaluated ahead of its turn, be seen.
#include <algorithm>
#include <cctype>

#include "dependence/builder.h"
#include "dependence/cost.h"

namespace braid::dependence {

using effects::Effect;
using effects::EffectKind;
using effects::Event;
using effects::PlaceKind;
using effects::Waits;
using effects::WorldPlace;
using scope::BindingId;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// `logger.debug` of whichever library: nobody waits for what it does.
bool only_reports(std::string_view callee) {
  constexpr std::string_view kLevels[] = {"debug",   "info",    "warn",  "warning",   "error",
                                          "success", "notice",  "trace", "exception", "critical",
                                          "fatal",   "verbose", "log"};
  const auto dot = callee.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view path = callee.substr(0, dot);
  std::string owner(path.substr(path.rfind('.') + 1));
  std::transform(owner.begin(), owner.end(), owner.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  const bool is_log = owner == "log" || owner == "logs" || owner.ends_with("_log") ||
                      owner.find("logger") != std::string::npos || owner == "logging";
  return is_log && std::find(std::begin(kLevels), std::end(kLevels), callee.substr(dot + 1)) !=
                       std::end(kLevels);
}

// `name.split` of whatever it is: a text does that in no time. Without what other things have as
// well, and take longer for (`model.encode`, `translator.translate`, `thread.join`).
bool is_of_text(std::string_view callee) {
  constexpr std::string_view kMethods[] = {
      "capitalize", "casefold",   "endswith",   "isalnum",    "isalpha",      "isdecimal",
      "isdigit",    "islower",    "isnumeric",  "isspace",    "istitle",      "isupper",
      "ljust",      "lower",      "lstrip",     "partition",  "removeprefix", "removesuffix",
      "replace",    "rfind",      "rjust",      "rpartition", "rsplit",       "rstrip",
      "split",      "splitlines", "startswith", "strip",      "swapcase",     "upper",
      "zfill"};
  const auto dot = callee.rfind('.');
  return dot != std::string_view::npos && std::find(std::begin(kMethods), std::end(kMethods),
                                                    callee.substr(dot + 1)) != std::end(kMethods);
}

}  // namespace

double cost_of(const Effect& effect, bool sleep_is_work) {
  switch (effect.kind) {
    case EffectKind::Wait:
      return effect.waits == Waits::Lock || (effect.waits == Waits::Sleep && !sleep_is_work)
                 ? 0
                 : effect.seconds;
    case EffectKind::Burn:
      return effect.seconds;
    case EffectKind::Unknown:
      return only_reports(effect.subject) || is_of_text(effect.subject) ? 0 : kUnknownCall;
    default:
      return 0;
  }
}

bool is_visible(const Effect& effect) {
  if (effect.kind != EffectKind::Write && effect.kind != EffectKind::Append)
    return effect.kind == EffectKind::Exit;
  if (effect.place.kind != PlaceKind::World) return false;
  return effect.place.world != WorldPlace::ModuleState && effect.place.world != WorldPlace::Clock;
}

namespace {

// Types of which a shallow copy behaves like the original for all that concerns their own elements.
bool is_copied_whole(std::string_view type) {
  constexpr std::string_view kTypes[] = {"set",
                                         "dict",
                                         "list",
                                         "collections.Counter",
                                         "collections.deque",
                                         "collections.OrderedDict",
                                         "random.Random"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

}  // namespace

// The name whose object an event touches directly: `seen` in `seen.add(x)`, `x in seen`, `seen[x]`.
BindingId GraphBuilder::reached_by(const Event& event) const {
  if (event.through_call || event.helper_call) return {};
  const syntax::SyntaxTree& t = tree();
  NodeId at = event.node;
  if (t.is(at, NodeKind::Call)) {
    at = t.child(at, slot::Call::function);
    if (!t.is(at, NodeKind::Attribute)) return {};
    at = t.child(at, slot::Attribute::value);
  } else if (t.is(at, NodeKind::Subscript)) {
    at = t.child(at, slot::Subscript::value);
  } else if (t.is(at, NodeKind::CompareItem)) {
    at = t.child(at, slot::CompareItem::value);
  } else if (t.is(at, NodeKind::Attribute)) {
    at = t.child(at, slot::Attribute::value);
  }
  if (!t.is(at, NodeKind::Name)) return {};
  const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
  const BindingId variable = scopes.variable(at);
  if (!variable) return {};
  if (event.effect.place.kind == PlaceKind::World) return variable;
  if (event.effect.place.kind != PlaceKind::Object) return {};
  // The name has to mean these objects, and only them.
  for (const effects::ValueAt& value : graph_.trace.values) {
    if (value.node != at || value.helper_call) continue;
    const auto& meant = effects_.values()[value.value];
    for (effects::AtomId each : effects_.values()[event.effect.place.objects]) {
      if (std::find(meant.begin(), meant.end(), each) == meant.end()) return {};
    }
    return variable;
  }
  return {};
}

// Evaluating it twice, or ahead of its turn, would change something.
bool GraphBuilder::keeps_in_place(const Event& event) const {
  const Effect& effect = event.effect;
  switch (effect.kind) {
    case EffectKind::Wait:
      return effect.waits != Waits::Disk || effect.seconds >= kCostly;
    case EffectKind::Burn:
      return effect.seconds >= kRepeatable;
    case EffectKind::Raise:
      return false;
    case EffectKind::Unknown:
    case EffectKind::Exit:
    case EffectKind::Unwind:
    case EffectKind::Call:
      return true;
    case EffectKind::Write:
    case EffectKind::Append: {
      if (effect.place.kind == PlaceKind::World) return true;
      if (effect.place.kind == PlaceKind::Variable) {
        if (event.through_call || effect.place.module != site_.module) return true;
        // A function that is called sets the variable of another frame.
        if (!event.helper_call) return false;
        const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
        return scopes[scopes[effect.place.variable].scope].node !=
               tree().enclosing_definition(event.node);
      }
      const auto& objects = effects_.values()[effect.place.objects];
      return std::any_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
        return effects_.values()[id].recency != effects::Recency::This;
      });
    }
    case EffectKind::Read:
      if (effect.place.kind != PlaceKind::World) return false;
      switch (effect.place.world) {
        case WorldPlace::Clock:
        case WorldPlace::Entropy:
        case WorldPlace::Remote:
        case WorldPlace::Random:
        case WorldPlace::NumpyRandom:
        case WorldPlace::Stdin:
          return true;
        default:
          return false;
      }
  }
  return true;
}

// What split would have to copy so that this event moves: none when nothing helps.
BindingId GraphBuilder::copy_for(std::uint32_t index) const {
  const Event& event = graph_.trace.events[index];
  const BindingId name = graph_.reached_by[index];
  // A copy of a set gives its elements in another order.
  if (!name || event.effect.subject == "set.pop") return {};
  const Effect& effect = event.effect;
  const scope::Scopes& scopes = program_.modules[site_.module.value].scopes;
  const bool rebound = std::any_of(scopes.occurrences(name).begin(), scopes.occurrences(name).end(),
                                   [&](const auto& use) {
                                     return use.access != scope::Access::Read &&
                                            tree().span(site_.node).contains(tree().span(use.node));
                                   });
  if (rebound) return {};
  if (effect.place.kind == PlaceKind::World) {
    const bool module = (scopes[name].flags & scope::kImported) != 0 &&
                        program_.symbols.text(scopes[name].name) == "random";
    return effect.place.world == WorldPlace::Random && module ? name : BindingId{};
  }
  if (effect.place.kind != PlaceKind::Object || effect.place.part == effects::Part::Deep) return {};
  const auto& objects = effects_.values()[effect.place.objects];
  const bool whole = std::all_of(objects.begin(), objects.end(), [&](effects::AtomId id) {
    const effects::Atom& atom = effects_.values()[id];
    return atom.kind == effects::AtomKind::Instance && is_copied_whole(effects_.text(atom.name));
  });
  return whole ? name : BindingId{};
}

// A compound statement that, if nothing fails, ends at its end: it leaves nothing around it, and
// defines nothing that outlives it.
bool GraphBuilder::stays_inside(NodeId block) const {
  const syntax::SyntaxTree& t = tree();
  const auto is_loop = [&](NodeId node) {
    return t.is(node, NodeKind::For) || t.is(node, NodeKind::While);
  };
  const auto ends_loop_inside = [&](NodeId exit) {
    for (NodeId child = exit; child != block; child = t.parent(child)) {
      if (is_loop(t.parent(child)) && t[t.parent(child)].child_count > 0 &&
          t.child(t.parent(child), t.is(t.parent(child), NodeKind::For)
                                       ? static_cast<std::uint32_t>(slot::For::statements)
                                       : static_cast<std::uint32_t>(slot::While::statements)) ==
              child)
        return true;
    }
    return false;
  };
  if (!is_loop(block) && !t.is(block, NodeKind::Try) && !t.is(block, NodeKind::With) &&
      !t.is(block, NodeKind::Match))
    return false;
  for (std::uint32_t i = block.value; i < t[block].subtree_end; ++i) {
    if (t.flag(NodeId{i}, syntax::kAsync)) return false;
    switch (t.kind(NodeId{i})) {
      case NodeKind::Break:
      case NodeKind::Continue:
        if (!ends_loop_inside(NodeId{i})) return false;
        break;
      case NodeKind::Return:
      case NodeKind::Yield:
      case NodeKind::YieldFrom:
      case NodeKind::Await:
      case NodeKind::FunctionDef:
      case NodeKind::ClassDef:
      case NodeKind::Lambda:
      case NodeKind::Import:
      case NodeKind::ImportFrom:
      case NodeKind::Global:
      case NodeKind::Nonlocal:
      case NodeKind::Delete:
      case NodeKind::Error:
        return false;
      default:
        break;
    }
  }
  return true;
}

bool GraphBuilder::holds_costly_call(NodeId statement, NodeId helper_call) const {
  for (std::uint32_t i = statement.value; i < tree()[statement].subtree_end; ++i) {
    if (tree().is(NodeId{i}, NodeKind::Call) && costs(NodeId{i}, helper_call)) return true;
  }
  return false;
}

// It costs next to nothing, and nobody sees what it does: one operation.
bool GraphBuilder::is_one_piece(NodeId statement) const {
  if (!stays_inside(statement) || holds_costly_call(statement, {})) return false;
  for (std::uint32_t i = statement.value; i < tree()[statement].subtree_end; ++i) {
    const auto found = events_at_.find(i);
    if (found == events_at_.end()) continue;
    for (const std::uint32_t event : found->second) {
      if (is_visible(graph_.trace.events[event].effect)) return false;
    }
  }
  return true;
}

// Somebody sees a draw by what later draws give, unless those are others in every run.
bool GraphBuilder::is_unseeded_draw(const Effect& effect) const {
  return effect.place.kind == PlaceKind::World && is_generator(effect.place.world) && !is_seeded();
}

namespace {

void add_once(std::vector<BindingId>& names, BindingId name) {
  if (name && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

bool GraphBuilder::leaves_changed(const GraphNode& node, const Effect& effect) const {
  if (effect.kind != EffectKind::Write && effect.kind != EffectKind::Append) return false;
  if (effect.place.kind != PlaceKind::Variable) return true;
  if (node.kind == GraphNodeKind::Statement) return false;
  const scope::Scopes& scopes = program_.modules[effect.place.module.value].scopes;
  const scope::Scope& of = scopes[scopes[effect.place.variable].scope];
  const bool around = effect.place.module == site_.module && of.node.value <= site_.node.value &&
                      site_.node.value < tree()[of.node].subtree_end;
  return of.kind != scope::ScopeKind::Function || around;
}

void GraphBuilder::classify(GraphNode& node) {
  node.movable = node.kind == GraphNodeKind::Statement || node.kind == GraphNodeKind::Test ||
                 node.kind == GraphNodeKind::Exit || node.kind == GraphNodeKind::Expression ||
                 (node.kind == GraphNodeKind::Block && stays_inside(node.node));
  const bool may_move = node.movable;
  // How long its own text repeats is not known, and taken for short.
  const bool is_short =
      node.kind == GraphNodeKind::Block && !holds_costly_call(node.node, node.helper_call);
  bool copies_help = true;
  bool gathering_helps = true;
  bool printing_helps = true;
  bool only_draws = true;
  double waits = 0;
  double guess = 0;
  double cost = 0;
  for (std::uint32_t i : node.events) {
    const Event& event = graph_.trace.events[i];
    const Effect& effect = event.effect;
    const double one = cost_of(effect, sleep_is_work_);
    const bool guesses = effect.kind == EffectKind::Burn && effect.subject.empty();
    cost += one;
    if (effect.kind == EffectKind::Burn && !effect.nogil)
      node.burn_seconds += one;
    else if (effect.kind == EffectKind::Unknown)
      waits = std::max(waits, one);
    else
      waits += one;
    if (guesses) guess += one;
    node.may_raise =
        node.may_raise || effect.kind == EffectKind::Raise || effect.kind == EffectKind::Unknown;
    const bool prints = graph_.gathered_by[i] == kOutput;
    const bool visible = is_visible(effect) && !is_unseeded_draw(effect);
    node.visible = node.visible || visible;
    node.visible_otherwise = node.visible_otherwise || (visible && !prints);
    node.changes = node.changes || leaves_changed(node, effect);
    add_once(node.gathers, graph_.gathered_by[i]);
    if (!keeps_in_place(event) || (is_short && guesses)) continue;
    node.movable = false;
    only_draws = only_draws && is_unseeded_draw(effect);
    const BindingId copied = copy_for(i);
    copies_help = copies_help && copied;
    add_once(node.copies, copied);
    printing_helps = printing_helps && graph_.gathered_by[i];
    gathering_helps = gathering_helps && graph_.gathered_by[i] && !prints;
  }
  if (!may_move || !copies_help) node.copies.clear();
  node.draws = may_move && !node.movable && only_draws;
  node.gatherable = may_move && !node.movable && gathering_helps;
  node.gatherable_with_output = may_move && !node.movable && printing_helps;
  node.seconds = waits + node.burn_seconds;
  node.guessed = cost - guess < kCostly;
  node.costly = cost >= kCostly && node.kind != GraphNodeKind::Header;
}

}  // namespace braid::dependence
