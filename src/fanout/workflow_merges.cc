// What [merge] says.
#include <fmt/format.h>

#include "fanout/workflow_file.h"
#include "fanout/workflow_reading.h"

namespace braid::fanout {
namespace {

class MergeReader {
 public:
  explicit MergeReader(Values& values) : values_(values) {}

  std::optional<Merge> read(std::string_view name, const toml::node& node) {
    constexpr std::pair<std::string_view, MergeKind> kKinds[] = {
        {"stitch", MergeKind::stitch},
        {"jsonl", MergeKind::jsonl},
        {"vote", MergeKind::vote},
        {"best", MergeKind::best},
        {"synthesise", MergeKind::synthesise},
        {"python", MergeKind::python}};
    if (!node.is_table()) {
      values_.wrong(node, "a merge is a table");
      return std::nullopt;
    }
    Merge merge;
    merge.name = name;
    merge.line = node.source().begin.line;
    Table table(*node.as_table(), fmt::format("[merge] {}", name));
    int kinds = 0;
    for (const auto& [word, kind] : kKinds) {
      const toml::node* of = table.take(word);
      if (of == nullptr) continue;
      ++kinds;
      merge.kind = kind;
      if (kind == MergeKind::python) {
        merge.function = values_.text_of(*of, "python");
        const std::size_t colon = merge.function.rfind(':');
        if (colon == std::string::npos) {
          values_.wrong(*of, "python is FILE:FUNCTION");
          return std::nullopt;
        }
        merge.function =
            values_.beside(merge.function.substr(0, colon)) + merge.function.substr(colon);
      } else {
        merge.of = values_.names_of(*of, word);
      }
    }
    if (kinds != 1) {
      if (const auto unknown = table.unknown(); unknown && kinds == 0) {
        values_.wrong(unknown->first, unknown->second);
      } else {
        values_.wrong(node, fmt::format("the merge {} says one of stitch, jsonl, vote, best, "
                                        "synthesise and python",
                                        name));
      }
      return std::nullopt;
    }
    read_missing(table.take("missing"), merge);
    read_merge_keys(table, merge);
    values_.end(table);
    return merge;
  }

 private:
  void read_missing(const toml::node* node, Merge& merge) {
    if (node == nullptr) return;
    if (const toml::table* inner = node->as_table()) {
      Table table(*inner, "missing");
      const auto quorum = values_.number_of<std::size_t>(table.take("quorum"), "quorum", 1);
      if (quorum)
        merge.missing = Missing{Missing::Kind::quorum, *quorum};
      else
        values_.wrong(*node, "missing is \"all\", \"best-effort\" or { quorum = K }");
      values_.end(table);
      return;
    }
    const auto missing = missing_named(values_.text_of(*node, "missing"));
    if (!missing) return values_.wrong(*node, missing.error().message);
    merge.missing = *missing;
  }

  void read_merge_keys(Table& table, Merge& merge) {
    switch (merge.kind) {
      case MergeKind::stitch:
        if (const toml::node* join = table.take("join"))
          merge.join = values_.text_of(*join, "join");
        return;
      case MergeKind::jsonl:
        if (const toml::node* rows = table.take("rows")) {
          const std::string word = values_.text_of(*rows, "rows");
          if (word != "part" && word != "record")
            return values_.wrong(*rows, "rows is part or record");
          merge.record_rows = word == "record";
        }
        return;
      case MergeKind::vote:
        return read_vote(table, merge);
      case MergeKind::best:
        if (const toml::node* criteria = table.take("criteria")) {
          merge.criteria = values_.text_or_file(*criteria, "criteria");
        }
        merge.judge = values_.optional_text(table.take("judge"), "judge").value_or("");
        merge.scale = values_.number_of<double>(table.take("scale"), "scale", 2).value_or(10);
        merge.pairs = values_.flag_of(table.take("pairs"), "pairs").value_or(false);
        if (const toml::node* ties = table.take("ties")) {
          merge.vote.ties = values_.text_of(*ties, "ties");
          if (merge.vote.ties != "none" && merge.vote.ties != "first") {
            return values_.wrong(*ties, "ties of best is none or first");
          }
        }
        return;
      case MergeKind::synthesise:
        if (const toml::node* prompt = table.take("prompt")) {
          merge.prompt = values_.template_of(*prompt, "the prompt");
        } else {
          values_.wrong(table.line(), fmt::format("the merge {} has no prompt", merge.name));
        }
        merge.model = values_.optional_text(table.take("model"), "model").value_or("");
        merge.fit = values_.number_of<std::size_t>(table.take("fit"), "fit", 1).value_or(0);
        return;
      case MergeKind::python:
        if (const toml::node* of = table.take("of")) merge.of = values_.names_of(*of, "of");
        return;
    }
  }

  void read_vote(Table& table, Merge& merge) {
    VoteRules& rules = merge.vote;
    if (const toml::node* choices = table.take("choices"))
      rules.choices = values_.names_of(*choices, "choices");
    if (const toml::node* normalise = table.take("normalise")) {
      rules.normalise = values_.text_of(*normalise, "normalise");
      const bool known = rules.normalise == "word" || rules.normalise == "none" ||
                         rules.normalise.starts_with("json:") ||
                         rules.normalise.starts_with("python:");
      if (!known)
        return values_.wrong(*normalise,
                             "normalise is word, none, json:/pointer or python:FILE:FUNCTION");
      if (rules.normalise.starts_with("python:")) {
        rules.normalise = "python:" + values_.beside(rules.normalise.substr(7));
      }
    }
    if (const toml::node* invalid = table.take("invalid")) {
      const std::string word = values_.text_of(*invalid, "invalid");
      if (word != "abstain" && word != "fail")
        return values_.wrong(*invalid, "invalid is abstain or fail");
      rules.invalid_fails = word == "fail";
    }
    rules.quorum = values_.number_of<std::size_t>(table.take("quorum"), "quorum", 0).value_or(0);
    rules.margin = values_.number_of<std::size_t>(table.take("margin"), "margin", 0).value_or(1);
    rules.ties = values_.optional_text(table.take("ties"), "ties").value_or("none");
    if (const toml::node* stop = table.take("stop")) {
      const auto rule =
          stop_named(stop->is_floating_point() ? fmt::format("{}", *stop->value<double>())
                                               : values_.text_of(*stop, "stop"),
                     rules.certainty);
      if (!rule) return values_.wrong(*stop, rule.error().message);
      rules.stop = *rule;
    }
  }

  Values& values_;
};

}  // namespace

std::optional<Merge> read_merge(Values& values, std::string_view name, const toml::node& node) {
  return MergeReader(values).read(name, node);
}

}  // namespace braid::fanout
