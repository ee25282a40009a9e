#include "fanout/workflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "fanout/odd_bytes.h"
#include "fanout/schema.h"
#include "fanout/splits.h"
#include "fanout/workflow_checks.h"

namespace braid::fanout {
namespace {

template <class Thing>
const Thing* find_in(const std::vector<Thing>& things, std::string_view name) {
  const auto found = std::find_if(things.begin(), things.end(),
                                  [&](const Thing& each) { return each.name == name; });
  return found == things.end() ? nullptr : &*found;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

template <class Value>
void take(std::optional<Value>& to, const std::optional<Value>& from) {
  if (from) to = from;
}

void overlay(Model& to, const Model& from) {
  take(to.name, from.name);
  take(to.base_url, from.base_url);
  if (from.key_env || from.key_file) {
    to.key_env = from.key_env;
    to.key_file = from.key_file;
  }
  take(to.system, from.system);
  take(to.temperature, from.temperature);
  take(to.top_p, from.top_p);
  take(to.seed, from.seed);
  take(to.max_tokens, from.max_tokens);
  take(to.context, from.context);
  take(to.timeout, from.timeout);
  take(to.stream, from.stream);
  take(to.rpm, from.rpm);
  take(to.tpm, from.tpm);
  take(to.max_in_flight, from.max_in_flight);
  if (!from.headers.empty()) to.headers = from.headers;
  take(to.extra, from.extra);
  to.http2 = to.http2 || from.http2;
}

constexpr std::string_view kReserved[] = {"chunk", "parts", "context"};

// All checks; the first thing that is wrong ends them.
class Checks {
 public:
  explicit Checks(Workflow& workflow) : workflow_(workflow) {}

  Result<void> run() {
    check_names();
    for (Input& input : workflow_.inputs) check_input(input);
    take(find_wrong_input(workflow_));
    for (const Part& part : workflow_.parts) check_part(part);
    if (error_.empty()) check_cycles();
    for (const Merge& merge : workflow_.merges) check_merge(merge);
    if (error_.empty()) check_result();
    if (error_.empty()) check_unread();
    if (error_.empty()) take(find_idle_model(workflow_));
    if (error_.empty()) take(find_no_text(workflow_));
    if (error_.empty()) take(find_missing_function(workflow_));
    if (error_.empty()) take(find_unbounded(workflow_));
    if (!error_.empty()) return std::unexpected(Error{error_});
    return {};
  }

 private:
  void wrong(std::uint32_t line, const std::string& what) {
    if (!error_.empty()) return;
    error_ = workflow_.path.empty() ? what
             : line == 0            ? fmt::format("{}: {}", workflow_.path, what)
                                    : fmt::format("{}:{}: {}", workflow_.path, line, what);
  }

  void take(const std::optional<Wrong>& found) {
    if (found) wrong(found->line, found->what);
  }

  void check_names() {
    std::map<std::string, std::string> seen;
    const auto add = [&](const std::string& name, const char* kind, std::uint32_t line) {
      if (!is_name(name)) {
        wrong(line,
              fmt::format("\"{}\" cannot be a name: a letter, then letters, digits, _ or -", name));
      }
      if (std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved)) {
        wrong(line, fmt::format("the name {} is reserved", name));
      }
      if (const auto [at, is_new] = seen.emplace(name, kind); !is_new) {
        wrong(line, fmt::format("the name {} is used twice: {} and {}", name, at->second, kind));
      }
      names_.push_back(name);
    };
    for (const Input& input : workflow_.inputs) add(input.name, "an input", input.line);
    for (const Part& part : workflow_.parts) add(part.name, "a part", part.line);
    for (const Merge& merge : workflow_.merges) add(merge.name, "a merge", merge.line);
    for (const auto& [label, model] : workflow_.models) models_.push_back(label);
    for (const auto& [label, model] : workflow_.models) {
      for (const std::string& other : model.fallback) {
        check_label(other, "the model " + label, model.line);
      }
    }
    if (workflow_.parts.empty() && workflow_.merges.empty()) {
      wrong(0, "there is nothing to ask: no part is declared");
    }
  }

  [[nodiscard]] bool is_known(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  void check_input(Input& input) {
    if (input.batch > 0 && input.tokens > 0) {
      wrong(input.line, fmt::format("the input {} has both batch and tokens", input.name));
    }
    const std::size_t bad = find_odd_byte(input.text);
    if (bad == std::string_view::npos) return;
    const bool is_bodies =
        std::any_of(workflow_.parts.begin(), workflow_.parts.end(),
                    [&](const Part& part) { return part.has_bodies && part.each == input.name; });
    if (is_bodies) {
      wrong(input.line,
            fmt::format("{}: byte {} is not UTF-8, and a request is UTF-8 text", input.path, bad));
      return;
    }
    input.text = all_shown(input.text);
    input.has_odd_bytes = true;
  }

  // A name in braces: it must be there, and be one text.
  void check_read(const std::string& name, const std::string& reader, std::uint32_t line) {
    if (!is_known(name)) {
      wrong(line,
            fmt::format("{} reads {{{}}}, which is nothing that is declared{}; literal braces "
                        "are written {{{{ and }}}}",
                        reader, name, nearest(name, names_)));
      return;
    }
    read_.insert(name);
    if (gives_many(workflow_, name)) {
      wrong(line,
            fmt::format("{} reads {{{}}}, which gives many texts: merge them first", reader, name));
    }
  }

  void check_label(const std::string& label, const std::string& reader, std::uint32_t line) {
    if (!label.empty() && label != "default" &&
        workflow_.models.find(label) == workflow_.models.end()) {
      wrong(line, fmt::format("{} wants the model {}, which is not declared{}", reader, label,
                              nearest(label, models_)));
    }
  }

  void check_part(const Part& part) {
    const std::string who = "the part " + part.name;
    for (const std::string& name : part.prompt.names()) {
      if (name == "chunk" || (name == "context" && !part.each.empty())) {
        if (part.each.empty()) {
          wrong(part.line, who + " reads {chunk}, but says of nothing `each`");
        }
        continue;
      }
      if (name == part.each) {
        wrong(part.line, fmt::format("{} works on each {}: one at a time is {{chunk}}", who, name));
      }
      check_read(name, who, part.line);
    }
    if (!part.each.empty()) {
      if (!part.has_bodies && !part.prompt.names("chunk")) {
        wrong(part.line,
              fmt::format("{} works on each {}, but its prompt has no {{chunk}}", who, part.each));
      }
      check_each(part, who);
    }
    for (const std::string& label : part.models) check_label(label, who, part.line);
    if (part.repeat < 1) wrong(part.line, who + ": repeat is 1 or more");
    for (const std::string& label : labels_of(part)) {
      const Model settings = settings_of(workflow_, part, label);
      if (part.repeat > 1 && settings.temperature && *settings.temperature == 0) {
        wrong(part.line, who + " is repeated at temperature 0: all draws would be the same");
      }
      if (settings.max_tokens && *settings.max_tokens < 1) {
        wrong(part.line, who + ": max_tokens is 1 or more");
      }
    }
  }

  void check_each(const Part& part, const std::string& who) {
    const Input* input = workflow_.find_input(part.each);
    const Part* source = workflow_.find_part(part.each);
    if (!is_known(part.each)) {
      wrong(part.line, fmt::format("{} works on each {}, which is nothing that is declared{}", who,
                                   part.each, nearest(part.each, names_)));
      return;
    }
    read_.insert(part.each);
    if (input == nullptr && source == nullptr) {
      wrong(part.line,
            fmt::format("{} works on each {}, which is no input and no part", who, part.each));
    }
    if (source != nullptr && (source->repeat > 1 || source->models.size() > 1)) {
      wrong(part.line, fmt::format("{} works on each {}, which gives many texts for each item", who,
                                   part.each));
    }
    if (source != nullptr && source->each.empty()) {
      wrong(part.line,
            fmt::format("{} works on each {}, which gives one text only", who, part.each));
    }
    if (input != nullptr && input->split == SplitKind::whole) {
      wrong(part.line, fmt::format("{} works on each {}, which says no split", who, part.each));
    }
    if (part.covers && (input == nullptr || input->split != SplitKind::records)) {
      wrong(part.line,
            fmt::format("{} says covers, but {} is no input of records", who, part.each));
    }
  }

  [[nodiscard]] static std::vector<std::string> labels_of(const Part& part) {
    return part.models.empty() ? std::vector<std::string>{"default"} : part.models;
  }

  void check_merge(const Merge& merge) {
    const std::string who = "the merge " + merge.name;
    if (merge.of.empty()) wrong(merge.line, who + " merges nothing");
    std::size_t least = 0;
    bool is_open = false;  // how many there will be depends on an input
    for (const std::string& name : merge.of) {
      if (!is_known(name)) {
        wrong(merge.line, fmt::format("{} merges {}, which is nothing that is declared{}", who,
                                      name, nearest(name, names_)));
        continue;
      }
      read_.insert(name);
      const Part* part = workflow_.find_part(name);
      least +=
          part == nullptr ? 1 : static_cast<std::size_t>(part->repeat) * labels_of(*part).size();
      if (part != nullptr && !part->each.empty()) is_open = true;
    }
    if (merge.missing && merge.missing->kind == Missing::Kind::quorum && !is_open &&
        merge.missing->quorum > least) {
      wrong(merge.line, fmt::format("{} wants a quorum of {}, but there are only {} parts", who,
                                    merge.missing->quorum, least));
    }
    if (merge.kind == MergeKind::vote) check_vote(merge, who, is_open ? SIZE_MAX : least);
    if (merge.kind == MergeKind::synthesise) {
      if (!merge.prompt.names("parts")) {
        wrong(merge.line, who + ": its prompt has no {parts}");
      }
      for (const std::string& name : merge.prompt.names()) {
        if (name != "parts") check_read(name, who, merge.line);
      }
      check_label(merge.model, who, merge.line);
    }
    if (merge.kind == MergeKind::best) {
      check_label(merge.judge, who, merge.line);
      if (merge.criteria.empty()) wrong(merge.line, who + " has no criteria");
      if (!merge.pairs && merge.scale < 2) wrong(merge.line, who + ": scale is 2 or more");
    }
  }

  void check_vote(const Merge& merge, const std::string& who, std::size_t ballots) {
    const VoteRules& rules = merge.vote;
    if (rules.quorum > ballots) {
      wrong(merge.line, fmt::format("{} wants a quorum of {}, but there are only {} ballots", who,
                                    rules.quorum, ballots));
    }
    const bool is_label = rules.ties != "none" && rules.ties != "first";
    if (is_label && !rules.choices.empty() &&
        std::find(rules.choices.begin(), rules.choices.end(), rules.ties) == rules.choices.end()) {
      wrong(merge.line, fmt::format("{} gives ties to {}, which is no choice{}", who, rules.ties,
                                    nearest(rules.ties, rules.choices)));
    }
    if (rules.choices.size() == 1) wrong(merge.line, who + " has a single choice");
  }

  [[nodiscard]] std::vector<std::string> reads_of(const std::string& name) const {
    std::vector<std::string> out;
    if (const Part* part = workflow_.find_part(name)) {
      out = part->prompt.names();
      if (!part->each.empty()) out.push_back(part->each);
    }
    if (const Merge* merge = workflow_.find_merge(name)) {
      out = merge->of;
      for (const std::string& read : merge->prompt.names()) out.push_back(read);
    }
    return out;
  }

  void check_cycles() {
    std::map<std::string, int> state;  // 1: being visited, 2: done
    std::vector<std::string> path;
    const std::function<void(const std::string&)> visit = [&](const std::string& name) {
      if (!error_.empty() || state[name] == 2) return;
      if (state[name] == 1) {
        std::string shown;
        for (auto at = std::find(path.begin(), path.end(), name); at != path.end(); ++at) {
          shown += *at + " → ";
        }
        const Part* part = workflow_.find_part(name);
        const Merge* merge = workflow_.find_merge(name);
        wrong(part != nullptr    ? part->line
              : merge != nullptr ? merge->line
                                 : 0,
              "these wait for each other: " + shown + name);
        return;
      }
      state[name] = 1;
      path.push_back(name);
      for (const std::string& read : reads_of(name)) visit(read);
      path.pop_back();
      state[name] = 2;
    };
    for (const std::string& name : names_) visit(name);
  }

  void check_result() {
    if (!workflow_.result.empty()) {
      if (workflow_.find_part(workflow_.result) == nullptr &&
          workflow_.find_merge(workflow_.result) == nullptr) {
        std::vector<std::string> known;
        for (const Part& part : workflow_.parts) known.push_back(part.name);
        for (const Merge& merge : workflow_.merges) known.push_back(merge.name);
        wrong(workflow_.result_line,
              fmt::format("the result {} is no part and no merge{}", workflow_.result,
                          nearest(workflow_.result, known)));
        return;
      }
      read_.insert(workflow_.result);
    } else {
      std::vector<std::string> sinks;
      for (const std::string& name : names_) {
        if (!read_.contains(name) && workflow_.find_input(name) == nullptr) sinks.push_back(name);
      }
      if (sinks.size() != 1) {
        wrong(0, fmt::format("say which is the result, as in result = \"NAME\": nothing reads {}",
                             fmt::join(sinks, ", ")));
        return;
      }
      workflow_.result = sinks[0];
      read_.insert(sinks[0]);
    }
    if (workflow_.find_part(workflow_.result) != nullptr &&
        gives_many(workflow_, workflow_.result)) {
      wrong(workflow_.result_line,
            fmt::format("the result {} gives many texts: merge them first", workflow_.result));
    }
  }

  void check_unread() {
    const auto unread = [&](const std::string& name, std::uint32_t line, const char* kind) {
      if (!read_.contains(name)) {
        wrong(line, fmt::format("{} {} is declared, but nothing reads it", kind, name));
      }
    };
    for (const Input& input : workflow_.inputs) unread(input.name, input.line, "the input");
    for (const Part& part : workflow_.parts) unread(part.name, part.line, "the part");
    for (const Merge& merge : workflow_.merges) unread(merge.name, merge.line, "the merge");
  }

  Workflow& workflow_;
  std::vector<std::string> names_;
  std::vector<std::string> models_;
  std::set<std::string> read_;
  std::string error_;
};

}  // namespace

const Input* Workflow::find_input(std::string_view name) const { return find_in(inputs, name); }
const Part* Workflow::find_part(std::string_view name) const { return find_in(parts, name); }
const Merge* Workflow::find_merge(std::string_view name) const { return find_in(merges, name); }

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string_view found;
  for (const std::string& each : known) {
    if (const std::size_t distance = edit_distance(word, each); distance < best) {
      best = distance;
      found = each;
    }
  }
  return found.empty() ? std::string() : fmt::format("; did you mean {}?", found);
}

Model settings_of(const Workflow& workflow, const Part& part, std::string_view label) {
  Model out;
  out.label = label;
  for (const std::string_view name : {std::string_view("default"), label}) {
    const auto found = workflow.models.find(name);
    if (found != workflow.models.end()) overlay(out, found->second);
  }
  overlay(out, part.own);
  if (part.system) out.system = part.system;
  return out;
}

bool gives_many(const Workflow& workflow, std::string_view name) {
  if (const Part* part = workflow.find_part(name)) {
    return !part->each.empty() || part->repeat > 1 || part->models.size() > 1;
  }
  if (const Merge* merge = workflow.find_merge(name); merge && merge->kind == MergeKind::vote) {
    return merge->of.size() == 1 && workflow.find_part(merge->of[0]) != nullptr &&
           !workflow.find_part(merge->of[0])->each.empty();
  }
  return false;
}

Result<void> validate(Workflow& workflow) { return Checks(workflow).run(); }

}  // namespace braid::fanout
