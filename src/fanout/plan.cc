// What a run would do: its calls are counted as run() counts them, tokens by bytes / 4.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "fanout/budget.h"
#include "fanout/fanout.h"
#include "fanout/splits.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kUnboundedAnswer = 250;  // tokens, where nobody says how many

std::vector<std::string> labels_of(const Part& part) {
  return part.models.empty() ? std::vector<std::string>{"default"} : part.models;
}

class Planner {
 public:
  explicit Planner(const Workflow& workflow) : workflow_(workflow) {}

  Plan make() {
    for (const Input& input : workflow_.inputs) {
      plan_.lines.push_back({input.name, "input", {}, 0, 0, 0, std::nullopt});
    }
    for (const Part& part : workflow_.parts) add_part(part);
    for (const Merge& merge : workflow_.merges) add_merge(merge);
    add_up();
    return std::move(plan_);
  }

 private:
  // Bytes that a name is likely to stand for.
  std::size_t bytes_of(const std::string& name) const {
    if (const Input* input = workflow_.find_input(name)) return input->text.size();
    if (const Part* part = workflow_.find_part(name)) {
      const Model settings = settings_of(workflow_, *part, labels_of(*part)[0]);
      return static_cast<std::size_t>(settings.max_tokens.value_or(kUnboundedAnswer)) * 4;
    }
    return kUnboundedAnswer * 4;
  }

  std::size_t frame_bytes(const Template& prompt) const {
    std::size_t bytes = 0;
    for (const Template::Piece& piece : prompt.pieces()) {
      if (!piece.is_name)
        bytes += piece.text.size();
      else if (piece.text != "chunk" && piece.text != "parts" && piece.text != "context") {
        bytes += bytes_of(piece.text);
      }
    }
    return bytes;
  }

  const std::vector<Chunk>& chunks_of(const std::string& name) {
    auto found = chunks_.find(name);
    if (found == chunks_.end()) {
      found = chunks_.emplace(name, cut_chunks(*workflow_.find_input(name))).first;
    }
    return found->second;
  }

  // The number of items of a part, and the bytes of all its chunks.
  std::pair<std::size_t, std::size_t> items_of(const Part& part) {
    if (part.each.empty()) return {1, 0};
    if (const Part* source = workflow_.find_part(part.each)) {
      const std::size_t items = items_of(*source).first;
      return {items, items * bytes_of(part.each)};
    }
    const std::vector<Chunk>& chunks = chunks_of(part.each);
    std::size_t bytes = 0;
    for (const Chunk& chunk : chunks) bytes += chunk.text.size() + chunk.context.size();
    return {chunks.size(), bytes};
  }

  void add_part(const Part& part) {
    Plan::Line line;
    line.name = part.name;
    line.kind = "part";
    line.reads = part.prompt.names();
    std::erase_if(line.reads,
                  [](const auto& name) { return name == "chunk" || name == "context"; });
    if (!part.each.empty()) line.reads.push_back(part.each);
    const auto [items, bytes] = items_of(part);
    const auto draws = static_cast<std::size_t>(part.repeat);
    double usd = 0;
    bool has_usd = true;
    for (const std::string& label : labels_of(part)) {
      const Model settings = settings_of(workflow_, part, label);
      const std::size_t frame = frame_bytes(part.prompt) + settings.system.value_or("").size();
      const std::size_t prompt = estimate_tokens((items * frame + bytes) * draws);
      const std::size_t most =
          items * draws * static_cast<std::size_t>(settings.max_tokens.value_or(0));
      line.calls += items * draws;
      line.prompt_tokens += prompt;
      line.completion_tokens += most;
      has_usd = add_usd(settings, prompt, most, usd) && has_usd;
      add_load(settings, items * draws, prompt + most);
    }
    if (has_usd) line.usd = usd;
    for (const Merge& merge : workflow_.merges) {
      const bool may_stop = merge.kind == MergeKind::vote && merge.vote.stop != StopRule::never &&
                            merge.of.size() == 1 && merge.of[0] == part.name && draws > 1;
      if (may_stop) plan_.is_exact = false;
    }
    plan_.lines.push_back(std::move(line));
  }

  bool add_usd(const Model& settings, std::size_t prompt, std::size_t most, double& usd) const {
    const auto price = workflow_.prices.find(settings.name.value_or(""));
    if (price == workflow_.prices.end()) return false;
    usd += usd_bound(static_cast<std::int64_t>(prompt), static_cast<std::int64_t>(most),
                     price->second);
    return true;
  }

  void add_merge(const Merge& merge) {
    Plan::Line line;
    line.name = merge.name;
    line.kind = "merge";
    line.reads = merge.of;
    for (const std::string& name : merge.prompt.names()) {
      if (name != "parts") line.reads.push_back(name);
    }
    line.usd = 0.0;
    if (merge.kind == MergeKind::best || merge.kind == MergeKind::synthesise) {
      std::size_t pieces = 0;
      std::size_t bytes = 0;
      for (const std::string& name : merge.of) {
        const Part* part = workflow_.find_part(name);
        const std::size_t texts = part == nullptr ? 1
                                                  : items_of(*part).first *
                                                        static_cast<std::size_t>(part->repeat) *
                                                        labels_of(*part).size();
        pieces += texts;
        bytes += texts * bytes_of(name);
      }
      const std::string& label = merge.kind == MergeKind::best ? merge.judge : merge.model;
      const Model settings = settings_of(workflow_, {}, label.empty() ? "default" : label);
      if (merge.kind == MergeKind::synthesise) {
        line.calls = 1;
        line.prompt_tokens = estimate_tokens(bytes + frame_bytes(merge.prompt));
        plan_.is_exact = plan_.is_exact && merge.fit == 0 && !settings.context;
      } else {
        line.calls = merge.pairs ? pieces * (pieces - 1) : pieces;
        line.prompt_tokens = estimate_tokens(merge.criteria.size() * line.calls + bytes);
      }
      line.completion_tokens =
          line.calls * static_cast<std::size_t>(settings.max_tokens.value_or(0));
      add_load(settings, line.calls, line.prompt_tokens + line.completion_tokens);
      double usd = 0;
      if (add_usd(settings, line.prompt_tokens, line.completion_tokens, usd))
        line.usd = usd;
      else
        line.usd.reset();
    }
    plan_.lines.push_back(std::move(line));
  }

  void add_up() {
    double usd = 0;
    bool has_usd = true;
    for (const Plan::Line& line : plan_.lines) {
      plan_.calls += line.calls;
      plan_.prompt_tokens += line.prompt_tokens;
      plan_.completion_tokens += line.completion_tokens;
      if (line.usd)
        usd += *line.usd;
      else if (line.kind != "input")
        has_usd = false;
    }
    if (has_usd) plan_.usd = usd;
    for (const auto& [key, load] : loads_) {
      if (load.rpm) lengthen(load.calls / *load.rpm * 60);
      if (load.tpm) lengthen(load.tokens / *load.tpm * 60);
    }
  }

  void lengthen(double seconds) { plan_.seconds = std::max(plan_.seconds.value_or(0), seconds); }

  // Calls for one key share its limits, whatever their model.
  void add_load(const Model& settings, std::size_t calls, std::size_t tokens) {
    Load& load = loads_[{settings.base_url.value_or(""), settings.key_file.value_or(""),
                         settings.key_env.value_or("")}];
    load.calls += static_cast<double>(calls);
    load.tokens += static_cast<double>(tokens);
    const auto take = [](std::optional<double>& to, const std::optional<double>& own,
                         const std::optional<double>& all) {
      const auto& from = own ? own : all;
      if (from && (!to || *from < *to)) to = from;
    };
    take(load.rpm, settings.rpm, workflow_.limits.rpm);
    take(load.tpm, settings.tpm, workflow_.limits.tpm);
  }

  struct Load {
    double calls = 0;
    double tokens = 0;
    std::optional<double> rpm;
    std::optional<double> tpm;
  };

  const Workflow& workflow_;
  std::map<std::array<std::string, 3>, Load> loads_;
  std::map<std::string, std::vector<Chunk>> chunks_;
  Plan plan_;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

// How many steps from the inputs each line stands.
std::vector<std::size_t> depths_of(const Plan& plan) {
  std::vector<std::size_t> out(plan.lines.size(), 0);
  for (std::size_t round = 0; round < plan.lines.size(); ++round) {
    for (std::size_t i = 0; i < plan.lines.size(); ++i) {
      for (const std::string& read : plan.lines[i].reads) {
        for (std::size_t j = 0; j < plan.lines.size(); ++j) {
          if (plan.lines[j].name == read) out[i] = std::max(out[i], out[j] + 1);
        }
      }
    }
  }
  return out;
}

}  // namespace

Plan plan_of(const Workflow& workflow) { return Planner(workflow).make(); }

std::string plan_json(const Plan& plan) {
  return fmt::format(
      "{{\"calls\":{},\"exact\":{},\"prompt_tokens\":{},\"completion_tokens\":{},\"usd\":{},"
      "\"seconds\":{}}}\n",
      plan.calls, plan.is_exact, plan.prompt_tokens, plan.completion_tokens,
      plan.usd ? fmt::format("{:.6f}", *plan.usd) : "null",
      plan.seconds ? fmt::format("{:.3f}", *plan.seconds) : "null");
}

std::string plan_text(const Plan& plan, const Workflow& workflow) {
  std::string out;
  for (const Plan::Line& line : plan.lines) {
    out += fmt::format("{} {}", line.kind, line.name);
    if (!line.reads.empty()) out += fmt::format(" ← {}", fmt::join(line.reads, ", "));
    if (line.calls > 0) {
      out += fmt::format(": {} call{}, about {} prompt tokens", line.calls,
                         line.calls == 1 ? "" : "s", line.prompt_tokens);
      if (line.completion_tokens > 0)
        out += fmt::format(", at most {} in answers", line.completion_tokens);
    }
    out += '\n';
  }
  out += fmt::format("result: {}\n", workflow.result);
  out += fmt::format("calls: {}{}\n", plan.calls, plan.is_exact ? "" : " at most");
  out += fmt::format("tokens: about {} in prompts, {}\n", plan.prompt_tokens,
                     plan.completion_tokens > 0
                         ? fmt::format("at most {} in answers", plan.completion_tokens)
                         : std::string("answers not bounded (no max_tokens)"));
  out += plan.usd ? fmt::format("cost: at most ${:.4f}\n", *plan.usd)
                  : std::string("cost: unknown (no price of the model)\n");
  out += plan.seconds ? fmt::format("time: at least {:.1f} s under the limits\n", *plan.seconds)
                      : std::string("time: not limited by rpm or tpm\n");
  out += "nothing was sent\n";
  return out;
}

std::string plan_svg(const Plan& plan, const Workflow&) {
  constexpr int kWide = 180;
  constexpr int kHigh = 44;
  constexpr int kAcross = 240;
  constexpr int kDown = 70;
  const std::vector<std::size_t> depths = depths_of(plan);
  std::map<std::size_t, int> filled;
  std::map<std::string, std::pair<int, int>> at;
  std::vector<std::pair<int, int>> places;
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    const int x = 20 + static_cast<int>(depths[i]) * kAcross;
    const int y = 20 + filled[depths[i]]++ * kDown;
    places.emplace_back(x, y);
    at[plan.lines[i].name] = {x, y};
  }
  int width = 0;
  int height = 0;
  for (const auto& [x, y] : places) {
    width = std::max(width, x + kWide + 20);
    height = std::max(height, y + kHigh + 20);
  }
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\">\n",
      width, height);
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    for (const std::string& read : plan.lines[i].reads) {
      const auto from = at.find(read);
      if (from == at.end()) continue;
      const int x1 = from->second.first + kWide;
      const int y1 = from->second.second + kHigh / 2;
      const int x2 = places[i].first;
      const int y2 = places[i].second + kHigh / 2;
      out += fmt::format("<path d=\"M{} {} C{} {} {} {} {} {}\" fill=\"none\" stroke=\"#888\"/>\n",
                         x1, y1, x1 + 30, y1, x2 - 30, y2, x2, y2);
    }
  }
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    const Plan::Line& line = plan.lines[i];
    const char* fill = line.kind == "input" ? "#eef" : line.kind == "part" ? "#efe" : "#fee";
    const std::string below =
        line.calls > 0 ? fmt::format("{}, {} calls", line.kind, line.calls) : line.kind;
    out += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"{}\" "
        "stroke=\"#888\"/>\n"
        "<text x=\"{}\" y=\"{}\">{}</text>\n<text x=\"{}\" y=\"{}\" fill=\"#666\">{}</text>\n",
        places[i].first, places[i].second, kWide, kHigh, fill, places[i].first + 10,
        places[i].second + 18, escaped(line.name), places[i].first + 10, places[i].second + 35,
        escaped(below));
  }
  return out + "</svg>\n";
}

}  // namespace braid::fanout
