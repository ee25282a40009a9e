#include "rewrite/loop.h"

#include <algorithm>

#include "rewrite/kept_alive.h"
#include "rewrite/loop_writer.h"
#include "rewrite/moving.h"
#include "rewrite/printers.h"

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

bool contains(const std::vector<BindingId>& all, BindingId one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void collect_slice(const Steps& steps, Steps& slice) {
  for (const Step& step : steps) {
    if (step.kind == StepKind::Whole) slice.push_back(step);
    if (step.kind == StepKind::With) slice.push_back({StepKind::With, step.node, false, {}, {{}}});
    for (const Steps& block : step.blocks) collect_slice(block, slice);
  }
}

}  // namespace

Written<SiteDraft> LoopWriter::write() {
  if (auto reason = check()) return Reason(*reason);
  auto header = read_header(module_, loop_);
  if (!header) return Reason(header.error());
  header_ = std::move(*header);
  if (auto reason = find_places()) return Reason(*reason);
  Kept kept{plan_.slice, plan_.moved};
  for (const plan::Recorded& each : plan_.recorded) {
    if (each.is_added) kept.added.push_back(each.statement);
  }
  auto steps = project(tree_, tree_.items(loop_, slot::For::statements), kept, places_);
  if (!steps) return Reason(steps.error());
  steps_ = std::move(*steps);
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    if (!holds_unit(steps_, i)) return Reason("the costly part is not in the loop's body");
  }
  if (auto reason = study()) return Reason(*reason);
  if (auto reason = find_local_definitions()) return Reason(*reason);
  auto pool = make_pool(module_, plan_, draft_);
  if (!pool) return Reason(pool.error());
  pool_ = std::move(*pool);
  name_pending();
  if (auto reason = name_recorded()) return Reason(*reason);
  for (const plan::RunUnit& unit : plan_.units) {
    if (prints(unit)) draft_.needs.insert(kStringIO);
  }
  bound_.resize(plan_.units.size());
  unsure_.resize(plan_.units.size());
  if (is_stateless_) {
    const Names names = module_.names;
    const Pool made = pool_;
    if (auto reason = write_calls()) return Reason(*reason);
    if (!is_stateless_) {
      module_.names = names;
      pool_ = made;
      draft_.definitions.clear();
      before_.clear();
    }
  }
  if (!is_stateless_) {
    if (auto reason = write_generator()) return Reason(*reason);
  }
  edit_body();
  if (must_let_go(module_, plan_)) {
    const auto is_helper = [](const std::optional<Helper>& each) { return each.has_value(); };
    if (std::any_of(helpers_.begin(), helpers_.end(), is_helper))
      return Reason("a failed call would keep the files open that its callers have open");
    if (draft_.replays) return Reason("a failed call would keep open the files that it opened");
    let_go_.insert(let_go_.end(), pending_.begin(), pending_.end());
  } else {
    let_go_.clear();
  }
  surround(module_, pool_, tree_.span(loop_), std::move(before_), std::move(inside_), replaced_,
           let_go_, draft_);
  move_definitions(module_, local_, draft_);
  return std::move(draft_);
}

std::optional<std::string> LoopWriter::check() const {
  if (!tree_.is(loop_, NodeKind::For) || tree_.flag(loop_, syntax::kAsync))
    return "only `for` loops can be written yet";
  if (tree_.flag(loop_, syntax::kHasError)) return "the loop holds text that is not Python";
  if (auto reason = cannot_have_pool(module_, loop_)) return reason;
  if (plan_.input.may_block) return "the input may wait for what the loop has shown";
  if (auto reason = source_is_seen(module_, tree_.child(loop_, slot::For::iter));
      reason && !plan_.input.restartable)
    return reason;
  if (plan_.units.empty()) return "nothing to run";
  for (const std::string_view name : {"Exception", "SystemExit"}) {
    if (module_.names.is_rebound(std::string(name)))
      return "the file has its own `" + std::string(name) + "`";
  }
  for (const plan::RunUnit& unit : plan_.units) {
    if (auto reason = cannot_undent_behind(unit)) return reason;
    if (unit.helper) continue;
    if (!is_inside(tree_, unit.first, loop_)) return "the costly part is not in the loop's body";
    if (unit.is_expression) {
      if (auto reason = not_always_evaluated(tree_, unit.first, loop_)) return reason;
    }
  }
  return std::nullopt;
}

std::optional<std::string> LoopWriter::cannot_undent_behind(const plan::RunUnit& unit) const {
  if (!unit.is_head) return std::nullopt;
  const auto block = tree_.items(unit.first, slot::With::statements);
  const auto next = std::find(block.begin(), block.end(), unit.last) + 1;
  const std::string outer = module_.layout.indent_at(tree_.span(unit.first).begin);
  const std::string inner = module_.layout.indent_at(tree_.span(unit.last).begin);
  if (!module_.layout.starts_line(tree_.header_begin(*next)) ||
      !module_.layout.starts_line(tree_.span(unit.first).begin) || !inner.starts_with(outer))
    return "what stays of the `with` shares its line with the costly part";
  const Span rest{tree_.span(*next).begin, tree_.span(unit.first).end};
  const bool holds_other =
      std::any_of(plan_.units.begin(), plan_.units.end(), [&](const plan::RunUnit& other) {
        return rest.contains(tree_.span(other.helper_call ? other.helper_call : other.first));
      });
  if (holds_other) return "what stays of the `with` holds another costly part";
  return std::nullopt;
}

std::optional<std::string> LoopWriter::find_places() {
  places_ = plan_.units;
  texts_ = texts_of(tree_, plan_.units);
  helpers_.resize(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!plan_.units[i].helper) continue;
    if (auto reason = not_always_evaluated(tree_, plan_.units[i].helper_call, loop_)) return reason;
    auto helper = read_helper(module_, plan_, plan_.units[i]);
    if (!helper) return helper.error();
    places_[i].first = places_[i].last = helper->call;
    places_[i].is_expression = true;
    texts_[i] = helper->text;
    helpers_[i] = std::move(*helper);
  }
  return std::nullopt;
}

Written<Worker> LoopWriter::worker_of(const Scene& view, const Steps& steps, std::size_t unit) {
  return helpers_[unit] ? make_helper_worker(view, steps, *helpers_[unit])
                        : make_worker(view, steps, unit);
}

std::optional<std::string> LoopWriter::study() {
  std::set<BindingId> gathered;
  for (const plan::RunUnit& unit : plan_.units) gathered.merge(gathered_by(unit));
  const Variables all = variables_of(module_, steps_, texts_, gathered);
  Steps slice;
  collect_slice(steps_, slice);
  const Variables sliced = variables_of(module_, slice, texts_);
  slice_bound_ = sliced.written;
  const auto add_carried = [&](BindingId variable) {
    if (std::find(carried_.begin(), carried_.end(), variable) == carried_.end())
      carried_.push_back(variable);
  };
  for (const BindingId variable : all.needed) {
    if (contains(header_.variables, variable)) continue;
    if (contains(plan_.copied, variable) || contains(slice_bound_, variable)) {
      add_carried(variable);
    } else if (is_written_in(module_, variable, loop_)) {
      return "`" + module_.name_of(variable) + "` changes while the loop runs";
    }
    if (contains(slice_bound_, variable) && !all_writes_kept(variable)) {
      return "`" + module_.name_of(variable) + "` changes outside what is known ahead";
    }
    if (!module_.is_global(variable)) sees_locals_ = true;
  }
  for (const BindingId variable : plan_.copied) add_carried(variable);
  for (const BindingId variable : header_.variables) {
    // A loop that changes its own variable: split would see another value than the units.
    if (contains(slice_bound_, variable)) add_carried(variable);
  }
  std::erase_if(carried_,
                [&](BindingId variable) { return contains(header_.variables, variable); });
  const bool rebinds_item =
      std::any_of(header_.variables.begin(), header_.variables.end(),
                  [&](BindingId variable) { return contains(slice_bound_, variable); });
  if (rebinds_item && header_.pattern.empty()) {
    // The loop gets the item as the input gave it.
    header_.pattern = header_.binding;
    header_.binding = header_.item = module_.names.shared({"item", "entry"});
    header_.unpacks_surely = true;
  }
  is_stateless_ = carried_.empty() && !rebinds_item && !holds_break() && plan_.recorded.empty() &&
                  !plan_.slice_in_order &&
                  !holds(steps_, +[](const Step& step) { return step.moved; });
  return std::nullopt;
}

// Worker processes need more than threads: what stands in functions.
std::optional<std::string> LoopWriter::find_local_definitions() {
  if (plan_.strategy != plan::Strategy::process) return std::nullopt;
  std::vector<BindingId> needed;
  const auto add = [&](const Variables& variables) {
    needed.insert(needed.end(), variables.needed.begin(), variables.needed.end());
  };
  std::set<BindingId> gathered;
  for (const plan::RunUnit& unit : plan_.units) gathered.merge(gathered_by(unit));
  if (is_stateless_) add(variables_of(module_, steps_, texts_, gathered));
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Steps only{{StepKind::Unit, places_[i].first, false, {i}, {}}};
    add(variables_of(module_, only, texts_, gathered));
    if (helpers_[i]) add(helpers_[i]->variables);
  }
  auto local = place_local_definitions(module_, loop_, needed);
  if (!local) return local.error();
  local_ = std::move(*local);
  return std::nullopt;
}

bool LoopWriter::holds_break() const {
  bool found = false;
  for (const NodeId each : plan_.slice) {
    each_node(tree_, each,
              [&](NodeId inner) { found = found || tree_.is(inner, NodeKind::Break); });
  }
  return found;
}

bool LoopWriter::all_writes_kept(BindingId variable) const {
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

Scene LoopWriter::scene(std::vector<BindingId> ahead) {
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
          plan_.strategy == plan::Strategy::process,
          local_};
}

void LoopWriter::name_pending() {
  for (const plan::RunUnit& unit : plan_.units) {
    if (plan_.units.size() == 1) {
      pending_.push_back(pending_name(module_));
    } else {
      const std::string noun = result_noun(module_, unit);
      pending_.push_back(
          module_.names.fresh({noun.empty() ? "pending" : "pending_" + noun, "pending"}));
    }
  }
}

void LoopWriter::define(Lines lines, bool nested) {
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

void LoopWriter::replace(Span span, std::string text) {
  replaced_.push_back(span);
  draft_.edits.push_back({span, std::move(text), "site", {}});
}

void LoopWriter::edit_body() {
  const std::string_view text = tree_.source().text();
  for (std::size_t i = 0; i < plan_.units.size(); ++i) {
    const plan::RunUnit& unit = plan_.units[i];
    if (helpers_[i]) {
      edit_helper(module_, unit, *helpers_[i], draft_);
      draft_.edits.push_back(hand_over(module_, *helpers_[i], pending_[i]));
      continue;
    }
    Span span = span_of(tree_, unit);
    std::string outcome = result_of(module_, pending_[i]);
    if (unit.is_expression && unit.keeps_part) outcome = replayed(module_, unit, outcome, draft_);
    if (!unit.is_expression) {
      outcome = bound_[i].empty() ? taken_in_order(i, span) : taken_by_name(i, span);
      if (unit.first != unit.last) span.end = module_.layout.with_comment(span.end);
    } else if (span.begin > 0 && is_identifier_character(text[span.begin - 1])) {
      outcome.insert(0, " ");
    }
    replace(span, outcome);
  }
  edit_printers(module_, plan_, draft_);
  for (const NodeId statement : plan_.moved) remove(statement);
  take_recorded();
  for (const plan::RunUnit& unit : plan_.units) {
    if (unit.is_head) undent_behind(unit);
  }
}

// What follows the head of a `with` comes out of it.
void LoopWriter::undent_behind(const plan::RunUnit& unit) {
  const Source& source = tree_.source();
  const std::string outer = module_.layout.indent_at(tree_.span(unit.first).begin);
  const std::string inner = module_.layout.indent_at(tree_.span(unit.last).begin);
  const std::uint32_t first = module_.layout.line_of(tree_.span(unit.last).end - 1) + 1;
  const std::uint32_t last = module_.layout.line_of(tree_.span(unit.first).end - 1);
  for (std::uint32_t line = first; line <= last; ++line) {
    const std::uint32_t begin = source.line_start(line);
    if (module_.layout.begins_in_string(line) || !source.text().substr(begin).starts_with(inner))
      continue;
    const Span span{begin + static_cast<std::uint32_t>(outer.size()),
                    begin + static_cast<std::uint32_t>(inner.size())};
    const bool is_gone = std::any_of(replaced_.begin(), replaced_.end(),
                                     [&](const Span& each) { return each.overlaps(span); });
    if (!is_gone) draft_.edits.push_back({span, "", "site", {}});
  }
}

// What merge adds to a container of the loop: `more`, as an expression.
std::string LoopWriter::added(const plan::Gathered& gathered, const std::string& more) const {
  const bool is_dict = gathered.kind == plan::Gathered::Kind::dict;
  return module_.name_of(gathered.name) + (is_dict ? ".update(" : ".extend(") + more + ")";
}

// Binds the results, and adds what was gathered.
std::string LoopWriter::taken_in_order(std::size_t unit, Span span) {
  const plan::RunUnit& taken = plan_.units[unit];
  const std::string outcome = result_of(module_, pending_[unit]);
  if (taken.results.empty() && taken.gathers.size() == 1 && !taken.keeps_part)
    return added(taken.gathers[0], outcome);
  const std::string line = "\n" + module_.layout.emitted_indent(span.begin) + module_.layout.unit();
  std::string names;
  std::string additions;
  for (const BindingId each : taken.results)
    names += (names.empty() ? "" : ", ") + module_.name_of(each);
  // If it failed, it has no results: what the names mean stays.
  std::string bound;
  if (taken.keeps_part && !names.empty()) {
    const std::string result = module_.names.shared({"result", "value"});
    bound = line + names + " = " + result;
    names = result;
  }
  for (const plan::Gathered& each : taken.gathers) {
    const bool prints = each.kind == plan::Gathered::Kind::output;
    const std::string more = prints ? printed_name(module_)
                                    : module_.names.fresh({"more_" + module_.name_of(each.name)});
    names += (names.empty() ? "" : ", ") + more;
    additions += line + (prints ? print_all(module_, more, taken.flushes) : added(each, more));
  }
  if (taken.keeps_part) {
    const std::string error = module_.names.shared({"error", "failure"});
    let_go_.push_back(error);
    names += ", " + error;
    additions += line + "if " + error + " is not None:" + line + module_.layout.unit() + "raise " +
                 error + bound;
  }
  return (names.empty() ? "" : names + " = ") + outcome + additions;
}

// Binds what the worker bound, and nothing else.
std::string LoopWriter::taken_by_name(std::size_t unit, Span span) const {
  const std::string& bound = bound_[unit];
  const std::string quote(1, module_.layout.quote());
  const std::string& deeper = module_.layout.unit();
  const std::string line = "\n" + module_.layout.emitted_indent(span.begin) + deeper;
  std::string text = bound + " = " + result_of(module_, pending_[unit]);
  for (const BindingId result : plan_.units[unit].results) {
    const std::string name = module_.name_of(result);
    const std::string key = quote + name + quote;
    const std::string taken = name + " = " + bound + "[" + key + "]";
    if (unsure_[unit].contains(result)) {
      text += line + "if " + key + " in " + bound + ":" + line + deeper + taken;
    } else {
      text += line + taken;
    }
  }
  for (const plan::Gathered& each : plan_.units[unit].gathers)
    text += line + added(each, bound + "[" + quote + module_.name_of(each.name) + quote + "]");
  return text;
}

void LoopWriter::remove(NodeId statement) {
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

Written<SiteDraft> write_loop(Module& module, const plan::Plan& plan) {
  return LoopWriter(module, plan).write();
}

}  // namespace braid::rewrite
