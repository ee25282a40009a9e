#include "dependence/entry.h"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace braid::dependence {

using effects::Module;
using syntax::NodeKind;
using syntax::SyntaxTree;
namespace slot = syntax::slot;

namespace {

// Callables that call what they are given elsewhere than in the main thread's ordinary flow.
struct Starter {
  std::string_view name;
  std::string_view how;
};
constexpr std::string_view kThread = "in a thread that the program starts";
constexpr std::string_view kProcess = "in a process that the program starts";
constexpr std::string_view kExit = "in what runs when the interpreter ends";
constexpr std::string_view kHandler = "in a handler that may run at any moment";
constexpr Starter kStarters[] = {
    {"Thread", kThread},
    {"Timer", kThread},
    {"start_new_thread", kThread},
    {"submit", kThread},
    {"run_in_executor", kThread},
    {"to_thread", kThread},
    {"add_done_callback", kThread},
    {"delayed", kProcess},
    {"Process", kProcess},
    {"apply_async", kProcess},
    {"map_async", kProcess},
    {"starmap_async", kProcess},
    {"imap", kProcess},
    {"imap_unordered", kProcess},
    {"finalize", kExit},
    {"signal", kHandler},
    {"setitimer", kHandler},
    {"settrace", kHandler},
    {"setprofile", kHandler},
    {"create_task", "in an event loop"},
    {"call_soon", "in an event loop"},
    {"call_later", "in an event loop"},
    {"call_soon_threadsafe", "in an event loop"},
};
// Of these names only with a pool in the program: elsewhere they are ordinary calls.
constexpr std::string_view kPoolMethods[] = {"map", "starmap", "apply"};
constexpr std::string_view kPoolModules[] = {"multiprocessing", "concurrent", "joblib", "threading",
                                             "gevent",          "eventlet",   "pathos", "mpire"};

using effects::NodesByName;

class Entry {
 public:
  Entry(const Site& site, const effects::Program& program) : site_(site), program_(program) {}

  std::string find(std::optional<bool>& starts_something) {
    if (std::string here = around(site_.module, site_.definition); !here.empty()) return here;
    for (const std::string_view watcher : {"settrace", "setprofile"}) {
      if (program_.find(watcher))
        return "in a program that watches what its main thread does (`" + std::string(watcher) +
               "`)";
    }
    if (!starts_something) starts_something = starts_anything();
    if (!*starts_something) return {};
    // Whoever may call the functions around the loop, by name, at any distance.
    add_around(site_.module, site_.definition);
    if (callers_.empty()) return {};
    read_.resize(program_.modules.size());
    for (std::size_t before = 0; before != callers_.size();) {
      before = callers_.size();
      for (std::size_t m = 0; m < program_.modules.size(); ++m) {
        if (std::string how = read(effects::ModuleId{m}); !how.empty()) return how;
      }
    }
    for (const Module& m : program_.modules) {
      if (std::string how = decorated(m); !how.empty()) return how;
    }
    return {};
  }

 private:
  [[nodiscard]] std::string_view text(Symbol name) const {
    return name ? program_.symbols.text(name) : std::string_view{};
  }

  // What the definitions around the loop say by themselves.
  std::string around(effects::ModuleId module, NodeId definition) const {
    const Module& m = program_.modules[module.value];
    const SyntaxTree& t = m.tree;
    for (NodeId at = definition; at && !t.is(at, NodeKind::Module);
         at = t.enclosing_definition(at)) {
      if (t.is(at, NodeKind::ClassDef)) {
        if (at == definition) return "in a class body";
        continue;
      }
      if (t.is(at, NodeKind::Lambda)) return "in a lambda";
      if (m.scopes[m.scopes.scope_of(at)].is_generator)
        return "in a generator function: its caller runs between the iterations";
      if (t.flag(at, syntax::kAsync)) return "in an `async def`: a pool would block the event loop";
      if (text(t[at].name) == "__del__") return "in a finaliser";
    }
    return {};
  }

  // The functions around a place become callers to look for.
  void add_around(effects::ModuleId module, NodeId definition) {
    const SyntaxTree& t = program_.modules[module.value].tree;
    for (NodeId at = definition; at && !t.is(at, NodeKind::Module);
         at = t.enclosing_definition(at)) {
      if (t[at].name && is_caller_.insert(t[at].name.value).second) callers_.push_back(t[at].name);
    }
  }

  // One look at a module: functions that mention a caller become callers; a starter that is given
  // one is the answer. Only mentions of new callers can tell anything new.
  std::string read(effects::ModuleId module) {
    const SyntaxTree& t = program_.modules[module.value].tree;
    const NodesByName& nodes = program_.modules[module.value].file->nodes();
    std::set<NodeId> ahead(nodes.classes.begin(), nodes.classes.end());
    const auto look_for = [&](Symbol name, NodeId from) {
      for (const auto& [_, mention] : nodes.of(name)) {
        if (from < mention) ahead.insert(mention);
      }
    };
    // The module's own node is none of them.
    for (std::size_t i = read_[module.value]; i < callers_.size(); ++i)
      look_for(callers_[i], NodeId{0U});
    read_[module.value] = callers_.size();
    while (!ahead.empty()) {
      const NodeId at = *ahead.begin();
      ahead.erase(ahead.begin());
      if (t.is(at, NodeKind::ClassDef)) {
        if (std::string how = thread_class(t, at); !how.empty() && holds_caller(t, at)) return how;
        continue;
      }
      if (std::string how = given_to_starter(t, at); !how.empty()) return how;
      const std::size_t known = callers_.size();
      add_around(module, t.enclosing_definition(at));
      for (std::size_t i = known; i < callers_.size(); ++i) look_for(callers_[i], at);
    }
    return {};
  }

  // A class whose `run` another thread calls.
  std::string thread_class(const SyntaxTree& t, NodeId type) const {
    for (NodeId base : t.items(type, slot::ClassDef::bases)) {
      const std::string_view name = text(t[base].name);
      if (name.ends_with("Thread") || name == "Timer" || name == "QRunnable")
        return std::string(kThread);
      if (name == "Process") return std::string(kProcess);
      if (name.ends_with("RequestHandler")) return "in a handler of a server";
    }
    return {};
  }
  bool holds_caller(const SyntaxTree& t, NodeId type) const {
    for (NodeId member : t.items(type, slot::ClassDef::statements)) {
      if (t.is(member, NodeKind::FunctionDef) && is_caller_.contains(t[member].name.value))
        return true;
    }
    return false;
  }

  std::string given_to_starter(const SyntaxTree& t, NodeId mention) const {
    NodeId child = mention;
    for (NodeId up = t.parent(mention); up; child = up, up = t.parent(up)) {
      if (t.is_statement(up)) break;
      if (!t.is(up, NodeKind::Call)) continue;
      const NodeId function = t.child(up, slot::Call::function);
      if (child == function) break;  // it is what is called
      if (std::string how = starts(t, function); !how.empty()) return how;
    }
    return {};
  }

  std::string starts(const SyntaxTree& t, NodeId function) const {
    // `delayed(f)(x)`: what a starter made gets the arguments.
    while (t.is(function, NodeKind::Call)) function = t.child(function, slot::Call::function);
    const std::string_view name = text(t[function].name);
    if (name == "register" && t.text(function).starts_with("atexit")) return std::string(kExit);
    for (const Starter& each : kStarters) {
      if (each.name == name) return std::string(each.how);
    }
    const bool pool_method =
        std::find(std::begin(kPoolMethods), std::end(kPoolMethods), name) != std::end(kPoolMethods);
    return pool_method && has_pools() ? std::string(kProcess) : std::string();
  }

  bool has_pools() const {
    if (!has_pools_) {
      has_pools_ =
          std::any_of(program_.modules.begin(), program_.modules.end(), [&](const Module& m) {
            const auto& imports = m.file->nodes().imports;
            return std::any_of(imports.begin(), imports.end(), [&](NodeId at) {
              const std::string_view line = m.tree.text(at);
              return std::any_of(
                  std::begin(kPoolModules), std::end(kPoolModules),
                  [&](std::string_view name) { return line.find(name) != std::string_view::npos; });
            });
          });
    }
    return *has_pools_;
  }

  // Most programs start nothing: one look tells.
  bool starts_anything() const {
    return std::any_of(program_.modules.begin(), program_.modules.end(), [&](const Module& m) {
      const NodesByName& nodes = m.file->nodes();
      const auto is_called = [&](std::string_view name) {
        const auto mentions = nodes.of(m.file->symbols->find_own(name));
        return std::any_of(mentions.begin(), mentions.end(), [&](const auto& mention) {
          const NodeId call = m.tree.parent(mention.second);
          return m.tree.is(call, NodeKind::Call) &&
                 m.tree.child(call, slot::Call::function) == mention.second &&
                 !starts(m.tree, mention.second).empty();
        });
      };
      return std::any_of(nodes.classes.begin(), nodes.classes.end(),
                         [&](NodeId at) { return !thread_class(m.tree, at).empty(); }) ||
             std::any_of(std::begin(kStarters), std::end(kStarters),
                         [&](const Starter& each) { return is_called(each.name); }) ||
             std::any_of(std::begin(kPoolMethods), std::end(kPoolMethods), is_called) ||
             is_called("register") || !decorated(m).empty();
    });
  }

  // Functions that a decorator starts elsewhere.
  std::string decorated(const Module& m) const {
    for (const NodeId at : m.file->nodes().decorated) {
      if (!callers_.empty() && !is_caller_.contains(m.tree[at].name.value)) continue;
      for (NodeId decorator : m.tree.items(at, slot::FunctionDef::decorators)) {
        if (m.tree.text(decorator).starts_with("atexit.")) return std::string(kExit);
      }
    }
    return {};
  }

  const Site& site_;
  const effects::Program& program_;
  std::vector<Symbol> callers_;  // names of functions that may lead to the loop
  std::unordered_set<std::uint32_t> is_caller_;
  std::vector<std::size_t> read_;  // of the callers, by module
  mutable std::optional<bool> has_pools_;
};

}  // namespace

const std::string& Entries::unusual(const Site& site) {
  const auto [entry, is_new] = known_.try_emplace({site.module, site.definition});
  if (is_new) entry->second = Entry(site, program_).find(starts_anything_);
  return entry->second;
}

}  // namespace braid::dependence
