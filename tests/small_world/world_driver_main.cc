// What Braid makes of many small programs, for the tests that execute them.
//
//   world_driver [--backend thread|process] [--assume-all] [--without CLASS…]   < programs >
//   answers
//
// In: programs, each a line with its number of bytes, then the bytes. Out: one JSON object a line
// for each: {"sites": [{"line", "verdict", "codes", "deal"}], "text": rewritten or null, "edges":
// [class…], "graphs": {line of a site: [[line, end line, line, end line]…]}}, the last being
// carried edges between accesses. The stages are the product's own; `--without` takes a class of
// edges, or what a rule goes by, away between them, so that a test can show that its programs
// notice.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/modules.h"
#include "cli/pipeline.h"
#include "report/report.h"

namespace {

using namespace braid;
using dependence::DependenceGraph;
using dependence::Edge;
using dependence::GraphNodeKind;

struct Choices {
  cli::Wishes wishes;
  std::set<std::string> without;
};

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string list(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + json_text(word);
  return "[" + out + "]";
}

// What an edge is about, and how it is carried. Flow, anti and output are no classes of their own:
// of two accesses in a loop each mostly brings the others.
std::string class_of(const Edge& edge, const DependenceGraph& graph) {
  std::string about = "value";
  if (edge.exit) {
    about = "exit";
  } else if (edge.kind == dependence::EdgeKind::Control) {
    about = graph[edge.from].kind == GraphNodeKind::Exit ? "skip" : "test";
  } else if (edge.private_object) {
    about = "private";
  } else if (edge.code == diagnostics::Code::carried_object) {
    about = "object";
  } else if (edge.code == diagnostics::Code::carried_world) {
    about = "world";
  } else if (edge.code == diagnostics::Code::ambient_state) {
    about = "ambient";
  } else if (edge.code == diagnostics::Code::polling) {
    about = "polling";
  } else if (edge.code != diagnostics::Code::carried_value) {
    about = "unknown";
  } else if (!edge.variable && !edge.carried && edge.kind == dependence::EdgeKind::Flow) {
    about = "operand";
  }
  return about + (edge.carried ? " carried" : " within");
}

void mutate(DependenceGraph& graph, const std::set<std::string>& without) {
  if (without.empty()) return;
  std::erase_if(graph.edges,
                [&](const Edge& edge) { return without.contains(class_of(edge, graph)); });
  for (dependence::GraphNode& node : graph.nodes) {
    if (without.contains("visible")) node.visible = false;
    if (without.contains("movable")) node.movable = true;
    if (without.contains("may raise")) node.may_raise = false;
    if (without.contains("exits") && node.kind == GraphNodeKind::Exit)
      node.kind = GraphNodeKind::Statement;
  }
  if (without.contains("unusual entry")) graph.unusual_entry.clear();
  if (without.contains("source may raise")) graph.source_may_raise = false;
  if (without.contains("source may block")) graph.source_may_block = false;
  if (without.contains("restartable")) {
    graph.restartable = graph.expression_repeatable = true;
    graph.iterations = 3;
  }
  if (without.contains("remedies")) {
    std::erase_if(graph.edges, [](const Edge& edge) { return edge.remedy.has_value(); });
  }
}

void mutate(plan::Plan& plan, const std::set<std::string>& without) {
  if (without.contains("slice may raise")) plan.slice_may_raise = false;
  if (without.contains("exits early")) plan.exits_early = false;
  for (plan::RunUnit& unit : plan.units) {
    if (without.contains("arguments")) {
      unit.captures.insert(unit.captures.end(), unit.arguments.begin(), unit.arguments.end());
      unit.arguments.clear();
    }
    if (without.contains("results")) unit.results.clear();
  }
}

// The kind of deal, by which the share of rewritten programs is told.
std::string deal_of(const plan::Plan& plan) {
  std::string out(report::name_of(plan.strategy));
  bool helper = false;
  bool statements = false;
  for (const plan::RunUnit& unit : plan.units) {
    helper = helper || static_cast<bool>(unit.helper);
    statements = statements || !unit.is_expression;
  }
  out += helper ? ", a helper split" : statements ? ", statements" : ", an expression";
  if (plan.units.size() > 1) out += ", several units";
  if (!plan.slice.empty()) out += ", split computes";
  if (plan.exits_early) out += ", leaves early";
  if (!plan.input.restartable) out += ", input read once";
  return out;
}

struct Answer {
  std::string sites;
  std::set<std::string> classes;
  std::string graphs;
  std::string text;
  bool rewritten = false;
};

// The carried edges between accesses, each node by the lines of its text.
std::string carried_edges(const DependenceGraph& graph, const syntax::SyntaxTree& tree) {
  const auto lines = [&](dependence::GraphNodeId id) {
    const Span span = tree.span(graph[id].node);
    const std::uint32_t first = tree.source().position(span.begin).line;
    const bool header = graph[id].kind == GraphNodeKind::Header;
    return fmt::format("{},{}", first, header ? first : tree.source().position(span.end).line);
  };
  std::set<std::string> edges;
  for (const Edge& edge : graph.edges) {
    if (!edge.carried || edge.kind == dependence::EdgeKind::Control) continue;
    edges.insert(fmt::format("[{},{}]", lines(edge.from), lines(edge.to)));
  }
  return fmt::format("[{}]", fmt::join(edges, ","));
}

// The plan of one site, proven and written, or nothing; `verdict` says what became of it.
plan::Decision decide(const DependenceGraph& graph, const effects::Program& program,
                      const effects::Effects& effects, const Choices& choices,
                      std::string& verdict) {
  plan::Decision decision =
      make_plan(graph, program, effects, choices.wishes.costs, choices.wishes.backend);
  verdict = report::name_of(decision.verdict);
  if (!decision.plan) return decision;
  if (const auto violated = plan::check(*decision.plan, graph)) {
    verdict = "rejected: " + *violated;
    decision.plan.reset();
    return decision;
  }
  mutate(*decision.plan, choices.without);
  const rewrite::Rewritten rewritten =
      rewrite::rewrite(program, effects::ModuleId{0U}, {*decision.plan}, choices.wishes.rewrite);
  if (rewritten.outcomes.at(0).expressed) return decision;
  verdict = "not expressible: " + rewritten.outcomes[0].reason;
  decision.plan.reset();
  return decision;
}

Answer answer(const std::string& program_text, const Choices& choices) {
  Answer out;
  static const effects::Knowledge knowledge;
  const auto source = std::make_shared<const Source>("world.py", program_text);
  cli::Analysis analysis{{source, {}, {}}, cli::parse_script(source), {}, false, {}};
  const effects::Program& program = analysis.program;
  if (!analysis.tree().errors().empty()) {
    out.sites = R"({"line":0,"verdict":"syntax error","codes":[],"deal":""})";
    return out;
  }
  const effects::Effects effects = summarise_effects(program, knowledge);
  for (const dependence::Site& site :
       dependence::find_sites(program, effects, effects::ModuleId{0U})) {
    DependenceGraph graph = find_dependences(site, program, effects);
    for (const Edge& edge : graph.edges) out.classes.insert(class_of(edge, graph));
    const Span span = analysis.tree().span(site.node);
    const std::uint32_t line = source->position(span.begin).line;
    out.graphs += fmt::format(R"({}"{}":{})", out.graphs.empty() ? "" : ",", line,
                              carried_edges(graph, analysis.tree()));
    mutate(graph, choices.without);
    std::string verdict;
    cli::SiteAnswer made{site, decide(graph, program, effects, choices, verdict), false};
    const auto& plan = made.decision.plan;
    made.accepted = plan && choices.wishes.accepted.covers(plan->assumptions);
    std::set<std::string> codes;
    for (const diagnostics::Diagnostic& reason : made.decision.reasons)
      codes.insert(diagnostics::label(reason.code));
    out.sites += fmt::format(R"({}{{"line":{},"verdict":{},"codes":{},"deal":{}}})",
                             out.sites.empty() ? "" : ",", line, json_text(verdict), list(codes),
                             json_text(plan ? deal_of(*plan) : std::string()));
    analysis.sites.push_back(std::move(made));
  }
  std::stable_sort(analysis.sites.begin(), analysis.sites.end(),
                   [&](const cli::SiteAnswer& a, const cli::SiteAnswer& b) {
                     return analysis.tree().span(a.site.node).begin <
                            analysis.tree().span(b.site.node).begin;
                   });
  cli::Rewriting rewriting = rewrite_sites(analysis, {}, choices.wishes);
  out.rewritten = !rewriting.edits.empty();
  out.text = std::move(rewriting.text);
  return out;
}

}  // namespace

int main(int count, char** words) {
  Choices choices;
  choices.wishes.costs.processors = 4;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--assume-all") {
      choices.wishes.accepted.all = true;
    } else if (word == "--without" && i + 1 < count) {
      choices.without.insert(words[++i]);
    } else if (word == "--backend" && i + 1 < count) {
      choices.wishes.backend =
          std::string(words[++i]) == "process" ? plan::Backend::process : plan::Backend::thread;
    } else {
      std::cerr << "world_driver: what is " << word << "?\n";
      return 2;
    }
  }
  std::ios::sync_with_stdio(false);
  for (std::string size; std::getline(std::cin, size);) {
    std::string text(std::stoul(size), '\0');
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    const Answer made = answer(text, choices);
    std::cout << fmt::format(R"({{"sites":[{}],"text":{},"edges":{},"graphs":{{{}}}}})", made.sites,
                             made.rewritten ? json_text(made.text) : "null", list(made.classes),
                             made.graphs)
              << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
