// Arguments, parameters, imports, handlers.
#include <algorithm>
#include <array>

#include "syntax/rejects.h"

namespace braid::syntax {

void Rejects::arguments(NodeId positional, NodeId keywords) {
  const auto named = tree_.children(keywords);
  if (named.empty()) return;
  std::vector<Symbol> names;
  std::uint32_t first_keyword = UINT32_MAX;
  std::uint32_t first_unpacking = UINT32_MAX;
  for (const NodeId keyword : named) {
    if (!tree_.is(keyword, NodeKind::Keyword)) continue;
    std::uint32_t& first = tree_[keyword].name ? first_keyword : first_unpacking;
    first = std::min(first, tree_.span(keyword).begin);
    if (!tree_[keyword].name) continue;
    not_debug(tree_[keyword].name, keyword);
    names.push_back(tree_[keyword].name);
  }
  for (const NodeId argument : tree_.children(positional)) {
    const std::uint32_t at = tree_.span(argument).begin;
    if (tree_.is(argument, NodeKind::Starred)) {
      if (at > first_unpacking)
        reject(argument, "iterable argument unpacking follows keyword argument unpacking");
    } else if (at > first_unpacking) {
      reject(argument, "positional argument follows keyword argument unpacking");
    } else if (at > first_keyword) {
      reject(argument, "positional argument follows keyword argument");
    }
  }
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    for (auto keyword = named.rbegin(); keyword != named.rend(); ++keyword) {
      if (tree_[*keyword].name != *twice) continue;
      return reject(*keyword, "keyword argument repeated: " + std::string(symbols_.text(*twice)));
    }
  }
}

// What `/` and a bare `*` forbid is said where they are read, for they are no nodes.
void Rejects::parameters(NodeId id) {
  bool default_seen = false;
  ParameterKind last = ParameterKind::PositionalOnly;
  for (const NodeId each : tree_.items(id, slot::Arguments::parameters)) {
    if (!tree_.is(each, NodeKind::Parameter)) continue;
    const auto kind = static_cast<ParameterKind>(tree_[each].op);
    not_debug(tree_[each].name, each);
    if (last == ParameterKind::VarKeyword)
      reject(each, "arguments cannot follow var-keyword argument");
    const bool has_default = static_cast<bool>(tree_.child(each, slot::Parameter::default_value));
    if (kind == ParameterKind::PositionalOnly || kind == ParameterKind::Positional) {
      if (default_seen && !has_default) {
        reject(each, "parameter without a default follows parameter with a default");
      }
      default_seen = default_seen || has_default;
    } else if (has_default && kind != ParameterKind::KeywordOnly) {
      reject(each, "var-positional argument cannot have default value");
    }
    last = kind;
  }
}

void Rejects::type_parameters(NodeId list) {
  bool default_seen = false;
  for (const NodeId each : tree_.children(list)) {
    if (!tree_.is(each, NodeKind::TypeParameter)) continue;
    const bool has_default =
        static_cast<bool>(tree_.child(each, slot::TypeParameter::default_value));
    if (default_seen && !has_default)
      reject(each, "non-default type parameter follows default type parameter");
    default_seen = default_seen || has_default;
    const bool bound = static_cast<bool>(tree_.child(each, slot::TypeParameter::bound));
    if (bound && static_cast<TypeParameterKind>(tree_[each].op) != TypeParameterKind::TypeVar) {
      reject(each, "cannot use bound with this type parameter");
    }
  }
}

void Rejects::try_statement(NodeId id) {
  const auto handlers = tree_.items(id, slot::Try::handlers);
  if (handlers.empty()) {
    if (!tree_.items(id, slot::Try::else_statements).empty() ||
        tree_.items(id, slot::Try::finally_statements).empty()) {
      reject(id, "expected 'except' or 'finally' block");
    }
    return;
  }
  for (const NodeId handler : handlers) {
    if (!tree_.is(handler, NodeKind::ExceptHandler)) continue;
    const NodeId type = tree_.child(handler, slot::ExceptHandler::type);
    not_debug(tree_[handler].name, handler);
    // The star is the handler's second token; comments and line ends cannot stand before it.
    const std::string_view behind = tree_.text(handler).substr(6);
    const std::size_t mark = behind.find_first_not_of(" \t\f");
    const bool star = mark != std::string_view::npos && behind[mark] == '*';
    if (star != tree_.flag(id, kStar)) {
      reject(handler, "cannot have both 'except' and 'except*' on the same 'try'");
    }
    if (!type) {
      if (star) reject(handler, "expected one or more exception types");
      if (handler != handlers.back()) reject(handler, "default 'except:' must be last");
    } else if (tree_.is(type, NodeKind::Tuple) && tree_.flag(type, kBare) && tree_[handler].name) {
      reject(handler, "multiple exception types must be parenthesized when using 'as'");
    }
  }
}

void Rejects::import_from(NodeId id) {
  const Node& node = tree_[id];
  if (!node.name || node.op != 0 || symbols_.text(node.name) != "__future__") return;
  static constexpr std::array<std::string_view, 10> kFeatures = {
      "nested_scopes",  "generators",       "division",       "absolute_import", "with_statement",
      "print_function", "unicode_literals", "barry_as_FLUFL", "generator_stop",  "annotations"};
  for (const NodeId name : tree_.items(id, slot::ImportFrom::names)) {
    if (!tree_[name].name) continue;
    const std::string_view feature = symbols_.text(tree_[name].name);
    if (std::ranges::find(kFeatures, feature) == kFeatures.end()) {
      reject(name, "future feature " + std::string(feature) + " is not defined");
    }
  }
  if (tree_.flag(id, kStar)) reject(id, "future feature * is not defined");
  // Only a docstring and other such imports may stand before it.
  const NodeId list = tree_.parent(id);
  bool first = true;
  bool early = tree_.is(tree_.parent(list), NodeKind::Module);
  for (const NodeId statement : tree_.children(list)) {
    if (statement == id || !early) break;
    const bool docstring =
        first && tree_.is(statement, NodeKind::ExprStatement) &&
        tree_.is(tree_.child(statement, slot::ExprStatement::value), NodeKind::Constant) &&
        static_cast<ConstantKind>(tree_[tree_.child(statement, slot::ExprStatement::value)].op) ==
            ConstantKind::Str;
    const bool future = tree_.is(statement, NodeKind::ImportFrom) && tree_[statement].name &&
                        symbols_.text(tree_[statement].name) == "__future__";
    early = docstring || future;
    first = false;
  }
  if (!early) reject(id, "from __future__ imports must occur at the beginning of the file");
}

}  // namespace braid::syntax
