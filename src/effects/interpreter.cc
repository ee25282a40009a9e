// State of the interpreter: environments, variables, the heap, and how effects are recorded.
#include "effects/interpreter.h"

#include <algorithm>

namespace braid::effects {

using scope::ScopeId;
using scope::ScopeKind;
using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// How far a program is followed. More is not followed at all: what is known by halves is unknown.
constexpr std::uint64_t kLearningSteps = 3'000'000;
constexpr int kLearningRounds = 20;

constexpr std::uint64_t kUnbound = std::uint64_t{3} << 32U;

}  // namespace

Interpreter::Interpreter(const Program& program, const Knowledge& knowledge)
    : program_(program), knowledge_(knowledge), symbols_(program.symbols) {
  elements_ = intern("[]");
  keys_ = intern("{}");
  empty_ = intern("");
  definition_sets_.push_back({kUnbound});
  definition_ids_[{kUnbound}] = 0;
  layouts_.resize(program.modules.size());
  for (std::size_t i = 0; i < program.modules.size(); ++i) lay_out(ModuleId{i});
}

void Interpreter::lay_out(ModuleId module) {
  const scope::Scopes& scopes = program_.modules[module.value].scopes;
  ModuleLayout& layout = layouts_[module.value];
  layout.owner.resize(scopes.binding_count());
  layout.slot.resize(scopes.binding_count());
  layout.shared.resize(scopes.binding_count());
  for (std::size_t i = 0; i < scopes.binding_count(); ++i) {
    const scope::Binding& binding = scopes[BindingId{i}];
    ScopeId home = binding.scope;
    while (scopes[home].kind != ScopeKind::Module && scopes[home].kind != ScopeKind::Function &&
           scopes[home].kind != ScopeKind::Lambda) {
      home = scopes[home].parent;
    }
    const NodeId owner = scopes[home].node;
    layout.owner[i] = owner;
    layout.shared[i] = binding.name_class == scope::NameClass::Cell ||
                       scopes[binding.scope].kind == ScopeKind::Module;
    if (layout.shared[i] && scopes[home].kind != ScopeKind::Module)
      cell_owners_.insert(pair_key(module.value, owner.value));
    if (binding.resolved == BindingId{i}) layout.slot[i] = layout.slots_of[owner.value]++;
  }
}

// -- definitions and terms

DefinitionsId Interpreter::interned(std::vector<std::uint64_t> set) {
  auto [entry, inserted] =
      definition_ids_.emplace(set, static_cast<std::uint32_t>(definition_sets_.size()));
  if (inserted) definition_sets_.push_back(std::move(set));
  return DefinitionsId{entry->second};
}

DefinitionsId Interpreter::definition(Recency recency, NodeId node) {
  const std::uint64_t one = pair_key(static_cast<std::uint32_t>(recency), node.value);
  DefinitionsId& known = single_definitions_[one];
  if (!known) known = interned({one});
  return known;
}

DefinitionsId Interpreter::join(DefinitionsId a, DefinitionsId b) {
  if (a == b) return a;
  if (b < a) std::swap(a, b);
  DefinitionsId& known = joined_definitions_[pair_key(a.value, b.value)];
  if (known) return known;
  std::vector<std::uint64_t> set;
  const auto& left = definition_sets_[a.value];
  const auto& right = definition_sets_[b.value];
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(set));
  return known = interned(std::move(set));
}

// Written in this iteration: in an earlier one, for the next.
DefinitionsId Interpreter::aged(DefinitionsId id) {
  if (id.value >= aged_definitions_.size()) aged_definitions_.resize(definition_sets_.size());
  if (const DefinitionsId known = aged_definitions_[id.value]) return known;
  std::vector<std::uint64_t> set = definition_sets_[id.value];
  for (std::uint64_t& each : set) {
    if ((each >> 32U) == 1) each = pair_key(2, static_cast<std::uint32_t>(each));
  }
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return aged_definitions_[id.value] = interned(std::move(set));
}

bool Interpreter::is_bound(const Slot& slot) const {
  const auto& set = definition_sets_[slot.definitions.value];
  return std::find(set.begin(), set.end(), kUnbound) == set.end();
}

Definitions Interpreter::describe(DefinitionsId id) const {
  Definitions out;
  for (std::uint64_t each : definition_sets_[id.value]) {
    const NodeId node{static_cast<std::uint32_t>(each)};
    switch (each >> 32U) {
      case 0:
        out.before = true;
        break;
      case 1:
        out.here.push_back(node);
        break;
      case 2:
        out.older = true;
        out.earlier.push_back(node);
        break;
      default:
        out.unbound = true;
    }
  }
  return out;
}

TermId Interpreter::join_terms(TermId a, TermId b) { return a == b ? a : TermId{}; }

bool Interpreter::varies(TermId term) const {
  if (!term) return true;
  const Term& t = values_[term];
  switch (t.kind) {
    case TermKind::Item:
    case TermKind::Position:
    case TermKind::Opaque:
      return true;
    case TermKind::Constant:
    case TermKind::Invariant:
    case TermKind::Parameter:
      return false;
    default:
      return std::any_of(t.operands.begin(), t.operands.end(), [&](TermId o) { return varies(o); });
  }
}

TermId Interpreter::aged(TermId term) { return term && !varies(term) ? term : TermId{}; }

TermId Interpreter::opaque(NodeId node) {
  if (!frame().traced) return {};
  return values_.term({.kind = TermKind::Opaque, .node = node, .module = frame().module});
}

std::string_view Interpreter::constant_text(TermId term) const {
  if (!term || values_[term].kind != TermKind::Constant) return {};
  return text(values_[term].text);
}

// -- environments

// Whether `target` learnt anything.
bool Interpreter::join_into(Environment& target, const Environment& source) {
  if (!source.reachable) return false;
  if (!target.reachable) {
    target = source;
    return true;
  }
  bool grown = false;
  for (std::size_t i = 0; i < target.slots.size() && i < source.slots.size(); ++i) {
    Slot& each = target.slots[i];
    const Slot& other = source.slots[i];
    if (each == other) continue;
    const Slot joined{values_.join(each.value, other.value), join_terms(each.term, other.term),
                      join(each.definitions, other.definitions)};
    grown = grown || joined != each;
    each = joined;
  }
  return grown;
}

// As the next iteration sees it.
void Interpreter::age(Environment& environment) {
  for (Slot& each : environment.slots) {
    each.value = values_.with_recency(each.value, Recency::This, Recency::Older);
    each.term = aged(each.term);
    each.definitions = aged(each.definitions);
  }
}

// -- variables

Slot* Interpreter::slot_of(BindingId binding) {
  const ModuleLayout& where = layout(frame().module);
  if (where.owner[binding.value] != frame().definition) return nullptr;
  return &frame().environment.slots[where.slot[binding.value]];
}

// What a global is that the module sets once, to a text.
std::optional<TermId> Interpreter::fixed_text(BindingId binding) {
  const syntax::SyntaxTree& t = tree();
  if (scopes()[scopes()[binding].scope].kind != scope::ScopeKind::Module) return std::nullopt;
  NodeId written;
  for (const scope::Occurrence& use : scopes().occurrences(binding)) {
    if (use.access == scope::Access::Read) continue;
    if (written) return std::nullopt;
    written = use.node;
  }
  if (!written || !t.is(written, NodeKind::Name)) return std::nullopt;
  const NodeId statement = t.statement_of(written);
  if (!t.is(statement, NodeKind::Assign) ||
      !t.is(t.enclosing_definition(statement), NodeKind::Module))
    return std::nullopt;
  const auto targets = t.items(statement, slot::Assign::targets);
  const NodeId value = t.child(statement, slot::Assign::value);
  if (targets.size() != 1 || targets[0] != written || !t.is(value, NodeKind::Constant))
    return std::nullopt;
  const TermId term = constant(value).term;
  if (!term || !values_[term].is_text) return std::nullopt;
  return term;
}

Evaluated Interpreter::read_variable(BindingId binding, NodeId node) {
  const std::uint64_t key = pair_key(frame().module.value, binding.value);
  Effect effect{
      .kind = EffectKind::Read,
      .place = {.kind = PlaceKind::Variable, .module = frame().module, .variable = binding}};
  if (Slot* slot = slot_of(binding)) {
    if (is_heard()) record(effect, node, false, describe(slot->definitions));
    if (slot->value == values_.nothing() && layout(frame().module).shared[binding.value]) {
      // Written by functions only (`global x` inside), or not yet.
      return {from_heap(shared_value(key), Recency::Before), {}};
    }
    return {slot->value, slot->term};
  }
  Definitions definitions;
  definitions.before = true;
  record(effect, node, false, definitions);
  // A closure that runs while the function around it does sees that one's variables as they are.
  const NodeId owner = layout(frame().module).owner[binding.value];
  if (!tree().is(owner, NodeKind::Module) && !leaks(frame().module, owner)) {
    for (auto it = frames_.rbegin() + 1; it != frames_.rend(); ++it) {
      if ((*it)->definition != owner || (*it)->module != frame().module) continue;
      const Slot& there = (*it)->environment.slots[layout(frame().module).slot[binding.value]];
      if (there.value != values_.nothing()) return {there.value, {}};
      break;
    }
  }
  if (const auto fixed = fixed_text(binding))
    return {from_heap(shared_value(key), Recency::Before), *fixed};
  TermId term;
  // A free variable or global that this iteration's own frame holds: the same for the whole loop
  // unless the loop writes it, which shows as a write of the variable.
  if (focus_.active) {
    term = values_.term(
        {.kind = TermKind::Invariant, .index = binding.value, .module = frame().module});
  }
  return {from_heap(shared_value(key), Recency::Before), term};
}

ValueId& Interpreter::shared_value(std::uint64_t key) {
  return shared_.try_emplace(key, values_.nothing()).first->second;
}

void Interpreter::write_variable(BindingId binding, Evaluated value, NodeId node) {
  if (!binding) return;
  const ModuleLayout& where = layout(frame().module);
  if (where.shared[binding.value]) {
    ValueId& stored = shared_value(pair_key(frame().module.value, binding.value));
    const ValueId grown = values_.join(stored, value.value);
    if (grown != stored) {
      stored = grown;
      changed_ = true;
    }
  }
  if (Slot* slot = slot_of(binding)) {
    *slot = {value.value, value.term, definition(Recency::This, node)};
  }
  remember(node, value.value);
  record({.kind = EffectKind::Write,
          .place = {.kind = PlaceKind::Variable, .module = frame().module, .variable = binding}},
         node);
}

// -- recording

// Whether anybody wants to know what happens here.
bool Interpreter::is_heard() const {
  const Frame& here = *frames_.back();
  if (!here.environment.reachable || quiet_ > 0) return false;
  if (here.overheard != nullptr) return true;
  return here.traced ? focus_.recording : here.sink != nullptr;
}

void Interpreter::record(Effect effect, NodeId node, bool through_call,
                         std::optional<Definitions> definitions) {
  if (!is_heard()) return;
  Frame& here = frame();
  if (!effect.node) {
    effect.module = here.module;
    effect.node = node;
  }
  if (here.overheard != nullptr) here.overheard->push_back(effect);
  if (here.traced) {
    if (!focus_.recording) return;
    focus_.events.push({std::move(effect), node, here.helper_call, through_call,
                        definitions.value_or(Definitions{})});
    return;
  }
  if (here.sink == nullptr) return;
  if (effect.place.kind == PlaceKind::Variable && effect.place.module == here.module &&
      layout(here.module).owner[effect.place.variable.value] == here.definition &&
      !(through_call && leaks(here.module, here.definition))) {
    return;  // a local of the function itself
  }
  if (effect.place.kind == PlaceKind::Object) {
    // What the function made for itself is nobody else's yet.
    const auto is_own = [&](AtomId id) {
      const Atom& atom = values_[id];
      return atom.recency == Recency::This && atom.site && here.allocated.contains(atom.site.value);
    };
    const Values::Atoms all = values_[effect.place.objects];
    if (std::any_of(all.begin(), all.end(), is_own)) {
      std::vector<AtomId> atoms;
      std::remove_copy_if(all.begin(), all.end(), std::back_inserter(atoms), is_own);
      effect.place.objects = values_.value(atoms);
    }
    if (effect.place.objects == values_.nothing()) return;
  }
  std::size_t hash = static_cast<std::size_t>(effect.kind);
  for (std::size_t part :
       {static_cast<std::size_t>(effect.place.kind), std::size_t{effect.place.module.value},
        std::size_t{effect.place.variable.value}, std::size_t{effect.place.objects.value},
        static_cast<std::size_t>(effect.place.part), std::size_t{effect.place.attribute.value},
        static_cast<std::size_t>(effect.place.world), std::size_t{effect.place.key.value},
        static_cast<std::size_t>(effect.waits), std::hash<std::string>{}(effect.unless),
        std::hash<std::string>{}(effect.subject)}) {
    hash ^= part + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
  }
  if (!here.seen->insert(hash).second) return;
  here.spent.add(effect);
  here.sink->push_back(std::move(effect));
}

ValueId Interpreter::mutable_part(ValueId value) const {
  bool any = false;
  for (AtomId id : values_[value]) any = any || !is_immutable(values_[id]);
  return any ? value : values_.nothing();
}

// What views are views of, through any number of them.
ValueId Interpreter::viewed_through(ValueId objects) {
  ValueId viewed = values_.nothing();
  std::vector<AtomId> work(values_[objects]);
  std::unordered_set<std::uint32_t> seen;
  while (!work.empty()) {
    const AtomId id = work.back();
    work.pop_back();
    const Atom atom = values_[id];
    if (atom.kind != AtomKind::Instance || !atom.site || is_immutable(atom) ||
        !seen.insert(id.value).second)
      continue;
    const ValueId over = heap_read(atom, intern("over"));
    viewed = values_.join(viewed, over);
    for (AtomId each : values_[over]) work.push_back(each);
  }
  return viewed;
}

void Interpreter::record_object(EffectKind kind, ValueId objects, Part part, NodeId node,
                                Symbol attribute, TermId key, std::string_view unless,
                                std::string subject) {
  const bool changes = kind == EffectKind::Write || kind == EffectKind::Append;
  if (!changes && !is_heard()) return;
  std::vector<AtomId> atoms;
  for (AtomId id : values_[objects]) {
    if (!is_immutable(values_[id])) atoms.push_back(id);
  }
  // Who looks at a view looks at what it is a view of.
  const ValueId viewed = kind == EffectKind::Read ? viewed_through(objects) : values_.nothing();
  if (part == Part::Deep) {
    const ValueId all = values_.join(reachable(objects), reachable(viewed));
    atoms.clear();
    for (AtomId id : values_[all]) {
      if (!is_immutable(values_[id])) atoms.push_back(id);
    }
  } else if (viewed != values_.nothing() && values_.join(viewed, objects) != objects) {
    record_object(kind, viewed, Part::Elements, node);
  }
  if (atoms.empty()) return;
  if (changes) {
    for (AtomId id : atoms) {
      const SiteId site = heap_site(values_[id]);
      const bool by_its_module = tree().is(frame().definition, NodeKind::Module) && site &&
                                 values_[site].module == frame().module;
      if (site && !by_its_module) changed_sites_.insert(site.value);
    }
  }
  if (!is_heard()) return;
  Effect effect{.kind = kind};
  effect.place.kind = PlaceKind::Object;
  effect.place.objects = values_.value(std::move(atoms));
  effect.place.part = part;
  effect.place.attribute = attribute;
  effect.place.key = key;
  effect.unless = std::string(unless);
  effect.subject = std::move(subject);
  record(std::move(effect), node);
}

void Interpreter::record_world(EffectKind kind, WorldPlace world, TermId key, NodeId node,
                               std::string_view unless, std::string subject) {
  if (!is_heard()) return;
  Effect effect{.kind = kind};
  effect.place.kind = PlaceKind::World;
  effect.place.world = world;
  effect.place.key = key;
  effect.unless = std::string(unless);
  effect.subject = std::move(subject);
  record(std::move(effect), node);
}

// -- objects

const TypeModel* Interpreter::type_model(Symbol name) const {
  auto [slot, fresh] = type_models_.try_emplace(name.value, nullptr);
  if (fresh) {
    if (auto entry = knowledge_.find(text(name))) slot->second = entry->type;
  }
  return slot->second;
}

bool Interpreter::is_immutable(const Atom& atom) const {
  switch (atom.kind) {
    case AtomKind::Instance: {
      const TypeModel* model = type_model(atom.name);
      return model != nullptr && model->immutable;
    }
    case AtomKind::Function:
    case AtomKind::LibraryCallable:
    case AtomKind::LibraryType:
    case AtomKind::LibraryModule:
      return true;
    default:
      return false;
  }
}

ValueId Interpreter::instance(std::string_view type, SiteId site, Recency recency) {
  Atom atom{.kind = AtomKind::Instance, .recency = recency, .name = intern(type)};
  const bool holds = type == "tuple" || type == "frozenset";
  if (!is_immutable(atom) || holds) {
    atom.site = site;
  } else {
    atom.recency = Recency::Before;
  }
  return values_.single(atom);
}

void Interpreter::made(SiteId site, NodeId node) {
  frame().allocated.insert(site.value);
  if (focus_.active && focus_.allocated.insert(site.value)) focus_.stable = false;
  made_in_loop(site, node);
}

void Interpreter::made_in_loop(SiteId site, NodeId node) {
  if (!focus_.active || !frame().traced) return;
  auto& makers = focus_.makers[site.value];
  const std::pair maker(node, frame().helper_call);
  if (std::find(makers.begin(), makers.end(), maker) == makers.end()) makers.push_back(maker);
}

ValueId Interpreter::allocate(std::string_view type, NodeId node, std::string_view part) {
  const SiteId site = values_.site(
      {.module = frame().module, .node = node, .part = part.empty() ? Symbol{} : intern(part)});
  made(site, node);
  return instance(type, site, Recency::This);
}

ValueId Interpreter::outside(SiteId site, Recency recency) {
  return values_.single({.kind = AtomKind::Outside, .recency = recency, .site = site});
}

SiteId Interpreter::heap_site(const Atom& atom) {
  if (atom.kind == AtomKind::Object || atom.kind == AtomKind::Class) {
    // Attributes are kept per class, not per object.
    return values_.site({.module = atom.module, .node = atom.node, .part = elements_});
  }
  if (atom.kind == AtomKind::Module) return values_.site({.module = atom.module, .part = empty_});
  return atom.site;
}

ValueId Interpreter::from_heap(ValueId stored, Recency container) {
  if (!stored) return values_.nothing();
  if (container == Recency::This) return stored;
  std::vector<AtomId> atoms;
  for (AtomId id : values_[stored]) {
    Atom atom = values_[id];
    if (atom.receiver) atom.receiver = from_heap(atom.receiver, container);
    if (!atom.site) {
      atoms.push_back(values_.atom(atom));
      continue;
    }
    atom.recency = Recency::Before;
    atoms.push_back(values_.atom(atom));
    if (focus_.active && focus_.allocated.contains(atom.site.value)) {
      for (Recency recency : {Recency::This, Recency::Older}) {
        atom.recency = recency;
        atoms.push_back(values_.atom(atom));
      }
    }
  }
  return values_.value(std::move(atoms));
}

ValueId Interpreter::heap_read(SiteId site, Symbol part, Recency container) {
  auto found = heap_.find(pair_key(site.value, part.value));
  return found == heap_.end() ? values_.nothing() : from_heap(found->second, container);
}

ValueId Interpreter::heap_read(const Atom& atom, Symbol part) {
  return heap_read(heap_site(atom), part, atom.recency);
}

// The objects, and what they hold, and so on.
ValueId Interpreter::reachable(ValueId objects) {
  std::vector<AtomId> all;
  std::vector<AtomId> work(values_[objects]);
  std::unordered_set<std::uint32_t> seen;
  while (!work.empty()) {
    const AtomId id = work.back();
    work.pop_back();
    if (!seen.insert(id.value).second) continue;
    all.push_back(id);
    if (all.size() > kMaxAtoms) return outside({});
    const Atom atom = values_[id];
    if (atom.receiver) {
      for (AtomId each : values_[atom.receiver]) work.push_back(each);
    }
    if (atom.kind == AtomKind::Class || atom.kind == AtomKind::Module) continue;
    const auto parts = parts_.find(heap_site(atom).value);
    if (parts == parts_.end()) continue;
    for (Symbol part : parts->second) {
      const ValueId held = heap_read(atom, part);
      for (AtomId each : values_[held]) work.push_back(each);
    }
  }
  return values_.value(std::move(all));
}

void Interpreter::heap_write(SiteId site, Symbol part, ValueId value) {
  if (!site) return;
  const auto [entry, is_new] =
      heap_.try_emplace(pair_key(site.value, part.value), values_.nothing());
  if (is_new) parts_[site.value].push_back(part);
  ValueId& stored = entry->second;
  const ValueId grown = values_.join(stored, value);
  if (grown == stored) return;
  stored = grown;
  changed_ = true;
}

// -- running

bool Interpreter::is_generator(ModuleId module, NodeId definition) const {
  const Module& m = program_.modules[module.value];
  const ScopeId scope = m.scopes.scope_of(definition);
  return scope && m.scopes[scope].is_generator;
}

Frame Interpreter::make_frame(ModuleId module, NodeId definition) {
  Frame frame;
  frame.module = module;
  frame.definition = definition;
  const auto& counts = layout(module).slots_of;
  const auto found = counts.find(definition.value);
  frame.environment.slots.resize(found == counts.end() ? 0 : found->second);
  return frame;
}

void Interpreter::run_body(Frame& frame, const std::vector<Argument>& arguments) {
  frames_.push_back(&frame);
  const syntax::SyntaxTree& t = tree();
  const NodeId definition = frame.definition;
  if (t.is(definition, NodeKind::Module)) {
    block(t.child(definition, slot::Module::statements));
    note_bound();
  } else {
    const bool lambda = t.is(definition, NodeKind::Lambda);
    const NodeId list =
        t.child(definition, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                   : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
    const auto parameters = t.items(list, slot::Arguments::parameters);
    for (std::size_t i = 0; i < parameters.size() && i < arguments.size(); ++i) {
      TermId term = arguments[i].term;
      if (!frame.traced) {
        term = values_.term({.kind = TermKind::Parameter,
                             .index = static_cast<std::uint32_t>(i),
                             .node = definition,
                             .module = frame.module});
      }
      write_variable(scopes().variable(parameters[i]), {arguments[i].value, term}, parameters[i]);
    }
    if (lambda) {
      const Evaluated value = expression(t.child(definition, slot::Lambda::body));
      frame.returned = value.value;
      frame.returned_term = value.term;
    } else {
      block(t.child(definition, slot::FunctionDef::statements));
      if (frame.environment.reachable) {
        frame.returned = values_.join(frame.returned, instance("None", {}, Recency::Before));
      }
    }
  }
  frames_.pop_back();
}

void Interpreter::run_module(ModuleId module) {
  if (!modules_run_.insert(module.value).second) return;
  Frame frame = make_frame(module, program_.modules[module.value].tree.root());
  run_body(frame, {});
}

std::vector<Argument> Interpreter::outside_arguments(ModuleId module, NodeId definition) {
  const syntax::SyntaxTree& t = program_.modules[module.value].tree;
  const bool lambda = t.is(definition, NodeKind::Lambda);
  const NodeId list =
      t.child(definition, lambda ? static_cast<std::uint32_t>(slot::Lambda::arguments)
                                 : static_cast<std::uint32_t>(slot::FunctionDef::arguments));
  std::vector<Argument> arguments;
  // A method's first parameter is an instance of its class.
  const NodeId around = t.enclosing_definition(definition);
  const bool method =
      t.is(around, NodeKind::ClassDef) && !has_decorator(module, definition, "staticmethod");
  for (NodeId parameter : t.items(list, slot::Arguments::parameters)) {
    const SiteId site = values_.site({.module = module, .node = parameter});
    ValueId value = outside(site);
    const auto kind = static_cast<syntax::ParameterKind>(t[parameter].op);
    if (method && arguments.empty() && kind != syntax::ParameterKind::VarPositional) {
      const bool of_class = has_decorator(module, definition, "classmethod");
      value = values_.single({.kind = of_class ? AtomKind::Class : AtomKind::Object,
                              .module = module,
                              .node = around,
                              .site = site});
    } else if (kind == syntax::ParameterKind::VarPositional) {
      value = instance("tuple", site, Recency::Before);
      heap_write(site, elements_, outside(values_.site({.parent = site, .part = elements_})));
    } else if (kind == syntax::ParameterKind::VarKeyword) {
      value = instance("dict", site, Recency::Before);
      heap_write(site, elements_, outside(values_.site({.parent = site, .part = elements_})));
      heap_write(site, keys_, instance("str", {}, Recency::Before));
    } else if (const NodeId annotation = t.child(parameter, slot::Parameter::annotation)) {
      Frame frame = make_frame(module, t.root());
      frames_.push_back(&frame);
      if (const ValueId typed = annotation_value(annotation, parameter); typed != values_.nothing())
        value = typed;
      frames_.pop_back();
    }
    arguments.push_back({.value = value, .given = true});
  }
  return arguments;
}

void Interpreter::run_function_alone(ModuleId module, NodeId definition) {
  Frame frame = make_frame(module, definition);
  run_body(frame, outside_arguments(module, definition));
}

void Interpreter::learn() {
  const Module& script = program_.modules[0];
  std::vector<NodeId> functions;
  for (std::uint32_t i = 0; i < script.tree.size(); ++i) {
    const NodeId node{i};
    if (script.tree.is(node, NodeKind::FunctionDef) || script.tree.is(node, NodeKind::Lambda))
      functions.push_back(node);
  }
  ValueId modules = values_.nothing();
  for (std::uint32_t i = 0; i < program_.modules.size(); ++i)
    modules =
        values_.join(modules, values_.single({.kind = AtomKind::Module, .module = ModuleId{i}}));
  heap_write(values_.site({.part = intern("sys.modules")}), elements_, modules);
  last_step_ = steps_ + kLearningSteps;
  for (int round = 0; round < kLearningRounds; ++round) {
    changed_ = false;
    modules_run_.clear();
    forget_summaries();
    run_module(ModuleId{0U});
    // Functions that nobody calls are entered from outside; methods too.
    for (NodeId function : functions) {
      if (!seen_arguments_.contains(pair_key(0, function.value)))
        run_function_alone(ModuleId{0U}, function);
    }
    if (find_leaks()) changed_ = true;
    if (!changed_ || exhausted()) break;
  }
  gave_up_ = changed_ || exhausted();
  settled_ = true;
}

std::string Interpreter::dotted(NodeId node) const {
  const syntax::SyntaxTree& t = tree();
  if (t.is(node, NodeKind::Name)) return std::string(text(t[node].name));
  if (t.is(node, NodeKind::Attribute)) {
    const std::string base = dotted(t.child(node, slot::Attribute::value));
    return base.empty() ? base : base + "." + std::string(text(t[node].name));
  }
  if (t.is(node, NodeKind::Call)) {
    const std::string base = dotted(t.child(node, slot::Call::function));
    return base.empty() ? base : base + "()";
  }
  return {};
}

bool Interpreter::has_decorator(ModuleId module, NodeId definition, std::string_view name) const {
  const syntax::SyntaxTree& t = program_.modules[module.value].tree;
  if (!t.is(definition, NodeKind::FunctionDef)) return false;
  for (NodeId decorator : t.items(definition, slot::FunctionDef::decorators)) {
    NodeId callee =
        t.is(decorator, NodeKind::Call) ? t.child(decorator, slot::Call::function) : decorator;
    if (t.is(callee, NodeKind::Attribute) || t.is(callee, NodeKind::Name)) {
      if (text(t[callee].name) == name) return true;
    }
  }
  return false;
}

std::string Interpreter::describe(ValueId value) const {
  if (!value) return "nothing";
  std::string out;
  for (AtomId id : values_[value]) {
    const Atom& atom = values_[id];
    if (!out.empty()) out += " | ";
    constexpr std::string_view kKinds[] = {
        "",        "object ", "function ", "class ",     "method ",  "callable ", "type ",
        "method ", "module ", "module ",   "generator ", "unknown ", "outside "};
    out += kKinds[static_cast<std::size_t>(atom.kind)];
    if (atom.name) out += text(atom.name);
    if (atom.kind == AtomKind::Object || atom.kind == AtomKind::Class ||
        atom.kind == AtomKind::Function || atom.kind == AtomKind::Method ||
        atom.kind == AtomKind::Generator) {
      const Symbol name = program_.modules[atom.module.value].tree[atom.node].name;
      out += name ? text(name) : "lambda";
    }
    if (atom.site) {
      out += "#" + std::to_string(atom.site.value);
      out += atom.recency == Recency::Before ? "" : atom.recency == Recency::This ? "'" : "''";
    }
  }
  return out.empty() ? "nothing" : out;
}

}  // namespace braid::effects
