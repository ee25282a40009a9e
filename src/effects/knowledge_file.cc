#include "effects/knowledge_file.h"

#include <set>
#include <sstream>

#include "base/toml.h"
#include "effects/knowledge_text.h"

namespace braid::effects {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Result<std::vector<KnowledgeFileRow>> read(const toml::table& root) {
    library_ = root["library"].value_or(std::string());
    if (library_.empty()) return fail("`library = \"NAME\"` is missing");
    for (const auto& [type, members] : table(root, "type")) types_.insert(std::string(type.str()));
    std::istringstream pure(root["pure"].value_or(std::string()));
    for (std::string name; pure >> name;)
      add(name, KnowledgeKind::Function, "(*args, **kwargs)", "pure");
    if (const toml::array* unknown = root["unknown"].as_array()) {
      for (const toml::node& name : *unknown)
        add(name.value_or(std::string()), KnowledgeKind::Unknown, "", "");
    }
    for (const auto& [path, target] : table(root, "alias")) {
      add(std::string(path.str()), KnowledgeKind::Alias, "", target.value_or(std::string()));
    }
    for (const auto& [module, names] : table(root, "module")) {
      add(std::string(module.str()), KnowledgeKind::Module, "", "");
      if (auto error = members(module.str(), names)) return fail(*error);
    }
    for (const auto& [type, names] : table(root, "type")) {
      const toml::table* body = names.as_table();
      if (body == nullptr)
        return fail("[type.\"" + std::string(type.str()) + "\"] must be a table");
      add(std::string(type.str()), KnowledgeKind::Type, "",
          full(body->get("is") ? (*body)["is"].value_or(std::string("mutable")) : "mutable"));
      if (auto error = members(type.str(), names)) return fail(*error);
    }
    return std::move(rows_);
  }

 private:
  static toml::table table(const toml::table& root, std::string_view key) {
    const toml::table* found = root[key].as_table();
    return found == nullptr ? toml::table{} : *found;
  }
  std::unexpected<Error> fail(const std::string& what) const {
    return std::unexpected(Error{file_ + ": " + what});
  }

  // Short names of this file's types become full ones.
  std::string full(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
      };
      if (!is_word(text[i])) {
        out += text[i++];
        continue;
      }
      std::size_t end = i;
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string word(text.substr(i, end - i));
      std::string replacement = word;
      for (const std::string& type : types_) {
        if (word.find('.') == std::string::npos && type.ends_with("." + word)) replacement = type;
      }
      out += replacement;
      i = end;
    }
    return out;
  }

  std::optional<std::string> members(std::string_view owner, const toml::node& node) {
    const toml::table* names = node.as_table();
    if (names == nullptr) return "[" + std::string(owner) + "] must be a table";
    for (const auto& [key_node, value] : *names) {
      const std::string_view key = key_node.str();
      if (key == "is") continue;
      const auto text = value.value<std::string>();
      if (!text) return std::string(owner) + "." + std::string(key) + " must be a string";
      const std::size_t open = key.find('(');
      const std::string name = std::string(owner) + "." + std::string(key.substr(0, open));
      constexpr std::string_view kProperty = "get: ";
      const bool is_property = open == std::string_view::npos && text->starts_with(kProperty);
      if (open == std::string_view::npos && !is_property) {
        add(name, KnowledgeKind::Attribute, "", full(*text));
        continue;
      }
      if (is_property) {
        add(name, KnowledgeKind::Function, "", full(text->substr(kProperty.size())));
      } else {
        add(name, KnowledgeKind::Function, std::string(key.substr(open)), full(*text));
      }
      const KnowledgeFileRow& row = rows_.back();
      if (row.text != "unknown" &&
          parse_callable({row.name, row.kind, row.signature, row.text, row.library}).is_unknown) {
        return "`" + name + "`: a clause of `" + *text +
               "` is not of the language (see docs/knowledge.md)";
      }
    }
    return std::nullopt;
  }

  void add(std::string name, KnowledgeKind kind, std::string signature, std::string text) {
    rows_.push_back({std::move(name), std::move(signature), std::move(text), library_, kind});
  }

  std::string file_;
  std::string library_;
  std::set<std::string> types_;
  std::vector<KnowledgeFileRow> rows_;
};

}  // namespace

Result<std::vector<KnowledgeFileRow>> read_knowledge_file(std::string_view toml,
                                                          std::string_view file) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    return std::unexpected(Error{std::string(file) + ":" +
                                 std::to_string(parsed.error().source().begin.line) + ": " +
                                 std::string(parsed.error().description())});
  }
  return Reader(file).read(parsed.table());
}

}  // namespace braid::effects
