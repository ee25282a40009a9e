// What is written in one place and happens in another: the bodies of generator expressions, what
// `map` and `filter` call, objects that a generator has handed out and goes on to change.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

constexpr std::size_t kMostLate = 200;  // effects; more are one that is unknown

bool is_same(const Effect& a, const Effect& b) {
  return a.kind == b.kind && a.place.kind == b.place.kind && a.place.module == b.place.module &&
         a.place.variable == b.place.variable && a.place.objects == b.place.objects &&
         a.place.part == b.place.part && a.place.attribute == b.place.attribute &&
         a.place.world == b.place.world && a.waits == b.waits && a.unless == b.unless &&
         a.subject == b.subject;
}

// Whether any of them is new.
bool add_late(std::vector<Effect>& known, const std::vector<Effect>& heard) {
  bool grew = false;
  for (const Effect& each : heard) {
    if (known.size() > kMostLate) return grew;
    if (std::any_of(known.begin(), known.end(),
                    [&](const Effect& other) { return is_same(each, other); }))
      continue;
    known.push_back(each);
    if (known.size() > kMostLate)
      known.push_back({.kind = EffectKind::Unknown, .subject = "what is computed lazily"});
    grew = true;
  }
  return grew;
}

// Its variables are read later, too: by a function that it makes, or by a generator that nobody is
// seen to exhaust.
bool keeps_variables(const Module& module, const SymbolTable& symbols, NodeId generator) {
  constexpr std::string_view kDrains[] = {"sum", "any",  "all",   "min",   "max",
                                          "set", "list", "tuple", "sorted"};
  constexpr std::uint16_t kBinds =
      scope::kAssigned | scope::kImported | scope::kDefinition | scope::kParameter;
  const syntax::SyntaxTree& t = module.tree;
  for (std::uint32_t i = generator.value + 1; i < t[generator].subtree_end; ++i) {
    const NodeId at{i};
    if (t.is(at, NodeKind::Lambda)) return true;
    if (!t.is(at, NodeKind::GeneratorExp)) continue;
    const NodeId call = t.parent(t.parent(at));
    const NodeId function =
        t.is(call, NodeKind::Call) ? t.child(call, slot::Call::function) : NodeId{};
    const BindingId own = function ? module.scopes.variable(function) : BindingId{};
    const bool drained = function && t.is(function, NodeKind::Name) &&
                         (!own || (module.scopes[own].flags & kBinds) == 0) &&
                         std::find(std::begin(kDrains), std::end(kDrains),
                                   symbols.text(t[function].name)) != std::end(kDrains);
    if (!drained) return true;
  }
  return false;
}

bool is_only_argument(const syntax::SyntaxTree& t, NodeId generator, NodeId call) {
  if (!t.is(generator, NodeKind::GeneratorExp) || !t.is(call, NodeKind::Call)) return false;
  const auto arguments = t.items(call, slot::Call::arguments_list);
  return arguments.size() == 1 && arguments[0] == generator &&
         t.items(call, slot::Call::keywords).empty();
}

}  // namespace

Listening::Listening(Frame& frame, std::vector<Effect>* to)
    : frame_(frame), outer_(frame.overheard), outer_listener_(frame.listener), to_(to) {
  if (to_ == nullptr) return;
  frame_.overheard = to_;
  frame_.listener = ++frame_.listeners;
}

Listening::~Listening() {
  if (to_ == nullptr) return;
  frame_.overheard = outer_;
  frame_.listener = outer_listener_;
  if (outer_ != nullptr) outer_->insert(outer_->end(), to_->begin(), to_->end());
}

void Interpreter::happens_later(SiteId site, std::vector<Effect> heard) {
  SiteId root = site;
  while (values_[root].parent) root = values_[root].parent;
  const Site& maker = values_[root];
  const auto is_own = [&](const Effect& effect) {
    const Place& place = effect.place;
    if (place.kind != PlaceKind::Variable || !maker.node) return false;
    const syntax::SyntaxTree& t = program_.modules[maker.module.value].tree;
    const scope::Scopes& scopes = program_.modules[place.module.value].scopes;
    const NodeId home = scopes[scopes[place.variable].scope].node;
    if (place.module == maker.module && t.span(maker.node).contains(t.span(home)))
      return t.is(maker.node, NodeKind::GeneratorExp) &&
             !keeps_variables(program_.modules[maker.module.value], program_.symbols, maker.node);
    const NodeId owner = layout(place.module).owner[place.variable.value];
    const syntax::SyntaxTree& theirs = program_.modules[place.module.value].tree;
    if (!theirs.is(owner, NodeKind::FunctionDef) || leaks(place.module, owner)) return false;
    return place.module != maker.module || !t.span(owner).contains(t.span(maker.node));
  };
  // Whoever goes through it finds new variables of the generator and of the functions it calls.
  std::erase_if(heard, is_own);
  if (focus_.active) add_late(focus_.lazy[site.value], heard);
  if (add_late(lazy_[site.value], heard)) changed_ = true;
}

void Interpreter::happens_now(const Atom& lazy, NodeId node) {
  // What this iteration made itself is as it was written down in this iteration.
  const auto& known =
      lazy.recency == Recency::This && focus_.lazy.contains(lazy.site.value) ? focus_.lazy : lazy_;
  const auto found = known.find(lazy.site.value);
  if (!lazy.site || found == known.end()) return;
  const Site& maker = values_[lazy.site];
  const bool at_once = lazy.recency == Recency::This && maker.module == frame().module &&
                       is_only_argument(tree(), maker.node, node);
  const auto changes_elsewhere = [&](const Place& place) {
    constexpr std::uint16_t kShared = scope::kDeclaredGlobal | scope::kDeclaredNonlocal;
    const scope::Scopes& scopes = program_.modules[place.module.value].scopes;
    const auto uses = scopes.occurrences(place.variable);
    const NodeId home = scopes[scopes[place.variable].scope].node;
    const syntax::SyntaxTree& t = program_.modules[place.module.value].tree;
    return (scopes[place.variable].flags & kShared) != 0 ||
           std::any_of(uses.begin(), uses.end(), [&](const scope::Occurrence& use) {
             return use.access != scope::Access::Read && t.enclosing_definition(use.node) != home;
           });
  };
  for (Effect effect : std::vector<Effect>(found->second)) {
    // It has read them where it stands, and there they are what they were.
    if (at_once && effect.kind == EffectKind::Read && effect.place.kind == PlaceKind::Variable &&
        !changes_elsewhere(effect.place))
      continue;
    if (lazy.recency != Recency::This) {
      // It was written down before: what it names was there, and its paths are not of this
      // iteration.
      if (effect.place.kind == PlaceKind::Object)
        effect.place.objects =
            settled(values_.with_recency(effect.place.objects, Recency::This, Recency::Before));
      effect.place.key = {};
    }
    record(std::move(effect), node, true);
  }
}

// What the generator changes from now on is what somebody else holds.
void Interpreter::give_away(ValueId given) {
  for (const std::string_view manager : {"contextmanager", "asynccontextmanager"}) {
    if (has_decorator(frame().module, frame().definition, manager)) return;
  }
  std::unordered_set<std::uint32_t> sites;
  std::vector<ValueId> work{given};
  while (!work.empty()) {
    const ValueId at = work.back();
    work.pop_back();
    for (AtomId id : values_[at]) {
      const Atom atom = values_[id];
      if (atom.recency != Recency::This || !atom.site || !sites.insert(atom.site.value).second)
        continue;
      for (const Symbol part : {elements_, once_, apart_}) work.push_back(heap_read(atom, part));
    }
  }
  if (sites.empty()) return;
  for (Slot& each : frame().environment.slots) {
    const Values::Atoms known = values_[each.value];
    std::vector<AtomId> atoms(known.begin(), known.end());
    for (AtomId& id : atoms) {
      Atom atom = values_[id];
      if (atom.recency != Recency::This || !sites.contains(atom.site.value)) continue;
      atom.recency = Recency::Older;
      id = values_.atom(atom);
    }
    each.value = values_.value(std::move(atoms));
  }
}

// What the program has handed over somewhere, whoever takes it.
void Interpreter::learn(ValueId& known, ValueId more) {
  more = settled(more);
  const ValueId grown = known ? values_.join(known, more) : more;
  if (grown != known) changed_ = true;
  known = grown;
}

void Interpreter::send(const CallArguments& arguments) {
  for (const Argument& each : arguments.positional) learn(sent_, each.value);
}

// What a call gives is closed where its `with` ends, or, when no name is given to it, at once; else
// perhaps only with what holds it.
void Interpreter::note_left_open(NodeId maker) {
  const syntax::SyntaxTree& t = tree();
  const NodeId parent = t.parent(maker);
  if (!t.is(maker, syntax::NodeKind::Call) || t.is(parent, syntax::NodeKind::WithItem) ||
      t.is(parent, syntax::NodeKind::Attribute) ||
      t.is(frame().definition, syntax::NodeKind::Module)) {
    return;
  }
  leaves_open_ = true;
}

}  // namespace braid::effects
