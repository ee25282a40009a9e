// Iteration: what going through something gives, and does.
#include <algorithm>

#include "effects/ownership.h"

namespace braid::effects {

namespace {

// What a type's own `__iter__` is said to give, item by item; nothing: it says no more than that.
std::vector<TypeText> items_said(const Knowledge& knowledge, std::string_view type) {
  const auto iter = knowledge.find_member(type, "__iter__");
  if (!iter || iter->callable == nullptr) return {};
  for (const Clause& clause : iter->callable->clauses) {
    if (clause.kind != ClauseKind::returns) continue;
    for (const TypeText& each : parse_type(clause.returns.type)) {
      if (each.name == "iterator" && !each.arguments.empty()) return each.arguments[0];
    }
  }
  return {};
}

}  // namespace

// What a library's type gives by its `__iter__`: plain values, a part of it, or anything.
ValueId Interpreter::said_elements(const Atom& atom) {
  if (atom.kind != AtomKind::Instance) return values_.nothing();
  const TypeModel* model = type_model(atom.name);
  if (model == nullptr || model->lazy || !model->items.empty() ||
      !knowledge_.find_member(text(atom.name), "__iter__"))
    return values_.nothing();
  ValueId out = values_.nothing();
  for (const TypeText& each : items_said(knowledge_, text(atom.name))) {
    if (each.name == "self") {
      out = values_.join(out, values_.single(atom));
      continue;
    }
    if (each.name != "str" && each.name != "bytes" && each.name != "int") return outside({});
    out = values_.join(out, instance(each.name, {}, Recency::Before));
  }
  return out == values_.nothing() ? outside({}) : out;
}

Evaluated Interpreter::iterate(Evaluated iterable, NodeId node) {
  Evaluated out;
  follow(iterable.value, node);
  for (AtomId id : values_[iterable.value]) {
    // An iterator over itself (`lines = filter(f, lines)` in a loop) gives nothing more.
    const std::pair here(id, frames_.size());
    if (std::find(iterating_.begin(), iterating_.end(), here) != iterating_.end()) continue;
    iterating_.push_back(here);
    const Atom atom = values_[id];
    ValueId element = values_.nothing();
    if (atom.kind == AtomKind::Class) metaclass_hooks(atom, node);
    switch (atom.kind) {
      case AtomKind::Generator:
        element = run_generator(atom, node).value;
        break;
      case AtomKind::Object: {
        const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
        if (class_member(type, intern("__iter__"))) {
          const Evaluated iterator =
              call(attribute_of({values_.single(atom), {}}, intern("__iter__"), node), {}, node);
          ValueId others = values_.nothing();
          bool itself = false;
          for (AtomId each : values_[iterator.value]) {
            if (values_[each].kind == AtomKind::Object)
              itself = true;
            else
              others = values_.join(others, values_.single(values_[each]));
          }
          if (others != values_.nothing()) element = iterate({others, {}}, node).value;
          if (itself) {
            for (AtomId each : values_[iterator.value]) {
              const Atom one = values_[each];
              if (one.kind == AtomKind::Object) {
                element = values_.join(
                    element, call(attribute_of({values_.single(one), {}}, intern("__next__"), node),
                                  {}, node)
                                 .value);
              }
            }
          }
        } else if (class_member(type, intern("__getitem__"))) {
          CallArguments arguments;
          arguments.positional.push_back(
              {.value = instance("int", {}, Recency::Before), .given = true});
          element = call(attribute_of({values_.single(atom), {}}, intern("__getitem__"), node),
                         arguments, node)
                        .value;
        } else {
          metaclass_hooks(type, node);
          // A container of its own kind: its elements, if nothing else.
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          record({.kind = EffectKind::Unknown,
                  .unless = "independent",
                  .subject = describe(values_.single(atom))},
                 node);
          element = values_.join(outside({}), values_.join(elements_of(atom), keys_of(atom)));
        }
        break;
      }
      case AtomKind::Instance: {
        const std::string_view type = text(atom.name);
        const TypeModel* model = type_model(atom.name);
        if (type == "dict" || type == "json") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          element =
              values_.join(keys_of(atom), type == "json" ? elements_of(atom) : values_.nothing());
          break;
        }
        if (type == "list" || type == "tuple" || type == "set" || type == "frozenset" ||
            type == "str" || type == "bytes" || type == "range" || type == "bytearray") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          element = elements_of(atom);
          break;
        }
        if (model != nullptr && model->items == "key(self)") {
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
          element = values_.join(keys_of(atom), elements_of(atom));
          break;
        }
        happens_now(atom, node);
        const ValueId sources = atom.site ? heap_read(atom, intern("over")) : values_.nothing();
        ValueId from_sources = values_.nothing();
        bool is_iterator = model == nullptr || model->lazy;
        if (sources != values_.nothing()) from_sources = iterate({sources, {}}, node).value;
        if (auto call_result =
                heap_.find((std::uint64_t{atom.site.value} << 32U) | intern("call").value);
            call_result != heap_.end()) {
          from_sources = from_heap(call_result->second, atom.recency);
        }
        element = elements_of(atom);
        // What a reader of rows keeps, it may put into them.
        const ValueId kept = Ownership(*this).makes_each(atom) ? element : values_.nothing();
        if (model != nullptr && !model->items.empty() &&
            (element == values_.nothing() || kept != values_.nothing())) {
          element = values_.nothing();
          const std::function<Argument(std::string_view)> self = [&](std::string_view) {
            return Argument{values_.single(atom), {}, {}, true, false};
          };
          for (const TypeText& item : parse_type(model->items)) {
            element = values_.join(
                element, type_value(item, values_.site({.parent = atom.site, .part = elements_}),
                                    atom.recency, self));
          }
          if (mutable_part(kept) != values_.nothing()) {
            for (AtomId each : std::vector<AtomId>(values_[element]))
              heap_write(heap_site(values_[each]), elements_, mutable_part(kept));
          }
        }
        if (element == values_.nothing()) element = from_sources;
        element = values_.join(element, said_elements(atom));
        if (element == values_.nothing() && model != nullptr && model->items.empty() &&
            !model->lazy && !model->value_like)
          element = outside({});  // nobody says what it gives
        if (auto next = knowledge_.find_member(type, "__next__");
            next && next->callable != nullptr) {
          for (const Clause& clause : next->callable->clauses) {
            if (clause.kind == ClauseKind::waits) {
              record(
                  {.kind = EffectKind::Wait,
                   .waits = clause.waits,
                   .seconds = clause.seconds > 0 ? clause.seconds : default_seconds(clause.waits)},
                  node);
            }
            if (clause.kind != ClauseKind::reads && clause.kind != ClauseKind::writes &&
                clause.kind != ClauseKind::appends)
              continue;
            const EffectKind kind = clause.kind == ClauseKind::reads     ? EffectKind::Read
                                    : clause.kind == ClauseKind::appends ? EffectKind::Append
                                                                         : EffectKind::Write;
            placing_.orderly = true;
            for (const PlaceSpec& place : clause.places)
              touch(kind, place, {values_.single(atom), {}, {}, true, false},
                    {values_.single(atom), {}}, clause, *next->callable, node);
            placing_.orderly = false;
          }
          is_iterator = false;  // said by its __next__
        }
        if (is_iterator) {
          placing_.orderly = true;
          record_object(EffectKind::Write, values_.single(atom), Part::Whole, node);
          placing_.orderly = false;
        } else
          record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
        if (type == "itertools.groupby") {
          // Each group reads on in what all of them come from.
          const SiteId pair = values_.site({.parent = atom.site, .part = elements_});
          const SiteId group = values_.site({.parent = pair, .part = intern("group")});
          heap_write(group, intern("over"), values_.single(atom));
          heap_write(group, elements_, element);
          heap_write(pair, elements_, instance("itertools._grouper", group, Recency::This));
          heap_write(pair, elements_, element);
          element = instance("tuple", pair, Recency::This);
        }
        if (model == nullptr)
          element = values_.join(element, values_.single({.kind = AtomKind::Unknown,
                                                          .recency = atom.recency,
                                                          .name = atom.name,
                                                          .site = atom.site}));
        break;
      }
      case AtomKind::Outside:
        record_object(EffectKind::Read, values_.single(atom), Part::Elements, node);
        element = elements_of(atom);
        break;
      case AtomKind::Unknown:
        // Perhaps lazy: what it does is unknown, but it does it here, in order.
        record_object(EffectKind::Write, values_.single(atom), Part::Whole, node, {}, {},
                      "independent", root_of(text(atom.name)));
        element = values_.single(atom);
        break;
      case AtomKind::Class:
        element = is_enumeration(atom) ? enumerated(atom, values_.nothing()) : outside({});
        metaclass_hooks(atom, node);
        break;
      case AtomKind::LibraryType:
        element = outside({});  // an enum
        break;
      default:
        break;
    }
    out.value = values_.join(out.value, element);
    iterating_.pop_back();
  }
  out.term = opaque(node);
  return out;
}

}  // namespace braid::effects
