// Subscripts, displays and comprehensions: what containers hold.
#include <algorithm>

#include "effects/ownership.h"

namespace braid::effects {

using syntax::NodeKind;
namespace slot = syntax::slot;

Evaluated Interpreter::subscript(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const Evaluated object = expression(t.child(node, slot::Subscript::value));
  const NodeId slice = t.child(node, slot::Subscript::slice);
  const bool is_slice = t.is(slice, NodeKind::Slice);
  const Evaluated key = expression(slice);
  return subscript_of(object, key, node, is_slice);
}

Evaluated Interpreter::subscript_of(Evaluated object, Evaluated key, NodeId node, bool is_slice) {
  Evaluated out;
  raise_here(node);
  may_ask(key.value, Asked::hooks, node);
  special_method(key.value, {"__eq__"}, node);
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    const bool special =
        atom.kind == AtomKind::Instance
            ? is_immutable(atom) && text(atom.name) != "tuple"
            : atom.kind == AtomKind::Unknown && atom.name && text(atom.name).starts_with("typing.");
    if (special || atom.kind == AtomKind::LibraryType || atom.kind == AtomKind::LibraryCallable)
      text_taken(key.value, node);  // `Optional[Point]`, of which the text may be taken
    ValueId found = values_.nothing();
    switch (atom.kind) {
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        if (is_slice && (type == "list" || type == "tuple" || type == "json")) {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          found = allocate(type, node);
          for (AtomId made : values_[found])
            Ownership(*this).copy(values_.single(atom), values_[made].site);
          break;
        }
        const std::string_view position = key.term && values_[key.term].kind == TermKind::Constant
                                              ? constant_text(key.term)
                                              : std::string_view{};
        if (type == "tuple" && !position.empty()) {
          found = heap_read(atom, intern("[" + std::string(position) + "]"));
          if (found != values_.nothing()) break;
        }
        if (type == "dict") looked_up(values_.single(atom), "dict.", key.value, node);
        if (type == "list" || type == "dict" || type == "tuple" || type == "json") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
          found = Ownership(*this).at_own_key(atom, key.term).value_or(elements_of(atom));
          break;
        }
        if (auto entry = knowledge_.find_member(type, "__getitem__")) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = key.value, .term = key.term, .node = node, .given = true});
          found = call_library(*entry, {values_.single(atom), object.term}, arguments, node).value;
          break;
        }
        if (is_closed(type)) break;  // it raises
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        found = values_.join(elements_of(atom),
                             values_.single({.kind = AtomKind::Unknown,
                                             .recency = atom.recency,
                                             .name = intern(std::string(type) + "[]"),
                                             .site = atom.site}));
        break;
      }
      case AtomKind::Object: {
        CallArguments arguments;
        arguments.positional.push_back(
            {.value = key.value, .term = key.term, .node = node, .given = true});
        const ValueId method =
            attribute_of({values_.single(atom), {}}, intern("__getitem__"), node).value;
        found = call({method, {}}, arguments, node).value;
        break;
      }
      case AtomKind::Class:
        metaclass_hooks(atom, node);
        if (const auto hook = class_member(atom, intern("__class_getitem__"))) {
          for (AtomId each : values_[*hook])
            if (values_[each].kind == AtomKind::Function)
              call_hook(values_[each], values_.single(atom), node);
        }
        if (is_enumeration(atom)) found = enumerated(atom, values_.nothing());
        found = values_.join(found, values_.single(atom));
        break;
      case AtomKind::LibraryType:
        found = values_.single(atom);  // list[int], Generic[T]
        break;
      case AtomKind::Outside: {
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        int depth = 0;
        for (SiteId up = atom.site; up && values_[up].parent; up = values_[up].parent) ++depth;
        const SiteId site = atom.site && depth < 3
                                ? values_.site({.parent = atom.site, .part = elements_})
                                : atom.site;
        found = is_anything(atom)
                    ? values_.anything()
                    : values_.join(outside(site, atom.recency), heap_read(atom, elements_));
        break;
      }
      default:
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node, {}, key.term);
        found = values_.single(atom);
    }
    out.value = values_.join(out.value, found);
  }
  if (object.term && key.term) {
    const std::string_view constant = constant_text(key.term);
    if (values_[key.term].kind == TermKind::Constant) {
      out.term = values_.term({.kind = TermKind::Part,
                               .text = intern("[" + std::string(constant) + "]"),
                               .operands = {object.term}});
    } else {
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = elements_, .operands = {object.term, key.term}});
    }
  }
  return out;
}

void Interpreter::store_subscript(Evaluated object, Evaluated key, Evaluated value, NodeId node) {
  for (AtomId id : values_[object.value]) {
    const Atom atom = values_[id];
    may_ask(key.value, Asked::hooks, node);
    if (atom.kind == AtomKind::Object) {
      CallArguments arguments;
      arguments.positional.push_back(
          {.value = key.value, .term = key.term, .node = node, .given = true});
      arguments.positional.push_back(
          {.value = value.value, .term = value.term, .node = node, .given = true});
      call(attribute_of({values_.single(atom), {}}, intern("__setitem__"), node), arguments, node);
      continue;
    }
    bool described = false;
    if (atom.kind == AtomKind::Instance && text(atom.name) != "dict" && text(atom.name) != "list" &&
        text(atom.name) != "json") {
      if (auto entry = knowledge_.find_member(text(atom.name), "__setitem__")) {
        CallArguments arguments;
        arguments.positional.push_back(
            {.value = key.value, .term = key.term, .node = node, .given = true});
        arguments.positional.push_back(
            {.value = value.value, .term = value.term, .node = node, .given = true});
        call_library(*entry, {values_.single(atom), object.term}, arguments, node);
        described = true;
      }
    }
    if (!described) {
      placing_.orderly = true;
      const bool in_place = atom.kind == AtomKind::Instance && text(atom.name) == "list";
      record_object(in_place ? EffectKind::Write : EffectKind::Append, values_.single(atom),
                    Part::Elements, node, {}, key.term);
      placing_.orderly = false;
    }
    Ownership own(*this);
    own.put(atom, value.value, own.value_for(node));
    heap_write(heap_site(atom), keys_, key.value);
    const auto& keys = values_[key.value];
    const bool is_slice = std::any_of(keys.begin(), keys.end(), [&](AtomId each) {
      return values_[each].kind == AtomKind::Instance && text(values_[each].name) == "slice";
    });
    for (AtomId held : std::vector<AtomId>(values_[value.value])) {
      if (!is_slice) continue;
      const Atom put = values_[held];
      const bool makes = put.kind == AtomKind::Generator;
      heap_write(heap_site(atom), elements_,
                 makes ? iterate({values_.single(put), {}}, node).value : elements_of(put));
    }
  }
  const Values::Atoms objects = values_[object.value];
  const bool takes_all =
      !objects.empty() && std::all_of(objects.begin(), objects.end(), [&](AtomId id) {
        return values_[id].kind == AtomKind::Instance && text(values_[id].name) == "dict";
      });
  if (!takes_all || !surely_hashable(key.value)) raise_here(node);
}

Evaluated Interpreter::display(NodeId node, std::string_view type) {
  const syntax::SyntaxTree& t = tree();
  const ValueId made = allocate(type, node);
  Evaluated out{made, opaque(node)};
  const Values::Atoms atoms = values_[made];
  const auto hold = [&](Symbol part, ValueId value) {
    for (AtomId id : atoms) heap_write(heap_site(values_[id]), part, value);
  };
  const auto put = [&](ValueId value, NodeId expression) {
    for (AtomId id : atoms) Ownership(*this).put(values_[id], value, expression);
  };
  if (t.is(node, NodeKind::Dict)) {
    const auto keys = t.items(node, slot::Dict::keys);
    const auto values = t.items(node, slot::Dict::values);
    std::vector<TermId> parts;
    bool known = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (t.is(keys[i], NodeKind::Missing)) {
        known = false;
        const Evaluated other = expression(values[i]);
        if (!surely_mapping(other.value)) raise_here(values[i]);
        for (AtomId id : values_[other.value]) {
          const Atom atom = values_[id];
          if (atom.kind == AtomKind::Object) call_methods(atom, Asked::anything, values[i]);
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, values[i]);
          hold(elements_, elements_of(atom));
          hold(keys_, keys_of(atom));
        }
        continue;
      }
      const Evaluated key = expression(keys[i]);
      hold(keys_, key.value);
      may_ask(key.value, Asked::hooks, keys[i]);
      if (!surely_hashable(key.value)) raise_here(keys[i]);
      const Evaluated held = expression(values[i]);
      put(held.value, values[i]);
      known = known && key.term && held.term;
      parts.push_back(key.term);
      parts.push_back(held.term);
    }
    if (known)
      out.term = values_.term(
          {.kind = TermKind::Apply, .text = intern("display"), .operands = std::move(parts)});
    return out;
  }
  std::size_t position = 0;
  std::vector<TermId> terms;
  bool all_terms = true;
  for (NodeId item : t.items(node, 0)) {
    if (t.is(item, NodeKind::Starred)) {
      const Evaluated other = expression(t.child(item, slot::Starred::value));
      if (!surely_iterable(other.value)) raise_here(item);
      hold(elements_, iterate(other, item).value);
      if (type != "set") order_of_set(other.value, item);
      position = 1000;
      all_terms = false;
      continue;
    }
    const Evaluated value = expression(item);
    put(value.value, item);
    if (type == "set") may_ask(value.value, Asked::hooks, item);
    if (type == "set" && !surely_hashable(value.value)) raise_here(item);
    if (type == "tuple" && position < 8)
      hold(intern("[" + std::to_string(position) + "]"), value.value);
    ++position;
    terms.push_back(value.term);
    all_terms = all_terms && value.term;
  }
  if (all_terms) {
    out.term = values_.term(
        {.kind = TermKind::Apply, .text = intern("display"), .operands = std::move(terms)});
  }
  return out;
}

// It goes through numbers or choices that are many as soon as nobody says how many they are; a
// container's elements are seldom so many that a comprehension over them is work.
bool Interpreter::counts_on(NodeId iter) const {
  const syntax::SyntaxTree& t = program_.modules[frames_.back()->module.value].tree;
  if (!t.is(iter, NodeKind::Call)) return false;
  const std::string name = dotted(t.child(iter, slot::Call::function));
  const auto arguments = t.items(iter, slot::Call::arguments_list);
  if (name == "enumerate" || name == "zip" || name == "reversed")
    return !arguments.empty() && counts_on(arguments[0]);
  constexpr std::string_view kChoices[] = {"product", "permutations", "combinations"};
  const std::string last = name.substr(name.rfind('.') + 1);
  if (std::find(std::begin(kChoices), std::end(kChoices), last) != std::end(kChoices)) return true;
  if (name != "range") return false;
  constexpr std::int64_t kShort = 1000;
  if (const auto length = syntax::range_length(t, iter)) return *length > kShort;
  return std::none_of(arguments.begin(), arguments.end(), [&](NodeId each) {
    return t.text(each).find("len(") != std::string_view::npos;
  });
}

void Interpreter::comprehension_clause(NodeId node, std::size_t index,
                                       const std::function<void(ValueId)>& body, ValueId source) {
  const syntax::SyntaxTree& t = tree();
  const std::uint32_t generators_slot =
      t.is(node, NodeKind::DictComp) ? static_cast<std::uint32_t>(slot::DictComp::generators)
                                     : static_cast<std::uint32_t>(slot::ListComp::generators);
  const auto clauses = t.items(node, generators_slot);
  if (index == clauses.size()) {
    body(source);
    return;
  }
  const NodeId clause = clauses[index];
  const NodeId iter = t.child(clause, slot::Comprehension::iter);
  const NodeId target = t.child(clause, slot::Comprehension::target);
  const bool in_focus = index == 0 && focus_.loop == node && focus_.module == frame().module &&
                        frame().traced && !focus_.active;
  focus_.naming = focus_.naming || in_focus;
  Evaluated iterable = expression(iter);
  if (in_focus) focus_.naming = false;
  if (!t.is(node, NodeKind::SetComp)) order_of_set(iterable.value, iter);
  frame().loops.emplace_back();
  const auto rest = [&] {
    const Environment before = frame().environment;
    for (NodeId test : t.items(clause, slot::Comprehension::ifs)) condition(test);
    comprehension_clause(node, index + 1, body, index == 0 ? iterable.value : values_.nothing());
    join_into(frame().environment, before);  // a condition may fail
  };
  if (in_focus) {
    iterable.value = values_.with_recency(iterable.value, Recency::This, Recency::Before);
    focus_.iterated = iterable.value;
    focus_.iterated_term = iterable.term;
    focus_loop(
        [&] {
          Evaluated item = iterate(iterable, iter);
          item.value = Ownership(*this).item(iterable.value, item.value, iter);
          item.term = values_.term({.kind = TermKind::Item});
          assign(target, item);
        },
        rest);
  } else {
    if (index > 0) record({.kind = EffectKind::Burn, .seconds = 1e-3}, clause);
    if (!surely_iterable(iterable.value)) raise_here(iter);
    const std::optional<Spent> before = spent_so_far();
    iterate_to_fixpoint([&] {
      assign(target, iterate(iterable, iter));
      rest();
    });
    if (counts_on(iter)) unknown_length(before, node);
  }
  frame().loops.pop_back();
}

Evaluated Interpreter::comprehension(NodeId node) {
  const syntax::SyntaxTree& t = tree();
  const NodeKind kind = t.kind(node);
  const std::string_view type = kind == NodeKind::ListComp   ? "list"
                                : kind == NodeKind::SetComp  ? "set"
                                : kind == NodeKind::DictComp ? "dict"
                                                             : "generator";
  note_entry(node);
  const ValueId made = allocate(type, node);
  const Values::Atoms atoms = values_[made];
  const bool is_late = kind == NodeKind::GeneratorExp;
  std::vector<Effect> heard;
  const Listening listening(frame(), is_late ? &heard : nullptr);
  const auto takes = [&](ValueId source) {
    if (kind == NodeKind::DictComp) {
      const ValueId key = expression(t.child(node, slot::DictComp::key)).value;
      if (!surely_hashable(key)) raise_here(node);
      const ValueId value = expression(t.child(node, slot::DictComp::value)).value;
      for (AtomId id : atoms) {
        heap_write(heap_site(values_[id]), keys_, key);
        Ownership(*this).put(values_[id], value, t.child(node, slot::DictComp::value));
      }
    } else {
      const NodeId element = t.child(node, slot::ListComp::element);
      const ValueId value = expression(element).value;
      if (kind == NodeKind::SetComp && !surely_hashable(value)) raise_here(node);
      for (AtomId id : atoms) Ownership(*this).take(values_[id], value, element, source);
    }
  };
  comprehension_clause(node, 0, takes, values_.nothing());
  // Its effects happen where it is consumed: remembered for there, besides here.
  if (is_late) {
    for (AtomId id : atoms) happens_later(values_[id].site, heard);
  }
  return {made, opaque(node)};
}

}  // namespace braid::effects
