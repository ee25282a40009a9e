// A loop whose calls depend on the item alone: they are made by a comprehension.
#include "rewrite/loop_writer.h"

namespace braid::rewrite {

namespace {

constexpr std::size_t kLongestSource = 40;

}  // namespace

std::optional<std::string> LoopWriter::write_calls() {
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
    bound_[i] = worker->bound;
    unsure_[i] = worker->unsure;
    workers.push_back(std::move(*worker));
  }
  if (auto reason = prepare_workers(module_, plan_, workers, pool_, draft_)) return reason;
  std::vector<Form> calls;
  for (Worker& worker : workers) {
    calls.push_back(pool_.submission(module_, worker));
    define(std::move(worker.definition), worker.nested);
  }
  const std::string clause = "for " + header_.binding + " in " + header_.clause;
  draft_.survives_input = plan_.input.may_raise || takes_apart();
  const bool is_short = plan_.input.iterations && *plan_.input.iterations <= kAllAtOnce &&
                        plan_.input.restartable && !plan_.input.may_raise &&
                        !module_.names.is_rebound("zip") &&
                        !(module_.options.progress && module_.names.is_rebound("len"));
  if (is_short || !pool_.delayed.empty()) {
    draft_.survives_input = false;
    write_list(std::move(calls));
  } else if (draft_.uses_processes && can_go_in_chunks(module_, workers, pool_, draft_)) {
    take_from(called_in_chunks(module_, pool_, workers[0], words(header_.item), clause, draft_));
  } else {
    calls.insert(calls.begin(), words(header_.item));
    take_from_look_ahead(comprehension('(', tuple(std::move(calls)), clause));
  }
  return std::nullopt;
}

void LoopWriter::write_list(std::vector<Form> calls) {
  // `Parallel` begins with the calls; executors, in the `try`, as each is submitted.
  const bool delayed = !pool_.delayed.empty();
  Lines& lines = delayed ? before_ : inside_;
  std::string source = header_.iterable;
  std::string clause = header_.clause;
  const bool short_text = source.size() <= kLongestSource && source.find('\n') == std::string::npos;
  if (!plan_.input.expression_repeatable || !short_text) {
    std::vector<std::string> wishes;
    if (!header_.noun.empty()) wishes.push_back(plural(header_.noun));
    wishes.insert(wishes.end(), {delayed ? "inputs" : "items", "inputs"});
    source = clause = module_.names.fresh(wishes);
    bind_input(source, lines);
  }
  const std::string noun = calls.size() == 1 ? result_noun(module_, plan_.units[0]) : "";
  std::vector<std::string> wishes;
  if (!noun.empty()) wishes.push_back(plural(noun));
  wishes.insert(wishes.end(), {"calls", "futures"});
  const std::string list =
      delayed ? module_.names.shared({"calls", "delayed_calls"}) : module_.names.fresh(wishes);
  let_go_.push_back(list);
  std::vector<Form> taken;
  for (const std::string& each : pending_) taken.push_back(words(each));
  const std::uint32_t line = module_.layout.line_of(tree_.span(loop_).begin);
  const std::string indent =
      module_.layout.emitted_indent(tree_.span(loop_).begin) + module_.layout.unit();
  const Form made =
      comprehension('[', tuple(std::move(calls)), "for " + header_.binding + " in " + clause);
  for (std::string& text :
       lay_out(list + " = ", made, "", indent, module_.layout.unit(), module_.layout.width())) {
    lines.push_back({std::move(text), line});
  }
  if (delayed) {
    pool_.calls = list;
    draft_.stops = true;
  }
  Form both = call("zip", {words(source), words(delayed ? pool_.name : list)});
  if (module_.options.progress)
    both = counted(module_, std::move(both), "len(" + list + ")", draft_);
  set_header(header_.merged_target + ", " + tuple(std::move(taken)).flat(), both);
}

// The input, which is iterated twice, as a name.
void LoopWriter::bind_input(const std::string& name, Lines& lines) {
  const std::uint32_t line = module_.layout.line_of(tree_.span(loop_).begin);
  const std::string text =
      name + " = " +
      (plan_.input.restartable ? header_.iterable : "list(" + header_.iterable + ")");
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t end = text.find('\n', at);
    lines.push_back({text.substr(at, end == std::string::npos ? end : end - at), line});
    at = end == std::string::npos ? end : end + 1;
  }
}

void LoopWriter::take_from_look_ahead(Form calls) {
  draft_.survives_input = plan_.input.may_raise || takes_apart();
  take_from(looked_ahead(module_, pool_, std::move(calls), draft_));
}

void LoopWriter::take_from(Form source) {
  if (module_.options.progress) {
    const auto& known = plan_.input.iterations;
    source = counted(module_, std::move(source), known ? std::to_string(*known) : "", draft_);
  }
  set_header(with_pending(header_.merged_target), source);
}

void LoopWriter::set_header(const std::string& target, const Form& iterable) {
  const std::string indent =
      module_.layout.emitted_indent(tree_.span(loop_).begin) + module_.layout.unit();
  std::string text;
  for (const std::string& line : lay_out("for " + target + " in ", iterable, ":", indent,
                                         module_.layout.unit(), module_.layout.width())) {
    text += text.empty() ? line : "\n" + indent + line;
  }
  constexpr std::size_t kWord = 3;  // the loop has its `for` and its colon already
  replace(header_.span, text.substr(kWord, text.size() - kWord - 1));
}

}  // namespace braid::rewrite
