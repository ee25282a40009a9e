#include "dependence/printers.h"

#include <algorithm>

#include "dependence/reached.h"
#include "effects/values.h"

namespace braid::dependence {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

std::string_view name_of(const effects::Program& program, const syntax::SyntaxTree& tree,
                         NodeId named) {
  return tree[named].name ? program.symbols.text(tree[named].name) : std::string_view{};
}

// The text behind the expression begins with `=`.
bool shows_text(const syntax::SyntaxTree& tree, NodeId value) {
  const std::string_view text = tree.source().text();
  std::size_t at = tree.span(tree.child(value, slot::FormattedValue::value)).end;
  at = text.find_first_not_of(" \t\r\n)", at);
  return at != std::string_view::npos && text[at] == '=';
}

// f"{print(x)=}" shows its own text, and what a generator does is done when somebody asks it.
bool may_be_edited(const syntax::SyntaxTree& tree, NodeId call) {
  for (NodeId up = call; up && !tree.is_statement(up); up = tree.parent(up)) {
    if (tree.is(up, NodeKind::GeneratorExp) ||
        (tree.is(up, NodeKind::FormattedValue) && shows_text(tree, up)))
      return false;
  }
  const auto arguments = tree.items(call, slot::Call::arguments_list);
  return arguments.size() != 1 || !tree.is(arguments[0], NodeKind::GeneratorExp);
}

// What decorators, defaults and annotations do is done where the function is made.
NodeId frame_of(const syntax::SyntaxTree& tree, NodeId node) {
  NodeId frame = tree.enclosing_definition(node);
  const auto is_outside = [&](std::uint32_t body) {
    return !tree.span(tree.child(frame, body)).contains(tree.span(node));
  };
  while ((tree.is(frame, NodeKind::FunctionDef) && is_outside(slot::FunctionDef::statements)) ||
         (tree.is(frame, NodeKind::Lambda) && is_outside(slot::Lambda::body)))
    frame = tree.enclosing_definition(frame);
  return frame;
}

// `f(**row)`: a name in the row may be that of the new parameter.
bool takes_names_from_data(const syntax::SyntaxTree& tree, NodeId call) {
  const auto keywords = tree.items(call, slot::Call::keywords);
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](NodeId each) { return !tree[each].name; });
}

class PrinterFinder {
 public:
  PrinterFinder(const effects::Program& program, const effects::Effects& effects, const Site& site,
                const effects::LoopTrace& trace)
      : program_(program),
        effects_(effects),
        site_(site),
        trace_(trace),
        tree_(program.modules[site.module.value].tree),
        scopes_(program.modules[site.module.value].scopes) {}

  Printers find() {
    for (const auto& [module, definition] : trace_.enters) {
      const syntax::SyntaxTree& t = program_.modules[module.value].tree;
      if (module == site_.module)
        entered_.insert(definition);
      else if (mentions_print(t, definition))
        return cannot(t, definition, "stands in another file");
    }
    for (const NodeId each : entered_) {
      if (!find_prints(each))
        return cannot(tree_, each, "prints otherwise than by a plain `print(…)`");
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
      if (const std::string why = cannot_be_told(definition); !why.empty())
        return cannot(tree_, definition, why);
    }
    Printers out;
    for (auto& [definition, printer] : found_) out.all.push_back(std::move(printer));
    out.at = std::move(at_);
    return out;
  }

 private:
  Printers cannot(const syntax::SyntaxTree& tree, NodeId definition, const std::string& why) const {
    const std::string_view name = name_of(program_, tree, definition);
    return {{}, {}, (name.empty() ? "a lambda" : "`" + std::string(name) + "`") + " " + why};
  }

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
      const NodeId home = frame_of(tree_, at);
      // A function in it is entered itself, or does not run.
      if (home != definition && tree_.is(home, NodeKind::FunctionDef)) continue;
      const NodeId call = tree_.parent(at);
      if (goes_elsewhere(call)) continue;
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

  // `print(…, file=sys.stderr)`, or to a file that was opened for it.
  bool goes_elsewhere(NodeId print) const {
    if (!tree_.is(print, NodeKind::Call)) return false;
    const auto keywords = tree_.items(print, slot::Call::keywords);
    return std::any_of(keywords.begin(), keywords.end(), [&](NodeId each) {
      if (name_of(program_, tree_, each) != "file") return false;
      const NodeId file = tree_.child(each, slot::Keyword::value);
      return tree_.text(file) == "sys.stderr" || is_opened(file);
    });
  }

  // A name that nothing but `with open(…) as name` and `name = open(…)` binds.
  bool is_opened(NodeId file) const {
    const BindingId name = tree_.is(file, NodeKind::Name) ? scopes_.variable(file) : BindingId{};
    if (!name) return false;
    const auto opens = [&](NodeId value) {
      return tree_.is(value, NodeKind::Call) &&
             tree_.text(tree_.child(value, slot::Call::function)) == "open" &&
             !program_.find("stdout");
    };
    int bound = 0;
    for (const scope::Occurrence& use : scopes_.occurrences(name)) {
      if (use.access == scope::Access::Read) continue;
      ++bound;
      const NodeId around = tree_.parent(use.node);
      const NodeId statement = tree_.statement_of(use.node);
      const bool by_with = tree_.is(around, NodeKind::WithItem) &&
                           opens(tree_.child(around, slot::WithItem::context));
      const bool by_assignment = tree_.is(statement, NodeKind::Assign) &&
                                 opens(tree_.child(statement, slot::Assign::value));
      if (!by_with && !by_assignment) return false;
    }
    return bound > 0;
  }

  // Which of them a call may reach, by the name that it uses.
  NodeId called(NodeId call) const {
    const NodeId function = tree_.child(call, slot::Call::function);
    const bool by_attribute = tree_.is(function, NodeKind::Attribute);
    if (!by_attribute && !tree_.is(function, NodeKind::Name)) return {};
    for (const auto& [definition, printer] : found_) {
      const bool same =
          is_method(definition)
              ? by_attribute && tree_[function].name == tree_[definition].name
              : !by_attribute && scopes_.variable(definition) == scopes_.variable(function);
      if (same) return definition;
    }
    return {};
  }

  bool is_method(NodeId definition) const {
    return tree_.is(tree_.enclosing_definition(definition), NodeKind::ClassDef);
  }

  bool calls_one(NodeId definition) const {
    for (std::uint32_t i = definition.value; i < tree_[definition].subtree_end; ++i) {
      if (tree_.is(NodeId{i}, NodeKind::Call) && called(NodeId{i})) return true;
    }
    return false;
  }

  // Why it cannot, or nothing.
  std::string cannot_be_told(NodeId definition) {
    const scope::ScopeId own = scopes_.scope_of(definition);
    if (!tree_.is(definition, NodeKind::FunctionDef) || !own || scopes_[own].is_generator ||
        tree_.flag(definition, syntax::kAsync) || tree_.flag(definition, syntax::kHasError))
      return "is no plain function";
    if (!tree_.items(definition, slot::FunctionDef::decorators).empty()) return "is decorated";
    if (tree_.span(definition).overlaps(tree_.span(site_.node))) return "stands around the loop";
    const std::string other = "may be another function where it is called";
    if (is_rebound_by_star(program_, site_.module, definition)) return other;
    const std::string reached = "is not only called by its name, with all that it is given";
    const bool method = is_method(definition);
    int bound = 0;
    for (const scope::Occurrence& use : scopes_.occurrences(scopes_.variable(definition))) {
      if (use.access != scope::Access::Read)
        ++bound;
      else if (method || !is_told_call(use.node))
        return reached;
    }
    if (bound != 1) return other;
    return method && !is_told_by_method(definition) ? other : "";
  }

  // Nobody reaches it but by its name, in a call of it; and where it runs here, it is told.
  bool is_told_call(NodeId function) {
    const NodeId call = tree_.parent(function);
    if (!tree_.is(call, NodeKind::Call) || tree_.child(call, slot::Call::function) != function ||
        takes_names_from_data(tree_, call))
      return false;
    if (!runs_here(call)) return true;
    const NodeId around = tree_.enclosing_definition(call);
    if (frame_of(tree_, call) != around || !fits(call)) return false;
    const bool told = found_.contains(around) || around == site_.definition;
    if (!told || !may_be_edited(tree_, call)) return false;
    if (found_.contains(around)) found_[around].calls.push_back(call);
    at_[call] = called(call);
    return true;
  }

  bool is_told_by_method(NodeId definition) {
    const NodeId home = tree_.enclosing_definition(definition);
    const Symbol name = tree_[definition].name;
    constexpr std::string_view kOtherWays[] = {"__getattribute__", "__getattr__", "getattr",
                                               "setattr",          "delattr",     "methodcaller",
                                               "attrgetter",       "mock"};
    const bool by_text =
        std::any_of(std::begin(kOtherWays), std::end(kOtherWays),
                    [&](std::string_view way) { return static_cast<bool>(program_.find(way)); });
    if (by_text || !tree_.is(tree_.enclosing_definition(home), NodeKind::Module) ||
        program_.symbols.text(name).starts_with("__") ||
        may_be_replaced(program_, site_.module, definition))
      return false;
    for (const effects::Module& module : program_.modules) {
      const syntax::SyntaxTree& t = module.tree;
      const bool own = &t == &tree_;
      for (const auto& [symbol, at] : module.file->nodes().of(name)) {
        if (!t.is(at, NodeKind::Attribute)) continue;
        if (!own || !is_told_call(at)) return false;
        if (runs_here(t.parent(at)) && !is_of(t.child(at, slot::Attribute::value), home))
          return false;
      }
    }
    return true;
  }

  // An object of the class: what its methods call themselves by, or what the loop sees there.
  bool is_of(NodeId receiver, NodeId type) const {
    if (!tree_.is(receiver, NodeKind::Name)) return false;
    const NodeId around = tree_.enclosing_definition(receiver);
    if (tree_.is(around, NodeKind::FunctionDef) && tree_.enclosing_definition(around) == type) {
      const auto parameters = tree_.items(tree_.child(around, slot::FunctionDef::arguments),
                                          slot::Arguments::parameters);
      const BindingId self = parameters.empty() ? BindingId{} : scopes_.variable(parameters[0]);
      const auto uses = scopes_.occurrences(self);
      if (self && self == scopes_.variable(receiver) &&
          tree_.items(around, slot::FunctionDef::decorators).empty() &&
          std::count_if(uses.begin(), uses.end(), [](const scope::Occurrence& use) {
            return use.access != scope::Access::Read;
          }) == 1)
        return true;
    }
    return std::any_of(trace_.values.begin(), trace_.values.end(), [&](const auto& each) {
      const auto& atoms = effects_.values()[each.value];
      return each.node == receiver && !each.helper_call && !atoms.empty() &&
             std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
               const effects::Atom& atom = effects_.values()[id];
               return atom.kind == effects::AtomKind::Object && atom.module == site_.module &&
                      atom.node == type;
             });
    });
  }

  // Not more arguments than there are parameters: that there are too many is told otherwise where
  // there is a parameter more.
  bool fits(NodeId call) const {
    const NodeId definition = called(call);
    const auto parameters = tree_.items(tree_.child(definition, slot::FunctionDef::arguments),
                                        slot::Arguments::parameters);
    std::size_t room = 0;
    for (const NodeId each : parameters) {
      const auto kind = static_cast<syntax::ParameterKind>(tree_[each].op);
      if (kind == syntax::ParameterKind::VarPositional) return true;
      const bool named =
          kind == syntax::ParameterKind::KeywordOnly || kind == syntax::ParameterKind::VarKeyword;
      room += named ? 0 : 1;
    }
    const auto arguments = tree_.items(call, slot::Call::arguments_list);
    const bool stars = std::any_of(arguments.begin(), arguments.end(),
                                   [&](NodeId each) { return tree_.is(each, NodeKind::Starred); });
    return !stars && arguments.size() + (is_method(definition) ? 1 : 0) <= room;
  }

  // In the text of the loop, or of a function that it enters; but for functions in it.
  bool runs_here(NodeId call) const {
    if (tree_.span(site_.node).contains(tree_.span(call))) return true;
    for (NodeId up = frame_of(tree_, call); up; up = tree_.enclosing_definition(up)) {
      if (entered_.contains(up)) return true;
      if (tree_.is(up, NodeKind::FunctionDef) || tree_.is(up, NodeKind::Module)) return false;
    }
    return false;
  }

  const effects::Program& program_;
  const effects::Effects& effects_;
  const Site& site_;
  const effects::LoopTrace& trace_;
  const syntax::SyntaxTree& tree_;
  const scope::Scopes& scopes_;
  std::set<NodeId> entered_;
  std::map<NodeId, Printer> found_;
  std::map<NodeId, NodeId> at_;
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

Printers find_printers(const effects::Program& program, const effects::Effects& effects,
                       const Site& site, const effects::LoopTrace& trace) {
  return PrinterFinder(program, effects, site, trace).find();
}

}  // namespace braid::dependence
