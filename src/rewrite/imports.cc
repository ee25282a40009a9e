#include "rewrite/imports.h"

#include <algorithm>
#include <array>

namespace braid::rewrite {

namespace slot = syntax::slot;

namespace {

// Modules that the executors and the emitted code import: a local file of such a name would be run
// in its place.
constexpr std::array<std::string_view, 24> kImportedUnderneath{
    "concurrent", "collections", "threading", "queue",     "logging",   "multiprocessing",
    "itertools",  "weakref",     "os",        "time",      "types",     "pickle",
    "traceback",  "string",      "re",        "io",        "copyreg",   "struct",
    "socket",     "tempfile",    "random",    "selectors", "functools", "sys"};

constexpr std::string_view kStandardLibrary =
    " abc argparse array ast asyncio atexit base64 bisect bz2 calendar cmath codecs collections "
    "concurrent configparser contextlib copy copyreg csv ctypes dataclasses datetime decimal "
    "difflib dis "
    "email enum errno fnmatch fractions ftplib functools gc getopt getpass glob gzip hashlib heapq "
    "hmac html http imaplib importlib inspect io ipaddress itertools json linecache locale logging "
    "lzma math mimetypes mmap multiprocessing numbers operator os pathlib pickle pkgutil platform "
    "plistlib poplib pprint queue random re readline sched secrets select selectors shelve shlex "
    "shutil signal smtplib socket socketserver sqlite3 ssl stat statistics string struct "
    "subprocess sys tarfile telnetlib tempfile textwrap threading time timeit tkinter token "
    "tokenize traceback tracemalloc types typing unicodedata unittest urllib uuid venv warnings "
    "wave weakref webbrowser xml xmlrpc zipfile zipimport zlib zoneinfo ";

std::string_view top(std::string_view module) { return module.substr(0, module.find('.')); }

}  // namespace

bool is_standard_library(std::string_view module) {
  return kStandardLibrary.find(" " + std::string(top(module)) + " ") != std::string_view::npos;
}

Imports::Imports(const effects::Program& program, effects::ModuleId module, const Layout& layout,
                 Names& names)
    : program_(program), module_(program.modules[module.value]), layout_(layout), names_(names) {}

bool Imports::is_import(NodeId statement) const {
  return module_.tree.is(statement, NodeKind::Import) ||
         module_.tree.is(statement, NodeKind::ImportFrom);
}

std::string Imports::module_of(NodeId import) const {
  const SyntaxTree& tree = module_.tree;
  if (tree.is(import, NodeKind::ImportFrom)) {
    const Symbol name = tree[import].name;
    return std::string(tree[import].op, '.') +
           (name ? std::string(program_.symbols.text(name)) : "");
  }
  return std::string(program_.symbols.text(tree[tree.items(import, slot::Import::names)[0]].name));
}

// The file says where modules come from, and then imports one with a name that Python's own library
// has: an import above that would bring Python's.
bool Imports::changes_where_from() const {
  const SyntaxTree& tree = module_.tree;
  bool changed = false;
  for (const NodeId statement : tree.items(tree.root(), slot::Module::statements)) {
    for (std::uint32_t i = statement.value; changed && i < tree[statement].subtree_end; ++i) {
      if (!is_import(NodeId{i})) continue;
      const std::string name = module_of(NodeId{i});
      const std::string_view whole = top(name);
      if (is_standard_library(name) && whole != "sys" && whole != "os" && whole != "time")
        return true;
    }
    const std::string_view text = tree.text(statement);
    if (text.find("sys.path") != text.npos || text.find("sys.modules") != text.npos) changed = true;
  }
  return false;
}

bool Imports::is_hidden(const std::string& module) const {
  const auto local = [&](std::string_view name) {
    const std::string text(name);
    return program_.by_name.contains(text) ||
           std::find(program_.unusable.begin(), program_.unusable.end(), text) !=
               program_.unusable.end();
  };
  return local(module) || local(top(module)) || changes_where_from() ||
         std::any_of(kImportedUnderneath.begin(), kImportedUnderneath.end(), local);
}

std::optional<std::string> Imports::existing(const Need& need) const {
  const SyntaxTree& tree = module_.tree;
  const auto only_import = [&](NodeId alias) {
    const scope::BindingId variable = module_.scopes.variable(alias);
    if (!variable) return false;
    int writes = 0;
    for (const scope::Occurrence& each : module_.scopes.occurrences(variable)) {
      if (each.access != scope::Access::Read) ++writes;
    }
    return writes == 1;
  };
  // A local variable of the same name anywhere would hide it there.
  const auto hidden_somewhere = [&](const std::string& name) {
    const Symbol symbol = program_.find(name);
    for (std::uint32_t i = 1; symbol && i < module_.scopes.scopes().size(); ++i) {
      const scope::BindingId found = module_.scopes.find(scope::ScopeId{i}, symbol);
      if (found &&
          module_.scopes[module_.scopes[found].resolved].scope != module_.scopes.module_scope())
        return true;
    }
    return false;
  };
  for (const NodeId statement : leading_imports()) {
    const bool from = tree.is(statement, NodeKind::ImportFrom);
    if (from && (tree[statement].op != 0 || tree.flag(statement, syntax::kStar))) continue;
    for (const NodeId alias :
         tree.items(statement, from ? +slot::ImportFrom::names : +slot::Import::names)) {
      const std::string name(program_.symbols.text(tree[alias].name));
      const std::string bound =
          tree[alias].alias ? std::string(program_.symbols.text(tree[alias].alias)) : name;
      std::string spelled;
      if (from && module_of(statement) == need.module && name == need.name) {
        spelled = bound;
      } else if (from && module_of(statement) + "." + name == need.module && !need.name.empty()) {
        spelled = bound + "." + need.name;
      } else if (!from && name == need.module) {
        spelled = need.name.empty() ? bound : bound + "." + need.name;
      }
      if (spelled.empty() || !only_import(alias) || hidden_somewhere(std::string(top(spelled))))
        continue;
      return spelled;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Imports::spell(const Need& need) {
  if (is_hidden(need.module)) return std::nullopt;
  if (auto found = existing(need)) return found;
  const std::string bound = need.name.empty() ? std::string(top(need.module)) : need.name;
  if (!spelled_.contains(need)) {
    if (names_.is_taken(bound)) return std::nullopt;
    names_.fresh({bound});
    spelled_.insert(need);
  }
  return need.name.empty() ? need.module : need.name;
}

// Imports at the top of the file, before anything else but the docstring.
std::vector<NodeId> Imports::leading_imports() const {
  std::vector<NodeId> imports;
  bool first = true;
  for (const NodeId statement : module_.tree.items(module_.tree.root(), slot::Module::statements)) {
    const bool docstring = first && module_.tree.is(statement, NodeKind::ExprStatement) &&
                           module_.tree.is(module_.tree.child(statement, 0), NodeKind::Constant);
    first = false;
    if (docstring) continue;
    if (!is_import(statement)) break;
    imports.push_back(statement);
  }
  return imports;
}

// Where the first statement's own comments begin, but below the head of the file.
std::uint32_t Imports::place_without_imports(bool& below_docstring) const {
  const SyntaxTree& tree = module_.tree;
  const Source& source = tree.source();
  NodeId after;
  for (const NodeId statement : tree.items(tree.root(), slot::Module::statements)) {
    const bool docstring = !after && tree.is(statement, NodeKind::ExprStatement) &&
                           tree.is(tree.child(statement, 0), NodeKind::Constant);
    if (!docstring && !is_import(statement)) {
      if (after && !is_import(after)) {
        const std::uint32_t next = layout_.line_of(tree.span(after).end) + 1;
        below_docstring = next <= source.line_count() && layout_.is_blank(next);
        if (below_docstring) return source.line_start(next);
      }
      std::uint32_t line = layout_.line_of(tree.header_begin(statement));
      const std::uint32_t own = line;
      while (line > 1 && layout_.is_comment(line - 1)) --line;
      // A comment that begins the file is its head (interpreter, encoding, licence).
      return source.line_start(line == 1 ? own : line);
    }
    after = statement;
  }
  return static_cast<std::uint32_t>(source.text().size());
}

// Blocks are divided by blank lines.
std::vector<std::vector<NodeId>> Imports::blocks_of(const std::vector<NodeId>& imports) const {
  const SyntaxTree& tree = module_.tree;
  std::vector<std::vector<NodeId>> blocks;
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const bool goes_on = i > 0 && layout_.line_of(tree.span(imports[i]).begin) <=
                                      layout_.line_of(tree.span(imports[i - 1]).end) + 1;
    if (!goes_on) blocks.emplace_back();
    blocks.back().push_back(imports[i]);
  }
  return blocks;
}

// Whether it is a module that Python brings, or a library's: not one of the program's own.
bool Imports::is_of(const std::string& module, bool standard) const {
  if (is_standard_library(module)) return standard;
  return !standard && !module.starts_with('.') &&
         !program_.by_name.contains(std::string(top(module)));
}

std::vector<Edit> Imports::edits(const std::set<Need>& needs) const {
  const SyntaxTree& tree = module_.tree;
  std::vector<NodeId> imports = leading_imports();
  std::erase_if(imports, [&](NodeId statement) { return module_of(statement) == "__future__"; });
  std::vector<Edit> result;
  bool below_docstring = false;
  const auto insert = [&](std::uint32_t at, const std::string& text) {
    for (Edit& edit : result) {
      if (edit.span.begin == at) {
        edit.text += text;
        return;
      }
    }
    result.push_back({{at, at}, text, "import", {}});
  };
  const std::vector<std::vector<NodeId>> blocks = blocks_of(imports);
  const auto first_with = [&](bool standard) {
    const auto found = std::ranges::find_if(blocks, [&](const auto& block) {
      return std::ranges::any_of(block,
                                 [&](NodeId each) { return is_of(module_of(each), standard); });
    });
    return found == blocks.end() ? std::vector<NodeId>{} : *found;
  };
  const std::vector<NodeId> standard = first_with(true);
  const std::vector<NodeId> foreign = first_with(false);
  const std::string end(layout_.newline());
  std::vector<Need> sorted(needs.begin(), needs.end());
  std::stable_partition(sorted.begin(), sorted.end(),
                        [](const Need& need) { return need.name.empty(); });
  // Libraries stand below what Python brings.
  std::stable_partition(sorted.begin(), sorted.end(),
                        [](const Need& need) { return is_standard_library(need.module); });
  std::size_t standard_lines = 0;
  // Those that stand above the libraries' for the first time, apart from them.
  const auto end_standard = [&] {
    if (standard_lines > 0 && standard.empty() && !foreign.empty()) result.front().text += end;
    standard_lines = 0;
  };
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Need& need = sorted[i];
    if (existing(need)) continue;
    std::string line = need.name.empty() ? "import " + need.module
                                         : "from " + need.module + " import " + need.name;
    while (!need.name.empty() && i + 1 < sorted.size() && sorted[i + 1].module == need.module) {
      ++i;
      if (!existing(sorted[i])) line += ", " + sorted[i].name;
    }
    line += end;
    const bool is_standard = is_standard_library(need.module);
    if (!is_standard && foreign.empty() && (!result.empty() || !standard.empty()))
      line.insert(0, end);  // begins a block of its own
    if (!is_standard) end_standard();
    standard_lines += is_standard ? 1 : 0;
    const std::vector<NodeId>& block = is_standard || foreign.empty() ? standard : foreign;
    if (block.empty()) {
      if (imports.empty()) {
        const std::uint32_t place = place_without_imports(below_docstring);
        insert(place, below_docstring && result.empty() ? end + line : line);
      } else {
        insert(tree.source().line_start(layout_.line_of(tree.span(imports.front()).begin)), line);
      }
      continue;
    }
    // Imports of the same form stay sorted; plain ones come first unless the file mixes them.
    const bool from = !need.name.empty();
    NodeId before;
    NodeId last = block.front();
    bool mixed = false;
    bool seen_from = false;
    for (const NodeId each : block) {
      const bool is_from = tree.is(each, NodeKind::ImportFrom);
      mixed = mixed || (seen_from && !is_from);
      seen_from = seen_from || is_from;
      last = each;
    }
    for (const NodeId each : block) {
      if (!is_standard && foreign.empty()) break;
      const bool is_from = tree.is(each, NodeKind::ImportFrom);
      const bool later_form = !mixed && is_from && !from;
      const bool same_form = mixed || is_from == from;
      if (later_form || (same_form && module_of(each) > need.module)) {
        before = each;
        break;
      }
    }
    const bool own_line = before && layout_.starts_line(tree.span(before).begin);
    if (own_line && before.value <= last.value) {
      insert(tree.source().line_start(layout_.line_of(tree.span(before).begin)), line);
    } else {
      const std::uint32_t at = tree.source().line_start(layout_.line_of(tree.span(last).end) + 1);
      const std::string_view text = tree.source().text();
      const bool no_line_end =
          at == text.size() && !text.empty() && text.back() != '\n' && text.back() != '\r';
      insert(at, no_line_end ? end + line : line);
    }
  }
  end_standard();
  if (standard.empty() && foreign.empty() && !result.empty() && !below_docstring) {
    result.front().text += end;
    if (imports.empty()) result.front().text += end;
  }
  return result;
}

}  // namespace braid::rewrite
