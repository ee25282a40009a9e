// Library calls: which claim, and the places that its clauses name.
#include <algorithm>

#include "effects/library_call.h"
#include "effects/pickling.h"

namespace braid::effects {

namespace {
constexpr double kCommandSeconds = 0.1;  // until a command has written what is read
}

Evaluated Interpreter::call_library(const Entry& entry, Evaluated self,
                                    const CallArguments& arguments, NodeId node) {
  rests_on_.insert(entry.name);
  if (entry.callable == nullptr)
    return unknown_call(std::string(entry.name), true, self, arguments, node);
  return apply_model(*entry.callable, self, arguments, node);
}

// Whether who makes such an object puts it there under this name.
bool Interpreter::keeps_by_name(const Atom& atom, std::string_view attribute) const {
  const auto made = knowledge_.find(text(atom.name));
  if (!made || made->callable == nullptr) return false;
  const auto& clauses = made->callable->clauses;
  return std::any_of(clauses.begin(), clauses.end(), [&](const Clause& clause) {
    return clause.kind == ClauseKind::keeps && clause.into.starts_with(kInResult) &&
           clause.into.substr(kInResult.size()) == attribute;
  });
}

// `calls x.read`, `calls x.__str__`: the argument's method, or what builtin types do, which is
// nothing but reading.
ValueId Interpreter::call_member(const Atom& atom, std::string_view member,
                                 const CallArguments& given, NodeId node) {
  const ValueId object = values_.single(atom);
  const bool special = member.starts_with("__");
  const bool shown = member == "__str__" || member == "__repr__" || member == "__format__";
  if ((member == "__eq__" || member == "__hash__") && compared_by_identity(atom))
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  if (shown) text_taken(object, node);
  // Its text says under which name the script runs.
  if (shown && atom.kind == AtomKind::Class)
    record_world(EffectKind::Read, WorldPlace::Interpreter, {}, node);
  if (member == "__getattribute__") reads_any_attribute(atom, node);
  if (atom.kind == AtomKind::Object) {
    if (shown) return special_method(object, {member, "__str__", "__repr__"}, node);
    if (member == "__reduce_ex__") return Pickling(*this).made_again(atom, node);
    if (member == "__bool__") return special_method(object, {member, "__len__"}, node);
    if (special) return special_method(object, {member}, node);
    return call(attribute_of({object, {}}, intern(member), node), given, node).value;
  }
  if (atom.kind == AtomKind::Instance && special) {
    constexpr std::string_view kLooks[] = {"__eq__", "__ne__", "__lt__",  "__le__",
                                           "__gt__", "__ge__", "__hash__"};
    // Whether it is true shows whether it is empty; added to another, it gives what it holds.
    constexpr std::string_view kOfItself[] = {"__hash__",  "__init__",         "__call__",
                                              "__enter__", "__getattribute__", "__getattr__"};
    if (std::find(std::begin(kOfItself), std::end(kOfItself), member) == std::end(kOfItself))
      record_object(EffectKind::Read, object, Part::Elements, node);
    // A container looks at what it holds.
    if (shown || std::find(std::begin(kLooks), std::end(kLooks), member) != std::end(kLooks))
      record_object(EffectKind::Read, object, Part::Deep, node);
    if (shown && !is_immutable(atom)) {
      special_method(elements_of(atom), {"__repr__"}, node);
      special_method(keys_of(atom), {"__repr__"}, node);
    } else if (shown && text(atom.name) == "tuple") {
      special_method(elements_of(atom), {"__str__", "__repr__"}, node);
    }
    if (member == "__instancecheck__" || member == "__subclasscheck__")
      metaclasses_asked(elements_of(atom), node);
    return values_.nothing();
  }
  if (atom.kind == AtomKind::Class && special) {
    metaclasses_asked(object, node);
    if (member == "__init_subclass__") {
      const auto hook = class_member(atom, intern(member));
      for (AtomId id : values_[hook.value_or(values_.nothing())])
        if (values_[id].kind == AtomKind::Function) call_hook(values_[id], object, node);
    }
  }
  if (special) return values_.nothing();
  if (atom.kind == AtomKind::Instance) {
    if (auto entry = knowledge_.find_member(text(atom.name), member);
        entry && entry->callable != nullptr)
      return call_library(*entry, {object, {}}, given, node).value;
    // `dict(zip(…))`: who has no keys is not asked for them.
    if (member == "keys" && type_model(atom.name) != nullptr) return values_.nothing();
    // A function that the object keeps.
    ValueId out = values_.nothing();
    bool any = false;
    ValueId among = heap_read(atom, intern(member));
    if (among == values_.nothing() || !keeps_by_name(atom, member))
      among = values_.join(among, elements_of(atom));
    for (AtomId id : values_[among]) {
      const Atom kept = values_[id];
      if (kept.kind == AtomKind::Instance && kept.name != atom.name &&
          !knowledge_.find_member(text(kept.name), "__call__"))
        continue;
      any = true;
      out = values_.join(out, call({values_.single(kept), {}}, given, node).value);
    }
    if (any) return out;
  }
  return unknown_call(std::string(member), true, {object, {}}, given, node).value;
}

Evaluated Interpreter::apply_model(const CallableModel& model, Evaluated self,
                                   const CallArguments& arguments, NodeId node) {
  if (const std::string_view name = model.name;
      patched_libraries_.contains(std::string(name.substr(0, name.find('.'))))) {
    // What is said of the library may not hold any more.
    const std::string root = root_of(name);
    record({.kind = EffectKind::Unknown, .unless = "independent", .subject = root}, node);
  }
  return LibraryCall(*this, model, self, arguments, node).apply();
}

void Interpreter::touch(EffectKind kind, const PlaceSpec& place, Argument bound, Evaluated self,
                        const Clause& clause, const CallableModel& model, NodeId node) {
  const std::string subject(model.name);
  switch (place.kind) {
    case PlaceSpec::Kind::World: {
      if (place.world == WorldPlace::Logging && kind == EffectKind::Append && logs_to_files_)
        record_world(kind, WorldPlace::File, log_path_, node, {}, subject);
      if ((place.world == WorldPlace::Stdout || place.world == WorldPlace::Stderr) &&
          kind == EffectKind::Append && prints_to_files_)
        record_world(kind, WorldPlace::File, {}, node, {}, subject);
      TermId key = place.parameter.empty() ? TermId{} : bound.term;
      if (place.world == WorldPlace::ModuleState) {
        const std::string name =
            subject.substr(0, subject.rfind('.')) + "." + std::string(place.attribute);
        key = values_.term({.kind = TermKind::Constant, .text = intern(name), .is_text = true});
      }
      if (place.world == WorldPlace::File && is_null_device(bound)) break;
      if (place.world == WorldPlace::File && is_own_text(bound.term)) set_watcher("__file__");
      if (place.world == WorldPlace::Remote && !place.parameter.empty()) {
        key = request_;  // the address with everything that is sent along
      }
      // A parameter that is not given names no place.
      if (!place.parameter.empty() && place.parameter != "self" && !bound.given) break;
      std::string_view unless = clause.unless;
      // What a command reads and prints belongs to the command.
      const bool stream = place.world == WorldPlace::Stdin || place.world == WorldPlace::Stdout;
      for (const Clause& each : model.clauses) {
        if (stream && each.kind == ClauseKind::waits && each.waits == Waits::Subprocess)
          unless = "commands-independent";
      }
      record_world(kind, place.world, key, node, unless, subject, place.folder);
      break;
    }
    case PlaceSpec::Kind::Backing:
      for (const auto& [world, key] : backing_of(bound.value)) {
        record_world(kind, world, key, node, clause.unless, subject);
        // What a command writes is there when the command has written it.
        if (kind == EffectKind::Read && world == WorldPlace::Processes)
          record({.kind = EffectKind::Wait, .waits = Waits::Subprocess, .seconds = kCommandSeconds},
                 node);
      }
      break;
    case PlaceSpec::Kind::Result:
      break;
    default: {
      ValueId objects = bound.value;
      const ValueId whose = place.kind == PlaceSpec::Kind::Self ? self.value : objects;
      const Part part = place.deep                 ? Part::Deep
                        : place.elements           ? Part::Elements
                        : !place.attribute.empty() ? Part::Attribute
                                                   : Part::Whole;
      record_object(kind, whose, part, node,
                    place.attribute.empty() ? Symbol{} : intern(place.attribute), {}, clause.unless,
                    subject);
    }
  }
}

}  // namespace braid::effects
