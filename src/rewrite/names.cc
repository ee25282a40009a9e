#include "rewrite/names.h"

#include <algorithm>
#include <array>

namespace braid::rewrite {

namespace {

using syntax::NodeId;
using syntax::NodeKind;

// Builtins and keywords of every Python from 3.9 on.
constexpr std::string_view kReserved =
    " "
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup "
    "BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError "
    "ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError "
    "DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception "
    "ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError FutureWarning "
    "GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError "
    "IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError "
    "NameError None NotADirectoryError NotImplemented NotImplementedError OSError OverflowError "
    "PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError "
    "RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration "
    "StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True "
    "TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError "
    "UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError _ "
    "_IncompleteInputError __all__ __annotations__ __build_class__ __builtins__ __cached__ "
    "__debug__ __doc__ __file__ __import__ __loader__ __name__ __package__ __path__ "
    "__peg_parser__ __spec__ abs aiter all and anext any as ascii assert async await bin bool "
    "break breakpoint bytearray bytes callable case chr class classmethod compile complex "
    "continue copyright credits def del delattr dict dir divmod elif else enumerate eval except "
    "exec exit filter finally float for format from frozenset getattr global globals hasattr hash "
    "help hex id if import in input int is isinstance issubclass iter lambda len license list "
    "locals map match max memoryview min next nonlocal not object oct open or ord pass pow print "
    "property quit raise range repr return reversed round set setattr slice sorted staticmethod "
    "str sum super try tuple type vars while with yield zip ";

std::string_view first_part(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

// A function without a loop: nothing is emitted where its own names are seen.
bool is_apart(const effects::Module& module, const scope::Scope& scope) {
  if (scope.kind != scope::ScopeKind::Function && scope.kind != scope::ScopeKind::Lambda)
    return false;
  for (std::uint32_t i = scope.node.value; i < module.tree[scope.node].subtree_end; ++i) {
    switch (module.tree.kind(NodeId{i})) {
      case NodeKind::For:
      case NodeKind::While:
      case NodeKind::ListComp:
      case NodeKind::SetComp:
      case NodeKind::DictComp:
      case NodeKind::GeneratorExp:
        return false;
      default:
        break;
    }
  }
  return true;
}

}  // namespace

bool is_builtin(const std::string& name) {
  return kReserved.find(" " + name + " ") != std::string_view::npos;
}

Names::Names(const effects::Program& program, effects::ModuleId module) {
  Seen seen;
  see(program, program.modules[module.value], false, seen);
  seen_ = std::make_shared<const Seen>(std::move(seen));
}

void Names::see(const effects::Program& program, const effects::Module& module, bool exported_only,
                Seen& seen) {
  if (!seen.star_imported.insert(module.name).second) return;
  const scope::Scopes& scopes = module.scopes;
  for (std::uint32_t i = 0; i < scopes.scopes().size(); ++i) {
    const scope::ScopeId scope{i};
    if (exported_only && scope != scopes.module_scope()) break;
    const bool is_own = is_apart(module, scopes[scope]);
    for (const scope::BindingId id : scopes[scope].bindings) {
      const scope::Binding& binding = scopes[id];
      const std::string name(program.symbols.text(binding.name));
      seen.taken.insert(name);
      constexpr std::uint16_t kBinds =
          scope::kAssigned | scope::kImported | scope::kDefinition | scope::kParameter;
      const bool is_unseen = is_own && binding.resolved == id;
      if ((binding.flags & kBinds) != 0 && !is_unseen) seen.bound.insert(name);
    }
  }
  for (std::uint32_t i = 0; i < module.tree.size(); ++i) {
    const syntax::Node& node = module.tree[NodeId{i}];
    if (node.kind == NodeKind::ImportFrom && (node.flags & syntax::kStar) != 0 && node.name) {
      const auto found = program.by_name.find(std::string(program.symbols.text(node.name)));
      if (found != program.by_name.end())
        see(program, program.modules[found->second.value], true, seen);
    }
    if (exported_only) continue;
    // Keyword names are spoken for too: a new parameter of a helper must not meet one.
    if (node.name && node.kind != NodeKind::Attribute) {
      seen.taken.insert(std::string(first_part(program.symbols.text(node.name))));
    }
    if (node.alias) seen.taken.insert(std::string(program.symbols.text(node.alias)));
  }
}

std::string Names::fresh(const std::vector<std::string>& wishes) {
  BRAID_CHECK(!wishes.empty());
  for (const std::string& wish : wishes) {
    if (!wish.empty() && !is_builtin(wish) && take(wish)) return wish;
  }
  for (int number = 2;; ++number) {
    const std::string name = wishes.back() + "_" + std::to_string(number);
    if (take(name)) return name;
  }
}

std::string Names::shared(const std::vector<std::string>& wishes) {
  auto [entry, inserted] = shared_.try_emplace(wishes.front());
  if (inserted) entry->second = fresh(wishes);
  return entry->second;
}

bool Names::claim(const std::string& name, std::uint32_t owner) {
  return claimed_.try_emplace(name, owner).first->second == owner;
}

std::string plural(const std::string& noun) {
  const auto ends = [&](std::string_view suffix) { return noun.ends_with(suffix); };
  if (noun == "data" || noun == "html" || noun == "json" || noun == "info") return noun + "_items";
  if (noun.size() > 1 && ends("y") &&
      std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos) {
    return noun.substr(0, noun.size() - 1) + "ies";
  }
  if (ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh")) return noun + "es";
  return noun + "s";
}

std::string singular(const std::string& noun) {
  const auto cut = [&](std::size_t count) { return noun.substr(0, noun.size() - count); };
  if (noun.size() < 4 || noun.ends_with("ss") || noun.ends_with("us") || noun.ends_with("is"))
    return "";
  if (noun.ends_with("ies")) return cut(3) + "y";
  for (const std::string_view suffix : {"ches", "shes", "xes", "sses"}) {
    if (noun.ends_with(suffix)) return cut(2);
  }
  return noun.ends_with('s') ? cut(1) : "";
}

std::string verb_for(const std::string& callee) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kVerbs{{
      {"get", "fetch"},         {"urlopen", "fetch"},    {"request", "fetch"},
      {"urlretrieve", "fetch"}, {"head", "probe"},       {"post", "send"},
      {"put", "send"},          {"create", "ask"},       {"call", "run"},
      {"check_call", "run"},    {"check_output", "run"}, {"system", "run"},
      {"Popen", "run"},         {"open", "read"},        {"read_text", "read"},
      {"read_bytes", "read"},   {"imread", "read"},      {"loads", "load"},
      {"execute", "query"},     {"fetchall", "query"},   {"gethostbyname", "resolve"},
      {"getresponse", "fetch"}, {"result", "collect"},   {"connect", "reach"},
  }};
  for (const auto& [name, verb] : kVerbs) {
    if (callee == name) return std::string(verb);
  }
  std::string word = callee;
  word.erase(0, word.find_first_not_of('_') == std::string::npos ? 0 : word.find_first_not_of('_'));
  if (word.empty()) return "compute";
  if (word[0] >= 'A' && word[0] <= 'Z') return "make";
  return word.substr(0, word.find('_'));
}

}  // namespace braid::rewrite
