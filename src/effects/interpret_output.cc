// Where output goes, and what handles stand for.
#include <algorithm>

#include "effects/interpreter.h"

namespace braid::effects {

std::vector<std::pair<WorldPlace, TermId>> Interpreter::backing_of(ValueId value) {
  std::vector<std::pair<WorldPlace, TermId>> out;
  for (AtomId id : values_[value]) {
    const Atom& atom = values_[id];
    if (is_immutable(atom) || !atom.site) continue;
    const auto own = focus_.backing.find(atom.site.value);
    if (frame().traced && focus_.active && atom.recency == Recency::This &&
        own != focus_.backing.end() && !focus_.made_by_others.contains(atom.site.value)) {
      out.insert(out.end(), own->second.begin(), own->second.end());
      continue;
    }
    if (auto found = backing_.find(atom.site.value); found != backing_.end()) {
      for (const auto& [world, key] : found->second) {
        const std::pair resolved(world, passed_.with_constants(key));
        if (std::find(out.begin(), out.end(), resolved) == out.end()) out.push_back(resolved);
      }
      continue;
    }
    if (atom.kind == AtomKind::Instance) {
      const std::string_view type = text(atom.name);
      if (type.starts_with("io.StringIO") || type.starts_with("io.BytesIO")) continue;  // memory
      const TypeModel* model = type_model(atom.name);
      if (type.starts_with("io."))
        out.emplace_back(WorldPlace::File, TermId{});
      else if (model != nullptr && model->handle)
        out.emplace_back(WorldPlace::Remote, TermId{});
    }
  }
  return out;
}

// Where the program has log records, or what it prints, written to files or to what it reads
// itself, every call that logs or prints does so.
void Interpreter::where_output_goes(std::string_view function, const CallArguments& arguments) {
  note_watcher(function);
  if (function == "contextlib.redirect_stdout" || function == "contextlib.redirect_stderr" ||
      function == "os.dup2")
    output_goes_to_files();
  // Loggers, records and handlers of the program's own; warnings that are collected.
  constexpr std::string_view kReplacing[] = {
      "logging.setLoggerClass", "logging.setLogRecordFactory", "logging.captureWarnings",
      "logging.handlers.QueueHandler", "logging.handlers.MemoryHandler"};
  const bool replaces =
      std::find(std::begin(kReplacing), std::end(kReplacing), function) != std::end(kReplacing);
  if (replaces && patched_libraries_.insert("logging").second) changed_ = true;
  const bool recorded =
      function == "logging.captureWarnings" ||
      (function == "warnings.catch_warnings" &&
       (!arguments.positional.empty() || !arguments.keywords.empty() || arguments.double_starred));
  if (recorded && patched_libraries_.insert("warnings").second) changed_ = true;
  if (!function.starts_with("logging.")) return;
  Argument path;
  Argument stream;
  const bool basic = function == "logging.basicConfig";
  for (const auto& [name, value] : arguments.keywords) {
    if (text(name) == "filename") path = value;
    if (basic && text(name) == "stream") stream = value;
  }
  const bool handler =
      function == "logging.FileHandler" || function.starts_with("logging.handlers.");
  if (!arguments.positional.empty()) {
    if (handler) path = arguments.positional[0];
    if (function == "logging.StreamHandler") stream = arguments.positional[0];
  }
  const bool configured = function.starts_with("logging.config.");
  if ((path.given && !is_null_device(path)) || handler || configured) {
    const TermId key = !logs_to_files_ || log_path_ == path.term ? path.term : TermId{};
    if (!logs_to_files_ || key != log_path_) changed_ = true;
    logs_to_files_ = true;
    log_path_ = key && values_[key].kind == TermKind::Constant ? key : TermId{};
  }
  for (AtomId id : std::vector<AtomId>(values_[stream.value ? stream.value : values_.nothing()])) {
    const bool own =
        values_[id].kind == AtomKind::Object || text(values_[id].name) == "io.StringIO";
    if (own && patched_libraries_.insert("logging").second) changed_ = true;
    for (const auto& [world, key] : backing_of(values_.single(values_[id]))) {
      if (world != WorldPlace::File || logs_to_files_) continue;
      logs_to_files_ = true;
      changed_ = true;
    }
  }
}

void Interpreter::output_goes_to_files() {
  if (!prints_to_files_) changed_ = true;
  prints_to_files_ = true;
}

// What is written to it is gone.
bool Interpreter::is_null_device(const Argument& path) const {
  if (constant_text(path.term) == "/dev/null") return true;
  return path.node && tree().text(path.node) == "os.devnull";
}

// Whether the path is that of the file that the program stands in, whose text a rewrite changes.
bool Interpreter::is_own_text(TermId path) const {
  if (!path) return false;
  const Term& term = values_[path];
  if (term.kind == TermKind::Invariant && term.operands.empty())
    return text(term.text) == "__file__";
  const bool same = term.kind == TermKind::Invariant || term.kind == TermKind::Apply;
  if (!same || term.operands.size() != 1) return false;
  const std::string_view by = text(term.text);
  const bool folder = by.ends_with("dirname") || by.ends_with("basename");
  return !folder && is_own_text(term.operands[0]);
}

}  // namespace braid::effects
