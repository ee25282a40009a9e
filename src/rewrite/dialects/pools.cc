#include "rewrite/dialects/pools.h"

#include <algorithm>
#include <map>

#include "rewrite/comprehension.h"
#include "rewrite/dialects/delayed.h"
#include "rewrite/helper.h"
#include "rewrite/loop.h"
#include "rewrite/portable.h"
#include "rewrite/printers.h"
#include "rewrite/process.h"

namespace braid::rewrite::dialects {

namespace {

const Need kDeque{"collections", "deque"};
const Need kSys{"sys", ""};

std::string with_line_ends(const std::string& text, const std::string& end) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n') {
      result += end;
    } else {
      result += text[i];
    }
  }
  return result;
}

// Ends with two blank lines.
bool ends_blank(const std::string& text) {
  std::size_t ends = 0;
  for (std::size_t i = text.size(); i > 0 && (text[i - 1] == '\n' || text[i - 1] == '\r'); --i)
    ends += text[i - 1] == '\n' || i == text.size() || text[i] != '\n' ? 1 : 0;
  return ends > 2;
}

}  // namespace

Written<SiteDraft> PoolWriter::draft(const plan::Plan& plan) {
  if (plan.module != module_.id) return Reason("the plan is for another file");
  for (const SiteDraft& other : drafts_) {
    const Span span = module_.tree.span(plan.node);
    // Comprehensions of one statement share its pool.
    const bool beside = other.surrounded && !module_.tree.is(plan.node, NodeKind::For) &&
                        !module_.tree.span(other.node).overlaps(span);
    if (other.site.overlaps(span) && !beside)
      return Reason("it lies inside a loop that is rewritten already");
  }
  if (module_.tree.is(plan.node, NodeKind::For)) return write_loop(module_, plan);
  if (module_.tree.is(plan.node, NodeKind::ListComp) ||
      module_.tree.is(plan.node, NodeKind::SetComp) ||
      module_.tree.is(plan.node, NodeKind::DictComp) ||
      module_.tree.is(plan.node, NodeKind::GeneratorExp)) {
    return write_comprehension(module_, plan);
  }
  return Reason("this kind of site cannot be written yet");
}

namespace {

// Two edits that may be one: the same split of a helper, the same definition that moves.
bool is_same(const Edit& a, const Edit& b) {
  return a.reason != "site" && a.reason == b.reason && a.span == b.span && a.text == b.text;
}

std::set<NodeId> units_in(const SiteDraft& draft, NodeId helper) {
  std::set<NodeId> units;
  for (const auto& [function, unit] : draft.helpers) {
    if (function == helper && unit) units.insert(unit);
  }
  return units;
}

bool collide(const Edit& a, const Edit& b) {
  return !is_same(a, b) && a.span.begin < b.span.end && b.span.begin < a.span.end;
}

// Two sites change a function at one place: in which order?
bool meet(const Edit& a, const Edit& b) {
  return !is_same(a, b) && a.reason == "helper" && b.reason == "helper" &&
         a.span.begin == b.span.begin;
}

}  // namespace

// Why the edits cannot all be made.
std::optional<std::string> PoolWriter::overlaps(const SiteDraft& draft) const {
  for (std::size_t i = 0; i < draft.edits.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (collide(draft.edits[i], draft.edits[j]))
        return "its costly parts cannot be told from what is evaluated ahead";
    }
    for (const SiteDraft& other : drafts_) {
      for (const Edit& edit : other.edits) {
        if (collide(draft.edits[i], edit) || meet(draft.edits[i], edit))
          return "it shares text with a loop that is rewritten already";
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> PoolWriter::add(const plan::Plan& plan) {
  instead_.clear();
  module_.dialect = module_.options.dialect;
  auto refused = add_in_dialect(plan);
  if (!refused || module_.dialect == Dialect::stdlib) return refused;
  module_.dialect = Dialect::stdlib;
  auto refused_too = add_in_dialect(plan);
  if (!refused_too) instead_ = std::move(*refused);
  return refused_too;
}

std::optional<std::string> PoolWriter::add_in_dialect(const plan::Plan& plan) {
  const Names names = module_.names;
  auto written = draft(plan);
  if (!written) {
    module_.names = names;
    return written.error();
  }
  for (const auto& [helper, unit] : written->helpers) {
    const Span span = module_.tree.span(helper);
    for (const SiteDraft& other : drafts_) {
      if (other.site.overlaps(span))
        return "the function that it splits holds a loop that is rewritten already";
      const std::set<NodeId> theirs = units_in(other, helper);
      const std::set<NodeId> own = units_in(*written, helper);
      if (!theirs.empty() && !own.empty() && theirs != own)
        return "another loop splits the same function elsewhere";
    }
  }
  for (const SiteDraft& other : drafts_) {
    for (const auto& [helper, unit] : other.helpers) {
      if (module_.tree.span(helper).overlaps(written->site))
        return "it lies in a function that another loop splits";
    }
  }
  if (written->look_ahead) {
    if (!module_.imports.spell(kDeque))
      return "the file has another `deque`, or a local file hides the library's";
    if (module_.names.is_rebound("len")) return "the file has its own `len`";
    written->needs.insert(kDeque);
  }
  if (written->progress) {
    if (!module_.imports.spell(kSys))
      return "the file has another `sys`, or a local file hides the library's";
    if (module_.names.is_rebound("print")) return "the file has its own `print`";
    written->needs.insert(kSys);
  }
  if (auto reason = overlaps(*written)) {
    module_.names = names;
    return reason;
  }
  if (written->surrounded) module_.pools.try_emplace(written->surrounded, written->executor);
  written->node = plan.node;
  drafts_.push_back(std::move(*written));
  return std::nullopt;
}

// Before the first statement that holds a site of that kind.
std::uint32_t PoolWriter::first_anchor(bool SiteDraft::* flag) const {
  for (const NodeId each : module_.tree.items(module_.tree.root(), 0)) {
    const Span span{module_.tree.header_begin(each), module_.tree.span(each).end};
    for (const SiteDraft& draft : drafts_) {
      if (draft.*flag && draft.site.overlaps(span)) return definition_anchor(module_, each);
    }
  }
  BRAID_CHECK(!"no site is there");
  return 0;
}

void PoolWriter::place_definitions(std::vector<Edit>& edits, NodeId guarded) {
  std::map<std::uint32_t, std::vector<Lines>> places;
  // Below a guard nobody else would see them.
  const std::uint32_t lowest = guarded ? definition_anchor(module_, guarded) : UINT32_MAX;
  const auto add = [&](std::uint32_t anchor, Lines lines) {
    places[std::min(anchor, lowest)].push_back(std::move(lines));
  };
  const auto any = [&](bool SiteDraft::* flag) {
    return std::any_of(drafts_.begin(), drafts_.end(),
                       [&](const SiteDraft& each) { return each.*flag; });
  };
  const bool calls = any(&SiteDraft::portable);
  if (calls || any(&SiteDraft::portable_errors)) {
    const std::uint32_t anchor = std::min(
        calls ? first_anchor(&SiteDraft::portable) : UINT32_MAX,
        any(&SiteDraft::portable_errors) ? first_anchor(&SiteDraft::portable_errors) : UINT32_MAX);
    add(anchor, portable_definitions(module_, *module_.imports.spell({"copyreg", ""}),
                                     *module_.imports.spell({"pickle", ""}), calls));
  }
  for (const bool portable : {false, true}) {
    bool SiteDraft::* flag = portable ? &SiteDraft::keeps_portably : &SiteDraft::keeps_output;
    if (!any(flag)) continue;
    add(first_anchor(flag),
        keeper_definition(module_, *module_.imports.spell(kStringIO), portable));
  }
  if (any(&SiteDraft::replays)) {
    add(first_anchor(&SiteDraft::replays), replay_definition(module_, any(&SiteDraft::flushes)));
  }
  if (any(&SiteDraft::delays)) {
    add(first_anchor(&SiteDraft::delays), attempt_definitions(module_, any(&SiteDraft::stops)));
  }
  if (any(&SiteDraft::look_ahead)) {
    add(first_anchor(&SiteDraft::look_ahead),
        look_ahead_definition(module_, look_ahead_name(module_), *module_.imports.spell(kDeque),
                              any(&SiteDraft::survives_input), any(&SiteDraft::eager)));
  }
  if (any(&SiteDraft::chunks)) {
    add(first_anchor(&SiteDraft::chunks),
        chunk_definitions(module_, look_ahead_name(module_),
                          *module_.imports.spell({"itertools", "islice"}),
                          any(&SiteDraft::survives_input)));
  }
  if (any(&SiteDraft::progress)) {
    add(first_anchor(&SiteDraft::progress),
        progress_definition(module_, progress_name(module_), *module_.imports.spell(kSys)));
  }
  std::set<NodeId> moved;
  for (const SiteDraft& draft : drafts_) {
    for (const Definition& each : draft.definitions) {
      if (!each.moved || moved.insert(each.moved).second) add(each.anchor, each.lines);
    }
  }
  const Source& source = module_.tree.source();
  for (const auto& [anchor, definitions] : places) {
    Lines lines;
    const std::uint32_t line = module_.layout.line_of(anchor);
    std::uint32_t blank = 0;
    while (blank < 2 && line > 1 + blank && module_.layout.is_blank(line - 1 - blank)) ++blank;
    const bool below_imports = std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
      return edit.reason == "import" && edit.span.begin == source.line_start(line) &&
             ends_blank(edit.text);
    });
    for (; line > 1 && blank < 2 && !below_imports; ++blank) lines.push_back({"", line});
    for (const Lines& definition : definitions) {
      append(lines, definition);
      lines.push_back({"", line});
      lines.push_back({"", line});
    }
    edits.push_back(
        insertion(source.line_start(line), lines, module_.layout.newline(), "definition"));
  }
}

bool PoolWriter::uses_processes() const {
  return std::any_of(drafts_.begin(), drafts_.end(),
                     [](const SiteDraft& each) { return each.uses_processes; });
}

std::vector<Edit> PoolWriter::finish(NodeId guarded) {
  std::vector<Edit> edits;
  std::set<Need> needs;
  for (const SiteDraft& draft : drafts_) needs.insert(draft.needs.begin(), draft.needs.end());
  if (!needs.empty()) edits = module_.imports.edits(needs);
  place_definitions(edits, guarded);
  const std::string end(module_.layout.newline());
  std::map<NodeId, std::vector<std::string>> parameters;
  for (const SiteDraft& draft : drafts_) {
    for (const auto& [function, name] : draft.parameters) {
      std::vector<std::string>& names = parameters[function];
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  for (const auto& [function, names] : parameters)
    edits.push_back(added_parameters(module_, function, names));
  for (SiteDraft& draft : drafts_) {
    for (Edit& edit : draft.edits) {
      edit.text = with_line_ends(edit.text, end);
      // Two loops may split the same function: once is enough.
      const bool again = std::any_of(edits.begin(), edits.end(),
                                     [&](const Edit& other) { return is_same(edit, other); });
      if (!again) edits.push_back(std::move(edit));
    }
  }
  if (guarded) guard(module_, guarded, edits);
  return edits;
}

}  // namespace braid::rewrite::dialects
