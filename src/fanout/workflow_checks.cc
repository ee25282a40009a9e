#include "fanout/workflow_checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
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

std::optional<Wrong> no_text(std::string_view text, const std::string& what, std::uint32_t line) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos) return std::nullopt;
  return Wrong{line, fmt::format("{} is not UTF-8, as a request is: its byte {} is 0x{:02X}; text "
                                 "of another encoding is converted first, as with iconv -f latin1 "
                                 "-t utf-8, or is read as an input",
                                 what, bad, static_cast<unsigned char>(text[bad]))};
}

std::string literal_text(const Template& prompt) {
  std::string out;
  for (const Template::Piece& piece : prompt.pieces()) out += piece.text;
  return out;
}

bool has_python() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (true) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, end));
    if (::access(((folder.empty() ? "." : folder) + "/python3").c_str(), X_OK) == 0) return true;
    if (end == rest.size()) return false;
    rest.remove_prefix(end + 1);
  }
}

// `function` is FILE:FUNCTION.
std::optional<Wrong> missing(const std::string& function, const std::string& who,
                             std::uint32_t line) {
  const std::string file = function.substr(0, function.rfind(':'));
  if (::access(file.c_str(), R_OK) != 0) {
    return Wrong{line, fmt::format("{} calls a function of {}, which cannot be read: {}", who, file,
                                   std::strerror(errno))};
  }
  if (has_python()) return std::nullopt;
  return Wrong{line, who + " calls a function of Python, and there is no python3 in PATH"};
}

}  // namespace

std::optional<Wrong> find_no_text(const Workflow& workflow) {
  std::optional<Wrong> out;
  const auto look = [&](std::string_view text, const std::string& what, std::uint32_t line) {
    if (!out) out = no_text(text, what, line);
  };
  for (const auto& [label, model] : workflow.models) {
    look(model.name.value_or(""), "the name of a model", model.line);
    look(model.system.value_or(""), "the system message", model.line);
  }
  for (const Part& part : workflow.parts) {
    look(literal_text(part.prompt), "the prompt of the part " + part.name, part.line);
    look(part.system.value_or(""), "the system message", part.line);
    look(part.own.name.value_or(""), "the name of a model", part.line);
    look(part.own.system.value_or(""), "the system message", part.line);
  }
  for (const Merge& merge : workflow.merges) {
    const std::string of = " of the merge " + merge.name;
    look(literal_text(merge.prompt), "the prompt" + of, merge.line);
    look(merge.criteria, "the criteria" + of, merge.line);
    for (const std::string& each : merge.vote.choices) look(each, "a choice" + of, merge.line);
  }
  return out;
}

std::optional<Wrong> find_missing_function(const Workflow& workflow) {
  constexpr std::string_view kPython = "python:";
  for (const Merge& merge : workflow.merges) {
    const std::string who = "the merge " + merge.name;
    std::optional<Wrong> out;
    if (merge.kind == MergeKind::python) out = missing(merge.function, who, merge.line);
    if (merge.kind == MergeKind::vote && merge.vote.normalise.starts_with(kPython)) {
      out = missing(merge.vote.normalise.substr(kPython.size()), who, merge.line);
    }
    if (out) return out;
  }
  return std::nullopt;
}

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
