#include "effects/knowledge.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <unordered_map>

#include "effects/knowledge_file.h"
#include "effects/knowledge_text.h"

namespace braid::effects {

bool CallableModel::has(ClauseKind kind) const {
  return std::any_of(clauses.begin(), clauses.end(),
                     [&](const Clause& clause) { return clause.kind == kind; });
}

bool CallableModel::gives(ReturnOrigin origin) const {
  return std::any_of(clauses.begin(), clauses.end(), [&](const Clause& clause) {
    return clause.kind == ClauseKind::returns && clause.returns.origin == origin;
  });
}

struct Knowledge::Tables {
  struct Added {
    std::string name, signature, text, library;
    KnowledgeRow row() const { return {name, kind, signature, text, library}; }
    KnowledgeKind kind{};
  };
  std::deque<Added> added_storage;  // strings that rows below point into
  std::vector<KnowledgeRow> added;  // a user's rows, sorted by name
  mutable std::unordered_map<const char*, std::unique_ptr<CallableModel>> callables;
  mutable std::unordered_map<const char*, std::unique_ptr<TypeModel>> types;

  // What has been asked for before, by full name; of members by type and member.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Answers = std::unordered_map<std::string, std::optional<Entry>, Hash, std::equal_to<>>;
  mutable Answers names, members;
  mutable std::string asked;  // TYPE.member

  static void keep(Answers& answers, std::string name, const std::optional<Entry>& found) {
    constexpr std::size_t kMost = 50'000;  // of a large tree's own names few are asked for again
    if (answers.size() >= kMost) answers.clear();
    answers.emplace(std::move(name), found);
  }

  static std::string_view name_of(const KnowledgeRow& row) { return row.name; }
  static std::string_view name_of(const PackedKnowledgeRow& row) {
    return {kKnowledgeText + row.name, row.name_size};
  }
  static KnowledgeRow row_of(const KnowledgeRow& row) { return row; }
  static KnowledgeRow row_of(const PackedKnowledgeRow& row) { return row.unpack(); }

  // The first row whose name is not before `name`.
  template <class Row>
  static const Row* first_from(const Row* begin, const Row* end, std::string_view name) {
    return std::lower_bound(begin, end, name,
                            [](const Row& row, std::string_view n) { return name_of(row) < n; });
  }

  // Rows of this name, the user's before the built-in ones.
  [[nodiscard]] std::vector<KnowledgeRow> rows(std::string_view name) const {
    std::vector<KnowledgeRow> found;
    const auto collect = [&](const auto* begin, const auto* end) {
      for (const auto* row = first_from(begin, end, name); row != end && name_of(*row) == name;
           ++row)
        found.push_back(row_of(*row));
    };
    collect(added.data(), added.data() + added.size());
    if (found.empty()) collect(kKnowledgeRows, kKnowledgeRows + kKnowledgeRowCount);
    return found;
  }
  [[nodiscard]] bool any_below(std::string_view prefix) const {
    const auto has = [&](const auto* begin, const auto* end) {
      const auto* row = first_from(begin, end, prefix);
      return row != end && name_of(*row).starts_with(prefix);
    };
    return has(added.data(), added.data() + added.size()) ||
           has(kKnowledgeRows, kKnowledgeRows + kKnowledgeRowCount);
  }

  const CallableModel* callable(const KnowledgeRow& row) const {
    auto& slot = callables[row.name.data()];
    if (!slot) slot = std::make_unique<CallableModel>(parse_callable(row));
    return slot.get();
  }
  const TypeModel* type(const KnowledgeRow& row) const {
    auto& slot = types[row.name.data()];
    if (!slot) slot = std::make_unique<TypeModel>(parse_type_model(row));
    return slot.get();
  }
};

Knowledge::Knowledge() : tables_(std::make_unique<Tables>()) {}
Knowledge::~Knowledge() = default;
Knowledge::Knowledge(Knowledge&&) noexcept = default;
Knowledge& Knowledge::operator=(Knowledge&&) noexcept = default;

Result<void> Knowledge::add(std::string_view toml, std::string_view name) {
  auto rows = read_knowledge_file(toml, name);
  if (!rows) return std::unexpected(rows.error());
  for (KnowledgeFileRow& row : *rows) {
    tables_->added_storage.push_back({std::move(row.name), std::move(row.signature),
                                      std::move(row.text), std::move(row.library), row.kind});
    tables_->added.push_back(tables_->added_storage.back().row());
  }
  std::stable_sort(tables_->added.begin(), tables_->added.end(),
                   [](const KnowledgeRow& a, const KnowledgeRow& b) {
                     return a.name != b.name ? a.name < b.name : a.kind < b.kind;
                   });
  tables_->callables.clear();
  tables_->types.clear();
  tables_->names.clear();
  tables_->members.clear();
  return {};
}

std::optional<Entry> Knowledge::find(std::string_view full_name) const {
  if (auto known = tables_->names.find(full_name); known != tables_->names.end())
    return known->second;
  const std::optional<Entry> found = look_up(full_name);
  Tables::keep(tables_->names, std::string(full_name), found);
  return found;
}

std::optional<Entry> Knowledge::look_up(std::string_view full_name) const {
  for (int hops = 0; hops < 8; ++hops) {
    Entry entry;
    bool found = false;
    for (const KnowledgeRow& row : tables_->rows(full_name)) {
      if (row.kind == KnowledgeKind::Alias) return find(row.text);
      if (!found || row.kind == KnowledgeKind::Type) {
        entry.kind = row.kind;
        entry.name = row.name;
      }
      found = true;
      if (row.kind == KnowledgeKind::Function) entry.callable = tables_->callable(row);
      if (row.kind == KnowledgeKind::Type) entry.type = tables_->type(row);
      if (row.kind == KnowledgeKind::Attribute) entry.attribute_type = row.text;
    }
    if (found) return entry;
    break;
  }
  // An alias of a part of the path: `os.path` stands for `posixpath`, so os.path.join does too.
  for (std::size_t dot = full_name.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = full_name.rfind('.', dot - 1)) {
    for (const KnowledgeRow& row : tables_->rows(full_name.substr(0, dot))) {
      if (row.kind != KnowledgeKind::Alias) continue;
      return find(std::string(row.text) + std::string(full_name.substr(dot)));
    }
  }
  return std::nullopt;
}

std::optional<Entry> Knowledge::find_member(std::string_view type, std::string_view member) const {
  std::string& asked = tables_->asked;
  asked.assign(type).append(".").append(member);
  if (auto known = tables_->members.find(asked); known != tables_->members.end())
    return known->second;
  std::string name = asked;
  const std::optional<Entry> found = look_up_member(type, member);
  Tables::keep(tables_->members, std::move(name), found);
  return found;
}

std::optional<Entry> Knowledge::look_up_member(std::string_view type,
                                               std::string_view member) const {
  if (auto entry = find(std::string(type) + "." + std::string(member))) return entry;
  const auto owner = find(type);
  if (!owner || owner->type == nullptr) return std::nullopt;
  for (std::string_view base : owner->type->bases) {
    if (base == type) continue;
    if (auto entry = find_member(base, member)) return entry;
  }
  return std::nullopt;
}

bool Knowledge::knows_module(std::string_view module) const {
  return !tables_->rows(module).empty() || tables_->any_below(std::string(module) + ".");
}

}  // namespace braid::effects
