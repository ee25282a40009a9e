#include "rewrite/comprehension.h"

#include <algorithm>

#include "rewrite/dialects/delayed.h"
#include "rewrite/kept_alive.h"
#include "rewrite/loop.h"
#include "rewrite/moving.h"
#include "rewrite/printers.h"
#include "rewrite/worker.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

class ComprehensionWriter {
 public:
  ComprehensionWriter(Module& module, const plan::Plan& plan)
      : module_(module), tree_(module.tree), plan_(plan), site_(plan.node) {}

  Written<SiteDraft> write() {
    if (auto reason = check()) return Reason(*reason);
    if (auto reason = find_statement()) return Reason(*reason);
    split_clauses();
    for (const plan::RunUnit& unit : plan_.units) {
      if (ahead_.contains(tree_.span(unit.first)))
        return Reason("the costly part makes the items themselves");
    }
    auto pool = make_pool(module_, plan_, draft_);
    if (!pool) return Reason(pool.error());
    if (auto reason = submit(*pool)) return Reason(*reason);
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      const Span span = tree_.span(plan_.units[i].first);
      const bool glued = is_identifier_character(tree_.source().text()[span.begin - 1]);
      std::string outcome = result_of(module_, pending_[i]);
      if (plan_.units[i].keeps_part) {
        outcome = replayed(module_, plan_.units[i], outcome, draft_);
        draft_.needs.insert(kStringIO);
      }
      replace(span, (glued ? " " : "") + outcome);
    }
    edit_printers(module_, plan_, draft_);
    draft_.surrounded = statement_;
    draft_.executor = pool->executor;
    if (const auto shared = module_.pools.find(statement_); shared != module_.pools.end()) {
      const bool shares = shared->second == pool->executor && before_.empty() &&
                          std::none_of(pool->arguments.begin(), pool->arguments.end(),
                                       [](const Form& each) { return each.open != 0; });
      if (!shares) return Reason("another comprehension of its statement has a pool already");
      stand_alone();
    } else if (!pool->delayed.empty()) {
      stand_alone();
    } else {
      surround(module_, *pool, tree_.span(statement_), std::move(before_), {}, replaced_, {},
               draft_);
    }
    move_definitions(module_, local_, draft_);
    return std::move(draft_);
  }

 private:
  using Refused = std::optional<std::string>;

  std::span<const NodeId> clauses() const {
    return tree_.children(tree_.child(site_, tree_[site_].child_count - 1));
  }

  Refused check() {
    if (tree_.flag(site_, syntax::kHasError)) return "the text is not Python";
    if (plan_.units.empty()) return "nothing to run";
    if (must_let_go(module_, plan_)) return "a failed call would keep files open";
    for (NodeId up = tree_.parent(site_); up && !tree_.is_statement(up); up = tree_.parent(up)) {
      if (tree_.is(up, NodeKind::JoinedString))
        return "it stands in a formatted string, which has no room for more lines";
    }
    if (plan_.input.may_block) return "the input may wait for what the program has shown";
    if (!plan_.copied.empty() || !plan_.slice.empty() || !plan_.moved.empty())
      return "its conditions change something";
    for (const NodeId clause : clauses()) {
      if (tree_.flag(clause, syntax::kAsync)) return "it is asynchronous";
      const bool stays = plan_.input.restartable && clause == clauses().front();
      if (auto reason = source_is_seen(module_, tree_.child(clause, slot::Comprehension::iter));
          reason && !stays)
        return reason;
      const NodeId target = tree_.child(clause, slot::Comprehension::target);
      bool plain = true;
      each_node(tree_, target, [&](NodeId node) {
        const NodeKind kind = tree_.kind(node);
        if (kind == NodeKind::Name) {
          items_.push_back(module_.scopes.variable(node));
        } else {
          plain = plain && (kind == NodeKind::Tuple || kind == NodeKind::ListLiteral ||
                            kind == NodeKind::List || kind == NodeKind::Starred);
        }
      });
      if (!plain) return "it binds something that is not a plain name";
    }
    bool walrus = false;
    each_node(tree_, site_,
              [&](NodeId node) { walrus = walrus || tree_.is(node, NodeKind::NamedExpr); });
    if (walrus) return "it binds a name by `:=`";
    for (const plan::RunUnit& unit : plan_.units) {
      if (!unit.is_expression || unit.helper)
        return "the costly part is not an expression of its own";
      if (!is_inside(tree_, unit.first, site_))
        return "the costly part is not in the comprehension";
      if (auto reason = not_always_evaluated(tree_, unit.first, site_)) return reason;
    }
    return std::nullopt;
  }

  // The statement whose lines the pool surrounds.
  Refused find_statement() {
    NodeId at = site_;
    while (!tree_.is_statement(tree_.parent(at))) {
      at = tree_.parent(at);
      switch (tree_.kind(at)) {
        case NodeKind::Lambda:
          return "it stands in a lambda, which runs later";
        case NodeKind::GeneratorExp:
          return "it stands in a generator, which runs later";
        case NodeKind::Await:
          return "it is awaited";
        default:
          break;
      }
    }
    statement_ = tree_.parent(at);
    if (tree_.is(site_, NodeKind::GeneratorExp)) {
      const NodeId call = tree_.parent(tree_.parent(site_));
      if (!tree_.is(call, NodeKind::Call)) return "it is consumed later";
    }
    while (true) {
      if (tree_.is(statement_, NodeKind::FunctionDef) || tree_.is(statement_, NodeKind::ClassDef)) {
        return "it shares its line with a definition";
      }
      const bool alone = module_.layout.starts_line(tree_.span(statement_).begin) &&
                         ends_line(tree_.span(statement_).end);
      const bool chained =
          tree_.is(statement_, NodeKind::If) && tree_.flag(statement_, syntax::kElif);
      if (alone && !chained) break;
      const NodeId owner = tree_.parent(tree_.parent(statement_));
      if (!owner || tree_.is(owner, NodeKind::Module))
        return "it shares its line with another statement";
      statement_ = tree_.is_statement(owner) ? owner : tree_.statement_of(owner);
    }
    return cannot_have_pool(module_, statement_);
  }

  bool ends_line(std::uint32_t end) const {
    const std::string_view text = tree_.source().text();
    std::uint32_t at = module_.layout.with_comment(end);
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    return at == text.size() || text[at] == '\n' || text[at] == '\r';
  }

  // The clauses and conditions that come before every unit are evaluated ahead; the rest stays.
  void split_clauses() {
    ahead_.begin = tree_.span(clauses().front()).begin;
    ahead_.end = tree_.span(site_).end - 1;
    const std::string_view text = tree_.source().text();
    for (const NodeId condition : tree_.items(clauses().back(), slot::Comprehension::ifs)) {
      const bool holds = std::any_of(
          plan_.units.begin(), plan_.units.end(),
          [&](const plan::RunUnit& unit) { return is_inside(tree_, unit.first, condition); });
      if (!holds) continue;
      std::uint32_t at = tree_.span(condition).begin;
      while (text.substr(at, 2) != "if" || is_identifier_character(text[at - 1])) --at;
      ahead_.end = at;
      break;
    }
    while (ahead_.end > ahead_.begin &&
           std::string_view(" \t\r\n").find(text[ahead_.end - 1]) != std::string_view::npos) {
      --ahead_.end;
    }
  }

  // Variables of the clauses that what stays reads.
  std::vector<std::string> merged_names() const {
    std::vector<std::string> names;
    each_node(tree_, site_, [&](NodeId node) {
      if (!tree_.is(node, NodeKind::Name)) return;
      const BindingId variable = module_.scopes.variable(node);
      if (std::find(items_.begin(), items_.end(), variable) == items_.end()) return;
      if (ahead_.contains(tree_.span(node))) return;
      for (const plan::RunUnit& unit : plan_.units) {
        if (is_inside(tree_, node, unit.first)) return;
      }
      const std::string name(tree_.text(node));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    });
    return names;
  }

  // A StopIteration that a condition raises ends a list, but breaks a generator.
  bool may_stop() const {
    if (!plan_.slice_may_raise || tree_.is(site_, NodeKind::GeneratorExp)) return false;
    bool may = false;
    each_node(tree_, tree_.child(site_, tree_[site_].child_count - 1), [&](NodeId node) {
      if (!tree_.is(node, NodeKind::Call) || !ahead_.contains(tree_.span(node))) return;
      if (is_inside(tree_, node, tree_.child(clauses().front(), slot::Comprehension::iter))) return;
      const NodeId function = tree_.child(node, slot::Call::function);
      const bool builtin = tree_.is(function, NodeKind::Name) &&
                           is_builtin(std::string(tree_.text(function))) &&
                           !module_.names.is_rebound(std::string(tree_.text(function))) &&
                           tree_.text(function) != "next";
      may = may || (!builtin && !tree_.is(function, NodeKind::Attribute));
    });
    return may;
  }

  Refused submit(Pool& pool) {
    if (may_stop()) return "a condition may end it by an exception";
    std::string noun;
    const NodeId target = tree_.child(clauses().back(), slot::Comprehension::target);
    if (tree_.is(target, NodeKind::Name) && tree_.text(target).size() > 2)
      noun = std::string(tree_.text(target));
    const NodeId iterable = tree_.child(clauses().back(), slot::Comprehension::iter);
    if (noun.empty() && tree_.is(iterable, NodeKind::Name))
      noun = singular(std::string(tree_.text(iterable)));
    Scene scene{module_, plan_, plan_.units, site_, items_,
                {},      "",    "",          noun,  plan_.strategy == plan::Strategy::process};
    if (scene.process) {
      std::vector<NodeId> texts;
      for (const plan::RunUnit& unit : plan_.units) texts.push_back(unit.first);
      auto local =
          place_local_definitions(module_, statement_, variables_of(module_, texts).needed);
      if (!local) return local.error();
      scene.local = local_ = std::move(*local);
    }
    const std::vector<std::string> parts = merged_names();
    std::vector<Worker> workers;
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      auto worker = make_worker(scene, {{StepKind::Unit, plan_.units[i].first, false, {i}, {}}}, i);
      if (!worker) return worker.error();
      workers.push_back(std::move(*worker));
      pending_.push_back(plan_.units.size() == 1 ? pending_name(module_)
                                                 : module_.names.fresh({"pending"}));
    }
    if (auto reason = prepare_workers(module_, plan_, workers, pool, draft_)) return reason;
    std::vector<Form> made;
    std::vector<Form> taken;
    for (const std::string& each : parts) {
      made.push_back(words(each));
      taken.push_back(words(each));
    }
    for (std::size_t i = 0; i < workers.size(); ++i) {
      Worker& worker = workers[i];
      made.push_back(pool.submission(module_, worker));
      taken.push_back(words(pending_[i]));
      if (worker.definition.empty()) continue;
      if (worker.nested) {
        append(before_, std::move(worker.definition));
        before_.push_back({"", 0});
      } else {
        draft_.definitions.push_back(
            {definition_anchor(module_, site_), std::move(worker.definition)});
      }
    }
    const bool quiet =
        clauses().size() == 1 &&
        (tree_.items(clauses().front(), slot::Comprehension::ifs).empty() ||
         !plan_.slice_may_raise) &&
        tree_.is(tree_.child(clauses().front(), slot::Comprehension::target), NodeKind::Name);
    const bool all_at_once = plan_.input.iterations && *plan_.input.iterations <= kAllAtOnce &&
                             plan_.input.restartable && !plan_.input.may_raise && quiet;
    Form calls;
    if (!pool.delayed.empty()) return delay(pool, std::move(made.back()), taken, quiet);
    draft_.survives_input = !all_at_once && (plan_.input.may_raise || !quiet);
    if (!all_at_once && scene.process && can_go_in_chunks(module_, workers, pool, draft_)) {
      made.pop_back();
      if (made.empty()) made.push_back(words(argument_text(tree_, target)));
      const Form item = tuple(std::move(made));
      taken = {item, taken.back()};
      calls = called_in_chunks(module_, pool, workers[0], item, clauses_in_one(), draft_);
    } else {
      calls = comprehension(all_at_once ? '[' : '(', tuple(std::move(made)), clauses_in_one());
    }
    if (!all_at_once && !draft_.chunks)
      calls = looked_ahead(module_, pool, std::move(calls), draft_);
    if (module_.options.progress) {
      const auto& known = plan_.input.iterations;
      calls = counted(module_, std::move(calls),
                      known && clauses().size() == 1 &&
                              tree_.items(clauses().front(), slot::Comprehension::ifs).empty()
                          ? std::to_string(*known)
                          : "",
                      draft_);
    }
    write_clause(listed(taken), calls);
    return std::nullopt;
  }

  // joblib: `Parallel` stands in the place of the items.
  Refused delay(const Pool& pool, Form made, const std::vector<Form>& taken, bool quiet) {
    if (!quiet) return "joblib takes all items before the first result, and these may fail";
    draft_.survives_input = false;
    Form calls =
        dialects::run_in_parallel(pool, comprehension('[', std::move(made), clauses_in_one()));
    if (taken.size() > 1) {
      const NodeId clause = clauses().front();
      const auto conditions = tree_.items(clause, slot::Comprehension::ifs);
      const bool chosen = std::any_of(conditions.begin(), conditions.end(), [&](NodeId each) {
        return ahead_.contains(tree_.span(each));
      });
      if (chosen || !plan_.input.expression_repeatable)
        return "joblib hands back results alone, and here each needs its item, too";
      const NodeId items = tree_.child(clause, slot::Comprehension::iter);
      calls = call("zip", {words(argument_text(tree_, items)), std::move(calls)});
    }
    if (module_.options.progress) calls = counted(module_, std::move(calls), "", draft_);
    write_clause(listed(taken), calls);
    return std::nullopt;
  }

  static std::string listed(const std::vector<Form>& taken) {
    std::string names;
    for (const Form& each : taken) names += (names.empty() ? "" : ", ") + each.flat();
    return names;
  }

  // The statement keeps its place: no pool is around it.
  void stand_alone() {
    const Span lines = tree_.span(statement_);
    const std::uint32_t begin = tree_.source().line_start(module_.layout.line_of(lines.begin));
    draft_.site = {begin, lines.end};
    if (before_.empty()) return;
    indent_lines(before_, module_.layout.emitted_indent(lines.begin));
    draft_.edits.push_back(insertion(begin, before_, module_.layout.newline(), "site"));
  }

  // Clauses on one line, unless a comment keeps them apart.
  std::string clauses_in_one() const {
    std::string text = module_.layout.splice(ahead_, {});
    if (text.find('\n') == std::string::npos) return text;
    if (text.find_first_of("#\\") != std::string::npos ||
        text.find("\"\"\"") != std::string::npos || text.find("'''") != std::string::npos) {
      return text + "\n" + module_.layout.emitted_indent(ahead_.begin) + module_.layout.unit();
    }
    std::string line;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      line += (line.empty() ? "" : " ") + std::string(trim(text.substr(at, end - at)));
      at = end + 1;
    }
    return line;
  }

  // `for target in calls`, in the place of what is evaluated ahead; broken over lines where it is
  // too long for one.
  void write_clause(const std::string& target, const Form& calls) {
    const Source& source = tree_.source();
    const std::string& unit = module_.layout.unit();
    // In the `try` of its pool the statement goes one level deeper.
    const std::string deeper = draft_.delays ? "" : unit;
    const std::size_t width = module_.layout.width();
    const std::string before = "for " + target + " in ";
    const std::string one_line = before + calls.flat();
    const std::uint32_t line_start = source.line_start(module_.layout.line_of(ahead_.begin));
    const std::string_view text = source.text();
    std::size_t behind = text.find_first_of("\r\n", ahead_.end);
    behind = std::min(behind, text.size()) - ahead_.end;
    const bool tall = one_line.find('\n') != std::string::npos;
    if (tall || deeper.size() + ahead_.begin - line_start + one_line.size() + behind <= width)
      return replace(ahead_, one_line);
    const std::string own = module_.layout.emitted_indent(ahead_.begin) + deeper;
    const bool spread = tree_.text(site_).find_first_of("\r\n") != std::string_view::npos;
    const std::string indent = spread ? own : own + unit;
    std::string broken;
    for (const std::string& line : lay_out(before, calls, "", indent, unit, width))
      broken += broken.empty() ? line : "\n" + indent + line;
    if (spread) return replace(ahead_, broken);
    const Span inside{tree_.span(site_).begin + 1, tree_.span(site_).end - 1};
    draft_.edits.push_back({{inside.begin, inside.begin}, "\n" + indent, "site", {}});
    Span gap = ahead_;
    while (text[gap.begin - 1] == ' ') --gap.begin;
    broken.insert(0, "\n" + indent);
    if (ahead_.end == inside.end || trim(source.text({ahead_.end, inside.end})).empty()) {
      gap.end = inside.end;
      broken += "\n" + own;
    }
    replace(gap, broken);
  }

  void replace(Span span, std::string text) {
    replaced_.push_back(span);
    draft_.edits.push_back({span, std::move(text), "site", {}});
  }

  Module& module_;
  const SyntaxTree& tree_;
  const plan::Plan& plan_;
  NodeId site_;
  NodeId statement_;
  Span ahead_;
  std::vector<BindingId> items_;
  std::vector<std::string> pending_;
  LocalDefinitions local_;
  SiteDraft draft_;
  Lines before_;
  std::vector<Span> replaced_;
};

}  // namespace

Written<SiteDraft> write_comprehension(Module& module, const plan::Plan& plan) {
  return ComprehensionWriter(module, plan).write();
}

}  // namespace braid::rewrite
