#include "fanout/workflow_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fanout/splits.h"

namespace braid::fanout {
namespace {

// One model as some part or merge may call it.
struct Called {
  Model settings;
  std::string who;
  std::uint32_t line = 0;
};

void add_called(const Workflow& workflow, const Part& part, const std::string& label,
                const std::string& who, std::uint32_t line, std::vector<Called>& out) {
  out.push_back({settings_of(workflow, part, label), who, line});
  const auto model = workflow.models.find(label);
  if (model == workflow.models.end()) return;
  for (const std::string& other : model->second.fallback) {
    out.push_back({settings_of(workflow, part, other), who, line});
  }
}

std::string label_or_default(const std::string& label) { return label.empty() ? "default" : label; }

// The label of the model that a merge calls; none where it calls nobody.
std::optional<std::string> label_of(const Merge& merge) {
  if (merge.kind == MergeKind::best) return label_or_default(merge.judge);
  if (merge.kind == MergeKind::synthesise) return label_or_default(merge.model);
  return std::nullopt;
}

std::vector<Called> called_by(const Workflow& workflow) {
  std::vector<Called> out;
  for (const Part& part : workflow.parts) {
    const std::string who = "the part " + part.name;
    if (part.models.empty()) add_called(workflow, part, "default", who, part.line, out);
    for (const std::string& label : part.models) {
      add_called(workflow, part, label, who, part.line, out);
    }
  }
  for (const Merge& merge : workflow.merges) {
    if (const auto label = label_of(merge)) {
      add_called(workflow, {}, *label, "the merge " + merge.name, merge.line, out);
    }
  }
  return out;
}

// The models that whole chat bodies name, each once.
std::set<std::string> models_in_bodies(const Workflow& workflow) {
  std::set<std::string> out;
  for (const Part& part : workflow.parts) {
    const Input* input = part.has_bodies ? workflow.find_input(part.each) : nullptr;
    if (input == nullptr) continue;
    for (const std::string_view line : cut_pieces(input->text, SplitKind::lines, "")) {
      const auto body = parse_json(without_edges(line).text);
      const Json* model = body ? body->find("model") : nullptr;
      if (model != nullptr) out.emplace(model->string_or(""));
    }
  }
  return out;
}

}  // namespace

std::optional<Wrong> find_unbounded(const Workflow& workflow) {
  const Budget& budget = workflow.budget;
  if (!budget.tokens && !budget.usd) return std::nullopt;
  if (budget.usd && !workflow.has_prices) {
    return Wrong{budget.line, "a budget in dollars needs prices"};
  }
  const auto unpriced = [&](const std::string& name) {
    return budget.usd && workflow.prices.find(name) == workflow.prices.end();
  };
  for (const Called& called : called_by(workflow)) {
    if (!called.settings.max_tokens) {
      return Wrong{called.line,
                   fmt::format("a budget needs max_tokens, so that the cost of a call has a bound; "
                               "{} has none",
                               called.who)};
    }
    if (unpriced(called.settings.name.value_or(""))) {
      return Wrong{called.line, fmt::format("a budget in dollars needs the price of {}",
                                            called.settings.name.value_or("the model " +
                                                                          called.settings.label))};
    }
  }
  if (!budget.usd) return std::nullopt;
  for (const std::string& name : models_in_bodies(workflow)) {
    if (unpriced(name)) {
      return Wrong{
          0, fmt::format("a budget in dollars needs the price of {}, which a request names", name)};
    }
  }
  return std::nullopt;
}

std::optional<Wrong> find_idle_model(const Workflow& workflow) {
  std::set<std::string> used = {"default"};
  for (const Part& part : workflow.parts) used.insert(part.models.begin(), part.models.end());
  for (const Merge& merge : workflow.merges) {
    if (const auto label = label_of(merge)) used.insert(*label);
  }
  for (const auto& [label, model] : workflow.models) {
    if (used.contains(label)) used.insert(model.fallback.begin(), model.fallback.end());
  }
  for (const auto& [label, model] : workflow.models) {
    if (!used.contains(label)) {
      return Wrong{model.line,
                   fmt::format("the model {} is declared, but nothing calls it", label)};
    }
  }
  return std::nullopt;
}

std::optional<Wrong> find_wrong_input(const Workflow& workflow) {
  const Input* from_stdin = nullptr;
  for (const Input& input : workflow.inputs) {
    if (input.path == "-" && std::exchange(from_stdin, &input) != nullptr) {
      return Wrong{input.line,
                   fmt::format("stdin can be read once only, and {} wants it as well", input.name)};
    }
    const bool is_cut = input.batch > 0 || input.tokens > 0 || input.overlap > 0;
    if (input.split == SplitKind::whole && is_cut) {
      return Wrong{input.line,
                   fmt::format("batch, tokens and overlap are of chunks, and the input {} says no "
                               "split",
                               input.name)};
    }
    if (!input.id.empty() && input.split != SplitKind::records) {
      return Wrong{
          input.line,
          fmt::format("id is of records: the input {} needs split = \"records\"", input.name)};
    }
  }
  return std::nullopt;
}

}  // namespace braid::fanout
