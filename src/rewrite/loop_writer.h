// Writes one loop: what is studied first, and the two forms that its calls can have.
#pragma once

#include "rewrite/helper.h"
#include "rewrite/loop.h"

namespace braid::rewrite {

class LoopWriter {
 public:
  LoopWriter(Module& module, const plan::Plan& plan)
      : module_(module), tree_(module.tree), plan_(plan), loop_(plan.node) {}

  Written<SiteDraft> write();

 private:
  using Refused = std::optional<std::string>;

  // -- loop.cc
  [[nodiscard]] Refused check() const;
  [[nodiscard]] Refused cannot_undent_behind(const plan::RunUnit& unit) const;
  // Where merge evaluates the units: themselves, or the call of the helper that holds them.
  Refused find_places();
  // What the slice needs of earlier iterations decides where it is evaluated.
  Refused study();
  Refused find_local_definitions();
  [[nodiscard]] bool holds_break() const;
  [[nodiscard]] bool all_writes_kept(BindingId variable) const;
  void name_pending();
  Refused name_recorded();
  Scene scene(std::vector<BindingId> ahead);
  Written<Worker> worker_of(const Scene& view, const Steps& steps, std::size_t unit);
  // At the top of the file, or, when it must see the function's locals, before the loop.
  void define(Lines lines, bool nested);
  void replace(Span span, std::string text);
  void edit_body();
  [[nodiscard]] std::string added(const plan::Gathered& gathered, const std::string& more) const;
  [[nodiscard]] std::string taken_in_order(std::size_t unit, Span span);
  [[nodiscard]] std::string taken_by_name(std::size_t unit, Span span) const;
  void undent_behind(const plan::RunUnit& unit);
  void remove(NodeId statement);
  // Merge takes what split saw.
  void take_recorded();

  // -- loop_calls.cc: every iteration's calls depend on its item alone
  Refused write_calls();
  // All at once, in a list.
  void write_list(std::vector<Form> calls);
  void bind_input(const std::string& name, Lines& lines);
  // Taken (item, pending…) from `calls`, buffered.
  void take_from_look_ahead(Form calls);
  void take_from(Form source);
  // `for target in iterable:`, in the place of the header.
  void set_header(const std::string& target, const Form& iterable);

  // -- loop_ahead.cc: a generator runs through the slice ahead of the loop
  Refused write_generator();
  Lines generator(const std::string& name, const Scene& view, const Rendering& rendering,
                  bool may_raise);
  // Taking the item apart may fail.
  [[nodiscard]] bool takes_apart() const;
  // The item with its calls, as the generator yields them and the loop takes them.
  [[nodiscard]] std::string with_pending(const std::string& item) const;

  Module& module_;
  const SyntaxTree& tree_;
  const plan::Plan& plan_;
  NodeId loop_;
  Header header_;
  Steps steps_;
  Pool pool_;
  SiteDraft draft_;
  std::vector<plan::RunUnit> places_;
  Texts texts_;
  std::vector<std::optional<Helper>> helpers_;
  std::vector<BindingId> slice_bound_;
  std::vector<BindingId> carried_;
  LocalDefinitions local_;
  bool sees_locals_ = false;
  bool is_stateless_ = false;
  std::vector<std::string> pending_;
  std::vector<std::string> let_go_;          // names that must not outlive the loop
  std::vector<std::string> recorded_;        // by recorded value of the plan, its name
  std::vector<std::string> bound_;           // by unit: see Worker
  std::vector<std::set<BindingId>> unsure_;  // the same
  Lines before_;
  Lines inside_;
  std::vector<Span> replaced_;
};

}  // namespace braid::rewrite
