// What Braid makes of many small programs, for the tests that execute them.
//
//   world_driver [--backend thread|process] [--emit joblib] [--assume-all]
//       [--without CLASS[+CLASS…]]… < programs > answers
//
// In: programs, each a line with its number of bytes, then the bytes. Out: one JSON object a line
// for each: {"sites": [{"line", "verdict", "codes", "first", "deal"}], "text": rewritten or null,
// "edges": [class…], "graphs": {line of a site: [[line, end line, line, end line]…]},
// "otherwise": {CLASS+CLASS: text}}. "first" are the words of the first reason and the texts that
// it shows; "graphs" are carried edges between accesses. The stages are the product's own;
// `--without` takes classes of edges, or what a rule goes by, away between them, so that a test can
// show that its programs notice: "otherwise" holds what is then rewritten, where that is not
// "text".
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

using Classes = std::set<std::string>;

struct Choices {
  cli::Wishes wishes;
  std::vector<std::pair<std::string, Classes>> without;  // each by itself, as it was named
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

void mutate(DependenceGraph& graph, const Classes& without) {
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
    std::erase_if(graph.edges, [](const Edge& edge) { return edge.remedy != nullptr; });
  }
}

void mutate(plan::Plan& plan, const syntax::SyntaxTree& tree, const Classes& without) {
  if (without.contains("tests are sliced")) {
    for (const plan::RunUnit& unit : plan.units) {
      for (syntax::NodeId up = tree.parent(unit.first); up && up != plan.node;
           up = tree.parent(up)) {
        if (tree.is(up, syntax::NodeKind::If)) plan.slice.push_back(up);
      }
    }
    std::sort(plan.slice.begin(), plan.slice.end());
    plan.slice.erase(std::unique(plan.slice.begin(), plan.slice.end()), plan.slice.end());
  }
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

// The words of the first reason, then the texts that it shows.
std::string first_reason(const plan::Decision& decision, const syntax::SyntaxTree& tree) {
  if (decision.reasons.empty()) return "";
  const diagnostics::Diagnostic& reason = decision.reasons.front();
  std::string out = json_text(diagnostics::label(reason.code) + " " + reason.message) + "," +
                    json_text(tree.source().text(reason.span));
  for (const diagnostics::Evidence& evidence : reason.evidence)
    out += "," + json_text(evidence.text + ": " + std::string(tree.source().text(evidence.span)));
  return out;
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
  Classes classes;
  std::string graphs;
  std::optional<std::string> text;  // rewritten
  std::string otherwise;
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
                      const effects::Effects& effects, const cli::Wishes& wishes,
                      const Classes& without, std::string& verdict) {
  const auto original = rewrite::read_original(program, effects::ModuleId{0U});
  const auto write = [&](plan::Plan plan) {
    mutate(plan, program.modules[0].tree, without);
    return rewrite::rewrite(*original, {plan}, wishes.rewrite).outcomes.at(0);
  };
  std::string rejected;
  const auto objection = [&](const plan::Plan& plan) -> std::optional<diagnostics::Diagnostic> {
    const Span span = program.modules[0].tree.span(graph.site.node);
    if (const auto violated = plan::check(plan, graph)) {
      rejected = *violated;
      return diagnostics::emit<diagnostics::Code::plan_rejected>(span, *violated);
    }
    const auto outcome = write(plan);
    if (outcome.expressed) return std::nullopt;
    return diagnostics::emit<diagnostics::Code::not_expressible>(span, outcome.reason);
  };
  plan::Decision decision =
      make_plan(graph, program, effects, wishes.costs, wishes.backend, objection);
  verdict = report::name_of(decision.verdict);
  if (!rejected.empty()) {
    verdict = "rejected: " + rejected;
    decision.plan.reset();
    return decision;
  }
  if (!decision.plan) return decision;
  mutate(*decision.plan, program.modules[0].tree, without);
  return decision;
}

std::string site_text(const cli::SiteAnswer& made, const std::string& verdict,
                      const syntax::SyntaxTree& tree) {
  Classes codes;
  for (const diagnostics::Diagnostic& reason : made.decision.reasons)
    codes.insert(diagnostics::label(reason.code));
  const auto& plan = made.decision.plan;
  const std::uint32_t line = tree.source().position(tree.span(made.site.node).begin).line;
  return fmt::format(R"({{"line":{},"verdict":{},"codes":{},"first":[{}],"deal":{}}})", line,
                     json_text(verdict), list(codes), first_reason(made.decision, tree),
                     json_text(plan ? deal_of(*plan) : std::string()));
}

std::optional<std::string> rewritten_text(const cli::Analysis& analysis,
                                          const cli::Wishes& wishes) {
  const bool some = std::any_of(analysis.sites.begin(), analysis.sites.end(),
                                [](const cli::SiteAnswer& each) { return each.accepted; });
  if (!some) return std::nullopt;
  cli::Rewriting rewriting = rewrite_sites(analysis, {}, wishes);
  if (rewriting.edits.empty()) return std::nullopt;
  return std::move(rewriting.text);
}

Answer answer(const std::string& program_text, const Choices& choices) {
  Answer out;
  static const effects::Knowledge knowledge;
  const auto source = std::make_shared<const Source>("world.py", program_text);
  cli::LocalFiles files;
  cli::Analysis analysis{{source, {}, {}}, cli::parse_script(source, files), {}, false, {}};
  const effects::Program& program = analysis.program;
  const syntax::SyntaxTree& tree = analysis.tree();
  if (!tree.errors().empty()) {
    out.sites = R"({"line":0,"verdict":"syntax error","codes":[],"first":[],"deal":""})";
    return out;
  }
  const effects::Effects effects = summarise_effects(program, knowledge);
  std::vector<dependence::Site> sites =
      dependence::find_sites(program, effects, effects::ModuleId{0U});
  std::stable_sort(sites.begin(), sites.end(),
                   [&](const dependence::Site& a, const dependence::Site& b) {
                     return tree.span(a.node).begin < tree.span(b.node).begin;
                   });
  std::vector<DependenceGraph> graphs;
  for (const dependence::Site& site : sites) {
    graphs.push_back(find_dependences(site, program, effects));
    const DependenceGraph& graph = graphs.back();
    for (const Edge& edge : graph.edges) out.classes.insert(class_of(edge, graph));
    out.graphs +=
        fmt::format(R"({}"{}":{})", out.graphs.empty() ? "" : ",",
                    source->position(tree.span(site.node).begin).line, carried_edges(graph, tree));
  }
  const auto settle = [&](const Classes& without, std::string* told) {
    analysis.sites.clear();
    for (std::size_t i = 0; i < sites.size(); ++i) {
      DependenceGraph graph = graphs[i];
      mutate(graph, without);
      std::string verdict;
      cli::SiteAnswer made{
          sites[i], decide(graph, program, effects, choices.wishes, without, verdict), false};
      const auto& plan = made.decision.plan;
      made.accepted = plan && choices.wishes.accepted.covers(plan->assumptions);
      if (told != nullptr) *told += (i == 0 ? "" : ",") + site_text(made, verdict, tree);
      analysis.sites.push_back(std::move(made));
    }
    return rewritten_text(analysis, choices.wishes);
  };
  out.text = settle({}, &out.sites);
  for (const auto& [name, classes] : choices.without) {
    const std::optional<std::string> text = settle(classes, nullptr);
    if (!text || text == out.text) continue;
    out.otherwise += (out.otherwise.empty() ? "" : ",") + json_text(name) + ":" + json_text(*text);
  }
  return out;
}

// "value within+operand within"
Classes classes_in(const std::string& name) {
  Classes out;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('+', begin), name.size());
    out.insert(name.substr(begin, end - begin));
    begin = end + 1;
  }
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
      choices.without.emplace_back(words[i + 1], classes_in(words[i + 1]));
      ++i;
    } else if (word == "--emit" && i + 1 < count && std::string(words[i + 1]) == "joblib") {
      choices.wishes.rewrite.dialect = rewrite::Dialect::joblib;
      ++i;
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
    std::cout << fmt::format(
                     R"({{"sites":[{}],"text":{},"edges":{},"graphs":{{{}}},"otherwise":{{{}}}}})",
                     made.sites, made.text ? json_text(*made.text) : "null", list(made.classes),
                     made.graphs, made.otherwise)
              << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
