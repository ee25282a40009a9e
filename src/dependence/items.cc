// What is known of the items of an input: from literals, and from what the library gives.
#include "dependence/items.h"

#include <algorithm>

#include "dependence/origin.h"
#include "effects/values.h"

namespace braid::dependence {

using syntax::NodeKind;
namespace slot = syntax::slot;

namespace {

// Constants that are all different once they are text.
Items of_constants(const syntax::SyntaxTree& t, std::span<const NodeId> constants) {
  Items out;
  std::vector<std::string> seen;
  bool integers = true;
  for (NodeId item : constants) {
    if (!t.is(item, NodeKind::Constant)) return out;
    const auto text = syntax::string_value(t, item);
    integers = integers && syntax::int_value(t, item);
    seen.push_back(text ? *text : std::string(t.text(item)));
    std::transform(seen.back().begin(), seen.back().end(), seen.back().begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  std::sort(seen.begin(), seen.end());
  if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return out;
  out.kind = integers ? Items::Kind::integers : Items::Kind::strings;
  out.are_paths = std::none_of(seen.begin(), seen.end(), [](const std::string& text) {
    return text.empty() || text.starts_with("./") || text.ends_with("/") ||
           text.find("..") != std::string::npos || text.find("//") != std::string::npos ||
           text.find("/./") != std::string::npos;
  });
  out.lead_down = out.are_paths && std::none_of(seen.begin(), seen.end(), [](const auto& text) {
                    return text == "." || text.ends_with("/.") || text.starts_with('/');
                  });
  out.are_names = out.lead_down && std::none_of(seen.begin(), seen.end(), [](const auto& text) {
                    return text.find('/') != std::string::npos;
                  });
  return out;
}

// Who is called: "os.listdir", or of a method ".rglob".
std::string called(const effects::Program& program, const syntax::SyntaxTree& t, NodeId node) {
  if (t.is(node, NodeKind::Name)) return std::string(program.symbols.text(t[node].name));
  if (!t.is(node, NodeKind::Attribute)) return {};
  const std::string attribute(program.symbols.text(t[node].name));
  const NodeId owner = t.child(node, slot::Attribute::value);
  const bool library =
      t.is(owner, NodeKind::Name) &&
      (t.text(owner) == "os" || t.text(owner) == "glob" || t.text(owner) == "tqdm");
  return (library ? std::string(t.text(owner)) : std::string()) + "." + attribute;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The pattern of a glob names files of one folder, all of which end so; none: it may not.
std::optional<std::string> one_folder(const std::string& pattern) {
  const std::size_t magic = pattern.find_first_of("*?[");
  if (magic == std::string::npos || pattern.find("**") != std::string::npos) return std::nullopt;
  if (pattern.find('/', magic) != std::string::npos) return std::nullopt;
  const std::size_t last = pattern.find_last_of("*?]");
  return pattern.substr(last + 1);
}

}  // namespace

// What the trace saw the call give was made there, by the library, and is of one of these types; or
// nothing is known of it, and nothing in the program is called so.
bool ItemsReader::gives(NodeId call, std::string_view name,
                        std::initializer_list<std::string_view> types) const {
  const effects::Values& values = effects_.values();
  const auto seen = std::find_if(
      trace_.values.begin(), trace_.values.end(),
      [&](const effects::ValueAt& each) { return each.node == call && !each.helper_call; });
  if (seen != trace_.values.end()) {
    const auto atoms = values[seen->value];
    const auto is_instance = [&](effects::AtomId id) {
      return values[id].kind == effects::AtomKind::Instance;
    };
    if (!atoms.empty() && std::all_of(atoms.begin(), atoms.end(), is_instance)) {
      return std::all_of(atoms.begin(), atoms.end(), [&](effects::AtomId id) {
        const effects::Atom& atom = values[id];
        const bool here = atom.site && values[atom.site].node == call;
        return types.size() == 0 ? here : is_one_of(effects_.text(atom.name), types);
      });
    }
  }
  const Symbol symbol = program_.find(name);
  return std::none_of(
      program_.modules.begin(), program_.modules.end(), [&](const effects::Module& each) {
        for (std::uint32_t i = 0; i < each.scopes.scopes().size(); ++i) {
          const BindingId own = each.scopes.find(scope::ScopeId{i}, symbol);
          if (own && (each.scopes[own].flags & (scope::kDefinition | scope::kAssigned)) != 0)
            return true;
        }
        return false;
      });
}

Items ItemsReader::operator()(NodeId iter) const {
  const effects::Module& m = program_.modules[module_.value];
  const syntax::SyntaxTree& t = m.tree;
  if (t.is(iter, NodeKind::Name)) {
    const NodeId origin = origin_of(program_, module_, iter);
    return origin ? (*this)(origin) : Items{};
  }
  if (t.is(iter, NodeKind::Dict)) return of_constants(t, t.items(iter, slot::Dict::keys));
  if (t.is(iter, NodeKind::ListLiteral) || t.is(iter, NodeKind::Tuple) || t.is(iter, NodeKind::Set))
    return of_constants(t, t.items(iter, 0));
  if (t.is(iter, NodeKind::ListComp)) return some_of(iter);
  return t.is(iter, NodeKind::Call) ? of_call(iter) : Items{};
}

// `[name for name in names if …]`
Items ItemsReader::some_of(NodeId comprehension) const {
  const syntax::SyntaxTree& t = program_.modules[module_.value].tree;
  const auto clauses = t.items(comprehension, slot::ListComp::generators);
  const NodeId element = t.child(comprehension, slot::ListComp::element);
  if (clauses.size() != 1) return {};
  const NodeId target = t.child(clauses[0], slot::Comprehension::target);
  const scope::Scopes& scopes = program_.modules[module_.value].scopes;
  if (!t.is(element, NodeKind::Name) || !t.is(target, NodeKind::Name) ||
      scopes.variable(element) != scopes.variable(target))
    return {};
  const auto uses = scopes.occurrences(scopes.variable(target));
  const bool bound_once = std::all_of(uses.begin(), uses.end(), [&](const auto& use) {
    return use.access == scope::Access::Read || use.node == target;
  });
  return bound_once ? (*this)(t.child(clauses[0], slot::Comprehension::iter)) : Items{};
}

Items ItemsReader::of_call(NodeId call) const {
  const effects::Module& m = program_.modules[module_.value];
  const syntax::SyntaxTree& t = m.tree;
  const NodeId function = t.child(call, slot::Call::function);
  const auto arguments = t.items(call, slot::Call::arguments_list);
  const std::string name = called(program_, t, function);
  if (t.is(function, NodeKind::Name)) {
    const scope::BindingId binding = m.scopes.variable(function);
    if (binding && (m.scopes[binding].flags & (scope::kAssigned | scope::kParameter)) != 0 &&
        (m.scopes[binding].flags & scope::kImported) == 0) {
      return {};  // not the builtin
    }
  }
  Items out;
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  if (name == "range" && gives(call, last, {"range"})) {
    out.kind = Items::Kind::integers;
  } else if (name == "enumerate" && !arguments.empty() && gives(call, last, {"enumerate"})) {
    out = (*this)(arguments[0]);
    out.second_distinct = out.kind == Items::Kind::integers || out.kind == Items::Kind::strings;
    out.kind = Items::Kind::pairs_by_position;
  } else if (is_one_of(name, {"sorted", "list", "tuple"}) && !arguments.empty() &&
             gives(call, last, {"list", "tuple"})) {
    out = (*this)(arguments[0]);
  } else if (is_one_of(name, {"reversed", "iter", "tqdm", "tqdm.tqdm"}) && !arguments.empty() &&
             gives(call, last, {})) {
    out = (*this)(arguments[0]);
  } else if (is_one_of(name, {"os.listdir", "listdir"}) && gives(call, last, {})) {
    out.kind = Items::Kind::strings;
    out.are_paths = out.lead_down = out.are_names = out.in_one_folder = true;
  } else if (is_one_of(name, {"set", "frozenset"}) && gives(call, last, {"set", "frozenset"})) {
    out.kind = Items::Kind::strings;
  } else if (is_one_of(name, {"glob.glob", "glob", "glob.iglob", "iglob", ".glob", ".rglob",
                              ".iterdir"}) &&
             gives(call, last, {})) {
    out.kind = Items::Kind::strings;
    out.are_paths = true;
    const auto pattern = arguments.empty() ? std::nullopt : syntax::string_value(t, arguments[0]);
    const auto ending = pattern ? one_folder(*pattern) : std::nullopt;
    out.in_one_folder = last == "iterdir" || (last != "rglob" && ending);
    if (ending && name != ".glob") out.ending = *ending;
  } else if (name == ".items" && arguments.empty() && gives(call, last, {"dict_items"})) {
    out = (*this)(t.child(function, slot::Attribute::value));
    out.kind = Items::Kind::pairs_by_key;
  } else if (name == ".keys" && arguments.empty() && gives(call, last, {"dict_keys"})) {
    out = (*this)(t.child(function, slot::Attribute::value));
    out.kind = Items::Kind::strings;
  }
  return out;
}

}  // namespace braid::dependence
