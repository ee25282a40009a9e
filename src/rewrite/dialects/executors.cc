#include "rewrite/dialects/executors.h"

#include <algorithm>
#include <array>

#include "rewrite/process.h"

namespace braid::rewrite::dialects {

namespace slot = syntax::slot;

namespace {

// Where the executors are, and whether they are written with the module's name before them.
struct Home {
  std::string_view module;
  bool qualified;
};

Home home_of(const Module& module, std::string_view name) {
  switch (module.dialect) {
    case Dialect::stdlib:
      return {"concurrent.futures", false};
    case Dialect::braid:
      return {"braid", true};
    case Dialect::joblib:
      return {"joblib", module.imports.existing({"joblib", ""}) &&
                            !module.imports.existing({"joblib", std::string(name)})};
  }
  BRAID_CHECK(!"no such dialect");
  return {};
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Decorators that leave a function or class what it was, or make what pickles by its parts.
constexpr std::array<std::string_view, 5> kPlainDecorators{
    "staticmethod", "classmethod", "property", "dataclass", "dataclasses.dataclass"};

class Travel {
 public:
  explicit Travel(const Module& module) : module_(module), tree_(module.tree) {}

  std::optional<std::string> refusal() {
    each_node(tree_, tree_.root(), [&](NodeId node) {
      if (reason_) return;
      if (tree_.is(node, NodeKind::FunctionDef)) look_at_function(node);
      if (tree_.is(node, NodeKind::ClassDef)) look_at_class(node);
    });
    return reason_;
  }

 private:
  void refuse(NodeId definition, std::string_view why) {
    reason_ = "`" + module_.text(tree_[definition].name) + "` " + std::string(why) + ", and " +
              workers_name(module_) + " get what the script defines by value";
  }

  bool has_plain_decorators(NodeId definition, std::uint32_t place) const {
    const auto decorators = tree_.items(definition, place);
    return std::all_of(decorators.begin(), decorators.end(), [&](NodeId each) {
      NodeId name = each;
      if (tree_.is(name, NodeKind::Call)) name = tree_.child(name, slot::Call::function);
      return is_one_of(tree_.text(name), kPlainDecorators);
    });
  }

  void look_at_function(NodeId function) {
    if (!has_plain_decorators(function, slot::FunctionDef::decorators))
      return refuse(function, "is decorated");
    each_node(tree_, tree_.child(function, slot::FunctionDef::arguments), [&](NodeId node) {
      const NodeId value = tree_.is(node, NodeKind::Parameter)
                               ? tree_.child(node, slot::Parameter::default_value)
                               : NodeId{};
      if (value && !is_constant(tree_, value)) refuse(function, "has a default that is worked out");
    });
  }

  void look_at_class(NodeId definition) {
    if (!has_plain_decorators(definition, slot::ClassDef::decorators))
      return refuse(definition, "is decorated");
    if (!tree_.items(definition, slot::ClassDef::keywords).empty())
      return refuse(definition, "has a metaclass or arguments");
    for (const NodeId statement : tree_.items(definition, slot::ClassDef::statements)) {
      if (!is_quiet(tree_, statement)) return refuse(definition, "works something out in its body");
    }
  }

  const Module& module_;
  const SyntaxTree& tree_;
  std::optional<std::string> reason_;
};

Written<std::string> spell_from_home(Module& module, const std::string& name,
                                     std::set<Need>& needs) {
  const Home home = home_of(module, name);
  const Need named{std::string(home.module), name};
  const Need whole{std::string(home.module), ""};
  const bool has_name = !home.qualified || module.imports.existing(named);
  const Need& need = has_name ? named : whole;
  const auto spelled = module.imports.spell(need);
  if (!spelled) {
    const std::string& missing = has_name ? need.name : need.module;
    return Reason("the file has another `" + missing + "`, or a local file hides the library's");
  }
  needs.insert(need);
  return has_name ? *spelled : *spelled + "." + named.name;
}

}  // namespace

Written<std::string> spell_executor(Module& module, bool process, std::set<Need>& needs) {
  std::string name = process ? "ProcessPoolExecutor" : "ThreadPoolExecutor";
  if (module.dialect == Dialect::joblib) name = "Parallel";
  return spell_from_home(module, name, needs);
}

Written<std::string> spell_delayed(Module& module, std::set<Need>& needs) {
  return spell_from_home(module, "delayed", needs);
}

std::string workers_name(const Module& module) {
  return module.dialect == Dialect::joblib ? "joblib's workers" : "Braid's workers";
}
std::optional<std::string> cannot_go_by_value(const Module& module) {
  return Travel(module).refusal();
}

}  // namespace braid::rewrite::dialects
