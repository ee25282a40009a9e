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

}  // namespace

Interpreter::Interpreter(const Program& program, const Knowledge& knowledge)
    : program_(program),
      knowledge_(knowledge),
      symbols_(program.symbols),
      own_hooks_(program),
      passed_(program, values_) {
  elements_ = intern("[]");
  once_ = intern("[once]");
  apart_ = intern("[apart]");
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

// -- environments

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

// -- objects

bool Interpreter::is_handle(std::string_view type) const {
  const auto entry = knowledge_.find(type);
  return entry && entry->type != nullptr && entry->type->handle;
}

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
    learn_own_hooks();
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
  const bool is_class = t.is(definition, NodeKind::ClassDef);
  if (!is_class && !t.is(definition, NodeKind::FunctionDef)) return false;
  const auto decorators =
      t.items(definition, is_class ? static_cast<std::uint32_t>(slot::ClassDef::decorators)
                                   : static_cast<std::uint32_t>(slot::FunctionDef::decorators));
  for (NodeId decorator : decorators) {
    NodeId callee =
        t.is(decorator, NodeKind::Call) ? t.child(decorator, slot::Call::function) : decorator;
    if (t.is(callee, NodeKind::Attribute) || t.is(callee, NodeKind::Name)) {
      if (text(t[callee].name) == name) return true;
    }
  }
  return false;
}

}  // namespace braid::effects
