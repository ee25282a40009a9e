#include "rewrite/loop.h"

#include <algorithm>

#include "rewrite/helper.h"
#include "rewrite/moving.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

constexpr std::int64_t kAllAtOnce = 1000;

class LoopWriter {
 public:
  LoopWriter(Module& module, const plan::Plan& plan)
      : module_(module), tree_(module.tree), plan_(plan), loop_(plan.node) {}

  Written<SiteDraft> write() {
    if (auto reason = check()) return Reason(*reason);
    auto header = read_header(module_, loop_);
    if (!header) return Reason(header.error());
    header_ = std::move(*header);
    if (auto reason = find_places()) return Reason(*reason);
    auto steps = project(tree_, tree_.items(loop_, slot::For::statements),
                         {plan_.slice, plan_.moved}, places_);
    if (!steps) return Reason(steps.error());
    steps_ = std::move(*steps);
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      if (!holds_unit(steps_, i)) return Reason("the costly part is not in the loop's body");
    }
    if (auto reason = study()) return Reason(*reason);
    auto pool = make_pool(module_, plan_, draft_);
    if (!pool) return Reason(pool.error());
    pool_ = std::move(*pool);
    name_pending();
    if (is_stateless_) {
      const Names names = module_.names;
      if (auto reason = write_stateless()) return Reason(*reason);
      if (!is_stateless_) {
        module_.names = names;
        draft_.definitions.clear();
        before_.clear();
      }
    }
    if (!is_stateless_) {
      if (auto reason = write_generator()) return Reason(*reason);
    }
    edit_body();
    surround(module_, pool_, tree_.span(loop_), std::move(before_), std::move(inside_), replaced_,
             draft_);
    return std::move(draft_);
  }

 private:
  using Refused = std::optional<std::string>;

  Refused check() const {
    if (!tree_.is(loop_, NodeKind::For) || tree_.flag(loop_, syntax::kAsync))
      return "only `for` loops can be written yet";
    if (tree_.flag(loop_, syntax::kHasError)) return "the loop holds text that is not Python";
    if (stands_in_class_body(module_, loop_)) return "the loop stands in the body of a class";
    if (plan_.input.may_block) return "the input may wait for what the loop has shown";
    if (plan_.units.empty()) return "nothing to run";
    for (const plan::RunUnit& unit : plan_.units) {
      if (unit.helper) continue;
      if (!is_inside(tree_, unit.first, loop_)) return "the costly part is not in the loop's body";
      if (unit.is_expression) {
        if (auto reason = not_always_evaluated(tree_, unit.first, loop_)) return reason;
      }
    }
    return std::nullopt;
  }

  // Where merge evaluates the units: themselves, or the call of the helper that holds them.
  Refused find_places() {
    places_ = plan_.units;
    texts_ = texts_of(tree_, plan_.units);
    helpers_.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (!plan_.units[i].helper) continue;
      if (auto reason = not_always_evaluated(tree_, plan_.units[i].helper_call, loop_))
        return reason;
      auto helper = read_helper(module_, plan_, plan_.units[i]);
      if (!helper) return helper.error();
      places_[i].first = places_[i].last = helper->call;
      places_[i].is_expression = true;
      texts_[i] = helper->text;
      helpers_[i] = std::move(*helper);
    }
    return std::nullopt;
  }

  Written<Worker> worker_of(const Scene& view, const Steps& steps, std::size_t unit) {
    return helpers_[unit] ? make_helper_worker(view, steps, *helpers_[unit])
                          : make_worker(view, steps, unit);
  }

  // What the slice needs of earlier iterations decides where it is evaluated.
  Refused study() {
    const Variables all = variables_of(tree_, module_.scopes, steps_, texts_);
    Steps slice;
    collect_slice(steps_, slice);
    const Variables sliced = variables_of(tree_, module_.scopes, slice, texts_);
    slice_bound_ = sliced.written;
    const auto add_carried = [&](BindingId variable) {
      if (std::find(carried_.begin(), carried_.end(), variable) == carried_.end())
        carried_.push_back(variable);
    };
    for (const BindingId variable : all.needed) {
      if (is_item(variable)) continue;
      if (has(plan_.copied, variable) || has(slice_bound_, variable)) {
        add_carried(variable);
      } else if (is_written_in(module_, variable, loop_)) {
        return "`" + module_.name_of(variable) + "` changes while the loop runs";
      }
      if (has(slice_bound_, variable) && !all_writes_kept(variable)) {
        return "`" + module_.name_of(variable) + "` changes outside what is known ahead";
      }
      if (!module_.is_global(variable)) sees_locals_ = true;
    }
    for (const BindingId variable : plan_.copied) add_carried(variable);
    for (const BindingId variable : header_.variables) {
      // A loop that changes its own variable: split would see another value than the units.
      if (has(slice_bound_, variable)) add_carried(variable);
    }
    std::erase_if(carried_, [&](BindingId variable) { return is_item(variable); });
    const bool breaks = holds_node(NodeKind::Break);
    const bool rebinds_item =
        std::any_of(header_.variables.begin(), header_.variables.end(),
                    [&](BindingId variable) { return has(slice_bound_, variable); });
    is_stateless_ = carried_.empty() && !rebinds_item && !breaks &&
                    !holds(
                        steps_, +[](const Step& step) { return step.moved; });
    return std::nullopt;
  }

  static bool has(const std::vector<BindingId>& all, BindingId one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  }
  bool is_item(BindingId variable) const { return has(header_.variables, variable); }

  static void collect_slice(const Steps& steps, Steps& slice) {
    for (const Step& step : steps) {
      if (step.kind == StepKind::Whole) slice.push_back(step);
      if (step.kind == StepKind::With)
        slice.push_back({StepKind::With, step.node, false, {}, {{}}});
      for (const Steps& block : step.blocks) collect_slice(block, slice);
    }
  }

  bool holds_node(NodeKind kind) const {
    bool found = false;
    for (const NodeId each : plan_.slice) {
      each_node(tree_, each, [&](NodeId inner) { found = found || tree_.is(inner, kind); });
    }
    return found;
  }

  bool all_writes_kept(BindingId variable) const {
    const auto kept = [&](NodeId node) {
      return std::any_of(plan_.slice.begin(), plan_.slice.end(),
                         [&](NodeId statement) { return is_inside(tree_, node, statement); });
    };
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      const bool writes = each.access != scope::Access::Read && each.access != scope::Access::none;
      if (writes && is_inside(tree_, each.node, loop_) && !kept(each.node)) return false;
    }
    return true;
  }

  Scene scene(std::vector<BindingId> ahead) {
    const bool packs = is_stateless_ && !header_.pattern.empty();
    return {module_,
            plan_,
            plan_.units,
            loop_,
            header_.variables,
            std::move(ahead),
            packs ? header_.pattern : "",
            packs ? header_.binding : "",
            header_.noun,
            plan_.strategy == plan::Strategy::process};
  }

  void name_pending() {
    for (const plan::RunUnit& unit : plan_.units) {
      if (plan_.units.size() == 1) {
        pending_.push_back(module_.names.shared({"pending", "future", "call"}));
      } else {
        const std::string noun = result_noun(module_, unit);
        pending_.push_back(
            module_.names.fresh({noun.empty() ? "pending" : "pending_" + noun, "pending"}));
      }
    }
  }

  // The item with its calls, as the generator yields them and the loop takes them.
  std::string with_pending(const std::string& item) const {
    std::string text = item;
    for (const std::string& each : pending_) text += ", " + each;
    return text;
  }

  std::string submission(const Worker& worker) const {
    return pool_.name + ".submit(" + pool_.through + worker.arguments + ")";
  }

  void define(Lines lines, bool nested) {
    if (lines.empty()) return;
    if (nested) {
      // A definition stands apart from code at its own depth.
      const std::uint32_t begin = tree_.span(loop_).begin;
      const std::uint32_t line = module_.layout.line_of(begin);
      const NodeId first = tree_.children(tree_.parent(loop_)).front();
      if (before_.empty() && first != loop_ && !module_.layout.is_blank(line - 1) &&
          !module_.layout.is_comment(line - 1)) {
        before_.push_back({"", line});
      }
      append(before_, std::move(lines));
      before_.push_back({"", 0});
    } else {
      draft_.definitions.push_back({definition_anchor(module_, loop_), std::move(lines)});
    }
  }

  Refused write_stateless() {
    std::vector<Worker> workers;
    const Scene view = scene({});
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      auto worker = worker_of(view, up_to(steps_, i), i);
      if (!worker) return worker.error();
      if (helpers_[i] && (worker->may_raise || !header_.pattern.empty())) {
        // The call's arguments are made in split, where failing must not show.
        is_stateless_ = false;
        return std::nullopt;
      }
      workers.push_back(std::move(*worker));
    }
    if (auto reason = prepare_processes(module_, plan_, workers, pool_, draft_)) return reason;
    std::vector<std::string> calls;
    for (Worker& worker : workers) {
      calls.push_back(submission(worker));
      define(std::move(worker.definition), worker.nested);
    }
    const bool all_at_once = plan_.input.iterations && *plan_.input.iterations <= kAllAtOnce &&
                             plan_.input.restartable && !plan_.input.may_raise &&
                             !module_.names.is_rebound("zip");
    if (all_at_once) {
      write_list(calls);
    } else {
      std::string tuple = header_.item;
      for (const std::string& call : calls) tuple += ", " + call;
      const std::string loop_clause = "for " + header_.binding + " in " + header_.clause;
      const std::string deeper = "\n" + module_.layout.emitted_indent(tree_.span(loop_).begin) +
                                 module_.layout.unit() + module_.layout.unit();
      const bool fits = deeper.size() + tuple.size() + loop_clause.size() + 8 <= kLineWidth;
      const std::string inner = deeper + module_.layout.unit();
      take_from_look_ahead(fits ? "((" + tuple + ") " + loop_clause + ")"
                                : "(" + inner + "(" + tuple + ")" + inner + loop_clause + deeper +
                                      ")");
    }
    return std::nullopt;
  }

  void write_list(const std::vector<std::string>& calls) {
    std::string source = header_.iterable;
    std::string clause = header_.clause;
    const bool short_text = source.size() <= 40 && source.find('\n') == std::string::npos;
    const NodeId iterable = tree_.child(loop_, slot::For::iter);
    const std::string indent = module_.layout.unit();
    const std::uint32_t line = module_.layout.line_of(tree_.span(loop_).begin);
    if (!plan_.input.expression_repeatable || !short_text) {
      std::vector<std::string> wishes;
      if (!header_.noun.empty()) wishes.push_back(plural(header_.noun));
      wishes.insert(wishes.end(), {"items", "inputs"});
      const std::string name = module_.names.fresh(wishes);
      Lines bound = module_.layout.move(tree_.span(iterable), "");
      bound = {};
      std::string rest = name + " = " + header_.iterable;
      for (std::size_t at = 0; at != std::string::npos;) {
        const std::size_t end = rest.find('\n', at);
        bound.push_back({rest.substr(at, end == std::string::npos ? end : end - at), line});
        at = end == std::string::npos ? end : end + 1;
      }
      append(inside_, std::move(bound));
      source = clause = name;
    }
    std::string noun = plan_.units.size() == 1 ? result_noun(module_, plan_.units[0]) : "";
    std::vector<std::string> wishes;
    if (!noun.empty()) wishes.push_back(plural(noun));
    wishes.insert(wishes.end(), {"calls", "futures"});
    const std::string list = module_.names.fresh(wishes);
    std::string element = calls[0];
    std::string taken = pending_[0];
    if (calls.size() > 1) {
      element = "(" + calls[0];
      taken = "(" + pending_[0];
      for (std::size_t i = 1; i < calls.size(); ++i) {
        element += ", " + calls[i];
        taken += ", " + pending_[i];
      }
      element += ")";
      taken += ")";
    }
    const std::string loop_clause = "for " + header_.binding + " in " + clause;
    const std::string one_line = list + " = [" + element + " " + loop_clause + "]";
    const std::string outer = module_.layout.emitted_indent(tree_.span(loop_).begin) + indent;
    if (outer.size() + one_line.size() <= kLineWidth) {
      inside_.push_back({one_line, line});
    } else {
      inside_.push_back({list + " = [", line});
      inside_.push_back({indent + element, line});
      inside_.push_back({indent + loop_clause, line});
      inside_.push_back({"]", line});
    }
    set_header(header_.merged_target + ", " + taken, "zip(" + source + ", " + list + ")");
  }

  // The loop takes (item, pending…) from `source`, buffered.
  void take_from_look_ahead(const std::string& source) {
    draft_.look_ahead = true;
    draft_.survives_input = plan_.input.may_raise || !header_.pattern.empty();
    const std::string name = look_ahead_name(module_);
    const std::string target = with_pending(header_.merged_target);
    const std::string call = name + "(" + source + ", " + pool_.limit + ")";
    const std::string indent =
        module_.layout.emitted_indent(tree_.span(loop_).begin) + module_.layout.unit();
    const bool fits = indent.size() + 10 + target.size() + call.size() <= kLineWidth &&
                      call.find('\n') == std::string::npos;
    if (fits) {
      set_header(target, call);
    } else {
      const std::string deeper = "\n" + indent + module_.layout.unit();
      const std::string one_line = source + ", " + pool_.limit;
      if (deeper.size() + one_line.size() <= kLineWidth + 1) {
        set_header(target, name + "(" + deeper + one_line + "\n" + indent + ")");
      } else {
        set_header(target, name + "(" + deeper + source + "," + deeper + pool_.limit + ",\n" +
                               indent + ")");
      }
    }
  }

  void set_header(const std::string& target, const std::string& iterable) {
    replace(header_.span, " " + target + " in " + iterable);
  }

  Refused write_generator() {
    std::vector<BindingId> ahead = slice_bound_;
    ahead.insert(ahead.end(), carried_.begin(), carried_.end());
    const Scene view = scene(ahead);
    Rendering rendering;
    rendering.pending = pending_;
    bool nested = sees_locals_;
    bool may_raise = plan_.slice_may_raise || !header_.pattern.empty();
    std::vector<Worker> workers;
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      const Steps only{{StepKind::Unit, places_[i].first, false, {i}, {}}};
      const Variables read = variables_of(tree_, module_.scopes, only, texts_);
      for (const BindingId variable : read.needed) {
        if (has(plan_.copied, variable))
          return "the costly part reads `" + module_.name_of(variable) +
                 "`, which the loop changes";
      }
      auto worker = worker_of(view, only, i);
      if (!worker) return worker.error();
      may_raise = may_raise || worker->may_raise;
      nested = nested || worker->nested;
      workers.push_back(std::move(*worker));
    }
    if (auto reason = prepare_processes(module_, plan_, workers, pool_, draft_)) return reason;
    for (const Worker& worker : workers) rendering.submissions.push_back(submission(worker));
    std::vector<NodeId> kept = plan_.slice;
    kept.insert(kept.end(), plan_.moved.begin(), plan_.moved.end());
    if (auto reason = cannot_move(module_, kept, loop_, true)) return reason;
    nested = nested || is_mangled(module_, kept);
    for (Worker& worker : workers)
      define(std::move(worker.definition), nested && !draft_.uses_processes);
    const bool guarded = may_raise;
    const bool conditional =
        guarded || std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
          return step.kind == StepKind::If || exits(step);
        });
    rendering.item = with_pending(header_.item);
    const std::string noun = header_.noun.empty() ? "item" : header_.noun;
    const std::string name = module_.names.fresh({"submit_" + plural(noun), "submit_calls"});
    const std::string items = module_.names.shared({"items", "inputs", "source"});
    std::string parameters = pool_.name + ", " + items;
    std::string arguments = pool_.name + ", " + header_.iterable;
    for (const BindingId variable : carried_) {
      parameters += ", " + module_.name_of(variable);
      arguments += ", " + module_.name_of(variable);
    }
    const std::string& unit = module_.layout.unit();
    const std::uint32_t line = module_.layout.line_of(tree_.span(loop_).begin);
    Lines lines{{"def " + name + "(" + parameters + "):", line},
                {unit + "\"\"\"Yield each " + noun + " with its pending " +
                     (pending_.size() == 1 ? "call" : "calls") + ".\"\"\"",
                 line}};
    for (const BindingId variable : plan_.copied) {
      const std::string copied = module_.name_of(variable);
      lines.push_back({unit + copied + " = " + copied + ".copy()", line});
    }
    lines.push_back({unit + "for " + header_.binding + " in " + items + ":", line});
    const std::string body = unit + unit;
    if (conditional) {
      for (const std::string& each : pending_) lines.push_back({body + each + " = None", line});
    }
    const std::string inner = guarded ? body + unit : body;
    if (guarded) lines.push_back({body + "try:", line});
    if (!header_.pattern.empty())
      lines.push_back({inner + header_.pattern + " = " + header_.binding, line});
    append(lines, render(view, steps_, inner, rendering));
    if (guarded) {
      lines.push_back({body + "except Exception:", line});
      lines.push_back({inner + "pass  # the loop itself meets it", line});
    }
    lines.push_back({body + "yield " + rendering.item, line});
    define(std::move(lines), nested);
    draft_.eager = !plan_.moved.empty();
    take_from_look_ahead(name + "(" + arguments + ")");
    return std::nullopt;
  }

  bool exits(const Step& step) const {
    bool found = false;
    each_node(tree_, step.node, [&](NodeId inner) {
      found = found || tree_.is(inner, NodeKind::Continue) || tree_.is(inner, NodeKind::Break);
    });
    return step.kind == StepKind::Whole && found;
  }

  void replace(Span span, std::string text) {
    replaced_.push_back(span);
    draft_.edits.push_back({span, std::move(text), "site", {}});
  }

  void edit_body() {
    const std::string_view text = tree_.source().text();
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      const plan::RunUnit& unit = plan_.units[i];
      if (helpers_[i]) {
        edit_helper(module_, unit, *helpers_[i], draft_);
        draft_.edits.push_back(hand_over(module_, *helpers_[i], pending_[i]));
        continue;
      }
      Span span = span_of(tree_, unit);
      std::string outcome = pending_[i] + ".result()";
      if (!unit.is_expression) {
        std::string results;
        for (const BindingId each : unit.results)
          results += (results.empty() ? "" : ", ") + module_.name_of(each);
        if (!results.empty()) outcome = results + " = " + outcome;
        if (unit.first != unit.last) span.end = module_.layout.with_comment(span.end);
      } else if (span.begin > 0 && is_identifier_character(text[span.begin - 1])) {
        outcome.insert(0, " ");
      }
      replace(span, outcome);
    }
    for (const NodeId statement : plan_.moved) remove(statement);
  }

  // Takes a simple statement out of its block.
  void remove(NodeId statement) {
    const Source& source = tree_.source();
    const std::string_view text = source.text();
    Span span = tree_.span(statement);
    if (tree_.children(tree_.parent(statement)).size() == 1) return replace(span, "pass");
    span.end = module_.layout.with_comment(span.end);
    const bool ends_line =
        span.end == text.size() || text[span.end] == '\n' || text[span.end] == '\r';
    if (module_.layout.starts_line(span.begin) && ends_line) {
      const std::uint32_t first = module_.layout.line_of(span.begin);
      const std::uint32_t last = module_.layout.line_of(span.end == 0 ? 0 : span.end - 1);
      return replace({source.line_start(first), source.line_start(last + 1)}, "");
    }
    replace(tree_.span(statement), "pass");
  }

  Module& module_;
  const SyntaxTree& tree_;
  const plan::Plan& plan_;
  NodeId loop_;
  Header header_;
  Steps steps_;
  Pool pool_;
  SiteDraft draft_;
  std::vector<plan::RunUnit> places_;
  Texts texts_;
  std::vector<std::optional<Helper>> helpers_;
  std::vector<BindingId> slice_bound_;
  std::vector<BindingId> carried_;
  bool sees_locals_ = false;
  bool is_stateless_ = false;
  std::vector<std::string> pending_;
  Lines before_;
  Lines inside_;
  std::vector<Span> replaced_;
};

}  // namespace

Written<SiteDraft> write_loop(Module& module, const plan::Plan& plan) {
  return LoopWriter(module, plan).write();
}

}  // namespace braid::rewrite
