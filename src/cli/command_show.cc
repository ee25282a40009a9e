#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/modules.h"
#include "cli/preparation.h"
#include "cli/print_effects.h"
#include "cli/terminal.h"

namespace braid::cli {
namespace {

// The stages that need the whole program.
std::string print_sites(const Options& options, const effects::Program& program,
                        const effects::Effects& effects, const Wishes& wishes) {
  std::string out;
  for (const dependence::Site& site :
       dependence::find_sites(program, effects, effects::ModuleId{0U})) {
    const syntax::SyntaxTree& tree = program.modules[0].tree;
    const Position position = tree.source().position(tree.span(site.node).begin);
    out += fmt::format("site {}:{}:{} {}\n", tree.source().path(), position.line, position.column,
                       report::name_of(site.kind));
    if (options.stage == Stage::effects) {
      out += print_effects(effects.trace(site.module, site.node), effects, program);
      continue;
    }
    const dependence::DependenceGraph graph = find_dependences(site, program, effects);
    if (options.stage == Stage::dependences) {
      out += dependence::dump(graph, program);
    } else {
      out += plan::dump(make_plan(graph, program, effects, wishes.costs, wishes.backend), program);
    }
  }
  return out;
}

}  // namespace

int show(const Options& options) {
  const std::string& path = options.paths[0];
  const std::expected<SourceFile, FileProblem> file = read_source(path);
  if (!file) return fail(file.error().message);
  LocalFiles files;
  effects::Program program = parse_script(file->source, files);
  const effects::Module& script = program.modules[0];
  if (options.stage == Stage::syntax) return print(syntax::dump(script.tree, program.symbols), 0);
  if (options.stage == Stage::scopes)
    return print(scope::dump(script.scopes, script.tree, program.symbols), 0);

  const std::filesystem::path folder = folder_of(path);
  const Result<Settings> settings = read_settings(folder);
  if (!settings) return fail(settings.error().message);
  const Result<effects::Knowledge> knowledge = make_knowledge(*settings);
  if (!knowledge) return fail(knowledge.error().message);
  std::optional<Interpreter> interpreter;
  if (Result<Interpreter> found = find_interpreter(options.python)) interpreter = std::move(*found);
  load_modules(program, folder, files);
  const effects::Effects effects = summarise_effects(program, *knowledge);
  return print(print_sites(options, program, effects, make_wishes(options, *settings, interpreter)),
               0);
}

}  // namespace braid::cli
