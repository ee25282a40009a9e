#include "syntax/concrete.h"

#include <array>
#include <cstring>

#include <tree_sitter/api.h>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace braid::syntax {
namespace {

struct RuleName {
  Rule rule;
  const char* text;
  bool named;
};

constexpr RuleName kRuleNames[] = {
#define RULE(name, text) {Rule::name, text, true},
#define TOKEN(name, text) {Rule::name##_token, text, false},
#include "syntax/concrete.def"
#undef TOKEN
#undef RULE
};

// The grammar's symbol numbers → Rule, so that nothing compares strings while it walks.
class RuleTable {
 public:
  RuleTable() {
    const TSLanguage* language = tree_sitter_python();
    const std::uint32_t count = ts_language_symbol_count(language);
    rules_.assign(count, Rule::other_token);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto symbol = static_cast<TSSymbol>(i);
      const TSSymbolType type = ts_language_symbol_type(language, symbol);
      if (type != TSSymbolTypeRegular && type != TSSymbolTypeAnonymous) continue;
      const char* text = ts_language_symbol_name(language, symbol);
      for (const RuleName& name : kRuleNames) {
        if (name.named == (type == TSSymbolTypeRegular) && std::strcmp(name.text, text) == 0) {
          rules_[i] = name.rule;
        }
      }
    }
  }
  [[nodiscard]] Rule operator[](TSSymbol symbol) const {
    return symbol < rules_.size() ? rules_[symbol] : Rule::error;  // the error symbol is 65535
  }

 private:
  std::vector<Rule> rules_;
};

struct TreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

class Copier {
 public:
  Copier(TSNode root, std::string_view text, std::size_t size, std::uint32_t offset)
      : text_(text), cursor_(ts_tree_cursor_new(root)), offset_(offset) {
    tree_.nodes.reserve(size / 3 + 16);
  }
  ~Copier() { ts_tree_cursor_delete(&cursor_); }
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;

  ConcreteTree copy() {
    for (;;) {
      add();
      if (ts_tree_cursor_goto_first_child(&cursor_)) continue;
      close();
      while (!ts_tree_cursor_goto_next_sibling(&cursor_)) {
        if (!ts_tree_cursor_goto_parent(&cursor_)) return std::move(tree_);
        close();
      }
    }
  }

 private:
  void add() {
    const TSNode node = ts_tree_cursor_current_node(&cursor_);
    const Span span{boundary(ts_node_start_byte(node)), boundary(ts_node_end_byte(node))};
    const Rule rule = rules()[ts_node_symbol(node)];
    const bool missing = span.empty() && ts_node_is_missing(node);
    if ((rule == Rule::error || missing) && !open_.empty()) tree_.nodes[open_.back()].broken = true;
    open_.push_back(static_cast<std::uint32_t>(tree_.nodes.size()));
    tree_.nodes.push_back({rule, missing, rule == Rule::error, ts_node_has_error(node), span, 0});
  }
  void close() {
    tree_.nodes[open_.back()].subtree_end = static_cast<std::uint32_t>(tree_.nodes.size());
    open_.pop_back();
  }
  // Where a character is masked by several, a parser that recovers may stop among them.
  std::uint32_t boundary(std::uint32_t at) const {
    at += offset_;
    while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U) --at;
    return at;
  }
  static const RuleTable& rules() {
    static const RuleTable table;
    return table;
  }

  std::string_view text_;
  TSTreeCursor cursor_;
  std::uint32_t offset_;
  ConcreteTree tree_;
  std::vector<std::uint32_t> open_;
};

}  // namespace

std::string_view token_text(Rule rule) {
  for (const RuleName& name : kRuleNames) {
    if (name.rule == rule && !name.named) return name.text;
  }
  return {};
}

ConcreteParser::ConcreteParser() : parser_(ts_parser_new()) {
  BRAID_CHECK(ts_parser_set_language(parser_, tree_sitter_python()));
}

ConcreteParser::~ConcreteParser() { ts_parser_delete(parser_); }

ConcreteTree ConcreteParser::parse(std::string_view piece, std::string_view text,
                                   std::uint32_t offset) {
  const std::unique_ptr<TSTree, TreeDeleter> tree(ts_parser_parse_string(
      parser_, nullptr, piece.data(), static_cast<std::uint32_t>(piece.size())));
  BRAID_CHECK(tree != nullptr);
  return Copier(ts_tree_root_node(tree.get()), text, piece.size(), offset).copy();
}

}  // namespace braid::syntax
