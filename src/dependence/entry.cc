#include "dependence/entry.h"

#include <algorithm>
#include <set>

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

using Names = std::set<std::uint32_t>;

class Entry {
 public:
  Entry(const Site& site, const effects::Program& program) : site_(site), program_(program) {}

  std::string find() {
    if (std::string here = around(site_.module, site_.definition); !here.empty()) return here;
    for (const std::string_view watcher : {"settrace", "setprofile"}) {
      if (program_.find(watcher))
        return "in a program that watches what its main thread does (`" + std::string(watcher) +
               "`)";
    }
    if (!starts_anything()) return {};
    // Whoever may call the functions around the loop, by name, at any distance.
    add_around(site_.module, site_.definition);
    if (callers_.empty()) return {};
    for (std::size_t before = 0; before != callers_.size();) {
      before = callers_.size();
      for (std::size_t m = 0; m < program_.modules.size(); ++m) {
        if (std::string how = read(effects::ModuleId{m}); !how.empty()) return how;
      }
    }
    for (const Module& m : program_.modules) {
      if (std::string how = decorated(m.tree); !how.empty()) return how;
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
      if (t[at].name) callers_.insert(t[at].name.value);
    }
  }

  // One look at a module: functions that mention a caller become callers; a starter that is given
  // one is the answer.
  std::string read(effects::ModuleId module) {
    const SyntaxTree& t = program_.modules[module.value].tree;
    for (std::uint32_t i = 0; i < t.size(); ++i) {
      const NodeId at{i};
      if (t.is(at, NodeKind::ClassDef) && !thread_class(t, at).empty() && holds_caller(t, at))
        return thread_class(t, at);
      const bool mention = t.is(at, NodeKind::Name) || t.is(at, NodeKind::Attribute);
      if (!mention || !callers_.contains(t[at].name.value)) continue;
      if (std::string how = given_to_starter(t, at); !how.empty()) return how;
      add_around(module, t.enclosing_definition(at));
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
      if (t.is(member, NodeKind::FunctionDef) && callers_.contains(t[member].name.value))
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
    return std::any_of(program_.modules.begin(), program_.modules.end(), [&](const Module& m) {
      for (std::uint32_t i = 0; i < m.tree.size(); ++i) {
        const NodeId at{i};
        if (!m.tree.is(at, NodeKind::Import) && !m.tree.is(at, NodeKind::ImportFrom)) continue;
        const std::string_view line = m.tree.text(at);
        for (std::string_view module : kPoolModules) {
          if (line.find(module) != std::string_view::npos) return true;
        }
      }
      return false;
    });
  }

  // Most programs start nothing: one look tells.
  bool starts_anything() const {
    for (const Module& m : program_.modules) {
      for (std::uint32_t i = 0; i < m.tree.size(); ++i) {
        const NodeId at{i};
        if (m.tree.is(at, NodeKind::ClassDef) && !thread_class(m.tree, at).empty()) return true;
        if (!m.tree.is(at, NodeKind::Call)) continue;
        const NodeId function = m.tree.child(at, slot::Call::function);
        if (m.tree[function].name && !starts(m.tree, function).empty()) return true;
      }
      if (!decorated(m.tree).empty()) return true;
    }
    return false;
  }

  // Functions that a decorator starts elsewhere.
  std::string decorated(const SyntaxTree& t) const {
    for (std::uint32_t i = 0; i < t.size(); ++i) {
      const NodeId at{i};
      if (!t.is(at, NodeKind::FunctionDef)) continue;
      if (!callers_.empty() && !callers_.contains(t[at].name.value)) continue;
      for (NodeId decorator : t.items(at, slot::FunctionDef::decorators)) {
        if (t.text(decorator).starts_with("atexit.")) return std::string(kExit);
      }
    }
    return {};
  }

  const Site& site_;
  const effects::Program& program_;
  Names callers_;  // names of functions that may lead to the loop
};

}  // namespace

std::string unusual_entry(const Site& site, const effects::Program& program) {
  return Entry(site, program).find();
}

}  // namespace braid::dependence
