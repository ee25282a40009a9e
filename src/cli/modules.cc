#include "cli/modules.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

namespace braid::cli {
namespace {

namespace fs = std::filesystem;

// More than this is a project, not the modules of one script; what is left out is unusable, so
// that calls into it count as unknown.
constexpr std::size_t kMostModules = 1000;
constexpr std::size_t kMostBytes = 16U << 20U;

// Of what lies around a script, no more is looked at to find out who imports it.
constexpr std::size_t kMostFiles = 5000;
constexpr std::size_t kMostEntries = 100'000;

// Modules that the interpreter holds already, or has built in, before it looks into the script's
// folder (some of them only in some builds): whether a local file of this name is used cannot be
// told.
constexpr auto kEarlyModules = std::to_array<std::string_view>({"_abc",
                                                                "_codecs",
                                                                "_collections_abc",
                                                                "_io",
                                                                "_signal",
                                                                "_sitebuiltins",
                                                                "_stat",
                                                                "_thread",
                                                                "_warnings",
                                                                "_weakref",
                                                                "abc",
                                                                "array",
                                                                "atexit",
                                                                "binascii",
                                                                "builtins",
                                                                "cmath",
                                                                "codecs",
                                                                "encodings",
                                                                "errno",
                                                                "faulthandler",
                                                                "fcntl",
                                                                "gc",
                                                                "genericpath",
                                                                "grp",
                                                                "importlib",
                                                                "io",
                                                                "itertools",
                                                                "marshal",
                                                                "math",
                                                                "ntpath",
                                                                "os",
                                                                "posix",
                                                                "posixpath",
                                                                "pwd",
                                                                "runpy",
                                                                "select",
                                                                "site",
                                                                "sitecustomize",
                                                                "stat",
                                                                "sys",
                                                                "time",
                                                                "unicodedata",
                                                                "usercustomize",
                                                                "warnings",
                                                                "winreg",
                                                                "zipimport",
                                                                "zlib"});

// What importing concurrent.futures, its two executors and contextvars imports in turn (CPython
// 3.9 to 3.14), without the early ones.
constexpr auto kImportedByRewrites = std::to_array<std::string_view>({"__future__",
                                                                      "_bisect",
                                                                      "_compat_pickle",
                                                                      "_weakrefset",
                                                                      "annotationlib",
                                                                      "ast",
                                                                      "bisect",
                                                                      "bz2",
                                                                      "collections",
                                                                      "concurrent",
                                                                      "contextlib",
                                                                      "contextvars",
                                                                      "copy",
                                                                      "copyreg",
                                                                      "ctypes",
                                                                      "datetime",
                                                                      "dis",
                                                                      "enum",
                                                                      "fnmatch",
                                                                      "functools",
                                                                      "hashlib",
                                                                      "heapq",
                                                                      "inspect",
                                                                      "ipaddress",
                                                                      "itertools",
                                                                      "keyword",
                                                                      "linecache",
                                                                      "locale",
                                                                      "logging",
                                                                      "lzma",
                                                                      "multiprocessing",
                                                                      "numbers",
                                                                      "opcode",
                                                                      "operator",
                                                                      "pickle",
                                                                      "queue",
                                                                      "random",
                                                                      "re",
                                                                      "reprlib",
                                                                      "secrets",
                                                                      "selectors",
                                                                      "shutil",
                                                                      "signal",
                                                                      "socket",
                                                                      "sre_compile",
                                                                      "sre_constants",
                                                                      "sre_parse",
                                                                      "statistics",
                                                                      "string",
                                                                      "struct",
                                                                      "subprocess",
                                                                      "tempfile",
                                                                      "test",
                                                                      "textwrap",
                                                                      "threading",
                                                                      "token",
                                                                      "tokenize",
                                                                      "tqdm",
                                                                      "traceback",
                                                                      "types",
                                                                      "typing",
                                                                      "uuid",
                                                                      "weakref",
                                                                      "xmlrpc"});

// What `import braid` and its executors import beyond those (CPython 3.9 to 3.13).
constexpr auto kImportedByBraid = std::to_array<std::string_view>(
    {"_colorize", "braid", "cloudpickle", "dataclasses", "mmap", "platform"});
// What it looks for without need (numpy, lz4) would be imported, too.
constexpr auto kImportedByJoblib =
    std::to_array<std::string_view>({"_colorize",   "_compression", "_opcode_metadata",
                                     "array",       "asyncio",      "base64",
                                     "binascii",    "cloudpickle",  "dask",
                                     "dataclasses", "decimal",      "distributed",
                                     "fcntl",       "glob",         "grp",
                                     "gzip",        "importlib",    "joblib",
                                     "json",        "lz4",          "math",
                                     "mmap",        "numpy",        "pathlib",
                                     "pkgutil",     "platform",     "pprint",
                                     "psutil",      "pydoc",        "runpy",
                                     "select",      "ssl",          "sysconfig",
                                     "urllib",      "warnings",     "zlib"});

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

class Loader {
 public:
  Loader(effects::Program& program, fs::path folder, LocalFiles& files)
      : program_(program), folder_(std::move(folder)), files_(files) {}

  void run() {
    // Indices, since loading moves the modules.
    for (std::size_t i = 0; i < program_.modules.size(); ++i) {
      const auto requests = files_.parsed.imports(program_.modules[i]);
      for (const effects::ImportRequest& request : *requests) load(request.module);
    }
  }

 private:
  void load(const std::string& dotted) {
    fs::path folder = folder_;
    std::string name;
    for (std::size_t begin = 0; begin <= dotted.size();) {
      const std::size_t end = std::min(dotted.find('.', begin), dotted.size());
      const std::string part = dotted.substr(begin, end - begin);
      if (part.empty()) return;
      name += (name.empty() ? "" : ".") + part;
      if (!load_part(name, part, folder, end == dotted.size())) return;
      begin = end + 1;
    }
  }

  // Whether `folder`, now that of the package, can hold what comes after this part.
  bool load_part(const std::string& name, const std::string& part, fs::path& folder, bool is_last) {
    const LocalModule found = files_.names.find_module(folder, part);
    folder /= part;
    if (found.what == LocalModule::What::nothing) return false;
    if (found.what == LocalModule::What::folder) return !is_last;
    if (!seen_.insert(name).second) return found.what == LocalModule::What::package;
    const bool is_early = name == part && std::find(kEarlyModules.begin(), kEarlyModules.end(),
                                                    part) != kEarlyModules.end();
    if (found.what == LocalModule::What::unusable || is_early || !add(name, found))
      program_.unusable.push_back(name);
    return found.what == LocalModule::What::package;
  }

  bool add(const std::string& name, const LocalModule& found) {
    if (program_.modules.size() >= kMostModules || bytes_ >= kMostBytes) return false;
    ParsedFiles::Imported imported = files_.parsed.module_at(found.file);
    if (!imported.file) return false;
    bytes_ += imported.bytes;
    if (imported.file->tree.has_errors() || !imported.file->scopes.errors().empty()) {
      program_.broken.push_back(std::move(imported.file));
      return false;
    }
    program_.by_name.emplace(name, effects::ModuleId{program_.modules.size()});
    program_.modules.emplace_back(name, std::move(imported.file),
                                  found.what == LocalModule::What::package);
    return true;
  }

  effects::Program& program_;
  fs::path folder_;
  LocalFiles& files_;
  std::set<std::string> seen_;
  std::size_t bytes_ = 0;
};

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The name as a word in a line that imports, or alone in quotes.
bool mentions(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const char before = at > 0 ? text[at - 1] : '\n';
    const char after = at + name.size() < text.size() ? text[at + name.size()] : '\n';
    if (is_name_character(before) || is_name_character(after)) continue;
    if ((before == '"' || before == '\'') && (after == before || after == '.')) return true;
    const std::size_t line = text.rfind('\n', at) + 1;
    const std::string_view start = text.substr(line, at - line);
    if (start.find("import") != std::string_view::npos ||
        start.find("from") != std::string_view::npos)
      return true;
    // Inside the parentheses of `from . import (\n a,\n name)`.
    if (start.find_first_not_of(" \t,") == std::string_view::npos || after == ',' || after == ')') {
      const std::size_t open = text.rfind('(', at);
      if (open != std::string_view::npos) {
        const std::size_t open_line = text.rfind('\n', open) + 1;
        if (text.substr(open_line, open - open_line).find("import") != std::string_view::npos)
          return true;
      }
    }
  }
  return false;
}

bool is_left_out(const std::string& name) {
  return name.starts_with('.') || name == "node_modules" || name == "site-packages" ||
         name == "__pycache__";
}

}  // namespace

effects::Program parse_script(std::shared_ptr<const Source> source, LocalFiles& files) {
  effects::Program program;
  program.symbols = files.parsed.symbols();
  program.modules.emplace_back("__main__", files.parsed.script(std::move(source)), false);
  return program;
}

void load_modules(effects::Program& program, const fs::path& folder, LocalFiles& files) {
  Loader(program, folder, files).run();
}

namespace {

std::string find_file_among(std::span<const std::string_view> modules, const fs::path& folder,
                            FolderNames& names) {
  for (const std::string_view name : modules) {
    const LocalModule found = names.find_module(folder, std::string(name));
    if (found.what == LocalModule::What::nothing || found.what == LocalModule::What::folder)
      continue;
    return found.what == LocalModule::What::unusable ? std::string(name) : found.file.string();
  }
  return {};
}

}  // namespace

std::string find_shadowing_file(const fs::path& folder, FolderNames& names) {
  return find_file_among(kImportedByRewrites, folder, names);
}

std::string find_file_shadowing(std::string_view package, const fs::path& folder,
                                FolderNames& names) {
  if (package == "joblib") return find_file_among(kImportedByJoblib, folder, names);
  return find_file_among(kImportedByBraid, folder, names);
}

bool may_be_imported(const fs::path& script) {
  std::error_code error;
  fs::path folder = fs::absolute(script, error).parent_path();
  const std::string name = script.stem().string();
  // The package's outermost folder, so that imports from beside it are seen.
  for (int i = 0; i < 8 && is_file(folder / "__init__.py") && folder.has_parent_path(); ++i)
    folder = folder.parent_path();
  if (is_folder(folder.parent_path() / ".git") || is_file(folder.parent_path() / "pyproject.toml"))
    folder = folder.parent_path();
  std::size_t files = 0;
  std::size_t entries = 0;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    const std::string file = at->path().filename().string();
    // Too many to look at: it may be.
    if (++entries > kMostEntries) return true;
    if (at->is_directory(ignored)) {
      if (is_left_out(file) || at.depth() > 6 || is_file(at->path() / "pyvenv.cfg"))
        at.disable_recursion_pending();
      continue;
    }
    // A pipe or a device would be waited for.
    if (at->path().extension() != ".py" || !at->is_regular_file(ignored) ||
        fs::equivalent(at->path(), script, ignored))
      continue;
    if (++files > kMostFiles) return true;
    const Result<std::string> text = read_bytes(at->path().string(), kLargestSource);
    if (text && mentions(*text, name)) return true;
  }
  return false;
}

}  // namespace braid::cli
