#include "rewrite/header.h"

#include "rewrite/moving.h"
#include "rewrite/sendable.h"

#include <algorithm>

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

// Where the word `in` stands between two offsets.
std::uint32_t find_in(std::string_view text, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t at = from; at + 2 <= to; ++at) {
    if (text[at] == '#') {
      while (at < to && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (text.substr(at, 2) == "in" && (at == 0 || !is_identifier_character(text[at - 1])) &&
               !is_identifier_character(text[at + 2])) {
      return at;
    }
  }
  return to;
}

// Unpacking an item into the tuple cannot fail: the iterable makes tuples of that length.
bool surely_unpacks(const Module& module, NodeId target, NodeId iterable) {
  const SyntaxTree& tree = module.tree;
  if (!tree.is(target, NodeKind::Tuple)) return false;
  const auto items = tree.items(target, slot::Tuple::items);
  for (const NodeId item : items) {
    if (!tree.is(item, NodeKind::Name)) return false;
  }
  if (is_builtin_call(module, iterable, "enumerate")) return items.size() == 2;
  if (is_builtin_call(module, iterable, "zip")) {
    const auto arguments = tree.items(iterable, slot::Call::arguments_list);
    return arguments.size() == items.size() && tree.items(iterable, slot::Call::keywords).empty() &&
           std::none_of(arguments.begin(), arguments.end(),
                        [&](NodeId each) { return tree.is(each, NodeKind::Starred); });
  }
  return false;
}

}  // namespace

// The list of columns is the reader's own: nobody in the file gets hold of it, to change it.
static bool only_looks_at_columns(const Module& module) {
  const SyntaxTree& tree = module.tree;
  const auto is_looked_at = [&](NodeId columns) {
    NodeId around = tree.parent(columns);
    if (tree.is(around, NodeKind::BinOp)) return true;
    if (tree.is(around, NodeKind::Keyword) || tree.is(around, NodeKind::List))
      around = tree.parent(around);
    if (tree.is(around, NodeKind::List)) around = tree.parent(around);
    if (!tree.is(around, NodeKind::Call)) return false;
    constexpr std::string_view kLooking[] = {"list", "tuple", "set", "frozenset", "sorted",
                                             "len",  "print", "str", "repr"};
    const bool built_in =
        std::any_of(std::begin(kLooking), std::end(kLooking),
                    [&](std::string_view name) { return is_builtin_call(module, around, name); });
    return built_in || tree.text(tree.child(around, slot::Call::function)) == "csv.DictWriter";
  };
  bool all = true;
  each_node(tree, tree.root(), [&](NodeId node) {
    if (tree.is(node, NodeKind::Attribute) && module.text(tree[node].name) == "fieldnames")
      all = all && is_looked_at(node);
  });
  return all;
}

// `next(reader)`, `file.readline()` and the like, in the function of the loop and before it: what
// is left is looked at by nobody after that.
static bool only_advances_before(const Module& module, NodeId use, NodeId iterable) {
  const SyntaxTree& tree = module.tree;
  const NodeId frame = tree.enclosing_definition(iterable);
  if (tree.enclosing_definition(use) != frame || tree.span(use).begin >= tree.span(iterable).begin)
    return false;
  const NodeId site = tree.parent(iterable);
  for (NodeId up = tree.parent(site); up && up != frame; up = tree.parent(up)) {
    const bool repeats = tree.is(up, NodeKind::For) || tree.is(up, NodeKind::While);
    if (repeats && is_inside(tree, use, up)) return false;
  }
  const NodeId around = tree.parent(use);
  if (tree.is(around, NodeKind::Attribute)) {
    constexpr std::string_view kLooks[] = {"readline", "read", "readlines", "seek",
                                           "tell",     "name", "line_num"};
    if (module.text(tree[around].name) == "fieldnames") return only_looks_at_columns(module);
    return std::find(std::begin(kLooks), std::end(kLooks), module.text(tree[around].name)) !=
           std::end(kLooks);
  }
  return is_builtin_call(module, tree.parent(around), "next") && tree.is(around, NodeKind::List) &&
         tree.children(around).front() == use;
}

std::optional<std::string> source_is_seen(const Module& module, NodeId iterable) {
  const SyntaxTree& tree = module.tree;
  std::optional<std::string> reason;
  each_node(tree, iterable, [&](NodeId name) {
    if (!tree.is(name, NodeKind::Name) || reason) return;
    const BindingId variable = module.scopes.variable(name);
    if (!variable || !is_iterated_once(module, variable)) return;
    for (const scope::Occurrence& each : module.scopes.occurrences(variable)) {
      if (each.access == scope::Access::Write || is_inside(tree, each.node, iterable) ||
          scope::means_other_with(tree, module.scopes, each.node, iterable))
        continue;
      const NodeId parent = tree.parent(each.node);
      const bool closes =
          tree.is(parent, NodeKind::Attribute) && module.text(tree[parent].name) == "close";
      if (!closes && !only_advances_before(module, each.node, iterable))
        reason = "what is left of `" + module.name_of(variable) + "` after the loop could be seen";
    }
  });
  return reason;
}

Written<Header> read_header(Module& module, NodeId loop) {
  const SyntaxTree& tree = module.tree;
  const NodeId target = tree.child(loop, slot::For::target);
  const NodeId iterable = tree.child(loop, slot::For::iter);
  const std::string_view text = tree.source().text();
  Header header;
  header.span.begin = tree.span(loop).begin + 3;
  header.span.end = colon_after(tree, tree.span(iterable).end);
  const std::uint32_t in = find_in(text, tree.span(target).end, tree.span(iterable).begin);
  if (in == tree.span(iterable).begin) return Reason("the loop's header has an unusual form");
  header.target = module.layout.splice({header.span.begin, in}, {});
  header.target = trim(header.target);
  header.iterable = module.layout.splice({in + 2, header.span.end}, {});
  header.iterable = trim(header.iterable);
  const bool bare_tuple = tree.is(iterable, NodeKind::Tuple) && !is_atom(tree, iterable) &&
                          !tree.flag(iterable, syntax::kParenthesized);
  if (bare_tuple) header.iterable = "(" + header.iterable + ")";
  header.clause = header.iterable;
  if (tree.is(iterable, NodeKind::IfExp) || tree.is(iterable, NodeKind::Lambda) ||
      tree.is(iterable, NodeKind::NamedExpr)) {
    if (!tree.flag(iterable, syntax::kParenthesized)) header.clause = "(" + header.clause + ")";
  }
  bool plain = true;
  each_node(tree, target, [&](NodeId node) {
    const NodeKind kind = tree.kind(node);
    if (kind == NodeKind::Name) {
      header.variables.push_back(module.scopes.variable(node));
    } else {
      plain = plain && (kind == NodeKind::Tuple || kind == NodeKind::ListLiteral ||
                        kind == NodeKind::List || kind == NodeKind::Starred);
    }
  });
  if (!plain) return Reason("the loop binds `" + header.target + "`, which is not a plain name");
  if (header.target.find('\n') != std::string::npos) return Reason("the loop's target spans lines");
  std::string plural_noun;
  if (tree.is(iterable, NodeKind::Name)) plural_noun = std::string(tree.text(iterable));
  const bool single = tree.is(target, NodeKind::Name);
  if (single) {
    header.target = std::string(tree.text(target));
    header.noun = header.target.size() > 2 ? header.target : singular(plural_noun);
  } else {
    header.noun = singular(plural_noun);
  }
  header.merged_target = argument_text(tree, target);
  if (single || surely_unpacks(module, target, iterable)) {
    header.binding = header.target;
    header.item = header.merged_target;
  } else {
    std::vector<std::string> wishes{header.noun, "item", "entry"};
    if (wishes.front().empty()) wishes.erase(wishes.begin());
    header.binding = module.names.shared(wishes);
    header.item = header.binding;
    header.pattern = header.target;
  }
  return header;
}

}  // namespace braid::rewrite
