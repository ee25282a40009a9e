// What a library was given, and what any later call of it may therefore call: what was registered
// with it, and what overrides its own methods.
#include <algorithm>
#include <array>

#include "effects/interpreter.h"

namespace braid::effects {

namespace {

// What these are given runs elsewhere: in threads, processes and event loops.
constexpr std::array<std::string_view, 5> kElsewhere{"asyncio", "concurrent", "joblib",
                                                     "multiprocessing", "threading"};
// What these are given is called by every line, call or conversion there is.
constexpr std::array<std::string_view, 12> kEverywhere{
    "copyreg.constructor", "copyreg.pickle",        "sys.meta_path",      "sys.path_hooks",
    "codecs.register",     "codecs.register_error", "gc.callbacks",       "sys.addaudithook",
    "sys.monitoring",      "sys.setprofile",        "threading.settrace", "sys.settrace"};

std::string_view library_of(std::string_view name) { return name.substr(0, name.find('.')); }

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SiteId Interpreter::registered_with(std::string_view library) {
  return values_.site({.part = intern("given to " + std::string(library))});
}

// A class of the program inherits from one of a library, which calls what it overrides.
void Interpreter::note_extension(const Atom& base) {
  if (base.kind == AtomKind::LibraryType || base.kind == AtomKind::Unknown)
    extended_libraries_.insert(std::string(library_of(text(base.name))));
}

bool Interpreter::extends(const Atom& atom, std::string_view library) {
  if (atom.kind != AtomKind::Object && atom.kind != AtomKind::Class) return false;
  const Atom type{.kind = AtomKind::Class, .module = atom.module, .node = atom.node};
  const std::vector<Atom>& lineage = lineage_of(type);
  return std::any_of(lineage.begin(), lineage.end(), [&](const Atom& each) {
    return (each.kind == AtomKind::LibraryType || each.kind == AtomKind::Unknown) &&
           library_of(text(each.name)) == library;
  });
}

void Interpreter::register_with(std::string_view name, ValueId given) {
  const std::string_view library = library_of(name);
  if (given == values_.nothing() || library == name || is_one_of(kElsewhere, library)) return;
  registered_libraries_.insert(std::string(library));
  heap_write(registered_with(library), elements_, given);
}

// Objects and classes among what a library is given that override what is the library's own.
void Interpreter::register_extensions(std::string_view name, const CallArguments& arguments) {
  const std::string library(library_of(name));
  if (!extended_libraries_.contains(library)) return;
  const ValueId given = all_given(arguments);
  if (!given || given == values_.nothing()) return;
  ValueId found = values_.nothing();
  for (AtomId id : values_[reachable(given)]) {
    if (extends(values_[id], library)) found = values_.join(found, values_.single(values_[id]));
  }
  register_with(name, found);
}

// All of it is one summary, which any call of the library applies. Gives what any of it gives.
ValueId Interpreter::call_registered(std::string_view name, NodeId node) {
  const std::string library(library_of(name));
  if (!registered_libraries_.contains(library)) return values_.nothing();
  const SiteId registered = registered_with(library);
  const Symbol given = intern("call");
  const ValueId held = heap_read(registered, elements_, Recency::Before);
  const std::uint64_t key = pair_key(UINT32_MAX - 1, intern(library).value);
  if (!hooks_.begin(key)) return values_.nothing();
  const Atom caller{.kind = AtomKind::Function, .module = frame().module, .node = node};
  Summary& summary = summaries_[{UINT32_MAX, intern(library).value, focus_.active ? 1U : 0U,
                                 frame().module.value, held.value}];
  summarise(summary, {.function = caller, .key = key, .body = [&](Frame& all) {
                        frames_.push_back(&all);
                        for (AtomId id : std::vector<AtomId>(values_[held]))
                          heap_write(registered, given, call_back(values_[id], node));
                        frames_.pop_back();
                      }});
  apply_summary(summary, caller, {}, node);
  hooks_.end(key);
  return heap_read(registered, given, Recency::Before);
}

// Calls everything of it that can be called, with anything. Gives what it gives, and what it makes.
ValueId Interpreter::call_back(const Atom& atom, NodeId node) {
  CallArguments anything;
  anything.starred = anything.double_starred = true;
  anything.rest = {.value = outside({}), .given = true, .maybe = true};
  if (atom.kind == AtomKind::Object) {
    const ValueId gave = call_methods(atom, Asked::anything, node);
    return values_.join(gave, special_method(values_.single(atom), {"__call__"}, node));
  }
  const bool partial = partials_.contains(atom.site.value);
  if (atom.kind != AtomKind::Function && atom.kind != AtomKind::Method &&
      atom.kind != AtomKind::Class && atom.kind != AtomKind::LibraryMethod && !partial)
    return values_.nothing();
  const std::uint64_t key = pair_key(UINT32_MAX, values_.atom(atom).value);
  if (!hooks_.begin(key)) return values_.nothing();
  ValueId gave = call({values_.single(atom), {}}, anything, node).value;
  hooks_.end(key);
  if (atom.kind != AtomKind::Class) return gave;
  for (AtomId id : std::vector<AtomId>(values_[gave])) {
    if (values_[id].kind == AtomKind::Object)
      gave = values_.join(gave, call_back(values_[id], node));
  }
  return gave;
}

// Methods of the program's own in the place of those that a builtin type has: what works on values
// of that type calls them.
void Interpreter::call_overridden(const Atom& object, NodeId node, bool of_any_library) {
  const Atom type{.kind = AtomKind::Class, .module = object.module, .node = object.node};
  if (class_bases(type).empty()) return;
  for (const Atom& base : std::vector<Atom>(lineage_of(type))) {
    const bool built_in = text(base.name).find('.') == std::string_view::npos;
    if (base.kind != AtomKind::LibraryType || !(built_in || of_any_library)) continue;
    for (const Atom& method : std::vector<Atom>(methods_of(type))) {
      const std::string_view name =
          text(program_.modules[method.module.value].tree[method.node].name);
      if (!name.starts_with("__") && knowledge_.find_member(text(base.name), name))
        call_hook(method, values_.single(object), node);
    }
  }
}

void Interpreter::note_watcher(std::string_view name) {
  if (is_one_of(kEverywhere, name)) set_watcher(name);
}

void Interpreter::set_watcher(std::string_view name) {
  if (!watcher_.empty()) return;
  watcher_ = name;
  changed_ = true;
}

// A hook of the program's own may run here, and do anything.
void Interpreter::call_watcher(NodeId node) {
  if (!watcher_.empty()) record({.kind = EffectKind::Unknown, .subject = watcher_}, node);
}

}  // namespace braid::effects
