#include "effects/unseen.h"

#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// One statement of the module binds it, and none that is repeated or that a call runs.
bool is_bound_once(const Module& module, BindingId variable) {
  const syntax::SyntaxTree& t = module.tree;
  int bound = 0;
  for (const scope::Occurrence& each : module.scopes.occurrences(variable)) {
    if (each.access == scope::Access::Read) continue;
    for (NodeId up = each.node; up; up = t.parent(up)) {
      if (t.is(up, NodeKind::For) || t.is(up, NodeKind::While) || t.is(up, NodeKind::FunctionDef))
        return false;
    }
    ++bound;
  }
  return bound == 1;
}

bool may_be_unseen(const Values& values, ValueId asked) {
  const auto& atoms = values[asked];
  return std::any_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    return values[id].kind == AtomKind::Outside || values[id].kind == AtomKind::Unknown;
  });
}

}  // namespace

OwnHooks::OwnHooks(const Program& program) {
  for (std::size_t m = 0; m < program.modules.size(); ++m) {
    const Module& module = program.modules[m];
    const syntax::SyntaxTree& t = module.tree;
    const Atom none{.kind = AtomKind::Class, .module = ModuleId{m}};
    for (const NodeId type : module.file->nodes().classes) {
      Atom atom = none;
      atom.node = type;
      const auto named = [&](NodeId node) {
        return scope::private_name(program.symbols.text(t[type].name),
                                   program.symbols.text(t[node].name));
      };
      for (const NodeId each : t.items(type, slot::ClassDef::statements)) {
        if (t.is(each, NodeKind::Assign)) {
          for (const NodeId target : t.items(each, slot::Assign::targets)) {
            if (t.is(target, NodeKind::Name)) by_name[named(target)].types.push_back(atom);
          }
        }
        if (!t.is(each, NodeKind::FunctionDef)) continue;
        const std::string name = named(each);
        bool property = name.starts_with("__") && name.ends_with("__");
        if (property && !is_named_elsewhere(name))
          by_name[std::string(kAnyHook)].functions.push_back({ModuleId{m}, each});
        bool sets = false;
        for (const NodeId decorator : t.items(each, slot::FunctionDef::decorators)) {
          const std::string_view text = t.text(decorator);
          property = property || text.ends_with("property") || text.ends_with(".getter");
          sets = sets || text.ends_with(".setter");
        }
        if (property || sets)
          by_name[sets ? name + "=" : name].functions.push_back({ModuleId{m}, each});
      }
    }
  }
}

// What somebody else may notice: not what an unseen object does to itself, to its arguments or to
// what it makes.
std::optional<Effect> Interpreter::noticed(Effect effect) {
  const bool accesses = effect.kind == EffectKind::Read || effect.kind == EffectKind::Write ||
                        effect.kind == EffectKind::Append;
  if (!accesses) return std::nullopt;
  const Place& place = effect.place;
  if (place.kind == PlaceKind::World) return effect;
  if (place.kind == PlaceKind::Variable) {
    const Module& module = program_.modules[place.module.value];
    if (effect.kind == EffectKind::Read && is_bound_once(module, place.variable))
      return std::nullopt;
    return effect;
  }
  std::vector<AtomId> known;
  for (AtomId id : values_[place.objects]) {
    const Atom& atom = values_[id];
    const bool of_hook = atom.site && values_[atom.site].node &&
                         program_.modules[values_[atom.site].module.value].tree.is(
                             values_[atom.site].node, NodeKind::Parameter);
    if (atom.kind != AtomKind::Outside && atom.kind != AtomKind::Unknown &&
        atom.recency != Recency::This && !of_hook)
      known.push_back(id);
  }
  if (known.empty()) return std::nullopt;
  effect.place.objects = values_.value(std::move(known));
  return effect;
}

// At the end of a round, for the next: the last one, in which nothing new is learnt, knows it all.
void Interpreter::learn_own_hooks() {
  Frame frame = make_frame(ModuleId{0U}, program_.modules[0].tree.root());
  frames_.push_back(&frame);
  for (auto& [name, own] : own_hooks_.by_name) {
    std::vector<Effect> effects;
    std::unordered_multimap<std::uint64_t, std::size_t> known;  // effects by what they are about
    const auto is_known = [&](const Effect& effect) {
      std::uint64_t hash = effect.names;
      mix(hash, pair_key(effect.module.value, effect.node.value));
      mix(hash, pair_key(effect.place.objects.value, effect.place.variable.value));
      const auto [begin, end] = known.equal_range(hash);
      if (std::any_of(begin, end, [&](const auto& at) { return effects[at.second] == effect; }))
        return true;
      known.emplace(hash, effects.size());
      return false;
    };
    ValueId gives = values_.nothing();
    for (const OwnHook& each : own.functions) {
      const Atom function{.kind = AtomKind::Function, .module = each.module, .node = each.function};
      const syntax::SyntaxTree& t = program_.modules[each.module.value].tree;
      const std::string spelled = std::string(text(t[t.enclosing_definition(each.function)].name)) +
                                  "." + std::string(text(t[each.function].name));
      const Summary& summary = summarise(function, outside_arguments(each.module, each.function));
      for (const Effect& effect : *summary.effects) {
        auto told = noticed(effect);
        if (told && told->subject.empty()) told->subject = spelled;
        if (told && !is_known(*told)) effects.push_back(*told);
      }
      gives = values_.join(gives, mutable_part(from_heap(summary.returns, Recency::Before)));
    }
    if (effects.size() != own.all.effects->size() || gives != own.gives) changed_ = true;
    own.all.effects = std::make_shared<std::vector<Effect>>(std::move(effects));
    own.gives = gives;
  }
  frames_.pop_back();
}

// What all that it may be does when it is asked by one of these names, and gives.
ValueId Interpreter::ask_unseen(ValueId asked, const std::vector<std::string_view>& names,
                                NodeId node) {
  ValueId out = values_.nothing();
  if (!may_be_unseen(values_, asked)) return out;
  // `x.name = value`, where a class has put a descriptor under that name.
  const auto set_unseen = [&](std::string_view name) {
    const auto found = own_hooks_.by_name.find(name);
    if (found == own_hooks_.by_name.end()) return;
    for (Atom object : std::vector<Atom>(found->second.types)) {
      object.kind = AtomKind::Object;
      setter_hooks(object, intern(name), {outside({}), {}}, node);
    }
  };
  for (const std::string_view name : names) {
    if (name.ends_with('=')) set_unseen(name.substr(0, name.size() - 1));
    const auto found = own_hooks_.by_name.find(name);
    if (found == own_hooks_.by_name.end()) continue;
    const OwnHooks::ByName& own = found->second;
    for (const Atom& type : std::vector<Atom>(own.types)) {
      const auto member = class_member(type, intern(name));
      if (member) out = values_.join(out, mutable_part(from_heap(*member, Recency::Before)));
    }
    out = values_.join(out, own.gives);
    if (own.functions.empty() || own.all.effects->empty()) continue;
    const OwnHook& first = own.functions.front();
    apply_summary(own.all,
                  {.kind = AtomKind::Function, .module = first.module, .node = first.function}, {},
                  node);
  }
  return out;
}

}  // namespace braid::effects
