#include "effects/effects.h"

#include "effects/holders.h"

namespace braid::effects {

Effects::Effects(const Program& program, const Knowledge& knowledge)
    : interpreter_(std::make_unique<Interpreter>(program, knowledge)) {}
Effects::~Effects() = default;
Effects::Effects(Effects&&) noexcept = default;
Effects& Effects::operator=(Effects&&) noexcept = default;

LoopTrace Effects::trace(ModuleId module, NodeId loop) const {
  return interpreter_->trace(module, loop);
}
const Values& Effects::values() const { return interpreter_->values(); }
std::string_view Effects::text(Symbol symbol) const { return interpreter_->spelled(symbol); }
bool Effects::is_handle(std::string_view type) const { return interpreter_->is_handle(type); }

const TypeModel* Effects::type_model(Symbol type) const { return interpreter_->type_model(type); }
std::vector<Symbol> Effects::library_types(const Atom& atom) const {
  return interpreter_->library_types(atom);
}
bool Effects::is_immutable(const Atom& atom) const { return interpreter_->is_immutable(atom); }
bool Effects::are_all(ValueId value, std::initializer_list<std::string_view> types) const {
  const auto atoms = values()[value];
  return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(), [&](AtomId id) {
    const Atom& atom = values()[id];
    return atom.kind == AtomKind::Instance &&
           std::find(types.begin(), types.end(), text(atom.name)) != types.end();
  });
}
bool Effects::leaks(ModuleId module, NodeId function) const {
  return interpreter_->leaks(module, function);
}
std::string Effects::describe(ValueId value) const { return interpreter_->describe(value); }
Crossing Effects::crossing_of_closure(const Atom& function) const {
  return interpreter_->crossing_of_closure(function);
}

Crossing Effects::crossing(ValueId value, bool made_there) const {
  return interpreter_->crossing(value, made_there);
}

Crossing Effects::crossing_of_elements(ValueId value, bool made_there) const {
  return interpreter_->crossing(value, made_there, true);
}

Crossing Effects::crossing_of_global(ModuleId module, BindingId variable) const {
  return interpreter_->crossing_of_global(module, variable);
}
std::string Effects::import_repeats() const { return interpreter_->import_repeats(); }

std::vector<NodeId> Effects::seen_at_top() const {
  return interpreter_->this_process().seen_at_top();
}

const std::vector<Setting>& Effects::settings() const {
  return interpreter_->this_process().settings;
}

const std::vector<Setting>& Effects::past_buffer() const {
  return interpreter_->this_process().past_buffer;
}

std::set<std::pair<ModuleId, NodeId>> Effects::hand_on() const {
  std::set<std::pair<ModuleId, NodeId>> found;
  for (const auto& [with, all] : interpreter_->hand_on()) {
    if (all) found.insert(with);
  }
  return found;
}

bool Effects::hands_on(ModuleId module, NodeId with) const {
  const auto found = interpreter_->hand_on().find({module, with});
  return found != interpreter_->hand_on().end() && found->second;
}

bool Effects::leaves_open() const { return interpreter_->leaves_open(); }

Crossing Effects::crossing_of_raised() const { return interpreter_->crossing_of_raised(); }

bool Effects::reaches(ValueId value, const Atom& atom) const {
  return Holders(*interpreter_, atom).is_reached_from(value);
}

bool Effects::reached_from_globals(const Atom& atom) const {
  return Holders(*interpreter_, atom).is_reached_from_globals();
}

bool Effects::only_named(const Atom& atom, ModuleId module, BindingId name) const {
  return !Holders(*interpreter_, atom).is_shared(module, name);
}

bool Effects::held_by_definitions(const Atom& atom, ModuleId module, NodeId loop) const {
  return Holders(*interpreter_, atom).is_held_by_definitions(module, loop);
}

bool Effects::changes_while_running(const Atom& atom) const {
  return interpreter_->changes_while_running(atom);
}

Effects summarise_effects(const Program& program, const Knowledge& knowledge) {
  Effects effects(program, knowledge);
  effects.interpreter_->learn();
  return effects;
}

Symbol Program::find(std::string_view name) const {
  for (const Module& module : modules) {
    if (const Symbol found = module.file->symbols->find_own(name)) return found;
  }
  for (const auto& file : broken) {
    if (const Symbol found = file->symbols->find_own(name)) return found;
  }
  return {};
}

std::shared_ptr<const ParsedFile> parse_file(std::shared_ptr<const Source> source,
                                             const SymbolTable& symbols) {
  auto own = std::make_shared<SymbolTable>(symbols);
  syntax::SyntaxTree tree = syntax::parse(std::move(source), *own);
  scope::Scopes scopes = scope::resolve_names(tree, *own);
  return std::make_shared<const ParsedFile>(std::move(own), std::move(tree), std::move(scopes));
}

std::span<const std::pair<Symbol, syntax::NodeId>> NodesByName::of(Symbol name) const {
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto [begin, end] = std::equal_range(mentions.begin(), mentions.end(),
                                             std::pair(name, syntax::NodeId{}), by_name);
  return {begin, end};
}

const NodesByName& ParsedFile::nodes() const {
  using syntax::NodeKind;
  std::call_once(once_, [&] {
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      const syntax::NodeId node{i};
      switch (tree.kind(node)) {
        case NodeKind::Name:
        case NodeKind::Attribute:
          nodes_.mentions.emplace_back(tree[node].name, node);
          break;
        case NodeKind::ClassDef:
          nodes_.classes.push_back(node);
          break;
        case NodeKind::FunctionDef:
          if (!tree.items(node, syntax::slot::FunctionDef::decorators).empty())
            nodes_.decorated.push_back(node);
          break;
        case NodeKind::Import:
        case NodeKind::ImportFrom:
          nodes_.imports.push_back(node);
          break;
        default:
          break;
      }
    }
    std::sort(nodes_.mentions.begin(), nodes_.mentions.end());
  });
  return nodes_;
}

std::vector<ImportRequest> imports_of(const Module& module, const SymbolTable& symbols) {
  using syntax::NodeKind;
  namespace slot = syntax::slot;
  const syntax::SyntaxTree& t = module.tree;
  std::vector<ImportRequest> out;
  const auto add = [&](std::string name, bool may_be_attribute) {
    for (const ImportRequest& each : out) {
      if (each.module == name) return;
    }
    if (!name.empty()) out.push_back({std::move(name), may_be_attribute});
  };
  for (std::uint32_t i = 0; i < t.size(); ++i) {
    const syntax::NodeId node{i};
    if (t.is(node, NodeKind::Import)) {
      for (syntax::NodeId alias : t.items(node, slot::Import::names))
        add(std::string(symbols.text(t[alias].name)), false);
    } else if (t.is(node, NodeKind::ImportFrom)) {
      std::string base;
      if (const std::uint8_t dots = t[node].op; dots > 0) {
        base = module.name == "__main__" ? std::string() : module.name;
        for (int up = dots - (module.is_package ? 1 : 0); up > 0; --up) {
          base = base.rfind('.') == std::string::npos ? std::string()
                                                      : base.substr(0, base.rfind('.'));
        }
      }
      if (t[node].name) base += (base.empty() ? "" : ".") + std::string(symbols.text(t[node].name));
      add(base, false);
      for (syntax::NodeId alias : t.items(node, slot::ImportFrom::names)) {
        add(base + (base.empty() ? "" : ".") + std::string(symbols.text(t[alias].name)), true);
      }
    }
  }
  return out;
}

}  // namespace braid::effects
