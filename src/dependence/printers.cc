#include "dependence/printers.h"

#include <algorithm>

namespace braid::dependence {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

std::string_view name_of(const effects::Program& program, const syntax::SyntaxTree& tree,
                         NodeId named) {
  return tree[named].name ? program.symbols.text(tree[named].name) : std::string_view{};
}

// f"{print(x)=}" shows its own text, and what a generator does is done when somebody asks it.
bool may_be_edited(const syntax::SyntaxTree& tree, NodeId call) {
  for (NodeId up = call; up && !tree.is_statement(up); up = tree.parent(up)) {
    if (tree.is(up, NodeKind::FormattedValue) || tree.is(up, NodeKind::GeneratorExp)) return false;
  }
  const auto arguments = tree.items(call, slot::Call::arguments_list);
  return arguments.size() != 1 || !tree.is(arguments[0], NodeKind::GeneratorExp);
}

class PrinterFinder {
 public:
  PrinterFinder(const effects::Program& program, const Site& site)
      : program_(program),
        site_(site),
        tree_(program.modules[site.module.value].tree),
        scopes_(program.modules[site.module.value].scopes) {}

  std::vector<Printer> find(const effects::LoopTrace& trace) {
    for (const auto& [module, definition] : trace.enters) {
      if (module == site_.module)
        entered_.insert(definition);
      else if (mentions_print(program_.modules[module.value].tree, definition))
        return {};
    }
    for (const NodeId each : entered_) {
      if (!find_prints(each)) return {};
    }
    if (found_.empty()) return {};
    // Who calls one is one.
    for (bool grown = true; grown;) {
      grown = false;
      for (const NodeId each : entered_) {
        if (found_.contains(each) || !calls_one(each)) continue;
        found_[each].definition = each;
        grown = true;
      }
    }
    for (auto& [definition, printer] : found_) {
      if (!can_be_told(definition)) return {};
    }
    std::vector<Printer> out;
    for (auto& [definition, printer] : found_) out.push_back(std::move(printer));
    return out;
  }

 private:
  static bool mentions_print(const syntax::SyntaxTree& tree, NodeId definition) {
    for (std::uint32_t i = definition.value; i < tree[definition].subtree_end; ++i) {
      if (tree.is(NodeId{i}, NodeKind::Name) && tree.text(NodeId{i}) == "print") return true;
    }
    return false;
  }

  // Not all that is printed there is printed by a call that can be changed.
  bool find_prints(NodeId definition) {
    for (std::uint32_t i = definition.value; i < tree_[definition].subtree_end; ++i) {
      const NodeId at{i};
      if (!tree_.is(at, NodeKind::Name) || tree_.text(at) != "print") continue;
      const NodeId home = tree_.enclosing_definition(at);
      // A function in it is entered itself, or does not run.
      if (home != definition && tree_.is(home, NodeKind::FunctionDef)) continue;
      const NodeId call = tree_.parent(at);
      if (home != definition || !tree_.is(definition, NodeKind::FunctionDef) ||
          !is_plain_print(program_, site_.module, call) ||
          tree_.child(call, slot::Call::function) != at)
        return false;
      Printer& printer = found_[definition];
      printer.definition = definition;
      printer.prints.push_back(call);
    }
    return true;
  }

  NodeId called(NodeId call) const {
    const NodeId function = tree_.child(call, slot::Call::function);
    const BindingId name =
        tree_.is(function, NodeKind::Name) ? scopes_.variable(function) : BindingId{};
    if (!name) return {};
    for (const auto& [definition, printer] : found_) {
      if (scopes_.variable(definition) == name) return definition;
    }
    return {};
  }

  bool calls_one(NodeId definition) const {
    for (std::uint32_t i = definition.value; i < tree_[definition].subtree_end; ++i) {
      if (tree_.is(NodeId{i}, NodeKind::Call) && called(NodeId{i})) return true;
    }
    return false;
  }

  // Nobody reaches it but by its name, in a call of it; and those that run here are told.
  bool can_be_told(NodeId definition) {
    if (!tree_.is(definition, NodeKind::FunctionDef) || tree_.flag(definition, syntax::kAsync) ||
        tree_.flag(definition, syntax::kHasError) ||
        !tree_.items(definition, slot::FunctionDef::decorators).empty() ||
        tree_.span(definition).overlaps(tree_.span(site_.node)))
      return false;
    const scope::ScopeId own = scopes_.scope_of(definition);
    const NodeId home = tree_.enclosing_definition(definition);
    if (!own || scopes_[own].is_generator || tree_.is(home, NodeKind::ClassDef)) return false;
    const BindingId name = scopes_.variable(definition);
    int bound = 0;
    for (const scope::Occurrence& use : scopes_.occurrences(name)) {
      if (use.access != scope::Access::Read) {
        ++bound;
        continue;
      }
      const NodeId call = tree_.parent(use.node);
      if (!tree_.is(call, NodeKind::Call) || tree_.child(call, slot::Call::function) != use.node)
        return false;
      if (!runs_here(call)) continue;
      const NodeId around = tree_.enclosing_definition(call);
      const bool told = found_.contains(around) || around == site_.definition;
      if (!told || !may_be_edited(tree_, call)) return false;
      if (found_.contains(around)) found_[around].calls.push_back(call);
    }
    return bound == 1;
  }

  // In the text of the loop, or of a function that it enters; but for functions in it.
  bool runs_here(NodeId call) const {
    if (tree_.span(site_.node).contains(tree_.span(call))) return true;
    for (NodeId up = tree_.enclosing_definition(call); up; up = tree_.enclosing_definition(up)) {
      if (entered_.contains(up)) return true;
      if (tree_.is(up, NodeKind::FunctionDef) || tree_.is(up, NodeKind::Module)) return false;
    }
    return false;
  }

  const effects::Program& program_;
  const Site& site_;
  const syntax::SyntaxTree& tree_;
  const scope::Scopes& scopes_;
  std::set<NodeId> entered_;
  std::map<NodeId, Printer> found_;
};

}  // namespace

bool is_plain_print(const effects::Program& program, ModuleId module, NodeId call) {
  const syntax::SyntaxTree& t = program.modules[module.value].tree;
  if (!t.is(call, NodeKind::Call)) return false;
  const NodeId function = t.child(call, slot::Call::function);
  if (!t.is(function, NodeKind::Name) || t.text(function) != "print") return false;
  constexpr std::uint16_t kBinds = scope::kAssigned | scope::kImported | scope::kDefinition;
  const scope::Scopes& scopes = program.modules[module.value].scopes;
  const BindingId name = scopes.variable(function);
  if (name && (scopes[name].flags & (kBinds | scope::kParameter)) != 0) return false;
  if (!may_be_edited(t, call)) return false;
  const auto keywords = t.items(call, slot::Call::keywords);
  return std::all_of(keywords.begin(), keywords.end(), [&](NodeId each) {
    const std::string_view keyword = name_of(program, t, each);
    const std::string_view value = t.text(t.child(each, slot::Keyword::value));
    return keyword == "sep" || keyword == "end" ||
           (keyword == "flush" && (value == "True" || value == "False"));
  });
}

bool flushes(const effects::Program& program, ModuleId module, NodeId print) {
  const syntax::SyntaxTree& t = program.modules[module.value].tree;
  const auto keywords = t.items(print, slot::Call::keywords);
  return std::any_of(keywords.begin(), keywords.end(), [&](NodeId each) {
    return name_of(program, t, each) == "flush" &&
           t.text(t.child(each, slot::Keyword::value)) == "True";
  });
}

std::vector<Printer> find_printers(const effects::Program& program, const Site& site,
                                   const effects::LoopTrace& trace) {
  return PrinterFinder(program, site).find(trace);
}

std::map<NodeId, NodeId> printers_at(const effects::Program& program, const Site& site,
                                     const std::vector<Printer>& printers) {
  std::map<NodeId, NodeId> out;
  const syntax::SyntaxTree& tree = program.modules[site.module.value].tree;
  const scope::Scopes& scopes = program.modules[site.module.value].scopes;
  const auto inside = [&](NodeId call) {
    return tree.span(site.node).contains(tree.span(call)) ||
           std::any_of(printers.begin(), printers.end(), [&](const Printer& each) {
             return std::count(each.calls.begin(), each.calls.end(), call) != 0;
           });
  };
  for (const Printer& each : printers) {
    for (const scope::Occurrence& use : scopes.occurrences(scopes.variable(each.definition))) {
      const NodeId call = tree.parent(use.node);
      if (use.access == scope::Access::Read && inside(call)) out[call] = each.definition;
    }
  }
  return out;
}

}  // namespace braid::dependence
