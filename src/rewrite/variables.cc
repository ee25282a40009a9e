// Which variables moved text needs from outside, and which it surely binds: one pass in order of
// evaluation, conservative where paths join.
#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>

#include "rewrite/draft.h"
#include "rewrite/steps.h"
#include "rewrite/text.h"

namespace braid::rewrite {

namespace slot = syntax::slot;
using scope::Access;

namespace {

class Pass {
 public:
  Pass(const Module& module, const Texts& texts, const std::set<BindingId>& already,
       std::vector<NodeId> roots)
      : module_(module),
        tree_(module.tree),
        scopes_(module.scopes),
        texts_(texts),
        roots_(std::move(roots)) {
    result_.bound = already;
  }

  void steps(const Steps& all) {
    for (const Step& step : all) {
      switch (step.kind) {
        case StepKind::Whole:
          node(step.node);
          break;
        case StepKind::Unit:
          for (const std::size_t unit : step.units) {
            for (const NodeId each : texts_[unit]) node(each);
          }
          break;
        case StepKind::If: {
          expression(tree_.child(step.node, slot::If::test));
          branches({[&] { steps(step.blocks[0]); }, [&] { steps(step.blocks[1]); }});
          break;
        }
        case StepKind::With:
          with_items(step.node);
          steps(step.blocks[0]);
          break;
      }
    }
  }

  void node(NodeId id) {
    if (tree_.is_statement(id)) {
      statement(id);
    } else if (tree_.is(id, NodeKind::WithItem)) {
      with_item(id);
    } else {
      expression(id);
    }
  }

  Variables take() { return std::move(result_); }

  // What is surely bound whenever `site` is reached.
  std::set<BindingId> reach(std::span<const NodeId> body, NodeId site) {
    site_ = site;
    for (const NodeId each : body) statement(each);
    return at_site_.value_or(std::set<BindingId>{});
  }

 private:
  using Branch = std::function<void()>;

  void branches(std::initializer_list<Branch> all) {
    const std::set<BindingId> before = result_.bound;
    std::optional<std::set<BindingId>> joined;
    for (const Branch& branch : all) {
      result_.bound = before;
      ended_ = false;
      branch();
      if (!ended_) joined = joined ? meet(*joined, result_.bound) : result_.bound;
    }
    ended_ = !joined;
    if (joined) result_.bound = *joined;
  }

  static std::set<BindingId> meet(const std::set<BindingId>& a, const std::set<BindingId>& b) {
    std::set<BindingId> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
    return both;
  }

  // The variable lives in a scope that the moved text opens itself.
  bool is_internal(BindingId variable) const {
    const NodeId home = scopes_[scopes_[variable].scope].node;
    return std::any_of(roots_.begin(), roots_.end(),
                       [&](NodeId root) { return is_inside(tree_, home, root); });
  }

  void read(BindingId variable) {
    if (!variable || is_internal(variable) || result_.bound.contains(variable)) return;
    if (std::find(result_.needed.begin(), result_.needed.end(), variable) == result_.needed.end()) {
      result_.needed.push_back(variable);
    }
  }

  void write(BindingId variable, bool surely = true) {
    if (!variable || is_internal(variable)) return;
    if (std::find(result_.written.begin(), result_.written.end(), variable) ==
        result_.written.end()) {
      result_.written.push_back(variable);
    }
    if (surely) result_.bound.insert(variable);
  }

  void erase(BindingId variable) {
    write(variable, false);
    result_.bound.erase(variable);
    erased_.push_back(variable);
  }

  // Reads first, then writes: in one expression only a walrus writes.
  void expression(NodeId root) {
    if (!root) return;
    each_node(tree_, root, [&](NodeId each) {
      const Access access = scopes_.access(each);
      if (access == Access::Read || access == Access::ReadWrite) read(scopes_.variable(each));
    });
    each_node(tree_, root, [&](NodeId each) {
      const Access access = scopes_.access(each);
      if (access == Access::Write || access == Access::ReadWrite) {
        // A walrus may stand where it is not reached; it is a sure write only alone at the top.
        write(scopes_.variable(each), !tree_.is(root, NodeKind::NamedExpr) ? is_target_ : true);
      }
      if (access == Access::Delete) erase(scopes_.variable(each));
    });
  }

  void target(NodeId root) {
    is_target_ = true;
    expression(root);
    is_target_ = false;
  }

  void block(NodeId owner, std::uint32_t part) {
    for (const NodeId each : tree_.items(owner, part)) statement(each);
  }

  void with_items(NodeId id) {
    for (const NodeId item : tree_.items(id, slot::With::items)) with_item(item);
  }

  void with_item(NodeId item) {
    expression(tree_.child(item, slot::WithItem::context));
    target(tree_.child(item, slot::WithItem::target));
  }

  void statement(NodeId id) {
    if (id == site_) at_site_ = at_site_ ? meet(*at_site_, result_.bound) : result_.bound;
    switch (tree_.kind(id)) {
      case NodeKind::Assign:
        expression(tree_.child(id, slot::Assign::value));
        for (const NodeId each : tree_.items(id, slot::Assign::targets)) target(each);
        break;
      case NodeKind::AnnAssign: {
        expression(tree_.child(id, slot::AnnAssign::annotation));
        const NodeId value = tree_.child(id, slot::AnnAssign::value);
        expression(value);
        if (value) target(tree_.child(id, slot::AnnAssign::target));
        break;
      }
      case NodeKind::AugAssign:
        expression(tree_.child(id, slot::AugAssign::value));
        target(tree_.child(id, slot::AugAssign::target));
        break;
      case NodeKind::If:
        expression(tree_.child(id, slot::If::test));
        branches({[&] { block(id, slot::If::statements); },
                  [&] { block(id, slot::If::else_statements); }});
        break;
      case NodeKind::For:
        expression(tree_.child(id, slot::For::iter));
        if (is_never_empty(tree_.child(id, slot::For::iter)))
          target(tree_.child(id, slot::For::target));
        loop(id, slot::For::statements, slot::For::else_statements, true,
             [&] { target(tree_.child(id, slot::For::target)); });
        break;
      case NodeKind::While: {
        const NodeId test = tree_.child(id, slot::While::test);
        expression(test);
        const std::string_view text = tree_.text(test);
        loop(id, slot::While::statements, slot::While::else_statements,
             text != "True" && text != "1", [] {});
        break;
      }
      case NodeKind::With:
        with_items(id);
        // A context that swallows an exception may leave the block anywhere.
        branches({[&] { block(id, slot::With::statements); }, [&] {}});
        if (module_.hands_on(module_.id, id)) redo_bound(id, slot::With::statements);
        break;
      case NodeKind::Try:
        try_statement(id);
        break;
      case NodeKind::Match:
        match_statement(id);
        break;
      case NodeKind::FunctionDef:
      case NodeKind::ClassDef: {
        const BindingId own = scopes_.variable(id);
        each_node(tree_, id, [&](NodeId each) {
          const Access access = scopes_.access(each);
          if (each != id && (access == Access::Read || access == Access::ReadWrite) &&
              scopes_.variable(each) != own) {
            read(scopes_.variable(each));
          }
        });
        write(own);
        break;
      }
      case NodeKind::Return:
      case NodeKind::Raise:
        for (const NodeId each : tree_.children(id)) expression(each);
        ended_ = true;
        break;
      case NodeKind::Break:
        if (!breaks_.empty())
          breaks_.back() = breaks_.back() ? meet(*breaks_.back(), result_.bound) : result_.bound;
        ended_ = true;
        break;
      case NodeKind::Continue:
        ended_ = true;
        break;
      case NodeKind::Import:
      case NodeKind::ImportFrom:
        target(id);
        break;
      default:
        expression(id);
        break;
    }
  }

  void redo_bound(NodeId owner, std::uint32_t part) {
    for (const NodeId each : tree_.items(owner, part)) statement(each);
  }

  // `range(3)`, or a display of items.
  bool is_never_empty(NodeId iterable) const {
    if (tree_.is(iterable, NodeKind::Tuple) || tree_.is(iterable, NodeKind::ListLiteral)) {
      const auto items = tree_.items(iterable, 0);
      return std::any_of(items.begin(), items.end(),
                         [&](NodeId item) { return !tree_.is(item, NodeKind::Starred); });
    }
    if (!tree_.is(iterable, NodeKind::Call)) return false;
    const auto arguments = tree_.items(iterable, slot::Call::arguments_list);
    if (tree_.text(tree_.child(iterable, slot::Call::function)) != "range" || arguments.size() != 1)
      return false;
    const std::string_view text = tree_.text(arguments[0]);
    return text[0] >= '1' && text[0] <= '9' &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
  }

  // After a loop, what every way out has bound: its exhaustion, if it `may_end`, through the
  // `else`, and each `break`.
  void loop(NodeId id, std::uint32_t body, std::uint32_t otherwise, bool may_end,
            const Branch& first) {
    const std::set<BindingId> before = result_.bound;
    const std::size_t erased = erased_.size();
    breaks_.emplace_back();
    first();
    block(id, body);
    const std::optional<std::set<BindingId>> broken = breaks_.back();
    breaks_.pop_back();
    result_.bound = without(before, erased);
    ended_ = !may_end;
    if (may_end) block(id, otherwise);
    if (!broken) return;
    result_.bound = ended_ ? *broken : meet(*broken, result_.bound);
    ended_ = false;
  }

  // Less what was unbound since `erased_` had that size.
  std::set<BindingId> without(std::set<BindingId> bound, std::size_t erased) const {
    for (std::size_t i = erased; i < erased_.size(); ++i) bound.erase(erased_[i]);
    return bound;
  }

  void try_statement(NodeId id) {
    const std::set<BindingId> before = result_.bound;
    const std::size_t erased = erased_.size();
    std::optional<std::set<BindingId>> joined;
    const auto join = [&] {
      if (!ended_) joined = joined ? meet(*joined, result_.bound) : result_.bound;
    };
    ended_ = false;
    block(id, slot::Try::statements);
    if (!ended_) block(id, slot::Try::else_statements);
    join();
    for (const NodeId handler : tree_.items(id, slot::Try::handlers)) {
      result_.bound = without(before, erased);
      ended_ = false;
      expression(tree_.child(handler, slot::ExceptHandler::type));
      const BindingId caught = scopes_.variable(handler);
      write(caught);
      block(handler, slot::ExceptHandler::statements);
      if (caught) erase(caught);
      join();
    }
    ended_ = !joined;
    result_.bound = joined.value_or(without(before, erased));
    const bool ended = ended_;
    block(id, slot::Try::finally_statements);
    ended_ = ended_ || ended;
  }

  void match_statement(NodeId id) {
    expression(tree_.child(id, slot::Match::subject));
    const std::set<BindingId> before = result_.bound;
    const std::size_t erased = erased_.size();
    std::optional<std::set<BindingId>> joined;
    const auto join = [&] { joined = joined ? meet(*joined, result_.bound) : result_.bound; };
    bool one_fits = false;  // whatever the subject is
    for (const NodeId match_case : tree_.items(id, slot::Match::cases)) {
      const NodeId pattern = tree_.child(match_case, slot::MatchCase::pattern);
      const NodeId guard = tree_.child(match_case, slot::MatchCase::guard);
      result_.bound = without(before, erased);
      ended_ = false;
      target(pattern);
      expression(guard);
      block(match_case, slot::MatchCase::statements);
      if (!ended_) join();
      one_fits = one_fits || (!guard && tree_.is(pattern, NodeKind::MatchAs) &&
                              !tree_.child(pattern, slot::MatchAs::pattern));
    }
    result_.bound = without(before, erased);
    if (!one_fits) join();
    ended_ = !joined;
    if (joined) result_.bound = *joined;
  }

  const Module& module_;
  const SyntaxTree& tree_;
  const scope::Scopes& scopes_;
  const Texts& texts_;
  std::vector<NodeId> roots_;
  Variables result_;
  bool ended_ = false;
  std::vector<std::optional<std::set<BindingId>>> breaks_;  // by loop: bound at its `break`s
  std::vector<BindingId> erased_;
  bool is_target_ = false;
  NodeId site_;
  std::optional<std::set<BindingId>> at_site_;
};

void collect_roots(const SyntaxTree& tree, const Steps& steps, const Texts& texts,
                   std::vector<NodeId>& roots) {
  for (const Step& step : steps) {
    switch (step.kind) {
      case StepKind::Whole:
        roots.push_back(step.node);
        break;
      case StepKind::Unit:
        for (const std::size_t unit : step.units) {
          for (const NodeId each : texts[unit]) roots.push_back(each);
        }
        break;
      case StepKind::If:
        roots.push_back(tree.child(step.node, slot::If::test));
        break;
      case StepKind::With:
        roots.push_back(tree.child(step.node, slot::With::items));
        break;
    }
    for (const Steps& block : step.blocks) collect_roots(tree, block, texts, roots);
  }
}

}  // namespace

std::set<BindingId> bound_at(const Module& module, std::span<const NodeId> body, NodeId site) {
  static const Texts kNone;
  return Pass(module, kNone, {}, {body.begin(), body.end()}).reach(body, site);
}

Variables variables_of(const Module& module, const Steps& steps, const Texts& texts,
                       const std::set<BindingId>& already) {
  std::vector<NodeId> roots;
  collect_roots(module.tree, steps, texts, roots);
  Pass pass(module, texts, already, std::move(roots));
  pass.steps(steps);
  return pass.take();
}

Variables variables_of(const Module& module, std::span<const NodeId> statements_or_expressions,
                       const std::set<BindingId>& already) {
  Pass pass(module, {}, already,
            {statements_or_expressions.begin(), statements_or_expressions.end()});
  for (const NodeId each : statements_or_expressions) pass.node(each);
  return pass.take();
}

}  // namespace braid::rewrite
