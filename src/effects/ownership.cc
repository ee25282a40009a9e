#include "effects/ownership.h"

#include <algorithm>

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

void Ownership::put(const Atom& container, ValueId value, NodeId expression) {
  const bool is_own = expression && is_new(value, expression);
  in_.heap_write(in_.heap_site(container), is_own ? in_.once_ : in_.elements_, value);
}

void Ownership::put_argument(const Atom& container, const Argument& argument, NodeId call) {
  const syntax::SyntaxTree& t = in_.tree();
  bool is_own = false;
  if (t.is(call, NodeKind::Call)) {
    const auto given = t.items(call, slot::Call::arguments_list);
    is_own =
        std::find(given.begin(), given.end(), argument.node) != given.end() &&
        (is_new(argument.value, argument.node) || is_new_by_name(argument.value, argument.node));
  }
  in_.heap_write(in_.heap_site(container), is_own ? in_.once_ : in_.elements_, argument.value);
}

void Ownership::take(const Atom& container, ValueId value, NodeId element, ValueId source) {
  const syntax::SyntaxTree& t = in_.tree();
  const NodeId comprehension = t.parent(element);
  const std::span<const NodeId> parts = t.children(comprehension);
  const auto clauses = t.children(parts.back());
  const NodeId target = t.child(clauses.front(), slot::Comprehension::target);
  // A generator goes on through its source while that may change.
  const bool is_item = clauses.size() == 1 && !t.is(comprehension, NodeKind::GeneratorExp) &&
                       t.is(element, NodeKind::Name) && t.is(target, NodeKind::Name) &&
                       t[element].name == t[target].name && source != in_.values_.nothing();
  if (!is_item) return put(container, value, element);
  if (copy(source, in_.heap_site(container)) != in_.values_.nothing())
    put(container, value, element);
}

ValueId Ownership::copy(ValueId from, SiteId to) {
  ValueId others = in_.values_.nothing();
  for (AtomId id : std::vector<AtomId>(in_.values_[from])) {
    const Atom container = in_.values_[id];
    const auto elements = elements_of(container);
    if (!elements) {
      others = in_.values_.join(others, in_.values_.single(id));
      continue;
    }
    in_.heap_write(to, in_.apart_, elements->apart);
    in_.heap_write(to, in_.elements_, elements->others);
  }
  return others;
}

void Ownership::grow_tree(SiteId root, Recency recency) {
  constexpr int kLevels = 5;  // told apart; the last one stands for all below it
  for (int level = 0; level < kLevels; ++level) {
    const bool is_last = level + 1 == kLevels;
    const SiteId below = is_last ? root : in_.values_.site({.parent = root, .part = in_.elements_});
    in_.heap_write(root, in_.once_, in_.instance("json", below, recency));
    root = below;
  }
}

// -- what an expression has made

bool Ownership::is_new(ValueId value, NodeId expression) {
  bool any = false;
  for (AtomId id : std::vector<AtomId>(in_.values_[value])) {
    const Atom atom = in_.values_[id];
    if (in_.is_immutable(atom)) continue;
    if (!is_made_by(atom, expression)) return false;
    any = true;
  }
  return any;
}

bool Ownership::is_made_by(const Atom& atom, NodeId expression) {
  const bool known = atom.kind == AtomKind::Instance || atom.kind == AtomKind::Object;
  if (!known || atom.recency != Recency::This || !atom.site) return false;
  const Site& site = in_.values_[atom.site];
  if (site.parent || site.node != expression || site.module != in_.frame().module) return false;
  // Several handles may stand for one thing outside.
  if (atom.kind == AtomKind::Instance) return !in_.is_handle(in_.text(atom.name));
  // Who sets attributes by their names as text may set `__new__`.
  for (const std::string_view name :
       {"__setattr__", "__init_subclass__", "__dict__", "globals", "setattr", "vars"}) {
    if (in_.program_.find(name)) return false;
  }
  // A class may give an object that it has given before.
  const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
  if (in_.class_member(type, in_.intern("__new__")) || in_.is_enumeration(type)) return false;
  const std::vector<Atom> lineage = in_.lineage_of(type);
  if (std::any_of(lineage.begin(), lineage.end(), [](const Atom& each) {
        return each.kind != AtomKind::Class && each.kind != AtomKind::LibraryType;
      }))
    return false;
  const auto takes_mapping = [&](const Atom& each) {
    if (each.kind != AtomKind::Class) return false;
    const syntax::SyntaxTree& t = in_.program_.modules[each.module.value].tree;
    const auto keywords = t.items(each.node, slot::ClassDef::keywords);
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](NodeId keyword) { return !t[keyword].name; });
  };
  if (std::any_of(lineage.begin(), lineage.end(), takes_mapping)) return false;
  const auto& metaclasses = in_.values_[in_.metaclasses_of(type)];
  return std::all_of(metaclasses.begin(), metaclasses.end(), [&](AtomId id) {
    const Atom& each = in_.values_[id];
    return each.kind == AtomKind::LibraryType &&
           (in_.text(each.name) == "type" || in_.text(each.name) == "abc.ABCMeta");
  });
}

// A name for what was made in the same run of the block, and is put there and nowhere else as if it
// were new.
bool Ownership::is_new_by_name(ValueId value, NodeId name) {
  const syntax::SyntaxTree& t = in_.tree();
  if (!t.is(name, NodeKind::Name)) return false;
  const NodeId made = value_of_last_assignment(name);
  if (!made || !is_new(value, made) || !is_once_after(t.statement_of(made), name)) return false;
  const auto& objects = in_.values_[value];
  return std::all_of(objects.begin(), objects.end(), [&](AtomId id) {
    const Atom& atom = in_.values_[id];
    if (!atom.site) return true;
    return in_.placing_.put_by.try_emplace(atom.site.value, name).first->second == name;
  });
}

NodeId Ownership::value_for(NodeId target) const {
  const syntax::SyntaxTree& t = in_.tree();
  const NodeId statement = t.statement_of(target);
  if (!t.is(statement, NodeKind::Assign)) return {};
  const auto targets = t.items(statement, slot::Assign::targets);
  if (targets.size() != 1 || targets[0] != target) return {};
  return t.child(statement, slot::Assign::value);
}

// What the variable of this function was given last before this, in the text; none if others give
// it values too.
NodeId Ownership::value_of_last_assignment(NodeId name) const {
  const syntax::SyntaxTree& t = in_.tree();
  const BindingId binding = in_.scopes().variable(name);
  if (!binding || in_.slot_of(binding) == nullptr) return {};
  NodeId written;
  for (const scope::Occurrence& use : in_.scopes().occurrences(binding)) {
    if (use.access == scope::Access::Read) continue;
    if (t.enclosing_definition(use.node) != in_.frame().definition) return {};
    if (use.node.value < name.value && (!written || written.value < use.node.value))
      written = use.node;
  }
  if (!written || !t.is(written, NodeKind::Name)) return {};
  const NodeId statement = t.statement_of(written);
  if (t.is(statement, NodeKind::AnnAssign)) {
    if (t.child(statement, slot::AnnAssign::target) != written) return {};
    return t.child(statement, slot::AnnAssign::value);
  }
  return value_for(written);
}

// Whoever runs the block of the statement comes to `use` behind it, and not twice.
bool Ownership::is_once_after(NodeId statement, NodeId use) const {
  const syntax::SyntaxTree& t = in_.tree();
  const NodeId block = t.parent(statement);
  NodeId at = use;
  while (at && t.parent(at) != block) {
    switch (t.kind(at)) {
      case NodeKind::For:
      case NodeKind::While:
      case NodeKind::FunctionDef:
      case NodeKind::ClassDef:
      case NodeKind::Lambda:
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::DictComp:
      case NodeKind::GeneratorExp:
      case NodeKind::Module:
        return false;
      default:
        at = t.parent(at);
    }
  }
  return at && statement.value < at.value && !t.is(at, NodeKind::For) && !t.is(at, NodeKind::While);
}

// -- what a loop meets

ValueId Ownership::item(ValueId iterable, ValueId element, NodeId iter) {
  for_loop_ = true;
  ValueId all = in_.values_.nothing();
  for (AtomId id : std::vector<AtomId>(in_.values_[iterable])) {
    const auto one = item(in_.values_[id], iter);
    if (!one) {
      all = element;
      break;
    }
    all = in_.values_.join(all, *one);
  }
  if (all != element) in_.focus_.owns = true;
  return all;
}

std::optional<ValueId> Ownership::item(const Atom& iterable, NodeId iter) {
  if (iterable.recency == Recency::This) return std::nullopt;
  const std::string_view type = in_.text(iterable.name);
  const bool in_pairs = type == "enumerate" || type == "dict_items";
  if (iterable.kind != AtomKind::Instance || !in_pairs) {
    const auto elements = elements_of(iterable);
    if (!elements) return std::nullopt;
    return in_.values_.join(own(elements->once), elements->others);
  }
  ValueId first = in_.instance("int", {}, Recency::Before);
  if (type == "dict_items") first = in_.values_.nothing();
  ValueId second = in_.values_.nothing();
  for (AtomId id : sources_of(iterable)) {
    const Atom source = in_.values_[id];
    const auto elements = type == "enumerate" ? elements_of(source) : values_of_mapping(source);
    if (!elements) return std::nullopt;
    if (type == "dict_items") first = in_.values_.join(first, in_.keys_of(source));
    second = in_.values_.join(second, in_.values_.join(own(elements->once), elements->others));
  }
  if (second == in_.values_.nothing()) return std::nullopt;
  return pair(first, second, iter);
}

// `rows[i]` in a loop over `range(len(rows))` or `enumerate(rows)`, `table[key]` in one over the
// table. One container only: in another one the same object may stand at another index. So it is
// with what the loop goes through, if that gives objects.
std::optional<ValueId> Ownership::at_own_key(const Atom& container, TermId key) {
  if (!in_.focus_.active || container.recency != Recency::Before || !key ||
      !is_own_key(container, key))
    return std::nullopt;
  in_.focus_.indexed = in_.values_.join(in_.focus_.indexed, in_.values_.single(container));
  if (in_.values_[in_.focus_.indexed].size() > 1) return std::nullopt;
  for_loop_ = true;
  const bool by_key = in_.text(container.name) == "dict";
  const auto elements = by_key ? values_of_mapping(container) : elements_of(container);
  if (!elements || elements->once == in_.values_.nothing()) return std::nullopt;
  in_.focus_.owns = true;
  return in_.values_.join(own(elements->once), elements->others);
}

bool Ownership::is_own_key(const Atom& container, TermId key) {
  const Module& module = in_.program_.modules[in_.focus_.module.value];
  const syntax::SyntaxTree& t = module.tree;
  if (!t.is(in_.focus_.loop, NodeKind::For)) return false;
  const NodeId iter = t.child(in_.focus_.loop, slot::For::iter);
  const Term& term = in_.values_[key];
  const bool is_item = term.kind == TermKind::Item;
  const bool is_first = term.kind == TermKind::Part && in_.text(term.text) == "[0]" &&
                        in_.values_[term.operands[0]].kind == TermKind::Item;
  const auto goes_over = [&](std::string_view type) {
    const auto atoms = in_.values_[in_.focus_.iterated];
    return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
      const Atom& atom = in_.values_[id];
      return atom.kind == AtomKind::Instance && in_.text(atom.name) == type;
    });
  };
  const auto calls = [&](std::string_view builtin) {
    if (!t.is(iter, NodeKind::Call)) return false;
    const NodeId function = t.child(iter, slot::Call::function);
    const BindingId variable =
        t.is(function, NodeKind::Name) ? module.scopes.variable(function) : BindingId{};
    constexpr std::uint16_t kBinds =
        scope::kAssigned | scope::kImported | scope::kDefinition | scope::kParameter;
    return t.text(function) == builtin &&
           (!variable || (module.scopes[variable].flags & kBinds) == 0);
  };
  const ValueId itself = in_.values_.single(container);
  const auto is_over_it = [&] {
    const auto atoms = in_.values_[in_.focus_.iterated];
    return std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
      return in_.values_.value(sources_of(in_.values_[id])) == itself;
    });
  };
  if (in_.text(container.name) == "dict")
    return (is_item && in_.focus_.iterated == itself) ||
           (is_first && goes_over("dict_items") && is_over_it());
  if (is_item && goes_over("range") && calls("range"))
    return syntax::range_is_not_negative(t, iter);
  return is_first && goes_over("enumerate") && calls("enumerate") && is_over_it() &&
         syntax::enumerate_start(t, iter) == 0;
}

std::vector<AtomId> Ownership::sources_of(const Atom& lazy) {
  const ValueId over = in_.heap_read(lazy, in_.intern("over"));
  return {in_.values_[over].begin(), in_.values_[over].end()};
}

std::optional<Ownership::Elements> Ownership::elements_of(const Atom& container) {
  if (container.kind != AtomKind::Instance) return std::nullopt;
  const std::string_view type = in_.text(container.name);
  // Text gives text; what `json` may be besides gives nothing at all.
  constexpr std::string_view kScalars[] = {"str", "int", "float", "bool", "None"};
  if (std::find(std::begin(kScalars), std::end(kScalars), type) != std::end(kScalars))
    return Elements{in_.values_.nothing(), in_.values_.nothing(),
                    type == "str" ? in_.elements_of(container) : in_.values_.nothing()};
  if (!container.site) return std::nullopt;
  if (type == "list" || type == "tuple" || type == "generator" || type == "json")
    return held_by(container);
  if (makes_each(container)) {
    const TypeModel* model = in_.type_model(container.name);
    const SiteId site = in_.values_.site({.parent = container.site, .part = in_.elements_});
    ValueId made = in_.values_.nothing();
    for (const TypeText& each : parse_type(model->items))
      made = in_.values_.join(made, in_.type_value(each, site, container.recency, {}));
    return Elements{made, made, in_.values_.nothing()};
  }
  if (type != "dict_values" && type != "tqdm.tqdm") return std::nullopt;
  Elements all{in_.values_.nothing(), in_.values_.nothing(), in_.values_.nothing()};
  const std::vector<AtomId> sources = sources_of(container);
  for (AtomId id : sources) {
    const Atom source = in_.values_[id];
    const auto some = type == "dict_values" ? values_of_mapping(source) : elements_of(source);
    if (!some) return std::nullopt;
    all.once = in_.values_.join(all.once, some->once);
    all.apart = in_.values_.join(all.apart, some->apart);
    all.others = in_.values_.join(all.others, some->others);
  }
  if (sources.empty()) return std::nullopt;
  return all;
}

std::optional<Ownership::Elements> Ownership::values_of_mapping(const Atom& mapping) {
  // Parsed JSON that has values is a dict.
  const std::string_view type = in_.text(mapping.name);
  if (mapping.kind != AtomKind::Instance || !mapping.site || (type != "dict" && type != "json"))
    return std::nullopt;
  return held_by(mapping);
}

Ownership::Elements Ownership::held_by(const Atom& container) {
  if (for_loop_)  // which relies on its staying as it is
    in_.focus_.containers = in_.values_.join(in_.focus_.containers, in_.values_.single(container));
  Atom shared = container;
  if (shared.recency == Recency::Own) shared.recency = Recency::Before;
  if (in_.placing_.disturbed.contains(in_.heap_site(container).value))
    return {in_.values_.nothing(), in_.values_.nothing(), in_.elements_of(shared)};
  Elements out{in_.values_.nothing(), in_.values_.nothing(), in_.elements_of(shared, true)};
  for (const Symbol part : {in_.once_, in_.apart_}) {
    const auto held = in_.heap_.find(pair_key(in_.heap_site(container).value, part.value));
    if (held != in_.heap_.end()) out.once = in_.values_.join(out.once, held->second);
  }
  out.apart = in_.from_heap(out.once, container.recency);
  return out;
}

bool Ownership::makes_each(const Atom& lazy) {
  const TypeModel* model = in_.type_model(lazy.name);
  const auto next = in_.knowledge_.find_member(in_.text(lazy.name), "__next__");
  return model != nullptr && model->lazy && !model->items.empty() && next &&
         next->callable != nullptr && next->callable->gives(ReturnOrigin::fresh);
}

ValueId Ownership::held_once(const Atom& container) {
  const auto held = in_.heap_.find(pair_key(in_.heap_site(container).value, in_.once_.value));
  if (held == in_.heap_.end()) return in_.values_.nothing();
  if (in_.placing_.disturbed.contains(in_.heap_site(container).value))
    return in_.from_heap(held->second, Recency::Before);
  return own(held->second);
}

// What an iteration itself may have made is told apart as such.
ValueId Ownership::own(ValueId stored) {
  std::vector<AtomId> atoms;
  ValueId others = in_.values_.nothing();
  for (AtomId id : std::vector<AtomId>(in_.values_[stored])) {
    Atom atom = in_.values_[id];
    if (!atom.site || atom.receiver || in_.is_allocated_in_loop(atom.site)) {
      others = in_.values_.join(others, in_.from_heap(in_.values_.single(id), Recency::Before));
      continue;
    }
    atom.recency = Recency::Own;
    atoms.push_back(in_.values_.atom(atom));
  }
  return in_.values_.join(others, in_.values_.value(std::move(atoms)));
}

// One made by the loop's header, which hands on both.
ValueId Ownership::pair(ValueId first, ValueId second, NodeId iter) {
  const SiteId site =
      in_.values_.site({.module = in_.frame().module, .node = iter, .part = in_.intern("item")});
  in_.made(site, iter);
  in_.heap_hold(site, in_.intern("[0]"), first);
  in_.heap_hold(site, in_.intern("[1]"), second);
  for (const ValueId each : {first, second}) in_.heap_hold(site, in_.elements_, each);
  return in_.instance("tuple", site, Recency::This);
}

}  // namespace braid::effects
