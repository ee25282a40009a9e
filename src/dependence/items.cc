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
  bool positive = true;
  bool texts = true;
  for (NodeId item : constants) {
    if (!t.is(item, NodeKind::Constant)) return out;
    const auto text = syntax::string_value(t, item);
    const auto number = syntax::int_value(t, item);
    if (!text && !number) return out;  // 1.0 and 1.00, True and 1: one value in two spellings
    integers = integers && number;
    positive = positive && number.value_or(-1) >= 0;
    texts = texts && text;
    seen.push_back(text ? *text : std::to_string(*number));
    std::transform(seen.back().begin(), seen.back().end(), seen.back().begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  std::sort(seen.begin(), seen.end());
  if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return out;
  out.kind = integers ? Items::Kind::integers : Items::Kind::strings;
  out.distinct_texts = true;
  out.distinct_keys = integers || texts;
  out.not_negative = integers && positive;
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

constexpr std::string_view kMagic = "*?[";

// The pattern finds each file once: not by two ways through folders (`**/**`, `*/../`).
bool finds_once(std::string_view pattern) {
  const std::size_t magic = pattern.find_first_of(kMagic);
  if (magic == pattern.npos) return true;
  const std::size_t deep = pattern.find("**");
  return pattern.find("..", magic) == pattern.npos &&
         (deep == pattern.npos || pattern.find("**", deep + 2) == pattern.npos);
}

// What all files end with that it finds, in one folder; none: they may lie in several.
std::optional<std::string> one_folder(const std::string& pattern) {
  const std::size_t magic = pattern.find_first_of(kMagic);
  if (magic == std::string::npos || pattern.find("**") != std::string::npos ||
      pattern.find('/', magic) != std::string::npos)
    return std::nullopt;
  return pattern.substr(pattern.find_last_of("*?]") + 1);
}

}  // namespace

// What the trace saw the call give was made there, by the library, and is of one of these types; or
// nothing is known of it, and nothing in the program is called so.
bool ItemsReader::gives(NodeId call, std::string_view name,
                        std::initializer_list<std::string_view> types) const {
  const effects::Values& values = effects_.values();
  if (const auto seen = value_at(call)) {
    const auto atoms = values[*seen];
    const auto all = [&](auto&& is_so) {
      return !atoms.empty() && std::all_of(atoms.begin(), atoms.end(),
                                           [&](effects::AtomId id) { return is_so(values[id]); });
    };
    if (all([](const auto& atom) { return atom.kind == effects::AtomKind::Instance; })) {
      return types.size() > 0 ? effects_.are_all(*seen, types) : all([&](const auto& atom) {
        return atom.site && values[atom.site].node == call;
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

// What `read` tells of what the name stands for; nothing where that is being read already:
// `rows = sorted(rows)` may be all that binds it.
template <typename Read>
auto ItemsReader::followed(NodeId name, const Read& read) const -> decltype(read(name)) {
  const NodeId origin = origin_of(program_, module_, name);
  if (!origin || !followed_.insert(origin).second) return {};
  auto out = read(origin);
  followed_.erase(origin);
  return out;
}

// What the trace saw the expression give; none: it was not evaluated there.
std::optional<effects::ValueId> ItemsReader::value_at(NodeId node) const {
  for (const effects::ValueAt& each : trace_.values) {
    if (each.node == node && !each.helper_call) return each.value;
  }
  return std::nullopt;
}

bool ItemsReader::are_all(NodeId node, std::initializer_list<std::string_view> types) const {
  const auto value = value_at(node);
  return value && effects_.are_all(*value, types);
}

Items ItemsReader::operator()(NodeId iter) const {
  const effects::Module& m = program_.modules[module_.value];
  const syntax::SyntaxTree& t = m.tree;
  if (t.is(iter, NodeKind::Name)) {
    const Items out = followed(iter, [&](NodeId origin) { return (*this)(origin); });
    return out.kind == Items::Kind::unknown ? of_keys(iter) : out;
  }
  if (t.is(iter, NodeKind::Dict)) return of_constants(t, t.items(iter, slot::Dict::keys));
  if (t.is(iter, NodeKind::ListLiteral) || t.is(iter, NodeKind::Tuple) || t.is(iter, NodeKind::Set))
    return of_constants(t, t.items(iter, 0));
  if (t.is(iter, NodeKind::ListComp)) return some_of(iter);
  const Items out = t.is(iter, NodeKind::Call) ? of_call(iter) : Items{};
  return out.kind == Items::Kind::unknown ? of_keys(iter) : out;
}

// A dict gives each of its keys once, a set each element.
Items ItemsReader::of_keys(NodeId node) const {
  Items out;
  out.distinct_keys = true;
  if (are_all(node, {"dict", "dict_keys", "set", "frozenset"}))
    out.kind = Items::Kind::strings;
  else if (are_all(node, {"dict_items"}))
    out.kind = Items::Kind::pairs_by_key;
  else
    out.distinct_keys = false;
  return out;
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

// Text that is put together of constants, and of names that stand for one.
std::optional<std::string> ItemsReader::text_of(NodeId node) const {
  const syntax::SyntaxTree& t = program_.modules[module_.value].tree;
  const auto joined = [&](std::span<const NodeId> parts,
                          std::string_view between) -> std::optional<std::string> {
    std::string all;
    for (const NodeId each : parts) {
      const auto text = text_of(each);
      if (!text || (!all.empty() && !between.empty() && text->starts_with('/')))
        return std::nullopt;
      if (!all.empty()) all += between;
      all += *text;
    }
    return all;
  };
  if (const auto text = syntax::string_value(t, node)) return text;
  switch (t.kind(node)) {
    case NodeKind::Name: {
      const NodeId origin = origin_of(program_, module_, node);
      return origin && t.is(origin, NodeKind::Constant) ? text_of(origin) : std::nullopt;
    }
    case NodeKind::BinOp: {
      const NodeId both[] = {t.child(node, slot::BinOp::left), t.child(node, slot::BinOp::right)};
      return t.op(node) == syntax::Operator::Add ? joined(both, "") : std::nullopt;
    }
    case NodeKind::Call:
      return t.text(t.child(node, slot::Call::function)) == "os.path.join"
                 ? joined(t.items(node, slot::Call::arguments_list), "/")
                 : std::nullopt;
    default:
      return std::nullopt;
  }
}

Items ItemsReader::of_call(NodeId call) const {
  const effects::Module& m = program_.modules[module_.value];
  const syntax::SyntaxTree& t = m.tree;
  const NodeId function = t.child(call, slot::Call::function);
  const auto arguments = t.items(call, slot::Call::arguments_list);
  const std::string name = called(program_, t, function);
  if (t.is(function, NodeKind::Name)) {
    const scope::BindingId binding = m.scopes.variable(function);
    constexpr std::uint16_t kBinds = scope::kAssigned | scope::kParameter | scope::kDefinition;
    if (binding && (m.scopes[binding].flags & kBinds) != 0 &&
        (m.scopes[binding].flags & scope::kImported) == 0) {
      return {};  // not the builtin
    }
  }
  const bool spread = std::any_of(arguments.begin(), arguments.end(),
                                  [&](NodeId each) { return t.is(each, NodeKind::Starred); });
  if (spread) return {};
  Items out;
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  if (name == "range" && gives(call, last, {"range"})) {
    out.kind = Items::Kind::integers;
    out.distinct_texts = out.distinct_keys = true;
    out.not_negative = syntax::range_is_not_negative(t, call);
  } else if (name == "enumerate" && !arguments.empty() && gives(call, last, {"enumerate"})) {
    out = (*this)(arguments[0]);
    out.second_distinct = out.distinct_texts && out.kind != Items::Kind::pairs_by_key &&
                          out.kind != Items::Kind::pairs_by_position;
    out.kind = Items::Kind::pairs_by_position;
    const auto start = syntax::enumerate_start(t, call);
    out.distinct_keys = true;
    out.not_negative = start.value_or(-1) >= 0;
    out.from_zero = start == 0;
  } else if (is_one_of(name, {"sorted", "list", "tuple"}) && !arguments.empty() &&
             gives(call, last, {"list", "tuple"})) {
    out = (*this)(arguments[0]);
  } else if (is_one_of(name, {"reversed", "iter", "tqdm", "tqdm.tqdm"}) && !arguments.empty() &&
             gives(call, last, {})) {
    out = (*this)(arguments[0]);
  } else if (is_one_of(name, {"os.listdir", "listdir"}) && gives(call, last, {})) {
    out.kind = Items::Kind::strings;
    out.distinct_texts = out.distinct_keys = true;
    out.are_paths = out.lead_down = out.are_names = out.in_one_folder = true;
  } else if (is_one_of(name, {"set", "frozenset"}) && gives(call, last, {"set", "frozenset"})) {
    out.kind = Items::Kind::strings;
    out.distinct_keys = true;
  } else if (is_one_of(name, {"glob.glob", "glob", "glob.iglob", "iglob", ".glob", ".rglob",
                              ".iterdir"}) &&
             gives(call, last, {})) {
    const auto pattern = arguments.empty() ? std::nullopt : text_of(arguments[0]);
    const bool deep = last == "rglob";
    const bool once = last == "iterdir" || (pattern && finds_once((deep ? "**/" : "") + *pattern));
    if (!once) return {};
    out.kind = Items::Kind::strings;
    out.distinct_texts = out.distinct_keys = out.are_paths = true;
    const auto ending = pattern && !deep ? one_folder(*pattern) : std::nullopt;
    out.in_one_folder = last == "iterdir" || ending;
    if (ending && name != ".glob") out.ending = *ending;
  } else if (name == ".items" && arguments.empty() && are_all(call, {"dict_items"})) {
    out = (*this)(t.child(function, slot::Attribute::value));
    out.kind = Items::Kind::pairs_by_key;
    out.distinct_keys = true;
  } else if (name == ".keys" && arguments.empty() && are_all(call, {"dict_keys"})) {
    out = (*this)(t.child(function, slot::Attribute::value));
    out.kind = Items::Kind::strings;
    out.distinct_keys = true;
  }
  return out;
}

}  // namespace braid::dependence
